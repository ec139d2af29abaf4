//! Two benchmarks of one program, in fresh processes that take turns.

use std::path::Path;
use std::time::{Duration, Instant};

use super::launcher::Launcher;
use crate::workloads::WorkerError;

const ROUNDS: usize = 7;
/// Samples of a process; the middle one is its value, as it is where curves are measured.
const SLICES: usize = 5;
/// A sample takes about so long, ms: far longer than a look at the clock.
const SLICE_MS: f64 = 4.0;
/// The most operations of a sample, so that one that takes no time ends.
const OPERATIONS_MAX: f64 = 1e6;

/// The middle time of an operation of each of two benchmarks, ns, over fresh processes that take turns.
///
/// `None` when `until` passed before the last round.
///
/// Fails with the reason why the launcher did not answer.
pub fn side_by_side(
    launcher: &Path,
    scratch: &Path,
    benchmarks: [&str; 2],
    until: Instant,
) -> Result<Option<[f64; 2]>, String> {
    let mut values = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        // The first one meets a machine that has just been busy with something else.
        for side in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            if Instant::now() >= until {
                return Ok(None);
            }
            values[side].push(
                time(launcher, scratch, benchmarks[side]).map_err(|error| format!("{}: {error}", benchmarks[side]))?,
            );
        }
    }
    Ok(Some(values.map(middle)))
}

/// The middle time of an operation in one fresh process, ns.
fn time(launcher: &Path, scratch: &Path, benchmark: &str) -> Result<f64, WorkerError> {
    let mut launcher = Launcher::start(launcher, scratch)?;
    launcher.time(benchmark, 1)?;
    let once = launcher.time(benchmark, 1)?.elapsed_ns;
    let slice_ns = Duration::from_millis(1).as_nanos() as f64 * SLICE_MS;
    let operations = (slice_ns / once).clamp(1.0, OPERATIONS_MAX);
    let mut slices = Vec::with_capacity(SLICES);
    for _ in 0..SLICES {
        slices.push(launcher.time(benchmark, operations as u64)?.elapsed_ns / operations.floor());
    }
    launcher.finish()?;
    Ok(middle(slices))
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_launcher_is_named() {
        let until = Instant::now() + Duration::from_secs(3600);
        let nowhere = Path::new("nowhere/worker");
        let error = side_by_side(nowhere, Path::new("."), ["a/b", "a/c"], until).unwrap_err();
        assert!(error.starts_with("a/b: nowhere/worker"), "{error}");
        assert_eq!(side_by_side(nowhere, Path::new("."), ["a/b", "a/c"], Instant::now()), Ok(None));
    }
}
