//! Everything that the sample log of a topic holds about one benchmark.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use super::formats::criterion::{Record, Tree};
use super::rounds::{self, Summary};
use super::sample_log::{self, Sample, SampleLog, SelfTimed};
use crate::model::{BenchmarkId, Measurement, Metric};

/// CPU availability exceeds 1 only as far as two clocks disagree.
const CPU_AVAILABILITY_MAX: f64 = 1.1;

type Phase = fn(&Sample) -> Option<u64>;

/// The records of a sample log that belong to one benchmark.
#[derive(Default)]
pub(super) struct BenchmarkRecords {
    lower_bound: Option<String>,
    reference: Option<String>,
    /// How often it was started: more than once is an error.
    starts: u32,
    /// Reported as failed; its samples are a part of something unknown then.
    failed: bool,
    /// Reported as skipped, wholly or in part.
    omitted: bool,
    samples: Vec<Sample>,
    counts: BTreeMap<Metric, Vec<(u64, f64)>>,
    times: BTreeMap<Metric, Vec<SelfTimed>>,
}

pub(super) fn by_benchmark(log: &SampleLog) -> BTreeMap<BenchmarkId, BenchmarkRecords> {
    let mut all: BTreeMap<BenchmarkId, BenchmarkRecords> = BTreeMap::new();
    for record in &log.records {
        match record {
            sample_log::Record::Benchmark { id, lower_bound, reference, .. } => {
                let records = all.entry(id.clone()).or_default();
                records.starts += 1;
                records.lower_bound.clone_from(lower_bound);
                records.reference.clone_from(reference);
            }
            sample_log::Record::Sample { id, sample } => {
                all.entry(id.clone()).or_default().samples.push(sample.clone())
            }
            sample_log::Record::Count { id, metric, round, value } => {
                all.entry(id.clone()).or_default().counts.entry(*metric).or_default().push((*round, *value));
            }
            sample_log::Record::Time { id, metric, time } => {
                all.entry(id.clone()).or_default().times.entry(*metric).or_default().push(*time);
            }
            sample_log::Record::Fact { .. } | sample_log::Record::Round { .. } | sample_log::Record::Note(_) => {}
            // Either may also name the topic or a metric, which is not a benchmark.
            sample_log::Record::Failure { what, .. } => {
                if let Ok(id) = what.parse() {
                    all.entry(id).or_default().failed = true;
                }
            }
            sample_log::Record::Omission { what, .. } => {
                if let Ok(id) = what.parse() {
                    all.entry(id).or_default().omitted = true;
                }
            }
        }
    }
    all
}

impl BenchmarkRecords {
    /// The benchmark's declared lower bound, at the benchmark's own parameters; a lower bound has none.
    pub(super) fn lower_bound(&self, id: &BenchmarkId) -> Option<BenchmarkId> {
        self.lower_bound
            .as_deref()
            .filter(|&function| function != id.function)
            .map(|function| id.with_function(function))
    }

    /// Whether there is nothing to measure: an announced benchmark need not have been selected, and a failed one is
    /// already reported.
    pub(super) fn has_no_data(&self) -> bool {
        let nothing = self.samples.is_empty() && self.counts.is_empty() && self.times.is_empty();
        self.failed || (nothing && self.starts < 2)
    }

    pub(super) fn is_missing(&self) -> bool {
        self.has_no_data() && !self.failed && !self.omitted
    }

    /// Everything measured of the benchmark, one entry a metric, or the reason why it is refused.
    pub(super) fn measure(&self, topic: &str, id: &BenchmarkId, tree: &Tree) -> Vec<Result<Measurement, String>> {
        if self.starts > 1 {
            return vec![Err(format!("{} benchmarks have this name; give each its own", self.starts))];
        }
        let mut measured = Vec::new();
        if !self.samples.is_empty() {
            match self.confirmed(id, tree) {
                Ok(samples) => measured.extend(self.timed(topic, id, samples)),
                Err(reason) => measured.push(Err(reason)),
            }
        }
        measured.extend(self.counts.iter().map(|(&metric, values)| {
            let flaw = values.iter().find(|(_, value)| *value < 0.0 || (*value == 0.0 && !can_be_zero(metric)));
            if let Some((round, value)) = flaw {
                return Err(format!("{metric} was {value} in round {round}, which is impossible"));
            }
            let summary = rounds::counted(values).ok_or_else(|| format!("{metric} has no finite value"))?;
            Ok(Measurement { lower_bound: self.lower_bound(id), ..measurement(topic, id, metric, summary) })
        }));
        measured.extend(self.times.iter().map(|(&metric, times)| {
            self_timed(topic, id, metric, times).ok_or_else(|| format!("{metric} has no finite value"))
        }));
        measured
    }

