//! What there is to measure on both sides.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use regex::Regex;

use super::program::Kind;
use super::{Build, Error, Program, Side, Sides};
use crate::model::{Class, Failure, Metric, Omission, TargetNote};

const SHARED_ENVIRONMENT: &str = "`environment` in [package.metadata.parcost] changed, and under another one a benchmark may \
                                  do other work: both sides run with the candidate's";

/// What is common to both sides, and what is not.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Benchmarks to be measured in pairs, by topic and in the order of the bench target.
    pub subjects: Vec<Subject>,
    pub counted: Vec<Sides<Program>>,
    /// Target and name of the benchmarks that only the candidate has, and of bench targets that only there count.
    pub added: Vec<(String, String)>,
    /// Benchmarks that only the baseline has, and bench targets that only there count.
    pub removed: Vec<Failure>,
    /// What targets of both sides have on one side alone: some of it may have another name only.
    pub one_sided: Vec<OneSided>,
    pub omissions: Vec<Omission>,
    pub notes: Vec<TargetNote>,
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
    /// Both sides are the baseline.
    pub is_control: bool,
    /// Its counts decide it where its pairs do not.
    pub is_decided: bool,
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
    pub(super) fn new(topic: &str, benchmark: &str, class: Class, runner: Runner) -> Self {
        let (topic, benchmark) = (topic.to_owned(), benchmark.to_owned());
        Self { topic, benchmark, renamed_from: None, is_control: false, is_decided: false, class, planted: 1.0, runner }
    }

    pub(super) fn name(&self, side: Side) -> &str {
        match &self.renamed_from {
            Some(name) if side == Side::Baseline || self.is_control => name,
            _ => &self.benchmark,
        }
    }

    /// The bench target that each of its processes runs, where no launcher runs it.
    pub(super) fn target(&self) -> Option<&Path> {
        match &self.runner {
            Runner::Launcher(_) => None,
            Runner::Criterion(programs) => Some(&programs.baseline.path),
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
    let programs = |side: Side| builds.of(side).programs.iter();
    let topics: BTreeSet<&str> =
        programs(Side::Baseline).chain(programs(Side::Candidate)).map(|program| program.topic.as_str()).collect();
    let mut plan = Plan { omissions: builds.candidate.unbuilt.clone(), ..Plan::default() };
    for topic in topics {
        let find = |side: Side| programs(side).find(|program| program.topic == topic).cloned();
        match (find(Side::Baseline), find(Side::Candidate)) {
            (Some(mut baseline), Some(mut candidate)) if baseline.counts() && candidate.counts() => {
                plan.share_environment(&mut baseline, &mut candidate);
                plan.counted.push(Sides { baseline, candidate });
            }
            (baseline, candidate) => plan.add(topic, Sides { baseline, candidate }, builds, filter)?,
        }
    }
    if plan.subjects.is_empty() && plan.added.is_empty() && plan.counted.is_empty() {
        return Err(Error::Nothing(nothing(filter, &plan.omissions)));
    }
    Ok(plan)
}

/// Why there is nothing to measure.
fn nothing(filter: Option<&Regex>, omissions: &[Omission]) -> String {
    let mut reasons: Vec<String> = omissions.iter().map(|it| format!("{}: {}", it.what, it.reason)).collect();
    if let Some(filter) = filter {
        let none =
            format!("no benchmark of the candidate matches `{filter}`; `cargo bench -- --list` prints their names");
        reasons.insert(0, none);
    }
    match reasons.is_empty() {
        true => {
            "the candidate's bench targets list no benchmark; are they Criterion or iai-callgrind benches?".to_owned()
        }
        false => reasons.join("; "),
    }
}

impl Plan {
    /// Adds so many of the benchmarks once more, with the baseline on both sides.
    pub fn add_controls(&mut self, number: usize, seed: u64) {
        let control = |subject: &Subject| Subject {
            is_control: true,
            runner: match &subject.runner {
                Runner::Launcher(sides) => Runner::Launcher(sides.only_baseline()),
                Runner::Criterion(sides) => Runner::Criterion(Box::new(sides.only_baseline())),
            },
            ..subject.clone()
        };
        let drawn = Rng::with_seed(seed).choose_multiple(self.subjects.iter(), number);
        let controls: Vec<Subject> = drawn.into_iter().map(control).collect();
        self.subjects.extend(controls);
    }

    /// Notes the targets of which a source changed, or a file beside their sources that is none: a benchmark of theirs may do
    /// other work under its name.
    pub fn note_changed_benches(&mut self, builds: &Sides<Build>, changed: &[String]) {
        for program in &builds.candidate.programs {
            let Some(other) = builds.baseline.programs.iter().find(|other| other.topic == program.topic) else {
                continue;
            };
            let is_beside = |file: &str, source: &str| {
                let folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
                !file.ends_with(".rs") && !folder.is_empty() && Path::new(file).starts_with(folder)
            };
            let is_own = |file: &&String| {
                program.sources.union(&other.sources).any(|source| source == *file || is_beside(file, source))
            };
            if let Some(file) = changed.iter().find(is_own) {
                let text =
                    format!("`{file}` of the bench changed, so that both sides may do different work under one name");
                self.notes.push(TargetNote { topic: program.topic.clone(), text });
            }
        }
    }

    /// Adds a bench target that is not counted on both sides.
    fn add(
        &mut self,
        topic: &str,
        mut sides: Sides<Option<Program>>,
        builds: &Sides<Build>,
        filter: Option<&Regex>,
    ) -> Result<(), Error> {
        // What a target that counts holds is known when it runs.
        let counts = |program: &Option<Program>| program.as_ref().is_some_and(Program::counts);
        if counts(&sides.baseline) {
            self.removed.push(removed(topic, topic));
        }
        if counts(&sides.candidate) {
            self.added.push((topic.to_owned(), topic.to_owned()));
        }
        let names = self.list(topic, &mut sides)?;
        let is_wanted = |name: &&String| filter.is_none_or(|filter| filter.is_match(name));
        let one_sided = |own: &[String], other: &[String]| -> Vec<String> {
            own.iter().filter(|name| !other.contains(name)).cloned().collect()
        };
        let gone = one_sided(&names.baseline, &names.candidate);
        let mut new = one_sided(&names.candidate, &names.baseline);
        new.retain(|name| is_wanted(&name));
        self.removed.extend(gone.iter().filter(is_wanted).map(|name| removed(topic, name)));
        self.added.extend(new.iter().map(|name| (topic.to_owned(), name.clone())));
        let mut seen = BTreeSet::new();
        if let Some(twice) = names.candidate.iter().filter(is_wanted).find(|name| !seen.insert(*name)) {
            return Err(Error::Nothing(format!("{topic}: two benchmarks have the name `{twice}`; rename one")));
        }
        let both: Vec<&String> =
            names.candidate.iter().filter(is_wanted).filter(|name| names.baseline.contains(name)).collect();
        let (changed, both): (Vec<_>, Vec<_>) = both.into_iter().partition(|name| has_other_form(builds, name));
        self.removed.extend(changed.into_iter().map(|name| changed_itself(topic, name)));
        let Sides { baseline: Some(baseline), candidate: Some(candidate) } = sides else { return Ok(()) };
        let programs = Sides { baseline, candidate };
        let runner = match (&builds.baseline.launcher, &builds.candidate.launcher) {
            (Some(baseline), Some(candidate)) => {
                Runner::Launcher(Sides { baseline: baseline.clone(), candidate: candidate.clone() })
            }
            _ => {
                let names = Sides { baseline: gone, candidate: new };
                self.one_sided.push(OneSided { topic: topic.to_owned(), programs: programs.clone(), names });
                Runner::Criterion(Box::new(programs))
            }
        };
        self.subjects
            .extend(both.into_iter().map(|name| Subject::new(topic, name, class(builds, name), runner.clone())));
        Ok(())
    }

    /// Gives both programs the environment that the settings of either name, the candidate's over the baseline's.
    fn share_environment(&mut self, baseline: &mut Program, candidate: &mut Program) -> bool {
        let differs = baseline.environment != candidate.environment;
        if differs {
            self.notes.push(TargetNote { topic: candidate.topic.clone(), text: SHARED_ENVIRONMENT.to_owned() });
            baseline.environment.extend(candidate.environment.clone());
            candidate.environment.clone_from(&baseline.environment);
        }
        differs
    }

    /// The benchmarks that a target lists on either side. What lists none is skipped, with the reason.
    fn list(&mut self, topic: &str, sides: &mut Sides<Option<Program>>) -> Result<Sides<Vec<String>>, Error> {
        let list = |program: &Option<Program>| match program {
            Some(program) if program.kind == Kind::Timed => program.list(),
            _ => Ok(Vec::new()),
        };
        // Each by its own, so that a setting of the candidate hides no benchmark.
        let (own, candidate) = (list(&sides.baseline), list(&sides.candidate)?);
        let both = sides.baseline.as_mut().zip(sides.candidate.as_mut());
        let is_shared = both.is_some_and(|(baseline, candidate)| self.share_environment(baseline, candidate));
        // What comes with the candidate may be what the benches of the baseline need as well.
        let baseline = if own.is_err() && is_shared { list(&sides.baseline)? } else { own? };
        let names = Sides { baseline, candidate };
        let is_empty = names.baseline.is_empty() && names.candidate.is_empty();
        let reason = match sides.candidate.as_ref().or(sides.baseline.as_ref()).map(|program| program.kind) {
            Some(Kind::Unsupported(harness)) => format!(
                "it is a bench of {harness}, which the gate cannot run one by one; `parcost import` reads what it prints, and \
                 `parcost trend` judges it"
            ),
            Some(Kind::Timed) if is_empty => {
                "it lists no benchmark; the gate measures benches of Criterion, iai-callgrind and gungraun".to_owned()
            }
            _ => return Ok(names),
        };
        self.omissions.push(Omission { topic: topic.to_owned(), what: topic.to_owned(), reason });
        Ok(names)
    }
}

/// The class with the lower threshold of those that the two sides' settings give: the candidate's own do not raise it.
fn class(builds: &Sides<Build>, name: &str) -> Class {
    let classes = [builds.baseline.settings.class(name), builds.candidate.settings.class(name)];
    if classes.contains(&Class::System) { Class::System } else { Class::Compute }
}

/// That the candidate lacks a benchmark of this target.
pub(super) fn removed(topic: &str, benchmark: &str) -> Failure {
    let reason = "the candidate does not have it".to_owned();
    Failure { topic: topic.to_owned(), benchmark: benchmark.to_owned(), reason }
}

/// Whether the settings of the two sides say that a benchmark is not the same one.
pub(super) fn has_other_form(builds: &Sides<Build>, name: &str) -> bool {
    builds.baseline.settings.form(name) != builds.candidate.settings.form(name)
}

/// That a benchmark of both sides is not compared: there is nothing in the candidate that the baseline's would compare with.
pub(super) fn changed_itself(topic: &str, benchmark: &str) -> Failure {
    let reason =
        "the benchmark itself changed: `forms` in [package.metadata.parcost] is not the same on both sides".to_owned();
    Failure { topic: topic.to_owned(), benchmark: benchmark.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::program::made;
    use super::*;
    use crate::git::{Checkout, Revision};

    fn build(programs: Vec<Program>) -> Build {
        let revision = Revision { id: String::new(), commit: String::new(), dirty: false };
        let [tree, package, target] = [const { PathBuf::new() }; 3];
        Build {
            checkout: Checkout { tree, package, target, revision },
            programs,
            launcher: None,
            unbuilt: Vec::new(),
            artifacts: BTreeMap::new(),
            settings: super::super::Settings::default(),
            aligned: true,
            compiler: String::new(),
            cargo: Vec::new(),
        }
    }

    /// A bench target that lists a benchmark where the variable is set that it needs.
    fn script(folder: &Path) -> PathBuf {
        let path = folder.join("bench");
        fs::write(&path, "#!/bin/sh\n: \"${NEEDED:?}\"\necho 'a/b: benchmark'\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn a_target_that_counts_on_one_side_alone_is_new_or_removed_and_nothing_else() {
        let counted = || build(vec![Program { kind: Kind::Counted, ..made("counted", Path::new("/nowhere")) }]);
        let added = plan(&Sides { baseline: build(Vec::new()), candidate: counted() }, None).unwrap();
        assert_eq!(added.added, [("counted".to_owned(), "counted".to_owned())]);
        assert!(added.omissions.is_empty(), "{:?}", added.omissions);
        let mut gone = Plan::default();
        let sides = Sides { baseline: Some(counted().programs.remove(0)), candidate: None };
        gone.add("counted", sides, &Sides { baseline: counted(), candidate: build(Vec::new()) }, None).unwrap();
        assert_eq!((gone.removed.len(), gone.omissions.len()), (1, 0), "{:?}", gone.omissions);
    }

    #[test]
    fn a_filter_that_matches_nothing_names_the_targets_that_were_left_out() {
        let reason = "it needs features that are off".to_owned();
        let omission = Omission { topic: "t".to_owned(), what: "t".to_owned(), reason };
        let candidate = Build { unbuilt: vec![omission], ..build(Vec::new()) };
        let filter = Regex::new("a/b").unwrap();
        let error = plan(&Sides { baseline: build(Vec::new()), candidate }, Some(&filter)).unwrap_err().to_string();
        assert!(error.contains("matches `a/b`") && error.contains("t: it needs features that are off"), "{error}");
    }

    #[test]
    fn a_control_has_the_baseline_on_both_sides() {
        let side = |path: &str| made("t", Path::new(path));
        let subject = |name: &str| {
            let runner = Runner::Criterion(Box::new(Sides { baseline: side("/base"), candidate: side("/head") }));
            let renamed_from = Some(format!("old {name}"));
            Subject { renamed_from, ..Subject::new("t", name, Class::Compute, runner) }
        };
        let mut plan = Plan { subjects: vec![subject("a"), subject("b"), subject("c")], ..Plan::default() };
        plan.add_controls(2, 7);
        let controls = &plan.subjects[3..];
        assert!(controls.len() == 2 && controls[0].benchmark != controls[1].benchmark);
        for control in controls {
            let Runner::Criterion(sides) = &control.runner else { panic!("there is no launcher") };
            assert_eq!((sides.candidate.path.as_path(), control.is_control), (Path::new("/base"), true));
            assert_eq!(control.name(Side::Candidate), format!("old {}", control.benchmark));
        }
    }

    #[test]
    fn a_bench_that_changed_is_named() {
        let sources = ["benches/t.rs".to_owned(), "benches/t/part.rs".to_owned()].into();
        let own = build(vec![Program { sources, ..made("t", Path::new("/nowhere")) }]);
        let builds = Sides { baseline: build(vec![made("t", Path::new("/nowhere"))]), candidate: own };
        for (file, expected) in [
            ("benches/t.rs", 1),
            ("benches/t/part.rs", 1),
            ("benches/input.txt", 1),
            ("benches/u.rs", 0),
            ("src/lib.rs", 0),
            ("Cargo.toml", 0),
        ] {
            let mut plan = Plan::default();
            plan.note_changed_benches(&builds, &[file.to_owned()]);
            assert_eq!(plan.notes.len(), expected, "{file}");
        }
    }

    #[test]
    fn a_benchmark_whose_form_changed_is_not_compared() {
        let folder = tempfile::tempdir().unwrap();
        let program =
            Program { environment: [("NEEDED".into(), "1".into())].into(), ..made("t", &script(folder.path())) };
        let of_form = |form| {
            let settings = super::super::Settings { forms: [("a".to_owned(), form)].into(), ..Default::default() };
            Build { settings, ..build(vec![program.clone()]) }
        };
        for (candidate, expected) in
            [(build(vec![program.clone()]), (1, 0)), (of_form(1), (1, 0)), (of_form(2), (0, 1))]
        {
            let sides = Sides { baseline: build(vec![program.clone()]), candidate };
            let mut plan = Plan::default();
            let programs = Sides { baseline: Some(program.clone()), candidate: Some(program.clone()) };
            plan.add("t", programs, &sides, None).unwrap();
            assert_eq!((plan.subjects.len(), plan.removed.len()), expected, "{:?}", plan.removed);
        }
    }

    #[test]
    fn an_environment_that_the_candidate_sets_serves_a_baseline_that_cannot_do_without() {
        let folder = tempfile::tempdir().unwrap();
        let plain = made("t", &script(folder.path()));
        let environment = BTreeMap::from([("NEEDED".to_owned(), "1".to_owned())]);
        let with_setting = Program { environment: environment.clone(), ..plain.clone() };
        let builds = Sides { baseline: build(vec![plain.clone()]), candidate: build(vec![with_setting]) };
        let plan_with = plan(&builds, None).unwrap();
        assert_eq!((plan_with.subjects.len(), plan_with.notes.len()), (1, 1));
        let Runner::Criterion(programs) = &plan_with.subjects[0].runner else { panic!("there is no launcher") };
        assert_eq!(programs.baseline.environment, environment);
        assert!(plan(&Sides { baseline: build(vec![plain.clone()]), candidate: build(vec![plain]) }, None).is_err());
    }
}
