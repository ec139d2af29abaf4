use super::*;
use crate::model::{Class, Failure, Metric, PairedBenchmark, PairedRun, Timing};
use crate::verdict::fixture::{count, empty_paired_run, paired};

fn run(benchmarks: Vec<PairedBenchmark>) -> PairedRun {
    PairedRun { benchmarks, ..empty_paired_run() }
}

fn judged(benchmark: PairedBenchmark) -> PairedVerdict {
    gate(&run(vec![benchmark]), &GatePolicy::default()).verdicts.remove(0)
}

fn kind(benchmark: PairedBenchmark) -> OutcomeKind {
    judged(benchmark).outcome.kind()
}

#[test]
fn a_change_is_told_beyond_the_floor_and_beyond_the_noise() {
    use OutcomeKind::*;
    let cases = [
        ("slower", 0.05, 0.01, 15, Regressed),
        ("faster", -0.05, 0.01, 15, Improved),
        ("the same", 0.0, 0.01, 15, Unchanged),
        ("slower by the floor", 0.02, 0.01, 15, Unchanged),
        ("slower and noisy", 0.05, 0.3, 60, Inconclusive),
        ("the same and noisy", 0.0, 0.3, 60, Inconclusive),
        ("slower by more than the noise", 0.5, 0.3, 15, Regressed),
    ];
    for (name, change, noise, pairs, expected) in cases {
        let verdict = judged(paired("t", "b", change, noise, pairs));
        assert_eq!(verdict.outcome.kind(), expected, "{name}");
        assert_eq!(verdict.pairs, pairs, "{name}");
        let told = verdict.change.unwrap();
        assert!(told.low() <= change + 0.005 && change - 0.005 <= told.high(), "{name}: {told:?}");
        assert!(verdict.smallest.unwrap() > 0.02 && verdict.p.is_some() && verdict.median.is_some(), "{name}");
    }
}

#[test]
fn the_floor_is_that_of_the_class_or_wider() {
    let compute = || PairedBenchmark { class: Class::Compute, ..paired("t", "b", 0.04, 0.005, 15) };
    let noise =
        |share| GatePolicy { noise: [(("t".to_owned(), "b".to_owned()), share)].into(), ..GatePolicy::default() };
    let outcome = |aligned, policy: &GatePolicy| {
        let verdict = gate(&PairedRun { aligned, ..run(vec![compute()]) }, policy).verdicts.remove(0);
        (verdict.floor, verdict.outcome)
    };
    assert_eq!(outcome(true, &noise(0.0)), (Some(0.03), PairedOutcome::Regressed));
    assert_eq!(outcome(false, &noise(0.0)), (Some(0.05), PairedOutcome::Unchanged));
    assert_eq!(outcome(true, &noise(0.04)), (Some(0.06), PairedOutcome::Unchanged));
    for share in [f64::NAN, f64::INFINITY, -0.1, 0.4] {
        assert!(matches!(outcome(true, &noise(share)), (None, PairedOutcome::Invalid(Flaw::Noise { .. }))), "{share}");
    }
}

#[test]
fn what_was_decided_at_a_look_is_not_opened_again() {
    let mut benchmark = paired("t", "b", 0.0, 0.01, 15);
    benchmark.pairs.extend(paired("t", "b", 0.5, 0.01, 45).pairs);
    let verdict = judged(benchmark);
    assert_eq!((verdict.outcome, verdict.pairs), (PairedOutcome::Unchanged, 15));
}

#[test]
fn a_benchmark_is_measured_until_it_is_decided() {
    let steps = [(14, vec![0, 1, 2]), (15, vec![1, 2]), (29, vec![1, 2]), (30, vec![1, 2]), (60, vec![])];
    for (pairs, expected) in steps {
        let stolen = |pairs| {
            let mut benchmark = paired("t", "c", 0.0, 0.01, pairs);
            benchmark.pairs.iter_mut().for_each(|pair| pair.stolen = Some(0.5));
            benchmark
        };
        let hopeless = PairedBenchmark { metric: Metric::PageFaults, ..paired("t", "d", 0.0, 0.01, pairs) };
        let run = run(vec![
            paired("t", "a", 0.0, 0.01, pairs.min(15)),
            paired("t", "b", 0.0, 0.3, pairs),
            stolen(pairs),
            hopeless,
        ]);
        assert_eq!(undecided(&run, &GatePolicy::default()), expected, "after {pairs}");
    }
}

#[test]
fn a_budget_that_ended_early_is_named() {
    let cases = [
        (0, Doubt::TooFew { pairs: 0 }),
        (14, Doubt::TooFew { pairs: 14 }),
        (15, Doubt::Budget { pairs: 15 }),
        (22, Doubt::Budget { pairs: 22 }),
        (60, Doubt::Noise),
    ];
    for (pairs, doubt) in cases {
        assert_eq!(judged(paired("t", "b", 0.0, 0.3, pairs)).outcome, PairedOutcome::Inconclusive(doubt), "{pairs}");
    }
    // Pairs between two looks are not lost: 15 do not show this change, 29 do.
    let noisy = |pairs| kind(paired("t", "b", 0.1, 0.15, pairs));
    assert_eq!((noisy(15), noisy(29)), (OutcomeKind::Inconclusive, OutcomeKind::Regressed));
    // Until the run is over they are no look.
    let run = run(vec![paired("t", "b", 0.1, 0.15, 29)]);
    assert_eq!(undecided(&run, &GatePolicy::default()), [0]);
}

