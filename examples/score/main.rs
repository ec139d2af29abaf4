//! Scores the judge on data with known answers, beside the rules of thumb that users know: the trend detector on
//! histories, the paired gate on processes that were measured.
//!
//! ```sh
//! cargo run --release --example score -- FOLDER
//! ```
//!
//! The folder holds `series.csv` (`series,set,noise_pct`), `labels.csv` (`series,index,kind,effect_pct`) and for each
//! set a long CSV of its name (`series,index,value`). Every series is replayed one value at a time. An alert hits the
//! nearest required change within 5 values that has not been hit; it counts as found within 20 values. Later alerts on
//! the same change, and those within 6 values of an optional one, count neither way; every other is a false alarm.
//!
//! Histories made here, with a step, a slower machine, slower code or more noise of known place and size, follow; see
//! `histories.rs`.
//!
//! Where the folder holds `pairs.csv` (`block,mode,bench,run,iters,wall_ns,cpu_ns`), every block of processes of one
//! program is put together to suites for the gate; see `gate.rs`.

mod data;
mod gate;
mod histories;
#[path = "../../tests/noise/mod.rs"]
mod noise;
mod pairs;
mod rules;
mod single;
mod tally;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use data::Series;
use gate::Score;
use noise::Family;
use pairs::{Block, Time};
use rules::{RULES, Rule, ours};
use single::SINGLE_RULES;
use tally::{DELAY_MAX, Tally};

/// Length and number of the series that are made for each family of noise: 23,000 values.
const MADE_LENGTH: usize = 250;
const MADE_SERIES: u64 = 92;
/// The block of `pairs.csv` in which other programs kept the processors busy; its bars are lower.
const LOADED_BLOCK: &str = "n4";

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).context("usage: score FOLDER")?;
    let all = data::load(&folder)?;
    sets(&all);
    families(&all);
    bars(&all);
    histories::bars();
    let pairs = folder.join("pairs.csv");
    if pairs.exists() {
        gates(&pairs)?;
    }
    Ok(())
}

/// The gate on every block of measured processes, the rules for one process a side beside it, and the gate's bars.
fn gates(path: &Path) -> Result<()> {
    let blocks = pairs::load(path)?;
    for block in &blocks {
        println!("\nblock {}: rule                    time  comparisons  false/1000  +5 %  +10 %", block.name);
        for time in [Time::Wall, Time::Cpu] {
            for (name, rule) in SINGLE_RULES {
                for (length, measured) in [("short", &block.short), ("long", &block.long)] {
                    let score = single::score(rule, measured, time);
                    if score.comparisons > 0 {
                        let [five, ten] = score.recall;
                        let false_alarms = score.false_alarms * 1e3;
                        println!(
                            "  {name:34} {length:5} {time:4?} {:12} {false_alarms:11.1} {five:5.2} {ten:5.2}",
                            score.comparisons
                        );
                    }
                }
            }
            gate_bars(block, time);
        }
    }
    Ok(())
}

/// The gate on suites made of one block, and the bars that it is held to there.
fn gate_bars(block: &Block, time: Time) {
    let [same, five, ten] = [0.0, 0.05, 0.1].map(|slowdown| Score::of(block, time, slowdown));
    println!(
        "  {:40} {time:4?} {:12} {:11.1} {:5.2} {:5.2}   ({:.1} pairs a benchmark)",
        "parcost gate",
        same.quiet,
        same.false_alarms_per_1000(),
        five.recall(),
        ten.recall(),
        same.pairs()
    );
    let named = |bar: &str| format!("{bar}, {}, {time:?}", block.name);
    let loaded = block.name == LOADED_BLOCK;
    at_most(&named("G1 false alarms per 1,000"), same.false_alarms_per_1000(), 1.0);
    if !loaded {
        at_least(&named("G2 +5 % found"), five.recall(), 0.9);
    }
    at_least(&named("G2 +10 % found"), ten.recall(), if loaded { 0.8 } else { 0.95 });
    at_least(&named("G3 coverage less the stated confidence"), same.coverage_beyond_promise(), -0.02);
    at_most(&named("G3 the same"), same.coverage_beyond_promise(), 0.02);
    at_most(&named("G4 inconclusive"), same.inconclusive(), if loaded { 0.2 } else { 0.02 });
}

/// One line for every rule on every set.
fn sets(all: &[Series]) {
    let mut names: Vec<&str> = all.iter().map(|series| series.set.as_str()).collect();
    names.dedup();
    println!("set        rule                      precision recall    F1  false/1000  delay  <=10  <=20");
    for name in names {
        for (rule_name, rule) in RULES {
            let tally = Tally::of(rule, of_set(all, name));
            let false_alarms = tally.false_alarms_per_1000();
            if tally.has_changes() {
                println!(
                    "{name:10} {rule_name:25} {:9.2} {:6.2} {:5.2} {false_alarms:11.2} {:>6} {:5.2} {:5.2}",
                    tally.precision(),
                    tally.recall(DELAY_MAX),
                    tally.f1(),
                    tally.delay().map_or("-".to_owned(), |delay| format!("{delay:.1}")),
                    tally.recall(10),
                    tally.recall(DELAY_MAX),
                );
            } else {
                println!("{name:10} {rule_name:25} {:>9} {:>6} {:>5} {false_alarms:11.2}", "-", "-", "-");
            }
        }
    }
}

