//! The topics, their groups and their axes: the one list that arguments, headings, orders, thresholds, the summary and
//! the settings in Cargo.toml follow. A group that is missing here is still measured, stored and listed in the summary.

use super::{Class, Metric};

#[derive(Debug)]
pub struct Topic {
    pub name: &'static str,
    pub question: &'static str,
    /// How to read its rows, where the labels do not say it.
    pub note: Option<&'static str>,
    pub kind: TopicKind,
    pub groups: &'static [Group],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicKind {
    /// Times of our workloads; a full run has all of these topics.
    Timed,
    /// Counts of the same workloads, where the host can count.
    Counted,
    /// Times of programs that are not ours: no change of ours moves them.
    External,
}

/// A piece of work; at equal parameters all its functions do the same.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub name: &'static str,
    /// What the cost depends on; it decides the threshold of a change.
    pub class: Class,
    /// Whether several threads run while it is counted, so that its counts differ from one time to the next.
    pub is_threaded: bool,
    /// Whether a timer decides its times, and not the machine: a server's delay, an interpreter's interval.
    pub is_timed_by_timer: bool,
    /// The quantity that its functions are compared in.
    pub metric: Metric,
    pub comparisons: &'static [Comparison],
    pub scalings: &'static [Scaling],
}

#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// What both do, and by which mechanism where it is not plain.
    pub label: &'static str,
    pub thread: &'static str,
    pub process: &'static str,
    pub shown: Shown,
}

/// Which of the measured parameters have a row in the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Every,
    /// The smallest and the largest.
    Ends,
}

#[derive(Clone, Copy, Debug)]
pub struct Scaling {
    pub label: &'static str,
    pub thread: &'static str,
    /// `None` where only one process can do it that way.
    pub process: Option<&'static str>,
    pub work: Work,
    pub bound: Bound,
}

/// How much work there is for `n` workers: weak scaling, and strong scaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The same for each: the speed-up is `n` times one worker's time ÷ the time of `n`.
    Each,
    /// The same in all: the speed-up is the time of this function, which does it alone, ÷ the time of `n` workers.
    InAll { alone: &'static str },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    Processors,
    /// Nothing: they wait, for a server or a disk, and any number can wait at once.
    Waiting,
}

#[derive(Debug)]
pub struct Axis {
    pub name: &'static str,
    /// How a value is printed: `B` in KiB and MiB, `×` as a multiple, a unit behind it, and `name=value` without a unit.
    pub unit: &'static str,
}

pub const WORKERS: &str = "workers";
pub const PYTHON: &str = "python";
/// The beginning of the names of functions that do the least that the system needs for the work of their group.
const LOWER_BOUND: &str = "floor";

