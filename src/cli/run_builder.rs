//! Builds a run from what was harvested and from facts of the host.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::doctor::{HostState, checks, fitness};
use crate::ingest::Harvest;
use crate::model::topics::{TopicKind, topics_of};
use crate::model::{Commit, Conditions, Machine, Omission, Run, SCHEMA_VERSION, Toolchain, form_of};

/// What is known of the host and the source, around the measuring.
pub(super) struct RunContext {
    pub(super) began: SystemTime,
    pub(super) ended: SystemTime,
    pub(super) machine: Machine,
    /// Conditions before the first benchmark, or why they are not known.
    pub(super) before: Result<Conditions>,
    pub(super) after: Conditions,
    pub(super) toolchain: Toolchain,
    pub(super) commit: Commit,
}

/// Builds the run.
///
/// Fails when its start is not a valid time.
pub(super) fn build_run(harvest: Harvest, host: RunContext, note: Option<&str>) -> Result<Run> {
    let profile = profile(&harvest, note);
    let mut omissions = harvest.omissions;
    let conditions_before = host.before.unwrap_or_else(|error| {
        let (topic, what) = ("summary".to_owned(), "conditions before".to_owned());
        let reason = format!("replaced by those after measuring: {error:#}");
        omissions.push(Omission { topic, what, reason });
        host.after.clone()
    });
    // A clock that was set back meanwhile leaves no duration.
    let duration = host.ended.duration_since(host.began).unwrap_or_default();
    let patient = HostState {
        machine: &host.machine,
        before: &conditions_before,
        after: &host.after,
        toolchain: &host.toolchain,
    };
    // What only callgrind counted is of the same source; benches that know no forms are as old as their commit.
    let mut forms = harvest.forms;
    for measurement in &harvest.measurements {
        let group = &measurement.benchmark.group;
        forms.entry(group.clone()).or_insert_with(|| Some(form_of(group)));
    }
    let forms = forms.into_iter().filter_map(|(group, form)| Some((group, form?))).collect();
    let fitness = fitness(&checks(&patient));
    let mut toolchain = host.toolchain;
    toolchain.facts.extend(harvest.facts);
    Ok(Run {
        schema_version: SCHEMA_VERSION,
        id: new_id(),
        started: rfc_3339(host.began)?,
        duration_s: duration.as_millis() as f64 / 1e3,
        profile,
        commit: host.commit,
        machine: host.machine,
        conditions_before,
        conditions_after: host.after,
        toolchain,
        measurements: harvest.measurements,
        forms,
        failures: harvest.failures,
        omissions,
        notes: harvest.notes,
        fitness: Some(fitness),
        follows: None,
        seal: None,
    })
}

/// `full` for a run of everything; else what was asked for: `filtered: spawn/fork`, `quick, topics cpu`.
fn profile(harvest: &Harvest, note: Option<&str>) -> String {
    let mut profile = harvest.profile.clone();
    if let Some(note) = note.filter(|note| !note.trim().is_empty()) {
        profile.push_str(&format!(": {note}"));
    }
    if topics_of(TopicKind::Timed).any(|topic| !harvest.topics.iter().any(|measured| measured == topic)) {
        profile.push_str(&format!(", topics {}", harvest.topics.join(" ")));
    }
    profile
}

/// 16 hexadecimal digits that no other run has: the system's randomness, the time and the process, hashed.
pub(super) fn new_id() -> String {
    let mut hasher = RandomState::new().build_hasher();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    hasher.write_u128(now.as_nanos());
    hasher.write_u32(process::id());
    format!("{:016x}", hasher.finish())
}

pub(super) fn rfc_3339(time: SystemTime) -> Result<String> {
    let time = Timestamp::try_from(time).context("the start of the session is not a valid time")?;
    Ok(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use anyhow::anyhow;

    use super::*;
    use crate::model::Fact;

    const TOPICS: [&str; 5] = ["cpu", "gil", "io", "memory", "spawn"];
    use crate::store::{layout, parse};
    use crate::verdict::fixture;

    fn context() -> RunContext {
        let run = fixture::run();
        let began = UNIX_EPOCH + Duration::from_secs(1_772_359_200);
        RunContext {
            began,
            ended: began + Duration::from_millis(1_500),
            machine: run.machine,
            before: Ok(run.conditions_before),
            after: run.conditions_after,
            toolchain: run.toolchain,
            commit: run.commit,
        }
    }

    fn harvest(profile: &str, topics: &[&str]) -> Harvest {
        let run = fixture::run();
        Harvest {
            profile: profile.to_owned(),
            measurements: run.measurements,
            forms: BTreeMap::from([("spawn".to_owned(), Some(7)), ("hand_over".to_owned(), None)]),
            failures: run.failures,
            omissions: run.omissions,
            notes: run.notes,
            facts: BTreeMap::from([("python_31107_gil_1".to_owned(), Fact::Value("CPython".to_owned()))]),
            topics: topics.iter().map(|&topic| topic.to_owned()).collect(),
        }
    }

    #[test]
    fn a_run_can_be_stored() {
        let run = build_run(harvest("full", &TOPICS), context(), None).unwrap();
        assert_eq!((run.started.as_str(), run.duration_s), ("2026-03-01T10:00:00Z", 1.5));
        assert_eq!(run.profile, "full");
        let forms = ["spawn", "calc", "hand_over"].map(|group| run.forms.get(group).copied());
        assert_eq!(forms, [Some(7), Some(form_of("calc")), None]);
        assert_eq!(run.toolchain.facts["python_31107_gil_1"], Fact::Value("CPython".to_owned()));
        assert!(layout::file_name(&run).is_ok());
        assert_eq!(parse(serde_json::to_string(&run).unwrap().as_bytes()).as_ref(), Ok(&run));
    }

    #[test]
    fn the_scope_says_what_was_selected() {
        let cases: [(&str, &[&str], Option<&str>, &str); 5] = [
            ("quick", &TOPICS, None, "quick"),
            ("full", &["spawn", "io"], None, "full, topics spawn io"),
            ("filtered", &TOPICS, Some("spawn/fork"), "filtered: spawn/fork"),
            ("filtered", &["spawn"], Some("fork"), "filtered: fork, topics spawn"),
            ("filtered, quick", &["spawn"], Some("fork"), "filtered, quick: fork, topics spawn"),
        ];
        for (asked, topics, note, expected) in cases {
            assert_eq!(profile(&harvest(asked, topics), note), expected);
        }
    }

    #[test]
    fn unknown_conditions_are_replaced_and_noted() {
        let host = RunContext { before: Err(anyhow!("conditions.json is not there")), ..context() };
        let run = build_run(harvest("full", &TOPICS), host, None).unwrap();
        assert_eq!(run.conditions_before, run.conditions_after);
        let omission = run.omissions.last().unwrap();
        assert_eq!(omission.what, "conditions before");
        assert!(omission.reason.ends_with("conditions.json is not there"));
    }

    #[test]
    fn ids_differ() {
        assert_ne!(new_id(), new_id());
        assert!(layout::is_run_id(&new_id()));
    }
}