/// False alarms on every family of noise, of the set and of series made here.
fn families(all: &[Series]) {
    println!("\nfalse alarms of parcost for 1,000 values without a change");
    let mut names: Vec<&str> = of_set(all, "syn_aa").map(family_of).collect();
    names.dedup();
    for name in names {
        let of_family = of_set(all, "syn_aa").filter(|series| family_of(series) == name);
        println!("  set   {name:15} {:.2}", Tally::of(ours, of_family).false_alarms_per_1000());
    }
    for &family in Family::ALL {
        println!("  made  {:15} {:.2}", format!("{family:?}"), Tally::of(ours, &made(family)).false_alarms_per_1000());
    }
}

/// The bars that the detector is held to.
fn bars(all: &[Series]) {
    println!("\nbar                                                    parcost   wanted");
    let steady: Vec<Family> = Family::ALL.iter().copied().filter(|family| *family != Family::Sticky).collect();
    let rate = |family: &Family| Tally::of(ours, &made(*family)).false_alarms_per_1000();
    let rates: Vec<f64> = steady.iter().map(rate).collect();
    let others = steady.iter().zip(&rates).filter(|(family, _)| **family != Family::Autoregressive);
    let set =
        |sticky: bool| of_set(all, "syn_aa").filter(move |series| family_of(series).starts_with("sticky") == sticky);
    let shifts: Rule = |values| ours(values).into_iter().filter(|found| !found.returns).collect();
    at_most("H1 set, without sticky, false alarms per 1,000", Tally::of(ours, set(false)).false_alarms_per_1000(), 0.6);
    at_most("H1 made, without sticky, mean", rates.iter().sum::<f64>() / rates.len() as f64, 0.6);
    at_most("H1 made, autoregressive", rate(&Family::Autoregressive), 4.0);
    at_most("H1 made, the worst of the others", others.map(|(_, rate)| *rate).fold(0.0, f64::max), 1.0);
    at_most("H2 sticky set, regressions and improvements", Tally::of(shifts, set(true)).false_alarms_per_1000(), 10.0);
    at_most("H3 real_aa", Tally::of(ours, of_set(all, "real_aa")).false_alarms_per_1000(), 1.5);
    let step = |percent: f64| Tally::of(ours, of_set(all, "syn_step").filter(move |series| has_size(series, percent)));
    at_least("H4 syn_step, 5 % within 10", step(5.0).recall(10), 0.88);
    at_least("H4 syn_step, 5 % within 20", step(5.0).recall(20), 0.94);
    at_least("H4 syn_step, 10 % within 20", step(10.0).recall(20), 0.98);
    at_least("H4 syn_step, 2 % within 20", step(2.0).recall(20), 0.55);
    let clear = of_set(all, "injected").filter(|series| {
        series.labels.iter().all(|label| {
            let size = label.size_percent.round();
            size >= 3.0 && size >= 1.5 * series.noise_percent
        })
    });
    let clear = Tally::of(ours, clear);
    at_least("H5 injected, 3 % or more and 1.5 x noise, within 20", clear.recall(20), 0.92);
    at_least("H5 the same within 10", clear.recall(10), 0.85);
    let real = Tally::of(ours, of_set(all, "real"));
    at_least("H6 real, F1", real.f1(), 0.84);
    at_least("H6 real, precision", real.precision(), 0.82);
    at_most("H7 real, median delay", real.delay().unwrap_or(f64::INFINITY), 7.0);
}

fn at_most(name: &str, figure: f64, bar: f64) {
    println!("{name:53} {figure:8.3}  <= {bar:.2} {}", if figure <= bar { "" } else { "MISSED" });
}

fn at_least(name: &str, figure: f64, bar: f64) {
    println!("{name:53} {figure:8.3}  >= {bar:.2} {}", if figure >= bar { "" } else { "MISSED" });
}

fn of_set<'a>(all: &'a [Series], set: &'a str) -> impl Iterator<Item = &'a Series> {
    all.iter().filter(move |series| series.set == set)
}

/// `ar6_1` of `sa_ar6_1_3`.
fn family_of(series: &Series) -> &str {
    let name = series.name.split_once('_').map_or("", |(_, rest)| rest);
    name.rsplit_once('_').map_or(name, |(family, _)| family)
}

fn has_size(series: &Series, percent: f64) -> bool {
    series.labels.iter().any(|label| (label.size_percent - percent).abs() < 0.1)
}

fn made(family: Family) -> Vec<Series> {
    let made = |seed| Series {
        name: format!("{family:?} {seed}"),
        set: "made".to_owned(),
        values: family.series(MADE_LENGTH, seed),
        noise_percent: 0.0,
        labels: Vec::new(),
    };
    (0..MADE_SERIES).map(made).collect()
}
