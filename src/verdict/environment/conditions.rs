//! The conditions of a run, as far as they move times, and how two sides of runs differ in them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::change::{EnvironmentChange, EnvironmentKind, changed};
use crate::model::{Conditions, Fact, Fitness};
use crate::verdict::policy::{
    CLOCK_SHARE, LOAD_PER_CPU_MAX, MEMORY_FACTOR, PRESSURE_PERCENT_MAX, STEAL_TICKS_MIN, STEAL_TIMING_MAX,
    TEMPERATURE_C,
};

const PERCENT: f64 = 100.0;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Readings {
    /// In the order of [`NUMBERS`]; and of [`WORDS`].
    numbers: [Option<f64>; NUMBERS.len()],
    words: [Option<String>; WORDS.len()],
}

/// The names of what is read in words.
const WORDS: [&str; 4] = ["on battery", "slowed by heat", "stopped by a CPU quota", "suitable for"];

struct Number {
    name: &'static str,
    unit: &'static str,
    decimals: usize,
    read: fn(&Read<'_>) -> Option<f64>,
    /// Whether two values lie so far apart that it matters.
    apart: fn(f64, f64) -> bool,
}

/// What is read. Load and pressure are those from before: afterwards the measuring makes them.
const NUMBERS: [Number; 8] = [
    Number {
        name: "load for each CPU, before",
        unit: "",
        decimals: 2,
        read: |read| Some(read.before("load_1m")? / read.cpus?.max(1.0)),
        apart: |a, b| (a - b).abs() > LOAD_PER_CPU_MAX,
    },
    Number {
        name: "time stolen by the hypervisor",
        unit: " %",
        decimals: 1,
        read: |read| {
            let ticks = read.growth("cpu_ticks_total").filter(|ticks| *ticks >= STEAL_TICKS_MIN)?;
            Some(read.growth("cpu_steal_ticks_total")? / ticks * PERCENT)
        },
        apart: |a, b| (a - b).abs() > STEAL_TIMING_MAX * PERCENT,
    },
    Number {
        name: "clock of the fastest CPU",
        unit: " MHz",
        decimals: 0,
        read: |read| read.most("frequency_mhz_max"),
        apart: |a, b| a.max(b) > a.min(b) * (1.0 + CLOCK_SHARE),
    },
    Number {
        name: "temperature of the hottest sensor",
        unit: " °C",
        decimals: 0,
        read: |read| read.most("temperature_c_max"),
        apart: |a, b| (a - b).abs() > TEMPERATURE_C,
    },
    Number { name: "CPU pressure, before", read: |read| read.before("pressure_cpu_some_percent"), ..PRESSURE },
    Number { name: "IO pressure, before", read: |read| read.before("pressure_io_some_percent"), ..PRESSURE },
    Number { name: "memory pressure, before", read: |read| read.before("pressure_memory_some_percent"), ..PRESSURE },
    Number {
        name: "available memory, before",
        unit: " MiB",
        decimals: 0,
        read: |read| read.before("memory_available_mib"),
        apart: |a, b| a.max(b) > a.min(b) * MEMORY_FACTOR,
    },
];
const PRESSURE: Number =
    Number { name: "", unit: " %", decimals: 1, read: |_| None, apart: |a, b| (a - b).abs() > PRESSURE_PERCENT_MAX };

struct Read<'a> {
    before: &'a BTreeMap<String, Fact>,
    after: &'a BTreeMap<String, Fact>,
    cpus: Option<f64>,
}

impl Readings {
    /// The readings of a run: its conditions before and after, the hardware for the number of CPUs, and what the
    /// doctor found.
    pub fn new(
        [before, after]: [&Conditions; 2],
        hardware: &BTreeMap<String, Fact>,
        fitness: Option<&Fitness>,
    ) -> Self {
        let read = Read { before: &before.facts, after: &after.facts, cpus: number(hardware, "cpus_online") };
        let numbers = NUMBERS.map(|number| (number.read)(&read));
        let happened = |name| read.growth(name).map(|growth| if growth > 0.0 { "yes" } else { "no" }.to_owned());
        let words = [
            before.facts.get("on_battery").and_then(Fact::value).map(str::to_owned),
            happened("heat_throttles_total"),
            happened("throttled_us_total"),
            fitness.map(|fitness| fitness.fit_for.to_string()),
        ];
        Self { numbers, words }
    }

    /// What differs in the runs `after` from those `before`: of numbers, the ranges whose ends lie apart.
    pub(crate) fn between(before: &[&Readings], after: &[&Readings]) -> Vec<EnvironmentChange> {
        let number = |(place, number): (usize, &Number)| {
            let [ours, theirs] = [before, after].map(|side| range(side, place));
            let ([low, high], [low_after, high_after]) = (ours?, theirs?);
            let is_apart = (number.apart)(low, low_after) || (number.apart)(high, high_after);
            let (before, after) = (range_text(number, [low, high]), range_text(number, [low_after, high_after]));
            let name = number.name.to_owned();
            (is_apart && before != after).then_some(EnvironmentChange {
                kind: EnvironmentKind::Conditions,
                name,
                baseline: before,
                candidate: after,
            })
        };
        let word = |(place, name): (usize, &&str)| {
            let [ours, theirs] = [before, after].map(|side| words(side, place));
            let known = !ours.is_empty() && !theirs.is_empty();
            changed(EnvironmentKind::Conditions, name, &ours, &theirs).filter(|_| known)
        };
        let words = WORDS.iter().enumerate().filter_map(word);
        NUMBERS.iter().enumerate().filter_map(number).chain(words).collect()
    }
}

