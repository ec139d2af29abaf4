//! Work that keeps processors busy, done side by side by threads or by processes, the same amount for each worker.
//!
//! Inside the clock of `calc` and `triad`: from the first worker's first instruction to the last one's last, as somebody
//! waits who needs all of it. Of the others: the time in which all are at work, see [`throughput_workload`]. Outside:
//! starting the workers, their buffers and their files. What differs between the mechanisms is what the workers share in
//! the kernel: one address space and one table of descriptors, or each its own. The lower bound is the same work done once
//! by the launcher itself.

use std::collections::VecDeque;
use std::fs::File;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, RwLock};

use nix::sys::mman::MmapAdvise;

use super::cache::bytes_to_go_around;
use super::files::NamedFile;
use super::mapping::{Mapping, Sharing, page_bytes};
use super::mechanism::Mechanism;
use super::roots::square_roots;
use super::shared::{CacheLines, Shared, Zeroed, futex_wait, futex_wake};
use super::worker_group::{Job, SLICES, WORKERS_MAX, group_workload, throughput_workload, workers};
use super::{Parameters, WorkerError, Workload, timed};

/// Square roots of one worker in one operation: the example of the article that asked the question.
pub(super) const SQUARE_ROOTS: u64 = 4_000_000;

/// Of each of its three arrays a worker goes through so much in one operation.
const TRIAD_BYTES: usize = 16 << 20;

/// Memory whose pages are first touched in one slice: 4 MiB in an operation.
const FAULT_BYTES: usize = (4 << 20) / SLICES;

/// Mappings made and unmade in one slice.
const MAPS: u64 = 1000 / SLICES as u64;

/// Files opened and closed in one slice.
const OPENS: u64 = 2000 / SLICES as u64;

/// Allocations made and freed in one slice, of sizes 16 B to 4 KiB.
const ALLOCATIONS: u64 = 100_000 / SLICES as u64;

/// Increments of the shared counter in one slice.
const INCREMENTS: u64 = 1_000_000 / SLICES as u64;

/// Times the contended lock is taken in one slice.
const LOCKINGS: u64 = 50_000 / SLICES as u64;

/// Counters and a lock in memory that threads and processes share alike. Every lock has cache lines of its own, with what it guards.
#[repr(C)]
struct Common {
    counter: AtomicU64,
    padded: [CacheLines<AtomicU64>; WORKERS_MAX],
    adjacent: [AtomicU64; WORKERS_MAX],
    next_line: [CacheLine; WORKERS_MAX],
    guarded: CacheLines<Guarded>,
}

#[repr(C)]
struct Guarded {
    lock: FutexLock,
    count: AtomicU64,
}

/// The lock of the standard library and that of the crate parking_lot, which threads alone can share.
static MUTEX: CacheLines<Mutex<u64>> = CacheLines(Mutex::new(0));
static PARKING_LOT: CacheLines<parking_lot::Mutex<u64>> = CacheLines(parking_lot::Mutex::new(0));

/// A counter in one cache line, whose neighbour may be fetched with it.
#[repr(C, align(64))]
struct CacheLine(AtomicU64);

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Common {}

impl Common {
    fn total(&self) -> u64 {
        let lines = self.padded.iter().map(|padded| &padded.0).chain(self.next_line.iter().map(|line| &line.0));
        let counters = lines.chain(&self.adjacent).chain([&self.counter, &self.guarded.0.count]);
        let atomic: u64 = counters.map(|counter| counter.load(Ordering::Acquire)).sum();
        atomic + *MUTEX.0.lock().expect("no holder panics") + *PARKING_LOT.0.lock()
    }
}

