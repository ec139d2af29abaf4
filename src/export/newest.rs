//! One run out of a history, for formats that store no more.

use super::timeline::{mark, timeline};
use crate::model::{Direction, Interchange, InterchangePoint, InterchangeSeries, RemarkKind, Remarks};

pub(super) const NS_PER_S: f64 = 1e9;

/// A series, its label and its point of the newest commit.
pub(super) type Newest<'a> = (&'a InterchangeSeries, String, &'a InterchangePoint);

/// The newest point of every series that was measured at the newest commit.
pub(super) fn newest<'a>(history: &'a Interchange, remarks: &mut Remarks) -> Result<Vec<Newest<'a>>, String> {
    check_one_machine(history)?;
    let all: Vec<&InterchangeSeries> = history.series.iter().collect();
    let last = timeline(&all).pop().map(|(mark, _)| mark);
    let mut newest = Vec::new();
    for (series, label) in history.series.iter().zip(history.labels()) {
        let Some(point) = series.points.last() else { continue };
        if Some(mark(series.points.len() - 1, point)) != last && point.commit.is_some() {
            remarks.add(RemarkKind::Skipped, &label, "it was not measured at the newest commit");
            continue;
        }
        if series.points.len() > 1 {
            remarks.add(RemarkKind::Skipped, "all but the newest point", "the format stores one run");
        }
        newest.push((series, label, point));
    }
    if newest.is_empty() { Err("the history is empty".to_owned()) } else { Ok(newest) }
}

/// Refuses series of several machines or branches.
pub(super) fn check_one_machine(history: &Interchange) -> Result<(), String> {
    let place = |series: &InterchangeSeries| (series.machine.clone(), series.branch.clone());
    let mut places = history.series.iter().map(place);
    let first = places.next().unwrap_or_default();
    if places.any(|other| other != first) {
        return Err(
            "it holds series of several machines or branches; choose one, or write csv-long or history".to_owned()
        );
    }
    Ok(())
}

/// The newest points of times of which lower is better: all that some formats can mean.
pub(super) fn newest_times<'a>(history: &'a Interchange, remarks: &mut Remarks) -> Result<Vec<Newest<'a>>, String> {
    let is_time = |series: &InterchangeSeries| {
        series.unit.as_deref() == Some("ns") && series.direction == Direction::LowerIsBetter
    };
    let (times, others): (Vec<_>, Vec<_>) = newest(history, remarks)?.into_iter().partition(|it| is_time(it.0));
    for (_, label, _) in &others {
        remarks.add(RemarkKind::Skipped, label, "the format stores times only, of which lower is better");
    }
    if times.is_empty() { Err("no series is a time, and the format stores times only".to_owned()) } else { Ok(times) }
}

/// Half the width of a spread that is as wide on both sides; none for any other.
pub(super) fn half_width(point: &InterchangePoint) -> Option<f64> {
    /// Beyond this, relative to the larger half, the halves are unlike and not merely rounded.
    const ROUNDING: f64 = 1e-6;
    let (below, above) = (point.value - point.low?, point.high? - point.value);
    let larger = below.max(above);
    ((below - above).abs() <= ROUNDING * larger + f64::EPSILON * point.value * 4.0).then_some((below + above) / 2.0)
}
