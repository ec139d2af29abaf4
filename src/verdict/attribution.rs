//! Attribution of a change to the code or to the machine, by what changed along: the one place that asks the reference
//! workloads, the lower bounds and the number of series that changed together.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use strum::{Display, IntoStaticStr, VariantArray};

use super::policy::{EXPLAINED_FACTOR, LOWER_BOUNDS_MIN, LOWER_BOUNDS_SHARE, MOST_SERIES_MIN, MOST_SHARE};
use super::reason::CodedReason;
use crate::model::{Metric, some_of};

const NAMED_MAX: usize = 3;

/// What a change is attributed to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Attribution {
    /// What was measured changed.
    Code,
    /// The machine or its software changed, or the same code moved by itself.
    Machine,
    /// Nothing was measured that separates the two.
    Unknown,
    /// The series is of programs that are not part of this project: interpreters.
    External,
}

impl Attribution {
    pub const ALL: &[Attribution] = Self::VARIANTS;

    pub fn word(self) -> &'static str {
        self.into()
    }
}

/// Something that the code does not change, or hardly: a reference workload or a lower bound, and how it changed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Control {
    pub topic: String,
    /// The reference workload, or the benchmark that is the lower bound.
    pub name: String,
    /// Candidate ÷ baseline.
    pub ratio: f64,
}

/// What the hashes of the binaries say of the two sides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Binaries {
    /// All runs measured the binaries of this hash.
    Same(String),
    /// Some runs of both sides measured the same, of these hashes.
    Shared(String),
    /// No run of one side measured what one of the other did.
    Other,
    /// A run does not know what it measured.
    #[default]
    Unknown,
}

/// All that decides whether the code or the machine changed a series, at one place of a history or between two sides.
#[derive(Clone, Debug, Default)]
pub struct Controls {
    pub binaries: Binaries,
    /// Whether anything of the machine, its software or the toolchain differs.
    pub is_other_environment: bool,
    /// The topics that have a reference workload which could be judged.
    pub reference_topics: BTreeSet<String>,
    pub references: Vec<Control>,
    pub lower_bounds_judged: BTreeMap<Metric, usize>,
    pub lower_bounds: Vec<(Metric, Control)>,
    pub series_judged: usize,
    /// Candidate ÷ baseline of those that changed.
    pub series: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MachineEvidence {
    #[error("both sides measured the same binaries")]
    SameBinaries,
    #[error("reference workloads changed along: {}", named(.0, |it| format!("{} in {}", it.name, it.topic)))]
    References(Vec<Control>),
    #[error("{} of {judged} lower bounds changed along: {}", changed.len(), named(changed, |it| it.name.clone()))]
    LowerBounds { changed: Vec<Control>, judged: usize },
    #[error("{changed} of {judged} series changed along, and no reference workload was measured")]
    MostSeries { changed: usize, judged: usize },
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, thiserror::Error, IntoStaticStr)]
#[serde(into = "CodedReason")]
#[schemars(with = "CodedReason")]
#[strum(serialize_all = "snake_case")]
pub enum AttributionReason {
    #[error("programs that are not part of this project were measured")]
    External,
    #[error(transparent)]
    Machine(MachineEvidence),
    #[error("runs of both sides measured the same binaries ({0})")]
    SharedBinaries(String),
    #[error(
        "the sides are of one commit, or their commits differ in documentation alone, so that what differs between the binaries is not the code"
    )]
    SameCode,
    #[error(
        "it is a lower bound, or that of its group changed along, which code hardly changes; `parcost gate` says whether it is the code"
    )]
    OwnLowerBound,
    /// Other binaries, or not recorded ones, and nothing that would have shown the machine changed along.
    #[error("{}; {stayed}", if *recorded { "the binaries differ" } else { "not all runs recorded their binaries" })]
    Code {
        /// Whether all runs recorded their binaries.
        recorded: bool,
        /// What would have shown the machine.
        stayed: Stayed,
    },
    #[error(
        "no reference workload and too few lower bounds and benchmarks were measured on both sides; use `parcost gate`"
    )]
    NoControl,
}

/// What did not change along, though it would have if it had been the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
pub enum Stayed {
    #[strum(to_string = "counts and shares do not depend on the speed of the machine")]
    NotATime,
    #[strum(to_string = "no reference workload changed along by enough to account for it")]
    References,
    #[strum(to_string = "most lower bounds did not change")]
    LowerBounds,
    #[strum(to_string = "most benchmarks did not change")]
    Series,
}

