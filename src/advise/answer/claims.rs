//! The claims that the question began with.

use serde::Serialize;

use super::place::{Place, REQUESTS};
use super::sessions::Sessions;
use crate::model::{BenchmarkId, Run};
use crate::verdict::reading::Reading;

/// One claim, and whether it holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// The claim: this is dearer than that.
    pub sentence: String,
    /// Price of what is said to be dearer ÷ price of the other.
    pub factor: Reading,
    /// What the factor says of it.
    pub word: Word,
    /// The two benchmarks.
    pub rests_on: [String; 2],
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The whole interval is above 1.
    Holds,
    /// The whole interval is below 1.
    DoesNotHold,
    /// It could not be told: why.
    Untold(String),
}

/// `(sentence, topic, group, dearer, cheaper, place)`
type Held = (&'static str, &'static str, &'static str, &'static str, &'static str, Place);

const CLAIMS: &[Held] = &[
    (
        "a forked process is dearer to start than a thread",
        "spawn",
        "spawn",
        "fork",
        "thread",
        Place::At(&[("count", 1)]),
    ),
    (
        "a program is dearer to start than a thread",
        "spawn",
        "spawn",
        "posix_spawn",
        "thread",
        Place::At(&[("count", 1)]),
    ),
    (
        "copying 64 KiB to a thread is dearer than sharing",
        "memory",
        "hand_over",
        "channel_clone",
        "arc",
        Place::At(&[("bytes", 65_536)]),
    ),
    (
        "copying 64 KiB to a process is dearer than sharing",
        "memory",
        "hand_over",
        "pipe",
        "shared_mapping",
        Place::At(&[("bytes", 65_536)]),
    ),
    ("computing: one lock for all is slower than one each", "gil", "gil_calc", "one_lock", "lock_each", Place::Cores),
    ("computing: threads are slower than processes", "cpu", "calc", "threads", "processes", Place::Cores),
    ("waiting: processes are slower than threads", "io", "requests", "processes", "threads", Place::At(REQUESTS)),
    (
        "waiting: processes are slower than threads, under locks",
        "gil",
        "gil_requests",
        "lock_each",
        "one_lock",
        Place::At(REQUESTS),
    ),
];

/// Holds the claims against a run.
pub(super) fn claims(run: &Run, sessions: &Sessions<'_>) -> Vec<Claim> {
    CLAIMS.iter().map(|held| claim(run, sessions, held)).collect()
}

fn claim(run: &Run, sessions: &Sessions<'_>, (sentence, topic, group, dearer, cheaper, place): &Held) -> Claim {
    let parameters = place.parameters(run);
    let ids =
        [dearer, cheaper].map(|function| BenchmarkId::new(group, function, parameters.as_deref().unwrap_or_default()));
    let factor = match parameters {
        Ok(_) => sessions.ratio(topic, ids.each_ref()),
        Err(reason) => Reading::Missing(reason),
    };
    let word = word(&factor);
    Claim { sentence: (*sentence).to_owned(), factor, word, rests_on: ids.map(|id| id.to_string()) }
}

fn word(factor: &Reading) -> Word {
    match factor {
        Reading::Measured(factor) if factor.low() > 1.0 => Word::Holds,
        Reading::Measured(factor) if factor.high() < 1.0 => Word::DoesNotHold,
        Reading::Measured(_) => Word::Untold("no difference within the intervals".to_owned()),
        Reading::Inconclusive(reason) | Reading::Missing(reason) => Word::Untold(reason.clone()),
    }
}
