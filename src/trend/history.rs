//! The one judgement of a history: its series in the order of the commits, what changed, why, and what was skipped.

use std::collections::BTreeMap;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use super::change::{Drift, SeriesTrend, Unjudged};
use super::commit_order::{GitOrder, OrderedBy};
use super::counts::counts;
use super::ended::{Ended, ended};
use super::false_alarms::FalseAlarmRate;
use super::finding::{Category, Finding};
use super::findings::findings;
use super::imported;
use super::outlook::suspected;
use super::run_index::{RunIndex, SeriesKey, SeriesName, named};
use super::series::{Commits, Observation, Observed, Selection, Series, observe};
use super::series_change::retain_lone_drifts;
use super::series_trend::trend;
use super::skipped::{SkipReason, Skipped};
use crate::model::{Direction, Interchange, MachineKey, NO_DIRECTION, Remark, UnusableFile};
use crate::verdict::external::is_external;
use crate::verdict::rules::{Rule, Rules, Waiver};
use crate::verdict::{EnvironmentChange, Outcome};

/// What the runs of a machine, or the values of a file, say together. Terminal, Markdown, JSON, HTML page and exit code
/// are views of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct History {
    /// None of a file whose machines are not judged apart.
    pub machine: Option<MachineKey>,
    /// The folders of the runs, or the file.
    pub source: String,
    /// Whether it is of a file, not of runs.
    #[serde(skip)]
    pub is_of_file: bool,
    /// What the order of its commits comes from.
    pub ordered_by: OrderedBy,
    /// Number of runs.
    pub runs: usize,
    /// The outcome of the whole history.
    pub outcome: Outcome,
    /// How many findings there are of each category.
    pub counts: BTreeMap<Category, usize>,
    /// False alarms that independent noise raises in a history of this size at most: values judged × the rate, without
    /// reference workloads, instruction counts and external series. Grouping and attribution take some of them away.
    pub false_alarms_expected: f64,
    /// Reference workloads whose series attribute changes to the machine.
    pub reference_workloads: usize,
    /// The commits in their order.
    pub commits: Commits,
    /// Steps of the level: first those that are worse and not accepted, the largest first.
    pub findings: Vec<Finding>,
    /// Slopes of the level, in the same order.
    pub drifts: Vec<Finding>,
    /// Every series, with its changes.
    pub series: Vec<Series>,
    /// The series that later commits lack.
    pub ended: Vec<Ended>,
    /// What was not judged, and why.
    pub skipped: Vec<Skipped>,
    /// What reading the file changed or skipped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// The series of the file that were skipped since nothing says which way they are better, and that no rule accepts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undirected: Vec<String>,
    /// Where counts of instructions cannot be compared with those before.
    pub count_breaks: Vec<CountBreak>,
}

/// Histories of machines, and the files that hold none.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Histories {
    pub histories: Vec<History>,
    pub unusable: Vec<UnusableFile>,
}

/// A commit at which a count starts anew, since what counts is another from there on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CountBreak {
    #[serde(flatten, serialize_with = "named")]
    #[schemars(with = "SeriesName")]
    pub key: SeriesKey,
    pub commit: String,
    #[serde(skip)]
    commit_index: usize,
    pub environment_diff: EnvironmentChange,
}

/// The history of the runs of one machine.
///
/// Instructions counted by callgrind are replayed as the nearly exact numbers they are, and anew where they cannot be
/// compared; everything else by [`trend`](trend()). The same runs give the same history, bit for bit.
pub fn history(
    machine: MachineKey,
    source: &str,
    index: RunIndex,
    git: GitOrder,
    selection: &Selection,
    rules: &[Rule],
) -> History {
    let observed = observe(&index, git, selection);
    // Not held while they are judged: it is as large as they are.
    drop(index);
    judge(Some(machine), source, false, observed, rules)
}

/// The history of a file, of one of its machines where it has several, judged as the runs of a machine are.
pub fn imported_history(
    machine: Option<MachineKey>,
    source: &str,
    imported: &Interchange,
    git: GitOrder,
    selection: &Selection,
    rules: &[Rule],
) -> History {
    let mut history = judge(machine, source, true, imported::observe(imported, git, selection), rules);
    history.remarks.clone_from(&imported.remarks);
    let undirected = imported.remarks.iter().filter(|remark| remark.text == NO_DIRECTION);
    history.undirected = undirected.flat_map(|remark| remark.about.clone()).collect();
    history.count();
    history
}

