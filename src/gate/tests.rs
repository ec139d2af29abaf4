use super::judge::Control;
use super::missing::Missing;
use super::*;
use crate::model::{Class, Failure, Metric, PairedBenchmark, PairedCount, PairedRun};
use crate::verdict::fixture::{self, count, empty_paired_run, execution, paired, with_cpu_time};
use crate::verdict::policy::CHANGE_MEDIAN;
use crate::verdict::{InconclusiveReason, InvalidReason, Outcome, Verdict, VerdictReason, rules};

fn run(benchmarks: Vec<PairedBenchmark>) -> PairedRun {
    PairedRun { benchmarks, ..empty_paired_run() }
}

fn judged(benchmark: PairedBenchmark) -> SeriesVerdict {
    gate(&run(vec![benchmark]), &GatePolicy::default()).benchmarks.remove(0)
}

fn verdict(benchmark: PairedBenchmark) -> Verdict {
    judged(benchmark).verdict
}

#[test]
fn a_change_exceeds_the_threshold_and_the_noise() {
    use Verdict::{Improved, Inconclusive, Regressed, Unchanged};
    let cases = [
        ("slower", 0.05, 0.01, 15, Regressed),
        ("faster", -0.05, 0.01, 15, Improved),
        ("the same", 0.0, 0.01, 15, Unchanged),
        ("slower by the threshold", 0.02, 0.01, 15, Unchanged),
        ("slower and noisy", 0.05, 0.3, 60, Inconclusive),
        ("the same and noisy", 0.0, 0.3, 60, Inconclusive),
        ("slower by more than the noise", 0.5, 0.3, 15, Regressed),
    ];
    for (name, change, noise, pairs, expected) in cases {
        let series = judged(paired("t", "b", change, noise, pairs));
        assert_eq!((series.verdict, series.pairs), (expected, pairs), "{name}");
        let interval = series.change.unwrap();
        assert!(interval.low() <= change + 0.005 && change - 0.005 <= interval.high(), "{name}: {interval:?}");
        assert!(series.min_detectable_change.unwrap() > 0.02 && series.p_value.is_some(), "{name}");
        assert!(series.median_change.is_some() && series.baseline == Some(1_000.0), "{name}");
    }
}

#[test]
fn the_threshold_is_that_of_the_class() {
    let compute = || PairedBenchmark { class: Class::Compute, ..paired("t", "b", 0.04, 0.005, 15) };
    for (aligned, expected) in [(true, (0.03, Verdict::Regressed)), (false, (0.05, Verdict::Unchanged))] {
        let run = PairedRun { aligned, ..run(vec![compute()]) };
        let series = gate(&run, &GatePolicy::default()).benchmarks.remove(0);
        assert_eq!((series.threshold.unwrap(), series.verdict), expected);
    }
}

#[test]
fn what_was_decided_at_a_look_is_not_opened_again() {
    let mut benchmark = paired("t", "b", 0.0, 0.01, 15);
    benchmark.pairs.extend(paired("t", "b", 0.5, 0.01, 45).pairs);
    let series = judged(benchmark);
    assert_eq!((series.verdict, series.pairs), (Verdict::Unchanged, 15));
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
        assert_eq!(undecided(&run), expected, "after {pairs}");
    }
}

#[test]
fn a_budget_that_ended_early_is_named() {
    let cases = [
        (0, InconclusiveReason::TooFewPairs { pairs: 0 }),
        (1, InconclusiveReason::TooFewPairs { pairs: 1 }),
        (14, InconclusiveReason::TooFewPairs { pairs: 14 }),
        (15, InconclusiveReason::Budget { pairs: 15 }),
        (22, InconclusiveReason::Budget { pairs: 22 }),
        (60, InconclusiveReason::NoisyPairs),
    ];
    for (pairs, reason) in cases {
        assert_eq!(judged(paired("t", "b", 0.0, 0.3, pairs)).reason, Some(reason.into()), "{pairs}");
    }
    // Pairs between two looks are not lost: 15 do not show this change, 29 do.
    let noisy = |pairs| verdict(paired("t", "b", 0.1, 0.15, pairs));
    assert_eq!((noisy(15), noisy(29)), (Verdict::Inconclusive, Verdict::Regressed));
    // Until the run is over they are no look.
    let run = run(vec![paired("t", "b", 0.1, 0.15, 29)]);
    assert_eq!(undecided(&run), [0]);
}

