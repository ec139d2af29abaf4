//! The claims that the question began with.

use schemars::JsonSchema;
use serde::Serialize;

use crate::advise::processors::{Parameters, REQUESTS, metric_of};
use crate::advise::python::interpreters;
use crate::model::topics::PYTHON;
use crate::model::{BenchmarkId, Estimate, Metric};
use crate::verdict::{Absent, Sessions, Value, ValueOrReason};

/// A claim that one thing is more expensive than another, and whether it holds.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Claim {
    pub claim: String,
    /// Cost of what is said to be more expensive ÷ cost of the other.
    #[serde(with = "ValueOrReason")]
    pub ratio: Value,
    /// Whether the whole interval is above 1, or below; where the ratios of the rounds have no common middle, whether their interval is.
    #[serde(with = "ValueOrReason::<Value<bool>>")]
    pub holds: Value<bool>,
    pub benchmarks: [String; 2],
}

/// `(claim, topic, group, more expensive, cheaper, parameters)`
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, Parameters);

const KIB_64: Parameters = Parameters::At(&[("bytes", 65_536)]);
const MIB: Parameters = Parameters::At(&[("bytes", 1 << 20)]);

const NONE: Parameters = Parameters::At(&[]);
const BYTES_64: Parameters = Parameters::At(&[("bytes", 64)]);
const IDLE: Parameters = Parameters::At(&[("connections", 1_000)]);
const FOUR: Parameters = Parameters::At(&[("workers", 4)]);
const ALL_DIRTY: Parameters = Parameters::At(&[("dirty_percent", 100)]);
const ONE_CPU: Parameters = Parameters::At(&[("cpus", 1)]);
const TWO_CPUS: Parameters = Parameters::At(&[("cpus", 2)]);

#[rustfmt::skip]
const CLAIMS: &[Row] = &[
    ("a forked process costs more to start than a thread", "spawn", "spawn", "fork", "thread", Parameters::Start),
    ("a program costs more to start than a thread", "spawn", "spawn", "posix_spawn", "thread", Parameters::Start),
    ("the crash of one of 4 costs more with threads than with processes", "spawn", "crash", "threads", "processes", FOUR),
    ("copying 64 KiB to a thread costs more than sharing", "memory", "hand_over", "channel_clone", "arc", KIB_64),
    ("copying 64 KiB to a process costs more than sharing", "memory", "hand_over", "pipe", "shared_mapping", KIB_64),
    ("an open file costs more to hand to a process than to a thread", "memory", "descriptor", "processes", "threads", NONE),
    ("a round trip on one CPU costs more by a pipe to a process than by a channel to a thread", "memory", "round_trip", "pipe_processes", "mpsc_threads", ONE_CPU),
    ("turns on one CPU, 64 KiB each: processes are slower than threads", "memory", "context_switch", "processes", "threads", KIB_64),
    ("turns on one CPU, 1 MiB each: processes are slower than threads", "memory", "context_switch", "processes", "threads", MIB),
    ("a round trip of threads on one CPU costs more by a condition variable than by a futex", "memory", "round_trip", "condvar_threads", "futex_threads", ONE_CPU),
    ("a round trip to a thread on another CPU costs more by a futex than by a ring", "memory", "round_trip", "futex_threads", "ring_threads", TWO_CPUS),
    ("a round trip to another CPU by rings costs more between processes than between threads", "memory", "round_trip", "ring_processes", "ring_threads", TWO_CPUS),
    ("streaming 64 B a message by rings costs more to a process than to a thread", "memory", "stream", "ring_processes", "ring_threads", BYTES_64),
    ("streaming 64 B a message costs more by a channel of threads than by a ring of processes", "memory", "stream", "mpsc_threads", "ring_processes", BYTES_64),
    ("a pipe to a process streams slower in messages of 64 B than in blocks", "memory", "stream", "pipe_processes", "pipe_blocks_processes", BYTES_64),
    ("after a fork all memory costs more to rewrite than beside a thread", "memory", "rewrite", "copy_on_write", "thread", ALL_DIRTY),
    ("computing: one lock for all is slower than one each", "gil", "gil_calc", "one_lock", "lock_each", Parameters::Cores),
    ("computing: threads are slower than processes", "cpu", "calc", "threads", "processes", Parameters::Cores),
    ("unmapping costs more beside threads than beside processes", "cpu", "unmap", "threads", "processes", Parameters::Cores),
    ("unmapping costs more beside threads that sleep than beside processes", "cpu", "unmap", "idle_threads", "processes", Parameters::Cores),
    ("protecting memory costs more beside threads than beside processes", "cpu", "protect", "threads", "processes", Parameters::Cores),
    ("threads count slower in one cache line than in one each", "cpu", "counter_padded", "adjacent", "threads", Parameters::Cores),
    ("threads count slower in neighbouring cache lines than far apart", "cpu", "counter_padded", "next_line", "threads", Parameters::Cores),
    ("threads wait longer for the standard library's mutex than for parking_lot's", "cpu", "lock", "mutex", "parking_lot", Parameters::Cores),
    ("threads that only read are slower by a mutex than by an RwLock", "cpu", "lock_read", "mutex", "rwlock", Parameters::Cores),
    ("waiting: processes are slower than threads", "io", "requests", "processes", "threads", REQUESTS),
    ("waiting: threads are slower than tasks of tokio", "io", "requests", "threads", "tokio", REQUESTS),
    ("waiting: one thread of tokio for all tasks is slower than a thread each", "io", "requests", "tokio_current_thread", "threads", REQUESTS),
    ("of 1,000 idle connections one takes more memory as a thread than as a task", "io", "connection_memory", "threads", "tokio", IDLE),
    ("waiting: processes are slower than threads, under locks", "gil", "gil_requests", "lock_each", "one_lock", REQUESTS),
];

