//! What made runs are answered.

use super::*;
use crate::advise::crossover::Crossing;
use crate::advise::processors::{PROCESSORS, placed};
use crate::model::{BenchmarkId, Metric, Round, Run, form_of};
use crate::verdict::fixture::inconclusive;
use crate::verdict::{Absent, find_value, fixture, measurement};

fn time(benchmark: &str, ns: f64) -> crate::model::Measurement {
    fixture::time("any", benchmark, ns, ns * 0.98, ns * 1.02)
}

#[test]
fn a_claim_holds_only_where_the_whole_interval_is_above_one() {
    for (fork, expected) in [(50.0, Some(true)), (2.0, Some(false)), (10.1, None)] {
        let mut run = fixture::empty_run();
        run.measurements = vec![time("spawn/fork/count=1", fork), time("spawn/thread/count=1", 10.0)];
        assert_eq!(answer(&Sessions::new(&run, [])).claims[0].holds.clone().ok(), expected);
    }
}

#[test]
fn a_claim_holds_where_the_ratios_of_the_rounds_are_of_two_kinds_and_all_above_one() {
    for (of_one_round, expected) in [(30.0, Ok(true)), (9.0, Err(()))] {
        let mut run = fixture::empty_run();
        for (function, odd) in [("fork", of_one_round), ("thread", 10.0)] {
            let mut times = time(&format!("spawn/{function}/count=1"), if function == "fork" { 90.0 } else { 10.0 });
            let round = times.rounds[0].clone();
            let medians = [times.estimate.center(), odd].into_iter().cycle().take(6);
            let round = |(seed, median)| Round { order_seed: Some(seed), median, ..round.clone() };
            times.rounds = (0..).zip(medians).map(round).collect();
            run.measurements.push(times);
        }
        let claim = answer(&Sessions::new(&run, [])).claims.remove(0);
        assert_eq!((claim.ratio.is_err(), claim.holds.map_err(drop)), (true, expected));
    }
}

#[test]
fn an_empty_run_answers_nothing() {
    let answer = answer(&Sessions::new(&fixture::empty_run(), []));
    assert!(answer.claims.iter().all(|claim| claim.holds.is_err()));
    assert!(answer.crossovers.iter().all(|it| it.crossing.is_err()));
}

#[test]
fn with_one_processor_the_claims_on_parallel_work_are_open() {
    let mut run = fixture::run_on(1);
    run.measurements = vec![time("calc/threads/workers=1", 2.0), time("calc/processes/workers=1", 1.0)];
    let answer = answer(&Sessions::new(&run, []));
    let claim = answer.claims.iter().find(|claim| claim.benchmarks[0].starts_with("calc")).unwrap();
    assert!(claim.holds.as_ref().unwrap_err().to_string().contains("one processor"));
}

#[test]
fn claims_of_starts_are_of_those_that_the_scheduler_placed_where_they_were_measured() {
    let mut run = fixture::empty_run();
    run.measurements = vec![time("spawn/thread/count=1", 20.0), time("spawn/fork/count=1", 120.0)];
    let ratio = |run: &Run| answer(&Sessions::new(run, [])).claims[0].ratio.clone().unwrap().center();
    assert_eq!(ratio(&run), 6.0);
    run.measurements.push(time("spawn/thread/count=1,pinned=0", 40.0));
    run.measurements.push(time("spawn/fork/count=1,pinned=0", 160.0));
    assert_eq!(ratio(&run), 4.0);
}

#[test]
fn a_claim_is_of_the_quantity_that_its_group_is_measured_in() {
    let mut run = fixture::empty_run();
    for (function, kib) in [("threads", 14.0), ("tokio", 1.4)] {
        let mut memory = time(&format!("connection_memory/{function}/connections=1000"), kib);
        memory.metric = Metric::UniqueMemory;
        run.measurements.push(memory);
    }
    let claims = answer(&Sessions::new(&run, [])).claims;
    let idle = claims.iter().find(|claim| claim.claim.contains("idle")).unwrap();
    assert_eq!((idle.ratio.as_ref().unwrap().center(), &idle.holds), (10.0, &Ok(true)));
}

#[test]
fn claims_of_interpreters_are_of_those_that_the_run_has() {
    let run = fixture::python_run();
    let claims = python_claims(&Sessions::new(&run, []));
    let row = |claim: &str| claims.iter().find(|it| it.claim.contains(claim)).unwrap();
    let pickled = row("CPython 3.11.7, 16 MiB cost more to hand to a process");
    assert_eq!((pickled.ratio.as_ref().unwrap().center(), &pickled.holds), (800.0, &Ok(true)));
    assert!(row("16 MiB cost more pickled than in").ratio.as_ref().is_err_and(Absent::is_missing));
    assert_eq!(row("CPython 3.14.0 without the lock, an object costs more").holds, Ok(true));
    assert!(claims.iter().all(|it| !it.claim.contains("floats")), "nothing was asked of floats: {claims:?}");
}

