use super::questions::differ;
use super::*;
use crate::advise::answer::Choice;
use crate::advise::crossover::Crossing;
use crate::model::{Estimate, Fact, Measurement, Run, made};
use crate::verdict::fixture::{inconclusive, with_lower_bound};
use crate::verdict::{Absent, Value, fixture};

fn time(topic: &str, benchmark: &str, ns: f64) -> Measurement {
    Measurement { reference: Some("syscall".to_owned()), ..fixture::time(topic, benchmark, ns, ns * 0.99, ns * 1.01) }
}

fn machine(facts: &[(&str, &str)], prices: &[(&str, f64)]) -> Run {
    let mut run = fixture::empty_run();
    run.machine.hardware.extend(made::facts(facts));
    run.measurements = prices.iter().map(|(benchmark, ns)| time("spawn", benchmark, *ns)).collect();
    run
}

fn single_runs(runs: &[Run]) -> Vec<MachineRuns<'_>> {
    runs.iter().map(|run| MachineRuns { run, others: Vec::new() }).collect()
}

fn compared(runs: &[Run]) -> Machines {
    machines(&single_runs(runs), &METRICS, None, &|_| true)
}

const THREAD: &str = "spawn/thread/count=1";
const FORK: &str = "spawn/fork/count=1";
const SERVER: &str = "spawn/fork_server/count=1";

#[test]
fn a_claim_that_holds_on_one_machine_only_is_a_disagreement() {
    let cases = [
        ("opposite", 50.0, 5.0, true, 0),
        ("alike", 50.0, 20.0, false, 0),
        ("no difference on one", 50.0, 10.1, false, 1),
        ("less than sessions differ by", 50.0, 9.5, false, 1),
    ];
    for (name, here, there, is_change, partly) in cases {
        let runs = [here, there].map(|fork| machine(&[], &[(THREAD, 10.0), (FORK, fork)]));
        let found = compared(&runs);
        assert_eq!(found.disagreements.len(), usize::from(is_change), "{name}: {:?}", found.disagreements);
        assert_eq!(found.incomplete.len(), partly, "{name}: {:?}", found.incomplete);
        if let Some(change) = found.disagreements.first() {
            assert_eq!(
                (change.kind, change.question.as_str()),
                (QuestionKind::Claim, "a forked process costs more to start than a thread")
            );
            assert!(
                matches!(change.answers[..], [Ok(MachineAnswer::MoreExpensive(_)), Ok(MachineAnswer::Cheaper(_))]),
                "{change:?}"
            );
        }
    }
}

#[test]
fn what_sessions_of_a_machine_differ_by_is_not_a_disagreement() {
    let sessions = |forks: &[f64]| -> Vec<Run> {
        let run = |(place, fork): (usize, &f64)| {
            let mut run = machine(&[], &[(THREAD, 10.0), (FORK, *fork)]);
            run.id = format!("{place:016x}");
            run
        };
        forks.iter().enumerate().map(run).collect()
    };
    let here = sessions(&[50.0]);
    for (forks, changes) in [(&[5.0, 5.0, 5.0, 5.0][..], 1), (&[5.0, 15.0, 8.0, 20.0], 0)] {
        let there = sessions(forks);
        let two = [&here, &there].map(|runs| MachineRuns { run: &runs[0], others: runs[1..].iter().collect() });
        let found = machines(&two, &METRICS, None, &|_| true);
        assert_eq!(found.disagreements.len(), changes, "{forks:?}: {:?}", found.disagreements);
    }
}

