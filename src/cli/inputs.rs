//! The sides of a comparison: stored runs, or results of other harnesses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};

use super::interchange::read_history;
use crate::compare::{Process, Series, Side, Source};
use crate::ingest::callgrind::{self, Age, Count};
use crate::ingest::criterion::{self, Record};
use crate::ingest::{Error, STALE_AFTER, Stale};
use crate::model::{Direction, Metric, Omission, Run, short};
use crate::report::{Remark, plural};
use crate::stats::{median, range};
use crate::verdict::Sessions;

/// Events of other tools that are said of one benchmark.
const BESIDE_MAX: usize = 12;

#[derive(Default)]
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) runs: Vec<(PathBuf, Run)>,
    pub(super) foreign: Vec<Source>,
    pub(super) remarks: Vec<Remark>,
    /// Series of other tools that are not compared, by topic and name.
    pub(super) skipped: BTreeSet<(String, String)>,
    /// What other tools found in the runs that counted, by benchmark and event.
    pub(super) beside: BTreeMap<String, BTreeMap<String, f64>>,
    /// The machines that files of other tools name.
    pub(super) named_machines: BTreeSet<String>,
}

/// The remarks of both sides, and what other tools found otherwise on the candidate's: `Memcheck Errors: 0 → 2`.
pub(super) fn remarks(baseline: &Loaded, candidate: &Loaded) -> Vec<Remark> {
    let beside = |(benchmark, found): (&String, &BTreeMap<String, f64>)| {
        let before = baseline.beside.get(benchmark)?;
        let changes = found.iter().filter_map(|(event, new)| {
            let old = before.get(event).filter(|old| *old != new)?;
            Some(format!("{event}: {old} → {new}"))
        });
        let changes: Vec<String> = changes.take(BESIDE_MAX).collect();
        let text = format!("{}; found in the same run and not compared", changes.join(", "));
        (!changes.is_empty()).then(|| Remark { invalid: false, subject: benchmark.clone(), text })
    };
    let beside = candidate.beside.iter().filter_map(beside);
    baseline.remarks.iter().chain(&candidate.remarks).cloned().chain(beside).collect()
}

/// Keeps the runs of the one machine that both sides have, if there is exactly one.
pub(super) fn restrict_to_common_machine(baseline: &mut Loaded, candidate: &mut Loaded) -> Result<()> {
    if baseline.runs.is_empty() != candidate.runs.is_empty() {
        bail!(
            "`{}` and `{}` cannot be compared: one is stored runs, the other results of another harness; name two sides of \
             one kind (`parcost list` shows the stored runs)",
            baseline.name,
            candidate.name
        );
    }
    let mut named = baseline.named_machines.union(&candidate.named_machines);
    if let (Some(one), Some(other)) = (named.next(), named.next()) {
        bail!(
            "`{}` and `{}` name the machines {one} and {other}, and what differs between two is never judged; measure both on one",
            baseline.name,
            candidate.name
        );
    }
    let (ours, theirs) = (baseline.machines(), candidate.machines());
    let common: Vec<&String> = ours.intersection(&theirs).collect();
    if let [key] = common[..]
        && ours != theirs
    {
        baseline.keep_machine(key);
        candidate.keep_machine(key);
    }
    Ok(())
}

impl Loaded {
    /// The side; its own runs and the others say how far sessions of its machine are apart.
    pub(super) fn side(&self, others: &[Run]) -> Side {
        let runs = || self.runs.iter().map(|(_, run)| run);
        let sessions = runs().next().map(|first| Sessions::new(first, runs().chain(others)));
        let source =
            |(path, run): &(PathBuf, Run)| Some(Source::of_run(&path.display().to_string(), run, sessions.as_ref()?));
        Side {
            name: self.name.clone(),
            sources: self.runs.iter().filter_map(source).chain(self.foreign.iter().cloned()).collect(),
            skipped: self.skipped.clone(),
            same_code: false,
        }
    }

    pub(super) fn description(&self) -> String {
        match (&self.runs[..], &self.foreign[..]) {
            ([(_, run)], []) => run_text(run),
            ([], [source]) => format!("{} ({})", source.place, plural(source.series.len(), "benchmark")),
            ([], several) => format!("{}: {} runs", self.name, several.len()),
            (several, _) => {
                let ids: Vec<&str> = several.iter().map(|(_, run)| run.id.as_str()).collect();
                format!("{}: {} runs, {}", self.name, several.len(), ids.join(" "))
            }
        }
    }

    /// What `parcost gate --base` takes for it: the commit of stored runs where it is one, and nothing of a file of another
    /// tool, whose benchmarks it does not build.
    pub(super) fn revision(&self) -> Option<String> {
        match (self.commit(), &self.foreign[..]) {
            (Some(id), _) => Some(short(id)),
            (None, [file, ..]) if Path::new(&file.place).is_file() => None,
            _ => Some("BASELINE".to_owned()),
        }
    }

    /// The one commit of its runs, where it is one without changes.
    pub(super) fn commit(&self) -> Option<&str> {
        let mut commits = self.runs.iter().map(|(_, run)| run.commit.id.as_deref().filter(|_| !run.commit.dirty));
        let first = commits.next()??;
        commits.all(|other| other == Some(first)).then_some(first)
    }

    fn machines(&self) -> BTreeSet<String> {
        self.runs.iter().map(|(_, run)| run.machine.key.to_string()).collect()
    }

    pub(super) fn keep_machine(&mut self, key: &str) {
        let (kept, others): (Vec<_>, Vec<_>) =
            self.runs.drain(..).partition(|(_, run)| run.machine.key.as_str() == key);
        self.runs = kept;
        let remark = |(path, run): (PathBuf, Run)| Remark {
            invalid: false,
            subject: path.display().to_string(),
            text: format!("it is of machine {}, the comparison is of {key}", run.machine.key),
        };
        self.remarks.extend(others.into_iter().map(remark));
    }
}

