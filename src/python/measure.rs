//! Rounds of tasks for every interpreter, and their times.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use fastrand::Rng;

use super::answer::{Answer, Sample, answer_of, samples};
use super::interpreter::{Interpreter, TOPIC};
use super::scripts::Scripts;
use super::task::{DELAY_MS, LOWER_BOUND, Plan, Task, tasks};
use crate::model::{BenchmarkId, CPU_AVAILABILITY_MIN, Failure, Metric, Omission};
use crate::workloads::{beside_others, serve_in_thread};

/// One script takes two seconds; one that takes this long hangs, and as much longer for every worker, since one thread may
/// have to do the work of all.
const LIMIT: Duration = Duration::from_secs(120);
const LIMIT_EACH: Duration = Duration::from_secs(5);

/// Seeds that every reader of JSON takes up exactly.
const SEED_BITS: u32 = 52;

/// Values of a benchmark in a metric.
pub type Times = BTreeMap<(BenchmarkId, Metric), Vec<Timed>>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timed {
    pub round: u64,
    /// From this the order of the functions in their process was drawn.
    pub order_seed: u64,
    /// In the unit of the metric.
    pub value: u64,
    /// The share of the CPUs that its task needs which others left to it in that round.
    pub cpu_availability: f64,
}

/// A task of an interpreter, and the number of its rounds that were undisturbed.
struct Asked<'a> {
    interpreter: &'a Interpreter,
    task: Task,
    undisturbed: u32,
}

/// What the interpreters measured, and what failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What the interpreters measured, checked.
    pub times: Times,
    /// What went wrong; a task whose whole answer was lost is not tried again.
    pub failures: Vec<Failure>,
    /// What an interpreter does not have.
    pub omissions: Vec<Omission>,
}

/// The names of everything that the interpreters can measure.
pub fn benchmarks(interpreters: &[Interpreter], plan: &Plan) -> Vec<BenchmarkId> {
    let asked = |interpreter| tasks(interpreter, plan, 0, &|_| true).0;
    let names =
        |interpreter| asked(interpreter).into_iter().flat_map(move |task| task.ids(interpreter).collect::<Vec<_>>());
    interpreters.iter().flat_map(names).collect()
}

/// Has every interpreter do every task, round by round, so that a slow minute of the machine touches all alike. Tasks that lacked
/// CPUs in some rounds have more of them, twice as many at most. The functions of a task take turns, in an order drawn for the round.
///
/// `wanted` selects benchmarks. `begin` is called before every round, and returns whether the round takes place.
pub fn measure(
    interpreters: &[Interpreter],
    plan: &Plan,
    scripts: &Scripts,
    wanted: impl Fn(&BenchmarkId) -> bool,
    mut begin: impl FnMut(u32) -> bool,
) -> io::Result<Outcome> {
    let port = serve_in_thread(Duration::from_millis(DELAY_MS))?;
    let mut outcome = Outcome::default();
    let mut asked: Vec<Asked> = Vec::new();
    for interpreter in interpreters {
        let (tasks, omissions) = tasks(interpreter, plan, port, &wanted);
        asked.extend(tasks.into_iter().map(|task| Asked { interpreter, task, undisturbed: 0 }));
        outcome.omissions.extend(omissions);
    }
    let limit = LIMIT + LIMIT_EACH * u32::try_from(plan.workers).unwrap_or(u32::MAX);
    for number in 1..=2 * plan.rounds {
        let is_due = |asked: &Asked| asked.undisturbed < plan.rounds;
        if !asked.iter().any(is_due) || !begin(number) {
            break;
        }
        let order_seed = fastrand::u64(..1 << SEED_BITS);
        asked.retain_mut(|asked| {
            if !is_due(asked) {
                return true;
            }
            let Asked { interpreter, task, undisturbed } = asked;
            let arguments = task.arguments_in_order(&mut Rng::with_seed(order_seed));
            let (answer, share) = beside_others(task.cpus(plan), || run(interpreter, task, arguments, scripts, limit));
            *undisturbed += u32::from(share >= CPU_AVAILABILITY_MIN);
            let round = (number.into(), order_seed, share);
            match answer {
                Ok(answer) => {
                    for (function, samples) in answer {
                        outcome.note(&task.id(interpreter, function), round, samples);
                    }
                    true
                }
                Err(reason) => {
                    for asked in &task.expected {
                        outcome.note(&task.id(interpreter, asked.function), round, Err(reason.clone()));
                    }
                    false
                }
            }
        });
    }
    Ok(outcome)
}

impl Outcome {
    /// The function that does the least that the work of this benchmark needs, where it was measured, too.
    pub fn lower_bound(&self, id: &BenchmarkId) -> Option<&'static str> {
        let is_bound = |bound: &BenchmarkId| bound != id && self.times.contains_key(&(bound.clone(), Metric::WallTime));
        is_bound(&id.with_function(LOWER_BOUND)).then_some(LOWER_BOUND)
    }

    /// Notes the samples of a round, or once why there are none.
    fn note(
        &mut self,
        id: &BenchmarkId,
        (round, order_seed, cpu_availability): (u64, u64, f64),
        samples: Result<Vec<Sample>, String>,
    ) {
        match samples {
            Ok(samples) => {
                for (metric, value) in samples.iter().flat_map(Sample::values) {
                    let timed = Timed { round, order_seed, value, cpu_availability };
                    self.times.entry((id.clone(), metric)).or_default().push(timed);
                }
            }
            Err(reason) => {
                let failure = Failure { topic: TOPIC.to_owned(), benchmark: id.to_string(), reason };
                if !self.failures.contains(&failure) {
                    self.failures.push(failure);
                }
            }
        }
    }
}

fn run(
    interpreter: &Interpreter,
    task: &Task,
    arguments: Vec<String>,
    scripts: &Scripts,
    limit: Duration,
) -> Result<Answer, String> {
    let mut command = interpreter.command(scripts, task.script);
    command.args(arguments);
    samples(&answer_of(command, limit)?, &task.expected)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// An interpreter that answers every task with what a shell script says; `$2` is our script, the rest its arguments.
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
            shared_memory: false,
        }
    }

    #[test]
    fn right_answers_become_rounds_and_all_others_rows() {
        let folder = tempfile::tempdir().unwrap();
        let scripts = Scripts::write(folder.path()).unwrap();
        let text = "case $2 in\n*start.py) for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo \
                    '{\"function\":\"thread\",\"wall_time\":90000,\"checksum\":1}'; done;;\n*calc.py) echo rubbish;;\n\
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
        let times: Vec<(u64, u64)> = times.iter().map(|timed| (timed.round, timed.value)).collect();
        assert_eq!(times, [vec![(1, 90_000); 20], vec![(2, 90_000); 20]].concat());
        let mut reasons: Vec<&str> = outcome.failures.iter().map(|failure| failure.reason.as_str()).collect();
        assert_eq!(reasons.len(), 15, "every function of a task that failed is a row");
        reasons.dedup();
        assert_eq!(reasons.len(), 3, "each failed once and was not asked again");
        for (reason, expected) in reasons.iter().zip(["not a sample", "exit status: 3", "more than"]) {
            assert!(reason.contains(expected), "{expected}: {reason}");
        }
    }
}
