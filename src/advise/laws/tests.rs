use super::*;
use crate::model::{Measurement, Metric};
use crate::verdict::Absent;
use crate::verdict::fixture;
use crate::verdict::fixture::{inconclusive, run_on};

fn time(benchmark: &str, ns: f64) -> Measurement {
    fixture::time("cpu", benchmark, ns, ns, ns)
}

/// Times of `calc/threads` with so many workers each, by Gunther's law.
fn scaled(workers: &[u64], [sigma, kappa]: [f64; 2]) -> Vec<Measurement> {
    let law = |n: f64| 1e6 * (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0));
    workers.iter().map(|&n| time(&format!("calc/threads/workers={n}"), law(n as f64))).collect()
}

fn only(run: &Run) -> Law {
    let [law] = laws(&Sessions::of_rounds(run)).try_into().expect("one piece of work was measured");
    law
}

fn threads(run: &Run) -> FittedCurve {
    only(run).threads.expect("threads were measured")
}

fn shares(curve: &FittedCurve) -> Vec<f64> {
    curve.efficiency.iter().map(center).collect()
}

fn center(value: &Value) -> f64 {
    value.as_ref().unwrap().center()
}

fn missing(reason: &'static str) -> Value {
    Err(Absent::missing(reason))
}

#[test]
fn efficiency_is_of_the_processors_that_were_available() {
    let mut run = run_on(2);
    run.measurements = vec![
        time("calc/threads/workers=1", 10.0),
        time("calc/threads/workers=2", 20.0),
        time("calc/threads/workers=4", 20.0),
    ];
    let law = only(&run);
    assert_eq!((law.growth, law.bound, &law.workers[..]), (Growth::Weak, Bound::Processors, &[2, 4][..]));
    assert_eq!(shares(&threads(&run)), [0.5, 1.0], "four workers have two processors between them");
    run.measurements[1].rounds.iter_mut().for_each(|round| round.granted = Some(0.8));
    assert_eq!(shares(&threads(&run)), [0.625, 1.0], "waiting for a processor is not the workload's fault");
}

#[test]
fn one_worker_that_waited_for_a_processor_would_have_been_faster_too() {
    let mut run = run_on(2);
    run.measurements = vec![time("calc/threads/workers=1", 10.0), time("calc/threads/workers=2", 10.0)];
    run.measurements[0].rounds.iter_mut().for_each(|round| round.granted = Some(0.96));
    assert_eq!(shares(&threads(&run)), [0.96]);
}

#[test]
fn processes_alone_are_not_shown_as_threads() {
    let mut run = run_on(2);
    run.measurements = vec![time("calc/processes/workers=1", 10.0), time("calc/processes/workers=2", 10.0)];
    let law = only(&run);
    assert_eq!(
        (law.threads.is_none(), law.curves().map(|(name, _)| name).collect::<Vec<_>>()),
        (true, vec!["processes"])
    );
}

#[test]
fn a_curve_that_falls_from_the_first_worker_on_has_its_peak_there() {
    let peak = |law: [f64; 2]| {
        let mut run = run_on(64);
        run.measurements = scaled(&[1, 2, 4, 8, 16, 32], law);
        threads(&run).fit.peak_workers
    };
    assert_eq!(peak([1.5, 0.01]), missing("one worker does the most"));
    assert_eq!(peak([0.1, -0.001]), missing("the curve does not turn down"));
    assert!(peak([0.1, 0.01]).is_ok());
}

#[test]
fn the_ideal_of_waiting_is_the_number_of_workers() {
    let mut run = run_on(2);
    run.measurements = vec![
        time("requests/sequential/delay_ms=10", 200.0),
        time("requests/threads/delay_ms=10,workers=4", 100.0),
        time("requests/processes/delay_ms=10,workers=4", 50.0),
    ];
    let law = only(&run);
    assert_eq!((law.growth, law.bound), (Growth::Strong, Bound::Waiting));
    assert_eq!(law.curves().map(|(_, curve)| shares(curve)).collect::<Vec<_>>(), [[0.5], [1.0]]);
}