#[test]
fn an_order_of_mechanisms_differs_only_where_both_intervals_are_significant() {
    let prices = |fork: f64, server: f64| [(THREAD, 1.0), (FORK, fork), (SERVER, server)];
    let cases = [("reversed", (50.0, 90.0), 1), ("alike", (90.0, 50.0), 0), ("touching", (50.0, 50.4), 0)];
    for (name, (fork, server), changes) in cases {
        let runs = [machine(&[], &prices(90.0, 50.0)), machine(&[], &prices(fork, server))];
        let found = compared(&runs).disagreements;
        assert_eq!(found.len(), changes, "{name}: {found:?}");
        if let Some(change) = found.first() {
            assert_eq!(change.kind, QuestionKind::Order);
            assert_eq!(change.question, "spawn/fork_server costs more than fork at count=1");
            assert!(
                matches!(change.answers[..], [Ok(MachineAnswer::Cheaper(_)), Ok(MachineAnswer::MoreExpensive(_))]),
                "{change:?}"
            );
        }
    }
    // At other parameters it is listed with the first.
    let runs = [(90.0, 50.0), (50.0, 90.0)].map(|(fork, server)| {
        let eight = [("spawn/fork/count=8", fork), ("spawn/fork_server/count=8", server)];
        machine(&[], &[&prices(fork, server)[..], &eight].concat())
    });
    let found = compared(&runs).disagreements;
    assert_eq!((found.len(), &found[0].also_at[..]), (1, &["count=8".to_owned()][..]), "{found:?}");
    // A number that cannot be relied on orders nothing, and a lower bound is not a mechanism.
    let mut runs = [machine(&[], &prices(90.0, 50.0)), machine(&[], &prices(50.0, 90.0))];
    runs[1].measurements[1] = inconclusive(runs[1].measurements[1].clone(), "the CPU was given to others");
    assert_eq!(compared(&runs).disagreements, []);
    let lower_bounds = [(90.0, 50.0), (50.0, 90.0)]
        .map(|(a, b)| machine(&[], &[("spawn/floor_exec/count=1", a), ("spawn/fork_exec/count=1", b)]));
    assert_eq!(compared(&lower_bounds).disagreements, []);
}

#[test]
fn crossings_differ_where_their_intervals_do_not_meet() {
    let open = |crossing| Ok(MachineAnswer::Crosses { crossing, axis: "bytes".to_owned() });
    let at = |center: f64, low: f64, high: f64| {
        let position = Estimate::new(center, low, high).unwrap();
        open(Crossing::At { position, open_low: false, open_high: false })
    };
    let open_high =
        open(Crossing::At { position: Estimate::new(3.0, 2.0, 8.0).unwrap(), open_low: false, open_high: true });
    let absent = Err(Absent::missing("not measured"));
    let cases = [
        (at(2.0, 1.0, 3.0), at(5.0, 4.0, 6.0), Some(true)),
        (at(2.0, 1.0, 4.0), at(5.0, 4.0, 6.0), Some(false)),
        (open_high.clone(), at(50.0, 40.0, 60.0), Some(false)),
        (open(Crossing::Never(64.0)), at(5.0, 4.0, 6.0), Some(true)),
        (open(Crossing::Never(64.0)), at(80.0, 70.0, 90.0), Some(false)),
        (open(Crossing::Never(64.0)), open(Crossing::Always(1.0)), Some(true)),
        (open(Crossing::Always(1.0)), open(Crossing::Always(8.0)), Some(false)),
        (open(Crossing::Never(64.0)), absent, None),
    ];
    for (one, other, expected) in cases {
        assert_eq!(differ(&one, &other), expected, "{one:?} {other:?}");
        assert_eq!(differ(&other, &one), expected, "{other:?} {one:?}");
    }
}

#[test]
fn a_fact_explains_what_it_splits_as_the_answers_do() {
    let of = |kernel: &str, cpu: &str, fork: f64, server: f64| {
        machine(&[("kernel", kernel), ("cpu", cpu)], &[(THREAD, 10.0), (FORK, fork), (SERVER, server)])
    };
    let mut runs = [of("6.1", "a", 50.0, 90.0), of("6.2", "b", 5.0, 90.0), of("6.2", "c", 5.0, 1.0)];
    let found = compared(&runs);
    let explained: Vec<(&str, usize)> = found.differences.iter().map(|it| (it.name.as_str(), it.explains)).collect();
    // Fork against thread splits as the kernels do; the server against the others parts the last machine, as no fact does.
    assert!(found.disagreements.len() > 1, "{:?}", found.disagreements);
    assert_eq!(explained, [("kernel", 1), ("cpu", 0)]);

    // What could not be read on a machine explains nothing of it.
    runs[2].machine.hardware.insert("kernel".to_owned(), Fact::Unknown("may not be read".to_owned()));
    let found = compared(&runs);
    assert_eq!(found.differences.iter().map(|it| it.explains).max(), Some(0));

    // With two machines every fact splits alike.
    let found = compared(&runs[..2]);
    assert!(found.disagreements.len() == 1 && found.differences.iter().all(|it| it.explains == 1), "{found:?}");
}