#[test]
fn among_many_benchmarks_a_finding_has_to_be_rarer() {
    let one = || paired("t", "one", 0.1, 0.15, 29);
    let mut crowd: Vec<_> = (0..60).map(|place| paired("t", &format!("{place}"), 0.0, 0.01, 15)).collect();
    crowd.push(one());
    let judged_crowd = gate(&run(crowd), &GatePolicy::default()).benchmarks;
    let in_the_crowd = judged_crowd.iter().find(|series| series.benchmark == "one").unwrap();
    assert_eq!(in_the_crowd.verdict, Verdict::Inconclusive);
    assert_eq!(in_the_crowd.p_value, judged(one()).p_value, "the p is the benchmark's own");
}

#[test]
fn impossible_numbers_are_invalid() {
    type Spoil = fn(&mut PairedBenchmark);
    let cases: &[(&str, Spoil, &str)] = &[
        ("NaN", |b| b.pairs[3].candidate.wall_ns = f64::NAN, "pair 3 holds NaN ns"),
        ("infinite", |b| b.pairs[0].baseline.wall_ns = f64::INFINITY, "pair 0 holds inf ns"),
        ("zero", |b| b.pairs[0].baseline.wall_ns = 0.0, "pair 0 holds 0 ns"),
        ("negative", |b| b.pairs[0].baseline.wall_ns = -1.0, "pair 0 holds -1 ns"),
        ("too wide", |b| b.pairs[0].baseline.wall_ns = f64::MIN_POSITIVE, "out of all proportion"),
        (
            "not reported",
            |b| {
                b.metric = Metric::CpuTime;
                b.pairs[0] = with_cpu_time(b.clone(), [1.0; 2]).pairs[0].clone();
            },
            "pair 1 did not report its cpu_time",
        ),
        ("metric", |b| b.metric = Metric::PageFaults, "not in page_faults"),
        ("failed", |b| b.failed_pairs = 4, "4 of 19 pairs failed"),
        ("nothing but failures", |b| (b.pairs, b.failed_pairs) = (Vec::new(), u64::MAX), "pairs failed"),
        ("stolen", |b| b.pairs.iter_mut().for_each(|pair| pair.stolen = Some(0.11)), "took 11 %"),
    ];
    for (name, spoil, expected) in cases {
        let mut benchmark = paired("t", "b", 0.5, 0.01, 15);
        spoil(&mut benchmark);
        let gate = gate(&run(vec![benchmark]), &GatePolicy::default());
        let reason = gate.benchmarks[0].reason.as_ref().unwrap().to_string();
        assert_eq!(gate.benchmarks[0].verdict, Verdict::Invalid, "{name}");
        assert!(reason.contains(expected), "{name}: {reason}");
        let expected = match *name {
            "stolen" => OutcomeReason::Undecided { decided: 0, results: 1 },
            _ => OutcomeReason::Missing(1),
        };
        assert_eq!((gate.outcome, gate.reason), (Outcome::Inconclusive, Some(expected)), "{name}");
    }
    let failed = PairedBenchmark { failed_pairs: 3, ..paired("t", "b", 0.0, 0.01, 15) };
    assert_eq!(verdict(failed), Verdict::Unchanged, "one in six may fail");
}

