//! Rounds of questions to every interpreter, and what they come to.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use super::answer::{Sample, answer_of, samples};
use super::question::{Question, questions};
use super::server::Server;
use super::{Interpreter, Scripts};
use crate::engines::{across, round};
use crate::model::{BenchmarkId, Failure, Measurement, Metric, Omission, Quality, Round};

/// The topic of everything that is measured here.
pub(super) const TOPIC: &str = "python";

/// How long the server lets a request wait, ms; as in the native benchmark.
pub const DELAY_MS: u64 = 10;

/// After how long a waiting thread asks for the lock, µs: CPython's own default, and that of the native model.
pub const INTERVAL_US: u64 = 5_000;

/// One script takes two seconds; one that takes this long hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// One process says nothing about the spread between processes.
const ROUNDS_MIN: usize = 2;

/// How much is to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Fresh processes for each question to each interpreter.
    pub rounds: u32,
    /// Threads, or processes, that compute.
    pub workers: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Ordered by benchmark and metric.
    pub measurements: Vec<Measurement>,
    /// What went wrong; a question that failed once is not asked again.
    pub failures: Vec<Failure>,
    /// What an interpreter has no means for.
    pub omissions: Vec<Omission>,
}

/// A benchmark in one metric.
type Key = (BenchmarkId, Metric);

/// The rounds of each.
type Series = BTreeMap<Key, Vec<Round>>;

/// Asks every interpreter every question, round by round, so that a slow minute of the machine touches all alike.
///
/// `tell` hears of every round before it begins.
///
/// # Errors
///
/// When no server can listen on the loopback address.
pub fn measure(
    interpreters: &[Interpreter],
    plan: &Plan,
    scripts: &Scripts,
    mut tell: impl FnMut(u32),
) -> io::Result<Outcome> {
    let server = Server::start(Duration::from_millis(DELAY_MS))?;
    let mut outcome = Outcome::default();
    let mut asked: Vec<(&Interpreter, Question)> = Vec::new();
    for interpreter in interpreters {
        let (questions, omissions) = questions(interpreter, plan, server.port());
        asked.extend(questions.into_iter().map(|question| (interpreter, question)));
        outcome.omissions.extend(omissions);
    }
    let mut series = Series::new();
    for number in 1..=plan.rounds {
        tell(number);
        asked.retain(|(interpreter, question)| match ask(interpreter, question, scripts) {
            Ok(rounds) => {
                rounds.into_iter().for_each(|(key, round)| series.entry(key).or_default().push(round));
                true
            }
            Err(reason) => {
                outcome.failures.extend(question.expected.iter().map(|asked| Failure {
                    topic: TOPIC.to_owned(),
                    benchmark: question.id(interpreter, asked.function).to_string(),
                    reason: reason.clone(),
                }));
                false
            }
        });
    }
    outcome.measurements =
        series.into_iter().filter_map(|((id, metric), rounds)| measurement(id, metric, rounds)).collect();
    Ok(outcome)
}

/// One question in one fresh process.
fn ask(interpreter: &Interpreter, question: &Question, scripts: &Scripts) -> Result<Vec<(Key, Round)>, String> {
    let mut command = interpreter.command(scripts, question.script);
    command.args(&question.arguments);
    let answer = answer_of(command, LIMIT)?;
    let mut rounds = Vec::new();
    for (function, samples) in samples(&answer, &question.expected)? {
        let id = question.id(interpreter, function);
        let mut add = |metric, value: fn(&Sample) -> Option<u64>| {
            let values: Option<Vec<f64>> = samples.iter().map(|sample| value(sample).map(|ns| ns as f64)).collect();
            if let Some(round) = values.and_then(round) {
                rounds.push(((id.clone(), metric), round));
            }
        };
        add(Metric::WallTime, |sample| Some(sample.elapsed_ns));
        add(Metric::CpuTime, |sample| sample.cpu_ns);
    }
    Ok(rounds)
}

fn measurement(benchmark: BenchmarkId, metric: Metric, rounds: Vec<Round>) -> Option<Measurement> {
    let quality = if rounds.len() < ROUNDS_MIN {
        Quality::Inconclusive(format!("it has {} round, and {ROUNDS_MIN} tell of a spread", rounds.len()))
    } else {
        Quality::Good
    };
    Some(Measurement {
        topic: TOPIC.to_owned(),
        benchmark,
        metric,
        estimate: across(&rounds)?,
        samples: rounds.iter().map(|round| round.samples).sum(),
        rounds,
        floor: None,
        calibrator: None,
        calibrated: None,
        quality,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// An interpreter that answers every question with what a shell script says; `$2` is our script, the rest its arguments.
    fn made_up(folder: &std::path::Path, text: &str) -> Interpreter {
        let program = folder.join("python3");
        fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let start_methods = Vec::new();
        Interpreter {
            program,
            version: (3, 9, 1),
            gil: true,
            start_methods,
            interpreters: false,
            interpreter_pool: false,
        }
    }

    #[test]
    fn right_answers_become_rounds_and_all_others_rows() {
        let folder = tempfile::tempdir().unwrap();
        let scripts = Scripts::write(folder.path()).unwrap();
        let text = "case $2 in\n*start.py) for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo \
                    '{\"function\":\"thread\",\"elapsed_ns\":90000,\"checksum\":1}'; done;;\n*calc.py) echo rubbish;;\n\
                    *wake.py) cat /dev/zero;;\n*) exit 3;;\nesac";
        let interpreter = made_up(folder.path(), text);
        let mut told = Vec::new();
        let outcome = measure(&[interpreter], &Plan { rounds: 2, workers: 2 }, &scripts, |n| told.push(n)).unwrap();
        assert_eq!(told, [1, 2]);
        let [thread] = &outcome.measurements[..] else { panic!("{:?}", outcome.measurements) };
        assert_eq!(thread.benchmark.to_string(), "python_start/thread/gil=1,python=30901");
        assert_eq!((thread.samples, thread.rounds.len(), thread.estimate.center()), (40, 2, 90_000.0));
        let mut reasons: Vec<&str> = outcome.failures.iter().map(|failure| failure.reason.as_str()).collect();
        assert_eq!(reasons.len(), 6, "every function of a question that failed is a row");
        reasons.dedup();
        assert_eq!(reasons.len(), 3, "each failed once and was not asked again");
        for (reason, expected) in reasons.iter().zip(["no sample", "exit status: 3", "more than"]) {
            assert!(reason.contains(expected), "{expected}: {reason}");
        }
    }
}
