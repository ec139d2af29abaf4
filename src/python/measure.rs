//! Rounds of questions to every interpreter, and what they come to.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use super::answer::{Sample, answer_of, samples};
use super::question::{Question, questions};
use super::server::Server;
use super::{Interpreter, Scripts};
use crate::model::{BenchmarkId, Failure, Metric, Omission};

/// The topic of everything that is measured here.
pub(super) const TOPIC: &str = "python";

/// How long the server lets a request wait, ms; as in the native benchmark.
pub const DELAY_MS: u64 = 10;

/// After how long a waiting thread asks for the lock, µs: CPython's own default, and that of the native model.
pub const INTERVAL_US: u64 = 5_000;

/// One script takes two seconds; one that takes this long hangs, and as much longer for every worker, since one thread may
/// have to do the work of all.
const LIMIT: Duration = Duration::from_secs(120);
const LIMIT_EACH: Duration = Duration::from_secs(5);

/// How much is to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Fresh processes for each question to each interpreter.
    pub rounds: u32,
    /// Threads, or processes, that compute.
    pub workers: u64,
}

/// Times of a benchmark in a metric, ns, each with the number of its round.
pub type Times = BTreeMap<(BenchmarkId, Metric), Vec<(u64, u64)>>;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What the interpreters told, checked.
    pub times: Times,
    /// What went wrong; a question that failed once is not asked again.
    pub failures: Vec<Failure>,
    /// What an interpreter has no means for.
    pub omissions: Vec<Omission>,
}

/// The names of everything that the interpreters can be asked.
pub fn benchmarks(interpreters: &[Interpreter], plan: &Plan) -> Vec<BenchmarkId> {
    let asked = |interpreter| questions(interpreter, plan, 0, &|_| true).0;
    let names = |interpreter| {
        asked(interpreter).into_iter().flat_map(move |question| question.ids(interpreter).collect::<Vec<_>>())
    };
    interpreters.iter().flat_map(names).collect()
}

/// Asks every interpreter every question, round by round, so that a slow minute of the machine touches all alike.
///
/// `wanted` says of a benchmark whether it is. `begin` hears of every round before it begins, and says whether it shall.
///
/// # Errors
///
/// When no server can listen on the loopback address.
pub fn measure(
    interpreters: &[Interpreter],
    plan: &Plan,
    scripts: &Scripts,
    wanted: impl Fn(&BenchmarkId) -> bool,
    mut begin: impl FnMut(u32) -> bool,
) -> io::Result<Outcome> {
    let server = Server::start(Duration::from_millis(DELAY_MS))?;
    let mut outcome = Outcome::default();
    let mut asked: Vec<(&Interpreter, Question)> = Vec::new();
    for interpreter in interpreters {
        let (questions, omissions) = questions(interpreter, plan, server.port(), &wanted);
        asked.extend(questions.into_iter().map(|question| (interpreter, question)));
        outcome.omissions.extend(omissions);
    }
    for number in 1..=plan.rounds {
        if !begin(number) {
            break;
        }
        let limit = LIMIT + LIMIT_EACH * u32::try_from(plan.workers).unwrap_or(u32::MAX);
        asked.retain(|(interpreter, question)| match ask(interpreter, question, scripts, limit) {
            Ok(answer) => {
                for (function, samples) in answer {
                    outcome.note(&question.id(interpreter, function), number.into(), &samples);
                }
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
    Ok(outcome)
}

impl Outcome {
    fn note(&mut self, id: &BenchmarkId, round: u64, samples: &[Sample]) {
        for sample in samples {
            for (metric, ns) in [(Metric::WallTime, Some(sample.elapsed_ns)), (Metric::CpuTime, sample.cpu_ns)] {
                let times = ns.map(|ns| (round, ns));
                if times.is_some() {
                    self.times.entry((id.clone(), metric)).or_default().extend(times);
                }
            }
        }
    }
}

/// One question in one fresh process.
fn ask(
    interpreter: &Interpreter,
    question: &Question,
    scripts: &Scripts,
    limit: Duration,
) -> Result<BTreeMap<&'static str, Vec<Sample>>, String> {
    let mut command = interpreter.command(scripts, question.script);
    command.args(&question.arguments);
    samples(&answer_of(command, limit)?, &question.expected)
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
        let mut begun = Vec::new();
        let plan = Plan { rounds: 9, workers: 2 };
        let begin = |round| {
            begun.push(round);
            round <= 2
        };
        let outcome = measure(&[interpreter], &plan, &scripts, |id| id.function != "processes", begin).unwrap();
        assert_eq!(begun, [1, 2, 3], "the third was not wanted");
        let [((thread, metric), times)] = &outcome.times.iter().collect::<Vec<_>>()[..] else { panic!("{outcome:?}") };
        assert_eq!(
            (thread.to_string().as_str(), *metric),
            ("python_start/thread/gil=1,python=30901", Metric::WallTime)
        );
        assert_eq!(**times, [vec![(1, 90_000); 20], vec![(2, 90_000); 20]].concat());
        let mut reasons: Vec<&str> = outcome.failures.iter().map(|failure| failure.reason.as_str()).collect();
        assert_eq!(reasons.len(), 6, "every function of a question that failed is a row");
        reasons.dedup();
        assert_eq!(reasons.len(), 3, "each failed once and was not asked again");
        for (reason, expected) in reasons.iter().zip(["no sample", "exit status: 3", "more than"]) {
            assert!(reason.contains(expected), "{expected}: {reason}");
        }
    }
}