impl Controls {
    /// What a change of a series by `ratio` is attributed to, and why.
    pub fn attribute(&self, topic: &str, metric: Metric, ratio: f64) -> (Attribution, AttributionReason) {
        if let Some(evidence) = self.evidence(topic, metric, ratio) {
            return (Attribution::Machine, AttributionReason::Machine(evidence));
        }
        if let Binaries::Shared(hashes) = &self.binaries {
            return (Attribution::Unknown, AttributionReason::SharedBinaries(hashes.clone()));
        }
        let stayed = match () {
            () if !is_paced(metric) => Stayed::NotATime,
            () if !self.reference_topics.is_empty() => Stayed::References,
            () if self.judged_lower_bounds(metric).1 >= LOWER_BOUNDS_MIN => Stayed::LowerBounds,
            () if self.series_judged >= MOST_SERIES_MIN => Stayed::Series,
            () => return (Attribution::Unknown, AttributionReason::NoControl),
        };
        let recorded = self.binaries != Binaries::Unknown;
        (Attribution::Code, AttributionReason::Code { recorded, stayed })
    }

    /// What shows that the machine made a change of a series by `ratio`, if anything does.
    pub fn evidence(&self, topic: &str, metric: Metric, ratio: f64) -> Option<MachineEvidence> {
        if let Binaries::Same(_) = self.binaries {
            return Some(MachineEvidence::SameBinaries);
        }
        let (paced, of_the_system) = (is_paced(metric), is_of_the_system(metric));
        let references = || self.changed_references(topic, ratio).map(MachineEvidence::References);
        let lower_bounds = || self.changed_lower_bounds(metric, ratio);
        let evidence = paced.then(references).flatten().or_else(|| of_the_system.then(lower_bounds).flatten());
        evidence.or_else(|| paced.then(|| self.most_series(ratio)).flatten())
    }

    /// The reference workloads of the topic, or of any topic where its own has none, where they account for a change.
    fn changed_references(&self, topic: &str, ratio: f64) -> Option<Vec<Control>> {
        let own = self.reference_topics.contains(topic);
        accounting(ratio, self.references.iter().filter(|control| !own || control.topic == topic))
    }

    /// Most lower bounds, where they may speak.
    ///
    /// They are code of this project, too. So they speak only where no reference workload could, or where the environment
    /// changed as well; else a mistake in what all workloads share would pass for the machine.
    fn changed_lower_bounds(&self, metric: Metric, ratio: f64) -> Option<MachineEvidence> {
        if !self.reference_topics.is_empty() && !self.is_other_environment {
            return None;
        }
        let (metric, judged) = self.judged_lower_bounds(metric);
        let of_metric = self.lower_bounds.iter().filter(|(of, _)| *of == metric).map(|(_, control)| control);
        let changed = accounting(ratio, of_metric).filter(|changed| is_most_lower_bounds(changed.len(), judged))?;
        Some(MachineEvidence::LowerBounds { changed, judged })
    }

    /// The metric in which lower bounds speak for one of `metric`, and how many could be judged in it: its own, and of a
    /// time in which there are too few, the wall time.
    fn judged_lower_bounds(&self, metric: Metric) -> (Metric, usize) {
        let judged = |metric| self.lower_bounds_judged.get(&metric).copied().unwrap_or_default();
        let metric = metric_of_lower_bounds(metric, judged);
        (metric, judged(metric))
    }

    fn most_series(&self, ratio: f64) -> Option<MachineEvidence> {
        let changed = self.series.iter().filter(|other| same_way(**other, ratio)).count();
        let judged = self.series_judged;
        (self.reference_topics.is_empty() && is_most(changed, judged))
            .then_some(MachineEvidence::MostSeries { changed, judged })
    }
}

fn same_way(one: f64, other: f64) -> bool {
    (one > 1.0) == (other > 1.0)
}

/// The controls that changed the same way, the largest change first, where they account for a change by `ratio`.
fn accounting<'a>(ratio: f64, controls: impl Iterator<Item = &'a Control>) -> Option<Vec<Control>> {
    let mut along: Vec<Control> = controls.filter(|control| same_way(control.ratio, ratio)).cloned().collect();
    along.sort_by(|a, b| libm::log(b.ratio).abs().total_cmp(&libm::log(a.ratio).abs()));
    explains(ratio, along.iter().map(|control| control.ratio)).then_some(along)
}

