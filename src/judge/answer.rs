//! Threads or processes? The claims that the question began with, held against a run, and where the answer turns.

use std::collections::BTreeMap;

use serde::Serialize;

use super::crossover::{Crossing, Point, crossing};
use super::ratio::ratio;
use super::reading::{Reading, measurement};
use crate::model::{BenchmarkId, Estimate, Metric, Quality, Run};

/// What a run answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// The claims, in the order of the question.
    pub claims: Vec<Claim>,
    /// Where one way becomes cheaper than another.
    pub crossovers: Vec<Crossover>,
}

/// One claim, and whether it holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// The claim: this is dearer than that.
    pub sentence: String,
    /// Price of what is said to be dearer ÷ price of the other, with the widest interval that both allow.
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

/// From where on a way is the cheaper one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crossover {
    /// What becomes cheaper than what.
    pub sentence: String,
    /// The way that becomes the cheaper one, `group/function`.
    pub candidate: String,
    /// The way that it is held against, `group/function`.
    pub baseline: String,
    /// The axis, which names its unit.
    pub axis: String,
    /// Where.
    pub crossing: Crossing,
    /// What the work takes in the other way at the crossing, ns; where there is one.
    pub price_ns: Option<f64>,
    /// What a measurement of its own found around it; where there was one.
    pub check: Option<Check>,
}

/// A crossing that was measured again, close by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Where it was found.
    pub found: Crossing,
    /// Whether the interval of the first one holds it.
    pub is_within: bool,
}

/// How far beyond the ends of a crossing's interval it is looked for again, as a factor: far enough that it is met when the
/// interval is a little too narrow.
const CHECK_REACH: f64 = 1.5;

/// The axis of payloads, which are handed over in whole words.
const BYTES: &str = "bytes";
const WORD_BYTES: u64 = 8;

impl Crossover {
    /// The places to measure both ways at, to look for the crossing again; none where there is nothing to look for.
    pub fn places(&self) -> Vec<u64> {
        let Crossing::At { place, .. } = self.crossing else { return Vec::new() };
        let ends = [place.low() / CHECK_REACH, place.center(), place.high() * CHECK_REACH];
        let step = if self.axis == BYTES { WORD_BYTES } else { 1 };
        let whole = |end: &f64| ((end / step as f64).round() as u64 * step).max(2 * step);
        let mut places: Vec<u64> = ends.iter().map(whole).collect();
        places.dedup();
        places
    }

    /// Takes note of what both ways took, ns, at those places.
    pub fn checked(&mut self, found: &[(u64, [f64; 2])]) {
        let Crossing::At { place, open_low, open_high } = self.crossing else { return };
        let exact = |&(at, [candidate, baseline]): &(u64, [f64; 2])| {
            let (candidate, baseline) = (Estimate::exact(candidate).ok()?, Estimate::exact(baseline).ok()?);
            Some(Point { at: at as f64, candidate, baseline })
        };
        let found = match found.iter().map(exact).collect::<Option<Vec<Point>>>() {
            Some(points) => crossing(&points),
            None => Crossing::Untold("a time is no number".to_owned()),
        };
        // An open end says nothing of what lies beyond it, so it excludes nothing there.
        let is_within = match &found {
            Crossing::At { place: again, .. } => {
                (open_low || place.low() <= again.center()) && (open_high || again.center() <= place.high())
            }
            Crossing::Always(_) => open_low,
            Crossing::Never(_) => open_high,
            Crossing::Untold(_) => false,
        };
        self.check = Some(Check { found, is_within });
    }
}

/// Where both sides of a claim are measured.
enum Place {
    /// At these parameters.
    At(&'static [(&'static str, u64)]),
    /// With as many workers as there are processors.
    Cores,
}

