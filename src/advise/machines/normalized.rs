//! Costs normalized by something of their own machine, so that its absolute speed is divided out.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::ratios::{Filter, RatioRow, Skipped, keep, not_there, passes, series, skipped};
use crate::model::{Measurement, Metric};
use crate::verdict::ratio::kept;
use crate::verdict::{Absent, Figure, Sessions, Value, measurement, value_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NormalizeBy {
    /// The reference workload: small fixed work that was timed between the samples.
    Reference,
    /// The least that the system needs for the same work.
    LowerBound,
}

pub(super) fn rows(
    machines: &[Sessions],
    metrics: &[Metric],
    by: NormalizeBy,
    filter: Filter,
) -> (Vec<RatioRow>, Vec<Skipped>) {
    let (mut rows, mut without) = (Vec::new(), Vec::new());
    for ((topic, benchmark, metric), measured) in series(machines, metrics) {
        if !passes(&measured, filter) {
            continue;
        }
        let references: BTreeSet<Option<String>> = measured.iter().flatten().map(|it| reference(it, by)).collect();
        let reference = match references.into_iter().collect::<Vec<_>>().as_slice() {
            [Some(one)] => one.clone(),
            [None] | [] => {
                without.push(skipped(&benchmark, metric, no_reference(by)));
                continue;
            }
            _ => {
                without.push(skipped(&benchmark, metric, "it is normalized by different things on these machines"));
                continue;
            }
        };
        let ratios = measured.iter().zip(machines).map(|(measured, machine)| match measured {
            Some(measurement) => normalized(measurement, machine, by),
            None => Err(not_there()),
        });
        keep(RatioRow::new((topic, benchmark, metric), reference, ratios.collect()))
            .map_or_else(|it| without.push(it), |row| rows.push(row));
    }
    (rows, without)
}

fn reference(measurement: &Measurement, by: NormalizeBy) -> Option<String> {
    match by {
        NormalizeBy::Reference => measurement.normalized.and(measurement.reference.clone()),
        NormalizeBy::LowerBound => measurement.lower_bound.as_ref().map(ToString::to_string),
    }
}

fn no_reference(by: NormalizeBy) -> &'static str {
    match by {
        NormalizeBy::Reference => {
            "no reference workload: a timer or another machine decides its time, or it is a count"
        }
        NormalizeBy::LowerBound => "its group has no lower bound at these parameters",
    }
}

fn normalized(of: &Measurement, machine: &Sessions, by: NormalizeBy) -> Value {
    value_of(of)?;
    match (by, &of.lower_bound) {
        (NormalizeBy::Reference, _) => {
            let value = of.normalized.ok_or(Absent::missing("it has no normalized value"))?;
            Ok(kept(value, machine.reach(&of.benchmark.group, Figure::Cost)))
        }
        (NormalizeBy::LowerBound, Some(bound)) => match measurement(machine.run(), bound, of.metric) {
            Some(_) => machine.ratio(&of.topic, [&of.benchmark, bound], of.metric),
            None => Err(Absent::missing(format!("its lower bound {bound} was not measured"))),
        },
        (NormalizeBy::LowerBound, None) => Err(Absent::missing("it has no lower bound on this machine")),
    }
}
