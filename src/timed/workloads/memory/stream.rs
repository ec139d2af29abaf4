//! Messages one after the other, without waiting for an answer to each.
//!
//! Inside the clock: sending 10,000 messages of 64 bytes until the sender has the sum of what the receiver read. Outside:
//! making the channel and the receiver. Sender and receiver have a processor each where there are two.

use std::array;
use std::io::{BufReader, BufWriter, PipeReader, PipeWriter, Read, Write};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc;

use super::partner::{Partner, Placement};
use super::ring::{Message, WORDS, ends};
use crate::workloads::mechanism::Mechanism;
use crate::workloads::shared::{Shared, Zeroed, futex_wake, wait_for_change};
use crate::workloads::{Parameters, WorkerError, Workload, cpus, timed};

const MESSAGE_BYTES: u64 = size_of::<Message>() as u64;

/// Messages of one operation.
const MESSAGES: u64 = 10_000;

/// What is written and read at once where messages are gathered: as much as a pipe holds.
const BLOCK_BYTES: usize = 64 << 10;

/// What the receiver answers.
#[repr(C)]
struct Answer {
    number: AtomicU32,
    stop: AtomicU32,
    sum: AtomicU64,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Answer {}

pub(in crate::workloads) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    parameters.get_within("bytes", MESSAGE_BYTES..=MESSAGE_BYTES)?;
    match function {
        "floor" => Ok(lower_bound()),
        "ring_threads" => Ok(ring(Mechanism::Threads)),
        "ring_processes" => Ok(ring(Mechanism::Processes)),
        "mpsc_threads" => {
            let (sender, receiver) = mpsc::channel::<Message>();
            let send = move |message| sender.send(message).expect("the receiver listens");
            Ok(flow(Mechanism::Threads, send, move || receiver.recv().expect("the sender is there")))
        }
        "pipe_processes" => {
            let (reader, writer) = pipe()?;
            Ok(by_bytes(writer, reader))
        }
        "pipe_blocks_processes" => {
            let (reader, writer) = pipe()?;
            Ok(by_bytes(BufWriter::with_capacity(BLOCK_BYTES, writer), BufReader::with_capacity(BLOCK_BYTES, reader)))
        }
        _ => Err(WorkerError::unknown("stream", function)),
    }
}

fn pipe() -> Result<(PipeReader, PipeWriter), WorkerError> {
    std::io::pipe().map_err(|error| WorkerError::refused(format!("cannot create a pipe: {error}")))
}

/// To a process, as bytes; the last one leaves no other behind.
fn by_bytes(mut writer: impl Write + 'static, mut reader: impl Read + Send + 'static) -> Workload {
    let send = move |message: Message| {
        let mut bytes = [0; MESSAGE_BYTES as usize];
        bytes.chunks_exact_mut(8).zip(message).for_each(|(part, word)| part.copy_from_slice(&word.to_le_bytes()));
        writer.write_all(&bytes).expect("a pipe takes a message");
        if message[0] == MESSAGES - 1 {
            writer.flush().expect("a pipe takes a block");
        }
    };
    let receive = move || {
        let mut bytes = [0; MESSAGE_BYTES as usize];
        reader.read_exact(&mut bytes).expect("a pipe gives a message");
        let word = |index: usize| bytes[index * 8..][..8].try_into().expect("a word has 8 bytes");
        array::from_fn(|index| u64::from_le_bytes(word(index)))
    };
    flow(Mechanism::Processes, send, receive)
}

fn message(number: u64) -> Message {
    [number; WORDS]
}

fn sum_of(message: Message) -> u64 {
    message.iter().fold(0, |sum: u64, word| sum.wrapping_add(*word))
}

const SUM: u64 = WORDS as u64 * (MESSAGES * (MESSAGES - 1) / 2);

/// The lower bound: one worker that puts each message into a ring and takes it out.
fn lower_bound() -> Workload {
    cpus::pin_last();
    let (mut near, mut far) = ends();
    timed(move || {
        let mut sum = 0;
        for number in 0..MESSAGES {
            near.send(message(number));
            sum += sum_of(far.receive());
        }
        assert_eq!(sum, SUM, "other messages have arrived than were sent");
        MESSAGES
    })
}

fn ring(mechanism: Mechanism) -> Workload {
    let (mut near, mut far) = ends();
    flow(mechanism, move |message| near.send(message), move || far.receive())
}

struct Flow<S: FnMut(Message)> {
    send: S,
    answer: Shared<Answer>,
    _partner: Partner,
}

impl<S: FnMut(Message)> Drop for Flow<S> {
    fn drop(&mut self) {
        // A thread that serves is asked to end before it is waited for.
        self.answer.stop.store(1, Ordering::Release);
        (self.send)(message(0));
    }
}

fn flow(
    mechanism: Mechanism,
    send: impl FnMut(Message) + 'static,
    mut receive: impl FnMut() -> Message + Send + 'static,
) -> Workload {
    let answer = Shared::<Answer>::new();
    let theirs = answer.clone();
    let partner = Partner::start(mechanism, Placement::widest(), move || {
        loop {
            let first = receive();
            if theirs.stop.load(Ordering::Acquire) == 1 {
                return;
            }
            let sum = (1..MESSAGES).fold(sum_of(first), |sum, _| sum + sum_of(receive()));
            theirs.sum.store(sum, Ordering::Relaxed);
            theirs.number.fetch_add(1, Ordering::Release);
            futex_wake(&theirs.number, 1, mechanism);
        }
    });
    let mut flow = Flow { send, answer, _partner: partner };
    let mut seen = 0;
    timed(move || {
        (0..MESSAGES).for_each(|number| (flow.send)(message(number)));
        seen = wait_for_change(&flow.answer.number, seen, mechanism);
        assert_eq!(flow.answer.sum.load(Ordering::Relaxed), SUM, "other messages have arrived than were sent");
        MESSAGES
    })
}