#[test]
fn a_name_that_stands_twice_is_invalid_whatever_comes_first() {
    let twice = [
        paired("t", "b", 0.0, 0.01, 15),
        PairedBenchmark { metric: Metric::CpuTime, ..paired("t", "b", 0.5, 0.01, 60) },
    ];
    let [there, back] = [twice.to_vec(), twice.iter().rev().cloned().collect()];
    let judged = gate(&run(there), &GatePolicy::default());
    assert_eq!(judged.benchmarks.len(), 1);
    assert_eq!(judged.benchmarks[0].reason, Some(InvalidReason::Repeated { times: 2 }.into()));
    assert_eq!(judged, gate(&run(back), &GatePolicy::default()));
}

#[test]
fn the_place_of_code_may_explain_what_executes_the_same() {
    let compute = |change| PairedBenchmark { class: Class::Compute, ..paired("cpu", "b", change, 0.01, 15) };
    let is_layout = |benchmark: PairedBenchmark, counts| {
        let series = &gate(&PairedRun { counts, ..run(vec![benchmark]) }, &GatePolicy::default()).benchmarks[0];
        let is_layout = series.reason == Some(InconclusiveReason::Layout.into());
        assert!(is_layout || series.verdict.is_change());
        is_layout
    };
    let (same, more) = (count("b", 1_000_000, 1_001_000), count("b", 1_000_000, 1_001_500));
    let cases = [
        ("slower", compute(0.1), vec![same.clone()], true),
        ("faster", compute(-0.1), vec![same.clone()], true),
        ("more instructions", compute(0.1), vec![more], false),
        ("too much", compute(0.25), vec![same.clone()], false),
        ("not counted", compute(0.1), vec![], false),
        ("another benchmark", compute(0.1), vec![count("c", 1_000_000, 1_000_000)], false),
        ("not computing", paired("cpu", "b", 0.1, 0.01, 15), vec![same], false),
    ];
    for (name, benchmark, counts, expected) in cases {
        assert_eq!(is_layout(benchmark, counts), expected, "{name}");
    }
}

#[test]
fn a_gate_passes_only_where_every_result_is_decided_or_accepted_without() {
    let outcome = |run: &PairedRun| gate(run, &GatePolicy::default()).outcome;
    let undecided = [
        empty_paired_run(),
        run(vec![paired("t", "b", 0.0, 0.3, 60)]),
        run(vec![paired("t", "b", 0.0, 0.01, 14)]),
        PairedRun { added: vec!["b".to_owned()], ..empty_paired_run() },
    ];
    for run in undecided {
        assert_eq!(outcome(&run), Outcome::Inconclusive);
    }
    let mixed = run(vec![paired("t", "a", 0.0, 0.3, 60), paired("t", "b", 0.0, 0.01, 15)]);
    assert_eq!(outcome(&mixed), Outcome::Inconclusive);
    let text = "[[inconclusive]]\nbenchmark = \"a\"\nreason = \"a shared disk\"\n";
    let policy = GatePolicy { accepted: rules(text).unwrap(), ..GatePolicy::default() };
    let judged = gate(&mixed, &policy);
    assert_eq!((judged.outcome, judged.benchmarks[0].accepted.as_deref()), (Outcome::Pass, Some("a shared disk")));
    let alone = gate(&run(vec![paired("t", "a", 0.0, 0.3, 60)]), &policy);
    assert_eq!(alone.outcome, Outcome::Pass);
    let slower = gate(&run(vec![paired("t", "a", 2.0, 0.3, 14), paired("t", "b", 0.0, 0.01, 15)]), &policy);
    assert_eq!(slower.outcome, Outcome::Fail, "far slower is not inconclusive");
    let lucky = |median: f64| {
        let mut benchmark = paired("t", "a", 14.0, 0.0, 2);
        benchmark
            .pairs
            .iter_mut()
            .for_each(|pair| pair.candidate.wall_ns_median = median * pair.baseline.wall_ns_median);
        outcome(&run(vec![benchmark]))
    };
    assert_eq!((lucky(1.0), lucky(15.0)), (Outcome::Inconclusive, Outcome::Fail), "a fast sample is luck");
    let layout = vec![PairedBenchmark { class: Class::Compute, ..paired("cpu", "b", 0.1, 0.01, 15) }];
    let warned = PairedRun { counts: vec![count("b", 1_000_000, 1_000_000)], ..run(layout) };
    assert_eq!(outcome(&warned), Outcome::Inconclusive);
    let counted = PairedRun { counts: vec![count("b", 1_000_000, 1_010_000)], ..empty_paired_run() };
    assert_eq!(outcome(&counted), Outcome::Fail);
    let identical = gate(&PairedRun { identical: true, ..empty_paired_run() }, &GatePolicy::default());
    assert_eq!((identical.outcome, identical.reason), (Outcome::Pass, Some(OutcomeReason::Identical)));
}

