//! Everything that one topic's witness says of one benchmark.

use std::collections::BTreeMap;

use super::criterion::{Record, Tree};
use super::rounds::{self, Summary};
use super::witness::{self, Sample, Witness};
use crate::model::{BenchmarkId, Measurement, Metric};

/// The share of the CPU that a worker was given may exceed all of it only as far as two clocks disagree.
const GRANTED_MAX: f64 = 1.1;

/// One kind of time that a sample may hold.
type Phase = fn(&Sample) -> Option<u64>;

/// The records of a witness that belong to one benchmark.
#[derive(Default)]
pub(super) struct Evidence {
    floor: Option<String>,
    calibrator: Option<String>,
    /// How often it was begun: twice is once too often.
    begun: u32,
    /// Reported as failed; its samples are a part of something unknown then.
    failed: bool,
    /// Reported as left out, wholly or in part.
    omitted: bool,
    samples: Vec<Sample>,
    counts: BTreeMap<Metric, Vec<(u64, f64)>>,
    times: BTreeMap<Metric, Vec<(u64, f64)>>,
}

/// Sorts the records of a witness by benchmark.
pub(super) fn by_benchmark(witness: &Witness) -> BTreeMap<BenchmarkId, Evidence> {
    let mut all: BTreeMap<BenchmarkId, Evidence> = BTreeMap::new();
    for record in &witness.records {
        match record {
            witness::Record::Benchmark { id, floor, calibrator } => {
                let evidence = all.entry(id.clone()).or_default();
                evidence.begun += 1;
                evidence.floor.clone_from(floor);
                evidence.calibrator.clone_from(calibrator);
            }
            witness::Record::Sample { id, sample } => all.entry(id.clone()).or_default().samples.push(sample.clone()),
            witness::Record::Count { id, metric, round, value } => {
                all.entry(id.clone()).or_default().counts.entry(*metric).or_default().push((*round, *value));
            }
            witness::Record::Time { id, metric, round, ns } => {
                all.entry(id.clone()).or_default().times.entry(*metric).or_default().push((*round, *ns as f64));
            }
            witness::Record::Fact { .. } => {}
            // Either may also name the topic or a metric, which is no benchmark.
            witness::Record::Failure { what, .. } => {
                if let Ok(id) = what.parse() {
                    all.entry(id).or_default().failed = true;
                }
            }
            witness::Record::Omission { what, .. } => {
                if let Ok(id) = what.parse() {
                    all.entry(id).or_default().omitted = true;
                }
            }
        }
    }
    all
}

impl Evidence {
    /// The benchmark's declared floor, at the benchmark's own parameters; a floor has none.
    pub(super) fn floor(&self, id: &BenchmarkId) -> Option<BenchmarkId> {
        self.floor.as_deref().filter(|&function| function != id.function).map(|function| id.with_function(function))
    }

    /// Whether there is nothing to measure: an announced benchmark need not have been selected, and a failed one is
    /// already reported.
    pub(super) fn is_silent(&self) -> bool {
        let nothing = self.samples.is_empty() && self.counts.is_empty() && self.times.is_empty();
        self.failed || (nothing && self.begun < 2)
    }

    /// Whether it was announced and then neither measured nor reported.
    pub(super) fn is_lost(&self) -> bool {
        self.is_silent() && !self.failed && !self.omitted
    }

