//! Which mechanism is held against which: the table behind the first page.

use crate::model::Metric;

/// A thread's way and a process's way to do the same work.
pub(super) struct Comparison {
    pub(super) topic: &'static str,
    pub(super) label: &'static str,
    pub(super) group: &'static str,
    pub(super) thread: &'static str,
    pub(super) process: &'static str,
    pub(super) metric: Metric,
    pub(super) shown: Shown,
}

/// Which of the measured parameters have a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// All of them.
    Every,
    /// The smallest and the largest; the ones between are in the page of the whole run.
    Ends,
}

/// A group whose work grows with its workers: work for each of them is the same however many there are.
pub(super) struct Scaled {
    pub(super) topic: &'static str,
    pub(super) label: &'static str,
    pub(super) group: &'static str,
    pub(super) thread: &'static str,
    pub(super) process: &'static str,
}

/// The topics of the first page, in its order.
pub(super) const TOPICS: [&str; 5] = ["spawn", "memory", "cpu", "io", "gil"];

/// The parameter that counts workers.
pub(super) const WORKERS: &str = "workers";

const fn pair(
    topic: &'static str,
    label: &'static str,
    group: &'static str,
    thread: &'static str,
    process: &'static str,
    shown: Shown,
) -> Comparison {
    Comparison { topic, label, group, thread, process, metric: Metric::WallTime, shown }
}

const fn memory_of(label: &'static str, process: &'static str) -> Comparison {
    Comparison {
        topic: "memory",
        label,
        group: "worker_memory",
        thread: "thread",
        process,
        metric: Metric::UniqueMemory,
        shown: Shown::Every,
    }
}

use Shown::{Ends, Every};

/// Every comparison of the first page. The label says what both sides do, and by which means where it is not plain.
pub(super) const COMPARISONS: &[Comparison] = &[
    pair("spawn", "the kernel's floors", "spawn", "floor_thread", "floor_process", Ends),
    pair("spawn", "thread, fork", "spawn", "thread", "fork", Ends),
    pair("spawn", "thread, posix_spawn", "spawn", "thread", "posix_spawn", Ends),
    pair("spawn", "thread, Command", "spawn", "thread", "command", Ends),
    pair("spawn", "thread, Command by fork", "spawn", "thread", "command_fork", Ends),
    pair("spawn", "thread, fork server", "spawn", "thread", "fork_server", Ends),
    pair("spawn", "job for a waiting worker", "spawn", "pooled_thread", "pooled_process", Ends),
    pair("memory", "hand over: Arc, shared mapping", "hand_over", "arc", "shared_mapping", Ends),
    pair("memory", "hand over: Arc, new mapping", "hand_over", "arc", "shared_mapping_fresh", Ends),
    pair("memory", "hand over: clone, pipe", "hand_over", "channel_clone", "pipe", Ends),
    pair("memory", "hand over: clone, socket pair", "hand_over", "channel_clone", "socket_pair", Ends),
    pair("memory", "hand over: clone, other's memory", "hand_over", "channel_clone", "process_vm_readv", Ends),
    pair("memory", "rewrite: shared, copy-on-write", "rewrite", "shared_pages", "copy_on_write", Every),
    pair("memory", "round trip: spin", "round_trip", "spin_threads", "spin_processes", Every),
    pair("memory", "round trip: futex", "round_trip", "futex_threads", "futex_processes", Every),
    pair("memory", "round trip: eventfd", "round_trip", "eventfd_threads", "eventfd_processes", Every),
    pair("memory", "round trip: pipe", "round_trip", "pipe_threads", "pipe_processes", Every),
    pair("memory", "round trip: socket pair", "round_trip", "socket_pair_threads", "socket_pair_processes", Every),
    memory_of("own memory: thread, forked", "forked"),
    memory_of("own memory: thread, executed", "executed"),
    pair("cpu", "square roots", "calc", "threads", "processes", Ends),
    pair("cpu", "memory-bound triad", "triad", "threads", "processes", Ends),
    pair("cpu", "page faults", "fault", "threads", "processes", Ends),
    pair("cpu", "map and unmap", "map", "threads", "processes", Ends),
    pair("cpu", "open and close", "open", "threads", "processes", Ends),
    pair("cpu", "allocate and free", "allocate", "threads", "processes", Ends),
    pair("cpu", "shared counter", "counter", "threads", "processes", Ends),
    pair("cpu", "padded counters", "counter_padded", "threads", "processes", Ends),
    pair("cpu", "lock", "lock", "threads", "processes", Ends),
    pair("io", "requests", "requests", "threads", "processes", Ends),
    pair("io", "requests: one by one, processes", "requests", "sequential", "processes", Ends),
    pair("io", "requests: event loop, processes", "requests", "event_loop", "processes", Ends),
    pair("io", "echo", "echo", "threads", "processes", Ends),
    pair("io", "cached reads", "read", "threads", "processes", Ends),
    pair("io", "write and sync", "sync", "threads", "processes", Ends),
    pair("gil", "square roots: one lock, lock each", "gil_calc", "one_lock", "lock_each", Ends),
    pair("gil", "requests: one lock, lock each", "gil_requests", "one_lock", "lock_each", Ends),
];

const fn scaled(label: &'static str, group: &'static str) -> Scaled {
    Scaled { topic: "cpu", label, group, thread: "threads", process: "processes" }
}

/// Every curve of speed-up on the first page.
pub(super) const SCALED: &[Scaled] = &[
    scaled("square roots", "calc"),
    scaled("memory-bound triad", "triad"),
    scaled("page faults", "fault"),
    scaled("map and unmap", "map"),
    scaled("open and close", "open"),
    scaled("allocate and free", "allocate"),
    scaled("shared counter", "counter"),
    scaled("padded counters", "counter_padded"),
    scaled("lock", "lock"),
    Scaled {
        topic: "gil",
        label: "square roots: one lock, lock each",
        group: "gil_calc",
        thread: "one_lock",
        process: "lock_each",
    },
];