#[test]
fn an_accepted_regression_stays_regressed_and_fails_nothing() {
    let text = "[[accepted]]\nbenchmark = \"b\"\ncommit = \"fedcba987\"\nfactor = 1.12\nreason = \"intended\"\n";
    let policy = GatePolicy { accepted: rules(text).unwrap(), ..GatePolicy::default() };
    let counts = vec![count("b", 1_000_000, 1_100_000)];
    let commits = vec!["fedcba9876543210".to_owned()];
    let run = PairedRun { commits, counts, ..run(vec![paired("t", "b", 0.1, 0.01, 15)]) };
    let judged = gate(&run, &policy);
    for series in judged.results() {
        assert_eq!((series.verdict, series.accepted.as_deref()), (Verdict::Regressed, Some("intended")));
    }
    assert_eq!((judged.outcome, judged.regressions()), (Outcome::Pass, 0));
    let policy = GatePolicy { accepted: rules(&text.replace("1.12", "1.02")).unwrap(), ..GatePolicy::default() };
    let why = gate(&run, &policy).results().next().unwrap().not_accepted.as_ref().unwrap().to_string();
    assert!(why.starts_with("the rule on line 1 allows 1.02×; measured 1.1"), "{why}");
}

#[test]
fn what_is_missing_is_named_unless_it_may_be() {
    let sound = || paired("t", "sound", 0.0, 0.01, 15);
    let failure = |benchmark: &str| fixture::failure("t", benchmark, "it panicked");
    let mut run = run(vec![sound(), PairedBenchmark { failed_pairs: 15, ..paired("t", "shaky", 0.0, 0.01, 15) }]);
    run.removed = vec!["gone".to_owned()];
    run.failures = vec![failure("broken"), failure("sound"), failure("broken")];
    run.counts = vec![count("idle", 1_000, 10)];
    let named = |missing: &[Missing]| missing.iter().map(|missing| missing.benchmark.clone()).collect::<Vec<_>>();
    let strict = gate(&run, &GatePolicy::default());
    assert_eq!(named(&strict.missing), ["broken", "gone", "idle", "shaky"]);
    assert_eq!((strict.outcome, strict.reason), (Outcome::Inconclusive, Some(OutcomeReason::Missing(4))));
    let allowed_missing = ["broken", "gone", "idle", "shaky"].map(str::to_owned).to_vec();
    let lenient = gate(&run, &GatePolicy { allowed_missing: allowed_missing.clone(), ..GatePolicy::default() });
    assert_eq!((named(&lenient.allowed_missing), lenient.outcome), (allowed_missing, Outcome::Pass));
    run.benchmarks.push(paired("t", "worse", 0.2, 0.01, 15));
    assert_eq!(gate(&run, &GatePolicy::default()).outcome, Outcome::Fail);
}

#[test]
fn topics_and_sensitivity_are_over_all_benchmarks() {
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
    assert_eq!(topics, [("a", 2), ("b", 2)]);
    assert!((gate.topics[1].change - 0.1).abs() < 1e-9, "{:?}", gate.topics);
    let sensitivity = gate.sensitivity.unwrap();
    assert_eq!(sensitivity.benchmarks, 3);
    assert!((sensitivity.median - 0.02).abs() < 1e-9 && (sensitivity.p90 - 0.02).abs() < 1e-9, "{sensitivity:?}");
}