#[test]
fn each_row_is_a_multiple_of_the_first_mechanism_of_its_group() {
    let prices = [(THREAD, 10.0), (FORK, 40.0), ("spawn/command/count=8", 9.0), ("own/b", 2.0), ("own/a", 1.0)];
    let found = compared(&[machine(&[], &prices), machine(&[], &prices[..2])]);
    let [row] = &found.rows[..] else { panic!("{:?}", found.rows) };
    assert_eq!((row.benchmark.to_string().as_str(), row.reference.as_str()), (FORK, "thread"));
    for value in &row.ratios {
        let Ok(value) = value else { panic!("{value:?}") };
        // Wider than the rounds of the one run, which say nothing of another session.
        assert!((value.center() - 4.0).abs() < 1e-9 && value.low() < 4.0 * 0.99 / 1.01, "{value:?}");
    }
    let skipped: Vec<&str> = found.skipped.iter().map(|it| it.benchmark.as_str()).collect();
    assert_eq!(skipped, ["own/b", "spawn/command/count=8"]);
    assert!(
        found.skipped[0].reason.starts_with("one machine alone")
            && found.skipped[1].reason.starts_with("it is the only mechanism")
    );
}

#[test]
fn a_machine_that_is_slower_in_everything_has_the_same_shape() {
    let mut slower = fixture::run();
    for measurement in &mut slower.measurements {
        let estimate = measurement.estimate;
        let [center, low, high] = [estimate.center(), estimate.low(), estimate.high()].map(|value| value * 2.0);
        measurement.estimate = Estimate::new(center, low, high).unwrap();
    }
    let found = compared(&[fixture::run(), slower]);
    assert_eq!((&found.disagreements[..], found.means.is_empty()), (&[][..], false));
    for mean in &found.means {
        assert!((mean.to_first[1].ratio - 1.0).abs() < 1e-9, "{mean:?}");
    }
}

#[test]
fn a_mean_is_over_mechanisms_and_its_interval_between_them() {
    let prices = |factor: f64| {
        [
            (THREAD, 1.0),
            (FORK, 2.0 * factor),
            (SERVER, 4.0 * factor),
            ("spawn/command/count=1", 8.0 * factor),
            // Many rows of one mechanism count as one.
            ("spawn/thread/count=8", 1.0),
            ("spawn/fork/count=8", 2.0 * factor),
            ("spawn/thread/count=64", 1.0),
            ("spawn/fork/count=64", 2.0 * factor),
        ]
    };
    let found = compared(&[machine(&[], &prices(1.0)), machine(&[], &prices(3.0))]);
    let [mean] = &found.means[..] else { panic!("{:?}", found.means) };
    assert_eq!((mean.topic.as_str(), mean.rows, mean.mechanisms), ("spawn", 5, 3));
    let ratios = |all: &[GeometricMean]| all.iter().map(|it| (it.ratio * 1e9).round() / 1e9).collect::<Vec<_>>();
    assert_eq!((ratios(&mean.within), ratios(&mean.to_first)), (vec![4.0, 12.0], vec![1.0, 3.0]));
    // Logarithms of 2, 4 and 8: a spread of ln 2 around ln 4, times a quantile of 4.302 653, divided by √3.
    let interval = mean.within[0].interval.unwrap();
    assert!((interval.high() / 4.0 / 2.0_f64.powf(4.302_653 / 3.0_f64.sqrt()) - 1.0).abs() < 1e-5, "{interval:?}");
    let to_first = mean.to_first[1].interval.unwrap();
    assert!(to_first.low() > 2.999 && to_first.high() < 3.001, "every mechanism moved alike: {to_first:?}");

    let found = compared(&[machine(&[], &prices(1.0)[..3]), machine(&[], &prices(3.0)[..3])]);
    assert_eq!((found.means[0].mechanisms, found.means[0].within[0].interval), (2, None));
}

