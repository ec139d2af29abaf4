//! What the stored runs of machines say together, for programs.

use serde::Serialize;

use super::history::Told;
use super::history_words::{ordered_by, unchanged, why};
use crate::trend::AlertKind;
use crate::trend::{FindingKind, unmoved};
use crate::verdict::environment::EnvironmentChange;

/// Everything there is to tell of the histories of one or more machines.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HistoryRows {
    /// The machines.
    pub machines: Vec<MachineRow>,
    /// Shifts by cause, those to act on first.
    pub findings: Vec<FindingRow>,
    /// Every shift of every series, by series in the order of their names, whatever came of it.
    pub alerts: Vec<HistoryAlertRow>,
    /// Slides by cause, those to act on first.
    pub drifts: Vec<SlideRow>,
    /// Every series that was asked for.
    pub series: Vec<HistorySeriesRow>,
    /// What took no part.
    pub left_out: Vec<LeftOutRow>,
    /// Files that could not be read.
    pub unusable: Vec<UnusableRow>,
}

/// A machine's history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MachineRow {
    /// Its key.
    pub machine: String,
    /// Runs that take part.
    pub runs: usize,
    /// Commits that were measured.
    pub commits: usize,
    /// What the order of the commits comes from.
    pub ordered_by: String,
    /// Alerts that independent noise raises in such a history at most.
    pub false_alarms_expected: f64,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingRow {
    /// The machine.
    pub machine: String,
    /// What it means.
    pub kind: FindingKind,
    /// Whether it is for the worse.
    pub worse: bool,
    /// The last commit before it.
    pub commit_before: String,
    /// The commit at which most of its members shifted.
    pub commit: String,
    /// New level ÷ old level - 1, geometric mean over the members.
    pub effect: f64,
    /// Independent noise raises an alert like the rarest member at one commit in so many at most.
    pub false_alarm_commits: u32,
    /// Why it is the machine, where it is.
    pub suspect: Option<String>,
    /// Why it is accepted, where it is.
    pub accepted: Option<String>,
    /// What else was otherwise there than before.
    pub changed: Vec<EnvironmentChange>,
    /// The series that shifted, the worst first.
    pub series: Vec<String>,
    /// What differs from these in the number of workers alone, and took as long as before.
    pub unchanged: Option<String>,
}

/// A shift of one series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryAlertRow {
    /// The machine.
    pub machine: String,
    /// The series.
    pub series: String,
    /// The place of the observation after which it was told, among the measured commits.
    pub alert_index: usize,
    /// The place of the first observation on the new level, among the measured commits.
    pub cp_index: usize,
    /// The commit of that observation.
    pub commit: String,
    /// New level ÷ old level - 1.
    pub effect: f64,
    /// The lower end of the effect's interval.
    pub effect_low: f64,
    /// The upper end of the effect's interval.
    pub effect_high: f64,
    /// What it means of the series alone.
    pub kind: AlertKind,
    /// Independent noise raises such an alert at one commit in so many at most.
    pub false_alarm_commits: u32,
}

/// Slides with one cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlideRow {
    /// The machine.
    pub machine: String,
    /// What they mean.
    pub kind: FindingKind,
    /// Whether they are for the worse.
    pub worse: bool,
    /// The first commit.
    pub commit_from: String,
    /// The last commit so far.
    pub commit_to: String,
    /// Level at the end ÷ level at the beginning - 1, geometric mean over the members.
    pub effect: f64,
    /// The change of the worst from one commit to the next, as a share.
    pub per_commit: f64,
    /// Why it is the machine, where it is.
    pub suspect: Option<String>,
    /// Why it is accepted, where it is.
    pub accepted: Option<String>,
    /// What else was otherwise at the end than at the beginning.
    pub changed: Vec<EnvironmentChange>,
    /// The series that slid, the worst first.
    pub series: Vec<String>,
}

