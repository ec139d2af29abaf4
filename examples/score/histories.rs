//! The bars of histories with one known event, on noise of every shape.

use crate::noise::Shape;
use crate::noise::histories::{Event, Located, Slowed, claimed_and_found, history_of, noisier_per_1000, young};
use crate::{at_least, at_most};

/// Standard deviations of the noise.
const NOISE: [f64; 4] = [0.004, 0.01, 0.03, 0.05];
/// Steps in them: clear ones and small ones.
const CLEAR: [f64; 2] = [5.0, 20.0];
const SMALL: [f64; 3] = [1.5, 2.0, 3.0];
/// Series of each kind, and suites: so many that chance moves a share of all of them by a quarter of one per cent.
const SERIES: u64 = 200;
const SUITES: u64 = 100;
/// The first seed of the suites that the judge was made with, and of those that were kept aside.
const SETS: [u64; 2] = [0, 2000];

pub(crate) fn bars() {
    println!("\nbar                                                    parcost   wanted");
    for &shape in Shape::ALL {
        let located = |steps: &[f64]| {
            let all = NOISE.iter().flat_map(|&sd| steps.iter().map(move |&step| Located::of(shape, sd, step, SERIES)));
            all.fold(Located::default(), Located::and)
        };
        let (clear, small) = (located(&CLEAR), located(&SMALL));
        let all = clear.and(small);
        at_least(&format!("A1 {shape:?}: exact from 5 sd on"), clear.shares().0, 0.95);
        at_least(&format!("A1 {shape:?}: interval holds the commit"), all.shares().1, 0.95);
        println!("   mean width of the interval {:.1} commits", all.width as f64 / all.found.max(1) as f64);
    }
    for before in 5..=7 {
        let silent = |after: usize, seed: u64| {
            let series = &history_of(&young(NOISE[1], before, after, seed)).series[0];
            series.suspected.is_none() && series.trend.iter().all(|trend| trend.change_points.is_empty())
        };
        let silent = [5, 10, 20, 40].map(|after| (0..SERIES).filter(|&seed| silent(after, seed)).count());
        at_most(&format!("A2 a step after {before} commits: silent"), silent.iter().sum::<usize>() as f64, 0.0);
    }
    for (event, set) in [Event::Machine, Event::Code].into_iter().flat_map(|event| SETS.map(|set| (event, set))) {
        let mut slowed = Slowed::default();
        for (shape, sd) in Shape::ALL.iter().copied().flat_map(|shape| NOISE.map(|sd| (shape, sd))) {
            for seed in set..set + SUITES {
                let one = Slowed::of(event, shape, sd, 0.2, seed..seed + 1);
                if one.one == 0 || (one.code == 1) == (event == Event::Machine) {
                    println!("   {event:?} {shape:?} {sd} seed {seed}: {one:?}");
                }
                slowed = slowed.and(one);
            }
        }
        let share = |count: usize| count as f64 / slowed.histories as f64;
        println!("seeds from {set} on: {slowed:?}");
        if event == Event::Machine {
            at_most("A1 slower machine: called code", share(slowed.code), 0.0);
            at_most("   and it is no change of the noise's own level", share(slowed.code_but_noise), 0.0);
            at_most("   and at its own commit", share(slowed.code_there), 0.0);
        } else {
            at_least("A1 slower code: called code", share(slowed.code), 0.95);
        }
        at_least(&format!("A1 slower {event:?}: one cause is one finding"), share(slowed.one), 0.98);
        at_least("   but for changes of the noise's own level", share(slowed.one_but_noise), 0.98);
    }
    for &shape in Shape::ALL {
        for sd in NOISE {
            let (found, claim) = claimed_and_found(shape, sd, SERIES / 2);
            at_least(&format!("A3 {shape:?} {:.1} %: found, claim {:.1} %", sd * 100.0, claim * 100.0), found, 0.8);
        }
    }
    for shape in [Shape::Gauss, Shape::Skewed, Shape::HeavyTail, Shape::Bimodal] {
        for over in [0, 60, 150] {
            let alarms = noisier_per_1000(shape, over, 300);
            at_most(&format!("A4 {shape:?}: noise that grows over {over} commits"), alarms, 2.0);
        }
    }
}