#[test]
fn a_filter_drops_rows_and_keeps_references() {
    let runs = [8.0, 9.0].map(|fork| {
        let mut one = machine(&[], &[(THREAD, 2.0), ("spawn/floor_process/count=1", 4.0)]);
        one.measurements.push(with_lower_bound(time("spawn", FORK, fork), "spawn/floor_process/count=1"));
        one
    });
    let fork = |measurement: &Measurement| measurement.benchmark.to_string() == FORK;
    for (by, reference) in [(None, "thread"), (Some(NormalizeBy::LowerBound), "spawn/floor_process/count=1")] {
        let found = machines(&single_runs(&runs), &METRICS, by, &fork);
        let [row] = &found.rows[..] else { panic!("{:?}", found.rows) };
        assert_eq!((row.benchmark.to_string().as_str(), row.reference.as_str()), (FORK, reference));
        assert_eq!(found.skipped, []);
    }
}

#[test]
fn a_row_is_normalized_on_its_own_machine_or_skipped_with_the_reason() {
    let runs = [1.0, 3.0].map(|speed| {
        let mut one = machine(&[], &[(THREAD, 10.0 * speed), ("spawn/floor_thread/count=1", 5.0 * speed), (FORK, 8.0)]);
        let thread = one.measurements.remove(0);
        let normalized = Some(Estimate::new(2.0, 1.9, 2.1).unwrap());
        let thread = Measurement { reference: Some("syscall".to_owned()), normalized, ..thread };
        one.measurements.push(with_lower_bound(thread, "spawn/floor_thread/count=1"));
        one
    });
    for (by, reference) in
        [(NormalizeBy::Reference, "syscall"), (NormalizeBy::LowerBound, "spawn/floor_thread/count=1")]
    {
        let found = machines(&single_runs(&runs), &METRICS, Some(by), &|_| true);
        let [row] = &found.rows[..] else { panic!("{:?}", found.rows) };
        assert_eq!((row.benchmark.to_string().as_str(), row.reference.as_str()), (THREAD, reference));
        for value in &row.ratios {
            let Ok(value) = value else { panic!("{value:?}") };
            assert!((value.center() - 2.0).abs() < 1e-9 && value.low() < 2.0, "{value:?}");
        }
        assert_eq!(found.skipped.len(), 1);
        assert_eq!(found.skipped[0].benchmark, FORK);
    }
    let mut other = runs;
    for measurement in &mut other[1].measurements {
        measurement.reference = measurement.reference.as_ref().map(|_| "copy".to_owned());
    }
    let found = machines(&single_runs(&other), &METRICS, Some(NormalizeBy::Reference), &|_| true);
    assert!(
        found.rows.is_empty() && found.skipped.iter().any(|it| it.reason.contains("different things")),
        "{found:?}"
    );
}

#[test]
fn what_has_an_older_form_on_one_machine_is_missing_there_with_the_reason() {
    let mut runs = [50.0, 5.0].map(|fork| machine(&[], &[(THREAD, 10.0), (FORK, fork)]));
    assert_eq!(compared(&runs).disagreements.len(), 1);
    runs[1].forms.insert("spawn".to_owned(), 2);
    runs[0].measurements.push(time("memory", "rewrite/thread/dirty_percent=1", 9.0));
    let older: Vec<Vec<String>> = older_groups(&single_runs(&runs))
        .into_iter()
        .map(|groups| groups.into_iter().map(|it| it.what).collect())
        .collect();
    assert_eq!(older, [vec!["spawn".to_owned()], vec![]]);
    let found = compared(&runs);
    assert_eq!(found.disagreements, []);
    let question = found.incomplete.iter().find(|question| question.kind == QuestionKind::Claim).unwrap();
    let [Err(reason), Ok(_)] = &question.answers[..] else { panic!("{question:?}") };
    assert!(reason.is_other_form() && reason.to_string().contains("the benchmark itself changed"), "{reason}");
    let is_other = |value: &Value| value.as_ref().is_err_and(Absent::is_other_form);
    for row in found.costs.iter().filter(|row| row.benchmark.group == "spawn" && row.values[1].is_ok()) {
        assert!(is_other(&row.values[0]), "{row:?}");
    }
}