/// Whether the pace of the machine is in the values of a metric: it is in times and in what grows by times; counts and shares
/// are the same however fast it is.
pub(crate) fn is_paced(metric: Metric) -> bool {
    metric.unit().starts_with(Metric::WallTime.unit())
}

/// Whether the system has a part in the values of a metric, so that another one moves it: another kernel may take more page
/// faults for the same work. What callgrind counts is the user's code alone.
pub(crate) fn is_of_the_system(metric: Metric) -> bool {
    metric != Metric::CallgrindInstructions
}

/// Whether controls that went the same way account for a change; all are ratios, new ÷ old.
pub(crate) fn explains(ratio: f64, controls: impl IntoIterator<Item = f64>) -> bool {
    let size = |ratio: f64| libm::log(ratio).abs();
    let largest = controls.into_iter().map(size).fold(0.0, f64::max);
    largest > 0.0 && size(ratio) <= EXPLAINED_FACTOR * largest
}

/// Whether so many lower bounds of those that could be judged are changed by the machine and not by their own code.
pub(crate) fn is_most_lower_bounds(moved: usize, judged: usize) -> bool {
    moved >= LOWER_BOUNDS_MIN && moved as f64 > LOWER_BOUNDS_SHARE * judged as f64
}

/// The metric in which lower bounds speak for one of `metric`, where so many of them could be judged in each: its own, and
/// of a time in which there are too few, the wall time.
pub(crate) fn metric_of_lower_bounds(metric: Metric, judged: impl Fn(Metric) -> usize) -> Metric {
    let is_time = metric.unit() == Metric::WallTime.unit();
    if is_time && judged(metric) < LOWER_BOUNDS_MIN { Metric::WallTime } else { metric }
}

/// Whether so many series of those that could be judged are more than one piece of code would change.
pub(crate) fn is_most(moved: usize, judged: usize) -> bool {
    judged >= MOST_SERIES_MIN && moved as f64 >= MOST_SHARE * judged as f64
}

fn named(controls: &[Control], name: impl Fn(&Control) -> String) -> String {
    let named = controls.iter().map(|it| format!("{} {:+.1} %", name(it), (it.ratio - 1.0) * 100.0));
    some_of(&named.collect::<Vec<_>>(), NAMED_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_accounts_for_a_few_times_its_own_change() {
        let cases = [
            ("the same", 1.2, vec![1.2], true),
            ("a little more", 1.3, vec![1.01, 1.12], true),
            ("far beyond it", 2.0, vec![1.05], false),
            ("a fall", 0.8, vec![0.9], true),
            ("nothing moved along", 1.1, vec![], false),
            ("a control that stays", 1.0, vec![1.0], false),
        ];
        for (name, ratio, controls, expected) in cases {
            assert_eq!(explains(ratio, controls), expected, "{name}");
        }
    }

    #[test]
    fn times_depend_on_the_speed_of_the_machine_and_counts_and_shares_do_not() {
        for paced in [Metric::WallTime, Metric::CpuTime, Metric::TaskClock, Metric::TimePerMebibyte] {
            assert!(is_paced(paced), "{paced}");
        }
        for not in [Metric::SystemCalls, Metric::PageFaults, Metric::UserInstructions, Metric::Efficiency] {
            assert!(!is_paced(not) && is_of_the_system(not), "{not}");
        }
        assert!(!is_paced(Metric::CallgrindInstructions) && !is_of_the_system(Metric::CallgrindInstructions));
    }

    #[test]
    fn wall_time_speaks_for_times_that_have_too_few_lower_bounds() {
        let judged = |bounds| move |metric| if metric == Metric::WallTime { 9 } else { bounds };
        assert_eq!(metric_of_lower_bounds(Metric::CpuTime, judged(1)), Metric::WallTime);
        assert_eq!(metric_of_lower_bounds(Metric::CpuTime, judged(2)), Metric::CpuTime);
        assert_eq!(metric_of_lower_bounds(Metric::PageFaults, judged(0)), Metric::PageFaults);
    }

    #[test]
    fn most_is_more_than_one_piece_of_code_changes() {
        let bounds = [(0, 0, false), (1, 1, false), (2, 4, false), (2, 3, true), (3, 5, true)];
        for (moved, judged, expected) in bounds {
            assert_eq!(is_most_lower_bounds(moved, judged), expected, "{moved} of {judged} lower bounds");
        }
        for (moved, judged, expected) in [(7, 7, false), (4, 8, true), (3, 8, false)] {
            assert_eq!(is_most(moved, judged), expected, "{moved} of {judged} series");
        }
    }
}
