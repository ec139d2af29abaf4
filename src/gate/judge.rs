//! The judge itself: from a paired run and a policy to the verdict on everything in it.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::counts;
use super::evidence::Evidence;
use super::looks::{Ending, Standing, replay};
use super::missing::{Missing, allowed, missing};
use super::policy::GatePolicy;
use super::series::SeriesVerdict;
use super::subject::{Subject, subjects};
use crate::model::{Metric, PairedRun};
use crate::stats;
use crate::verdict::policy::{SEEN_CHANGE, SEEN_SHARE};
use crate::verdict::{Claim, CodedReason, Outcome, Verdict, VerdictReason, accepted, not_accepted};

/// The verdict on a paired run and on everything in it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Gate {
    /// What the verdicts come to.
    pub outcome: Outcome,
    /// Why it is inconclusive, or passes without a measurement.
    pub reason: Option<OutcomeReason>,
    /// What could have been found; none where no benchmark has pairs enough.
    pub sensitivity: Option<Sensitivity>,
    /// How many more instructions would have been found, in what is decided and counted as a whole; none where nothing is.
    pub sensitivity_of_counts: Option<Sensitivity>,
    /// What noise alone did in this run; none where no control has pairs enough.
    pub control: Option<Control>,
    /// What was measured in pairs, ordered by topic and benchmark.
    pub benchmarks: Vec<SeriesVerdict>,
    /// What was counted, ordered by topic, benchmark and metric.
    pub counts: Vec<SeriesVerdict>,
    /// What the baseline has and the candidate has not, ordered by name.
    pub missing: Vec<Missing>,
    /// The same where the policy allows it.
    pub allowed_missing: Vec<Missing>,
    /// Benchmarks that only the candidate has, ordered by name.
    pub added: Vec<String>,
    /// How far whole topics changed, by name; never judged.
    pub topics: Vec<TopicChange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, IntoStaticStr)]
#[serde(into = "CodedReason")]
#[schemars(with = "CodedReason")]
#[strum(serialize_all = "snake_case")]
pub enum OutcomeReason {
    Identical,
    Missing(usize),
    /// The baseline regressed or improved in comparison with itself.
    Unfit(Control),
    /// Not every result is decided, or accepted without, or there is none.
    Undecided {
        decided: usize,
        results: usize,
    },
}

/// How far a topic changed as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TopicChange {
    /// The bench target.
    pub topic: String,
    /// Geometric mean of candidate ÷ baseline over its benchmarks, minus 1.
    pub change: f64,
    /// Number of benchmarks in the mean.
    pub benchmarks: usize,
}

/// Benchmarks that were measured with the baseline on both sides as well, judged as all others are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Control {
    /// How many of them regressed or improved: false alarms.
    pub changed: usize,
    pub benchmarks: usize,
}

/// The minimum detectable changes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Sensitivity {
    /// That of half of the benchmarks is no larger, a share.
    pub median: f64,
    /// That of nine in ten is no larger.
    pub p90: f64,
    pub benchmarks: usize,
}

/// Judges a paired run that is over.
///
/// Everything follows from the run and the policy: the same pairs give the same verdicts, bit for bit, on every platform
/// and in whatever order the benchmarks stand. An empty run, or one of numbers that are not finite, never passes.
///
/// Method: a pair's `d = ln(candidate / baseline)`; a benchmark regressed when the signed-rank test says that `d` lies
/// above `ln(1 + threshold)`, and improved when it says that `-d` does. After 15, 30 and 60 pairs all benchmarks are looked
/// at, each p is corrected for the three looks, and of all hypotheses of the run those are rejected that keep the share of
/// false ones at 5 % (Benjamini and Hochberg); the interval of a change is that of the same test at the same level. A
/// benchmark is unchanged when the 90 % interval of its change lies within twice the threshold. What was decided at a look
/// stays, and later pairs of it are not read. A benchmark that the budget left between two looks is looked at once more
/// with the pairs it has; one that it left before the first regressed where all its pairs are far slower. Wall time and CPU
/// time are both judged where both were measured. The gate passes when everything is decided or accepted without.
pub fn gate(run: &PairedRun, policy: &GatePolicy) -> Gate {
    let (subjects, controls) = subjects(run);
    let standings = replay(&evidence(&subjects), Ending::Closed);
    let control = control(&controls);
    let mut counts = counts::verdicts(&run.counts);
    let judged = subjects.iter().zip(&standings);
    let mut benchmarks: Vec<SeriesVerdict> =
        judged.map(|(subject, standing)| subject.verdict(standing, &counts)).collect();
    keep_other_clocks(&mut benchmarks);
    let is_timed = |count: &&mut SeriesVerdict| benchmarks.iter().any(|it| it.benchmark == count.benchmark);
    counts.iter_mut().filter(|count| !is_timed(count)).for_each(counts::leave_open_if_few);
    benchmarks.iter_mut().chain(&mut counts).for_each(|series| accept(run, policy, series));
    let (missing, allowed_missing) = allowed(missing(run, &benchmarks, &counts), policy);
    let all: Vec<&SeriesVerdict> = benchmarks.iter().chain(&counts).collect();
    let mut added = run.added.clone();
    added.sort();
    let (outcome, reason) = match run.identical {
        true => (Outcome::Pass, Some(OutcomeReason::Identical)),
        false => outcome(&all, &missing, &allowed_missing, control),
    };
    let is_whole = |count: &&SeriesVerdict| {
        let is_part = matches!(count.reason, Some(VerdictReason::PartlyCounted(_)));
        count.metric == Metric::CallgrindInstructions && count.verdict.is_decided() && !is_part
    };
    Gate {
        outcome,
        reason,
        topics: topics(&benchmarks),
        sensitivity: sensitivity(benchmarks.iter().filter(|series| !series.is_other_clock)),
        sensitivity_of_counts: sensitivity(counts.iter().filter(is_whole)),
        control,
        benchmarks,
        counts,
        missing,
        allowed_missing,
        added,
    }
}

