//! The round trip of nothing: wake the other and be woken by it.
//!
//! Inside the clock: one token there, one token back. Outside: making the channel and the partner. With `cpus=1` both
//! are kept on one processor, with `cpus=2` each on its own.

use std::hint::black_box;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};

use nix::sys::eventfd::{EfdFlags, EventFd};

use super::partner::{Partner, Placement};
use super::ring::{WORDS, ends};
use crate::workloads::mechanism::Mechanism;
use crate::workloads::shared::{CacheLines, Shared, futex_wake, wait_for_change};
use crate::workloads::{Parameters, WorkerError, Workload, cpus, timed};

/// An end of a line: gives a token, or takes one when it is there.
type End = Box<dyn FnMut() + Send>;

/// The giving and the taking end of a channel.
struct Line {
    give: End,
    take: End,
}

/// The workloads of the group `round_trip`: a channel, then `_threads` or `_processes`.
pub(in crate::workloads) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let placement = match parameters.get("cpus")? {
        1 => Placement::Together,
        2 => cpus::at_least_two().map(|()| Placement::Apart)?,
        other => return Err(WorkerError::Failed(format!("cpus is 1 or 2, not {other}"))),
    };
    let unknown = || WorkerError::unknown("round_trip", function);
    let (channel, worker) = function.rsplit_once('_').ok_or_else(unknown)?;
    let mechanism = Mechanism::named("round_trip", worker)?;
    if ["spin", "ring"].contains(&channel) && placement == Placement::Together {
        return Err(WorkerError::Failed("two that spin on one processor only wait for each other".to_owned()));
    }
    let line: fn(Mechanism) -> Line = match channel {
        "spin" => spin,
        "ring" => ring,
        "futex" => futex,
        "eventfd" => eventfd,
        "condvar" if mechanism == Mechanism::Threads => condvar,
        "mpsc" if mechanism == Mechanism::Threads => mpsc,
        "pipe" => pipe,
        "socket_pair" => socket_pair,
        _ => return Err(unknown()),
    };
    Ok(shuttle(mechanism, placement, line))
}

/// The longest working set.
const BYTES_MAX: u64 = 64 << 20;

/// The workloads of the group `context_switch`: two on one CPU take turns, woken by a futex, and each reads one word of every
/// cache line of `bytes` of its own before it wakes the other.
///
/// Inside the clock: one turn of each. The lower bound is one worker that reads both sets and never calls the system; half of what
/// is above it is a wake-up and a switch (waking the other, waiting for it), with what that leaves of the caches and of the
/// translations.
pub(in crate::workloads) fn prepare_context_switch(
    function: &str,
    parameters: &Parameters,
) -> Result<Workload, WorkerError> {
    let bytes = parameters.get_within("bytes", LINE_BYTES..=BYTES_MAX)?;
    if !bytes.is_multiple_of(LINE_BYTES) {
        return Err(WorkerError::Failed(format!("bytes must be a multiple of {LINE_BYTES}, not {bytes}")));
    }
    let lines = bytes / LINE_BYTES;
    if function == "floor" {
        cpus::pin_last();
        let [mut near, mut far] = [reader(lines), reader(lines)];
        return Ok(timed(move || {
            near();
            far();
            1
        }));
    }
    let mechanism = Mechanism::named("context_switch", function)?;
    Ok(shuttle(mechanism, Placement::Together, |between| {
        let (Line { mut give, take }, mut read) = (futex(between), reader(lines));
        let give = move || {
            read();
            give();
        };
        Line::new(give, take)
    }))
}

/// Bytes of a cache line, and of what is read in turn.
const LINE_BYTES: u64 = 64;

fn reader(lines: u64) -> End {
    let set = vec![[1_u64; LINE_BYTES as usize / size_of::<u64>()]; lines as usize];
    Box::new(move || assert_eq!(set.iter().map(|line| black_box(line[0])).sum::<u64>(), lines, "other words were read"))
}

struct Pair {
    give: End,
    take: End,
    /// Above `stop`, because fields are dropped in this order and a partner looks at it until its end.
    _partner: Partner,
    stop: Shared<AtomicU32>,
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.stop.store(1, Ordering::Release);
        (self.give)();
    }
}

