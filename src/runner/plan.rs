//! What there is to measure on both sides.

use std::collections::BTreeSet;
use std::path::PathBuf;

use regex::Regex;

use super::program::Kind;
use super::{Build, Error, Program, Side, Sides};
use crate::model::{Class, Failure, Metric, Omission};

/// What is common to both sides, and what is not.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Benchmarks to be measured in pairs, by topic and in the order of the bench target.
    pub subjects: Vec<Subject>,
    pub counted: Vec<Sides<Program>>,
    /// Benchmarks that only the candidate has, and bench targets that only there count.
    pub added: Vec<String>,
    /// Benchmarks that only the baseline has, and bench targets that only there count.
    pub removed: Vec<Failure>,
    /// What targets of both sides have on one side alone: some of it may have another name only.
    pub one_sided: Vec<OneSided>,
    pub omissions: Vec<Omission>,
}

/// What a target of both sides has on one side alone.
#[derive(Clone, Debug)]
pub struct OneSided {
    pub(super) topic: String,
    pub(super) programs: Sides<Program>,
    pub(super) names: Sides<Vec<String>>,
}

#[derive(Clone, Debug)]
pub struct Subject {
    pub topic: String,
    pub benchmark: String,
    /// Its name in the baseline, where it has another.
    pub renamed_from: Option<String>,
    pub class: Class,
    /// The candidate is made to do this many times its work: 1 unless slowness is planted on purpose.
    pub planted: f64,
    pub(super) runner: Runner,
}

#[derive(Clone, Debug)]
pub(super) enum Runner {
    Launcher(Sides<PathBuf>),
    Criterion(Box<Sides<Program>>),
}

impl Subject {
    pub(super) fn name(&self, side: Side) -> &str {
        match (side, &self.renamed_from) {
            (Side::Baseline, Some(name)) => name,
            _ => &self.benchmark,
        }
    }

    /// The time that is judged where both are measured: the processor's work by CPU time, everything else by wall time.
    pub fn metric(&self) -> Metric {
        match (self.class, &self.runner) {
            (Class::Compute, Runner::Launcher(_)) => Metric::CpuTime,
            _ => Metric::WallTime,
        }
    }
}

/// Lists the benchmarks of both sides whose name matches `filter`.
///
/// Fails when a bench target cannot list its benchmarks, or when nothing is left to be measured.
pub fn plan(builds: &Sides<Build>, filter: Option<&Regex>) -> Result<Plan, Error> {
    let mut plan = Plan::default();
    let launchers = match (&builds.baseline.launcher, &builds.candidate.launcher) {
        (Some(baseline), Some(candidate)) => Some(Sides { baseline: baseline.clone(), candidate: candidate.clone() }),
        _ => None,
    };
    let settings = &builds.candidate.settings;
    let topics: BTreeSet<&String> =
        builds.baseline.programs.iter().chain(&builds.candidate.programs).map(|program| &program.topic).collect();
    let mut matched = 0;
    for topic in topics {
        let find = |build: &'_ Build| build.programs.iter().find(|program| program.topic == *topic).cloned();
        let (baseline, candidate) = (find(&builds.baseline), find(&builds.candidate));
        if let Some(harness) = candidate.as_ref().and_then(|program| program.kind.unsupported()) {
            let reason = format!(
                "it is a bench of {harness}, which the gate cannot run one by one; `parcost import` reads what it prints, and \
                 `parcost trend` judges it"
            );
            plan.omissions.push(Omission { topic: topic.clone(), what: topic.clone(), reason });
        }
        let sides = match (baseline, candidate) {
            (Some(baseline), Some(candidate)) if candidate.kind == Kind::Counted && baseline.kind == Kind::Counted => {
                plan.counted.push(Sides { baseline, candidate });
                continue;
            }
            (Some(baseline), Some(candidate)) => Sides { baseline: Some(baseline), candidate: Some(candidate) },
            (baseline, candidate) => Sides { baseline, candidate },
        };
        // What they count is known when they run.
        let counts = |program: &Option<Program>| program.as_ref().is_some_and(|program| program.kind == Kind::Counted);
        if counts(&sides.baseline) {
            plan.removed.push(removed(topic, topic));
        }
        if counts(&sides.candidate) {
            plan.added.push(topic.clone());
            matched += 1;
        }
        let names = sides.try_map(|_, program| match program {
            Some(program) if program.kind == Kind::Timed => program.list(),
            _ => Ok(Vec::new()),
        })?;
        if names.baseline.is_empty() && names.candidate.is_empty() && !plan.omissions.iter().any(|it| it.what == *topic)
        {
            let reason = "it lists no benchmark; the gate measures benches of Criterion, iai-callgrind and gungraun";
            plan.omissions.push(Omission { topic: topic.clone(), what: topic.clone(), reason: reason.to_owned() });
        }
        let wanted = |name: &&String| filter.is_none_or(|filter| filter.is_match(name));
        let known: BTreeSet<&String> = names.baseline.iter().collect();
        let mut seen = BTreeSet::new();
        for name in names.candidate.iter().filter(wanted) {
            matched += 1;
            if !seen.insert(name) {
                return Err(Error::Nothing(format!("{topic}: two benchmarks have the name `{name}`; rename one")));
            }
            match (&sides.baseline, &sides.candidate) {
                (Some(baseline), Some(candidate)) if known.contains(name) => plan.subjects.push(Subject {
                    topic: topic.clone(),
                    benchmark: name.clone(),
                    renamed_from: None,
                    class: settings.class(name),
                    planted: 1.0,
                    runner: match &launchers {
                        Some(launchers) => Runner::Launcher(launchers.clone()),
                        None => Runner::Criterion(Box::new(Sides {
                            baseline: baseline.clone(),
                            candidate: candidate.clone(),
                        })),
                    },
                }),
                _ => plan.added.push(name.clone()),
            }
        }
        let kept: BTreeSet<&String> = names.candidate.iter().collect();
        let gone: Vec<&String> = names.baseline.iter().filter(|name| !kept.contains(name)).collect();
        plan.removed.extend(gone.iter().copied().filter(wanted).map(|name| removed(topic, name)));
        if let (Some(baseline), Some(candidate), None) = (&sides.baseline, &sides.candidate, &launchers) {
            let new = names.candidate.iter().filter(wanted).filter(|name| !known.contains(name)).cloned().collect();
            plan.one_sided.push(OneSided {
                topic: topic.clone(),
                programs: Sides { baseline: baseline.clone(), candidate: candidate.clone() },
                names: Sides { baseline: gone.into_iter().cloned().collect(), candidate: new },
            });
        }
    }
    if matched == 0 && plan.counted.is_empty() {
        return Err(Error::Nothing(match filter {
            Some(filter) => {
                format!("no benchmark of the candidate matches `{filter}`; `cargo bench -- --list` prints their names")
            }
            None => {
                let reasons: Vec<String> =
                    plan.omissions.iter().map(|it| format!("{}: {}", it.what, it.reason)).collect();
                match reasons.is_empty() {
                    true => {
                        "the candidate's bench targets list no benchmark; are they Criterion or iai-callgrind benches?"
                            .to_owned()
                    }
                    false => reasons.join("; "),
                }
            }
        }));
    }
    Ok(plan)
}

/// That the candidate lacks a benchmark of this target.
pub(super) fn removed(topic: &str, benchmark: &str) -> Failure {
    let reason = "the candidate does not have it".to_owned();
    Failure { topic: topic.to_owned(), benchmark: benchmark.to_owned(), reason }
}
