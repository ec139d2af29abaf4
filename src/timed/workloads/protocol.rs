//! The protocol of the worker, for both of its ends: one line asks, one line answers.
//!
//! - `run BENCHMARK ITERATIONS` is answered by `sample elapsed_ns=… work=…` and further readings, those of the reference
//!   workloads among them: they are measured between the samples, so that each sample can be normalized by them.
//! - `time BENCHMARK ITERATIONS` leaves the reference workloads out, for where another process is the measure, and adds
//!   `process_cpu_ns`, the CPU time from the request to the answer.
//! - `count METRIC BENCHMARK ITERATIONS` is answered by `counted NAME=VALUE …`: the count of one operation in this metric, and
//!   in every other that the same pass has counted, each in its metric's unit.
//!
//! Any of them may be answered by `uncountable`, `refused` or `failed` and the reason, see [`WorkerError`].

use std::fmt;
use std::str::FromStr;

use super::error::WorkerError;
use super::sample::Parameters;

/// Most operations in one request to count; twice as many are run.
const COUNTED_MAX: u64 = 1_000_000_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub task: Task,
    pub benchmark: String,
    pub iterations: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Run,
    Time,
    Count(CountMetric),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountMetric {
    UserInstructions,
    KernelInstructions,
    ContextSwitches,
    PageFaults,
    TaskClock,
    SystemCalls,
    UniqueMemory,
}

/// What was counted, by metric.
pub type Counts = Vec<(CountMetric, f64)>;

/// What a worker answers when it has done what it was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The readings of a sample, by name; `elapsed_ns` and `work` come first.
    Sample(Vec<(String, f64)>),
    Counts(Counts),
}

impl CountMetric {
    const NAMES: [(Self, &str); 7] = [
        (Self::UserInstructions, "user_instructions"),
        (Self::KernelInstructions, "kernel_instructions"),
        (Self::ContextSwitches, "context_switches"),
        (Self::PageFaults, "page_faults"),
        (Self::TaskClock, "task_clock"),
        (Self::SystemCalls, "system_calls"),
        (Self::UniqueMemory, "unique_memory"),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(metric, _)| *metric == self).expect("every metric has a name").1
    }

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(metric, _)| *metric)
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.task {
            Task::Run => f.write_str("run")?,
            Task::Time => f.write_str("time")?,
            Task::Count(metric) => write!(f, "count {}", metric.name())?,
        }
        write!(f, " {} {}", self.benchmark, self.iterations)
    }
}

impl FromStr for Request {
    type Err = WorkerError;

    fn from_str(line: &str) -> Result<Self, WorkerError> {
        let invalid = |what: &str| {
            WorkerError::Failed(format!(
                "`{}` is not a request: {what}",
                line.trim_end().replace(char::is_control, " ")
            ))
        };
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let (task, max, benchmark, iterations) = match words[..] {
            ["run", benchmark, iterations] => (Task::Run, u64::MAX, benchmark, iterations),
            ["time", benchmark, iterations] => (Task::Time, u64::MAX, benchmark, iterations),
            ["count", metric, benchmark, iterations] => {
                let metric = CountMetric::named(metric).ok_or_else(|| invalid("there is no metric of that name"))?;
                (Task::Count(metric), COUNTED_MAX, benchmark, iterations)
            }
            _ => return Err(invalid("expected run, time or count METRIC, then BENCHMARK ITERATIONS")),
        };
        let iterations = iterations.parse().ok().filter(|count| (1..=max).contains(count));
        let iterations = iterations.ok_or_else(|| invalid(&format!("expected 1 to {max} iterations")))?;
        Ok(Self { task, benchmark: benchmark.to_owned(), iterations })
    }
}

pub fn parse_id(text: &str) -> Result<(String, String, Parameters), WorkerError> {
    let malformed = || WorkerError::Failed(format!("`{text}` is not group/function/name=value,…"));
    let mut parts = text.splitn(3, '/');
    let group = parts.next().filter(|part| !part.is_empty()).ok_or_else(malformed)?;
    let function = parts.next().filter(|part| !part.is_empty()).ok_or_else(malformed)?;
    let mut parameters = Parameters::default();
    for pair in parts.next().into_iter().flat_map(|pairs| pairs.split(',')) {
        let (name, value) = pair.split_once('=').ok_or_else(malformed)?;
        parameters.0.insert(name.to_owned(), value.parse().map_err(|_| malformed())?);
    }
    Ok((group.to_owned(), function.to_owned(), parameters))
}

pub fn encode(answer: &Result<Reply, WorkerError>) -> String {
    let (word, text) = match answer {
        Ok(Reply::Sample(readings)) => ("sample", pairs(readings.iter().map(|(name, value)| (name.as_str(), *value)))),
        Ok(Reply::Counts(counts)) => ("counted", pairs(counts.iter().map(|(metric, value)| (metric.name(), *value)))),
        Err(WorkerError::Uncountable(reason)) => ("uncountable", reason.clone()),
        Err(WorkerError::Refused(reason)) => ("refused", reason.clone()),
        Err(WorkerError::Failed(reason)) => ("failed", reason.clone()),
    };
    format!("{word} {}", text.replace(char::is_control, " "))
}

