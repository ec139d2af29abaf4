//! Programs on a made machine.

use super::*;
use crate::model::Fact;
use crate::verdict::fixture;

const NOTHING: Program = Program { work_ns: 0.0, workers: 1, payload_bytes: None, rss_mib: None, io_wait_ns: 0.0 };

/// A machine of two processors: a thread takes 20 µs, a fork 100 µs and 10 µs more a MiB.
fn run() -> Run {
    let mut run = fixture::empty_run();
    let mut add = |name: &str, us: f64| {
        run.measurements.push(fixture::time("any", name, us * 1e3, us * 1e3, us * 1e3));
    };
    for count in [1, 8] {
        let each = f64::from(count);
        add(&format!("spawn/thread/count={count}"), 20.0 * each);
        add(&format!("spawn/pooled_thread/count={count}"), 5.0 * each);
        add(&format!("spawn/fork/count={count}"), 100.0 * each);
        add(&format!("spawn/posix_spawn/count={count}"), 900.0 * each);
    }
    for (rss_mib, us) in [(1, 110.0), (100, 1_100.0)] {
        add(&format!("fork_price/fork/rss_mib={rss_mib}"), us);
        add(&format!("fork_price/fork_reading/rss_mib={rss_mib}"), us + 200.0 * f64::from(rss_mib));
        add(&format!("fork_price/posix_spawn/rss_mib={rss_mib}"), 900.0);
    }
    for (bytes, arc, pipe) in [(64, 40.0, 40.0), (65_536, 40.0, 140.0), (1_048_576, 90.0, 840.0)] {
        add(&format!("hand_over/arc/bytes={bytes}"), arc);
        add(&format!("hand_over/pipe/bytes={bytes}"), pipe);
    }
    for (workers, us) in [(1, 1_000.0), (2, 1_000.0), (4, 2_000.0)] {
        add(&format!("calc/threads/workers={workers}"), us);
        add(&format!("calc/processes/workers={workers}"), us);
        add(&format!("gil_calc/one_lock/workers={workers}"), 1_000.0 * workers as f64);
    }
    run
}

/// What a strategy takes, µs.
fn makespan(program: Program, name: &str) -> f64 {
    let forecast = forecast(&Sessions::new(&run(), []), program);
    let strategy = forecast.strategies.iter().find(|it| it.name == name).unwrap();
    (strategy.makespan.as_ref().unwrap().center() / 1e3).round()
}

#[test]
fn one_worker_starts_where_programs_have_it_where_that_was_measured() {
    let start = |run: &Run, workers| {
        let forecast = forecast(&Sessions::new(run, []), Program { workers, ..NOTHING });
        let of =
            |name: &str| forecast.strategies.iter().find(|it| it.name == name).unwrap().parts[0].time.clone().unwrap();
        ["new threads", "forked processes", "pooled threads"].map(|name| (of(name).center() / 1e3).round())
    };
    let mut run = run();
    assert_eq!(start(&run, 1), [20.0, 100.0, 5.0]);
    for (start_of, us, expected) in [
        ("thread/count=1,pinned=0", 40.0, [40.0, 100.0, 5.0]),
        ("fork/count=1,pinned=0", 150.0, [40.0, 150.0, 5.0]),
        ("pooled_thread/count=1,pinned=0", 20.0, [40.0, 150.0, 20.0]),
        ("pooled_thread/count=1,cpus=2", 30.0, [40.0, 150.0, 30.0]),
        // New ones are not where they are moved to.
        ("thread/count=1,cpus=2", 60.0, [40.0, 150.0, 30.0]),
    ] {
        run.measurements.push(fixture::time("spawn", &format!("spawn/{start_of}"), us * 1e3, us * 1e3, us * 1e3));
        assert_eq!(start(&run, 1), expected, "{start_of}");
    }
    assert_eq!(start(&run, 8), [160.0, 800.0, 40.0]);
    let apart = "spawn/pooled_thread/count=1,cpus=2";
    let pooled = run.measurements.iter_mut().find(|it| it.benchmark.to_string() == apart).unwrap();
    *pooled = fixture::inconclusive(pooled.clone(), "rounds of two kinds");
    let forecast = forecast(&Sessions::new(&run, []), NOTHING);
    let pooled = forecast.strategies.iter().find(|it| it.name == "pooled threads").unwrap();
    assert!(pooled.makespan.is_err(), "neither of another place nor of an older run: {pooled:?}");
}

