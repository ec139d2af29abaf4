//! Measures that Bencher and its format have by convention.

use super::Direction;
use super::Direction::{HigherIsBetter as Higher, LowerIsBetter as Lower};

#[derive(Clone, Copy, Debug)]
pub struct Measure {
    pub name: &'static str,
    pub unit: &'static str,
    pub base: &'static str,
    pub factor: f64,
    pub direction: Direction,
}

const fn measure(name: &'static str, unit: &'static str, direction: Direction) -> Measure {
    Measure { name, unit, base: unit, factor: 1.0, direction }
}

pub const BENCHER_MEASURES: [Measure; 11] = [
    measure("latency", "ns", Lower),
    measure("throughput", "ops/s", Higher),
    measure("instructions", "instructions", Lower),
    measure("estimated-cycles", "cycles", Lower),
    measure("l1-hits", "hits", Lower),
    measure("l2-hits", "hits", Lower),
    measure("ll-hits", "hits", Lower),
    measure("ram-hits", "hits", Lower),
    measure("total-read-write", "accesses", Lower),
    Measure { base: "ns", factor: 1e9, ..measure("build-time", "s", Lower) },
    measure("file-size", "B", Lower),
];
