//! The commits of several series on one line.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::model::{InterchangePoint, InterchangeSeries};

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