fn judge(machine: Option<MachineKey>, source: &str, is_of_file: bool, observed: Observed, rules: &[Rule]) -> History {
    let Observed { ordered_by, runs, commits, mut series, skipped } = observed;
    let replayed = |one: &mut Series| {
        let breaks = breaks_of(one, &commits);
        let values: Vec<f64> = one.observations.iter().map(|observation| observation.value.center()).collect();
        one.trend = replay(one, &values, &breaks);
        one.suspected = if one.count.is_none() { suspected(&values, &one.trend) } else { None };
        breaks
    };
    let count_breaks: Vec<CountBreak> = series.par_iter_mut().flat_map_iter(replayed).collect();
    retain_lone_drifts(&mut series);
    let is_noisy = |series: &&Series| {
        series.trend.is_ok() && !series.is_reference() && !is_external(&series.topic) && series.count.is_none()
    };
    let values: usize = series.iter().filter(is_noisy).map(|series| series.observations.len()).sum();
    let (findings, drifts) = findings(&commits, &series, rules);
    let all = series.len();
    series.retain(|series| !series.is_reference());
    let ended = ended(&commits, &series);
    let mut history = History {
        machine,
        source: source.to_owned(),
        is_of_file,
        ordered_by,
        runs,
        outcome: Outcome::Inconclusive,
        counts: BTreeMap::new(),
        false_alarms_expected: values as f64 * FalseAlarmRate::default().per_1000_commits() / 1e3,
        reference_workloads: all - series.len(),
        commits,
        findings,
        drifts,
        series,
        ended,
        skipped: skipped.into_list(),
        remarks: Vec::new(),
        undirected: Vec::new(),
        count_breaks,
    };
    history.count();
    history
}

impl History {
    /// Runs that are not part of it.
    pub fn skipped_runs(&self) -> impl Iterator<Item = &Skipped> {
        self.skipped.iter().filter(|it| !it.reason.is_of_values() && it.reason != SkipReason::ClockNoted)
    }

    /// Keeps what is about the series that are asked for; all were judged.
    pub fn select(&mut self, is_asked: impl Fn(&SeriesKey) -> bool) {
        let is_about = |finding: &Finding| finding.series.iter().any(|member| is_asked(&member.key));
        self.findings.retain(is_about);
        self.drifts.retain(is_about);
        self.series.retain(|series| is_asked(&series.key));
        self.ended.retain(|ended| is_asked(&ended.key));
        self.count_breaks.retain(|parting| is_asked(&parting.key));
        self.undirected.retain(|name| is_asked(&SeriesKey::Imported { label: name.clone(), metric: None, unit: None }));
        self.count();
    }

