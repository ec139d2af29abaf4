mod causes;
mod counts;
mod rows;
mod sides;

use super::*;
use crate::model::{Fact, MachineKey, Measurement, Metric, Quality, Round, Run};
use crate::verdict::fixture;

/// Values of rounds that lie within a per cent of `level`, the same for every call.
fn near(level: f64, count: usize) -> Vec<f64> {
    let ripple = [0.0, 0.4, -0.3, 0.7, -0.6, 0.2, -0.1, 0.5];
    (0..count).map(|place| level * (1.0 + ripple[place % ripple.len()] / 100.0)).collect()
}

/// What is told of a series.
struct Told {
    topic: &'static str,
    benchmark: &'static str,
    metric: Metric,
    rounds: Vec<f64>,
    /// A calibrator's value for every round.
    calibrator: Option<f64>,
    samples: u64,
}

fn wall(benchmark: &'static str, rounds: Vec<f64>) -> Told {
    Told { topic: "spawn", benchmark, metric: Metric::WallTime, rounds, calibrator: None, samples: 10 }
}

fn measurement(told: &Told) -> Measurement {
    let round = |&value: &f64| Round {
        samples: told.samples,
        min: value,
        p10: value,
        median: value * 1.1,
        calibrators: told.calibrator.map(|value| ("syscall".to_owned(), value)).into_iter().collect(),
        granted: None,
    };
    let one = fixture::time(told.topic, told.benchmark, 1.0, 1.0, 1.0);
    Measurement {
        metric: told.metric,
        rounds: told.rounds.iter().map(round).collect(),
        calibrator: told.calibrator.map(|_| "syscall".to_owned()),
        ..one
    }
}

fn run(id: u64, told: &[Told]) -> Run {
    let mut run = fixture::empty_run();
    run.id = format!("{id:016x}");
    run.commit.dirty = false;
    run.measurements = told.iter().map(measurement).collect();
    run
}

fn side(name: &str, runs: &[Run]) -> Side {
    let source = |run: &Run| Source::of_run(&format!("{}.json", run.id), run);
    Side { name: name.to_owned(), sources: runs.iter().map(source).collect() }
}

fn compared(baseline: &[Run], candidate: &[Run]) -> Comparison {
    compare(&side("A", baseline), &side("B", candidate), &|_| true).unwrap()
}

/// The only row of two runs of one series each.
fn row(baseline: Told, candidate: Told) -> Row {
    let mut comparison = compared(&[run(1, &[baseline])], &[run(2, &[candidate])]);
    assert_eq!(comparison.rows.len(), 1, "{comparison:?}");
    comparison.rows.remove(0)
}

fn timed(rounds: Vec<f64>) -> Told {
    wall("spawn/fork/count=1", rounds)
}

fn calibrated(rounds: Vec<f64>, calibrator: f64) -> Told {
    Told { calibrator: Some(calibrator), ..timed(rounds) }
}

/// A process of another harness, whose samples nobody else has.
fn foreign(name: &str, benchmark: &str, min: f64, work: Option<&str>) -> Source {
    let series = Series {
        topic: "python".to_owned(),
        foreign: false,
        benchmark: benchmark.to_owned(),
        metric: Metric::WallTime,
        work: work.map(str::to_owned),
        doubt: None,
        calibrator: None,
        processes: vec![Process { samples: 100, min, median: min * 1.2, calibrator: None }],
    };
    Source { place: name.to_owned(), origin: None, series: vec![series], gaps: Default::default() }
}
