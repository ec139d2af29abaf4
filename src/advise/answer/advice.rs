//! What to use for which kind of work.

use serde::Serialize;

use super::place::{Place, REQUESTS};
use super::sessions::Sessions;
use crate::model::{BenchmarkId, Estimate, Run};
use crate::verdict::reading::Reading;

/// The advice for one kind of work, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// The kind of work.
    pub kind: String,
    /// What to use.
    pub choice: Choice,
    /// Processes against threads, work by work.
    pub pieces: Vec<Piece>,
}

/// One work of that kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Piece {
    /// The work.
    pub label: String,
    /// The two benchmarks: processes, threads.
    pub benchmarks: [String; 2],
    /// Time with processes ÷ time with threads.
    pub process_to_thread: Reading,
}

/// What to use.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Threads do at least one of the works faster, and none of them slower.
    Threads,
    /// Processes do at least one of the works faster, and none of them slower.
    Processes,
    /// Both do all of it alike as far as can be told; threads are cheaper to start, so many times.
    Alike(Estimate),
    /// Some of it threads do faster, and some of it processes.
    Mixed,
    /// It could not be told: why.
    Untold(String),
}

/// `(label, topic, group, processes, threads, place)`
type Work = (&'static str, &'static str, &'static str, &'static str, &'static str, Place);

const fn plain(label: &'static str, topic: &'static str, group: &'static str) -> Work {
    (label, topic, group, "processes", "threads", Place::Cores)
}

const KINDS: &[(&str, &[Work])] = &[
    ("computing", &[plain("square roots", "cpu", "calc")]),
    (
        "computing under one interpreter lock a process",
        &[("square roots", "gil", "gil_calc", "lock_each", "one_lock", Place::Cores)],
    ),
    ("moving memory", &[plain("triad", "cpu", "triad"), plain("allocating", "cpu", "allocate")]),
    (
        "calling the system",
        &[
            plain("page faults", "cpu", "fault"),
            plain("map and unmap", "cpu", "map"),
            plain("open and close", "cpu", "open"),
        ],
    ),
    (
        "waiting for others",
        &[
            ("20 requests", "io", "requests", "processes", "threads", Place::At(REQUESTS)),
            plain("echo", "io", "echo"),
            (
                "20 requests under one lock a process",
                "gil",
                "gil_requests",
                "lock_each",
                "one_lock",
                Place::At(REQUESTS),
            ),
        ],
    ),
];

/// The advice for every kind of work.
pub(super) fn advice(run: &Run, sessions: &Sessions<'_>) -> Vec<Advice> {
    KINDS
        .iter()
        .map(|(kind, works)| {
            let pieces: Vec<Piece> = works.iter().map(|work| piece(run, sessions, work)).collect();
            Advice { kind: (*kind).to_owned(), choice: choice(&pieces, sessions), pieces }
        })
        .collect()
}

fn piece(run: &Run, sessions: &Sessions<'_>, (label, topic, group, processes, threads, place): &Work) -> Piece {
    let parameters = place.parameters(run);
    let ids = [processes, threads]
        .map(|function| BenchmarkId::new(group, function, parameters.as_deref().unwrap_or_default()));
    let process_to_thread = match parameters {
        Ok(_) => sessions.ratio(topic, ids.each_ref()),
        Err(reason) => Reading::Missing(reason),
    };
    Piece { label: (*label).to_owned(), benchmarks: ids.map(|id| id.to_string()), process_to_thread }
}

/// A choice is made by what is surely faster; where nothing is, by what is surely cheaper to start.
fn choice(pieces: &[Piece], sessions: &Sessions<'_>) -> Choice {
    let (mut threads, mut processes, mut wanting) = (false, false, None);
    for piece in pieces {
        match &piece.process_to_thread {
            Reading::Measured(factor) => {
                threads |= factor.low() > 1.0;
                processes |= factor.high() < 1.0;
            }
            Reading::Inconclusive(reason) | Reading::Missing(reason) => {
                wanting.get_or_insert_with(|| format!("{}: {reason}", piece.label));
            }
        }
    }
    match (threads, processes, wanting) {
        (true, true, _) => Choice::Mixed,
        // What is wanting might have spoken for the other side.
        (_, _, Some(reason)) => Choice::Untold(reason),
        (true, false, None) => Choice::Threads,
        (false, true, None) => Choice::Processes,
        (false, false, None) => {
            let ids = ["fork", "thread"].map(|function| BenchmarkId::new("spawn", function, &[("count", 1)]));
            match sessions.ratio("spawn", ids.each_ref()) {
                Reading::Measured(factor) if factor.low() > 1.0 => Choice::Alike(factor),
                Reading::Measured(_) => {
                    Choice::Untold("both do it alike, and neither is surely cheaper to start".to_owned())
                }
                Reading::Inconclusive(reason) | Reading::Missing(reason) => {
                    Choice::Untold(format!("both do it alike, and what they take to start is not known: {reason}"))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::answer::place::PROCESSORS;
    use crate::model::Fact;
    use crate::verdict::fixture;

    /// A run on two processors with what each of these benchmarks took.
    fn run(times: &[(&str, f64)]) -> Run {
        let mut run = fixture::empty_run();
        run.machine.hardware.insert(PROCESSORS.to_owned(), Fact::Value("2".to_owned()));
        run.measurements =
            times.iter().map(|&(name, ns)| fixture::time("any", name, ns, ns * 0.99, ns * 1.01)).collect();
        run
    }

    fn chosen(times: &[(&str, f64)], kind: &str) -> Choice {
        let run = run(times);
        let all = advice(&run, &Sessions::new(&run, &[]));
        all.into_iter().find(|advice| advice.kind == kind).unwrap().choice
    }

    const STARTING: [(&str, f64); 2] = [("spawn/fork/count=1", 100.0), ("spawn/thread/count=1", 20.0)];

    #[test]
    fn what_is_surely_faster_is_chosen() {
        let calc = |processes, threads| [("calc/processes/workers=2", processes), ("calc/threads/workers=2", threads)];
        assert_eq!(chosen(&calc(30.0, 10.0), "computing"), Choice::Threads);
        assert_eq!(chosen(&calc(10.0, 30.0), "computing"), Choice::Processes);
        assert!(matches!(chosen(&calc(10.0, 10.0), "computing"), Choice::Untold(_)));
        let with_start = [calc(10.0, 10.0), STARTING].concat();
        assert!(matches!(chosen(&with_start, "computing"), Choice::Alike(factor) if factor.center() == 5.0));
    }

    #[test]
    fn works_that_disagree_are_mixed_and_one_that_is_wanting_leaves_it_untold() {
        let triad = [("triad/processes/workers=2", 10.0), ("triad/threads/workers=2", 30.0)];
        assert!(matches!(chosen(&triad, "moving memory"), Choice::Untold(_)));
        let both =
            [&triad[..], &[("allocate/processes/workers=2", 30.0), ("allocate/threads/workers=2", 10.0)]].concat();
        assert_eq!(chosen(&both, "moving memory"), Choice::Mixed);
    }

    #[test]
    fn one_processor_leaves_what_is_done_side_by_side_untold() {
        let mut run = run(&STARTING);
        run.machine.hardware.insert(PROCESSORS.to_owned(), Fact::Value("1".to_owned()));
        let all = advice(&run, &Sessions::new(&run, &[]));
        assert!(all.iter().all(|advice| matches!(advice.choice, Choice::Untold(_))), "{all:?}");
    }
}