    /// The findings that make a history fail: regressed, by the code or by an unknown cause, and not accepted.
    pub fn regressed(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.category() == Category::Regressed)
    }

    /// The same of the drifts.
    pub fn drifted(&self) -> impl Iterator<Item = &Finding> {
        self.drifts.iter().filter(|finding| finding.category() == Category::Regressed)
    }

    /// The series that ended without another name and without a rule that accepts it: their regressions would go unseen.
    pub fn missing(&self) -> impl Iterator<Item = &Ended> {
        let is_explained = |ended: &Ended| ended.continued_as.is_some() || ended.accepted.is_some();
        self.ended.iter().filter(move |ended| !is_explained(ended) && !is_external(&ended.topic))
    }

    /// Whether it has all that an answer is demanded of: no series ended, and none lacks a direction.
    pub fn is_whole(&self) -> bool {
        self.missing().next().is_none() && self.undirected.is_empty()
    }

    /// Accepts that benchmarks that `rules` cover have no value.
    pub fn accept_missing(&mut self, rules: &Rules) {
        for ended in &mut self.ended {
            let rule = rules.missing.iter().find(|rule| rule.benchmark.covers(&ended.key.benchmark()));
            ended.accepted = rule.map(|rule| rule.reason.clone());
        }
        let mut open = std::mem::take(&mut self.undirected);
        open.retain(|label| !rules.inconclusive.iter().any(|rule| self.waives(rule, label)));
        self.undirected = open;
        self.count();
    }

    /// Whether a rule accepts that this series has no direction. Where its name ends in something in brackets, that of the rule need
    /// not, unless a judged series has the name without.
    fn waives(&self, rule: &Waiver, label: &str) -> bool {
        let bare = bare_name(label).filter(|name| rule.benchmark.covers(name));
        let is_judged = |name: &str| self.series.iter().any(|series| series.key.benchmark() == name);
        rule.benchmark.covers(label) || bare.is_some_and(|name| !is_judged(name))
    }

    /// The names of its metrics.
    pub fn metrics(&self) -> impl Iterator<Item = String> {
        self.series.iter().filter_map(|series| series.key.metric_name().map(str::to_owned))
    }

    /// How many series could be judged.
    pub fn judged(&self) -> usize {
        self.series.iter().filter(|series| series.trend.is_ok()).count()
    }

    fn count(&mut self) {
        self.counts = Category::ALL.iter().map(|category| (*category, 0)).collect();
        for finding in &self.findings {
            *self.counts.entry(finding.category()).or_default() += 1;
        }
        let mut own = self.series.iter().filter(|series| !is_external(&series.topic));
        self.outcome = if self.regressed().chain(self.drifted()).next().is_some() {
            Outcome::Fail
        } else if self.is_whole() && own.any(|series| series.trend.is_ok()) {
            Outcome::Pass
        } else {
            Outcome::Inconclusive
        };
    }
}

/// The name of a series without what distinguishes it in brackets at its end, where there is such.
pub fn bare_name(label: &str) -> Option<&str> {
    label.rsplit_once(" (").map(|(name, _)| name)
}

fn breaks_of(series: &Series, commits: &Commits) -> Vec<CountBreak> {
    let Some(metric) = series.key.metric() else { return Vec::new() };
    let count_break = |(at, pair): (usize, &[Observation])| {
        let [before, after] = [&pair[0], &pair[1]].map(|it| &commits.measured[it.commit_index]);
        let of_commits = [&*before.last.facts, &*after.first.facts];
        let [earlier, later] = series.facts.get(at..at + 2).map_or(of_commits, |own| [&own[0], &own[1]]);
        Some(CountBreak {
            key: series.key.clone(),
            commit: after.id.clone(),
            commit_index: pair[1].commit_index,
            environment_diff: earlier.parts(later, metric)?,
        })
    };
    series.observations.windows(2).enumerate().filter_map(count_break).collect()
}

fn replay(series: &Series, values: &[f64], breaks: &[CountBreak]) -> Result<SeriesTrend, Unjudged> {
    if let Some(least) = series.count {
        let cut = |it: &CountBreak| series.observations.partition_point(|other| other.commit_index < it.commit_index);
        pieces(values, breaks.iter().map(cut).collect(), series.direction, least)
    } else {
        trend(values, series.direction)
    }
}

/// The counts between `cuts`, each piece by itself; the minimum detectable change is that of the last.
fn pieces(values: &[f64], mut cuts: Vec<usize>, direction: Direction, least: f64) -> Result<SeriesTrend, Unjudged> {
    cuts.push(values.len());
    let mut whole: Option<SeriesTrend> = None;
    let mut begin = 0;
    let mut judged = Err(Unjudged::TooFew { found: 0, needed: 0 });
    for end in cuts {
        judged = counts(&values[begin..end], direction, least);
        match &judged {
            Ok(piece) => {
                let whole = whole.get_or_insert_default();
                whole.change_points.extend(piece.change_points.iter().map(|point| point.shifted(begin)));
                whole.drifts.extend(piece.drifts.iter().map(|drift| Drift {
                    from: drift.from + begin,
                    to: drift.to + begin,
                    ..*drift
                }));
                whole.min_detectable_change = piece.min_detectable_change;
            }
            Err(Unjudged::TooFew { .. }) => {}
            Err(_) => return judged,
        }
        begin = end;
    }
    whole.map_or(judged, Ok)
}
