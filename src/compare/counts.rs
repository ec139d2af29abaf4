//! Counts of instructions, which have no noise to speak of, and what no number of a metric can be.

use super::rows::{Found, Row};
use super::verdict::Verdict;
use crate::model::Metric;
use crate::stats;
use crate::verdict::environment::{EnvironmentChange, Facts};

/// The smallest change of a count that is told: addresses, the environment and the like move it by less.
const FLOOR: f64 = 0.005;
/// Changes of a count from here to the floor are mentioned.
const NOTICE: f64 = 0.001;
/// The smallest change of a count in instructions: a few of them are the harness's own.
const FLOOR_INSTRUCTIONS: f64 = 100.0;
/// How often the spread of a side's own counts a change has to exceed.
const SPREAD_FACTOR: f64 = 3.0;
/// The floor where several threads work: who waits for whom is not the same in every run.
const FLOOR_THREADS: f64 = 0.01;
/// The share of the baseline's count at or below which the candidate has stopped to do the work.
const COLLAPSED: f64 = 0.1;

/// Whether a number can be a value of the metric at all.
pub(super) fn possible(metric: Metric, value: f64) -> bool {
    value.is_finite()
        && match metric {
            // A price may fall with what the parent holds, and work may scale beyond the ideal, or seem to.
            Metric::TimePerMebibyte
            | Metric::TimePerMapping
            | Metric::TimePerThread
            | Metric::Contention
            | Metric::Coherency
            | Metric::SerialShare => true,
            Metric::ContextSwitches | Metric::PageFaults | Metric::SystemCalls | Metric::UniqueMemory => value >= 0.0,
            Metric::WallTime
            | Metric::CallTime
            | Metric::FirstInstructionTime
            | Metric::CpuTime
            | Metric::TaskClock
            | Metric::CallgrindInstructions
            | Metric::UserInstructions
            | Metric::KernelInstructions
            | Metric::Efficiency
            | Metric::PeakWorkers => value > 0.0,
        }
}

/// Refuses a count of instructions or calls that fell to next to nothing: the work is no longer done.
pub(super) fn plausible(row: Row) -> Result<Row, Box<Row>> {
    let counted = matches!(
        row.metric,
        Metric::CallgrindInstructions | Metric::UserInstructions | Metric::KernelInstructions | Metric::SystemCalls
    );
    match (row.baseline, row.candidate) {
        (Some(before), Some(after)) if counted && before > 0.0 && after <= COLLAPSED * before => {
            let reason = format!(
                "count collapsed: {} fell from {before} to {after}, which means that the work is no longer done; look at the \
                 benchmark, and rename it if that is meant",
                row.series()
            );
            Err(Box::new(row.settled(Verdict::Refused, reason)))
        }
        _ => Ok(row),
    }
}

/// The verdict on counts by callgrind: exact, but for what is known to move them.
pub(super) fn judged(row: Row, baseline: &[Found<'_>], candidate: &[Found<'_>]) -> Row {
    let [ours, theirs] = [baseline, candidate].map(values);
    let row = Row {
        baseline: stats::median(&ours),
        candidate: stats::median(&theirs),
        replicates: [ours.len(), theirs.len()],
        ..row
    };
    let row = match plausible(row) {
        Ok(row) => row,
        Err(row) => return *row,
    };
    let (Some(before), Some(after)) = (row.baseline, row.candidate) else {
        return row.settled(Verdict::Inconclusive, "nothing was counted; measure again");
    };
    if let Some(difference) = unlike_tools(baseline, candidate) {
        let reason = format!("counts depend on more than the code, and {difference}; measure both sides with the same");
        return row.settled(Verdict::Inconclusive, reason);
    }
    let threads = has_threads(&row.benchmark);
    let spread = spread(&ours).max(spread(&theirs));
    let floor = (if threads { FLOOR_THREADS } else { FLOOR }).max(SPREAD_FACTOR * spread);
    let smallest = floor.max(FLOOR_INSTRUCTIONS / before);
    let ratio = after / before;
    let row = Row { ratio: Some(ratio), floor: Some(floor), smallest: Some(smallest), ..row };
    let change = (ratio - 1.0).abs();
    let moved = change > floor && (after - before).abs() > FLOOR_INSTRUCTIONS;
    match (moved, threads) {
        (true, true) => row.settled(
            Verdict::Inconclusive,
            "notice: the count moved, but where several threads or processes work it may do so by itself; `parcost gate` \
             tells by time",
        ),
        (true, false) => Row { verdict: Verdict::of_move(row.metric, ratio > 1.0), ..row },
        (false, _) => {
            let reason = (change >= NOTICE).then(|| format!("notice: {:+.2} %, below the floor", (ratio - 1.0) * 100.0));
            Row { verdict: Verdict::NoChange, reason, ..row }
        }
    }
}

fn values(found: &[Found<'_>]) -> Vec<f64> {
    found.iter().flat_map(|it| &it.series.processes).map(|process| process.min).collect()
}

/// How far the counts of one side are apart, as a share.
fn spread(values: &[f64]) -> f64 {
    stats::range(values).map_or(0.0, |range| (range.high - range.low) / range.low)
}

/// The first of the facts that counts depend on in which the runs differ.
fn unlike_tools(baseline: &[Found<'_>], candidate: &[Found<'_>]) -> Option<String> {
    let facts =
        |it: &Found<'_>| it.source.origin.as_ref().map(|origin| (it.source.place.clone(), origin.facts.clone()));
    let told: Vec<(String, Facts)> = baseline.iter().chain(candidate).filter_map(facts).collect();
    let (first_place, first) = told.first()?;
    told.iter().find_map(|(place, other)| {
        let EnvironmentChange { name, baseline: before, candidate: after, .. } =
            first.parts(other, Metric::CallgrindInstructions)?;
        Some(format!("{name} is `{before}` in {first_place} and `{after}` in {place}"))
    })
}

/// Whether several threads or processes work in a benchmark, by its name: a mechanism called after them, or more than one
/// worker.
fn has_threads(benchmark: &str) -> bool {
    let mut parts = benchmark.split('/');
    let function = parts.nth(1).unwrap_or_default();
    let many =
        |pair: &str| pair.split_once('=').is_some_and(|(name, n)| matches!(name, "workers" | "count") && n != "1");
    ["thread", "process", "fork", "spawn"].iter().any(|word| function.contains(word))
        || parts.flat_map(|parameters| parameters.split(',')).any(many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_of_several_threads_is_known_by_its_name() {
        for name in ["calc/threads/workers=1", "spawn/fork/count=1", "lock/futex/workers=4"] {
            assert!(has_threads(name), "{name}");
        }
        for name in ["parse/json/bytes=64", "lock/futex/workers=1", "thread", "fork/parse"] {
            assert!(!has_threads(name), "{name}");
        }
    }
}