fn range(side: &[&Readings], place: usize) -> Option<[f64; 2]> {
    let values = side.iter().filter_map(|readings| readings.numbers[place]);
    values.fold(None, |ends, value| {
        let [low, high] = ends.unwrap_or([value, value]);
        Some([value.min(low), value.max(high)])
    })
}

fn words<'a>(side: &[&'a Readings], place: usize) -> BTreeSet<&'a str> {
    side.iter().filter_map(|readings| readings.words[place].as_deref()).collect()
}

fn range_text(number: &Number, [low, high]: [f64; 2]) -> String {
    let [low, high] = [low, high].map(|end| format!("{end:.*}", number.decimals));
    let unit = number.unit;
    if low == high { format!("{low}{unit}") } else { format!("{low} to {high}{unit}") }
}

fn number(facts: &BTreeMap<String, Fact>, name: &str) -> Option<f64> {
    facts.get(name)?.value()?.parse().ok().filter(|number: &f64| number.is_finite())
}

impl Read<'_> {
    fn before(&self, name: &str) -> Option<f64> {
        number(self.before, name)
    }

    /// The larger one of before and after.
    fn most(&self, name: &str) -> Option<f64> {
        let both = [number(self.before, name), number(self.after, name)];
        both.into_iter().flatten().reduce(f64::max)
    }

    /// What a counter grew by; none where it was reset.
    fn growth(&self, name: &str) -> Option<f64> {
        Some(number(self.after, name)? - number(self.before, name)?).filter(|growth| *growth >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FitFor;
    use crate::model::made::{self, facts};

    fn readings(before: &[(&str, &str)], after: &[(&str, &str)]) -> Readings {
        let [before, after] = [before, after].map(|listed| Conditions { facts: facts(listed), ..made::conditions("") });
        Readings::new([&before, &after], &facts(&[("cpus_online", "2")]), None)
    }

    fn listed(before: &[&Readings], after: &[&Readings]) -> Vec<String> {
        let changes = Readings::between(before, after);
        changes.into_iter().map(|it| format!("{}: {} → {}", it.name, it.baseline, it.candidate)).collect()
    }

    #[test]
    fn only_differences_that_move_times_are_listed() {
        type Facts<'a> = &'a [(&'a str, &'a str)];
        let cases: [(Facts, Facts, &[&str]); 8] = [
            (&[("load_1m", "0.1")], &[("load_1m", "0.2")], &[]),
            (&[("load_1m", "0.1")], &[("load_1m", "1.9")], &["load for each CPU, before: 0.05 → 0.95"]),
            (&[("frequency_mhz_max", "3000")], &[("frequency_mhz_max", "2950")], &[]),
            (
                &[("frequency_mhz_max", "3000")],
                &[("frequency_mhz_max", "2400")],
                &["clock of the fastest CPU: 3000 MHz → 2400 MHz"],
            ),
            (
                &[("temperature_c_max", "51.2")],
                &[("temperature_c_max", "88.0")],
                &["temperature of the hottest sensor: 51 °C → 88 °C"],
            ),
            (&[("memory_available_mib", "4000")], &[("memory_available_mib", "2100")], &[]),
            (
                &[("pressure_io_some_percent", "0.1"), ("on_battery", "no")],
                &[("pressure_io_some_percent", "9"), ("on_battery", "yes")],
                &["IO pressure, before: 0.1 % → 9.0 %", "on battery: no → yes"],
            ),
            (&[("load_1m", "0.1"), ("on_battery", "no")], &[("load_1m", "NaN")], &[]),
        ];
        for (before, after, expected) in cases {
            assert_eq!(listed(&[&readings(before, &[])], &[&readings(after, &[])]), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn counters_are_compared_by_their_growth() {
        let ticks = |steal: &'static str, throttled: &'static str| {
            let ends = |ticks, steal, throttled| {
                [("cpu_ticks_total", ticks), ("cpu_steal_ticks_total", steal), ("throttled_us_total", throttled)]
            };
            readings(&ends("1000", "900", "7"), &ends("2000", steal, throttled))
        };
        let expected = ["time stolen by the hypervisor: 0.0 % → 5.0 %", "stopped by a CPU quota: no → yes"];
        assert_eq!(listed(&[&ticks("900", "7")], &[&ticks("950", "8")]), expected);
        assert_eq!(listed(&[&ticks("900", "7")], &[&ticks("905", "7")]), [""; 0]);
        assert_eq!(listed(&[&ticks("900", "7")], &[&ticks("0", "0")]), [""; 0], "reset: nothing is known");
    }

    #[test]
    fn the_runs_of_a_side_are_a_range() {
        let [idle, busy, busier] = ["0.1", "1.0", "3.0"].map(|load| readings(&[("load_1m", load)], &[]));
        assert_eq!(listed(&[&idle, &busier], &[&busier, &idle, &busy]), [""; 0]);
        let expected = ["load for each CPU, before: 0.05 to 0.50 → 0.50 to 1.50"];
        assert_eq!(listed(&[&idle, &busy], &[&busy, &busier]), expected);
    }

    #[test]
    fn what_the_doctor_found_is_a_condition() {
        let fitness = |fit_for| Fitness { fit_for, reasons: Vec::new() };
        let none = made::conditions("");
        let of = |fitness: Option<Fitness>| Readings::new([&none, &none], &BTreeMap::new(), fitness.as_ref());
        let (good, poor, unjudged) =
            (of(Some(fitness(FitFor::Timing))), of(Some(fitness(FitFor::CountsOnly))), of(None));
        assert_eq!(listed(&[&good], &[&poor]), ["suitable for: timing → counts only"]);
        assert_eq!(listed(&[&good], &[&unjudged]), [""; 0]);
    }
}