pub static TOPICS: &[Topic] = &[
    Topic {
        name: "spawn",
        question: "start one more and wait for its end",
        note: Some(
            "The thread is std's; the row names the process, and how many are started at once. One stays on its maker's CPU; \
             with 2 CPUs it is on another, with pinned=0 the scheduler places it.",
        ),
        kind: TopicKind::Timed,
        groups: &[
            group("spawn").threaded().compared(&[
                pair("lower bounds", "floor_thread", "floor_process"),
                pair("fork", "thread", "fork"),
                pair("least program", "thread", "posix_spawn_minimal"),
                pair("posix_spawn", "thread", "posix_spawn"),
                pair("Command", "thread", "command"),
                pair("Command by fork", "thread", "command_fork"),
                pair("fork server", "thread", "fork_server"),
                pair("pooled, both", "pooled_thread", "pooled_process"),
            ]),
            group("fork_price"),
            group("crash"),
        ],
    },
    Topic {
        name: "memory",
        question: "hand data over, share it, own it",
        note: Some(
            "Handing bytes over, writing after a fork, a round trip of nothing, memory of one more worker. Before the bar \
             the threads' mechanism, behind it the processes'.",
        ),
        kind: TopicKind::Timed,
        groups: &[
            group("hand_over").threaded().compared(&[
                pair("Arc | mapping", "arc", "shared_mapping"),
                pair("Arc | new mapping", "arc", "shared_mapping_fresh"),
                pair("clone | pipe", "channel_clone", "pipe"),
                pair("clone | socket pair", "channel_clone", "socket_pair"),
                pair("clone | vm_readv", "channel_clone", "process_vm_readv"),
            ]),
            group("descriptor").threaded(),
            group("rewrite").compared(&[pair("write, after fork", "thread", "copy_on_write")]),
            group("first_touch"),
            group("round_trip").compared(&[
                pair("spin", "spin_threads", "spin_processes").every(),
                pair("futex", "futex_threads", "futex_processes").every(),
                pair("eventfd", "eventfd_threads", "eventfd_processes").every(),
                pair("pipe", "pipe_threads", "pipe_processes").every(),
                pair("socket pair", "socket_pair_threads", "socket_pair_processes").every(),
            ]),
            group("context_switch"),
            group("stream"),
            group("worker_memory").measured_in(Metric::UniqueMemory).compared(&[
                pair("own memory, forked", "thread", "forked").every(),
                pair("own memory, executed", "thread", "executed").every(),
            ]),
        ],
    },
    Topic {
        name: "cpu",
        question: "compute with several workers",
        note: None,
        kind: TopicKind::Timed,
        groups: &[
            group("calc").compute().threaded().scaled(&[scaling("square roots")]),
            group("triad").compute().scaled(&[scaling("triad in memory")]),
            group("fault").scaled(&[scaling("page faults")]),
            group("map").threaded().scaled(&[scaling("map and unmap")]),
            group("open").threaded().scaled(&[scaling("open and close")]),
            group("open_own").threaded().scaled(&[scaling("open own files")]),
            group("allocate").compute().threaded().scaled(&[scaling("allocate and free")]),
            group("counter").threaded().scaled(&[scaling("shared counter")]),
            group("counter_padded").compute().threaded().scaled(&[scaling("padded counters")]),
            group("lock").threaded().scaled(&[scaling("one lock")]),
            group("lock_read").threaded(),
            group("unmap").threaded(),
            group("protect").threaded(),
            group("split"),
        ],
    },
    Topic {
        name: "io",
        question: "wait with several workers",
        note: None,
        kind: TopicKind::Timed,
        groups: &[
            group("requests").timed_by_timer().scaled(&[
                scaling("requests").shared_out("sequential"),
                scaling("event loop").by("event_loop", None).shared_out("sequential"),
            ]),
            group("echo").scaled(&[scaling("echo").waiting()]),
            group("connection_memory").measured_in(Metric::UniqueMemory).compared(&[pair(
                "idle connection, own memory",
                "threads",
                "processes",
            )
            .every()]),
            group("read").scaled(&[scaling("cached reads")]),
            group("sync").scaled(&[scaling("write and sync").waiting()]),
        ],
    },
    Topic {
        name: "gil",
        question: "one interpreter lock for all, or one for each",
        note: None,
        kind: TopicKind::Timed,
        groups: &[
            group("gil_calc").compute().threaded().scaled(&[scaling("square roots").by("one_lock", Some("lock_each"))]),
            group("gil_requests")
                .timed_by_timer()
                .scaled(&[scaling("requests").by("one_lock", Some("lock_each")).shared_out("one_lock")]),
            group("gil_wake").timed_by_timer(),
        ],
    },
    Topic {
        name: "callgrind",
        question: "user-space instructions of one operation",
        note: None,
        kind: TopicKind::Counted,
        groups: &[],
    },
    Topic {
        name: "counters",
        question: "instructions, system calls, faults and switches of one operation",
        note: None,
        kind: TopicKind::Counted,
        groups: &[],
    },
    Topic {
        name: PYTHON,
        question: "the same in real interpreters",
        note: None,
        kind: TopicKind::External,
        groups: &[],
    },
];

