//! What else changed between the sides, and what both show of the machine, by which changed rows are attributed to it or to the code.

use std::collections::BTreeSet;

use super::row::Row;
use super::source::{Origin, Side};
use super::tested::shift;
use crate::model::short;
use crate::model::topics::is_lower_bound;
use crate::verdict::attribution::{explains, is_of_the_system, is_paced};
use crate::verdict::environment::{EnvironmentChange, EnvironmentKind, Facts, Readings, built, changed};
use crate::verdict::external::is_external_fact;
use crate::verdict::policy::{CHANGE_SESSION, CHANGE_SYSTEM, PROCESSES_MIN, RUNS_MIN};
use crate::verdict::{Attribution, AttributionReason, Binaries, Control, Controls, value};

/// Readings of a reference workload on a side that are compared with the other side's, each with each: more say no more.
const READINGS_MAX: usize = 64;

pub(super) fn attribute(rows: &mut [Row], baseline: &Side, candidate: &Side, binaries: &Binaries) {
    let controls = controls(rows, baseline, candidate, binaries);
    for row in rows.iter_mut().filter(|row| row.verdict.is_change()) {
        let ratio = row.ratio().unwrap_or(1.0);
        let (attribution, reason) = match controls.attribute(&row.topic, row.metric, ratio) {
            _ if row.external => (Attribution::External, AttributionReason::External),
            (Attribution::Code, _) if candidate.same_code => (Attribution::Unknown, AttributionReason::SameCode),
            (Attribution::Code, _) if bound_accounts(&controls, row, ratio) => {
                (Attribution::Unknown, AttributionReason::OwnLowerBound)
            }
            found => found,
        };
        (row.attribution, row.attribution_reason) = (Some(attribution), Some(reason));
    }
}

/// Whether a lower bound of the row's group, be it the row itself, changed along so far that it accounts for the change.
/// Code hardly changes a lower bound, and one session a side does not show how far it goes by itself; but a mechanism that
/// stands for the lower bound of its group has code of its own, and does not account for itself.
fn bound_accounts(controls: &Controls, row: &Row, ratio: f64) -> bool {
    let group = |name: &str| name.split('/').next().map(str::to_owned);
    let is_floor = |name: &str| name.split('/').nth(1).is_some_and(is_lower_bound);
    let of_group = controls.lower_bounds.iter().filter(|(metric, bound)| {
        *metric == row.metric
            && group(&bound.name) == group(&row.benchmark)
            && (bound.name != row.benchmark || is_floor(&bound.name))
            && (bound.ratio > 1.0) == (ratio > 1.0)
    });
    explains(ratio, of_group.map(|(_, bound)| bound.ratio))
}

fn controls(rows: &[Row], baseline: &Side, candidate: &Side, binaries: &Binaries) -> Controls {
    let (ours, theirs) = (origins(baseline), origins(candidate));
    let mut controls = Controls {
        binaries: binaries.clone(),
        is_other_environment: systems(&ours, &theirs).iter().any(|changed| !is_external_fact(&changed.name)),
        ..Controls::default()
    };
    add_references(&mut controls, &ours, &theirs);
    let lower_bounds: BTreeSet<&String> = ours.iter().chain(&theirs).flat_map(|origin| &origin.lower_bounds).collect();
    for row in rows.iter().filter(|row| is_of_the_system(row.metric) && !row.external && row.is_judged()) {
        let changed = row.ratio().filter(|_| row.is_changed());
        if is_paced(row.metric) {
            controls.series_judged += 1;
            controls.series.extend(changed);
        }
        if lower_bounds.contains(&row.benchmark) {
            *controls.lower_bounds_judged.entry(row.metric).or_default() += 1;
            let (topic, name) = (row.topic.clone(), row.benchmark.clone());
            controls.lower_bounds.extend(changed.map(|ratio| (row.metric, Control { topic, name, ratio })));
        }
    }
    controls
}

