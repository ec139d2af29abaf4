//! What an interpreter does: a script, its arguments, and what the answer has to hold.

use fastrand::Rng;

use super::answer::Expected;
use super::interpreter::{Interpreter, SHARED, TOPIC};
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
const STARTS: [(&str, usize); 5] = [("thread", 20), ("fork", 10), ("forkserver", 6), ("spawn", 2), ("interpreter", 5)];

/// The function that does the least that the work of its group needs.
pub(super) const LOWER_BOUND: &str = "floor";

/// Hand-overs that are timed in one round; pickled ones take a tenth of a second.
const HAND_OVERS: [(&str, usize); 4] = [(LOWER_BOUND, 5), ("thread", 5), ("pickled", 1), ("shared_memory", 1)];

const POOLS: [(&str, usize); 3] = [(LOWER_BOUND, 20), ("threads", 20), ("processes", 20)];

/// What is handed over, as the scripts make it, and the bytes of it between two items that are read.
const BYTES: u64 = 16 << 20;
const FLOATS: u64 = 1_000_000;
const PAGE_BYTES: u64 = 4096;

/// The first 32 bits of SHA-256 of 16 MiB of zeros.
const HASH: f64 = 0x080a_cf35 as f64;

/// What each thread reads in one sample of `shared.py`.
const READS: u64 = 500_000;

/// Waits that are timed in one round, alone and next to a busy thread each.
const WAITS: usize = 20;

const WAKE: &str = "wake.py";
const HASH_GROUP: &str = "python_hash";

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
    let hash = calc[..3].to_vec();
    let memory = ["thread", "fork", "fork_reading", "spawn"].map(|function| (function, 1)).to_vec();
    let hand_over =
        |group, kind, items, sum| task("hand_over.py", group, vec![(kind, items)], HAND_OVERS.to_vec(), sum);
    let mut tasks = vec![
        task("calc.py", "python_calc", workers.clone(), calc, sum_of_roots(plan.workers)),
        task("calc.py", HASH_GROUP, workers.clone(), hash, plan.workers as f64 * HASH),
        hand_over("python_bytes", "bytes", BYTES, sum_of_bytes()),
        hand_over("python_floats", "floats", FLOATS, sum_of_floats()),
        task("pool.py", "python_pool", Vec::new(), POOLS.to_vec(), 1.0),
        task("memory.py", "python_worker_memory", Vec::new(), memory, 1.0),
        task("requests.py", "python_requests", servers, requests, REQUESTS as f64),
        task("start.py", "python_start", Vec::new(), STARTS.to_vec(), 1.0),
        task(WAKE, "python_wake", vec![("interval_us", INTERVAL_US)], waits, 1.0),
    ];
    // Threads that take turns at one lock do not meet in what they share.
    tasks.extend((!interpreter.gil).then(|| {
        let shared = ["own", "object", "module_function", "thread_local"].map(|function| (function, 1)).to_vec();
        task("shared.py", SHARED, workers, shared, (plan.workers * READS) as f64)
    }));
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
    let workers = plan.workers.to_string();
    let first = match task.script {
        "calc.py" => vec![workers, if task.group == HASH_GROUP { "hash" } else { "roots" }.to_owned()],
        "requests.py" => vec![port.to_string()],
        "hand_over.py" => task.parameters.iter().map(|(kind, _)| (*kind).to_owned()).collect(),
        "shared.py" => vec![workers],
        WAKE => return vec![WAITS.to_string()],
        _ => Vec::new(),
    };
    let name = |asked: &Expected| match task.script {
        "start.py" | "hand_over.py" | "pool.py" => format!("{}={}", asked.function, asked.samples),
        _ => asked.function.to_owned(),
    };
    first.into_iter().chain(task.expected.iter().map(name)).collect()
}

impl Task {
    pub(super) fn ids(&self, interpreter: &Interpreter) -> impl Iterator<Item = BenchmarkId> {
        self.expected.iter().map(|asked| self.id(interpreter, asked.function))
    }

    /// Its arguments, with the functions in a random order.
    pub(super) fn arguments_in_order(&self, random: &mut Rng) -> Vec<String> {
        let mut arguments = self.arguments.clone();
        let functions = if self.script == WAKE { 0 } else { self.expected.len() };
        let first = arguments.len() - functions;
        random.shuffle(&mut arguments[first..]);
        arguments
    }