#[test]
fn a_job_is_worth_splitting_from_where_the_curves_cross() {
    let mut run = run_of_splits(&[(1_000, 2e3, 30e3), (64_000, 130e3, 65e3)]);
    let found = answer(&Sessions::new(&run, [])).crossovers.remove(1);
    let Ok(Crossing::At { position, .. }) = found.crossing else { panic!("{found:?}") };
    assert!(position.low() > 1_000.0 && position.high() < 64_000.0);
    assert!(found.cost_ns.is_some_and(|cost| cost.low() > 2e3 && cost.low() < cost.center() && cost.high() < 130e3));
    let mut again = answer(&Sessions::new(&run, [])).crossovers.remove(1);
    let [low, _, high] = again.positions()[..] else { panic!("three positions") };
    assert!((low as f64) < position.low() && (high as f64) > position.high());
    again.checked(&[(low, [2.0, 1.0]), (high, [1.0, 2.0])]);
    assert!(again.check.as_ref().is_some_and(|check| check.is_within), "{again:?}");
    again.checked(&[(low, [2.0, 1.0]), (high, [2.0, 1.0])]);
    assert!(again.check.as_ref().is_some_and(|check| !check.is_within), "{again:?}");
    again.checked(&[(2, [1.0, 2.0]), (3, [1.0, 2.0])]);
    assert!(again.check.as_ref().is_some_and(|check| !check.is_within), "{again:?}");
    let [low, high] = [(1_000, [2.0, 1.0]), (64_000, [1.0, 2.0])];
    assert_eq!(again.next(&[low, high]), Some(8_000));
    assert_eq!(again.next(&[low, (8_000, [2.0, 1.0]), high]), Some(22_627));
    assert_eq!(again.next(&[low, (40_000, [2.0, 1.0]), high]), None, "near enough");
    assert_eq!(again.next(&[high]), None);
    let payload = Crossover { axis: "bytes".to_owned(), ..again.clone() };
    assert!(payload.positions().iter().all(|bytes| bytes % 8 == 0), "{:?}", payload.positions());
    again.crossing = Ok(Crossing::At { position, open_low: true, open_high: false });
    again.checked(&[(2, [1.0, 2.0]), (3, [1.0, 2.0])]);
    assert!(again.check.as_ref().is_some_and(|check| check.is_within), "{again:?}");
    let doubtful = run.measurements.pop().unwrap();
    run.measurements.push(inconclusive(doubtful, "stolen"));
    let found = answer(&Sessions::new(&run, [])).crossovers.remove(1);
    assert_eq!(found.crossing.unwrap_err().to_string(), "split/thread/roots=64000: stolen");
    run.machine.hardware.insert(PROCESSORS.to_owned(), crate::model::Fact::Value("1".to_owned()));
    let alone = answer(&Sessions::new(&run, [])).crossovers.remove(1);
    assert!(alone.crossing.unwrap_err().to_string().contains("one processor"));
}

/// A run of two processors with jobs of so many roots, and what one takes alone and split with a new thread, ns.
fn run_of_splits(jobs: &[(u64, f64, f64)]) -> Run {
    let mut run = fixture::run_on(2);
    for (roots, alone, thread) in jobs {
        run.measurements.push(time(&format!("split/alone/roots={roots}"), *alone));
        run.measurements.push(time(&format!("split/thread/roots={roots}"), *thread));
    }
    run
}

#[test]
fn a_position_that_one_side_lacks_is_a_hole_in_the_curve() {
    let run = run_of_splits(&[(1_000, 2e3, 30e3), (8_000, 16e3, 40e3), (64_000, 130e3, 65e3)]);
    for (function, index) in [("thread", 3), ("alone", 2)] {
        let mut run = run.clone();
        let benchmark = run.measurements.remove(index).benchmark.to_string();
        assert_eq!(benchmark, format!("split/{function}/roots=8000"));
        run.failures.push(fixture::failure("cpu", &benchmark, "killed"));
        let found = answer(&Sessions::new(&run, [])).crossovers.remove(1);
        assert_eq!(found.crossing.unwrap_err().to_string(), format!("{benchmark}: failed: killed"));
    }
}

