//! The commits of several series on one line, and the newest of them for formats that store no more.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::model::{Direction, Interchange, InterchangePoint, InterchangeSeries, RemarkKind, Remarks};

/// What identifies the commit of a point: its id; else the time; else the place in its series.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    Commit(String),
    Time(String),
    Place(usize),
}

/// The mark of the point at a place of its series.
pub(super) fn mark(place: usize, point: &InterchangePoint) -> Mark {
    match (&point.commit, &point.time) {
        (Some(commit), _) => Mark::Commit(commit.clone()),
        (None, Some(time)) => Mark::Time(time.clone()),
        (None, None) => Mark::Place(place),
    }
}

/// Every commit of these series, once: by the number of the commit where all have one, else such that each series keeps
/// its own order as far as they agree.
pub(super) fn timeline<'a>(series: &[&'a InterchangeSeries]) -> Vec<(Mark, &'a InterchangePoint)> {
    let mut longest: Vec<&&InterchangeSeries> = series.iter().collect();
    longest.sort_by_key(|series| std::cmp::Reverse(series.points.len()));
    let mut line: Vec<(Mark, &'a InterchangePoint)> = Vec::new();
    for series in longest {
        let known: HashSet<Mark> = line.iter().map(|(mark, _)| mark.clone()).collect();
        let own: Vec<(Mark, &'a InterchangePoint)> =
            series.points.iter().enumerate().map(|(place, point)| (mark(place, point), point)).collect();
        if own.iter().any(|(mark, _)| !known.contains(mark)) {
            line = woven(line, own, &known);
        }
    }
    if line.iter().all(|(_, point)| point.order.is_some()) {
        line.sort_by_key(|(_, point)| point.order);
    }
    line
}

/// The new commits of a series, each before the known one that follows it there.
fn woven<'a>(
    line: Vec<(Mark, &'a InterchangePoint)>,
    own: Vec<(Mark, &'a InterchangePoint)>,
    known: &HashSet<Mark>,
) -> Vec<(Mark, &'a InterchangePoint)> {
    let mut before: HashMap<Mark, Vec<(Mark, &'a InterchangePoint)>> = HashMap::new();
    let mut waiting = Vec::new();
    for (mark, point) in own {
        if !known.contains(&mark) {
            waiting.push((mark, point));
        } else if !waiting.is_empty() {
            before.entry(mark).or_default().append(&mut waiting);
        }
    }
    let mut woven = Vec::new();
    for (mark, point) in line {
        woven.append(&mut before.remove(&mark).unwrap_or_default());
        woven.push((mark, point));
    }
    woven.append(&mut waiting);
    woven
}

/// The time of a point in milliseconds since 1970.
pub(super) fn milliseconds(point: &InterchangePoint) -> Option<i64> {
    point.time.as_ref()?.parse::<Timestamp>().ok().map(|time| time.as_millisecond())
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::made;

    fn series(commits: &[&str]) -> InterchangeSeries {
        let point = |commit: &&str| InterchangePoint {
            commit: Some((*commit).to_owned()),
            value: 1.0,
            ..InterchangePoint::default()
        };
        made::series("a", None, commits.iter().map(point).collect())
    }

    #[test]
    fn gaps_are_filled_where_they_belong() {
        let all = [series(&["a", "c", "d"]), series(&["b", "c"]), series(&["d", "e"])];
        let line: Vec<Mark> = timeline(&all.iter().collect::<Vec<_>>()).into_iter().map(|(mark, _)| mark).collect();
        let expected: Vec<Mark> = ["a", "b", "c", "d", "e"].map(|commit| Mark::Commit(commit.to_owned())).into();
        assert_eq!(line, expected);
    }
}
