//! What one lock around an interpreter costs: the same work under one lock for all workers, and under one lock each.
//!
//! Threads share one interpreter and hence one lock; a process brings its own. The lock is a model of CPython's, see
//! [`lock`]: held while computing, given up while waiting, requested after 5 ms.

mod lock;
mod wake;

use std::hint::black_box;
use std::sync::Arc;

use super::cpu::SQUARE_ROOTS;
use super::mechanism::Mechanism;
use super::requests;
use super::worker_group::{group_workload, workers};
use super::{Parameters, WorkerError, Workload};
use lock::{Inside, Lock, SWITCH_INTERVAL};

pub(super) use wake::prepare as prepare_wake;

/// Square roots between two looks for a request. CPython looks at every jump backwards; a native loop is so much
/// faster that looking as often would be a good part of the work itself.
const ROOTS_A_BREATH: u64 = 100;

/// The workloads of the group `gil_calc`: the square roots of `calc`, 4,000,000 a worker, inside an interpreter.
///
/// Inside the clock: entering, computing and leaving, from the first worker's entry to the last one's leaving.
pub(super) fn prepare_calc(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    match function {
        "one_lock" => {
            let lock = Arc::new(Lock::new(SWITCH_INTERVAL));
            Ok(calc_inside(Mechanism::Threads, workers(parameters)?, move || lock.clone()))
        }
        "lock_each" => {
            let own = || Arc::new(Lock::new(SWITCH_INTERVAL));
            Ok(calc_inside(Mechanism::Processes, workers(parameters)?, own))
        }
        // One worker and nobody to ask: the loop in the same steps, without a lock.
        "floor" => Ok(group_workload(Mechanism::Threads, 1, |_| Box::new(|| calc(|| {})))),
        _ => Err(WorkerError::unknown("gil_calc", function)),
    }
}

fn calc_inside(mechanism: Mechanism, workers: u64, lock: impl Fn() -> Arc<Lock> + Send + Sync + 'static) -> Workload {
    group_workload(mechanism, workers, move |index| {
        let lock = lock();
        Box::new(move || {
            let inside = Inside::enter(lock.clone(), index);
            calc(|| inside.breathe())
        })
    })
}

/// The workloads of the group `gil_requests`: the twenty requests of `requests`, asked from inside an interpreter.
///
/// Inside the clock: starting the workers, their requests, and waiting for their end. The lock is given up around each
/// call that may wait: connecting, sending, receiving.
pub(super) fn prepare_requests(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    match function {
        "one_lock" => {
            let (workers, server) = requests::workers_and_server(parameters)?;
            let lock = Arc::new(Lock::new(SWITCH_INTERVAL));
            Ok(requests::threads(server, workers, move |index| Inside::enter(lock.clone(), index)))
        }
        "lock_each" => {
            let (workers, server) = requests::workers_and_server(parameters)?;
            let own = |index| Inside::enter(Arc::new(Lock::new(SWITCH_INTERVAL)), index);
            Ok(requests::processes(server, workers, own))
        }
        _ => Err(WorkerError::unknown("gil_requests", function)),
    }
}

/// The square roots of 1 … 4,000,000, added up; `breathe` is called after every hundred.
///
/// The sum is checked against the formula of Euler and Maclaurin, to one part in a thousand million.
fn calc(breathe: impl Fn()) -> u64 {
    let mut sum = 0.0;
    for first in (1..=SQUARE_ROOTS).step_by(ROOTS_A_BREATH as usize) {
        sum += steps(first);
        breathe();
    }
    let n = SQUARE_ROOTS as f64;
    let expected = n.sqrt() * (2.0 / 3.0 * n + 0.5);
    assert!((sum / expected - 1.0).abs() < 1e-9, "the square roots add up to {sum}, not to {expected}");
    SQUARE_ROOTS
}

/// The sum of as many square roots as there are in one breath.
fn steps(first: u64) -> f64 {
    let numbers = first as i64..(first + ROOTS_A_BREATH) as i64;
    numbers.map(|number| black_box((black_box(number) as f64).sqrt())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn the_square_roots_are_all_there_and_so_are_the_breaths() {
        let breaths = Cell::new(0);
        assert_eq!(calc(|| breaths.set(breaths.get() + 1)), SQUARE_ROOTS);
        assert_eq!(breaths.get(), SQUARE_ROOTS / ROOTS_A_BREATH);
    }
}
