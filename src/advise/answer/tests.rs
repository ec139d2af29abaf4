//! What runs made by hand are answered.

use super::place::PROCESSORS;
use super::*;
use crate::advise::Crossing;
use crate::verdict::fixture;
use crate::verdict::fixture::inconclusive;

fn time(benchmark: &str, ns: f64) -> crate::model::Measurement {
    fixture::time("any", benchmark, ns, ns * 0.98, ns * 1.02)
}

#[test]
fn a_claim_holds_only_where_the_whole_interval_says_so() {
    let cases = [(50.0, Word::Holds), (2.0, Word::DoesNotHold)];
    for (fork, expected) in cases {
        let mut run = fixture::empty_run();
        run.measurements = vec![time("spawn/fork/count=1", fork), time("spawn/thread/count=1", 10.0)];
        assert_eq!(answer(&run, &[]).claims[0].word, expected);
    }
    let mut run = fixture::empty_run();
    run.measurements = vec![time("spawn/fork/count=1", 10.1), time("spawn/thread/count=1", 10.0)];
    assert!(matches!(answer(&run, &[]).claims[0].word, Word::Untold(_)));
}

#[test]
fn nothing_is_answered_by_a_run_of_nothing() {
    let answer = answer(&fixture::empty_run(), &[]);
    assert!(answer.claims.iter().all(|claim| matches!(claim.word, Word::Untold(_))));
    assert!(answer.crossovers.iter().all(|it| matches!(it.crossing, Crossing::Untold(_))));
}

#[test]
fn one_processor_leaves_the_side_by_side_claims_untold() {
    let mut run = fixture::empty_run();
    run.machine.hardware.insert(PROCESSORS.to_owned(), crate::model::Fact::Value("1".to_owned()));
    run.measurements = vec![time("calc/threads/workers=1", 2.0), time("calc/processes/workers=1", 1.0)];
    let answer = answer(&run, &[]);
    let claim = answer.claims.iter().find(|claim| claim.rests_on[0].starts_with("calc")).unwrap();
    assert_eq!(claim.word, Word::Untold("there is one processor: nothing runs beside anything".to_owned()));
}

#[test]
fn a_job_is_worth_halving_from_where_the_curves_cross() {
    let mut run = fixture::empty_run();
    run.machine.hardware.insert(PROCESSORS.to_owned(), crate::model::Fact::Value("2".to_owned()));
    for (roots, alone, thread) in [(1_000, 2e3, 30e3), (64_000, 130e3, 65e3)] {
        run.measurements.push(time(&format!("split/alone/roots={roots}"), alone));
        run.measurements.push(time(&format!("split/thread/roots={roots}"), thread));
    }
    let found = answer(&run, &[]).crossovers.remove(1);
    let Crossing::At { place, .. } = found.crossing else { panic!("{found:?}") };
    assert!(place.low() > 1_000.0 && place.high() < 64_000.0);
    assert!(found.price_ns.is_some_and(|ns| ns > 2e3 && ns < 130e3));
    let mut again = answer(&run, &[]).crossovers.remove(1);
    let [low, _, high] = again.places()[..] else { panic!("three places") };
    assert!((low as f64) < place.low() && (high as f64) > place.high());
    again.checked(&[(low, [2.0, 1.0]), (high, [1.0, 2.0])]);
    assert!(again.check.as_ref().is_some_and(|check| check.is_within), "{again:?}");
    again.checked(&[(low, [2.0, 1.0]), (high, [2.0, 1.0])]);
    assert!(again.check.as_ref().is_some_and(|check| !check.is_within), "{again:?}");
    again.checked(&[(2, [1.0, 2.0]), (3, [1.0, 2.0])]);
    assert!(again.check.as_ref().is_some_and(|check| !check.is_within), "{again:?}");
    let payload = Crossover { axis: "bytes".to_owned(), ..again.clone() };
    assert!(payload.places().iter().all(|bytes| bytes % 8 == 0), "{:?}", payload.places());
    again.crossing = Crossing::At { place, open_low: true, open_high: false };
    again.checked(&[(2, [1.0, 2.0]), (3, [1.0, 2.0])]);
    assert!(again.check.as_ref().is_some_and(|check| check.is_within), "{again:?}");
    let doubtful = run.measurements.pop().unwrap();
    run.measurements.push(inconclusive(doubtful, "stolen"));
    let found = answer(&run, &[]).crossovers.remove(1);
    assert_eq!(found.crossing, Crossing::Untold("split/thread/roots=64000: stolen".to_owned()));
    run.machine.hardware.insert(PROCESSORS.to_owned(), crate::model::Fact::Value("1".to_owned()));
    let alone = answer(&run, []).crossovers.remove(1);
    assert_eq!(alone.crossing, Crossing::Untold("there is one processor: nothing runs beside anything".to_owned()));
}