/// The workloads of the groups of this topic but `split`.
pub(super) fn prepare(group: &str, function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    match group {
        "open_own" => return open_own(function, parameters),
        "counter" | "counter_padded" | "lock" => return together(group, function, parameters),
        "lock_read" => return lock_read(function, parameters),
        _ => {}
    }
    let bytes = bytes_to_go_around();
    let make = move |group: &str| -> Option<Job> {
        Some(match group {
            "calc" => Box::new(|| square_roots(SQUARE_ROOTS)),
            "triad" => triad(bytes),
            "fault" => fault(bytes),
            "map" => Box::new(map),
            "open" => Box::new(|| open(Path::new("/dev/null"))),
            "allocate" => allocate(),
            _ => return None,
        })
    };
    let is_whole = ["calc", "triad"].contains(&group);
    if function == "floor" {
        let job = make(group).ok_or_else(|| WorkerError::unknown(group, function))?;
        return Ok(if is_whole { timed(job) } else { timed(sliced(job)) });
    }
    let (mechanism, workers) = (Mechanism::named(group, function)?, workers(parameters)?);
    let name = group.to_owned();
    let job = move |_| make(&name).expect("the group is one of these");
    Ok(if is_whole { group_workload(mechanism, workers, job) } else { throughput_workload(mechanism, workers, job) })
}

