//! The round trip of nothing: wake the other and be woken by it.
//!
//! Inside the clock: one token there, one token back. Outside: making the channel and the partner. With `cpus=1` both
//! are kept on one processor, with `cpus=2` each on its own.

use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};

use nix::sys::eventfd::{EfdFlags, EventFd};

use super::partner::{Partner, Placement};
use super::ring::{End, WORDS, ends};
use crate::workloads::mechanism::Mechanism;
use crate::workloads::shared::{Shared, futex_wake, wait_for_change};
use crate::workloads::{Parameters, WorkerError, Workload, cpus, timed};

trait TokenLine: Send {
    fn give(&mut self);
    fn take(&mut self);
}

/// The workloads of the group `round_trip`: a channel, then `_threads` or `_processes`.
pub(in crate::workloads) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let placement = match parameters.get("cpus")? {
        1 => Placement::Together,
        2 if cpus::cores() < 2 => return Err(WorkerError::refused("only one processor may be used here".to_owned())),
        2 => Placement::Apart,
        other => return Err(WorkerError::Failed(format!("cpus is 1 or 2, not {other}"))),
    };
    let unknown = || WorkerError::unknown("round_trip", function);
    let (channel, worker) = function.rsplit_once('_').ok_or_else(unknown)?;
    let mechanism = Mechanism::named("round_trip", worker)?;
    if ["spin", "ring"].contains(&channel) && placement == Placement::Together {
        return Err(WorkerError::Failed("two that spin on one processor only wait for each other".to_owned()));
    }
    Ok(match channel {
        "spin" => shuttle(mechanism, placement, || word(None)),
        "ring" => shuttle(mechanism, placement, || {
            let (near, far) = ends();
            (Box::new(near), Box::new(far))
        }),
        "futex" => shuttle(mechanism, placement, || word(Some(mechanism))),
        "eventfd" => shuttle(mechanism, placement, || {
            let event = Arc::new(EventFd::from_flags(EfdFlags::empty()).expect("an eventfd can be made"));
            (Box::new(event.clone()), Box::new(event))
        }),
        "condvar" if mechanism == Mechanism::Threads => shuttle(mechanism, placement, || {
            let tokens = Arc::new(Tokens::default());
            (Box::new(tokens.clone()), Box::new(tokens))
        }),
        "mpsc" if mechanism == Mechanism::Threads => shuttle(mechanism, placement, || {
            let (sender, receiver) = mpsc::channel();
            (Box::new(sender), Box::new(receiver))
        }),
        "pipe" => shuttle(mechanism, placement, || {
            let (reader, writer) = std::io::pipe().expect("a pipe can be made");
            (Box::new(writer), Box::new(reader))
        }),
        "socket_pair" => shuttle(mechanism, placement, || {
            let (near, far) = UnixStream::pair().expect("a socket pair can be made");
            (Box::new(near), Box::new(far))
        }),
        _ => return Err(unknown()),
    })
}

struct Pair {
    there: Box<dyn TokenLine>,
    back: Box<dyn TokenLine>,
    /// Above `stop`, because fields are dropped in this order and a partner looks at it until its end.
    _partner: Partner,
    stop: Shared<AtomicU32>,
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.stop.store(1, Ordering::Release);
        self.there.give();
    }
}

/// A round trip over two lines made by `line`, which gives the sending and the receiving end.
fn shuttle(
    mechanism: Mechanism,
    placement: Placement,
    line: impl Fn() -> (Box<dyn TokenLine>, Box<dyn TokenLine>),
) -> Workload {
    let (there, mut arriving) = line();
    let (mut returning, back) = line();
    let stop = Shared::<AtomicU32>::new();
    let stopped: Shared<AtomicU32> = stop.clone();
    let partner = Partner::start(mechanism, placement, move || {
        loop {
            arriving.take();
            if stopped.load(Ordering::Acquire) == 1 {
                return;
            }
            returning.give();
        }
    });
    let mut pair = Pair { there, back, _partner: partner, stop };
    timed(move || {
        pair.there.give();
        pair.back.take();
        1
    })
}

/// A counter of tokens in shared memory, waited for by spinning or by the futex.
struct Word {
    memory: Shared<AtomicU32>,
    seen: u32,
    /// Who sleeps at the word; none where both spin.
    sleepers: Option<Mechanism>,
}

fn word(sleepers: Option<Mechanism>) -> (Box<dyn TokenLine>, Box<dyn TokenLine>) {
    let memory = Shared::<AtomicU32>::new();
    (Box::new(Word { memory: memory.clone(), seen: 0, sleepers }), Box::new(Word { memory, seen: 0, sleepers }))
}

impl TokenLine for Word {
    fn give(&mut self) {
        self.memory.fetch_add(1, Ordering::Release);
        if let Some(between) = self.sleepers {
            futex_wake(&self.memory, 1, between);
        }
    }

    fn take(&mut self) {
        if let Some(between) = self.sleepers {
            wait_for_change(&self.memory, self.seen, between);
        } else {
            while self.memory.load(Ordering::Acquire) == self.seen {
                std::hint::spin_loop();
            }
        }
        self.seen = self.seen.wrapping_add(1);
    }
}

/// A counter of tokens under the lock of the standard library, with the condition that there are some.
#[derive(Default)]
struct Tokens {
    count: Mutex<u32>,
    some: Condvar,
}

impl TokenLine for Arc<Tokens> {
    fn give(&mut self) {
        *self.count.lock().expect("no thread panics with the lock") += 1;
        self.some.notify_one();
    }

    fn take(&mut self) {
        let count = self.count.lock().expect("no thread panics with the lock");
        let mut count = self.some.wait_while(count, |count| *count == 0).expect("no thread panics with the lock");
        *count -= 1;
    }
}

/// A token is a message of 64 bytes.
impl TokenLine for End {
    fn give(&mut self) {
        self.send([0; WORDS]);
    }

    fn take(&mut self) {
        self.receive();
    }
}

impl TokenLine for Arc<EventFd> {
    fn give(&mut self) {
        self.write(1).expect("an eventfd takes a token");
    }

    fn take(&mut self) {
        EventFd::read(self).expect("an eventfd gives a token");
    }
}

/// The end of a line that is only written or only read.
macro_rules! stream_line {
    ($end:ty, $give:expr, $take:expr) => {
        impl TokenLine for $end {
            fn give(&mut self) {
                let give: fn(&mut $end) = $give;
                give(self);
            }

            fn take(&mut self) {
                let take: fn(&mut $end) = $take;
                take(self);
            }
        }
    };
}

stream_line!(mpsc::Sender<()>, |end| end.send(()).expect("a channel takes a token"), |_| unreachable!("a sending end"));
stream_line!(mpsc::Receiver<()>, |_| unreachable!("a receiving end"), |end| end
    .recv()
    .expect("a channel gives a token"));
stream_line!(PipeWriter, |end| end.write_all(&[1]).expect("a pipe takes a byte"), |_| unreachable!("a writing end"));
stream_line!(PipeReader, |_| unreachable!("a reading end"), |end| end
    .read_exact(&mut [0])
    .expect("a pipe gives a byte"));
stream_line!(UnixStream, |end| end.write_all(&[1]).expect("a socket takes a byte"), |end| end
    .read_exact(&mut [0])
    .expect("a socket gives a byte"));
