//! What is compared with what in a run: the works that are listed, and by the names of their functions those that are not.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::topics::{self, Bound, Group, Scaling, Shown, Topic, TopicKind, WORKERS, Work};
use crate::model::{BenchmarkId, Metric, Run};

/// The ends of the names of functions that do one work with threads and with processes.
const SIDES: [&str; 2] = ["threads", "processes"];

pub(super) struct Compared<'a> {
    pub(super) topic: &'a str,
    pub(super) group: &'a str,
    pub(super) label: String,
    pub(super) thread: &'a str,
    pub(super) process: &'a str,
    pub(super) metric: Metric,
    pub(super) shown: Shown,
}

pub(super) struct Scaled<'a> {
    pub(super) topic: &'a str,
    pub(super) group: &'a str,
    pub(super) label: String,
    pub(super) thread: &'a str,
    pub(super) process: Option<&'a str>,
    pub(super) work: Work,
    pub(super) bound: Bound,
}

impl Scaled<'_> {
    fn listed((topic, group, it): (&'static Topic, &'static Group, &'static Scaling)) -> Self {
        let (topic, group, label) = (topic.name, group.name, it.label.to_owned());
        Self { topic, group, label, thread: it.thread, process: it.process, work: it.work, bound: it.bound }
    }

    pub(super) fn of_group(group: &str) -> Option<Self> {
        topics::scalings().find(|(_, it, _)| it.name == group).map(Self::listed)
    }
}

/// The names of the topics that a summary has: those that are timed, then those of the run that are not listed.
pub(super) fn topics_of(run: &Run) -> Vec<&str> {
    let mut names: Vec<&str> = topics::topics_of(TopicKind::Timed).collect();
    let others: BTreeSet<&str> = run.measurements.iter().map(|it| it.topic.as_str()).collect();
    names.extend(others.into_iter().filter(|name| topics::topic(name).is_none()));
    names
}

pub(super) fn compared(run: &Run) -> Vec<Compared<'_>> {
    let listed = topics::groups().flat_map(|(topic, group)| {
        group.comparisons.iter().map(move |it| Compared {
            topic: topic.name,
            group: group.name,
            label: it.label.to_owned(),
            thread: it.thread,
            process: it.process,
            metric: group.metric,
            shown: it.shown,
        })
    });
    listed.chain(counterparts(run, false)).collect()
}

/// Every curve along the number of workers, those that are listed first.
pub(super) fn scaled(run: &Run) -> Vec<Scaled<'_>> {
    let by_name =
        counterparts(run, true).into_iter().map(|Compared { topic, group, label, thread, process, .. }| Scaled {
            topic,
            group,
            label,
            thread,
            process: Some(process),
            work: Work::Each,
            bound: Bound::Processors,
        });
    topics::scalings().map(Scaled::listed).chain(by_name).collect()
}

/// Whether the list compares a function of a group, or draws a curve of it.
pub(super) fn is_listed(group: &str, function: &str) -> bool {
    topics::group_of(group).is_some_and(|group| {
        let compared = group.comparisons.iter().any(|it| [it.thread, it.process].contains(&function));
        let alone = |work| matches!(work, Work::InAll { alone } if alone == function);
        let scaled = |it: &Scaling| it.thread == function || it.process == Some(function) || alone(it.work);
        compared || group.scalings.iter().any(scaled)
    })
}

/// The parameters at which any of the functions was measured, in order.
pub(super) fn parameters_of(run: &Run, group: &str, functions: &[&str], metric: Metric) -> Vec<BTreeMap<String, u64>> {
    let fits = |id: &BenchmarkId| id.group == group && functions.contains(&id.function.as_str());
    let measurements = run.measurements.iter().filter(|m| m.metric == metric && fits(&m.benchmark));
    let found: BTreeSet<_> = measurements.map(|measurement| measurement.benchmark.parameters.clone()).collect();
    found.into_iter().collect()
}

/// Pairs of functions that are not listed, `threads` and `processes` or `pipe_threads` and `pipe_processes`: those that are
/// measured along the number of workers, from one on, or the others.
fn counterparts(run: &Run, is_scaled: bool) -> Vec<Compared<'_>> {
    let topics = topics_of(run);
    let timed =
        run.measurements.iter().filter(|it| it.metric == Metric::WallTime && topics.contains(&it.topic.as_str()));
    let unlisted = |id: &BenchmarkId| !is_listed(&id.group, &id.function);
    let mut found: Vec<(bool, Compared<'_>)> = Vec::new();
    for (topic, id) in timed.map(|it| (&it.topic, &it.benchmark)).filter(|(_, id)| unlisted(id)) {
        let Some(mechanism) = id.function.strip_suffix(SIDES[0]) else { continue };
        if found.iter().any(|(_, it)| it.group == id.group && it.thread == id.function) {
            continue;
        }
        let other = format!("{mechanism}{}", SIDES[1]);
        let process = run.measurements.iter().map(|it| &it.benchmark);
        let Some(process) = process.filter(|it| it.group == id.group).find(|it| it.function == other) else { continue };
        let label = format!("{}, {}", id.group, mechanism.trim_end_matches('_')).replace('_', " ");
        let pair = Compared {
            topic,
            group: &id.group,
            label: label.trim_end_matches(", ").to_owned(),
            thread: &id.function,
            process: &process.function,
            metric: Metric::WallTime,
            shown: Shown::Ends,
        };
        // Without a single worker there is no speed-up, so that the times themselves are shown.
        let is_single = |it: &BenchmarkId| it.parameters.get(WORKERS) == Some(&1);
        let mut alone = run.measurements.iter().map(|it| &it.benchmark).filter(|it| is_single(it));
        found.push((alone.any(|it| it.group == id.group && it.function == id.function), pair));
    }
    found.into_iter().filter(|(scaled, _)| *scaled == is_scaled).map(|(_, pair)| pair).collect()
}
