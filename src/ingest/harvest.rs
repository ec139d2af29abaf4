//! Brings together what the sample logs of one session, Criterion and callgrind say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::SystemTime;

use super::error::Error;
use super::formats::callgrind;
use super::formats::callgrind::OWN_TOPIC as CALLGRIND_TOPIC;
use super::formats::criterion::Tree;
use super::sample_log::{Profile, Record, SampleLog};
use super::{benchmark_records, file, sample_log, slope};
use crate::model::{BenchmarkId, Fact, Failure, Measurement, Metric, Omission, TargetNote};

/// Everything that one session came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Harvest {
    /// How much was asked for: `full`, `quick`, or `filtered`, also when no sample log says so.
    pub profile: String,
    /// The results, ordered by topic, benchmark and metric; never empty.
    pub measurements: Vec<Measurement>,
    /// The form of each group that is in a sample log; none where the benches are from before forms.
    pub forms: BTreeMap<String, Option<i16>>,
    /// What was tried and failed, or was measured and is not plausible.
    pub failures: Vec<Failure>,
    /// What was skipped, and why.
    pub omissions: Vec<Omission>,
    /// What has to be known to read the results.
    pub notes: Vec<TargetNote>,
    /// What was found out about the tools that were measured, by name.
    pub facts: BTreeMap<String, Fact>,
    /// The topics that took part, in alphabetical order.
    pub topics: Vec<String>,
}

/// Harvests a session.
///
/// `session` is the folder with the sample logs, `criterion_root` is `<target>/criterion`, and `iai_root` is
/// `<target>/iai`, of which only files written at `session_start` or later count. Whatever is wrong with one benchmark or
/// one topic becomes a failure, and the rest is kept. Reasons name files relative to the target folder, for they
/// are stored and published.
pub fn harvest(
    session: &Path,
    criterion_root: &Path,
    iai_root: &Path,
    session_start: SystemTime,
) -> Result<Harvest, Error> {
    let describe = |reason: &dyn ToString| shortened(&reason.to_string(), &[session, criterion_root, iai_root]);
    let mut harvest = Harvest::default();
    let logs = sample_logs(session, &mut harvest, &describe)?;
    let tree = Tree::open(criterion_root)?;
    let mut lower_bounds = BTreeMap::new();
    for log in &logs {
        harvest.take_over(log);
        for (id, records) in benchmark_records::by_benchmark(log) {
            if records.is_missing() && log.profile < Profile::Filtered {
                harvest.fail(&log.topic, &id.to_string(), "it was started, but not one sample was taken".to_owned());
            }
            if let Some(lower_bound) = records.lower_bound(&id) {
                lower_bounds.entry(id.clone()).or_insert(lower_bound);
            }
            if !records.has_no_data() {
                for measured in records.measure(&log.topic, &id, &tree) {
                    harvest.add(&log.topic, &id.to_string(), measured.map_err(|reason| describe(&reason)));
                }
            }
        }
    }
    for count in callgrind::read_own(iai_root, session_start)? {
        harvest.count(count, &describe);
    }
    harvest.refuse_duplicates();
    let (slopes, omissions) = slope::slopes(&harvest.measurements);
    harvest.measurements.extend(slopes);
    harvest.omissions.extend(omissions);
    harvest.place_floors(&lower_bounds);
    harvest.finish(session, &logs)
}

/// The sample logs of the session that can be read; for each of the others a failure.
fn sample_logs(
    session: &Path,
    harvest: &mut Harvest,
    describe: &dyn Fn(&dyn ToString) -> String,
) -> Result<Vec<SampleLog>, Error> {
    let mut logs = Vec::new();
    for (path, _) in
        file::entries(session)?.into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "tsv"))
    {
        match sample_log::read(&path) {
            Ok(log) => logs.push(log),
            Err(error) => {
                let topic = file::one_line(&path.file_stem().unwrap_or_default().to_string_lossy());
                harvest.fail(&topic, &topic, describe(&error));
            }
        }
    }
    Ok(logs)
}

/// A reason without the folders that lead to the target folder.
fn shortened(reason: &str, roots: &[&Path]) -> String {
    let parents = roots.iter().filter_map(|root| root.parent()).map(|parent| format!("{}/", parent.display()));
    parents.filter(|parent| parent.len() > 1).fold(reason.to_owned(), |reason, parent| reason.replace(&parent, ""))
}