/// What each mechanism does, in one line, by its function, or by group and function where one name has several meanings:
/// the glossary of the pages and of the documentation.
pub static MECHANISMS: &[(&str, &str)] = &[
    ("thread", "a thread of the standard library, started and joined"),
    ("pthread", "a thread of the C library, started and joined: what the standard library's is made of"),
    ("scoped_thread", "a thread that borrows from its parent, joined at the end of a scope"),
    ("small_stack_thread", "a thread with the smallest stack that runs a closure"),
    ("large_stack_thread", "a thread with a stack too large to be reused, so that it is mapped anew"),
    ("pooled_thread", "a job handed to a thread that is parked and waits for it"),
    ("pooled_process", "a job handed to a process that is parked and waits for it"),
    (
        "work_stealing",
        "a job handed from outside to two threads of a rayon pool; the second steals its half, unless the first has done both",
    ),
    ("fork", "a copy of the parent process, made by fork"),
    ("fork_server", "a small process forks the child on request, so that the parent is not copied"),
    ("fork_exec", "a copy of the parent process that becomes a program"),
    ("posix_spawn", "a new program, started without a copy of the parent"),
    ("posix_spawn_minimal", "the smallest program there can be, started without a copy of the parent"),
    ("command", "a new program, started by the standard library's Command"),
    ("command_fork", "a new program, started by Command where it has to fork because code runs in the child first"),
    ("fork_huge_pages", "fork of a parent whose memory is in huge pages"),
    ("fork_shared_mapping", "fork of a parent whose memory is a shared mapping, which is not copied"),
    ("fork_reading", "fork of a parent whose memory the child reads, all of it"),
    ("arc", "a pointer to shared memory is handed over (Arc); no bytes are copied"),
    ("shared_mapping", "memory mapped by both processes; only its position is handed over"),
    ("shared_mapping_fresh", "memory mapped by both processes anew for each hand-over; the bytes are copied into it"),
    ("channel_clone", "a copy of the bytes, handed over through a channel of the standard library"),
    ("pipe", "the bytes go through a pipe of the kernel: copied in and copied out"),
    ("socket_pair", "the bytes go through a pair of connected Unix sockets: copied in and copied out"),
    ("process_vm_readv", "the receiver reads the bytes out of the sender's memory: copied once"),
    (
        "descriptor/threads",
        "the number of an open file goes through a channel; all threads share one table of descriptors",
    ),
    (
        "descriptor/processes",
        "the kernel puts an open file into the other's table (SCM_RIGHTS), over a pair of sockets",
    ),
    ("unmap/threads", "memory is unmapped while threads of the same process are busy on the other CPUs"),
    ("unmap/processes", "memory is unmapped while other processes are busy on the other CPUs"),
    (
        "protect/threads",
        "memory is made unusable (mprotect) while threads of the same process are busy on the other CPUs",
    ),
    ("protect/processes", "memory is made unusable (mprotect) while other processes are busy on the other CPUs"),
    ("idle_threads", "memory is unmapped while threads of the same process sleep on the other CPUs"),
    ("rewrite/thread", "a thread writes to the memory that it shares"),
    ("copy_on_write", "a forked child writes to memory, and each page is copied at the first write"),
    ("shared_pages", "a forked child writes to shared pages, which are not copied"),
    ("small_pages", "memory touched for the first time, in pages of 4 KiB"),
    ("huge_pages", "memory touched for the first time, in huge pages"),
    ("spin_threads", "each thread reads one word over and over until the other has written it"),
    ("spin_processes", "each process reads one word over and over until the other has written it"),
    ("futex_threads", "threads sleep and wake each other by a futex, the system call behind locks"),
    ("futex_processes", "processes sleep and wake each other by a futex in shared memory"),
    ("eventfd_threads", "threads wake each other by an eventfd, a counter of the kernel"),
    ("eventfd_processes", "processes wake each other by an eventfd, a counter of the kernel"),
    ("pipe_threads", "threads wake each other by a byte through a pipe"),
    ("pipe_processes", "processes wake each other by a byte through a pipe"),
    ("socket_pair_threads", "threads wake each other by a byte through a pair of sockets"),
    ("socket_pair_processes", "processes wake each other by a byte through a pair of sockets"),
    ("mpsc_threads", "threads send each other a message through a channel of the standard library"),
    ("ring_threads", "messages through a ring in memory, whose two threads never sleep"),
    ("ring_processes", "messages through a ring in shared memory, whose two processes never sleep"),
    ("pipe_blocks_processes", "messages gathered into blocks of 64 KiB, which go through a pipe to a process"),
    ("condvar_threads", "threads wake each other by a condition variable of the standard library"),
    ("mutex", "workers are threads that share a lock of the standard library"),
    ("rwlock", "workers are threads that share a reader-writer lock of the standard library"),
    ("parking_lot", "workers are threads that share a lock of the crate parking_lot"),
    ("adjacent", "workers are threads, each with a counter of its own; eight of these share a cache line"),
    ("next_line", "workers are threads, each with a counter in a cache line of its own, next to that of another"),
    ("worker_memory/thread", "memory that one more thread has for itself"),
    ("forked", "memory that one more forked process has for itself"),
    ("executed", "memory that one more process with a program of its own has for itself"),
    ("crash/threads", "a crash ends the program with all of its threads; the program and all of them start anew"),
    ("crash/processes", "a crash ends one worker, a process; it alone starts anew"),
    ("threads", "workers are threads of one process"),
    ("processes", "workers are processes, each with memory and a descriptor table of its own"),
    ("sequential", "one worker does all of it, one after the other"),
    ("event_loop", "one thread waits for all at once"),
    ("tokio", "workers are tasks on tokio's default runtime, which has a thread for each CPU"),
    ("tokio_current_thread", "workers are tasks on a runtime of tokio's that has one thread"),
    ("connection_memory/threads", "each connection has a thread that waits for it"),
    ("connection_memory/processes", "each connection has a forked process that waits for it"),
    ("connection_memory/tokio", "each connection has a task that waits for it, on tokio's default runtime"),
    ("one_lock", "threads that share one interpreter-like lock: one computes at a time"),
    ("lock_each", "processes with one interpreter-like lock each: all compute at once"),
    ("alone", "one worker does the whole job"),
    ("pickled", "an object is pickled and sent through a pipe of multiprocessing"),
    ("shared_memory", "a block of multiprocessing.shared_memory is made, filled, attached and removed"),
    (
        "fork_reading",
        "memory that one more forked interpreter has for itself once it has read 1,000,000 floats of its parent's: counting \
         references to them copies their pages",
    ),
    ("own", "each thread reads an object of its own"),
    ("object", "all threads read one object"),
    ("module_function", "all threads call a function of a module"),
    ("thread_local", "each thread reads its thread-local"),
];

