//! What else changed between the sides: the environment diff.

use std::collections::BTreeSet;

use super::source::{Origin, Side};
use crate::verdict::environment::{EnvironmentChange, EnvironmentKind, Facts, Readings, built, changed};

const DIGITS: usize = 12;

/// Everything recorded in which the runs of the sides differ, by kind; none where another harness records nothing of it.
pub(super) fn diff(baseline: &Side, candidate: &Side) -> Option<Vec<EnvironmentChange>> {
    let [ours, theirs] = [origins(baseline), origins(candidate)];
    if ours.is_empty() || theirs.is_empty() {
        return None;
    }
    let mut changes = systems(&ours, &theirs);
    changes.extend(built(&hashes(&ours), &hashes(&theirs)));
    changes.extend(revisions(&ours, &theirs));
    changes.extend(Readings::between(&readings(&ours), &readings(&theirs)));
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

fn readings<'a>(side: &[&'a Origin]) -> Vec<&'a Readings> {
    side.iter().map(|origin| &origin.readings).collect()
}

fn revisions(baseline: &[&Origin], candidate: &[&Origin]) -> Option<EnvironmentChange> {
    let revision = |origin: &&Origin| {
        let id: String = origin.commit.id.as_ref()?.chars().take(DIGITS).collect();
        Some(if origin.commit.dirty { format!("{id} with changes") } else { id })
    };
    let [ours, theirs] = [baseline, candidate].map(|side| side.iter().filter_map(revision).collect::<BTreeSet<_>>());
    changed(EnvironmentKind::Revision, "commit", &borrowed(&ours), &borrowed(&theirs))
}

fn borrowed(texts: &BTreeSet<String>) -> BTreeSet<&str> {
    texts.iter().map(String::as_str).collect()
}