/// A whole operation of a job that does a slice.
fn sliced(mut job: impl FnMut() -> u64 + 'static) -> impl FnMut() -> u64 + 'static {
    move || (0..SLICES).map(|_| job()).sum()
}

/// `a[i] = b[i] + 3 c[i]` over arrays of `bytes` together, which no cache holds, as in McCalpin's STREAM: in one operation the
/// next [`TRIAD_BYTES`] of each. The work is counted in elements.
fn triad(bytes: usize) -> Job {
    const STRETCH: usize = TRIAD_BYTES / size_of::<f64>();
    let stretches = (bytes / 3).div_ceil(TRIAD_BYTES).max(1);
    let length = stretches * STRETCH;
    let (mut a, b, c) = (vec![0.5f64; length], vec![1.0f64; length], vec![2.0f64; length]);
    let mut first = 0;
    Box::new(move || {
        let next = first..first + STRETCH;
        for ((a, b), c) in black_box(&mut a[next.clone()]).iter_mut().zip(&b[next.clone()]).zip(&c[next]) {
            *a = b + 3.0 * c;
        }
        assert_eq!(a[first + STRETCH / 2], 7.0, "the triad did not compute");
        first = (first + STRETCH) % length;
        STRETCH as u64
    })
}

/// Unmaps the oldest of the mappings that hold `bytes` together, and maps fresh memory and writes to each of its small pages:
/// the pages that the kernel has back by then, and clears, are in no cache any more.
fn fault(bytes: usize) -> Job {
    let touched = || {
        let mapping = Mapping::new(FAULT_BYTES, Sharing::Private).expect("half a MiB can be mapped");
        mapping.advise(MmapAdvise::MADV_NOHUGEPAGE).ok();
        let pages = mapping.touch();
        (mapping, pages)
    };
    let mut mappings: VecDeque<Mapping> = (0..bytes.div_ceil(FAULT_BYTES)).map(|_| touched().0).collect();
    Box::new(move || {
        drop(mappings.pop_front());
        let (mapping, pages) = touched();
        mappings.push_back(mapping);
        pages
    })
}

/// Maps one page and unmaps it untouched, again and again.
fn map() -> u64 {
    for _ in 0..MAPS {
        black_box(Mapping::new(page_bytes(), Sharing::Private).expect("a page can be mapped"));
    }
    MAPS
}

/// Opens a file and closes it, again and again.
fn open(path: &Path) -> u64 {
    for _ in 0..OPENS {
        black_box(File::open(path).expect("the file is there"));
    }
    OPENS
}

/// The same with a file that no other worker opens; the launcher makes the files and removes them.
fn open_own(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    if function == "floor" {
        let file = NamedFile::new()?;
        return Ok(timed(sliced(move || open(&file.path))));
    }
    let (mechanism, workers) = (Mechanism::named("open_own", function)?, workers(parameters)?);
    let files: Vec<NamedFile> = (0..workers).map(|_| NamedFile::new()).collect::<Result<_, _>>()?;
    let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
    let mut group = throughput_workload(mechanism, workers, move |index| {
        let path = paths[index].clone();
        Box::new(move || open(&path))
    });
    Ok(Box::new(move |iterations| {
        let _named = &files;
        group(iterations)
    }))
}

/// Allocates and frees blocks of 16 B to 4 KiB by the global allocator, sixteen alive at a time; one byte of each is written.
fn allocate() -> Job {
    const ALIVE: usize = 16;
    let mut blocks: [Box<[MaybeUninit<u8>]>; ALIVE] = Default::default();
    Box::new(move || {
        for index in 0..ALLOCATIONS {
            let bytes = 16 << (index * 7 % 9);
            let mut block = Box::new_uninit_slice(bytes);
            black_box(&mut block[0]).write(index as u8);
            blocks[index as usize % ALIVE] = block;
        }
        ALLOCATIONS
    })
}

/// Work on memory that all workers share, in a mapping that is shared for threads and processes alike.
fn together(group: &str, function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let common = Shared::<Common>::new();
    let job: fn(&Common, usize) -> u64 = match group {
        "counter" => |common, _| count(&common.counter),
        "counter_padded" if function == "adjacent" => |common, index| count(&common.adjacent[index]),
        "counter_padded" if function == "next_line" => |common, index| count(&common.next_line[index].0),
        "counter_padded" => |common, index| count(&common.padded[index].0),
        _ if function == "mutex" => |_, _| mutex(),
        _ if function == "parking_lot" => |_, _| parking_lot(),
        _ if function == "processes" => |common, _| lock(&common.guarded.0, Mechanism::Processes),
        _ => |common, _| lock(&common.guarded.0, Mechanism::Threads),
    };
    let theirs = common.clone();
    if function == "floor" {
        return Ok(timed(sliced(move || job(&theirs, 0))));
    }
    let mechanism = match (group, function) {
        ("lock", "mutex" | "parking_lot") | ("counter_padded", "adjacent" | "next_line") => Mechanism::Threads,
        _ => Mechanism::named(group, function)?,
    };
    let mut group = throughput_workload(mechanism, workers(parameters)?, move |index| {
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
fn lock(guarded: &Guarded, between: Mechanism) -> u64 {
    for _ in 0..LOCKINGS {
        guarded.lock.acquire(between);
        guarded.count.store(guarded.count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        guarded.lock.release(between);
    }
    LOCKINGS
}

fn mutex() -> u64 {
    (0..LOCKINGS).for_each(|_| *MUTEX.0.lock().expect("no holder panics") += 1);
    LOCKINGS
}

fn parking_lot() -> u64 {
    (0..LOCKINGS).for_each(|_| *PARKING_LOT.0.lock() += 1);
    LOCKINGS
}

/// Threads that only read what one lock of the standard library guards: `mutex` lets in one of them at a time, `rwlock` all. The
/// lower bound reads the same without a lock.
fn lock_read(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let job: fn() -> u64 = match function {
        "mutex" => read_by_mutex,
        "rwlock" => read_by_rwlock,
        "floor" => read_unguarded,
        _ => return Err(WorkerError::unknown("lock_read", function)),
    };
    if function == "floor" {
        return Ok(timed(sliced(job)));
    }
    Ok(throughput_workload(Mechanism::Threads, workers(parameters)?, move |_| Box::new(job)))
}

fn read_by_mutex() -> u64 {
    static GUARDED: CacheLines<Mutex<u64>> = CacheLines(Mutex::new(1));
    (0..LOCKINGS).map(|_| *black_box(&GUARDED).0.lock().expect("no holder panics")).sum()
}

fn read_by_rwlock() -> u64 {
    static GUARDED: CacheLines<RwLock<u64>> = CacheLines(RwLock::new(1));
    (0..LOCKINGS).map(|_| *black_box(&GUARDED).0.read().expect("no holder panics")).sum()
}

fn read_unguarded() -> u64 {
    static UNGUARDED: u64 = 1;
    (0..LOCKINGS).map(|_| *black_box(&UNGUARDED)).sum()
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