/// A round trip over two lines.
fn shuttle(mechanism: Mechanism, placement: Placement, line: impl Fn(Mechanism) -> Line) -> Workload {
    let Line { give, take: mut arriving } = line(mechanism);
    let Line { give: mut returning, take } = line(mechanism);
    let stop = Shared::<AtomicU32>::new();
    let stopped: Shared<AtomicU32> = stop.clone();
    let partner = Partner::start(mechanism, placement, move || {
        loop {
            arriving();
            if stopped.load(Ordering::Acquire) == 1 {
                return;
            }
            returning();
        }
    });
    let mut pair = Pair { give, take, _partner: partner, stop };
    timed(move || {
        (pair.give)();
        (pair.take)();
        1
    })
}

impl Line {
    fn new(give: impl FnMut() + Send + 'static, take: impl FnMut() + Send + 'static) -> Self {
        Self { give: alone(give), take: alone(take) }
    }
}

/// An end whose state shares no cache line with another's: neighbours on the heap would be in the way of two threads, and two
/// processes have a heap each.
fn alone(end: impl FnMut() + Send + 'static) -> End {
    let mut end = CacheLines(end);
    Box::new(move || {
        let CacheLines(end) = &mut end;
        end();
    })
}

/// A counter of tokens in shared memory, read until it changes.
fn spin(_: Mechanism) -> Line {
    let given = Shared::<AtomicU32>::new();
    let (taken, mut seen) = (given.clone(), 0);
    let give = move || {
        given.fetch_add(1, Ordering::Release);
    };
    Line::new(give, move || {
        while taken.load(Ordering::Acquire) == seen {
            std::hint::spin_loop();
        }
        seen = seen.wrapping_add(1);
    })
}

/// The same; who waits for a change sleeps.
fn futex(between: Mechanism) -> Line {
    let given = Shared::<AtomicU32>::new();
    let (taken, mut seen) = (given.clone(), 0);
    let give = move || {
        given.fetch_add(1, Ordering::Release);
        futex_wake(&given, 1, between);
    };
    Line::new(give, move || {
        wait_for_change(&taken, seen, between);
        seen = seen.wrapping_add(1);
    })
}

/// A token is a message of 64 bytes.
fn ring(_: Mechanism) -> Line {
    let (mut near, mut far) = ends();
    Line::new(
        move || near.send([0; WORDS]),
        move || {
            black_box(far.receive());
        },
    )
}

fn eventfd(_: Mechanism) -> Line {
    let given = Arc::new(EventFd::from_flags(EfdFlags::empty()).expect("an eventfd can be made"));
    let taken = given.clone();
    let give = move || {
        given.write(1).expect("an eventfd takes a token");
    };
    Line::new(give, move || {
        taken.read().expect("an eventfd gives a token");
    })
}

/// A counter of tokens under the lock of the standard library, and the condition that there are some.
fn condvar(_: Mechanism) -> Line {
    const UNPOISONED: &str = "no thread panics with the lock";
    let given = Arc::new((Mutex::new(0), Condvar::new()));
    let taken = given.clone();
    let give = move || {
        *given.0.lock().expect(UNPOISONED) += 1;
        given.1.notify_one();
    };
    Line::new(give, move || {
        let tokens = taken.0.lock().expect(UNPOISONED);
        *taken.1.wait_while(tokens, |tokens| *tokens == 0).expect(UNPOISONED) -= 1;
    })
}

fn mpsc(_: Mechanism) -> Line {
    let (sender, receiver) = mpsc::channel();
    let give = move || sender.send(()).expect("a channel takes a token");
    Line::new(give, move || receiver.recv().expect("a channel gives a token"))
}

fn pipe(_: Mechanism) -> Line {
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    bytes(writer, reader)
}

fn socket_pair(_: Mechanism) -> Line {
    let (near, far) = UnixStream::pair().expect("a socket pair can be made");
    bytes(near, far)
}

/// A token is a byte of a stream.
fn bytes(mut writer: impl Write + Send + 'static, mut reader: impl Read + Send + 'static) -> Line {
    let give = move || writer.write_all(&[1]).expect("a stream takes a byte");
    Line::new(give, move || reader.read_exact(&mut [0]).expect("a stream gives a byte"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_an_end_has_cache_lines_to_itself() {
        for mechanism in [Mechanism::Threads, Mechanism::Processes] {
            for Line { give, take } in [spin(mechanism), ring(mechanism), futex(mechanism)] {
                assert_eq!([align_of_val(&*give), align_of_val(&*take)], [align_of::<CacheLines<u8>>(); 2]);
            }
        }
    }
}