/// A series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistorySeriesRow {
    /// The machine.
    pub machine: String,
    /// The series: a benchmark and a metric.
    pub series: String,
    /// The bench file.
    pub topic: String,
    /// Number of observations.
    pub values: usize,
    /// The smallest change that could be told of it now, as a share; none where it was not judged.
    pub smallest_change: Option<f64>,
    /// Why it was not judged; none where it was.
    pub not_judged: Option<String>,
}

/// Runs or values that took no part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOutRow {
    /// The machine.
    pub machine: String,
    /// Why, and how they could.
    pub why: String,
    /// How many.
    pub count: usize,
    /// The files of the runs, or the series of the values.
    pub subjects: Vec<String>,
}

/// A file that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnusableRow {
    /// The file.
    pub file: String,
    /// Why, and what to do.
    pub why: String,
}

impl HistoryRows {
    /// Adds the history of one machine.
    pub fn enter(&mut self, told: &Told) {
        let (history, judged) = (told.history, told.judged);
        let machine = told.machine.to_owned();
        self.machines.push(MachineRow {
            machine: machine.clone(),
            runs: history.runs,
            commits: history.commits.measured.len(),
            ordered_by: ordered_by(&history.ordered_by),
            false_alarms_expected: judged.false_alarms_expected,
        });
        let sentence = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        for finding in judged.findings.iter().filter(|found| told.asks(found.series())) {
            self.findings.push(FindingRow {
                machine: machine.clone(),
                kind: finding.kind,
                worse: finding.worse,
                commit_before: told.id(finding.before).to_owned(),
                commit: told.id(finding.at).to_owned(),
                effect: finding.effect,
                false_alarm_commits: finding.hazard.commits(),
                suspect: sentence(told.suspected(finding.suspect.as_ref())),
                accepted: told.reason(finding.rule).map(str::to_owned),
                changed: finding.changed.clone(),
                series: finding.series().map(|series| told.name(series)).collect(),
                unchanged: sentence(unchanged(&unmoved(told.history, told.judged, finding))),
            });
        }
        for slide in judged.slides.iter().filter(|slide| told.asks(slide.series())) {
            self.drifts.push(SlideRow {
                machine: machine.clone(),
                kind: slide.kind,
                worse: slide.worse,
                commit_from: told.id(slide.from).to_owned(),
                commit_to: told.id(slide.to).to_owned(),
                effect: slide.effect,
                per_commit: slide.members[0].drift.per_commit,
                suspect: sentence(told.suspected(slide.suspect.as_ref())),
                accepted: told.reason(slide.rule).map(str::to_owned),
                changed: slide.changed.clone(),
                series: slide.series().map(|series| told.name(series)).collect(),
            });
        }
        self.enter_series(told);
        self.left_out.extend(history.left_out.iter().map(|(reason, omitted)| LeftOutRow {
            machine: machine.clone(),
            why: reason.to_string(),
            count: omitted.count,
            subjects: omitted.subjects.iter().cloned().collect(),
        }));
    }

    fn enter_series(&mut self, told: &Told) {
        for (series, trend) in told.measured() {
            let (machine, name) = (told.machine.to_owned(), series.key.to_string());
            for alert in trend.iter().flat_map(|trend| &trend.alerts) {
                let commit = |place: usize| series.observed[place].commit;
                self.alerts.push(HistoryAlertRow {
                    machine: machine.clone(),
                    series: name.clone(),
                    alert_index: commit(alert.alert_index),
                    cp_index: commit(alert.change_index),
                    commit: told.id(commit(alert.change_index)).to_owned(),
                    effect: alert.effect.center(),
                    effect_low: alert.effect.low(),
                    effect_high: alert.effect.high(),
                    kind: alert.kind,
                    false_alarm_commits: alert.hazard.commits(),
                });
            }
            self.series.push(HistorySeriesRow {
                machine,
                series: name,
                topic: series.topic.clone(),
                values: series.observed.len(),
                smallest_change: trend.as_ref().ok().map(|trend| trend.smallest),
                not_judged: trend.as_ref().err().map(|reason| why(reason, series, &told.history.commits)),
            });
        }
    }
}
