//! The verdict on a history: every series replayed, and what they found together.

use super::counts::counts;
use super::finding::Finding;
use super::findings::{findings, metric};
use super::ledger::SeriesKey;
use super::series::{Commits, History, Series};
use super::slides::{Slide, slides};
use crate::model::{Direction, Metric};
use crate::trend::replay::{Alert, Policy, Trend, Unjudged, trend};
use crate::verdict::environment::EnvironmentChange;
use crate::verdict::external::is_external;
use crate::verdict::rules::Rule;

/// What a history says.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What each series did, in their order.
    pub trends: Vec<Result<Trend, Unjudged>>,
    /// Where counts cannot be carried over, by series and commit.
    pub partings: Vec<Parting>,
    /// Shifts of one commit, grouped by cause: first those that are for the worse and not accepted, the largest first.
    pub findings: Vec<Finding>,
    /// Slides over many commits, in the same order.
    pub slides: Vec<Slide>,
    /// How many false alarms independent noise raises in a history of this size at most: values judged × the hazard,
    /// calibrators, counts and what is foreign aside. Grouping and the calibrators take some of them away.
    pub false_alarms_expected: f64,
}

/// A commit at which a count starts anew, since it was counted otherwise from there on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// The number of the series.
    pub series: usize,
    /// The place of the commit.
    pub commit: usize,
    /// What parts the values before it from those after it.
    pub changed: EnvironmentChange,
}

/// Replays every series of a history, groups what it finds and takes what the rules accept.
///
/// Instructions counted by callgrind are replayed as the nearly exact numbers they are, and anew where they were counted
/// otherwise; everything else by [`trend`](trend()). The same history gives the same verdict, bit for bit.
pub fn judge(history: &History, policy: &Policy, rules: &[Rule]) -> Judged {
    let mut partings = Vec::new();
    let mut trends = Vec::with_capacity(history.series.len());
    for (number, series) in history.series.iter().enumerate() {
        let parted = partings_of(number, series, &history.commits);
        trends.push(replay(series, &parted, policy));
        partings.extend(parted);
    }
    let judged = history.series.iter().zip(&trends).filter(|(_, trend)| trend.is_ok());
    let noisy = judged.filter(|(series, _)| {
        !is_external(&series.topic) && metric(series).is_some_and(|metric| metric != Metric::CallgrindInstructions)
    });
    let values: usize = noisy.map(|(series, _)| series.observed.len()).sum();
    let false_alarms_expected = values as f64 / f64::from(policy.hazard.commits());
    let findings = findings(history, &trends, policy, rules);
    let slides = slides(history, &trends, policy, rules);
    Judged { trends, partings, findings, slides, false_alarms_expected }
}

fn partings_of(number: usize, series: &Series, commits: &Commits) -> Vec<Parting> {
    let SeriesKey::Measured(_, metric) = series.key else { return Vec::new() };
    let parting = |pair: &[super::Observed]| {
        let (before, after) = (&commits.measured[pair[0].commit], &commits.measured[pair[1].commit]);
        let changed = before.last.facts.parts(&after.first.facts, metric)?;
        Some(Parting { series: number, commit: pair[1].commit, changed })
    };
    series.observed.windows(2).filter_map(parting).collect()
}

fn replay(series: &Series, partings: &[Parting], policy: &Policy) -> Result<Trend, Unjudged> {
    let values: Vec<f64> = series.observed.iter().map(|observed| observed.value).collect();
    match series.key {
        SeriesKey::Measured(_, metric @ Metric::CallgrindInstructions) => {
            let place = |parting: &Parting| series.observed.partition_point(|other| other.commit < parting.commit);
            pieces(&values, partings.iter().map(place).collect(), metric.direction())
        }
        SeriesKey::Measured(_, metric) => trend(&values, metric.direction(), policy),
        SeriesKey::Calibrator { .. } => trend(&values, Direction::LowerIsBetter, policy),
    }
}

/// The counts between the places in `cuts`, each piece by itself; what is said of now is said of the last.
fn pieces(values: &[f64], mut cuts: Vec<usize>, direction: Direction) -> Result<Trend, Unjudged> {
    cuts.push(values.len());
    let mut whole = Trend { alerts: Vec::new(), drifts: Vec::new(), smallest: 0.0 };
    let mut begin = 0;
    let mut judged = Err(Unjudged::TooFew { found: 0, needed: 0 });
    for end in cuts {
        judged = counts(&values[begin..end], direction);
        match &judged {
            Ok(piece) => {
                let moved = |alert: &Alert| Alert {
                    alert_index: alert.alert_index + begin,
                    change_index: alert.change_index + begin,
                    ..*alert
                };
                whole.alerts.extend(piece.alerts.iter().map(moved));
                let moved = |drift: &crate::trend::Drift| crate::trend::Drift {
                    from: drift.from + begin,
                    to: drift.to + begin,
                    ..*drift
                };
                whole.drifts.extend(piece.drifts.iter().map(moved));
                whole.smallest = piece.smallest;
            }
            Err(Unjudged::TooFew { .. }) => {}
            Err(_) => return judged,
        }
        begin = end;
    }
    if whole.smallest > 0.0 { Ok(whole) } else { judged }
}
