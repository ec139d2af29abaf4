//! A ring of messages in shared memory for one sender and one receiver, who never sleep: the least that two processes can do.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::workloads::shared::{CacheLines, Shared, Zeroed};

pub(super) const WORDS: usize = 8;
pub(super) type Message = [u64; WORDS];

/// Messages that a ring holds: 64 KiB of them.
const SLOTS: usize = 1024;

/// Looks at the other's position before the processor is offered to others.
const SPINS: u32 = 1000;

#[repr(C)]
struct Ring {
    sent: CacheLines<AtomicU64>,
    received: CacheLines<AtomicU64>,
    slots: [[AtomicU64; WORDS]; SLOTS],
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Ring {}

/// One end of a ring: where it is itself, and where it last saw the other; the other end's is never in the same cache lines.
#[repr(align(128))]
pub(super) struct End {
    ring: Shared<Ring>,
    own: u64,
    other: u64,
}

/// The sender's end and the receiver's of a new ring.
pub(super) fn ends() -> (End, End) {
    let ring = Shared::<Ring>::new();
    (End { ring: ring.clone(), own: 0, other: 0 }, End { ring, own: 0, other: 0 })
}

impl End {
    fn slot(&self) -> &[AtomicU64; WORDS] {
        &self.ring.slots[self.own as usize % SLOTS]
    }

    pub(super) fn send(&mut self, message: Message) {
        if self.own - self.other == SLOTS as u64 {
            self.other = moved(&self.ring.received.0, self.other);
        }
        self.slot().iter().zip(message).for_each(|(word, value)| word.store(value, Ordering::Relaxed));
        self.own += 1;
        self.ring.sent.0.store(self.own, Ordering::Release);
    }

    pub(super) fn receive(&mut self) -> Message {
        if self.own == self.other {
            self.other = moved(&self.ring.sent.0, self.other);
        }
        let message = array::from_fn(|index| self.slot()[index].load(Ordering::Relaxed));
        self.own += 1;
        self.ring.received.0.store(self.own, Ordering::Release);
        message
    }
}

/// Spins until a position is another than what was seen.
fn moved(position: &AtomicU64, seen: u64) -> u64 {
    loop {
        for _ in 0..SPINS {
            let now = position.load(Ordering::Acquire);
            if now != seen {
                return now;
            }
            std::hint::spin_loop();
        }
        std::thread::yield_now();
    }
}
