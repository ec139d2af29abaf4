//! One benchmark of a run under judgement, and the verdict on it.

use super::counts::{is_same_execution, same_instructions, uncounted};
use super::evidence::{Evidence, MEAN, MEDIAN, OtherTime, crashes, other_logs};
use super::looks::Standing;
use super::series::SeriesVerdict;
use crate::model::{Class, Estimate, Metric, Pair, PairedBenchmark, PairedRun, Timing};
use crate::stats::{self, Walsh};
use crate::verdict::policy::{
    CHANGE_MEDIAN, CONFIDENCE, CONFIDENCE_MEDIAN, COUNT_COLLAPSED, DETECTABLE_Z, LAYOUT_MAX, NOTHING_NS, PAIRS_LAST,
};
use crate::verdict::{InconclusiveReason, InvalidReason, Verdict, VerdictReason, value};

/// A benchmark of the run and what can be judged of it.
pub(super) struct Subject<'a> {
    pub(super) place: usize,
    benchmark: &'a PairedBenchmark,
    metric: Metric,
    pub(super) evidence: Result<Evidence, InvalidReason>,
}

impl Subject<'_> {
    pub(super) fn is_control(&self) -> bool {
        self.benchmark.is_control
    }

    pub(super) fn wants_pairs(&self, standing: &Standing) -> bool {
        let helped = self.evidence.as_ref().err().is_none_or(InvalidReason::is_of_the_machine);
        helped && standing.decision.is_none() && self.benchmark.pairs.len() < PAIRS_LAST
    }

    pub(super) fn verdict(&self, standing: &Standing, counts: &[SeriesVerdict]) -> SeriesVerdict {
        let benchmark = self.benchmark;
        let mut series = SeriesVerdict {
            class: Some(benchmark.class),
            is_other_clock: self.metric != benchmark.metric,
            ..SeriesVerdict::new(&benchmark.topic, &benchmark.benchmark, self.metric)
        };
        let crashes = crashes(benchmark);
        let evidence = match &self.evidence {
            Ok(evidence) => evidence,
            Err(reason) => return series.with(crashes.unwrap_or_else(|| reason.clone().into())),
        };
        let looked = standing.pairs > 0;
        series.pairs = if looked { standing.pairs } else { evidence.logs.len() };
        series.threshold = Some(evidence.threshold);
        series.p_value = looked.then_some(standing.p_regressed.min(standing.p_improved));
        if let Some(walsh) = Walsh::of(&evidence.logs[..series.pairs]) {
            (series.change, series.confidence) = change(&walsh, standing.confidence);
            series.min_detectable_change = min_detectable_change(&walsh, evidence.threshold_log);
        }
        let judged = &benchmark.pairs[..series.pairs];
        let level = |side: fn(&Pair) -> &Timing| {
            value::of_run(judged.iter().filter_map(|pair| side(pair).value(self.metric)).collect())
        };
        (series.baseline, series.candidate) = (level(|pair| &pair.baseline), level(|pair| &pair.candidate));
        if !series.is_other_clock {
            series.median_change = other_logs(judged, MEDIAN).and_then(|logs| change(&Walsh::of(&logs)?, CONFIDENCE).0);
        }
        if let Some(crashes) = crashes {
            return series.with(crashes);
        }
        let may_be_slower = looked && self.metric == Metric::WallTime && standing.decision != Some(Verdict::Regressed);
        if may_be_slower && let Some((time, slower, reason)) = slow_now_and_then(judged) {
            let level =
                |side: fn(&Pair) -> &Timing| value::of_run(judged.iter().filter_map(|pair| time(side(pair))).collect());
            (series.baseline, series.candidate) = (level(|pair| &pair.baseline), level(|pair| &pair.candidate));
            (series.change, series.confidence) = change(&slower, CONFIDENCE_MEDIAN);
            series.threshold = Some(CHANGE_MEDIAN);
            return series.with(reason);
        }
        match standing.decision {
            None if is_same_execution(counts, &benchmark.topic, &benchmark.benchmark)
                && !evidence.speaks_of_slower(series.pairs) =>
            {
                let pairs = series.pairs;
                series.with(VerdictReason::SameCounts { pairs })
            }
            None => {
                let pairs = series.pairs;
                series.with(match standing.pairs {
                    0 if pairs > 0 && evidence.is_far_slower(judged) => VerdictReason::FewPairs { pairs },
                    0 => match uncounted(counts, &benchmark.topic, &benchmark.benchmark) {
                        Some(function) if pairs == 0 => InconclusiveReason::Uncounted(function).into(),
                        _ => InconclusiveReason::TooFewPairs { pairs }.into(),
                    },
                    PAIRS_LAST => InconclusiveReason::NoisyPairs.into(),
                    _ => InconclusiveReason::Budget { pairs }.into(),
                })
            }
            Some(verdict) if verdict.is_change() && may_be_layout(&series, counts) => {
                series.with(InconclusiveReason::Layout)
            }
            Some(verdict) => {
                if let Some(nothing) = timed_nothing(&series) {
                    return series.with(nothing);
                }
                if verdict == Verdict::Unchanged {
                    // Its interval excludes more than twice the threshold, however few pairs there are for a test.
                    let seen = 2.0 * evidence.threshold;
                    series.min_detectable_change = Some(series.min_detectable_change.map_or(seen, |it| it.min(seen)));
                }
                SeriesVerdict { verdict, ..series }
            }
        }
    }
}