#[test]
fn cpu_time_is_judged_where_it_is_asked_for() {
    let benchmark = with_cpu_time(paired("t", "b", 0.0, 0.01, 15), [0.9, 0.99]);
    assert_eq!(verdict(PairedBenchmark { metric: Metric::CpuTime, ..benchmark }), Verdict::Regressed);
}

#[test]
fn the_same_cpu_time_in_a_longer_wall_time_regresses() {
    let calc = |change, ratio| PairedBenchmark {
        metric: Metric::CpuTime,
        class: Class::Compute,
        ..with_cpu_time(paired("cpu", "calc/threads/workers=2", change, 0.01, 15), ratio)
    };
    let cases = [
        ("all workers on one CPU", calc(1.0, [2.0, 1.0]), Outcome::Fail, Verdict::Regressed),
        ("waits for 8 %", calc(0.08, [1.0, 1.0 / 1.08]), Outcome::Pass, Verdict::Unchanged),
        ("the same", calc(0.0, [1.0, 1.0]), Outcome::Pass, Verdict::Unchanged),
    ];
    for (name, benchmark, outcome, verdict) in cases {
        let gate = gate(&run(vec![benchmark]), &GatePolicy::default());
        let main = &gate.benchmarks[0];
        assert_eq!((gate.outcome, main.metric, main.verdict), (outcome, Metric::CpuTime, Verdict::Unchanged), "{name}");
        let other = gate.benchmarks.get(1).map(|other| (other.metric, other.verdict, other.reason.clone()));
        let reason = VerdictReason::OtherClock(Metric::WallTime);
        let expected = (Metric::WallTime, Verdict::Regressed, Some(reason));
        assert_eq!(other, (verdict == Verdict::Regressed).then_some(expected), "{name}");
    }
    let spins = with_cpu_time(paired("io", "echo", 0.0, 0.01, 15), [0.1, 0.9]);
    assert_eq!(gate(&run(vec![spins]), &GatePolicy::default()).outcome, Outcome::Fail);
}

#[test]
fn work_that_is_slow_now_and_then_regresses_though_its_best_sample_is_not() {
    let with_medians = |factor: f64, noise: f64| {
        let mut benchmark = paired("t", "b", 0.0, noise, 15);
        benchmark.pairs.iter_mut().for_each(|pair| pair.candidate.wall_ns_median *= factor);
        judged(benchmark)
    };
    let slower = with_medians(3.0, 0.01);
    assert_eq!((slower.verdict, slower.reason), (Verdict::Regressed, Some(VerdictReason::SlowerMedian)));
    assert!((slower.change.unwrap().center() - 2.0).abs() < 0.02);
    assert_eq!(slower.threshold, Some(CHANGE_MEDIAN), "that of the medians, which it is printed beside");
    assert_eq!(with_medians(1.2, 0.01).verdict, Verdict::Unchanged, "below the threshold");
    assert_eq!(with_medians(1.4, 0.3).verdict, Verdict::Inconclusive, "too noisy to say");
}

#[test]
fn pairs_too_few_for_a_look_fail_where_all_are_far_slower() {
    let cases = [
        ("4,000 times, once", 3_999.0, 1, Verdict::Regressed),
        ("100 times, once", 99.1, 1, Verdict::Regressed),
        ("90 times, once", 89.0, 1, Verdict::Inconclusive),
        ("3 times, 14 pairs", 2.0, 14, Verdict::Regressed),
        ("1.9 times, 14 pairs", 0.9, 14, Verdict::Inconclusive),
        ("a tenth, once", -0.9, 1, Verdict::Inconclusive),
    ];
    for (name, change, pairs, expected) in cases {
        let series = judged(paired("t", "b", change, 0.0, pairs));
        assert_eq!((series.verdict, series.pairs), (expected, pairs), "{name}");
        assert!((series.change.unwrap().center() - change).abs() < 1e-9, "{name}");
        let beside = gate(
            &run(vec![paired("t", "a", 0.0, 0.01, 15), paired("t", "b", change, 0.0, pairs)]),
            &GatePolicy::default(),
        );
        assert_ne!(beside.outcome, Outcome::Pass, "{name}");
    }
}