    /// The samples that Criterion kept: the last ones, which must be its own to the nanosecond.
    fn confirmed(&self, id: &BenchmarkId, tree: &Tree) -> Result<&[Sample], String> {
        let record = tree.record(id).map_err(|error| error.to_string())?;
        let kept = record.iterations.len();
        let other_run =
            |what: String| format!("{} is of another run: {what}; measure again, to the end", record.path.display());
        let Some(skipped) = self.samples.len().checked_sub(kept) else {
            return Err(other_run(format!("it holds {kept} samples where the session saw {}", self.samples.len())));
        };
        let samples = &self.samples[skipped..];
        if let Some(number) = first_difference(samples, &record) {
            return Err(other_run(format!("its sample {} of {kept} is not the session's", number + 1)));
        }
        match samples.iter().find_map(flaw) {
            Some(flaw) => Err(format!("a sample is refused: {flaw}")),
            None => Ok(samples),
        }
    }

    fn timed(&self, topic: &str, id: &BenchmarkId, samples: &[Sample]) -> Vec<Result<Measurement, String>> {
        let phases: [(Metric, Phase); 4] = [
            (Metric::WallTime, |sample| Some(sample.elapsed_ns)),
            (Metric::CallTime, |sample| sample.call_ns),
            (Metric::FirstInstructionTime, |sample| sample.first_ns),
            (Metric::CpuTime, |sample| sample.cpu_ns),
        ];
        let mut measured = Vec::new();
        for (metric, phase) in phases {
            // Every second sample has it.
            let is_meant = |sample: &&Sample| metric != Metric::FirstInstructionTime || phase(sample).is_some();
            let samples: Vec<Sample> = samples.iter().filter(is_meant).cloned().collect();
            let times: Vec<u64> = samples.iter().filter_map(phase).filter(|&time| time > 0).collect();
            if samples.iter().all(|sample| phase(sample).is_none()) {
                continue;
            }
            if times.len() < samples.len() {
                let missing = samples.len() - times.len();
                measured.push(Err(format!("{metric} is missing or zero in {missing} of {} samples", samples.len())));
                continue;
            }
            let values: Vec<f64> =
                times.iter().zip(&samples).map(|(&time, sample)| time as f64 / sample.iterations as f64).collect();
            let summary = rounds::timed(&samples, &values).ok_or_else(|| format!("{metric} has no finite value"));
            measured.push(summary.map(|summary| Measurement {
                lower_bound: self.lower_bound(id),
                normalized: self.reference.as_deref().and_then(|name| rounds::normalized(&summary.rounds, name)),
                reference: self.reference.clone(),
                operations: samples.iter().map(|sample| sample.iterations).min().and_then(NonZeroU64::new),
                ..measurement(topic, id, metric, summary)
            }));
        }
        measured
    }
}

pub(super) fn exact(topic: &str, id: &BenchmarkId, metric: Metric, value: f64) -> Option<Measurement> {
    let summary = rounds::counted(&[(1, value)])?;
    Some(measurement(topic, id, metric, summary))
}

/// A measurement of what a program measured itself.
pub fn self_timed(topic: &str, id: &BenchmarkId, metric: Metric, times: &[SelfTimed]) -> Option<Measurement> {
    Some(measurement(topic, id, metric, rounds::self_timed(times)?))
}

fn measurement(topic: &str, id: &BenchmarkId, metric: Metric, summary: Summary) -> Measurement {
    let Summary { estimate, samples, rounds, quality, percentiles } = summary;
    let measured = Measurement::of_rounds(topic, id.clone(), metric, estimate, rounds);
    Measurement { samples, quality, percentiles, ..measured }
}

fn first_difference(samples: &[Sample], record: &Record) -> Option<usize> {
    let pairs = record.iterations.iter().zip(&record.elapsed_ns);
    samples.iter().zip(pairs).position(|(sample, (&iterations, &elapsed_ns))| {
        sample.iterations as f64 != iterations || sample.elapsed_ns as f64 != elapsed_ns
    })
}

fn flaw(sample: &Sample) -> Option<String> {
    let available = sample.cpu_availability.unwrap_or(1.0);
    let zero_reference = sample.references.iter().find(|&(_, &value)| value <= 0.0);
    if sample.work == 0 {
        Some("it did no work".to_owned())
    } else if !(0.0..=CPU_AVAILABILITY_MAX).contains(&available) {
        Some(format!("its CPU availability is {available}, which is impossible"))
    } else {
        zero_reference
            .map(|(name, value)| format!("its reference workload {name} took {value} ns, which is impossible"))
    }
}

/// Whether an operation can do without: counts of events can be none, amounts cannot.
fn can_be_zero(metric: Metric) -> bool {
    matches!(metric, Metric::ContextSwitches | Metric::PageFaults | Metric::SystemCalls | Metric::KernelInstructions)
}