fn pairs<'a>(values: impl Iterator<Item = (&'a str, f64)>) -> String {
    values.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// The answer that such a line holds; a line of another form is a failure of the worker.
///
/// Fails with the worker's error, or when its answer has another form.
pub fn decode(line: &str) -> Result<Reply, WorkerError> {
    let line = line.trim_end();
    let (word, text) = line.split_once(' ').unwrap_or((line, ""));
    let reply = match word {
        "uncountable" => return Err(WorkerError::Uncountable(text.to_owned())),
        "refused" => return Err(WorkerError::Refused(text.to_owned())),
        "failed" => return Err(WorkerError::Failed(text.to_owned())),
        "counted" => text.split(' ').map(count).collect::<Option<_>>().map(Reply::Counts),
        "sample" => text.split(' ').map(reading).collect::<Option<_>>().map(Reply::Sample),
        _ => None,
    };
    reply.ok_or_else(|| WorkerError::Failed(format!("the worker answered `{line}`")))
}

fn reading(text: &str) -> Option<(String, f64)> {
    let (name, value) = text.split_once('=')?;
    Some((name.to_owned(), value.parse().ok()?))
}

fn count(text: &str) -> Option<(CountMetric, f64)> {
    let (name, value) = reading(text)?;
    Some((CountMetric::named(&name)?, value)).filter(|(_, value)| value.is_finite() && *value >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_decoded_as_it_was_encoded() {
        let counts = CountMetric::NAMES.map(|(metric, _)| Task::Count(metric));
        for task in [Task::Run, Task::Time].into_iter().chain(counts) {
            let request =
                Request { task, benchmark: "requests/threads/delay_ms=10,workers=5".to_owned(), iterations: 20 };
            assert_eq!(format!("{request}\n").parse(), Ok(request));
        }
    }

    #[test]
    fn every_answer_is_decoded_as_it_was_encoded() {
        let readings = [("elapsed_ns", 1200.0), ("work", 3.0), ("granted", 0.975), ("copy_ns", 1.5)];
        let answers = [
            Ok(Reply::Sample(readings.map(|(name, value)| (name.to_owned(), value)).to_vec())),
            Ok(Reply::Counts(vec![(CountMetric::PageFaults, 26.5), (CountMetric::ContextSwitches, 0.0)])),
            Err(WorkerError::Uncountable("no counters".to_owned())),
            Err(WorkerError::Refused("no such workload".to_owned())),
            Err(WorkerError::Failed("it broke".to_owned())),
        ];
        for answer in answers {
            assert_eq!(decode(&format!("{}\n", encode(&answer))), answer);
        }
        assert_eq!(encode(&Err(WorkerError::Failed("in\ntwo".to_owned()))), "failed in two");
    }

    #[test]
    fn a_line_of_another_form_is_not_a_request() {
        let lines = [
            "",
            "hello spawn/thread/count=1 1",
            "run spawn/thread/count=1",
            "run spawn/thread/count=1 0",
            "time spawn/thread/count=1 -1",
            "count faults spawn/thread 1",
            "count page_faults spawn/thread 0",
            "count page_faults spawn/thread 9999999999999",
            "count page_faults spawn/thread 1 1",
        ];
        for line in lines {
            assert!(matches!(line.parse::<Request>(), Err(WorkerError::Failed(_))), "{line}");
        }
    }

    #[test]
    fn a_line_of_another_form_is_not_an_answer() {
        let lines = [
            "",
            "counted",
            "counted 1",
            "counted page_faults",
            "counted page_faults=x",
            "counted page_faults=NaN",
            "counted page_faults=-1",
            "counted faults=1",
            "counted page_faults=1 2",
            "count page_faults=1",
            "sample",
            "sample work",
        ];
        for line in lines {
            assert!(matches!(decode(line), Err(WorkerError::Failed(_))), "{line}");
        }
    }

    #[test]
    fn an_id_is_split_into_group_function_and_parameters() {
        let (group, function, parameters) = parse_id("requests/threads/delay_ms=10,workers=5").unwrap();
        assert_eq!((group.as_str(), function.as_str()), ("requests", "threads"));
        assert_eq!(parameters, Parameters::new(&[("delay_ms", 10), ("workers", 5)]));
        assert_eq!(parse_id("worker_memory/thread").unwrap().2, Parameters::default());
        for id in ["spawn", "spawn/", "spawn/thread/8", "spawn/thread/count=x"] {
            assert!(parse_id(id).is_err(), "{id}");
        }
    }
}