/// The reference workloads that could be judged, and those that changed.
fn add_references(controls: &mut Controls, baseline: &[&Origin], candidate: &[&Origin]) {
    let names: BTreeSet<&(String, String)> = baseline.iter().flat_map(|origin| origin.references.keys()).collect();
    for key in names {
        let [ours, theirs] = [baseline, candidate].map(|side| readings(side, key));
        let by_run = ours.len().min(theirs.len()) >= RUNS_MIN;
        let values = [ours, theirs].map(|side| if by_run { medians(&side) } else { few(&side.concat()) });
        let threshold = if by_run { CHANGE_SYSTEM } else { CHANGE_SESSION };
        if values.iter().any(|side| side.len() < PROCESSES_MIN) {
            continue;
        }
        let [ours, theirs] = values.map(|side| side.into_iter().map(libm::log).collect::<Vec<f64>>());
        let Some(shift) = shift(&ours, &theirs) else { continue };
        let (topic, name) = key.clone();
        controls.reference_topics.insert(topic.clone());
        if shift.is_beyond(libm::log1p(threshold)) {
            controls.references.push(Control { topic, name, ratio: shift.ratio() });
        }
    }
}

/// What each run of a side read of a reference workload.
fn readings<'a>(side: &[&'a Origin], key: &(String, String)) -> Vec<&'a [f64]> {
    side.iter().filter_map(|origin| origin.references.get(key).map(Vec::as_slice)).collect()
}

fn medians(readings: &[&[f64]]) -> Vec<f64> {
    readings.iter().filter_map(|run| value::of_run(run.to_vec())).collect()
}

/// Readings of processes, many of them by the medians of a few each.
fn few(readings: &[f64]) -> Vec<f64> {
    let each = readings.len().div_ceil(READINGS_MAX).max(1);
    medians(&readings.chunks(each).collect::<Vec<_>>())
}

/// Everything recorded in which the runs of the sides differ, by kind; none where another harness records nothing of it.
pub(super) fn diff(baseline: &Side, candidate: &Side) -> Option<Vec<EnvironmentChange>> {
    let [ours, theirs] = [origins(baseline), origins(candidate)];
    if ours.is_empty() || theirs.is_empty() {
        return None;
    }
    let mut changes = systems(&ours, &theirs);
    changes.extend(built(&hashes(&ours), &hashes(&theirs)));
    changes.extend(revisions(&ours, &theirs));
    let [before, after] = [&ours, &theirs].map(|side| side.iter().map(|origin| &origin.readings).collect::<Vec<_>>());
    changes.extend(Readings::between(&before, &after));
    changes.sort();
    Some(changes)
}

pub(super) fn systems(baseline: &[&Origin], candidate: &[&Origin]) -> Vec<EnvironmentChange> {
    Facts::between(&facts(baseline), &facts(candidate))
}

pub(super) fn origins(side: &Side) -> Vec<&Origin> {
    side.origins().map(|(_, origin)| origin).collect()
}

fn hashes<'a>(side: &[&'a Origin]) -> [BTreeSet<&'a str>; 2] {
    [
        side.iter().filter_map(|origin| origin.commit.lock_hash.as_deref()).collect(),
        side.iter().filter_map(|origin| origin.commit.binaries_hash.as_deref()).collect(),
    ]
}

fn facts<'a>(side: &[&'a Origin]) -> Vec<&'a Facts> {
    side.iter().map(|origin| &origin.facts).collect()
}

fn revisions(baseline: &[&Origin], candidate: &[&Origin]) -> Option<EnvironmentChange> {
    let revision = |origin: &&Origin| {
        let id = short(origin.commit.id.as_ref()?);
        Some(if origin.commit.dirty { format!("{id} with changes") } else { id })
    };
    let [ours, theirs] = [baseline, candidate].map(|side| side.iter().filter_map(revision).collect::<BTreeSet<_>>());
    changed(EnvironmentKind::Revision, "commit", &borrowed(&ours), &borrowed(&theirs))
}

fn borrowed(texts: &BTreeSet<String>) -> BTreeSet<&str> {
    texts.iter().map(String::as_str).collect()
}
