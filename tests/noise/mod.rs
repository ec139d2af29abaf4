//! Made-up benchmark histories: families of noise without any change, the same on every machine.
//!
//! The families are those of machines and benchmarks as they are met; the parameters are in the names, in per cent of
//! the level. Logarithms and cosines come from a library of our own, so that a seed means the same bits everywhere.

pub(crate) mod histories;
pub(crate) mod paired;

use std::f64::consts::TAU;

use strum::VariantArray;

/// A family of noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub(crate) enum Family {
    /// Normal, sd 0.5 %.
    Gauss05,
    /// Normal, sd 1 %.
    Gauss1,
    /// Normal, sd 3 %.
    Gauss3,
    /// Student's t with 3 degrees of freedom, times 0.87 %: far outliers on both sides.
    HeavyTail,
    /// Exponential, mean 2 %: never below the level.
    Skewed,
    /// Normal 0.5 %, and 4 % more with probability 0.3.
    Bimodal,
    /// The same two modes, with stays of 9 and of 6 commits on average.
    Sticky,
    /// Normal 0.8 %, and a random walk of 0.08 % a commit.
    Drift,
    /// First-order autoregression with factor 0.6, sd 1 % in all.
    Autoregressive,
    /// Normal 1 %, and with probability 0.05 a factor from 1.1 to 2.
    Outliers,
    /// Normal, sd 0.4 % and 2 % in turns of 15 commits.
    Turns,
    /// Normal 0.8 %, rounded to a grid of 1 %.
    Quantised,
}

impl Family {
    pub(crate) const ALL: &[Family] = Self::VARIANTS;

    /// A series of that many values without any change, around a level between 100 and 1,000,000.
    pub(crate) fn series(self, length: usize, seed: u64) -> Vec<f64> {
        let mut random = Random(seed ^ (self as u64) << 32);
        let level = libm::exp(random.uniform() * libm::log(1e4)) * 100.0;
        let mut state = State { mode: random.uniform() < 0.4, walk: random.normal(), began: seed as usize % 30 };
        (0..length).map(|place| level * libm::exp(self.draw(place, &mut state, &mut random))).collect()
    }

    /// The next draw, on the logarithmic scale.
    fn draw(self, place: usize, state: &mut State, random: &mut Random) -> f64 {
        match self {
            Family::Gauss05 => 0.005 * random.normal(),
            Family::Gauss1 => 0.01 * random.normal(),
            Family::Gauss3 => 0.03 * random.normal(),
            Family::HeavyTail => {
                let squares: f64 = (0..3).map(|_| random.normal().powi(2)).sum();
                0.0087 * random.normal() / (squares / 3.0).sqrt()
            }
            Family::Skewed => -0.02 * libm::log(random.uniform()),
            Family::Bimodal => 0.005 * random.normal() + if random.uniform() < 0.3 { 0.04 } else { 0.0 },
            Family::Sticky => {
                let stay = if state.mode { 6.0 } else { 9.0 };
                state.mode ^= random.uniform() < 1.0 / stay;
                0.005 * random.normal() + if state.mode { 0.04 } else { 0.0 }
            }
            Family::Drift => {
                state.walk += random.normal();
                0.008 * random.normal() + 0.0008 * state.walk
            }
            Family::Autoregressive => {
                // The innovations are as much smaller as makes the whole have the sd of its start.
                state.walk = 0.6 * state.walk + 0.8 * random.normal();
                0.01 * state.walk
            }
            Family::Outliers => {
                let factor = if random.uniform() < 0.05 { 1.1 + 0.9 * random.uniform() } else { 1.0 };
                0.01 * random.normal() + libm::log(factor)
            }
            Family::Turns => {
                let loud = (place + state.began) / 15 % 2 == 1;
                random.normal() * if loud { 0.02 } else { 0.004 }
            }
            Family::Quantised => libm::log(1.0 + (0.8 * random.normal()).round() / 100.0),
        }
    }
}

/// A shape of noise, of any size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub(crate) enum Shape {
    Gauss,
    /// Exponential.
    Skewed,
    /// Student's t with 3 degrees of freedom.
    HeavyTail,
    /// Three values in ten lie higher by 2.1 standard deviations.
    Bimodal,
    /// First-order autoregression with factor 0.6.
    Lingering,
    /// Two modes, 2 standard deviations apart, with stays of 9 and of 6 commits on average.
    Sticky,
}

impl Shape {
    pub(crate) const ALL: &[Shape] = Self::VARIANTS;

    /// So many draws with a standard deviation of 1.
    pub(crate) fn draws(self, count: usize, random: &mut Random) -> Vec<f64> {
        let (mut walk, mut mode) = (random.normal(), random.uniform() < 0.4);
        let draw = |_| match self {
            Shape::Gauss => random.normal(),
            Shape::Skewed => -libm::log(random.uniform()),
            Shape::HeavyTail => {
                let squares: f64 = (0..3).map(|_| random.normal().powi(2)).sum();
                random.normal() / squares.sqrt()
            }
            Shape::Bimodal => 0.2 * random.normal() + if random.uniform() < 0.3 { 2.138 } else { 0.0 },
            Shape::Lingering => {
                walk = 0.6 * walk + 0.8 * random.normal();
                walk
            }
            Shape::Sticky => {
                mode ^= random.uniform() < 1.0 / if mode { 6.0 } else { 9.0 };
                0.2 * random.normal() + if mode { 2.0 } else { 0.0 }
            }
        };
        (0..count).map(draw).collect()
    }
}

/// What a family remembers from one commit to the next.
struct State {
    mode: bool,
    walk: f64,
    began: usize,
}

/// SplitMix64 of Steele, Lea and Flood (2014): small, and its bits never change with a version of a library.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Below a bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Above 0, and below 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// Mean 0, standard deviation 1, by the formula of Box and Muller (1958).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(TAU * self.uniform())
    }
}