#[test]
fn a_time_of_nothing_is_not_an_improvement() {
    // The baseline takes 1,000 ns.
    for (change, expected) in [(-0.9995, Verdict::Invalid), (-0.99, Verdict::Improved)] {
        assert_eq!(judged(paired("t", "b", change, 0.0, 15)).verdict, expected, "{change}");
    }
}

#[test]
fn counts_decide_where_pairs_do_not() {
    use Outcome::{Fail, Inconclusive, Pass};
    let same = [1_000_000, 4, 20];
    let noisy = |change, pairs| paired("t", "b", change, 0.3, pairs);
    let by_counts = |pairs| Some(VerdictReason::SameCounts { pairs });
    let noisy_pairs = || Some(InconclusiveReason::NoisyPairs.into());
    let few_pairs = Some(InconclusiveReason::TooFewPairs { pairs: 2 }.into());
    let little_slower = paired("t", "b", 0.003, 0.001, 12);
    let cases = [
        ("the same, noisy pairs", noisy(0.0, 60), same, Pass, by_counts(60)),
        ("the same, no pair", noisy(0.0, 0), same, Pass, by_counts(0)),
        ("a system call more", noisy(0.0, 60), [1_000_000, 5, 20], Fail, noisy_pairs()),
        ("1 % more instructions", noisy(0.0, 60), [1_010_000, 4, 20], Fail, noisy_pairs()),
        ("fewer allocations", noisy(0.0, 60), [1_000_000, 4, 2], Inconclusive, noisy_pairs()),
        ("12 pairs slower by less than the threshold", little_slower, same, Pass, by_counts(12)),
        ("slower, however the same", paired("t", "b", 0.3, 0.05, 15), same, Fail, None),
        ("all pairs twice as slow, however the same", paired("t", "b", 1.1, 0.0, 2), same, Inconclusive, few_pairs),
    ];
    for (name, benchmark, candidate, outcome, reason) in cases {
        let run = PairedRun { counts: execution("t", "b", same, candidate), ..run(vec![benchmark]) };
        let judged = gate(&run, &GatePolicy::default());
        assert_eq!((judged.outcome, &judged.benchmarks[0].reason), (outcome, &reason), "{name}");
    }
    // What it does elsewhere is in no count.
    let waits = |pairs| {
        let mut counts = execution("t", "b", same, same);
        counts[0].uncounted = Some("poll".to_owned());
        gate(&PairedRun { counts, ..run(vec![noisy(0.0, pairs)]) }, &GatePolicy::default())
    };
    for (pairs, reason) in [(60, InconclusiveReason::NoisyPairs), (0, InconclusiveReason::Uncounted("poll".to_owned()))]
    {
        let judged = waits(pairs);
        assert_eq!((judged.outcome, &judged.benchmarks[0].reason), (Inconclusive, &Some(reason.into())), "{pairs}");
    }
    let of_others = PairedRun { counts: execution("u", "b", same, same), ..run(vec![noisy(0.0, 60)]) };
    assert_eq!(gate(&of_others, &GatePolicy::default()).outcome, Inconclusive, "the counts of another target");
    let first_look = PairedRun { counts: execution("t", "b", same, same), ..run(vec![noisy(0.0, 15)]) };
    assert_eq!(undecided(&first_look), [0; 0], "the fewest pairs");
}