#[test]
fn an_inconclusive_time_gives_no_efficiency() {
    let mut run = run_on(2);
    run.measurements = vec![time("calc/threads/workers=2", 20.0)];
    assert!(matches!(&threads(&run).efficiency[..], [Err(Absent::Missing(_))]), "one worker is missing");
    run.measurements.push(inconclusive(time("calc/threads/workers=1", 10.0), "stolen"));
    assert_eq!(threads(&run).efficiency[0].as_ref().unwrap_err().to_string(), "stolen");
    run.measurements[1] = time("calc/threads/workers=1", 10.0);
    run.machine.hardware.clear();
    assert!(matches!(&threads(&run).efficiency[..], [Err(Absent::Missing(_))]), "the processors are not known");
    assert_eq!(law_series(&run).0, []);
}

#[test]
fn a_law_takes_enough_points() {
    let workers = [1, 2, 4, 8, 16, 32];
    let measured = |processors| {
        let mut run = run_on(processors);
        run.measurements = scaled(&workers[..6], [0.1, 0.004]);
        // Beyond the processors the scheduler is at work: a time that no law has.
        for it in run.measurements.iter_mut().filter(|it| it.benchmark.parameters["workers"] > processors) {
            *it = time(&it.benchmark.to_string(), 9e9);
        }
        threads(&run).fit
    };
    let fit = measured(16);
    assert!((center(&fit.contention) - 0.1).abs() < 1e-6 && (center(&fit.coherency) - 0.004).abs() < 1e-6, "{fit:?}");
    assert!((center(&fit.peak_workers) - 15.0).abs() < 1e-3, "√(0.9 ÷ 0.004): {fit:?}");
    let fit = measured(8);
    assert!(center(&fit.serial_share) > 0.1 && matches!(fit.contention, Err(Absent::Missing(_))), "{fit:?}");
    let fit = measured(4);
    let reason = fit.serial_share.unwrap_err().to_string();
    assert!(reason.starts_with("with a processor for each worker the curve has 3 points"), "{reason}");
}

#[test]
fn one_reason_for_all_curves_is_one_omission() {
    let mut run = run_on(2);
    run.measurements = scaled(&[1, 2, 4], [0.1, 0.0]);
    run.measurements.extend([1, 2, 4].map(|n| time(&format!("calc/processes/workers={n}"), 1e6)));
    let (measured, omissions) = law_series(&run);
    let names: Vec<String> = measured.iter().map(|it| format!("{} {}", it.benchmark, it.metric)).collect();
    let expected = ["threads/workers=2", "threads/workers=4", "processes/workers=2", "processes/workers=4"];
    assert_eq!(names, expected.map(|name| format!("calc/{name} efficiency")));
    let [omission] = &omissions[..] else { panic!("{omissions:?}") };
    assert_eq!((omission.topic.as_str(), omission.what.as_str()), ("cpu", "scaling laws"));
    assert!(omission.reason.contains("the curve has 2 points; Amdahl's law takes 4"), "{}", omission.reason);
}

#[test]
fn each_parameter_of_a_law_is_a_series_of_its_own() {
    let mut run = run_on(32);
    run.measurements = scaled(&[1, 2, 4, 8, 16, 32, 64], [0.05, 0.002]);
    let (measured, omissions) = law_series(&run);
    assert_eq!(omissions, []);
    let fitted: Vec<&Measurement> = measured.iter().filter(|it| it.metric != Metric::Efficiency).collect();
    let metrics = [Metric::SerialShare, Metric::Contention, Metric::Coherency, Metric::PeakWorkers];
    assert_eq!(fitted.iter().map(|it| it.metric).collect::<Vec<_>>(), metrics);
    for it in fitted {
        assert_eq!((it.benchmark.to_string().as_str(), it.rounds.len()), ("calc/threads", 3));
        assert!((it.rounds[0].median / it.estimate.center() - 1.0).abs() < 1e-3, "{it:?}");
    }
}

#[test]
fn the_ideal_of_a_split_job_is_two_processors() {
    let mut run = run_on(8);
    let times = [("alone", 1_000, 100.0), ("thread", 1_000, 200.0), ("fork", 8_000, 400.0)];
    run.measurements = times.map(|(function, roots, ns)| time(&format!("split/{function}/roots={roots}"), ns)).into();
    let [job, _] = splits(&Sessions::of_rounds(&run)).try_into().expect("two sizes were measured");
    assert_eq!((job.roots, center(&job.functions[0].efficiency)), (1_000, 0.25));
    assert!(matches!(job.functions[1].efficiency, Err(Absent::Missing(_))));
    assert_eq!(job.functions.len(), 2, "what was not measured at any size has no column: {job:?}");
}
