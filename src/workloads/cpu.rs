//! Work that keeps processors busy, done side by side by threads or by processes, the same amount for each worker.
//!
//! Inside the clock: from the first worker's first instruction to the last one's last. Outside: starting the workers
//! and their buffers. What differs between the mechanisms is what the workers share in the kernel: one address space
//! and one table of descriptors, or each its own. The lower bound is the same work done once by the launcher itself.

use std::fs::File;
use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use nix::sys::mman::MmapAdvise;

use super::mapping::{Mapping, Sharing, page_bytes};
use super::mechanism::Mechanism;
use super::shared::{Shared, Zeroed, futex_wait, futex_wake};
use super::worker_group::{Job, group_workload, workers};
use super::{Parameters, WorkerError, Workload, timed};

/// Square roots of one worker in one operation: the example of the article that asked the question.
pub(super) const SQUARE_ROOTS: u64 = 4_000_000;

/// Three arrays of this size a worker: together larger than any cache that a few workers share.
const TRIAD_BYTES: usize = 16 << 20;

/// Memory whose pages are first touched in one operation.
const FAULT_BYTES: usize = 4 << 20;

/// Mappings made and unmade in one operation.
const MAPS: u64 = 1000;

/// Files opened and closed in one operation.
const OPENS: u64 = 2000;

/// Allocations made and freed in one operation, of sizes 16 B to 4 KiB.
const ALLOCATIONS: u64 = 100_000;

/// Increments of the shared counter in one operation.
const INCREMENTS: u64 = 1_000_000;

/// Times the contended lock is taken in one operation.
const LOCKINGS: u64 = 50_000;

/// Counters and a lock in memory that threads and processes share alike.
#[repr(C)]
struct Common {
    counter: AtomicU64,
    padded: [Padded; PADDED_MAX],
    lock: FutexLock,
    guarded: AtomicU64,
}

const PADDED_MAX: usize = 2048;

/// A counter with two cache lines to itself: neighbours are fetched in pairs.
#[repr(C, align(128))]
struct Padded(AtomicU64);

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Common {}

impl Common {
    fn total(&self) -> u64 {
        let counters = [&self.counter, &self.guarded].into_iter().chain(self.padded.iter().map(|padded| &padded.0));
        counters.map(|counter| counter.load(Ordering::Acquire)).sum()
    }
}

/// The workloads of the groups `calc`, `triad`, `fault`, `map`, `open`, `allocate`, `counter`, `counter_padded`, `lock`.
pub(super) fn prepare(group: &str, function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let alone: fn() -> Job = match group {
        "calc" => || Box::new(calc),
        "triad" => triad,
        "fault" => || Box::new(fault),
        "map" => || Box::new(map),
        "open" => || Box::new(open),
        "allocate" => || Box::new(allocate),
        "counter" | "counter_padded" | "lock" => return together(group, function, parameters),
        _ => return Err(WorkerError::unknown(group, function)),
    };
    if function == "floor" {
        return Ok(timed(alone()));
    }
    Ok(group_workload(Mechanism::named(group, function)?, workers(parameters)?, move |_| alone()))
}

/// The square roots of 1 … 4,000,000, each used.
pub(super) fn calc() -> u64 {
    for number in 1..=SQUARE_ROOTS {
        black_box((black_box(number) as f64).sqrt());
    }
    SQUARE_ROOTS
}

/// `a[i] = b[i] + 3 c[i]` over arrays that no cache holds, as in McCalpin's STREAM; the work is counted in elements.
fn triad() -> Job {
    let length = TRIAD_BYTES / size_of::<f64>();
    let (mut a, b, c) = (vec![0.0f64; length], vec![1.0f64; length], vec![2.0f64; length]);
    a.fill(0.5);
    Box::new(move || {
        for ((a, b), c) in black_box(&mut a).iter_mut().zip(&b).zip(&c) {
            *a = b + 3.0 * c;
        }
        assert_eq!(a[length / 2], 7.0, "the triad did not compute");
        length as u64
    })
}