pub static AXES: &[Axis] = &[
    axis("bytes", "B"),
    axis("connections", ""),
    axis("count", "×"),
    axis("cpus", "CPUs"),
    axis("delay_ms", "ms"),
    axis("dirty_percent", "%"),
    axis("floats", ""),
    axis("gil", ""),
    axis("interval_us", "µs"),
    axis("mappings", ""),
    axis("python", ""),
    axis("roots", ""),
    axis("rss_mib", "MiB"),
    axis("threads", ""),
    axis(WORKERS, ""),
];

pub fn topic(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

/// The names of the topics of a kind, in the order of the summary.
pub fn topics_of(kind: TopicKind) -> impl Iterator<Item = &'static str> {
    TOPICS.iter().filter(move |topic| topic.kind == kind).map(|topic| topic.name)
}

pub fn groups() -> impl Iterator<Item = (&'static Topic, &'static Group)> {
    TOPICS.iter().flat_map(|topic| topic.groups.iter().map(move |group| (topic, group)))
}

pub fn group_of(name: &str) -> Option<&'static Group> {
    groups().map(|(_, group)| group).find(|group| group.name == name)
}

/// Every curve along the number of workers, with its topic and its group.
pub fn scalings() -> impl Iterator<Item = (&'static Topic, &'static Group, &'static Scaling)> {
    groups().flat_map(|(topic, group)| group.scalings.iter().map(move |scaling| (topic, group, scaling)))
}

pub fn axis_of(name: &str) -> Option<&'static Axis> {
    AXES.iter().find(|axis| axis.name == name)
}

pub fn topic_of(group: &str) -> Option<&'static str> {
    groups().find(|(_, it)| it.name == group).map(|(topic, _)| topic.name)
}

/// What a mechanism does, in one line.
pub fn meaning_of(group: &str, function: &str) -> Option<&'static str> {
    let of = |name: &str| MECHANISMS.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning);
    of(&format!("{group}/{function}")).or_else(|| of(function))
}

/// What the cost of a benchmark depends on, by its name or the name of its group.
///
/// The processor's work has the higher threshold, so that a group that is not listed counts as that.
pub fn class_of(benchmark: &str) -> Class {
    let group = benchmark.split('/').next().unwrap_or_default();
    group_of(group).map_or(Class::Compute, |group| group.class)
}

/// Whether a function does the least that the system needs for the work of its group, rather than being a mechanism.
pub fn is_lower_bound(function: &str) -> bool {
    function.starts_with(LOWER_BOUND)
}

const fn group(name: &'static str) -> Group {
    Group {
        name,
        class: Class::System,
        is_threaded: false,
        is_timed_by_timer: false,
        metric: Metric::WallTime,
        comparisons: &[],
        scalings: &[],
    }
}