/// Rows of a run in which a neighbour kept a processor busy, and which says of all of them that they are good.
const DISTURBED: &str = include_str!("../../../tests/fixtures/disturbed/run.json");

/// Every stored run, the newest first, and those rows.
fn stored() -> Vec<Run> {
    let mut runs = fixture::stored_runs();
    runs.push(serde_json::from_str(DISTURBED).unwrap());
    runs
}

#[test]
fn rows_that_lacked_a_processor_have_no_value() {
    let run: Run = serde_json::from_str(DISTURBED).unwrap();
    let longest = crate::advise::laws::splits(&Sessions::new(&run, [])).pop().unwrap();
    assert_eq!(longest.roots, 8_000_000);
    assert!(longest.functions.iter().all(|it| it.efficiency.is_err()), "{longest:?}");
    let padded = "counter_padded/processes/workers=2".parse().unwrap();
    let padded = find_value(&run, "cpu", &padded, Metric::WallTime);
    assert!(padded.as_ref().unwrap_err().to_string().contains("rounds differ by 2.8×"), "{padded:?}");
    let answer = answer(&Sessions::new(&run, []));
    let splits = answer.crossovers.iter().filter(|it| it.axis == "roots");
    assert!(splits.clone().count() == 5 && splits.clone().all(|it| it.crossing.is_err()), "{:?}", answer.crossovers);
}

#[test]
fn claims_crossovers_advice_and_forecast_of_one_run_agree() {
    let runs = stored();
    assert!(runs.len() > 8, "results/v1 has more runs");
    for run in &runs {
        let sessions = Sessions::new(run, &runs);
        let answer = answer(&sessions);
        let holds = |claim: &str| {
            let found = answer.claims.iter().find(|it| it.claim.starts_with(claim)).unwrap();
            found.holds.clone().ok()
        };
        // Where sharing 64 KiB is cheaper, the crossing is not known to lie above; where it is not, not known to lie below.
        for (claim, candidate) in [
            ("copying 64 KiB to a thread", "hand_over/arc"),
            ("copying 64 KiB to a process", "hand_over/shared_mapping"),
        ] {
            let found = answer.crossovers.iter().find(|it| it.candidate == candidate).unwrap();
            let agrees = match (holds(claim), &found.crossing) {
                (Some(true), Ok(Crossing::At { position, .. })) => position.low() <= 65_536.0,
                (Some(true), Ok(Crossing::Never(_))) => false,
                (Some(true), Err(absent)) => !absent.to_string().contains("no significant difference"),
                (Some(false), Ok(Crossing::At { position, .. })) => position.high() >= 65_536.0,
                (Some(false), Ok(Crossing::Always(_))) => false,
                _ => true,
            };
            assert!(agrees, "{} of {}: {claim}: {found:?}", run.id, run.machine.key);
        }
        let computing = answer.advice.iter().find(|it| it.work == "computing").unwrap();
        let is_close =
            computing.ratios[0].ratio.as_ref().is_ok_and(|ratio| (1.0 / 1.05..1.05).contains(&ratio.center()));
        match holds("computing: threads are slower").filter(|_| !is_close) {
            Some(true) => assert_eq!(computing.choice, Ok(Choice::Processes)),
            Some(false) => assert_eq!(computing.choice, Ok(Choice::Threads)),
            None => assert!(!matches!(computing.choice, Ok(Choice::Threads | Choice::Processes)), "{computing:?}"),
        }
        let one = forecast_of(&sessions, 1e3, 1);
        let start = |name: &str| {
            let strategy = one.strategies.iter().find(|it| it.name == name).unwrap();
            strategy.parts[0].time.as_ref().map(|time| time.center()).ok()
        };
        if let (Some(true), Some(fork), Some(thread)) =
            (holds("a forked process costs more"), start("forked processes"), start("new threads"))
        {
            assert!(fork > thread, "{one:?}");
        }
        forecasts_agree_with_splits(&sessions, &answer);
        forecast_grows_where_the_slope_does(&sessions);
    }
}

/// The price of a program of a GiB grows by what its parent holds where the slope over all sizes is above zero, and nowhere else.
fn forecast_grows_where_the_slope_does(sessions: &Sessions) {
    let program = Program { work_ns: 1e3, workers: 1, payload_bytes: None, rss_mib: Some(1024.0), io_wait_ns: 0.0 };
    for part in forecast(sessions, program).strategies.iter().flat_map(|it| &it.parts).filter(|it| it.name == "memory")
    {
        let slope = part.benchmark.as_ref().unwrap().parse().unwrap();
        let slope = sessions.find("spawn", &slope, Metric::TimePerMebibyte);
        let (Ok(time), Ok(slope)) = (&part.time, slope) else { continue };
        assert_eq!(time.center() > 0.0, slope.low() > 0.0, "{}: {part:?}, {slope:?}", sessions.run().id);
    }
}