#[test]
fn among_many_benchmarks_a_finding_has_to_be_rarer() {
    let one = || paired("t", "one", 0.1, 0.15, 29);
    let mut crowd: Vec<_> = (0..60).map(|place| paired("t", &format!("{place}"), 0.0, 0.01, 15)).collect();
    crowd.push(one());
    let verdicts = gate(&run(crowd), &GatePolicy::default()).verdicts;
    let in_the_crowd = verdicts.iter().find(|verdict| verdict.benchmark == "one").unwrap();
    assert_eq!(in_the_crowd.outcome.kind(), OutcomeKind::Inconclusive);
    assert_eq!(in_the_crowd.p, judged(one()).p, "the p is the benchmark's own");
}

#[test]
fn numbers_that_are_none_are_refused() {
    type Spoil = fn(&mut PairedBenchmark);
    let cases: &[(&str, Spoil, &str)] = &[
        ("NaN", |b| b.pairs[3].candidate.wall_ns = f64::NAN, "pair 3 holds NaN ns"),
        ("infinite", |b| b.pairs[0].baseline.wall_ns = f64::INFINITY, "pair 0 holds inf ns"),
        ("zero", |b| b.pairs[0].baseline.wall_ns = 0.0, "pair 0 holds 0 ns"),
        ("negative", |b| b.pairs[0].baseline.wall_ns = -1.0, "pair 0 holds -1 ns"),
        ("too wide", |b| b.pairs[0].baseline.wall_ns = f64::MIN_POSITIVE, "beyond all proportion"),
        ("not told", |b| b.metric = Metric::CpuTime, "pair 1 did not tell its cpu_time"),
        ("metric", |b| b.metric = Metric::PageFaults, "not in page_faults"),
        ("failed", |b| b.failed_pairs = 4, "4 of 19 pairs failed"),
        ("nothing but failures", |b| (b.pairs, b.failed_pairs) = (Vec::new(), u64::MAX), "pairs failed"),
        ("stolen", |b| b.pairs.iter_mut().for_each(|pair| pair.stolen = Some(0.11)), "took 11 %"),
    ];
    for (name, spoil, expected) in cases {
        let mut benchmark = paired("t", "b", 0.5, 0.01, 15);
        benchmark.pairs[1].baseline.cpu_ns = None;
        spoil(&mut benchmark);
        let gate = gate(&run(vec![benchmark]), &GatePolicy::default());
        let reason = gate.verdicts[0].outcome.reason().unwrap();
        assert_eq!(gate.verdicts[0].outcome.kind(), OutcomeKind::Invalid, "{name}");
        assert!(reason.contains(expected), "{name}: {reason}");
        let expected = if *name == "stolen" { Judgement::Nothing } else { Judgement::Missing };
        assert_eq!(gate.judgement, expected, "{name}");
    }
    let failed = PairedBenchmark { failed_pairs: 3, ..paired("t", "b", 0.0, 0.01, 15) };
    assert_eq!(kind(failed), OutcomeKind::Unchanged, "one in six may fail");
}

#[test]
fn a_name_that_stands_twice_is_refused_whatever_comes_first() {
    let twice = [
        paired("t", "b", 0.0, 0.01, 15),
        PairedBenchmark { metric: Metric::CpuTime, ..paired("t", "b", 0.5, 0.01, 60) },
    ];
    let [there, back] = [twice.to_vec(), twice.iter().rev().cloned().collect()];
    let judged = gate(&run(there), &GatePolicy::default());
    assert_eq!(judged.verdicts.len(), 1);
    assert_eq!(judged.verdicts[0].outcome, PairedOutcome::Invalid(Flaw::Repeated { times: 2 }));
    assert_eq!(judged, gate(&run(back), &GatePolicy::default()));
}

#[test]
fn the_place_of_code_may_explain_what_executes_the_same() {
    let compute = |change| PairedBenchmark { class: Class::Compute, ..paired("cpu", "b", change, 0.01, 15) };
    let outcome = |benchmark: PairedBenchmark, counts| {
        gate(&PairedRun { counts, ..run(vec![benchmark]) }, &GatePolicy::default()).verdicts[0].outcome.kind()
    };
    let (same, more) = (count("b", 1_000_000, 1_001_000), count("b", 1_000_000, 1_001_500));
    let cases = [
        ("slower", compute(0.1), vec![same.clone()], OutcomeKind::Layout),
        ("faster", compute(-0.1), vec![same.clone()], OutcomeKind::Layout),
        ("more instructions", compute(0.1), vec![more], OutcomeKind::Regressed),
        ("too much", compute(0.25), vec![same.clone()], OutcomeKind::Regressed),
        ("not counted", compute(0.1), vec![], OutcomeKind::Regressed),
        ("another benchmark", compute(0.1), vec![count("c", 1_000_000, 1_000_000)], OutcomeKind::Regressed),
        ("not computing", paired("cpu", "b", 0.1, 0.01, 15), vec![same], OutcomeKind::Regressed),
    ];
    for (name, benchmark, counts, expected) in cases {
        assert_eq!(outcome(benchmark, counts), expected, "{name}");
    }
}

