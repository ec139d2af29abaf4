//! Makes a folder of stored runs, to measure how long `parcost trend` takes and how much memory.
//!
//! ```sh
//! cargo run --release --example make_history -- FOLDER RUNS SERIES
//! ```
//!
//! One run a commit, each of so many wall times in six rounds with three reference workloads, all under independent noise of 1 %;
//! every tenth series gets 10 % slower at one commit.

#[path = "../../tests/made/mod.rs"]
mod made;
#[path = "../../tests/noise/mod.rs"]
#[expect(dead_code, reason = "one family is enough here")]
mod noise;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use noise::Family;
use parcost::rooms::model::{BenchmarkId, Metric};
use parcost::rooms::store::layout;

const MACHINE: &str = "x86_64-made-up-2c-00000000";
const ROUNDS: usize = 6;
const STEP: f64 = 1.1;
const TOPICS: [&str; 4] = ["spawn", "memory", "cpu", "io"];

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().map(PathBuf::from).context("usage: make_history FOLDER RUNS SERIES")?;
    let mut number = || -> Result<usize> {
        let text = arguments.next().context("usage: make_history FOLDER RUNS SERIES")?;
        text.to_string_lossy().parse().context("not a number")
    };
    let (runs, series) = (number()?, number()?);
    let noises: Vec<Vec<f64>> = (0..series as u64).map(|seed| Family::Gauss1.series(runs, seed)).collect();
    let references = Family::Gauss1.series(runs, u64::MAX);
    let machine = made::run(MACHINE, 0).machine.key;
    let place = layout::machine_folder(&folder, &machine);
    fs::create_dir_all(&place)?;
    for commit in 0..runs {
        let mut run = made::run(MACHINE, commit);
        let measured = |(number, values): (usize, &Vec<f64>)| {
            let topic = TOPICS[number % TOPICS.len()];
            let stepped = number % 10 == 0 && commit >= runs / 2;
            let value = values[commit] * if stepped { STEP } else { 1.0 };
            let id = BenchmarkId::new(topic, "made", &[("count", number as u64)]);
            made::measurement(topic, id, Metric::WallTime, value, ROUNDS, references[commit] / references[0])
        };
        run.measurements = noises.iter().enumerate().map(measured).collect();
        let name = layout::file_name(&run).map_err(anyhow::Error::msg)?;
        fs::write(place.join(name), serde_json::to_string(&run)?)?;
    }
    Ok(())
}
