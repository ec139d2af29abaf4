//! What a shift at one number of workers says beside the others.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, Member};
use super::findings::metric;
use super::group::NEAR;
use super::judged::Judged;
use super::ledger::SeriesKey;
use super::series::{History, Series};
use crate::model::{BenchmarkId, Metric};

/// The parameter that counts workers.
const WORKERS: &str = "workers";

/// Benchmarks that differ from one that shifted in their number of workers alone, and did not shift themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmoved {
    /// The benchmarks, without the number of workers.
    pub benchmark: BenchmarkId,
    /// The numbers of workers, in order.
    pub workers: Vec<u64>,
}

/// Where the times stayed what they were, of the benchmarks that a finding is about.
pub fn unmoved(history: &History, judged: &Judged, finding: &Finding) -> Vec<Unmoved> {
    let moved: BTreeMap<BenchmarkId, BTreeSet<u64>> = finding.members.iter().fold(BTreeMap::new(), |mut moved, it| {
        if let Some((bare, workers, _)) = parted(&history.series[it.series]) {
            moved.entry(bare).or_default().insert(workers);
        }
        moved
    });
    let mut unmoved: BTreeMap<BenchmarkId, BTreeSet<u64>> = BTreeMap::new();
    for (series, trend) in history.series.iter().zip(&judged.trends) {
        let (Some((bare, workers, Metric::WallTime)), Ok(trend)) = (parted(series), trend) else { continue };
        let commit = |place: usize| series.observed[place].commit;
        let shifted = trend.alerts.iter().any(|alert| commit(alert.change_index).abs_diff(finding.at) <= NEAR);
        let slid = trend.drifts.iter().any(|it| (commit(it.from)..=commit(it.to)).contains(&finding.at));
        let is_beside = moved.get(&bare).is_some_and(|moved| !moved.contains(&workers));
        if is_beside && !shifted && !slid {
            unmoved.entry(bare).or_default().insert(workers);
        }
    }
    let told = |(benchmark, workers): (BenchmarkId, BTreeSet<u64>)| Unmoved {
        benchmark,
        workers: workers.into_iter().collect(),
    };
    unmoved.into_iter().map(told).collect()
}

/// Whether a shift of an efficiency or of a law's parameter is the doing of one worker that got faster: then several have
/// lost nothing but their lead, and nothing got worse.
pub(super) fn is_lost_lead(history: &History, member: &Member, faster: &[Member]) -> bool {
    let series = &history.series[member.series];
    let SeriesKey::Measured(several, metric) = &series.key else { return false };
    (*metric == Metric::Efficiency || is_parameter(*metric))
        && faster.iter().filter(|one| one.at.abs_diff(member.at) <= NEAR).any(|one| {
            let SeriesKey::Measured(one, Metric::WallTime) = &history.series[one.series].key else { return false };
            let workers = one.parameters.get(WORKERS);
            // One worker of the same function, or the function that does all the work alone.
            one.group == several.group
                && (workers == Some(&1) && one.function == several.function || workers.is_none())
                && several
                    .parameters
                    .iter()
                    .all(|(name, value)| name == WORKERS || one.parameters.get(name) == Some(value))
        })
}

/// Whether a metric is a parameter of a scaling law.
pub(super) fn is_parameter(metric: Metric) -> bool {
    matches!(metric, Metric::Contention | Metric::Coherency | Metric::SerialShare | Metric::PeakWorkers)
}

/// The benchmark of a series without its number of workers, that number, and the metric.
fn parted(series: &Series) -> Option<(BenchmarkId, u64, Metric)> {
    let SeriesKey::Measured(benchmark, _) = &series.key else { return None };
    let mut bare = benchmark.clone();
    let workers = bare.parameters.remove(WORKERS)?;
    Some((bare, workers, metric(series)?))
}