impl Harvest {
    fn take_over(&mut self, log: &SampleLog) {
        let topic = &log.topic;
        for record in &log.records {
            match record {
                Record::Failure { what, reason } => self.fail(topic, what, reason.clone()),
                Record::Omission { what, reason } => {
                    let (what, reason) = (what.clone(), reason.clone());
                    self.omissions.push(Omission { topic: topic.clone(), what, reason });
                }
                Record::Note(text) => self.notes.push(TargetNote { topic: topic.clone(), text: text.clone() }),
                Record::Fact { name, value } => drop(self.facts.insert(name.clone(), Fact::Value(value.clone()))),
                Record::Benchmark { id, form, .. } => {
                    self.forms.insert(id.group.clone(), *form);
                }
                Record::Round { .. } | Record::Sample { .. } | Record::Count { .. } | Record::Time { .. } => {}
            }
        }
        if !log.complete {
            self.fail(topic, topic, "it was interrupted; what it measured until then is kept".to_owned());
        }
    }

    fn fail(&mut self, topic: &str, benchmark: &str, reason: String) {
        self.failures.push(Failure { topic: topic.to_owned(), benchmark: benchmark.to_owned(), reason });
    }

    fn add(&mut self, topic: &str, benchmark: &str, measured: Result<Measurement, String>) {
        match measured {
            Ok(measurement) => self.measurements.push(measurement),
            Err(reason) => self.fail(topic, benchmark, reason),
        }
    }

    fn count(
        &mut self,
        count: Result<(BenchmarkId, callgrind::Count), Error>,
        describe: &dyn Fn(&dyn ToString) -> String,
    ) {
        match count {
            Ok((id, count)) => {
                let value = count.instructions as f64;
                let measurement = benchmark_records::exact(CALLGRIND_TOPIC, &id, Metric::CallgrindInstructions, value);
                self.add(
                    CALLGRIND_TOPIC,
                    &id.to_string(),
                    measurement.ok_or_else(|| "its count is not a finite number".to_owned()),
                );
            }
            Err(error) => self.fail(CALLGRIND_TOPIC, CALLGRIND_TOPIC, describe(&error)),
        }
    }

    /// Removes what was measured twice: it is unknown which of the two is meant.
    fn refuse_duplicates(&mut self) {
        let mut topics: BTreeMap<(BenchmarkId, Metric), Vec<String>> = BTreeMap::new();
        for measurement in &self.measurements {
            let series = (measurement.benchmark.clone(), measurement.metric);
            topics.entry(series).or_default().push(measurement.topic.clone());
        }
        topics.retain(|_, topics| topics.len() > 1);
        self.measurements.retain(|it| !topics.contains_key(&(it.benchmark.clone(), it.metric)));
        for ((benchmark, metric), topics) in topics {
            let reason = format!(
                "{metric} was measured {} times (in {}); give each benchmark its own name",
                topics.len(),
                topics.join(", ")
            );
            self.fail(&topics[0], &benchmark.to_string(), reason);
        }
    }

    /// Replaces each declared lower bound by the benchmark that was measured as such in the same metric: at the same
    /// parameters, else at the most that the two share, else none. Counts have the lower bound that their benchmark declares
    /// where it is timed.
    fn place_floors(&mut self, declared: &BTreeMap<BenchmarkId, BenchmarkId>) {
        let measured: BTreeSet<(Metric, BenchmarkId)> =
            self.measurements.iter().map(|it| (it.metric, it.benchmark.clone())).collect();
        for measurement in &mut self.measurements {
            let wanted = measurement.lower_bound.take().or_else(|| declared.get(&measurement.benchmark).cloned());
            measurement.lower_bound = wanted.and_then(|wanted| {
                let candidates = measured.iter().filter(|(metric, candidate)| {
                    *metric == measurement.metric
                        && (&candidate.group, &candidate.function) == (&wanted.group, &wanted.function)
                        && candidate.parameters.iter().all(|(name, value)| wanted.parameters.get(name) == Some(value))
                });
                candidates.map(|(_, candidate)| candidate).max_by_key(|candidate| candidate.parameters.len()).cloned()
            });
        }
    }

    /// Puts everything in order, or refuses a session without a measurement.
    fn finish(mut self, session: &Path, logs: &[SampleLog]) -> Result<Harvest, Error> {
        if self.measurements.is_empty() {
            let (failures, omissions) = (self.failures, self.omissions);
            return Err(Error::NothingMeasured { session: session.to_owned(), failures, omissions });
        }
        self.profile = logs.iter().map(|log| log.profile).max().unwrap_or_default().to_string();
        self.measurements.sort_by(|a, b| (&a.topic, &a.benchmark, a.metric).cmp(&(&b.topic, &b.benchmark, b.metric)));
        let measured = self.measurements.iter().map(|measurement| measurement.topic.clone());
        let failed = self.failures.iter().map(|failure| failure.topic.clone());
        let logged = logs.iter().map(|log| log.topic.clone());
        self.topics = measured.chain(failed).chain(logged).collect::<BTreeSet<_>>().into_iter().collect();
        Ok(self)
    }
}