/// A session that the interval of a crossover knows nothing of has it there, too.
#[test]
fn a_session_that_was_held_out_crosses_within_the_interval() {
    let runs = fixture::stored_runs();
    let alike: Vec<&Run> = runs.iter().filter(|run| run.form("split") == runs[0].form("split")).collect();
    let (mut held, mut all) = (0, 0);
    for pair in alike.windows(2) {
        let [one, other] = [(pair[0], pair[1]), (pair[1], pair[1])].map(|(run, held_out)| {
            let others = runs.iter().filter(|it| it.id != held_out.id);
            answer(&Sessions::new(run, others)).crossovers
        });
        for (one, other) in one.iter().zip(&other).filter(|(one, _)| one.axis == "roots") {
            if let (Ok(Crossing::At { position, .. }), Ok(Crossing::At { position: again, .. })) =
                (&one.crossing, &other.crossing)
            {
                all += 1;
                held += u32::from(position.low() <= again.center() && again.center() <= position.high());
            }
        }
    }
    assert!(all > 20 && f64::from(held) >= 0.9 * f64::from(all), "{held} of {all}");
}

/// What needs less than the lower bound does less, or the bound is hindered: either makes the numbers of its row wrong.
#[test]
fn no_time_is_far_below_its_lower_bound() {
    for run in stored().into_iter().filter(|run| !run.forms.is_empty()) {
        let times = run.measurements.iter().filter(|it| it.metric == Metric::WallTime);
        for time in times.filter(|it| run.form(&it.benchmark.group) == form_of(&it.benchmark.group)) {
            let bound = time.lower_bound.as_ref().and_then(|bound| measurement(&run, bound, Metric::WallTime));
            let is_far = bound.is_some_and(|bound| time.estimate.high() < 0.9 * bound.estimate.low());
            assert!(!is_far, "{}: {} {:?}, {:?}", run.id, time.benchmark, time.estimate, bound.map(|it| it.estimate));
        }
    }
}

fn forecast_of(sessions: &Sessions, work_ns: f64, workers: u64) -> Forecast {
    forecast(sessions, Program { work_ns, workers, payload_bytes: None, rss_mib: None, io_wait_ns: 0.0 })
}

const SPLITTING: [(&str, &str); 4] = [
    ("pooled threads", "pooled_thread"),
    ("new threads", "thread"),
    ("pooled processes", "pooled_process"),
    ("forked processes", "fork"),
];

/// Two jobs at once, and one job of the same work that is split in two; of the first form is one whose starter computes a half.
fn forecasts_agree_with_splits(sessions: &Sessions, answer: &Answer) {
    let run = sessions.run();
    let alone = run.measurements.iter().filter(|it| it.benchmark.group == "split" && it.benchmark.function == "alone");
    for alone in alone {
        let (id, alone) = (&alone.benchmark, alone.estimate.center());
        let forecast = forecast_of(sessions, alone / 2.0, 2);
        for (name, function) in SPLITTING {
            let start = BenchmarkId::new("spawn", function, &[("count", 1)]);
            let strategy = forecast.strategies.iter().find(|it| it.name == name).unwrap();
            let ratio = sessions.ratio("cpu", [&id.with_function(function), id], Metric::WallTime);
            let (Ok(ratio), Ok(makespan)) = (ratio, strategy.makespan.clone()) else { continue };
            // A start beside its maker is none that a job has that is split.
            if placed(&[run], &start) == start {
                continue;
            }
            let start = strategy.parts[0].time.as_ref().unwrap().high();
            let crossover = answer.crossovers.iter().find(|it| it.candidate == format!("split/{function}")).unwrap();
            // In the first form two are started in place of one; at worst the halves have one processor between them.
            let mut agrees = makespan.low() <= ratio.high() * alone + start;
            agrees &= ratio.low() * alone <= 2.0 * makespan.high();
            if let (Ok(Crossing::At { open_high: false, .. }), Some(from)) = (&crossover.crossing, crossover.cost_ns) {
                agrees &= alone < from.high() || makespan.low() - start <= alone;
            }
            assert!(agrees, "{name} of {}, {id}, {alone} ns: {makespan:?}, split {ratio:?}, {crossover:?}", run.id);
        }
    }
}