/// `(claim, group, more expensive, cheaper, metric)`: the same of a real interpreter, as its programs are written.
type PythonRow = (&'static str, &'static str, &'static str, &'static str, Metric);

#[rustfmt::skip]
const PYTHON_CLAIMS: &[PythonRow] = &[
    ("a forked process costs more to start than a thread", "python_start", "fork", "thread", Metric::WallTime),
    ("16 MiB cost more to hand to a process than to a thread", "python_bytes", "pickled", "thread", Metric::WallTime),
    ("16 MiB cost more pickled than in shared memory", "python_bytes", "pickled", "shared_memory", Metric::WallTime),
    ("1,000,000 floats cost more to hand to a process than to a thread", "python_floats", "pickled", "thread", Metric::WallTime),
    ("1,000,000 floats cost more pickled than in shared memory", "python_floats", "pickled", "shared_memory", Metric::WallTime),
    ("a task costs more in a pool of processes than of threads", "python_pool", "processes", "threads", Metric::WallTime),
    ("a forked process has more memory for itself than a thread", "python_worker_memory", "fork", "thread", Metric::UniqueMemory),
    ("a forked process that reads 1,000,000 inherited floats copies them", "python_worker_memory", "fork_reading", "fork", Metric::UniqueMemory),
    ("computing: threads are slower than processes", "python_calc", "threads", "processes", Metric::WallTime),
    ("hashing, which drops the lock: threads are slower than processes", "python_hash", "threads", "processes", Metric::WallTime),
    ("waiting: processes are slower than threads", "python_requests", "processes", "threads", Metric::WallTime),
    ("an object costs more to read for all threads than one each", "python_shared", "object", "own", Metric::WallTime),
    ("a thread-local costs more to read than an object each", "python_shared", "thread_local", "own", Metric::WallTime),
];

pub(super) fn claims(sessions: &Sessions) -> Vec<Claim> {
    CLAIMS.iter().map(|row| native(sessions, row)).chain(python_claims(sessions)).collect()
}

/// The claims that each interpreter's programs of the run speak to; what an interpreter was not asked is not a row.
pub fn python_claims(sessions: &Sessions) -> Vec<Claim> {
    let of = |((number, gil), ids): ((u64, u64), Vec<&BenchmarkId>)| {
        let lock = if gil == 1 { "" } else { " without the lock" };
        let name = format!("CPython {}{lock}", version(number));
        let row = |&(claim_of, group, more, less, metric): &PythonRow| {
            let id = ids.iter().find(|id| id.group == group)?;
            let ids = [more, less].map(|function| id.with_function(function));
            let ratio = sessions.ratio(PYTHON, ids.each_ref(), metric);
            Some(claim(sessions, format!("{name}, {claim_of}"), ids, metric, ratio))
        };
        PYTHON_CLAIMS.iter().filter_map(row).collect::<Vec<_>>()
    };
    interpreters(sessions.run()).into_iter().flat_map(of).collect()
}

/// `3.11.7` for 31107.
pub fn version(number: u64) -> String {
    format!("{}.{}.{}", number / 10_000, number / 100 % 100, number % 100)
}

fn native(sessions: &Sessions, (text, topic, group, more, less, parameters): &Row) -> Claim {
    let (ids, ratio) = parameters.ratio(sessions, topic, group, [more, less]);
    claim(sessions, (*text).to_owned(), ids, metric_of(group), ratio)
}

fn claim(sessions: &Sessions, claim: String, ids: [BenchmarkId; 2], metric: Metric, ratio: Value) -> Claim {
    let range = |absent: Absent| sessions.range("", ids.each_ref(), metric).map_err(|_| absent);
    let holds = ratio.clone().or_else(range).and_then(is_above_one);
    Claim { claim, ratio, holds, benchmarks: ids.map(|id| id.to_string()) }
}

pub(crate) fn is_above_one(ratio: Estimate) -> Value<bool> {
    if ratio.low() > 1.0 {
        Ok(true)
    } else if ratio.high() < 1.0 {
        Ok(false)
    } else {
        Err(Absent::inconclusive("no significant difference"))
    }
}