#[test]
fn a_run_that_tells_nothing_is_never_green() {
    let judgement = |run: &PairedRun| gate(run, &GatePolicy::default()).judgement;
    assert_eq!(judgement(&empty_paired_run()), Judgement::Nothing);
    assert_eq!(judgement(&run(vec![paired("t", "b", 0.0, 0.3, 60)])), Judgement::Nothing);
    assert_eq!(judgement(&run(vec![paired("t", "b", 0.0, 0.01, 14)])), Judgement::Nothing);
    let added = PairedRun { added: vec!["b".to_owned()], ..empty_paired_run() };
    assert_eq!(judgement(&added), Judgement::Nothing);
    let mixed = run(vec![paired("t", "a", 0.0, 0.3, 60), paired("t", "b", 0.0, 0.01, 15)]);
    assert_eq!(judgement(&mixed), Judgement::Green);
    let layout = vec![PairedBenchmark { class: Class::Compute, ..paired("cpu", "b", 0.1, 0.01, 15) }];
    let warned = PairedRun { counts: vec![count("b", 1_000_000, 1_000_000)], ..run(layout) };
    assert_eq!(judgement(&warned), Judgement::Green);
    let counted = PairedRun { counts: vec![count("b", 1_000_000, 1_010_000)], ..empty_paired_run() };
    assert_eq!(judgement(&counted), Judgement::Red);
}

#[test]
fn what_is_missing_is_named_unless_it_may_be() {
    let sound = || paired("t", "sound", 0.0, 0.01, 15);
    let failure = |benchmark: &str| Failure {
        topic: "t".to_owned(),
        benchmark: benchmark.to_owned(),
        reason: "it panicked".to_owned(),
    };
    let mut run = run(vec![sound(), PairedBenchmark { failed_pairs: 15, ..paired("t", "shaky", 0.0, 0.01, 15) }]);
    run.removed = vec!["gone".to_owned()];
    run.failures = vec![failure("broken"), failure("sound"), failure("broken")];
    run.counts = vec![count("idle", 1_000, 10)];
    let named = |missing: &[Missing]| missing.iter().map(|missing| missing.benchmark.clone()).collect::<Vec<_>>();
    let strict = gate(&run, &GatePolicy::default());
    assert_eq!(
        (named(&strict.missing), strict.judgement),
        (["broken", "gone", "idle", "shaky"].map(str::to_owned).to_vec(), Judgement::Missing)
    );
    let allowed_missing = ["broken", "gone", "idle", "shaky"].map(str::to_owned).to_vec();
    let lenient = gate(&run, &GatePolicy { allowed_missing: allowed_missing.clone(), ..GatePolicy::default() });
    assert_eq!((named(&lenient.allowed), lenient.judgement), (allowed_missing, Judgement::Green));
    run.benchmarks.push(paired("t", "worse", 0.2, 0.01, 15));
    assert_eq!(gate(&run, &GatePolicy::default()).judgement, Judgement::Red);
}

#[test]
fn topics_and_sensitivity_are_told_beside() {
    let gate = gate(
        &run(vec![
            paired("b", "1", 0.21, 0.0, 15),
            paired("a", "1", 0.5, 0.0, 15),
            paired("b", "2", 0.0, 0.0, 15),
            paired("a", "2", 0.0, 0.0, 3),
        ]),
        &GatePolicy::default(),
    );
    let topics: Vec<_> = gate.topics.iter().map(|topic| (topic.topic.as_str(), topic.benchmarks)).collect();
    assert_eq!(topics, [("a", 1), ("b", 2)]);
    assert!((gate.topics[1].change - 0.1).abs() < 1e-9, "{:?}", gate.topics);
    let sensitivity = gate.sensitivity.unwrap();
    assert_eq!(sensitivity.benchmarks, 3);
    assert!((sensitivity.half - 0.02).abs() < 1e-9 && (sensitivity.most - 0.02).abs() < 1e-9, "{sensitivity:?}");
}

#[test]
fn cpu_time_is_judged_where_it_is_asked_for() {
    let mut benchmark = PairedBenchmark { metric: Metric::CpuTime, ..paired("t", "b", 0.0, 0.01, 15) };
    let slower = |timing: &mut Timing| timing.cpu_ns = timing.cpu_ns.map(|ns| ns * 1.1);
    benchmark.pairs.iter_mut().for_each(|pair| slower(&mut pair.candidate));
    assert_eq!(kind(benchmark), OutcomeKind::Regressed);
}