#[test]
fn a_candidate_whose_processes_fail_regresses() {
    let failed = |failed_pairs, failed_candidate| {
        let benchmark = PairedBenchmark { failed_pairs, failed_candidate, ..paired("t", "b", 0.0, 0.01, 30) };
        judged(benchmark).verdict
    };
    assert_eq!(failed(7, 7), Verdict::Regressed, "19 %");
    assert_eq!(failed(2, 2), Verdict::Regressed, "6 %");
    assert_eq!(failed(1, 1), Verdict::Unchanged, "once");
    assert_eq!(failed(4, 2), Verdict::Unchanged, "the baseline's as well");
    assert_eq!(failed(7, 0), Verdict::Unchanged, "evidence that does not say which side");
}

#[test]
fn a_failure_is_not_covered_by_the_result_of_another_target_or_of_a_count() {
    let failure = fixture::failure("t", "b", "it panicked");
    let others = [
        run(vec![paired("other", "b", 0.0, 0.01, 15)]),
        PairedRun { counts: vec![count("b", 5_000, 5_000)], ..run(vec![paired("t", "a", 0.0, 0.01, 15)]) },
    ];
    for mut run in others {
        run.failures = vec![failure.clone()];
        let judged = gate(&run, &GatePolicy::default());
        assert_eq!((judged.outcome, judged.missing.len()), (Outcome::Inconclusive, 1), "{run:?}");
    }
}

#[test]
fn what_may_be_missing_hides_nothing_else() {
    let mut run = run(vec![paired("one", "x", 0.5, 0.01, 15), paired("two", "y", 0.0, 0.01, 15)]);
    run.failures = vec![fixture::failure("two", "x", "gone")];
    let allowing = |names: &[&str], run: &PairedRun| {
        gate(
            run,
            &GatePolicy { allowed_missing: names.iter().map(|&it| it.to_owned()).collect(), ..GatePolicy::default() },
        )
    };
    assert_eq!(allowing(&["x"], &run).outcome, Outcome::Fail, "it regressed in the other target");
    run.benchmarks.remove(0);
    assert_eq!(allowing(&["x"], &run).outcome, Outcome::Pass);
    assert_eq!(allowing(&["two: x"], &run).outcome, Outcome::Pass);
    assert_eq!(allowing(&["one: x"], &run).outcome, Outcome::Inconclusive);
    run.failures.push(Failure { topic: "three".to_owned(), ..run.failures[0].clone() });
    assert_eq!(allowing(&["x"], &run).outcome, Outcome::Inconclusive, "which of the two?");
    assert_eq!(allowing(&["two: x", "three: x"], &run).outcome, Outcome::Pass);
}

#[test]
fn the_interval_says_what_the_verdict_says() {
    let threshold = 0.02;
    for noise in [0.01, 0.05, 0.1, 0.2, 0.3] {
        for change in [0.0, 0.02, 0.03, 0.05, 0.084, 0.1, 0.2] {
            for pairs in [15, 30, 60] {
                let mut benchmarks = vec![paired("t", "b", change, noise, pairs)];
                benchmarks.extend((0..8).map(|place| paired("u", &format!("{place}"), 0.0, 0.01, 15)));
                let series = gate(&run(benchmarks), &GatePolicy::default()).benchmarks.remove(0);
                let interval = series.change.unwrap();
                let expected = match series.verdict {
                    Verdict::Regressed => interval.low() > threshold,
                    Verdict::Improved => interval.high() < -threshold / (1.0 + threshold),
                    Verdict::Unchanged => interval.low() > -2.0 * threshold && interval.high() < 2.0 * threshold,
                    _ => interval.low() <= threshold,
                };
                assert!(expected, "{change} ± {noise}, {pairs} pairs: {} {interval:?}", series.verdict);
            }
        }
    }
}

#[test]
fn work_whose_few_slow_operations_no_median_shows_regresses_by_its_mean() {
    let with_means = |factor: f64| {
        let mut benchmark = paired("t", "b", 0.0, 0.01, 15);
        for (place, pair) in benchmark.pairs.iter_mut().enumerate() {
            pair.baseline.wall_ns_mean = Some(1_010.0);
            pair.candidate.wall_ns_mean = Some(1_010.0 * factor * (1.0 + place as f64 / 100.0));
        }
        judged(benchmark)
    };
    let slower = with_means(2.0);
    assert_eq!((slower.verdict, slower.reason), (Verdict::Regressed, Some(VerdictReason::SlowerMean)));
    assert!(slower.baseline == Some(1_010.0) && slower.change.unwrap().center() > 1.0);
    assert_eq!(with_means(1.1).verdict, Verdict::Unchanged, "below the threshold");
}

