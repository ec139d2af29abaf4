//! `parcost compare` of two machines or more: where they agree and differ, never which is faster.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use clap::ValueEnum;

use super::exit::Exit;
use super::inputs::{self, Loaded};
use super::output::{self, Format};
use super::select::earlier_runs;
use crate::advise::machines::{METRICS, MachineRuns, NormalizeBy, machines};
use crate::model::{Measurement, Metric, Run};
use crate::report::{ComparedMachine, MachineComparisonRows, Remark, machines_page};

/// What costs are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// The reference workload that was timed between the samples
    #[value(alias = "calibrator")]
    Reference,
    /// The least that the system needs for the same work
    #[value(alias = "floor")]
    LowerBound,
}

pub(super) struct Asked<'a> {
    pub(super) metric: Option<Metric>,
    pub(super) normalize_by: Option<By>,
    pub(super) format: Format,
    pub(super) all: bool,
    pub(super) keeps: &'a dyn Fn(&Measurement) -> bool,
}

/// Compares the machines of the sides; `folders` may hold more runs of them.
pub(super) fn compare_machines(
    sides: &[&Loaded],
    strays: Vec<Remark>,
    folders: &[PathBuf],
    asked: &Asked,
) -> Result<Exit> {
    let mut representatives: Vec<(Run, Vec<Run>)> = Vec::new();
    for side in sides {
        let run = representative(side)?.clone();
        if let Some((other, _)) = representatives.iter().find(|(other, _)| other.machine.key == run.machine.key) {
            bail!("`{}` is another name for the machine {}; name each machine once", side.name, other.machine.key);
        }
        let others = earlier_runs(folders, &run)?;
        representatives.push((run, others));
    }
    if !representatives.iter().any(|(run, _)| run.measurements.iter().any(asked.keeps)) {
        output::error(
            "no measurement of the machines matches --filter, --metric and --topic; `parcost show` lists them",
        );
        return Ok(Exit::Inconclusive);
    }
    let runs: Vec<MachineRuns> = representatives
        .iter()
        .zip(sides)
        .map(|((run, stored), side)| {
            let named = side.runs.iter().map(|(_, run)| run);
            let mut others: Vec<&Run> = stored.iter().chain(named).collect();
            others.sort_by(|a, b| b.started.cmp(&a.started));
            MachineRuns { run, others }
        })
        .collect();
    let metrics = asked.metric.map_or(METRICS.to_vec(), |metric| vec![metric]);
    let normalized_by = asked.normalize_by.map(|by| match by {
        By::Reference => NormalizeBy::Reference,
        By::LowerBound => NormalizeBy::LowerBound,
    });
    let found = machines(&runs, &metrics, normalized_by, asked.keeps);
    let compared: Vec<ComparedMachine> = runs.iter().map(compared).collect();
    let of_sides = sides.iter().flat_map(|side| side.remarks.iter().cloned());
    let remarks: Vec<Remark> = strays.into_iter().chain(of_sides).collect();
    let data = MachineComparisonRows { compared: &compared, remarks: &remarks, machines: &found };
    output::print_folded(&data, asked.format, asked.all, |_| machines_page(&compared, &found, &remarks))?;
    Ok(Exit::Success)
}

fn representative(side: &Loaded) -> Result<&Run> {
    ensure!(
        side.foreign.is_empty(),
        "`{}` is of another harness, which does not record the machine; name machines, or runs of them",
        side.name
    );
    let Some(machine) = MachineRuns::of(side.runs.iter().map(|(_, run)| run)) else {
        bail!("`{}` does not name a run", side.name)
    };
    let key = &machine.run.machine.key;
    if let Some(other) = machine.others.iter().find(|other| other.machine.key != *key) {
        let other = &other.machine.key;
        bail!("`{}` has runs of several machines ({key} and {other}); name the runs of one", side.name);
    }
    Ok(machine.run)
}

fn compared(machine: &MachineRuns) -> ComparedMachine {
    ComparedMachine {
        key: machine.run.machine.key.to_string(),
        run: inputs::run_text(machine.run),
        others: machine.sessions_count() - 1,
        fitness: machine.run.fitness.clone(),
    }
}