#[test]
fn a_makespan_is_the_sum_of_its_parts() {
    let work = Program { work_ns: 300e3, workers: 4, ..NOTHING };
    let waiting = Program { io_wait_ns: 10e6, ..work };
    let holding = Program { rss_mib: Some(100.0), ..work };
    let carrying = Program { payload_bytes: Some(65_536), ..work };
    let reading = Program { payload_bytes: Some(1 << 20), ..work };
    let cases = [
        (work, SEQUENTIAL, 1_200.0),
        (work, "new threads", 4.0 * 20.0 + 2.0 * 300.0),
        (work, "new threads, one lock", 4.0 * 20.0 + 4.0 * 300.0),
        (work, "forked processes", 4.0 * 100.0 + 2.0 * 300.0),
        (waiting, SEQUENTIAL, 41_200.0),
        (waiting, "new threads", 80.0 + 600.0 + 10_000.0),
        (holding, "forked processes", 400.0 + 4.0 * 990.0 + 600.0),
        (holding, "spawned programs", 3_600.0 + 600.0),
        (carrying, SEQUENTIAL, 1_200.0),
        (carrying, "new threads", 680.0),
        (carrying, "forked processes", 1_000.0 + 2.0 * 200.0 / 16.0),
        (carrying, "spawned programs", 4_200.0 + 4.0 * 100.0),
        (reading, SEQUENTIAL, 1_200.0 + 4.0 * 50.0),
        (reading, "new threads", 680.0 + 2.0 * 50.0),
        (reading, "new threads, one lock", 4.0 * 20.0 + 4.0 * 300.0 + 4.0 * 50.0),
        // Four of a MiB each make the copy of their parent twice as long as that of one.
        (reading, "forked processes", 1_000.0 + 4.0 * 110.0 + 2.0 * 200.0),
        (reading, "spawned programs", 4_200.0 + 4.0 * 800.0),
    ];
    for (program, name, expected) in cases {
        assert_eq!(makespan(program, name), expected, "{name}: {program:?}");
    }
}

#[test]
fn a_forked_worker_reads_what_it_inherits_from_a_parent_that_is_larger_by_it() {
    let parts = |rss_mib| {
        let program = Program { work_ns: 1e3, payload_bytes: Some(1 << 20), rss_mib, ..NOTHING };
        let forecast = forecast(&Sessions::new(&run(), []), program);
        let forked = forecast.strategies.into_iter().find(|it| it.name == "forked processes").unwrap();
        forked.parts.into_iter().map(|part| (part.name, part.benchmark)).collect::<Vec<_>>()
    };
    let inherited = parts(None);
    assert!(inherited.contains(&("memory", Some("fork_price/fork".to_owned()))), "{inherited:?}");
    assert!(inherited.contains(&("payload", Some("fork_price/fork_reading".to_owned()))), "{inherited:?}");
    let holding = Program { work_ns: 1e3, rss_mib: Some(100.0), ..NOTHING };
    let carrying = |rss_mib| Program { payload_bytes: Some(65_536), rss_mib, ..holding };
    let reading = (makespan(holding, "forked processes") + 200.0 / 16.0).round();
    assert_eq!(makespan(carrying(Some(100.0)), "forked processes"), reading);
    assert!(makespan(carrying(None), "forked processes") < makespan(holding, "forked processes"));
}

#[test]
fn beyond_what_was_measured_it_grows_on_and_says_so() {
    let many = Program { work_ns: 1e6, workers: 16, ..NOTHING };
    assert_eq!(makespan(many, "new threads"), 16.0 * 20.0 + 8.0 * 1_000.0);
    let forecast = forecast(&Sessions::new(&run(), []), many);
    let strategy = forecast.strategies.iter().find(|it| it.name == "new threads").unwrap();
    let beyond: Vec<_> = strategy.parts.iter().map(|part| part.beyond.map(|it| (it.axis, it.at))).collect();
    assert_eq!(beyond, [Some(("count", 8.0)), Some((WORKERS, 4.0))]);
}

