//! What a comparison of stored runs promises, in numbers: how often it calls one code changed, and how surely it finds a
//! slowdown, on seeded noise shaped like that of the machines it was made for.
//!
//! Every session has a speed of its own, partly common to all benchmarks and seen by the reference workload, partly each
//! benchmark's own and seen by nothing; on top of it every process has noise that only adds.

use parcost::rooms::compare::{Comparison, Process, Series, Side, Source, compare};
use parcost::rooms::model::Metric;
use parcost::rooms::verdict::Verdict;

/// Benchmarks in a run, and those of them that are slowed down where something is planted.
const BENCHMARKS: usize = 100;
const SLOWED: usize = 3;
const COMPARISONS: u64 = 20;
const ROUNDS: usize = 6;

/// Robust standard deviations, as shares.
struct Noise {
    /// Of the whole machine between sessions.
    machine: f64,
    /// Of one benchmark between sessions.
    session: f64,
    /// Between the processes of a session.
    process: f64,
}

const QUIET: Noise = Noise { machine: 0.01, session: 0.01, process: 0.01 };
const RESTLESS: Noise = Noise { machine: 0.03, session: 0.03, process: 0.01 };
const SHARED: Noise = Noise { machine: 0.08, session: 0.015, process: 0.02 };

impl Noise {
    /// How far 95 of 100 times of one benchmark are from those of another session, as its machine's sessions would show.
    fn reach(&self) -> f64 {
        1.96 * 2.0_f64.sqrt() * self.machine.hypot(self.session)
    }
}

fn normal(rng: &mut fastrand::Rng) -> f64 {
    // The sum of twelve has a variance of one; its tails are cut, which the heavy one below makes up for.
    (0..12).map(|_| rng.f64()).sum::<f64>() - 6.0
}

/// Noise that only adds, and one process in twenty that is disturbed.
fn process(rng: &mut fastrand::Rng, spread: f64) -> f64 {
    let disturbed = if rng.f64() < 0.05 { 5.0 * spread * rng.f64() } else { 0.0 };
    1.0 + spread * normal(rng).abs() + disturbed
}

fn session(rng: &mut fastrand::Rng, noise: &Noise, normalized: bool, factor: f64) -> Source {
    let machine = (noise.machine * normal(rng)).exp();
    let series = |place: usize, rng: &mut fastrand::Rng| {
        let own = (noise.session * normal(rng)).exp() * if place < SLOWED { factor } else { 1.0 };
        let one = |rng: &mut fastrand::Rng| {
            let min = 1000.0 * machine * own * process(rng, noise.process);
            let reference = normalized.then(|| 80.0 * machine * process(rng, noise.process / 2.0));
            Process { samples: 10, min, median: min * 1.02, reference }
        };
        Series {
            topic: "spawn".to_owned(),
            external: false,
            benchmark: format!("spawn/f/n={place}"),
            metric: Metric::WallTime,
            work: None,
            form: 1,
            inconclusive: None,
            reference: normalized.then(|| "syscall".to_owned()),
            clock_ns: 0.0,
            reach: noise.reach(),
            processes: (0..ROUNDS).map(|_| one(rng)).collect(),
        }
    };
    let series = (0..BENCHMARKS).map(|place| series(place, rng)).collect();
    Source { place: rng.u64(..).to_string(), series, ..Source::default() }
}

fn comparison(seed: u64, noise: &Noise, runs: usize, normalized: bool, factor: f64) -> Comparison {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut side = |name: &str, factor| Side {
        name: name.to_owned(),
        sources: (0..runs).map(|_| session(&mut rng, noise, normalized, factor)).collect(),
        ..Side::default()
    };
    let (baseline, candidate) = (side("A", 1.0), side("B", factor));
    compare(&baseline, &candidate, &|_| true).expect("made-up runs are sound")
}

/// Shares of the slowed rows that were found, and of the others that are false alarms.
fn found(noise: &Noise, runs: usize, normalized: bool, factor: f64) -> (f64, f64) {
    let (mut hits, mut alarms) = (0, 0);
    for seed in 0..COMPARISONS {
        let comparison = comparison(seed, noise, runs, normalized, factor);
        let slowed = |name: &str| factor != 1.0 && (0..SLOWED).any(|place| name == format!("spawn/f/n={place}"));
        for row in comparison.with(Verdict::Regressed).chain(comparison.with(Verdict::Improved)) {
            if slowed(&row.benchmark) { hits += 1 } else { alarms += 1 }
        }
    }
    let share = |count: i32, of: usize| f64::from(count) / (of as f64 * COMPARISONS as f64);
    (share(hits, SLOWED), share(alarms, BENCHMARKS))
}

#[test]
fn one_code_hardly_ever_changes() {
    for (name, noise, runs, normalized, bar) in [
        ("quiet, one run", QUIET, 1, true, 0.001),
        ("quiet, five runs", QUIET, 5, true, 0.001),
        ("quiet, five runs without reference workload", QUIET, 5, false, 0.001),
        ("shared, one run", SHARED, 1, true, 0.001),
        ("shared, five runs", SHARED, 5, true, 0.001),
        ("restless, one run", RESTLESS, 1, true, 0.001),
        ("restless, five runs", RESTLESS, 5, true, 0.001),
    ] {
        let (_, alarms) = found(&noise, runs, normalized, 1.0);
        println!("A/A, {name}: {:.2} false in 1,000", alarms * 1e3);
        assert!(alarms <= bar, "{name}: {alarms}");
    }
}

#[test]
fn slowdowns_are_found() {
    for (name, noise, runs, factor, bar) in [
        ("quiet, one run", QUIET, 1, 1.20, 0.9),
        ("quiet, five runs", QUIET, 5, 1.10, 0.9),
        ("shared, one run", SHARED, 1, 1.50, 0.3),
        ("shared, five runs", SHARED, 5, 1.50, 0.5),
    ] {
        let (hits, alarms) = found(&noise, runs, true, factor);
        println!("×{factor}, {name}: {:.0} % found, {:.2} false in 1,000", hits * 100.0, alarms * 1e3);
        assert!(hits >= bar, "{name}: {hits}");
    }
}
