use std::f64::consts::TAU;

use proptest::prelude::*;

use super::*;

const POWERS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
const NOISE: f64 = 0.03;
/// Made-up curves of one law: the standard error of a share of 95 % is 0.5 %, a quarter of the way to either bar.
const CURVES: usize = 2000;
/// The shares between which intervals have to cover the truth.
const COVERAGE: std::ops::RangeInclusive<f64> = 0.93..=0.97;

fn curve(places: &[f64], [sigma, kappa]: [f64; 2], mut noise: impl FnMut() -> f64) -> Vec<Point> {
    let time = |n: f64| 250.0 * (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0));
    places.iter().map(|&n| Point { processors: n, time: time(n) * noise() }).collect()
}

/// Many curves of one law under noise, the same on every machine.
fn noisy(places: &[f64], law: [f64; 2]) -> impl Iterator<Item = Vec<Point>> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut factor = move || {
        let radius = (-2.0 * libm::log(1.0 - random.f64())).sqrt();
        libm::exp(NOISE * radius * libm::cos(TAU * random.f64()))
    };
    (0..CURVES).map(move |_| curve(places, law, &mut factor))
}

fn covers(fitted: Fitted, truth: f64) -> bool {
    fitted.low <= truth && truth <= fitted.high
}

fn assert_covered(covered: usize, what: &str) {
    let share = covered as f64 / CURVES as f64;
    assert!(COVERAGE.contains(&share), "{what}: {share}");
}

#[test]
fn intervals_of_the_universal_law_cover_the_truth() {
    // The last of each says whether there is a peak that is reported.
    let cases = [
        ([0.02, 1e-4], &POWERS[..], true),
        ([0.1, 1e-3], &POWERS, true),
        ([0.05, 0.01], &POWERS, true),
        ([0.01, 1e-6], &POWERS, false),
        ([0.3, 0.0], &POWERS, false),
        ([0.0, 0.0], &POWERS, false),
        ([0.02, 1e-4], &POWERS[..UNIVERSAL_POINTS_MIN], false),
        ([0.05, 0.01], &POWERS[..UNIVERSAL_POINTS_MIN], false),
    ];
    for (law, places, has_peak) in cases {
        let fits: Vec<Universal> = noisy(places, law).filter_map(|points| universal(&points)).collect();
        assert_eq!(fits.len(), CURVES, "{law:?}");
        let what = |name: &str| format!("{name} of {law:?} over {} points", places.len());
        assert_covered(fits.iter().filter(|fit| covers(fit.contention, law[0])).count(), &what("σ"));
        assert_covered(fits.iter().filter(|fit| covers(fit.coherency, law[1])).count(), &what("κ"));
        if has_peak {
            let truth = ((1.0 - law[0]) / law[1]).sqrt();
            let within = |peak: Peak| peak.low <= truth && peak.high.is_none_or(|high| truth <= high);
            assert_covered(fits.iter().filter(|fit| fit.peak.is_some_and(within)).count(), &what("peak"));
        }
    }
}

#[test]
fn intervals_of_amdahls_law_cover_the_truth() {
    for (sigma, places) in [(0.3, &POWERS[..]), (0.02, &POWERS), (0.0, &POWERS), (0.05, &POWERS[..AMDAHL_POINTS_MIN])] {
        let fits = noisy(places, [sigma, 0.0]).filter_map(|points| amdahl(&points));
        let covered = fits.filter(|fit| covers(*fit, sigma)).count();
        assert_covered(covered, &format!("serial share {sigma} over {} points", places.len()));
    }
}

#[test]
fn a_curve_without_noise_gives_its_law_back() {
    for law in [[0.02, 1e-4], [0.3, 0.0], [0.0, 0.0], [0.9, 0.05], [1.5, 0.0], [-0.001, 1e-5], [0.0, 1.4]] {
        let fit = universal(&curve(&POWERS, law, || 1.0)).unwrap();
        for (found, truth) in [(fit.contention, law[0]), (fit.coherency, law[1])] {
            assert!((found.center - truth).abs() < 1e-6, "{law:?}: {fit:?}");
            assert!(found.high - found.low < 1e-5, "{law:?}: {fit:?}");
        }
    }
}

#[test]
fn a_peak_is_told_with_an_open_end_where_there_may_be_none() {
    let [down, flat] = [[0.05, 0.01], [0.01, 1e-6]].map(|law| noisy(&POWERS, law).next().unwrap());
    let peak = universal(&down).unwrap().peak.unwrap();
    assert!(peak.low < 9.75 && peak.high.is_some_and(|high| 9.75 < high), "{peak:?}");
    let peak = universal(&flat).unwrap().peak;
    assert!(peak.is_none_or(|peak| peak.high.is_none() && peak.low < peak.center), "{peak:?}");
}

#[test]
fn places_between_whole_numbers_are_places() {
    let places = [0.98, 1.95, 3.9, 7.7, 15.2];
    let fit = universal(&curve(&places, [0.1, 0.002], || 1.0)).unwrap();
    assert!((fit.contention.center - 0.1).abs() < 1e-6 && (fit.coherency.center - 0.002).abs() < 1e-6, "{fit:?}");
}

#[test]
fn too_few_or_impossible_points_are_not_fitted() {
    let good = curve(&POWERS, [0.1, 0.001], || 1.0);
    assert_eq!(universal(&good[..4]), None);
    assert_eq!(amdahl(&good[..3]), None);
    let damage: [fn(&mut Point); 5] = [
        |point| point.time = 0.0,
        |point| point.time = f64::NAN,
        |point| point.processors = -1.0,
        |point| point.processors = f64::INFINITY,
        |point| point.processors = 1.0,
    ];
    for damage in damage {
        let mut points = good.clone();
        damage(&mut points[3]);
        assert_eq!((universal(&points), amdahl(&points)), (None, None), "{points:?}");
    }
}

proptest! {
    #[test]
    fn any_points_are_fitted_in_order_or_refused(
        points in prop::collection::vec((prop::num::f64::POSITIVE, prop::num::f64::POSITIVE), 0..9),
        mild in prop::collection::vec((0.5..200.0, 0.1..1e6), 5..9),
    ) {
        for points in [points, mild] {
            let points: Vec<Point> = points.iter().map(|&(processors, time)| Point { processors, time }).collect();
            let fits = universal(&points).map(|fit| [fit.contention, fit.coherency]);
            for fitted in fits.into_iter().flatten().chain(amdahl(&points)) {
                prop_assert!(fitted.low <= fitted.center && fitted.center <= fitted.high, "{fitted:?}");
            }
        }
    }
}