/// Every benchmark once in each clock that it was measured by, ordered by topic and name, the clock that it is mainly judged
/// by first; and the controls in the same way.
pub(super) fn subjects<'a>(run: &'a PairedRun) -> (Vec<Subject<'a>>, Vec<Subject<'a>>) {
    let mut order: Vec<(usize, &PairedBenchmark)> = run.benchmarks.iter().enumerate().collect();
    let named = |it: &'a PairedBenchmark| (it.is_control, it.topic.as_str(), it.benchmark.as_str());
    // Of a name that stands twice always the same one comes first, however the file is ordered.
    order.sort_by_key(|(_, benchmark)| (named(benchmark), benchmark.metric, benchmark.class == Class::Compute));
    let subjects_of = |same: &[(usize, &'a PairedBenchmark)]| -> Vec<Subject<'a>> {
        let (place, benchmark) = same[0];
        let subject = |metric| {
            let evidence = match same.len() {
                1 => Evidence::of(benchmark, metric, run.aligned),
                times => Err(InvalidReason::Repeated { times }),
            };
            Subject { place, benchmark, metric, evidence }
        };
        let main = subject(benchmark.metric);
        let is_sound = main.evidence.is_ok();
        let other = other_clock(benchmark).filter(|_| is_sound).map(subject).filter(|other| other.evidence.is_ok());
        [Some(main), other].into_iter().flatten().collect()
    };
    let all = order.chunk_by(|a, b| named(a.1) == named(b.1)).flat_map(subjects_of);
    all.partition(|subject| !subject.is_control())
}

/// The clock beside the one that a benchmark is mainly judged by, where every process reported it.
fn other_clock(benchmark: &PairedBenchmark) -> Option<Metric> {
    let other = match benchmark.metric {
        Metric::WallTime => Metric::CpuTime,
        Metric::CpuTime => Metric::WallTime,
        _ => return None,
    };
    let reported = |pair: &Pair| [&pair.baseline, &pair.candidate].iter().all(|timing| timing.value(other).is_some());
    (!benchmark.pairs.is_empty() && benchmark.pairs.iter().all(reported)).then_some(other)
}

/// Whether the compiler's placing of the code may explain a change: of computing, not too large, and with the same
/// instructions.
fn may_be_layout(series: &SeriesVerdict, counts: &[SeriesVerdict]) -> bool {
    series.class == Some(Class::Compute)
        && series.change.is_some_and(|change| change.center().abs() < LAYOUT_MAX)
        && same_instructions(counts, &series.benchmark)
}

/// What is wrong with a time that fell below that of a call.
fn timed_nothing(series: &SeriesVerdict) -> Option<InvalidReason> {
    let (baseline, candidate) = series.baseline.zip(series.candidate)?;
    let is_nothing = candidate < NOTHING_NS && candidate <= COUNT_COLLAPSED * baseline;
    is_nothing.then_some(InvalidReason::TimedNothing { baseline, candidate })
}

/// The pairs' medians, or else their means, where they take far longer in the candidate beyond doubt.
fn slow_now_and_then(pairs: &[Pair]) -> Option<(OtherTime, Walsh, VerdictReason)> {
    [(MEDIAN, VerdictReason::SlowerMedian), (MEAN, VerdictReason::SlowerMean)].into_iter().find_map(|(time, reason)| {
        let walsh = Walsh::of(&other_logs(pairs, time)?)?;
        (walsh.interval(CONFIDENCE_MEDIAN)?.low > libm::log1p(CHANGE_MEDIAN)).then_some((time, walsh, reason))
    })
}

/// The change with the interval of that confidence, or the widest where the pairs are too few for it; and its confidence.
fn change(walsh: &Walsh, confidence: f64) -> (Option<Estimate>, Option<f64>) {
    let (interval, confidence) = match walsh.interval(confidence) {
        Some(interval) => (interval, Some(confidence)),
        None => (walsh.range(), None),
    };
    let [center, low, high] = [walsh.estimate(), interval.low, interval.high].map(libm::expm1);
    (Estimate::new(center, low, high).ok(), confidence)
}

/// The smallest change that would have been found 19 times in 20.
fn min_detectable_change(walsh: &Walsh, threshold_log: f64) -> Option<f64> {
    let interval = walsh.interval(CONFIDENCE)?;
    let error = (interval.high - interval.low) / (2.0 * stats::Z_95);
    Some(libm::expm1(threshold_log + DETECTABLE_Z * error)).filter(|change| change.is_finite())
}
