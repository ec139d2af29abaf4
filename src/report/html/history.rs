//! Stored runs as histories: the runs of each machine in the order of their commits, and a series for each quantity.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::advise::machines::rank;
use crate::model::{BenchmarkId, Commit, Estimate, MachineKey, Metric, Quality, Run};
use crate::trend::{Policy, Trend, Unjudged, trend};

/// The runs of one machine.
pub(super) struct History<'a> {
    /// The machine.
    pub(super) key: &'a MachineKey,
    /// Its commits in their order, each with the runs of it; a run without a commit, or of a tree with changes, stands
    /// for itself.
    pub(super) commits: Vec<Vec<&'a Run>>,
    /// Every quantity that was measured, by topic, benchmark and metric.
    pub(super) series: Vec<Series<'a>>,
}

/// One quantity over the commits.
pub(super) struct Series<'a> {
    pub(super) topic: &'a str,
    pub(super) benchmark: &'a BenchmarkId,
    pub(super) metric: Metric,
    /// One value a commit, the middle one of its runs; none where no run has one that can be relied on.
    pub(super) values: Vec<Option<Estimate>>,
    /// What it did, or why that cannot be judged; places are those of `values`.
    pub(super) trend: Result<Trend, Unjudged>,
}

/// The histories of all machines, by key.
pub(super) fn histories(runs: &[Run]) -> Vec<History<'_>> {
    let mut by_machine: BTreeMap<&MachineKey, Vec<&Run>> = BTreeMap::new();
    for run in runs {
        by_machine.entry(&run.machine.key).or_default().push(run);
    }
    by_machine.into_iter().map(|(key, runs)| history(key, runs)).collect()
}

impl<'a> History<'a> {
    /// The run that stands for the machine: the newest of everything, or else the newest.
    pub(super) fn newest(&self) -> &'a Run {
        let runs = self.commits.iter().flatten();
        runs.max_by_key(|run| rank(run)).expect("a history is made of runs")
    }
}

fn history<'a>(key: &'a MachineKey, mut runs: Vec<&'a Run>) -> History<'a> {
    // Runs from before the first commit time are placed by their start, as their files are.
    let time = |run: &Run| run.commit.time.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
    runs.sort_by_key(|run| (time(run).or(started(run)), run.commit.order, started(run)));
    let mut commits: Vec<Vec<&Run>> = Vec::new();
    for run in runs {
        match commits.last_mut() {
            Some(others) if is_same(&others[0].commit, &run.commit) => others.push(run),
            _ => commits.push(vec![run]),
        }
    }
    let series = series(&commits);
    History { key, commits, series }
}

fn started(run: &Run) -> Option<Timestamp> {
    run.started.parse().ok()
}

fn is_same(a: &Commit, b: &Commit) -> bool {
    a.id.is_some() && a.id == b.id && !a.dirty && !b.dirty
}

fn series<'a>(commits: &[Vec<&'a Run>]) -> Vec<Series<'a>> {
    type Key<'a> = (&'a str, &'a BenchmarkId, Metric);
    let mut found: BTreeMap<Key<'a>, Vec<Vec<Estimate>>> = BTreeMap::new();
    for (place, runs) in commits.iter().enumerate() {
        for measurement in runs.iter().flat_map(|run| &run.measurements) {
            let key = (measurement.topic.as_str(), &measurement.benchmark, measurement.metric);
            let values = found.entry(key).or_insert_with(|| vec![Vec::new(); commits.len()]);
            if measurement.quality == Quality::Good {
                values[place].push(measurement.estimate);
            }
        }
    }
    let series = found.into_iter().map(|((topic, benchmark, metric), values)| {
        let values: Vec<Option<Estimate>> = values.into_iter().map(middle).collect();
        let trend = judged(&values, metric);
        Series { topic, benchmark, metric, values, trend }
    });
    series.collect()
}

/// The middle one by its center; of two, the lower.
fn middle(mut estimates: Vec<Estimate>) -> Option<Estimate> {
    estimates.sort_by(|a, b| a.center().total_cmp(&b.center()));
    estimates.get(estimates.len().saturating_sub(1) / 2).copied()
}

fn judged(values: &[Option<Estimate>], metric: Metric) -> Result<Trend, Unjudged> {
    let (places, centers): (Vec<usize>, Vec<f64>) =
        values.iter().enumerate().filter_map(|(place, value)| Some((place, value.as_ref()?.center()))).unzip();
    let mut trend = trend(&centers, metric.direction(), &Policy::default())?;
    for alert in &mut trend.alerts {
        alert.alert_index = places[alert.alert_index];
        alert.change_index = places[alert.change_index];
    }
    Ok(trend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fixture;

    fn run(commit: &str, time: &str, ns: f64) -> Run {
        let mut run = fixture::empty_run();
        run.commit.id = Some(commit.to_owned());
        run.commit.time = Some(time.to_owned());
        run.commit.dirty = false;
        run.measurements.push(fixture::time("spawn", "spawn/thread/count=1", ns, ns, ns));
        run
    }

    fn centers(runs: &[Run]) -> Vec<Option<f64>> {
        histories(runs)[0].series[0].values.iter().map(|value| Some(value.as_ref()?.center())).collect()
    }

    #[test]
    fn runs_stand_in_the_order_of_their_commits() {
        let runs = [run("b", "2026-02-02T00:00:00Z", 2.0), run("a", "2026-02-01T00:00:00.5Z", 1.0)];
        assert_eq!(centers(&runs), [Some(1.0), Some(2.0)]);
    }

    #[test]
    fn several_runs_of_one_commit_are_one_witness() {
        let time = "2026-02-02T00:00:00Z";
        let runs = [run("b", time, 9.0), run("b", time, 2.0), run("b", time, 1.0), run("c", time, 4.0)];
        assert_eq!(centers(&runs), [Some(2.0), Some(4.0)]);
    }

    #[test]
    fn what_cannot_be_relied_on_is_a_gap() {
        let mut runs = [run("a", "2026-02-01T00:00:00Z", 1.0), run("b", "2026-02-02T00:00:00Z", 2.0)];
        runs[0].measurements[0].quality = Quality::Inconclusive("stolen".to_owned());
        assert_eq!(centers(&runs), [None, Some(2.0)]);
    }

    #[test]
    fn a_change_is_told_at_its_commit_over_gaps() {
        let run = |day: usize| {
            let level = if day < 40 { 100.0 } else { 120.0 };
            let time = format!("2026-{:02}-{:02}T00:00:00Z", day / 28 + 1, day % 28 + 1);
            let mut run = run(&format!("{day:040x}"), &time, level + (day % 5) as f64 / 10.0);
            if day == 7 {
                run.measurements[0].quality = Quality::Inconclusive("stolen".to_owned());
            }
            run
        };
        let runs: Vec<Run> = (0..80).map(run).collect();
        let histories = histories(&runs);
        let alerts = &histories[0].series[0].trend.as_ref().unwrap().alerts;
        assert_eq!(alerts.iter().map(|alert| alert.change_index).collect::<Vec<_>>(), [40]);
    }
}