/// `run 0123456789abcdef of commit 0123456789ab, full, started 2026-03-01T10:00:00Z`.
pub(super) fn run_text(run: &Run) -> String {
    let commit = run.commit.id.as_ref().map_or("no commit".to_owned(), |id| format!("commit {}", short(id)));
    let dirty = if run.commit.dirty { " with changes" } else { "" };
    format!("run {} of {commit}{dirty}, {}, started {}", run.id, run.profile, run.started)
}

/// Adds a baseline of Criterion's; all of it is one process a benchmark.
pub(super) fn add_baseline(root: &Path, name: &str, loaded: &mut Loaded) -> Result<()> {
    let read = criterion::baseline(root, name)?;
    let place = format!("{}@{name}", root.display());
    let (names, refused): (Vec<_>, Vec<_>) = read.refused.into_iter().unzip();
    loaded.remark(&place, refused, read.stale);
    let omission = |what| Omission { topic: String::new(), what, reason: "its files cannot be used".to_owned() };
    let omissions = names.into_iter().flatten().map(omission).collect();
    let series = |record: Record| {
        let ns = record.ns();
        let (range, median) = (range(&ns)?, median(&ns)?);
        Some(Series {
            topic: record.group,
            benchmark: record.name,
            work: record.work,
            form: 1,
            processes: vec![Process { samples: ns.len() as u64, min: range.low, median, reference: None }],
            ..Series::default()
        })
    };
    loaded.add(place, read.records.into_iter().filter_map(series).collect(), omissions);
    Ok(())
}

pub(super) fn add_counts(root: &Path, age: Age, loaded: &mut Loaded) -> Result<()> {
    let read = callgrind::read(root, age)?;
    let place = format!("{}{}", root.display(), if age == Age::Old { "@old" } else { "" });
    loaded.remark(&place, read.refused, read.stale);
    let beside = read.counts.iter().map(|counted| (counted.benchmark.clone(), counted.beside.clone()));
    loaded.beside.extend(beside);
    let series = |counted: Count| {
        let count = counted.instructions as f64;
        Series {
            topic: counted.group,
            benchmark: counted.benchmark,
            metric: Metric::CallgrindInstructions,
            form: 1,
            processes: vec![Process { samples: 1, min: count, median: count, reference: None }],
            ..Series::default()
        }
    };
    loaded.add(place, read.counts.into_iter().map(series).collect(), Vec::new());
    Ok(())
}

/// Adds a file of another tool that holds one run: each time and count of instructions is one process.
pub(super) fn add_file(path: &Path, loaded: &mut Loaded) -> Result<()> {
    let history = read_history(None, &[path.to_owned()], None, None)?;
    let place = path.display().to_string();
    let is_one_run = history.series.iter().all(|series| series.points.len() == 1);
    ensure!(is_one_run, "{place} holds a history, not one run; `parcost trend {place}` judges it");
    let remark = |subject: &str, text: String| Remark { invalid: false, subject: subject.to_owned(), text };
    for read in &history.remarks {
        loaded.remarks.extend(read.about.iter().map(|about| remark(about, read.text_and_place())));
    }
    loaded.named_machines.extend(history.series.iter().filter_map(|series| series.machine.clone()));
    let mut found = Vec::new();
    for (one, mut label) in history.series.iter().zip(history.labels()) {
        // Values of two suites or metrics are never a pair, even where each file has one only.
        for part in one.suite_and_metric() {
            if !label.contains(&part) {
                label.push_str(&part);
            }
        }
        let point = &one.points[0];
        let is_cost = one.direction == Direction::LowerIsBetter;
        let metric = match one.unit.as_deref().filter(|_| is_cost && point.value > 0.0) {
            Some("ns") => Metric::WallTime,
            Some("instructions") => Metric::CallgrindInstructions,
            _ => {
                let what = "only times and instructions above zero are compared, of which less is better";
                loaded.remarks.push(remark(&label, what.to_owned()));
                loaded.skipped.insert((one.suite.clone().unwrap_or_default(), label));
                continue;
            }
        };
        let min = point.samples.iter().copied().fold(point.value, f64::min);
        let samples = point.samples.len().max(1) as u64;
        found.push(Series {
            topic: one.suite.clone().unwrap_or_default(),
            benchmark: label,
            metric,
            form: one.form_number(),
            processes: vec![Process { samples, min, median: point.value, reference: None }],
            ..Series::default()
        });
    }
    loaded.add(place, found, Vec::new());
    Ok(())
}

impl Loaded {
    fn add(&mut self, place: String, series: Vec<Series>, omissions: Vec<Omission>) {
        self.foreign.push(Source { place, series, omissions, ..Source::default() });
    }

    fn remark(&mut self, place: &str, refused: Vec<Error>, stale: Vec<Stale>) {
        let refused = refused.into_iter().map(|error| (true, place.to_owned(), error.to_string()));
        let stale = stale.into_iter().map(|stale| {
            let hours = |seconds: u64| seconds as f64 / 3600.0;
            let text = format!(
                "stale: in {place} it is {:.1} hours older than the newest; more than {:.0} means that an earlier measuring left \
                 it; remove it or measure it again",
                hours(stale.older.as_secs()),
                hours(STALE_AFTER.as_secs())
            );
            (false, stale.benchmark, text)
        });
        let remark = |(invalid, subject, text)| Remark { invalid, subject, text };
        self.remarks.extend(refused.chain(stale).map(remark));
    }
}
