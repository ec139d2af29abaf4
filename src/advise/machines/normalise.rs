//! Prices as multiples of a yardstick of their own machine, so that its absolute speed is divided out.

use std::collections::BTreeSet;

use serde::Serialize;

use super::party::{NOT_THERE, Party};
use super::ratios::{Keeps, LeftOut, Row, is_kept, keep, left, series};
use crate::model::{Measurement, Metric, Quality};
use crate::verdict::Reading;
use crate::verdict::reading::measurement;

/// A yardstick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Yardstick {
    /// The small fixed work that was timed between the samples.
    Calibrator,
    /// The least that the system needs for such work.
    Floor,
}

/// Each benchmark that `keeps` lets pass as a multiple of its yardstick, on every machine.
pub(super) fn rows(parties: &[Party], metrics: &[Metric], by: Yardstick, keeps: Keeps) -> (Vec<Row>, Vec<LeftOut>) {
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    for ((topic, benchmark, metric), measured) in
        series(parties, metrics).into_iter().filter(|(_, it)| is_kept(it, keeps))
    {
        let yardsticks: BTreeSet<Option<String>> =
            measured.iter().flatten().map(|measurement| yardstick(measurement, by)).collect();
        let against = match yardsticks.into_iter().collect::<Vec<_>>().as_slice() {
            [Some(one)] => one.clone(),
            [None] | [] => {
                left_out.push(left(&benchmark, metric, without(by)));
                continue;
            }
            _ => {
                left_out.push(left(&benchmark, metric, "it is held against different yardsticks on these machines"));
                continue;
            }
        };
        let values = measured.iter().zip(parties).map(|(measured, party)| match measured {
            Some(measurement) => multiple(measurement, party, by),
            None => Reading::Missing(NOT_THERE.to_owned()),
        });
        keep(Row::new((topic, benchmark, metric), against, values.collect()))
            .map_or_else(|it| left_out.push(it), |row| rows.push(row));
    }
    (rows, left_out)
}

/// What a measurement is held against.
fn yardstick(measurement: &Measurement, by: Yardstick) -> Option<String> {
    match by {
        Yardstick::Calibrator => measurement.calibrated.and(measurement.calibrator.clone()),
        Yardstick::Floor => measurement.floor.as_ref().map(ToString::to_string),
    }
}

fn without(by: Yardstick) -> &'static str {
    match by {
        Yardstick::Calibrator => {
            "it is held against no calibrator: a timer or another machine decides it, or it is a count"
        }
        Yardstick::Floor => "its group has no floor at these parameters",
    }
}

fn multiple(of: &Measurement, party: &Party, by: Yardstick) -> Reading {
    match (by, &of.quality, &of.floor) {
        (_, Quality::Inconclusive(reason), _) => Reading::Inconclusive(reason.clone()),
        (Yardstick::Calibrator, Quality::Good, _) => {
            of.calibrated.map_or(Reading::Missing("it has no calibrated value".to_owned()), Reading::Measured)
        }
        (Yardstick::Floor, Quality::Good, Some(floor)) => match measurement(party.run, floor, of.metric) {
            Some(_) => party.ratio(&party.sessions(), &of.topic, of.metric, [&of.benchmark, floor]),
            None => Reading::Missing(format!("its floor {floor} was not measured")),
        },
        (Yardstick::Floor, Quality::Good, None) => Reading::Missing("it has no floor there".to_owned()),
    }
}
