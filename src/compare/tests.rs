mod attribution;
mod counts;
mod rows;
mod sides;

use super::judge::ComparisonReason;
use super::*;
use crate::model::{Fact, MachineKey, Measurement, Metric, Quality, Round, Run};
use crate::verdict::policy::{CHANGE_SESSION, CHANGE_SYSTEM, FALSE_DISCOVERY_RATE};
use crate::verdict::value::RoundStatistic;
use crate::verdict::{Binaries, Outcome, Sessions, Verdict, fixture};

/// Values of rounds that lie within a per cent of `level`, the same for every call.
fn near(level: f64, count: usize) -> Vec<f64> {
    let ripple = [0.0, 0.4, -0.3, 0.7, -0.6, 0.2, -0.1, 0.5];
    (0..count).map(|place| level * (1.0 + ripple[place % ripple.len()] / 100.0)).collect()
}

struct Measured {
    topic: &'static str,
    benchmark: &'static str,
    metric: Metric,
    rounds: Vec<f64>,
    reference: Option<f64>,
    samples: u64,
}

fn wall(benchmark: &'static str, rounds: Vec<f64>) -> Measured {
    Measured { topic: "spawn", benchmark, metric: Metric::WallTime, rounds, reference: None, samples: 10 }
}

fn measurement(measured: &Measured) -> Measurement {
    let round = |&value: &f64| Round {
        samples: measured.samples,
        min: value,
        p10: value,
        median: value * 1.1,
        references: measured.reference.map(|value| ("syscall".to_owned(), value)).into_iter().collect(),
        ..Round::default()
    };
    let one = fixture::time(measured.topic, measured.benchmark, 1.0, 1.0, 1.0);
    Measurement {
        metric: measured.metric,
        rounds: measured.rounds.iter().map(round).collect(),
        reference: measured.reference.map(|_| "syscall".to_owned()),
        ..one
    }
}

fn run(id: u64, measured: &[Measured]) -> Run {
    let mut run = fixture::empty_run();
    run.id = format!("{id:016x}");
    run.commit.dirty = false;
    run.measurements = measured.iter().map(measurement).collect();
    run
}

fn side(name: &str, runs: &[Run]) -> Side {
    let source = |run: &Run| Source::of_run(&format!("{}.json", run.id), run, &Sessions::of_rounds(run));
    Side { name: name.to_owned(), sources: runs.iter().map(source).collect(), ..Side::default() }
}

fn compared(baseline: &[Run], candidate: &[Run]) -> Comparison {
    compare(&side("A", baseline), &side("B", candidate), &|_| true).unwrap()
}

fn row(baseline: Measured, candidate: Measured) -> Row {
    let mut comparison = compared(&[run(1, &[baseline])], &[run(2, &[candidate])]);
    assert_eq!(comparison.rows.len(), 1, "{comparison:?}");
    comparison.rows.remove(0)
}

fn timed(rounds: Vec<f64>) -> Measured {
    wall("spawn/fork/count=1", rounds)
}

fn normalized(rounds: Vec<f64>, reference: f64) -> Measured {
    Measured { reference: Some(reference), ..timed(rounds) }
}

fn other_harness(name: &str, benchmark: &str, min: f64, work: Option<&str>) -> Source {
    let series = Series {
        topic: "python".to_owned(),
        benchmark: benchmark.to_owned(),
        work: work.map(str::to_owned),
        form: 1,
        processes: vec![Process { samples: 100, min, median: min * 1.2, reference: None }],
        ..Series::default()
    };
    Source { place: name.to_owned(), series: vec![series], ..Source::default() }
}
