//! Which mechanism is held against which: the table behind the first page.

use serde::Serialize;

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

/// A group done by several workers side by side, and what its speed-up is told against.
pub(super) struct Scaled {
    pub(super) topic: &'static str,
    pub(super) label: &'static str,
    pub(super) group: &'static str,
    pub(super) thread: &'static str,
    /// `None` where only one process can do it that way.
    pub(super) process: Option<&'static str>,
    pub(super) work: Work,
    pub(super) bound: Bound,
}

/// What more workers have to have to be faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Processors: no more of them can be at work than there are.
    Processors,
    /// Nothing: they wait, for a server or a disk, and as many as there are can do so at once.
    Waiting,
}

/// How much work there is for `n` workers: scaling that is called weak, and strong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// The same for each of them: the speed-up is `n` times one worker's time ÷ the time of `n`.
    Each,
    /// The same in all: the speed-up is the time of this function, which does it alone, ÷ the time of `n` workers.
    InAll { alone: &'static str },
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
    pair("spawn", "fork", "spawn", "thread", "fork", Ends),
    pair("spawn", "least program", "spawn", "thread", "posix_spawn_minimal", Ends),
    pair("spawn", "posix_spawn", "spawn", "thread", "posix_spawn", Ends),
    pair("spawn", "Command", "spawn", "thread", "command", Ends),
    pair("spawn", "Command by fork", "spawn", "thread", "command_fork", Ends),
    pair("spawn", "fork server", "spawn", "thread", "fork_server", Ends),
    pair("spawn", "pooled, both", "spawn", "pooled_thread", "pooled_process", Ends),
    pair("memory", "Arc | mapping", "hand_over", "arc", "shared_mapping", Ends),
    pair("memory", "Arc | new mapping", "hand_over", "arc", "shared_mapping_fresh", Ends),
    pair("memory", "clone | pipe", "hand_over", "channel_clone", "pipe", Ends),
    pair("memory", "clone | socket pair", "hand_over", "channel_clone", "socket_pair", Ends),
    pair("memory", "clone | vm_readv", "hand_over", "channel_clone", "process_vm_readv", Ends),
    pair("memory", "write, after fork", "rewrite", "thread", "copy_on_write", Ends),
    pair("memory", "spin", "round_trip", "spin_threads", "spin_processes", Every),
    pair("memory", "futex", "round_trip", "futex_threads", "futex_processes", Every),
    pair("memory", "eventfd", "round_trip", "eventfd_threads", "eventfd_processes", Every),
    pair("memory", "pipe", "round_trip", "pipe_threads", "pipe_processes", Every),
    pair("memory", "socket pair", "round_trip", "socket_pair_threads", "socket_pair_processes", Every),
    memory_of("own memory, forked", "forked"),
    memory_of("own memory, executed", "executed"),
];

const fn scaled(label: &'static str, group: &'static str) -> Scaled {
    Scaled {
        topic: "cpu",
        label,
        group,
        thread: "threads",
        process: Some("processes"),
        work: Work::Each,
        bound: Bound::Processors,
    }
}

const fn waiting(label: &'static str, group: &'static str) -> Scaled {
    Scaled { topic: "io", bound: Bound::Waiting, ..scaled(label, group) }
}

/// Requests are shared out: however many workers there are, there are twenty of them.
const fn requested(
    topic: &'static str,
    label: &'static str,
    group: &'static str,
    [thread, process]: [&'static str; 2],
    alone: &'static str,
) -> Scaled {
    let (process, work, bound) = (Some(process), Work::InAll { alone }, Bound::Waiting);
    Scaled { topic, label, group, thread, process, work, bound }
}

/// Every curve of speed-up on the first page.
pub(super) const SCALED: &[Scaled] = &[
    scaled("square roots", "calc"),
    scaled("triad in memory", "triad"),
    scaled("page faults", "fault"),
    scaled("map and unmap", "map"),
    scaled("open and close", "open"),
    scaled("allocate and free", "allocate"),
    scaled("shared counter", "counter"),
    scaled("padded counters", "counter_padded"),
    scaled("one lock", "lock"),
    requested("io", "requests", "requests", ["threads", "processes"], "sequential"),
    Scaled { process: None, ..requested("io", "event loop", "requests", ["event_loop", ""], "sequential") },
    waiting("echo", "echo"),
    Scaled { topic: "io", ..scaled("cached reads", "read") },
    waiting("write and sync", "sync"),
    Scaled { topic: "gil", thread: "one_lock", process: Some("lock_each"), ..scaled("square roots", "gil_calc") },
    requested("gil", "requests", "gil_requests", ["one_lock", "lock_each"], "one_lock"),
];