/// The places, in the run, of the benchmarks that need more pairs: not decided at any look that is complete, short of 60
/// pairs, and not invalid for a reason that more pairs cannot change.
///
/// A run that is measured asks after 15, 30 and 60 pairs, each with as many pairs completed in every benchmark that was
/// named before; looking more often would let noise pass one of the looks.
pub fn undecided(run: &PairedRun) -> Vec<usize> {
    let (subjects, controls) = subjects(run);
    let counts = counts::verdicts(&run.counts);
    // What executes the same needs no more pairs than a first look, unless they say otherwise.
    let by_counts = |subject: &Subject<'_>, standing: &Standing| {
        matches!(subject.verdict(standing, &counts).reason, Some(VerdictReason::SameCounts { .. }))
    };
    let open = |subjects: &[Subject<'_>]| -> Vec<usize> {
        let standings = replay(&evidence(subjects), Ending::Open);
        let judged = subjects.iter().zip(&standings);
        let open = judged.filter(|(subject, standing)| subject.wants_pairs(standing) && !by_counts(subject, standing));
        open.map(|(subject, _)| subject.place).collect()
    };
    let mut places = open(&subjects);
    // Nothing is measured for a control alone.
    if !places.is_empty() {
        places.extend(open(&controls));
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether so many benchmarks are decided, or would have shown so small a change, that the others are not waited for.
pub fn is_seen(run: &PairedRun, policy: &GatePolicy) -> bool {
    let gate = gate(run, policy);
    let main = gate.benchmarks.iter().filter(|series| !series.is_other_clock);
    let is_fine = |series: &&SeriesVerdict| series.min_detectable_change.is_some_and(|change| change <= SEEN_CHANGE);
    let seen = main.clone().filter(|series| series.verdict.is_decided() || is_fine(series)).count();
    seen as f64 >= SEEN_SHARE * main.count() as f64
}

impl Gate {
    /// All results: of pairs, then of counts.
    pub fn results(&self) -> impl Iterator<Item = &SeriesVerdict> {
        self.benchmarks.iter().chain(&self.counts)
    }

    /// Number of results that are regressions and not accepted.
    pub fn regressions(&self) -> usize {
        self.results().filter(|series| series.is_regression()).count()
    }

    /// Number of decided results.
    pub fn decided(&self) -> usize {
        self.results().filter(|series| series.verdict.is_decided()).count()
    }
}

fn control(controls: &[Subject<'_>]) -> Option<Control> {
    let standings = replay(&evidence(controls), Ending::Closed);
    // By benchmark: a change in either clock is one.
    let mut is_changed: BTreeMap<usize, bool> = BTreeMap::new();
    for (control, standing) in controls.iter().zip(&standings) {
        let is_change = control.verdict(standing, &[]).verdict.is_change();
        if standing.pairs > 0 || is_change {
            *is_changed.entry(control.place).or_default() |= is_change;
        }
    }
    let (changed, benchmarks) = (is_changed.values().filter(|it| **it).count(), is_changed.len());
    (benchmarks > 0).then_some(Control { changed, benchmarks })
}

fn evidence<'a>(subjects: &'a [Subject<'_>]) -> Vec<Option<&'a Evidence>> {
    subjects.iter().map(|subject| subject.evidence.as_ref().ok()).collect()
}

/// Keeps of the other clocks what the main clock does not say already; a regression there has its own reason.
fn keep_other_clocks(benchmarks: &mut Vec<SeriesVerdict>) {
    let mut main = None;
    benchmarks.retain_mut(|series| {
        if !series.is_other_clock {
            main = Some(series.verdict);
            return true;
        }
        let says_more = match main.unwrap_or(series.verdict) {
            main if series.verdict.is_decided() => series.verdict.is_change() && series.verdict != main,
            main => matches!(main, Verdict::Unchanged | Verdict::Improved),
        };
        if series.verdict == Verdict::Regressed && series.reason.is_none() {
            series.reason = Some(VerdictReason::OtherClock(series.metric));
        }
        says_more
    });
}

/// Marks what a rule accepts: a regression no worse than the rule allows, and what the data do not decide.
fn accept(run: &PairedRun, policy: &GatePolicy, series: &mut SeriesVerdict) {
    if series.verdict == Verdict::Inconclusive {
        let rule = policy.accepted.inconclusive.iter().find(|rule| rule.benchmark.covers(&series.benchmark));
        series.accepted = rule.map(|rule| rule.reason.clone());
    }
    let (Verdict::Regressed, Some(change), Some(level)) = (series.verdict, series.change, series.candidate) else {
        return;
    };
    let claim = Claim {
        benchmark: &series.benchmark,
        metric: Some(series.metric),
        direction: series.metric.direction(),
        ratio: 1.0 + change.center(),
        level,
        unit: series.metric.unit(),
        commits: &run.commits,
    };
    // The threshold of work that is slow now and then is far above what a reviewer allows beyond the rule.
    let is_now_and_then = matches!(series.reason, Some(VerdictReason::SlowerMedian | VerdictReason::SlowerMean));
    let tolerance = series.threshold.filter(|_| !is_now_and_then).unwrap_or(0.0);
    let rule = accepted(&policy.accepted.changes, &claim, tolerance);
    series.accepted = rule.map(|rule| rule.reason.clone());
    series.not_accepted = if rule.is_none() { not_accepted(&policy.accepted.changes, &claim) } else { None };
}

fn outcome(
    all: &[&SeriesVerdict],
    missing: &[Missing],
    allowed: &[Missing],
    control: Option<Control>,
) -> (Outcome, Option<OutcomeReason>) {
    let may_be_missing = |series: &SeriesVerdict| {
        let is_same = |missing: &Missing| missing.topic == series.topic && missing.benchmark == series.benchmark;
        series.verdict == Verdict::Invalid && allowed.iter().any(is_same)
    };
    let required = || all.iter().filter(|series| !may_be_missing(series));
    let (results, decided) = (required().count(), required().filter(|series| series.is_settled()).count());
    // On a machine that changes the baseline by itself only counts are believed, and what no noise does.
    let unfit = control.filter(|control| control.changed > 0);
    let no_noise = |series: &SeriesVerdict| {
        let is_far = matches!(series.reason, Some(VerdictReason::Crashes { .. } | VerdictReason::FewPairs { .. }));
        series.class.is_none() || is_far
    };
    if all.iter().any(|series| series.is_regression() && (unfit.is_none() || no_noise(series))) {
        (Outcome::Fail, None)
    } else if let Some(control) = unfit {
        (Outcome::Inconclusive, Some(OutcomeReason::Unfit(control)))
    } else if !missing.is_empty() {
        (Outcome::Inconclusive, Some(OutcomeReason::Missing(missing.len())))
    } else if decided == 0 || decided < results {
        (Outcome::Inconclusive, Some(OutcomeReason::Undecided { decided, results }))
    } else {
        (Outcome::Pass, None)
    }
}

fn topics(benchmarks: &[SeriesVerdict]) -> Vec<TopicChange> {
    let of_topic = |same: &[SeriesVerdict]| {
        let main = same.iter().filter(|series| !series.is_other_clock);
        let ratios: Vec<f64> = main.filter_map(|series| Some(1.0 + series.change?.center())).collect();
        let change = stats::geometric_mean(&ratios)? - 1.0;
        Some(TopicChange { topic: same[0].topic.clone(), change, benchmarks: ratios.len() })
    };
    benchmarks.chunk_by(|a, b| a.topic == b.topic).filter_map(of_topic).collect()
}

fn sensitivity<'a>(series: impl Iterator<Item = &'a SeriesVerdict>) -> Option<Sensitivity> {
    let mut detectable: Vec<f64> = series.filter_map(|series| series.min_detectable_change).collect();
    detectable.sort_by(f64::total_cmp);
    let share = |share| stats::quantile(&detectable, share);
    Some(Sensitivity { median: share(0.5)?, p90: share(0.9)?, benchmarks: detectable.len() })
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changed, benchmarks } = self;
        let unfit = if *changed == 0 { "" } else { ": this machine is unfit, so measure on a quieter one" };
        write!(f, "{changed} of {benchmarks} benchmarks changed when the baseline was compared with itself{unfit}")
    }
}

impl fmt::Display for OutcomeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutcomeReason::Identical => f.write_str("both sides are identical programs, so nothing was measured"),
            OutcomeReason::Missing(1) => f.write_str("1 benchmark has no result in the candidate"),
            OutcomeReason::Missing(count) => write!(f, "{count} benchmarks have no result in the candidate"),
            OutcomeReason::Unfit(control) => write!(f, "{control}"),
            OutcomeReason::Undecided { decided, results } => write!(f, "{decided} of {results} results are decided"),
        }
    }
}
