//! Reads `pairs.csv`: what processes of one and the same program measured, slice by slice.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::data::rows;

/// Which of the times is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Wall,
    Cpu,
}

/// One process: the times of one operation in each of its slices, ns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

/// The processes of each benchmark, in the order in which they ran.
pub(crate) type Benchmarks = BTreeMap<String, Vec<Process>>;

/// A stretch of time with one kind of background load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub(crate) name: String,
    /// Processes of a few slices.
    pub(crate) short: Benchmarks,
    /// Processes of a hundred; not in every block.
    pub(crate) long: Benchmarks,
}

impl Process {
    /// Its slices.
    pub(crate) fn slices(&self, time: Time) -> &[f64] {
        match time {
            Time::Wall => &self.wall,
            Time::Cpu => &self.cpu,
        }
    }

    /// Its value for the gate: the smallest.
    pub(crate) fn min(&self, time: Time) -> f64 {
        self.slices(time).iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// Every block of the file.
pub(crate) fn load(path: &Path) -> Result<Vec<Block>> {
    let mut blocks: BTreeMap<String, Block> = BTreeMap::new();
    let columns = ["block", "mode", "bench", "run", "iters", "wall_ns", "cpu_ns"];
    for [block, mode, bench, run, iterations, wall, cpu] in rows(path, columns)? {
        let number = |text: &str| text.parse::<f64>().with_context(|| format!("`{text}` in {}", path.display()));
        let block = blocks.entry(block.clone()).or_insert_with(|| Block { name: block, ..Block::default() });
        let benchmarks = match mode.as_str() {
            "short" => &mut block.short,
            "long" => &mut block.long,
            _ => continue,
        };
        let processes = benchmarks.entry(bench).or_default();
        let run: usize = run.parse().with_context(|| format!("the run `{run}` in {}", path.display()))?;
        processes.resize(processes.len().max(run + 1), Process::default());
        processes[run].wall.push(number(&wall)? / number(&iterations)?);
        processes[run].cpu.push(number(&cpu)? / number(&iterations)?);
    }
    Ok(blocks.into_values().collect())
}