/// `(sentence, topic, group, dearer, cheaper, place)`
type Held = (&'static str, &'static str, &'static str, &'static str, &'static str, Place);

/// The fact that says how many processors a program may use at once: affinity and quota considered.
const PROCESSORS: &str = "cpus_usable";

const REQUESTS: &[(&str, u64)] = &[("delay_ms", 10), ("workers", 20)];

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

/// `(sentence, group, candidate, baseline, axis)`
const CROSSOVERS: &[(&str, &str, &str, &str, &str)] = &[
    ("a job worth halving with a pooled thread", "split", "pooled_thread", "alone", "roots"),
    ("a job worth halving with a new thread", "split", "thread", "alone", "roots"),
    ("a job worth halving with a pooled process", "split", "pooled_process", "alone", "roots"),
    ("a job worth halving with a forked process", "split", "fork", "alone", "roots"),
    ("an Arc is cheaper than a clone, between threads", "hand_over", "arc", "channel_clone", "bytes"),
    ("a kept mapping is cheaper than a pipe", "hand_over", "shared_mapping", "pipe", "bytes"),
    ("a new mapping is cheaper than a pipe", "hand_over", "shared_mapping_fresh", "pipe", "bytes"),
    ("posix_spawn is cheaper than fork", "fork_price", "posix_spawn", "fork", "rss_mib"),
];

/// Holds the claims against a run and solves for the crossovers.
pub fn answer(run: &Run) -> Answer {
    Answer {
        claims: CLAIMS.iter().map(|held| claim(run, held)).collect(),
        crossovers: CROSSOVERS.iter().map(|row| crossover(run, row)).collect(),
    }
}

fn claim(run: &Run, (sentence, topic, group, dearer, cheaper, place): &Held) -> Claim {
    let cores = || run.machine.hardware.get(PROCESSORS)?.value()?.parse::<u64>().ok();
    let parameters = match place {
        Place::At(parameters) => Ok(parameters.to_vec()),
        Place::Cores => match cores() {
            Some(cores) if cores > 1 => Ok(vec![("workers", cores)]),
            Some(_) => Err("there is one processor: nothing runs beside anything".to_owned()),
            None => Err("how many processors there are is not known".to_owned()),
        },
    };
    let ids =
        [dearer, cheaper].map(|function| BenchmarkId::new(group, function, parameters.as_deref().unwrap_or_default()));
    let factor = match parameters {
        Ok(_) => {
            let [dearer, cheaper] = ids.each_ref().map(|id| Reading::find(run, topic, id, Metric::WallTime));
            dearer.combine(&cheaper, ratio)
        }
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

fn crossover(run: &Run, &(sentence, group, candidate, baseline, axis): &(&str, &str, &str, &str, &str)) -> Crossover {
    let points = points(run, group, candidate, baseline, axis);
    let crossing = points.as_deref().map_or_else(|reason| Crossing::Untold(reason.clone()), crossing);
    let price_ns = match (&crossing, &points) {
        (Crossing::At { place, .. }, Ok(points)) => price_at(points, place.center()),
        _ => None,
    };
    Crossover {
        sentence: sentence.to_owned(),
        candidate: format!("{group}/{candidate}"),
        baseline: format!("{group}/{baseline}"),
        axis: axis.to_owned(),
        crossing,
        price_ns,
        check: None,
    }
}

/// The points that both ways have along the axis and nothing else, in order.
///
/// # Errors
///
/// Why there are none, or that one of them cannot be relied on: a curve with a hole may hide where it crosses.
fn points(run: &Run, group: &str, candidate: &str, baseline: &str, axis: &str) -> Result<Vec<Point>, String> {
    let mut points: BTreeMap<u64, Point> = BTreeMap::new();
    let is_on = |id: &BenchmarkId| {
        id.group == group && id.function == candidate && id.parameters.len() == 1 && id.parameters.contains_key(axis)
    };
    let timed = run.measurements.iter().filter(|it| it.metric == Metric::WallTime);
    for one in timed.filter(|it| is_on(&it.benchmark)) {
        let Some(other) = measurement(run, &one.benchmark.with_function(baseline), Metric::WallTime) else { continue };
        for side in [one, other] {
            if let Quality::Inconclusive(reason) = &side.quality {
                return Err(format!("{}: {reason}", side.benchmark));
            }
        }
        let at = one.benchmark.parameters[axis];
        points.insert(at, Point { at: at as f64, candidate: one.estimate, baseline: other.estimate });
    }
    if points.is_empty() {
        return Err("it was not measured in this run".to_owned());
    }
    Ok(points.into_values().collect())
}

/// The price of the baseline between two measured places, on logarithmic axes.
fn price_at(points: &[Point], place: f64) -> Option<f64> {
    let pair = points.windows(2).find(|pair| pair[0].at <= place && place <= pair[1].at)?;
    let [from, to] = [pair[0], pair[1]].map(|point| (libm::log(point.at), libm::log(point.baseline.center())));
    let share = (libm::log(place) - from.0) / (to.0 - from.0);
    Some(libm::exp(from.1 + share * (to.1 - from.1))).filter(|price| price.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::fixture::{self, inconclusive};

    fn time(benchmark: &str, ns: f64) -> crate::model::Measurement {
        fixture::time("any", benchmark, ns, ns * 0.98, ns * 1.02)
    }

    #[test]
    fn a_claim_holds_only_where_the_whole_interval_says_so() {
        let cases = [(50.0, Word::Holds), (2.0, Word::DoesNotHold)];
        for (fork, expected) in cases {
            let mut run = fixture::empty_run();
            run.measurements = vec![time("spawn/fork/count=1", fork), time("spawn/thread/count=1", 10.0)];
            assert_eq!(answer(&run).claims[0].word, expected);
        }
        let mut run = fixture::empty_run();
        run.measurements = vec![time("spawn/fork/count=1", 10.1), time("spawn/thread/count=1", 10.0)];
        assert!(matches!(answer(&run).claims[0].word, Word::Untold(_)));
    }

    #[test]
    fn nothing_is_answered_by_a_run_of_nothing() {
        let answer = answer(&fixture::empty_run());
        assert!(answer.claims.iter().all(|claim| matches!(claim.word, Word::Untold(_))));
        assert!(answer.crossovers.iter().all(|it| matches!(it.crossing, Crossing::Untold(_))));
    }

    #[test]
    fn one_processor_leaves_the_side_by_side_claims_untold() {
        let mut run = fixture::empty_run();
        run.machine.hardware.insert(PROCESSORS.to_owned(), crate::model::Fact::Value("1".to_owned()));
        run.measurements = vec![time("calc/threads/workers=1", 2.0), time("calc/processes/workers=1", 1.0)];
        let answer = answer(&run);
        let claim = answer.claims.iter().find(|claim| claim.rests_on[0].starts_with("calc")).unwrap();
        assert_eq!(claim.word, Word::Untold("there is one processor: nothing runs beside anything".to_owned()));
    }

    #[test]
    fn a_job_is_worth_halving_from_where_the_curves_cross() {
        let mut run = fixture::empty_run();
        for (roots, alone, thread) in [(1_000, 2e3, 30e3), (64_000, 130e3, 95e3)] {
            run.measurements.push(time(&format!("split/alone/roots={roots}"), alone));
            run.measurements.push(time(&format!("split/thread/roots={roots}"), thread));
        }
        let found = answer(&run).crossovers.remove(1);
        let Crossing::At { place, .. } = found.crossing else { panic!("{found:?}") };
        assert!(place.low() > 1_000.0 && place.high() < 64_000.0);
        assert!(found.price_ns.is_some_and(|ns| ns > 2e3 && ns < 130e3));
        let mut again = answer(&run).crossovers.remove(1);
        let [low, _, high] = again.places()[..] else { panic!("three places") };
        assert!((low as f64) < place.low() && (high as f64) > place.high());
        again.checked(&[(low, [2.0, 1.0]), (high, [1.0, 2.0])]);
        assert!(again.check.as_ref().is_some_and(|check| check.is_within), "{again:?}");
        again.checked(&[(low, [2.0, 1.0]), (high, [2.0, 1.0])]);
        assert!(again.check.as_ref().is_some_and(|check| !check.is_within), "{again:?}");
        again.checked(&[(2, [1.0, 2.0]), (3, [1.0, 2.0])]);
        assert!(again.check.as_ref().is_some_and(|check| !check.is_within), "{again:?}");
        let payload = Crossover { axis: "bytes".to_owned(), ..again.clone() };
        assert!(payload.places().iter().all(|bytes| bytes % 8 == 0), "{:?}", payload.places());
        again.crossing = Crossing::At { place, open_low: true, open_high: false };
        again.checked(&[(2, [1.0, 2.0]), (3, [1.0, 2.0])]);
        assert!(again.check.as_ref().is_some_and(|check| check.is_within), "{again:?}");
        let doubtful = run.measurements.pop().unwrap();
        run.measurements.push(inconclusive(doubtful, "stolen"));
        let found = answer(&run).crossovers.remove(1);
        assert_eq!(found.crossing, Crossing::Untold("split/thread/roots=64000: stolen".to_owned()));
    }
}