#[test]
fn the_newest_full_run_represents_its_machine() {
    let run = |id: &str, day: u32, profile: &str| {
        let mut run = fixture::empty_run();
        (run.id, run.profile) = (id.to_owned(), profile.to_owned());
        run.started = format!("2026-03-{day:02}T10:00:00Z");
        run
    };
    let runs = [run("first", 1, "full"), run("quick", 4, "quick"), run("second", 3, "full"), run("twin", 3, "full")];
    let machine = MachineRuns::of(&runs).unwrap();
    let others: Vec<&str> = machine.others.iter().map(|run| run.id.as_str()).collect();
    assert_eq!((machine.run.id.as_str(), &others[..]), ("second", &["quick", "twin", "first"][..]));
    assert_eq!(MachineRuns::of(&[]), None);
}

#[test]
fn advice_differs_where_one_machine_says_threads_and_another_processes() {
    let run = |threads: f64| {
        let mut run = machine(&[("cpus_usable", "2")], &[]);
        run.measurements = [("cpu", "calc/threads/workers=2", threads), ("cpu", "calc/processes/workers=2", 10.0)]
            .map(|(topic, benchmark, ns)| time(topic, benchmark, ns))
            .into();
        run
    };
    let found = compared(&[run(20.0), run(5.0)]);
    let kinds: Vec<QuestionKind> = found.disagreements.iter().map(|question| question.kind).collect();
    assert_eq!(kinds, [QuestionKind::Advice, QuestionKind::Claim]);
    assert_eq!(
        found.disagreements[0].answers,
        [Choice::Processes, Choice::Threads].map(|choice| Ok(MachineAnswer::Advises(choice)))
    );
    let found = compared(&[run(20.0), run(10.1)]);
    assert_eq!(found.disagreements, []);
    assert_eq!(found.incomplete.len(), 2, "an answer and none, or one in part: {:?}", found.incomplete);
}

#[test]
fn machines_that_measured_nothing_have_nothing_to_compare() {
    let nothing = machine(&[], &[]);
    let found = compared(&[nothing.clone(), nothing]);
    assert_eq!((found.disagreements.len(), found.incomplete.len(), found.agreed, found.rows.len()), (0, 0, 0, 0));
    assert!(found.differences.is_empty() && found.means.is_empty());
    assert_eq!(compared(&[]).rows, []);
}

#[test]
fn a_start_is_placed_as_on_every_machine_whatever_the_order() {
    let pooled = |place: &'static str, ns| [("spawn/pooled_thread/count=1", 4.0), (place, ns)];
    let [older, newer] = [("spawn/pooled_thread/count=1,pinned=0", 9.0), ("spawn/pooled_thread/count=1,cpus=2", 8.0)]
        .map(|(place, ns)| pooled(place, ns));
    let runs = [
        machine(&[], &[&[(THREAD, 20.0), ("spawn/thread/count=1,pinned=0", 40.0)][..], &older].concat()),
        machine(&[], &[&[(THREAD, 30.0)][..], &newer].concat()),
    ];
    for [first, second] in [[0, 1], [1, 0]] {
        let found = compared(&[runs[first].clone(), runs[second].clone()]);
        for (what, expected) in
            [("start a thread, same CPU", [20.0, 30.0]), ("give a job to a pooled thread, same CPU", [4.0, 4.0])]
        {
            let row = found.costs.iter().find(|row| row.what == what).unwrap();
            let centers: Vec<f64> = row.values.iter().map(|value| value.as_ref().unwrap().center()).collect();
            assert_eq!(centers, [expected[first], expected[second]], "{what}");
        }
    }
}
