//! The counts of a paired run.

use super::series::SeriesVerdict;
use crate::model::{Metric, PairedCount};
use crate::verdict::counts::{Counting, judge};
use crate::verdict::policy::{CHANGE_COUNT_MAX, COUNT_SAME};
use crate::verdict::{InconclusiveReason, InvalidReason, Verdict, VerdictReason};

/// The verdicts on all counts, ordered by topic, benchmark and metric.
pub(super) fn verdicts(counts: &[PairedCount]) -> Vec<SeriesVerdict> {
    let mut order: Vec<&PairedCount> = counts.iter().collect();
    order.sort_by_key(|count| (named(count), count.threaded));
    order.chunk_by(|a, b| named(a) == named(b)).map(|same| verdict(same[0], same.len())).collect()
}

/// Whether every count of instructions of this benchmark, of which there must be one, is the same on both sides.
///
/// Counts come from their own bench target, so that the topic says nothing here.
pub(super) fn same_instructions(counts: &[SeriesVerdict], benchmark: &str) -> bool {
    let is_instructions = |metric| matches!(metric, Metric::CallgrindInstructions | Metric::UserInstructions);
    let of_benchmark = |count: &&SeriesVerdict| count.benchmark == benchmark && is_instructions(count.metric);
    let mut changes = counts.iter().filter(of_benchmark).peekable();
    let is_same = |count: &SeriesVerdict| {
        count.verdict != Verdict::Invalid && count.change.is_some_and(|change| change.center().abs() <= COUNT_SAME)
    };
    changes.peek().is_some() && changes.all(is_same)
}

/// Says of a topic and a benchmark whether their counts decide them where pairs do not.
pub fn decided_by_counts(counts: &[PairedCount]) -> impl Fn(&str, &str) -> bool + use<> {
    let verdicts = verdicts(counts);
    move |topic, benchmark| is_same_execution(&verdicts, topic, benchmark)
}

/// Whether one execution of this very benchmark executed the same instructions, system calls and allocations on both sides.
pub(super) fn is_same_execution(counts: &[SeriesVerdict], topic: &str, benchmark: &str) -> bool {
    [Metric::CallgrindInstructions, Metric::SystemCalls, Metric::Allocations].iter().all(|&metric| {
        let of =
            |count: &&SeriesVerdict| count.metric == metric && count.benchmark == benchmark && count.topic == topic;
        counts.iter().find(of).is_some_and(|count| {
            let same = if metric == Metric::CallgrindInstructions { COUNT_SAME } else { 0.0 };
            let sides = count.baseline.zip(count.candidate);
            let is_whole = !matches!(count.reason, Some(VerdictReason::PartlyCounted(_)));
            count.verdict == Verdict::Unchanged && is_whole && sides.is_some_and(|(a, b)| (b - a).abs() <= same * a)
        })
    })
}

/// Where nothing but the count can decide, many per cent of a few instructions do not pass.
pub(super) fn leave_open_if_few(count: &mut SeriesVerdict) {
    if let Some(VerdictReason::FewInstructions(few)) = count.reason
        && few.share > CHANGE_COUNT_MAX
    {
        let reason = VerdictReason::from(InconclusiveReason::FewInstructions(few));
        (count.verdict, count.reason) = (reason.verdict(), Some(reason));
    }
}

/// The function by which this very benchmark has work done that is not counted.
pub(super) fn uncounted(counts: &[SeriesVerdict], topic: &str, benchmark: &str) -> Option<String> {
    let mut own = counts.iter().filter(|count| count.benchmark == benchmark && count.topic == topic);
    own.find_map(|count| match &count.reason {
        Some(VerdictReason::PartlyCounted(function)) => Some(function.clone()),
        _ => None,
    })
}

fn named(count: &PairedCount) -> (&str, &str, Metric) {
    (&count.topic, &count.benchmark, count.metric)
}

fn verdict(count: &PairedCount, times: usize) -> SeriesVerdict {
    let series = SeriesVerdict::new(&count.topic, &count.benchmark, count.metric);
    if times > 1 {
        return series.with(InvalidReason::Repeated { times });
    }
    let [baseline, candidate] =
        [&count.baseline, &count.candidate].map(|side| side.iter().map(|&count| count as f64).collect::<Vec<_>>());
    let counts = judge(count.metric, &baseline, &candidate, Counting { threaded: count.threaded, twice: true });
    let partly = count.uncounted.clone().filter(|_| counts.verdict == Verdict::Unchanged);
    SeriesVerdict {
        verdict: counts.verdict,
        reason: partly.map(VerdictReason::PartlyCounted).or(counts.reason),
        baseline: counts.baseline,
        candidate: counts.candidate,
        change: counts.change,
        threshold: Some(counts.threshold),
        min_detectable_change: counts.min_detectable_change,
        spread: Some(counts.spread),
        functions: if counts.verdict.is_change() { count.functions.clone() } else { Vec::new() },
        ..series
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fixture::count;

    #[test]
    fn many_per_cent_of_few_instructions_are_open_where_nothing_is_timed() {
        for (candidate, expected) in
            [(310, Verdict::Unchanged), (316, Verdict::Inconclusive), (270, Verdict::Unchanged)]
        {
            let mut judged = verdicts(&[count("b", 300, candidate)]);
            judged.iter_mut().for_each(leave_open_if_few);
            assert_eq!(judged[0].verdict, expected, "{candidate}");
        }
    }

    #[test]
    fn counts_of_one_name_are_judged_once_and_invalid() {
        let twice = [count("b", 5, 5), count("b", 9, 900)];
        let judged = verdicts(&twice);
        assert_eq!(judged.len(), 1);
        assert_eq!(judged[0].reason, Some(InvalidReason::Repeated { times: 2 }.into()));
        assert_eq!(judged, verdicts(&[twice[1].clone(), twice[0].clone()]));
    }
}