    /// Everything measured of the benchmark, one entry a metric, or the reason why it is refused.
    pub(super) fn measure(&self, topic: &str, id: &BenchmarkId, tree: &Tree) -> Vec<Result<Measurement, String>> {
        if self.begun > 1 {
            return vec![Err(format!("{} benchmarks have this name; give each its own", self.begun))];
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
                return Err(format!("{metric} was {value} in round {round}, which cannot be"));
            }
            let summary = rounds::counted(values).ok_or_else(|| format!("{metric} has no finite value"))?;
            Ok(Measurement { floor: self.floor(id), ..measurement(topic, id, metric, summary) })
        }));
        measured.extend(self.times.iter().map(|(&metric, times)| {
            told(topic, id, metric, times).ok_or_else(|| format!("{metric} has no finite value"))
        }));
        measured
    }

    /// The samples that Criterion kept: the last ones, which must be its own to the nanosecond.
    fn confirmed(&self, id: &BenchmarkId, tree: &Tree) -> Result<&[Sample], String> {
        let record = tree.record(id).map_err(|error| error.to_string())?;
        let kept = record.iterations.len();
        let foreign =
            |what: String| format!("{} is of another run: {what}; measure again, to the end", record.path.display());
        let Some(skipped) = self.samples.len().checked_sub(kept) else {
            return Err(foreign(format!("it holds {kept} samples where the session saw {}", self.samples.len())));
        };
        let samples = &self.samples[skipped..];
        if let Some(number) = first_difference(samples, &record) {
            return Err(foreign(format!("its sample {} of {kept} is not the session's", number + 1)));
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
                times.iter().zip(samples).map(|(&time, sample)| time as f64 / sample.iterations as f64).collect();
            let summary = rounds::timed(samples, &values).ok_or_else(|| format!("{metric} has no finite value"));
            measured.push(summary.map(|summary| Measurement {
                floor: self.floor(id),
                calibrated: self.calibrator.as_deref().and_then(|name| rounds::calibrated(&summary.rounds, name)),
                calibrator: self.calibrator.clone(),
                ..measurement(topic, id, metric, summary)
            }));
        }
        measured
    }
}

/// A measurement of one exact count.
pub(super) fn exact(topic: &str, id: &BenchmarkId, metric: Metric, value: f64) -> Option<Measurement> {
    let summary = rounds::counted(&[(1, value)])?;
    Some(measurement(topic, id, metric, summary))
}

/// A measurement of times that a program told of itself, each with the number of its round.
pub fn told(topic: &str, id: &BenchmarkId, metric: Metric, times: &[(u64, f64)]) -> Option<Measurement> {
    Some(measurement(topic, id, metric, rounds::told(times)?))
}

/// A measurement with neither floor nor calibrator.
fn measurement(topic: &str, id: &BenchmarkId, metric: Metric, summary: Summary) -> Measurement {
    let Summary { estimate, samples, rounds, quality } = summary;
    let (topic, benchmark) = (topic.to_owned(), id.clone());
    Measurement {
        topic,
        benchmark,
        metric,
        estimate,
        samples,
        rounds,
        floor: None,
        calibrator: None,
        calibrated: None,
        quality,
    }
}

/// The first sample at which the session and Criterion disagree.
fn first_difference(samples: &[Sample], record: &Record) -> Option<usize> {
    let pairs = record.iterations.iter().zip(&record.elapsed_ns);
    samples.iter().zip(pairs).position(|(sample, (&iterations, &elapsed_ns))| {
        sample.iterations as f64 != iterations || sample.elapsed_ns as f64 != elapsed_ns
    })
}

/// Why a sample cannot be true, if it cannot.
fn flaw(sample: &Sample) -> Option<String> {
    let granted = sample.granted.unwrap_or(1.0);
    let zero_calibrator = sample.calibrators.iter().find(|&(_, &value)| value <= 0.0);
    if sample.work == 0 {
        Some("it did no work".to_owned())
    } else if !(0.0..=GRANTED_MAX).contains(&granted) {
        Some(format!("a worker was given {granted} of its CPU, which cannot be"))
    } else {
        zero_calibrator.map(|(name, value)| format!("its calibrator {name} took {value} ns, which cannot be"))
    }
}

/// Whether an operation can do without: counts of events can be none, amounts cannot.
fn can_be_zero(metric: Metric) -> bool {
    matches!(metric, Metric::ContextSwitches | Metric::PageFaults | Metric::SystemCalls | Metric::KernelInstructions)
}