/// Maps fresh memory, writes to each of its small pages and unmaps it.
fn fault() -> u64 {
    let mapping = Mapping::new(FAULT_BYTES, Sharing::Private).expect("4 MiB can be mapped");
    mapping.advise(MmapAdvise::MADV_NOHUGEPAGE).ok();
    mapping.touch()
}

/// Maps one page and unmaps it untouched, again and again.
fn map() -> u64 {
    for _ in 0..MAPS {
        black_box(Mapping::new(page_bytes(), Sharing::Private).expect("a page can be mapped"));
    }
    MAPS
}

/// Opens a file and closes it, again and again.
fn open() -> u64 {
    for _ in 0..OPENS {
        black_box(File::open("/dev/null").expect("there is a null device"));
    }
    OPENS
}

/// Allocates and frees blocks of 16 B to 4 KiB by the global allocator, sixteen alive at a time.
fn allocate() -> u64 {
    const ALIVE: usize = 16;
    let mut blocks: [Vec<u8>; ALIVE] = Default::default();
    for index in 0..ALLOCATIONS {
        let bytes = 16 << (index * 7 % 9);
        let mut block = Vec::with_capacity(bytes);
        block.push(index as u8);
        blocks[index as usize % ALIVE] = black_box(block);
    }
    black_box(&blocks);
    ALLOCATIONS
}

/// Work on memory that all workers share, in a mapping that is shared for threads and processes alike.
fn together(group: &str, function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let common = Shared::<Common>::new();
    let job: fn(&Common, usize) -> u64 = match group {
        "counter" => |common, _| count(&common.counter),
        "counter_padded" => |common, index| count(&common.padded[index].0),
        _ if function == "mutex" => |common, _| mutex(common),
        _ if function == "processes" => |common, _| lock(common, Mechanism::Processes),
        _ => |common, _| lock(common, Mechanism::Threads),
    };
    let theirs = common.clone();
    if function == "floor" {
        return Ok(timed(move || job(&theirs, 0)));
    }
    let mechanism = match (group, function) {
        ("lock", "mutex") => Mechanism::Threads,
        _ => Mechanism::named(group, function)?,
    };
    let mut group = group_workload(mechanism, workers(parameters)?, move |index| {
        let common = theirs.clone();
        Box::new(move || job(&common, index))
    });
    Ok(Box::new(move |iterations| {
        let before = common.total();
        let sample = group(iterations);
        // Where a lock let two in at once, or a worker did less than it reported, additions are missing here.
        assert_eq!(common.total() - before, sample.work, "not all additions have arrived");
        sample
    }))
}

fn count(counter: &AtomicU64) -> u64 {
    for _ in 0..INCREMENTS {
        counter.fetch_add(1, Ordering::Relaxed);
    }
    INCREMENTS
}

/// Takes the one lock and adds to what it guards, not atomically: a lock that failed would lose additions.
fn lock(common: &Common, between: Mechanism) -> u64 {
    for _ in 0..LOCKINGS {
        common.lock.acquire(between);
        add_guarded(common);
        common.lock.release(between);
    }
    LOCKINGS
}

/// The same with the lock of the standard library, which threads alone can share.
fn mutex(common: &Common) -> u64 {
    static LOCK: Mutex<()> = Mutex::new(());
    for _ in 0..LOCKINGS {
        let _taken = LOCK.lock().expect("no holder panics");
        add_guarded(common);
    }
    LOCKINGS
}

fn add_guarded(common: &Common) {
    let value = common.guarded.load(Ordering::Relaxed);
    common.guarded.store(value + 1, Ordering::Relaxed);
}

/// A lock of three states over a futex: free, taken, taken with sleepers. See Drepper, "Futexes Are Tricky" (2011).
#[repr(transparent)]
struct FutexLock(AtomicU32);

impl FutexLock {
    fn acquire(&self, between: Mechanism) {
        if self.0.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            return;
        }
        while self.0.swap(2, Ordering::Acquire) != 0 {
            futex_wait(&self.0, 2, between);
        }
    }

    fn release(&self, between: Mechanism) {
        if self.0.swap(0, Ordering::Release) == 2 {
            futex_wake(&self.0, 1, between);
        }
    }
}
