//! The claims that the question began with.

use schemars::JsonSchema;
use serde::Serialize;

use crate::advise::processors::{Parameters, REQUESTS};
use crate::model::{BenchmarkId, Estimate, Metric};
use crate::verdict::{Absent, Sessions, Value, ValueOrReason};

/// A claim that one thing is more expensive than another, and whether it holds.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Claim {
    pub claim: &'static str,
    /// Cost of what is said to be more expensive ÷ cost of the other.
    #[serde(with = "ValueOrReason")]
    pub ratio: Value,
    /// Whether the whole interval is above 1, or below.
    #[serde(with = "ValueOrReason::<Value<bool>>")]
    pub holds: Value<bool>,
    pub benchmarks: [String; 2],
}

/// `(claim, topic, group, more expensive, cheaper, parameters)`
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, Parameters);

const KIB_64: Parameters = Parameters::At(&[("bytes", 65_536)]);

#[rustfmt::skip]
const CLAIMS: &[Row] = &[
    ("a forked process costs more to start than a thread", "spawn", "spawn", "fork", "thread", Parameters::Start),
    ("a program costs more to start than a thread", "spawn", "spawn", "posix_spawn", "thread", Parameters::Start),
    ("copying 64 KiB to a thread costs more than sharing", "memory", "hand_over", "channel_clone", "arc", KIB_64),
    ("copying 64 KiB to a process costs more than sharing", "memory", "hand_over", "pipe", "shared_mapping", KIB_64),
    ("computing: one lock for all is slower than one each", "gil", "gil_calc", "one_lock", "lock_each", Parameters::Cores),
    ("computing: threads are slower than processes", "cpu", "calc", "threads", "processes", Parameters::Cores),
    ("waiting: processes are slower than threads", "io", "requests", "processes", "threads", REQUESTS),
    ("waiting: processes are slower than threads, under locks", "gil", "gil_requests", "lock_each", "one_lock", REQUESTS),
];

pub(super) fn claims(sessions: &Sessions) -> Vec<Claim> {
    CLAIMS.iter().map(|row| claim(sessions, row)).collect()
}

fn claim(sessions: &Sessions, (claim, topic, group, more, less, parameters): &Row) -> Claim {
    let parameters = parameters.of(sessions.run());
    let ids = [more, less].map(|function| BenchmarkId::new(group, function, parameters.as_deref().unwrap_or_default()));
    let ratio = parameters.and_then(|_| sessions.ratio(topic, ids.each_ref(), Metric::WallTime));
    let holds = ratio.clone().and_then(is_above_one);
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
