//! What an interpreter does: a script, its arguments, and what the answer has to hold.

use super::answer::Expected;
use super::interpreter::{Interpreter, TOPIC};
use crate::model::{BenchmarkId, Omission};

/// How long the server lets a request wait, ms; as in the native benchmark.
pub const DELAY_MS: u64 = 10;

/// After how long a waiting thread requests the lock, µs: CPython's own default, and that of the native model.
pub const INTERVAL_US: u64 = 5_000;

/// Square roots that each worker computes; the scripts compute as many.
const ROOTS: f64 = 4e6;

/// Requests of one sample; the scripts send as many.
const REQUESTS: u64 = 20;

/// Starts that are timed in one round. A thread's takes a tenth of a millisecond, a spawned process's some forty.
const STARTS: [(&str, usize); 5] = [("thread", 20), ("fork", 10), ("forkserver", 10), ("spawn", 4), ("interpreter", 5)];

/// Waits that are timed in one round, alone and next to a busy thread each.
const WAITS: usize = 20;

const WAKE: &str = "wake.py";

/// What each interpreter is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Fresh processes for each task to each interpreter.
    pub rounds: u32,
    /// Threads, or processes, that compute.
    pub workers: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Task {
    pub(super) script: &'static str,
    pub(super) group: &'static str,
    /// The axes that are not the interpreter's.
    pub(super) parameters: Vec<(&'static str, u64)>,
    pub(super) arguments: Vec<String>,
    pub(super) expected: Vec<Expected>,
}

/// Every wanted task that an interpreter can do; what it cannot do is skipped, with the reason.
pub(super) fn tasks(
    interpreter: &Interpreter,
    plan: &Plan,
    port: u16,
    wanted: &dyn Fn(&BenchmarkId) -> bool,
) -> (Vec<Task>, Vec<Omission>) {
    let calc = ["serial", "threads", "processes", "interpreters"].map(|function| (function, 1)).to_vec();
    let requests = ["sequential", "threads", "processes"].map(|function| (function, 1)).to_vec();
    let waits = ["alone", "beside_busy"].map(|function| (function, WAITS)).to_vec();
    let workers = vec![("workers", plan.workers)];
    let servers = vec![("delay_ms", DELAY_MS), ("workers", REQUESTS)];
    let mut tasks = vec![
        task("calc.py", "python_calc", workers, calc, sum_of_roots(plan.workers)),
        task("requests.py", "python_requests", servers, requests, REQUESTS as f64),
        task("start.py", "python_start", Vec::new(), STARTS.to_vec(), 1.0),
        task(WAKE, "python_wake", vec![("interval_us", INTERVAL_US)], waits, 1.0),
    ];
    let mut omissions = Vec::new();
    for task in &mut tasks {
        let whole = task.clone();
        // Its two waits are one answer.
        let is_one = whole.script == WAKE && whole.ids(interpreter).any(|id| wanted(&id));
        task.expected.retain(|asked| is_one || wanted(&whole.id(interpreter, asked.function)));
        task.expected.retain(|asked| {
            let missing = missing(interpreter, whole.group, asked.function);
            omissions.extend(missing.iter().map(|reason| Omission {
                topic: TOPIC.to_owned(),
                what: whole.id(interpreter, asked.function).to_string(),
                reason: reason.clone(),
            }));
            missing.is_none()
        });
        task.arguments = arguments(task, plan, port);
    }
    tasks.retain(|task| !task.expected.is_empty());
    (tasks, omissions)
}

fn task(
    script: &'static str,
    group: &'static str,
    parameters: Vec<(&'static str, u64)>,
    functions: Vec<(&'static str, usize)>,
    checksum: f64,
) -> Task {
    let expected = functions.into_iter().map(|(function, samples)| Expected { function, samples, checksum }).collect();
    Task { script, group, parameters, expected, arguments: Vec::new() }
}

fn arguments(task: &Task, plan: &Plan, port: u16) -> Vec<String> {
    let names = task.expected.iter().map(|asked| asked.function.to_owned());
    match task.script {
        "calc.py" => [plan.workers.to_string()].into_iter().chain(names).collect(),
        "requests.py" => [port.to_string()].into_iter().chain(names).collect(),
        "start.py" => task.expected.iter().map(|asked| format!("{}={}", asked.function, asked.samples)).collect(),
        _ => vec![WAITS.to_string()],
    }
}

impl Task {
    pub(super) fn ids(&self, interpreter: &Interpreter) -> impl Iterator<Item = BenchmarkId> {
        self.expected.iter().map(|asked| self.id(interpreter, asked.function))
    }

    /// The name of the benchmark that one of its functions is, in this interpreter.
    pub(super) fn id(&self, interpreter: &Interpreter, function: &str) -> BenchmarkId {
        let own = [("python", interpreter.number()), ("gil", u64::from(interpreter.gil))];
        BenchmarkId::new(self.group, function, &[&self.parameters[..], &own].concat())
    }
}

fn missing(interpreter: &Interpreter, group: &str, function: &str) -> Option<String> {
    let method = match (group, function) {
        ("python_calc", "interpreters") => {
            return (!interpreter.interpreter_pool).then(|| "it does not have pools of interpreters".to_owned());
        }
        ("python_start", "interpreter") => {
            return (!interpreter.interpreters).then(|| "it does not have subinterpreters".to_owned());
        }
        (_, "processes") => "fork",
        (_, "fork" | "forkserver" | "spawn") => function,
        _ => return None,
    };
    let has = interpreter.start_methods.iter().any(|own| own == method);
    (!has).then(|| format!("it cannot start processes by {method}"))
}

/// The sum of the square roots of 1 … 4,000,000 for each worker, by the formula of Euler and Maclaurin; what the formula
/// leaves out is a part in ten thousand millions.
fn sum_of_roots(workers: u64) -> f64 {
    workers as f64 * ROOTS.sqrt() * (2.0 / 3.0 * ROOTS + 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { rounds: 1, workers: 3 };

    fn interpreter() -> Interpreter {
        Interpreter {
            program: "/made/up".into(),
            version: (3, 11, 7),
            gil: true,
            start_methods: vec!["spawn".to_owned(), "forkserver".to_owned()],
            interpreters: false,
            interpreter_pool: true,
        }
    }

    #[test]
    fn an_interpreter_does_only_what_it_can() {
        let (tasks, omissions) = tasks(&interpreter(), &PLAN, 80, &|_| true);
        let arguments: Vec<String> = tasks.iter().map(|task| task.arguments.join(" ")).collect();
        let expected =
            ["3 serial threads interpreters", "80 sequential threads", "thread=20 forkserver=10 spawn=4", "20"];
        assert_eq!(arguments, expected);
        let skipped: Vec<&str> = omissions.iter().map(|omission| omission.what.as_str()).collect();
        let of = [
            "python_calc/processes/gil=1,python=31107,workers=3",
            "python_requests/processes/delay_ms=10,gil=1,python=31107,workers=20",
            "python_start/fork/gil=1,python=31107",
            "python_start/interpreter/gil=1,python=31107",
        ];
        assert_eq!(skipped, of);
    }

    #[test]
    fn only_wanted_tasks_are_done() {
        let wanted =
            |id: &BenchmarkId| ["threads", "alone"].contains(&id.function.as_str()) && id.group != "python_calc";
        let (tasks, omissions) = tasks(&interpreter(), &PLAN, 80, &wanted);
        let asked: Vec<String> =
            tasks.iter().map(|task| format!("{} {}", task.script, task.arguments.join(" "))).collect();
        assert_eq!(asked, ["requests.py 80 threads", "wake.py 20"]);
        assert_eq!((tasks[1].expected.len(), omissions.len()), (2, 0));
    }

    #[test]
    fn the_sum_is_what_an_interpreter_adds_up_to() {
        // Two workers, as CPython 3.6.15 and 3.13.0 compute it.
        assert!((sum_of_roots(2) / 10_666_668_666.250_244 - 1.0).abs() < 1e-10);
    }
}
