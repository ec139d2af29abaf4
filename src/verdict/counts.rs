//! Counts of instructions of two sides: exact, so that a change is one as soon as it exceeds the known jitter.

use super::policy::{
    CHANGE_COUNT, CHANGE_COUNT_MAX, CHANGE_COUNT_THREADED, CHANGE_INSTRUCTIONS, COUNT_COLLAPSED, COUNT_SAME,
    COUNT_SPREAD_FACTOR,
};
use super::{FewInstructions, InconclusiveReason, InvalidReason, Verdict, VerdictReason, value};
use crate::model::{Estimate, Metric};
use crate::stats;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counts {
    pub(crate) verdict: Verdict,
    pub(crate) reason: Option<VerdictReason>,
    /// The median of the side's counts.
    pub(crate) baseline: Option<f64>,
    pub(crate) candidate: Option<f64>,
    /// Candidate ÷ baseline − 1 of the medians, exact.
    pub(crate) change: Option<Estimate>,
    /// The widest distance between counts of one side ÷ the smallest of them.
    pub(crate) spread: f64,
    pub(crate) threshold: f64,
    pub(crate) min_detectable_change: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Counting {
    /// Several threads or processes work: who waits for whom is chance.
    pub(crate) threaded: bool,
    /// Each side was to be counted twice, to see its spread.
    pub(crate) twice: bool,
}

pub(crate) fn judge(metric: Metric, baseline: &[f64], candidate: &[f64], counting: Counting) -> Counts {
    let jitter = COUNT_SPREAD_FACTOR * spread(baseline);
    let least = if counting.threaded { CHANGE_COUNT_THREADED } else { CHANGE_COUNT };
    let threshold = least.max(jitter).min(CHANGE_COUNT_MAX);
    let [before, after] = [baseline, candidate].map(|counts| value::of_run(counts.to_vec()));
    let change = before.zip(after).filter(|(before, _)| *before > 0.0).map(|(before, after)| (after - before) / before);
    let mut counts = Counts {
        verdict: Verdict::Unchanged,
        reason: None,
        baseline: before,
        candidate: after,
        change: change.and_then(|change| Estimate::exact(change).ok()),
        spread: spread(baseline).max(spread(candidate)),
        threshold,
        min_detectable_change: before
            .filter(|it| *it > 0.0)
            .map(|it| if is_instructions(metric) { threshold.max(CHANGE_INSTRUCTIONS / it) } else { threshold }),
    };
    let is_instructions = is_instructions(metric);
    let invalid = match before.zip(after) {
        None => Some(InvalidReason::CountedOnOneSide),
        Some(_) if !is_instructions => None,
        Some(_) if baseline.iter().chain(candidate).any(|count| *count <= 0.0) => Some(InvalidReason::ZeroCount),
        Some((before, after)) => collapsed(before, after),
    };
    if let Some(invalid) = invalid {
        return counts.with(invalid.into());
    }
    let Some((before, after)) = before.zip(after) else { return counts };
    // From nothing to something has no ratio: anything is more than nothing.
    let change = change.unwrap_or(if after > 0.0 { f64::INFINITY } else { 0.0 });
    let least = if is_instructions { CHANGE_INSTRUCTIONS } else { 0.0 };
    let is_beyond =
        |after: f64, threshold: f64| (after - before).abs() > threshold * before && (after - before).abs() > least;
    let is_relevant = is_beyond(after, threshold);
    // The candidate's own jitter never hides a change: where only some of its counts exceed the threshold it is open.
    let some = candidate.iter().any(|&count| is_beyond(count, threshold));
    let all =
        candidate.iter().all(|&count| is_beyond(count, threshold.max(jitter)) && (count > before) == (change > 0.0));
    let jitters = !all && (some || spread(baseline) > CHANGE_COUNT_MAX);
    let once = counting.twice && baseline.len().min(candidate.len()) < 2;
    let noticed = COUNT_SAME.max(jitter);
    match () {
        () if jitters && !counting.threaded => {
            let percent = counts.spread * 100.0;
            counts.with(InconclusiveReason::JitteringCounts { percent }.into())
        }
        () if is_relevant && counting.threaded => counts.with(InconclusiveReason::Threads.into()),
        () if is_relevant && once => counts.with(InconclusiveReason::CountedOnce.into()),
        () if is_relevant => {
            counts.verdict = Verdict::of_change(metric, change > 0.0);
            counts
        }
        () if is_instructions && change.abs() > threshold => {
            counts.with(VerdictReason::FewInstructions(FewInstructions { share: change, instructions: after - before }))
        }
        () if change.abs() > noticed => counts.with(VerdictReason::BelowThreshold(change)),
        () => counts,
    }
}

/// Whether so small a count that 100 more are many per cent is one of instructions, and one of nothing invalid.
fn is_instructions(metric: Metric) -> bool {
    matches!(metric, Metric::CallgrindInstructions | Metric::UserInstructions | Metric::KernelInstructions)
}

/// What is wrong with a count that fell to next to nothing.
pub(crate) fn collapsed(baseline: f64, candidate: f64) -> Option<InvalidReason> {
    (baseline > 0.0 && candidate <= COUNT_COLLAPSED * baseline)
        .then_some(InvalidReason::Collapsed { baseline, candidate })
}

impl Counts {
    fn with(self, reason: VerdictReason) -> Self {
        Self { verdict: reason.verdict(), reason: Some(reason), ..self }
    }
}

fn spread(counts: &[f64]) -> f64 {
    stats::range(counts).filter(|it| it.low > 0.0).map_or(0.0, |range| (range.high - range.low) / range.low)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Counting = Counting { threaded: false, twice: true };

    fn judged(baseline: &[f64], candidate: &[f64], counting: Counting) -> Counts {
        judge(Metric::CallgrindInstructions, baseline, candidate, counting)
    }

    #[test]
    fn a_change_exceeds_the_threshold_and_a_hundred_instructions() {
        use Verdict::{Improved, Inconclusive, Regressed, Unchanged};
        let cases = [
            ("the same", &[1e6; 2][..], &[1e6; 2][..], Unchanged, false),
            ("0.1 %", &[1e6; 2], &[1_001_000.0; 2], Unchanged, false),
            ("above 0.1 %", &[1e6; 2], &[1_001_001.0; 2], Unchanged, true),
            ("0.5 %", &[1e6; 2], &[1_005_000.0; 2], Unchanged, true),
            ("above 0.5 %", &[1e6; 2], &[1_005_001.0; 2], Regressed, false),
            ("as much less", &[1e6; 2], &[994_999.0; 2], Improved, false),
            ("100 instructions of 200", &[200.0; 2], &[300.0; 2], Unchanged, true),
            ("101 instructions of 200", &[200.0; 2], &[301.0; 2], Regressed, false),
            ("three times the spread", &[1e6, 1_010_000.0], &[1_035_000.0; 2], Unchanged, false),
            ("more than three times", &[1e6, 1_010_000.0], &[1_036_000.0; 2], Regressed, false),
            ("only the candidate jitters", &[100_000.0; 2], &[500_000.0, 5_000_000.0], Regressed, false),
            ("the candidate jitters about the threshold", &[1e6; 2], &[1e6, 1_300_000.0], Inconclusive, true),
            ("the baseline jitters beyond the cap", &[1e6, 1_300_000.0], &[1_400_000.0; 2], Inconclusive, true),
            ("far beyond any jitter", &[1e6, 1_300_000.0], &[5e6; 2], Regressed, false),
            ("less and more", &[1e6; 2], &[5e5, 5e6], Inconclusive, true),
            ("counted once", &[1e6], &[1_006_000.0; 2], Inconclusive, true),
            ("counted once and the same", &[1e6], &[1e6], Unchanged, false),
        ];
        for (name, baseline, candidate, expected, has_reason) in cases {
            let counts = judged(baseline, candidate, ONE);
            assert_eq!((counts.verdict, counts.reason.is_some()), (expected, has_reason), "{name}");
        }
        assert_eq!(judged(&[1e6], &[1_006_000.0], Counting { twice: false, ..ONE }).verdict, Regressed);
    }

    #[test]
    fn a_system_call_or_an_allocation_more_is_a_change_and_none_is_sound() {
        use Verdict::{Improved, Regressed, Unchanged};
        for (baseline, candidate, expected) in
            [(4.0, 5.0, Regressed), (0.0, 1.0, Regressed), (0.0, 0.0, Unchanged), (40.0, 0.0, Improved)]
        {
            let judged = judge(Metric::SystemCalls, &[baseline; 2], &[candidate; 2], ONE);
            assert_eq!(judged.verdict, expected, "{baseline} {candidate}");
        }
    }

    #[test]
    fn a_count_of_threads_never_regresses() {
        for (candidate, expected) in [(1_009_000.0, Verdict::Unchanged), (1_011_000.0, Verdict::Inconclusive)] {
            let counting = Counting { threaded: true, ..ONE };
            assert_eq!(judged(&[1e6; 2], &[candidate; 2], counting).verdict, expected, "{candidate}");
        }
    }

    #[test]
    fn a_count_that_no_longer_does_its_work_is_not_an_improvement() {
        use InvalidReason::{Collapsed, CountedOnOneSide, ZeroCount};
        let cases = [
            (&[1e6; 2][..], &[1e5; 2][..], Collapsed { baseline: 1e6, candidate: 1e5 }),
            (&[1e6; 2], &[0.0; 2], ZeroCount),
            (&[0.0, 5.0], &[5.0, 5.0], ZeroCount),
            (&[], &[5.0], CountedOnOneSide),
            (&[5.0], &[], CountedOnOneSide),
        ];
        for (baseline, candidate, expected) in cases {
            let reason = judged(baseline, candidate, ONE).reason;
            assert_eq!(reason, Some(VerdictReason::Invalid(expected)), "{candidate:?}");
        }
        assert_eq!(judged(&[1e6; 2], &[100_001.0; 2], ONE).verdict, Verdict::Improved);
    }
}