impl Group {
    const fn compute(self) -> Self {
        Self { class: Class::Compute, ..self }
    }

    const fn threaded(self) -> Self {
        Self { is_threaded: true, ..self }
    }

    const fn timed_by_timer(self) -> Self {
        Self { is_timed_by_timer: true, ..self }
    }

    const fn measured_in(self, metric: Metric) -> Self {
        Self { metric, ..self }
    }

    const fn compared(self, comparisons: &'static [Comparison]) -> Self {
        Self { comparisons, ..self }
    }

    const fn scaled(self, scalings: &'static [Scaling]) -> Self {
        Self { scalings, ..self }
    }
}

const fn pair(label: &'static str, thread: &'static str, process: &'static str) -> Comparison {
    Comparison { label, thread, process, shown: Shown::Ends }
}

impl Comparison {
    const fn every(self) -> Self {
        Self { shown: Shown::Every, ..self }
    }
}

/// Of `threads` and `processes`, each worker with the same work, bound by processors.
const fn scaling(label: &'static str) -> Scaling {
    Scaling { label, thread: "threads", process: Some("processes"), work: Work::Each, bound: Bound::Processors }
}

impl Scaling {
    const fn by(self, thread: &'static str, process: Option<&'static str>) -> Self {
        Self { thread, process, ..self }
    }

    const fn waiting(self) -> Self {
        Self { bound: Bound::Waiting, ..self }
    }

    /// Requests are shared out: however many workers there are, there are twenty of them.
    const fn shared_out(self, alone: &'static str) -> Self {
        Self { work: Work::InAll { alone }, bound: Bound::Waiting, ..self }
    }
}

const fn axis(name: &'static str, unit: &'static str) -> Axis {
    Axis { name, unit }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(names: impl IntoIterator<Item = &'static str>) -> BTreeSet<String> {
        names.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn the_settings_in_cargo_toml_follow_from_the_list() {
        let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
        let settings = &manifest["package"]["metadata"]["parcost"];
        let stated = |name: &str| -> BTreeSet<String> {
            settings[name].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let add = |name: &str| format!("`{name}` of [package.metadata.parcost] follows from src/model/topics.rs");
        let gated = TOPICS.iter().map(|topic| topic.name).filter(|name| !["counters", "python"].contains(name));
        assert_eq!(stated("benches"), names(gated), "{}", add("benches"));
        let of = |is: fn(&Group) -> bool| names(groups().map(|(_, group)| group).filter(|it| is(it)).map(|it| it.name));
        assert_eq!(stated("compute"), of(|group| group.class == Class::Compute), "{}", add("compute"));
        assert_eq!(stated("threaded"), of(|group| group.is_threaded), "{}", add("threaded"));
        let benches = manifest["bench"].as_array().unwrap().iter().map(|bench| bench["name"].as_str().unwrap());
        let benches: BTreeSet<String> = benches.filter(|bench| *bench != "summary").map(str::to_owned).collect();
        assert_eq!(
            benches,
            names(TOPICS.iter().map(|topic| topic.name)),
            "every [[bench]] is a topic in src/model/topics.rs"
        );
    }

    #[test]
    fn every_group_is_listed_once() {
        let all: Vec<&str> = groups().map(|(_, group)| group.name).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!((class_of("calc/threads/workers=2"), class_of("calculate")), (Class::Compute, Class::Compute));
        assert_eq!(class_of("spawn"), Class::System);
    }

    #[test]
    fn every_mechanism_that_is_compared_is_explained_and_the_documentation_has_the_same_table() {
        for (_, group) in groups() {
            let compared = group.comparisons.iter().flat_map(|it| [it.thread, it.process]);
            let scaled = group.scalings.iter().flat_map(|it| [Some(it.thread), it.process].into_iter().flatten());
            for function in compared.chain(scaled).filter(|function| !is_lower_bound(function)) {
                assert!(meaning_of(group.name, function).is_some(), "{}/{function} has no line", group.name);
            }
        }
        let table: String = MECHANISMS.iter().map(|(name, meaning)| format!("| `{name}` | {meaning} |\n")).collect();
        assert!(include_str!("../../docs/method.md").contains(&table), "docs/method.md has another table:\n{table}");
    }
}