    /// How many CPUs it keeps busy at once.
    pub(super) fn cpus(&self, plan: &Plan) -> usize {
        match self.script {
            "calc.py" | "shared.py" => plan.workers as usize,
            "hand_over.py" | "pool.py" | "requests.py" => 2,
            // Not a time.
            "memory.py" => 0,
            _ => 1,
        }
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
        (_, "shared_memory") if !interpreter.shared_memory => {
            return Some("it does not have multiprocessing.shared_memory".to_owned());
        }
        (_, "processes" | "pickled" | "shared_memory" | "fork_reading") => "fork",
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

/// As a worker answers that is handed bytes of value 1: how many they are, and the sum of those that it reads.
fn sum_of_bytes() -> f64 {
    (BYTES + BYTES / PAGE_BYTES) as f64
}

/// The same of 0, 1, 2 …
fn sum_of_floats() -> f64 {
    let step = PAGE_BYTES / 8;
    (FLOATS + (0..FLOATS).step_by(step as usize).sum::<u64>()) as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
            shared_memory: true,
        }
    }

    #[test]
    fn an_interpreter_does_only_what_it_can() {
        let (tasks, omissions) = tasks(&interpreter(), &PLAN, 80, &|_| true);
        let arguments: Vec<String> = tasks.iter().map(|task| task.arguments.join(" ")).collect();
        let expected = [
            "3 roots serial threads interpreters",
            "3 hash serial threads",
            "bytes floor=5 thread=5",
            "floats floor=5 thread=5",
            "floor=20 threads=20",
            "thread spawn",
            "80 sequential threads",
            "thread=20 forkserver=6 spawn=2",
            "20",
        ];
        assert_eq!(arguments, expected);
        let skipped: Vec<&str> = omissions.iter().map(|omission| omission.what.as_str()).collect();
        let of = [
            "python_calc/processes/gil=1,python=31107,workers=3",
            "python_hash/processes/gil=1,python=31107,workers=3",
            "python_bytes/pickled/bytes=16777216,gil=1,python=31107",
            "python_bytes/shared_memory/bytes=16777216,gil=1,python=31107",
            "python_floats/pickled/floats=1000000,gil=1,python=31107",
            "python_floats/shared_memory/floats=1000000,gil=1,python=31107",
            "python_pool/processes/gil=1,python=31107",
            "python_worker_memory/fork/gil=1,python=31107",
            "python_worker_memory/fork_reading/gil=1,python=31107",
            "python_requests/processes/delay_ms=10,gil=1,python=31107,workers=20",
            "python_start/fork/gil=1,python=31107",
            "python_start/interpreter/gil=1,python=31107",
        ];
        assert_eq!(skipped, of);
    }

    #[test]
    fn what_threads_share_is_read_where_no_lock_makes_them_take_turns() {
        let groups = |gil| {
            let (tasks, _) = tasks(&Interpreter { gil, ..interpreter() }, &PLAN, 80, &|_| true);
            tasks
                .iter()
                .filter(|task| task.group == "python_shared")
                .map(|it| it.arguments.join(" "))
                .collect::<Vec<_>>()
        };
        assert_eq!(groups(false), ["3 own object module_function thread_local"]);
        assert!(groups(true).is_empty());
    }

    #[test]
    fn only_wanted_tasks_are_done() {
        let wanted = |id: &BenchmarkId| {
            ["threads", "alone"].contains(&id.function.as_str())
                && ["python_requests", "python_wake"].contains(&id.group.as_str())
        };
        let (tasks, omissions) = tasks(&interpreter(), &PLAN, 80, &wanted);
        let asked: Vec<String> =
            tasks.iter().map(|task| format!("{} {}", task.script, task.arguments.join(" "))).collect();
        assert_eq!(asked, ["requests.py 80 threads", "wake.py 20"]);
        assert_eq!((tasks[1].expected.len(), omissions.len()), (2, 0));
    }

    #[test]
    fn only_the_functions_of_a_task_change_their_order() {
        let (tasks, _) = tasks(&Interpreter { gil: false, ..interpreter() }, &PLAN, 80, &|_| true);
        for task in tasks {
            let orders: BTreeSet<Vec<String>> =
                (0..32).map(|seed| task.arguments_in_order(&mut Rng::with_seed(seed))).collect();
            let fixed = if task.script == WAKE { 1 } else { task.arguments.len() - task.expected.len() };
            assert!(orders.iter().all(|order| order[..fixed] == task.arguments[..fixed]), "{orders:?}");
            let is_sorted_alike = |order: &Vec<String>| {
                let sorted = |arguments: &[String]| BTreeSet::from_iter(arguments.to_vec());
                order.len() == task.arguments.len() && sorted(order) == sorted(&task.arguments)
            };
            assert!(orders.iter().all(is_sorted_alike) && (orders.len() > 1) == (task.script != WAKE), "{orders:?}");
        }
    }

    #[test]
    fn the_sum_is_what_an_interpreter_adds_up_to() {
        // Two workers, as CPython 3.6.15 and 3.13.0 compute it.
        assert!((sum_of_roots(2) / 10_666_668_666.250_244 - 1.0).abs() < 1e-10);
    }
}