#[test]
fn a_slope_that_reaches_zero_is_no_growth_whatever_two_sizes_say() {
    let holding = |rss_mib| Program { rss_mib: Some(rss_mib), ..NOTHING };
    for (low, high, rss_mib, added) in [(-2e3, 3e3, 200.0, [0.0, 600.0]), (500.0, 3e3, 100.0, [90.0, 90.0])] {
        let mut run = run();
        run.measurements.retain(|it| it.benchmark.to_string() != "fork_price/posix_spawn/rss_mib=100");
        let largest = fixture::time("any", "fork_price/posix_spawn/rss_mib=100", 990e3, 990e3, 990e3);
        let slope = fixture::time("spawn", "fork_price/posix_spawn", 900.0, low, high);
        run.measurements.extend([largest, fixture::in_metric(slope, Metric::TimePerMebibyte)]);
        let strategies = forecast(&Sessions::of_rounds(&run), holding(rss_mib)).strategies;
        let spawned = strategies.iter().find(|it| it.name == "spawned programs").unwrap();
        let memory = &spawned.parts[1];
        let time = memory.time.clone().unwrap();
        assert_eq!([time.center(), time.high()].map(|ns| ns / 1e3), added, "{memory:?}");
        assert!(memory.beyond.is_none(), "what does not grow goes on nowhere");
    }
}

#[test]
fn a_strategy_that_was_not_measured_says_why_and_has_no_rank() {
    let forecast = forecast(&Sessions::new(&run(), []), Program { work_ns: 1e3, ..NOTHING });
    let strategy = forecast.strategies.iter().find(|it| it.name == "pooled processes").unwrap();
    assert!(strategy.makespan.as_ref().unwrap_err().to_string().contains("pooled_process"), "{strategy:?}");
    assert_eq!(strategy.rank, None);
    // A job of a microsecond is worth no worker.
    assert_eq!(forecast.strategies[0].rank, Some(Rank::Cheapest));
    assert!(forecast.strategies.iter().any(|it| it.rank == Some(Rank::MoreExpensive)));
}

#[test]
fn a_strategy_that_alone_was_measured_is_not_the_cheapest() {
    let mut run = run();
    run.measurements.clear();
    let forecast = forecast(&Sessions::new(&run, []), Program { work_ns: 1e3, ..NOTHING });
    assert_eq!(forecast.strategies.iter().filter(|it| it.makespan.is_ok()).count(), 1);
    assert!(forecast.strategies.iter().all(|it| it.rank.is_none()));
}

#[test]
fn computing_takes_no_less_than_the_work_whatever_the_noise_of_a_curve() {
    let mut run = run();
    for (name, center) in [("calc/threads/workers=2", 900e3), ("gil_calc/one_lock/workers=2", 1_900e3)] {
        run.measurements.retain(|it| it.benchmark.to_string() != name);
        run.measurements.push(fixture::time("any", name, center, center - 100e3, center + 100e3));
    }
    let program = Program { work_ns: 400e3, workers: 2, ..NOTHING };
    let strategies = forecast(&Sessions::new(&run, []), program).strategies;
    for (name, least) in [("new threads", 400e3), ("new threads, one lock", 800e3)] {
        let parts = &strategies.iter().find(|it| it.name == name).unwrap().parts;
        let compute = parts.iter().find(|part| part.name == "compute").unwrap().time.clone().unwrap();
        assert_eq!(compute.low(), least, "{name}");
    }
}

#[test]
fn a_program_that_holds_more_than_the_memory_is_known() {
    let mut run = run();
    run.machine.hardware.insert("memory_gib".to_owned(), Fact::Value("4".to_owned()));
    for (payload_gib, rss_mib, expected) in [(3, None, true), (1, None, false), (1, Some(5_000.0), true)] {
        let program = Program { workers: 2, payload_bytes: Some(payload_gib << 30), rss_mib, ..NOTHING };
        let found = forecast(&Sessions::new(&run, []), program).is_beyond_memory;
        assert_eq!(found, expected, "{payload_gib} GiB a job, {rss_mib:?} MiB");
    }
}

#[test]
fn what_takes_much_longer_is_no_tie_whatever_its_interval() {
    let of = |center, low, high| {
        summed("a way", vec![Part { time: Ok(Estimate::new(center, low, high).unwrap()), ..stated("compute", 0.0) }])
    };
    let mut strategies = vec![of(10.0, 8.0, 12.0), of(14.0, 9.0, 20.0), of(16.0, 9.0, 40.0), of(16.0, 15.0, 17.0)];
    rank(&mut strategies);
    let ranks = strategies.iter().map(|it| it.rank.unwrap()).collect::<Vec<_>>();
    assert_eq!(ranks, [Rank::Cheapest, Rank::NotSignificant, Rank::Inconclusive, Rank::MoreExpensive]);
}