#[test]
fn computing_that_is_slow_now_and_then_regresses_though_its_least_cpu_time_does_not() {
    let mut benchmark = with_cpu_time(paired("cpu", "calc", 0.0, 0.01, 15), [1.0, 1.0]);
    (benchmark.class, benchmark.metric) = (Class::Compute, Metric::CpuTime);
    benchmark.pairs.iter_mut().for_each(|pair| pair.candidate.wall_ns_median *= 3.0);
    let gate = gate(&run(vec![benchmark]), &GatePolicy::default());
    let slow = gate.benchmarks.iter().find(|series| series.verdict == Verdict::Regressed);
    assert_eq!(slow.and_then(|series| series.reason.clone()), Some(VerdictReason::SlowerMedian), "{gate:#?}");
    assert_eq!(gate.outcome, Outcome::Fail);
}

#[test]
fn nine_of_ten_benchmarks_that_are_seen_are_enough() {
    let is_seen = |noisy: usize| {
        let noise = |place: usize| if place < noisy { 0.4 } else { 0.01 };
        let of = |place: usize| paired("t", &format!("b{place}"), 0.0, noise(place), 15);
        is_seen(&run((0..10).map(of).collect()), &GatePolicy::default())
    };
    assert_eq!([0, 1, 2].map(is_seen), [true, true, false]);
}

#[test]
fn a_machine_that_moves_the_baseline_by_itself_is_unfit_for_all_but_counts() {
    let control = |change: f64, pairs| PairedBenchmark { is_control: true, ..paired("t", "b", change, 0.01, pairs) };
    let of = |change: f64, control: PairedBenchmark, counts: Vec<PairedCount>| {
        let benchmarks = vec![paired("t", "b", change, 0.01, 15), control];
        gate(&PairedRun { counts, ..run(benchmarks) }, &GatePolicy::default())
    };
    let quiet = of(0.0, control(0.0, 15), Vec::new());
    assert_eq!((quiet.outcome, quiet.control), (Outcome::Pass, Some(Control { changed: 0, benchmarks: 1 })));
    assert_eq!((quiet.benchmarks.len(), quiet.sensitivity.unwrap().benchmarks), (1, 1), "a control is no result");
    for change in [0.0, 0.2] {
        let changed = of(change, control(0.2, 15), Vec::new());
        let reason = OutcomeReason::Unfit(Control { changed: 1, benchmarks: 1 });
        assert_eq!((changed.outcome, changed.reason), (Outcome::Inconclusive, Some(reason)), "{change}");
    }
    let mut slow_now_and_then = control(0.0, 15);
    slow_now_and_then.pairs.iter_mut().for_each(|pair| pair.candidate.wall_ns_median *= 2.0);
    let found = of(0.0, slow_now_and_then, Vec::new());
    assert_eq!(found.control, Some(Control { changed: 1, benchmarks: 1 }), "every alarm has its control");
    let counted = of(0.0, control(0.2, 15), vec![count("b", 1_000_000, 2_000_000)]);
    assert_eq!(counted.outcome, Outcome::Fail);
    assert_eq!(of(0.2, control(0.2, 3), Vec::new()).outcome, Outcome::Fail, "too few pairs to say");

    // A control gets pairs while something else needs them, and no longer.
    let open = |change: f64, noise: f64| {
        let benchmarks = vec![paired("t", "b", change, noise, 15), control(0.02, 15)];
        undecided(&run(benchmarks))
    };
    assert_eq!((open(0.2, 0.01).len(), open(0.02, 0.4).first()), (0, Some(&0)));
}
