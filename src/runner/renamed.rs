//! Benchmarks that have another name in the candidate: what executes the same there is the same benchmark.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::executions::{self, Totals};
use super::plan::{OneSided, Runner, Subject};
use super::{Error, Plan, Settings, Side};

/// Names of a target on one side alone; with more than these it is another target.
const NAMES_MAX: usize = 20;

/// Finds the new names that execute what a removed name of their target did, and what no other does, and has both measured
/// as one benchmark.
pub fn pair_renamed(plan: &mut Plan, settings: &Settings, scratch: &Path, until: Instant) -> Result<(), Error> {
    for target in std::mem::take(&mut plan.one_sided) {
        if target.names.baseline.len().max(target.names.candidate.len()) > NAMES_MAX || Instant::now() >= until {
            continue;
        }
        let known = target.names.try_map(|side, names| totals(&target, side, names, scratch))?;
        for (executed, new) in &known.candidate {
            let ([old], [new]) = (known.baseline.get(executed).map_or(&[][..], Vec::as_slice), &new[..]) else {
                continue;
            };
            plan.added.retain(|name| name != new);
            plan.removed.retain(|gone| gone.topic != target.topic || gone.benchmark != *old);
            plan.subjects.push(Subject {
                topic: target.topic.clone(),
                benchmark: new.clone(),
                renamed_from: Some(old.clone()),
                class: settings.class(new),
                planted: 1.0,
                runner: Runner::Criterion(Box::new(target.programs.clone())),
            });
        }
    }
    Ok(())
}

/// The names of one side by what they execute; what cannot be counted is nobody's double.
fn totals(
    target: &OneSided,
    side: Side,
    names: &[String],
    scratch: &Path,
) -> Result<BTreeMap<Totals, Vec<String>>, Error> {
    let mut known: BTreeMap<Totals, Vec<String>> = BTreeMap::new();
    for name in names {
        let program = target.programs.of(side);
        if let Ok(totals) = executions::totals(program, name, &scratch.join(side.folder()))? {
            known.entry(totals).or_default().push(name.clone());
        }
    }
    Ok(known)
}
