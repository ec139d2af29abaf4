//! A series as its observations come in: what is one observation, and in which order they stand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{InterchangePoint, InterchangeSeries};
use crate::stats::median;

/// Entries of one commit that are, in half of the commits, this far apart are not repeats of one measurement.
const APART_MAX: f64 = 0.25;

/// Numbers in one unit that are all this many times those in another look as if a unit were wrong.
const UNIT_GAP: f64 = 10.0;

/// What makes a series one: suite, name, metric, machine, branch, unit, direction and form.
pub(super) type Key = [Option<String>; 8];

/// What observations of one commit share: its id, else its number; an entry with neither is a commit of its own.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    Commit(String),
    Order(u64),
    Entry(usize),
}

pub(super) struct Draft {
    pub(super) series: InterchangeSeries,
    /// Where each commit stands.
    pub(super) revisions: BTreeMap<Identity, usize>,
    /// What each point was merged from.
    pub(super) merged: Vec<Merged>,
    /// The units as they were written, and the least and the largest value in each.
    pub(super) written: BTreeMap<String, (f64, f64)>,
}

pub(super) struct Merged {
    /// The last entry that had something of it.
    pub(super) entry: usize,
    /// The values of its observations; empty where it has one.
    pub(super) values: Vec<f64>,
    /// Where those of each later entry begin.
    pub(super) begins: Vec<usize>,
}

impl Merged {
    pub(super) fn enter(&mut self, entry: usize) {
        self.entry = entry;
        self.begins.push(self.values.len().max(1));
    }

    /// How far the medians of its entries are apart; none of one entry, and where one is 0.
    fn apart(&self) -> Option<f64> {
        let starts = [0].into_iter().chain(self.begins.iter().copied());
        let ends = self.begins.iter().copied().chain([self.values.len()]);
        let medians = starts.zip(ends).map(|(start, end)| self.values.get(start..end).and_then(median));
        let medians = medians.collect::<Option<Vec<f64>>>().filter(|_| !self.begins.is_empty())?;
        let low = medians.iter().copied().reduce(f64::min).filter(|low| *low > 0.0)?;
        Some(medians.into_iter().reduce(f64::max)? / low - 1.0)
    }
}

impl Draft {
    pub(super) fn new(series: InterchangeSeries) -> Self {
        Self { series, revisions: BTreeMap::new(), merged: Vec::new(), written: BTreeMap::new() }
    }

    /// Makes one observation of those that are there and one more, of which the median is still to be taken.
    pub(super) fn merge(&mut self, at: usize, more: InterchangePoint) {
        let (point, values) = (&mut self.series.points[at], &mut self.merged[at].values);
        if values.is_empty() {
            values.push(point.value);
        }
        if point.samples.is_empty() {
            point.samples.clone_from(values);
        }
        values.push(more.value);
        if more.samples.is_empty() {
            point.samples.push(more.value);
        } else {
            point.samples.extend(more.samples);
        }
        point.low = point.low.into_iter().chain(more.low).reduce(f64::min);
        point.high = point.high.into_iter().chain(more.high).reduce(f64::max);
    }

    /// Makes observations of what was merged, in their order; returns what there is to remark.
    pub(super) fn finish(&mut self) -> Vec<String> {
        let mut remarks = self.units();
        remarks.extend(self.apart().map(str::to_owned));
        self.settle();
        remarks.extend(self.put_in_order().map(str::to_owned));
        if self.series.points.iter().any(|point| point.value == 0.0) {
            remarks.push("its zeros are kept; `trend` judges those of counts alone".to_owned());
        }
        remarks
    }

    /// Numbers that the file states go before times, and both go before the place in the file. Where only some values have one, it
    /// tells at least which end of the file is the newest.
    fn put_in_order(&mut self) -> Option<&'static str> {
        let points = &mut self.series.points;
        if points.len() < 2 {
            return None;
        }
        let numbers = points.iter().map(|point| point.order.map(Rank::Number)).collect::<Option<Vec<_>>>();
        let ranks = numbers.or_else(|| points.iter().map(time).collect());
        match ranks.map(|ranks| put_in_order_of(points, ranks)) {
            Some(Ordered::Already) => None,
            Some(Ordered::Now) => Some("its values were not in the order of their numbers or times; they are now"),
            Some(Ordered::WithTies) => Some(
                "its values are in the order of their numbers or times now, the same ones in that of the files and their rows",
            ),
            Some(Ordered::Never) => {
                Some("some of its numbers or times are the same; the order of the files and their rows counts")
            }
            None if points.iter().all(|point| point.order.is_none() && point.time.is_none()) => {
                Some("no value has a commit number or a time; the order of the files and their rows counts")
            }
            None if begins_with_the_newest(points) => {
                points.reverse();
                Some(
                    "not every value has a commit number or a time; those that have stand newest first, so the order of the files and their rows is turned round",
                )
            }
            None => Some("not every value has a commit number or a time; the order of the files and their rows counts"),
        }
    }

    /// Says in which units it was written, and where one of them looks wrong.
    fn units(&self) -> Vec<String> {
        if self.written.len() < 2 {
            return Vec::new();
        }
        let units: Vec<&str> = self.written.keys().map(String::as_str).collect();
        let base = self.series.unit.as_deref().unwrap_or_default();
        let mut remarks = vec![format!("it was written in {}; all of it is in {base} now", units.join(" and "))];
        let by_size = |a: &(&String, &(f64, f64)), b: &(&String, &(f64, f64))| a.1.0.total_cmp(&b.1.0);
        let ends = self.written.iter().min_by(by_size).zip(self.written.iter().max_by(by_size));
        if let Some(((small, (_, most)), (large, (least, _)))) = ends
            && *most > 0.0
            && *least > most * UNIT_GAP
        {
            let ratio = least / most;
            remarks
                .push(format!("its values in {large} are {ratio:.0} or more times those in {small}: check its units"));
        }
        remarks
    }

    /// Says where entries of one commit differ by more than repeats do.
    fn apart(&self) -> Option<&'static str> {
        let apart: Vec<f64> = self.merged.iter().filter_map(Merged::apart).collect();
        median(&apart).filter(|apart| *apart > APART_MAX)?;
        Some(
            "entries of one commit are further apart than noise brings them: they may be of several machines or configurations",
        )
    }

    /// Takes the median of the observations of each commit.
    pub(super) fn settle(&mut self) {
        for (point, Merged { values, .. }) in self.series.points.iter_mut().zip(std::mem::take(&mut self.merged)) {
            point.value = median(&values).unwrap_or(point.value);
            point.low = point.low.map(|low| low.min(point.value));
            point.high = point.high.map(|high| high.max(point.value));
        }
    }
}

pub(super) fn key(series: &InterchangeSeries) -> Key {
    let InterchangeSeries { suite, name, metric, machine, branch, unit, direction, form, points: _ } = series;
    let [suite, metric, machine, branch, unit] = [suite, metric, machine, branch, unit].map(Clone::clone);
    let [direction, form] = [direction.better().to_owned(), form.unwrap_or(1).to_string()].map(Some);
    [suite, Some(name.clone()), metric, machine, branch, unit, direction, form]
}

enum Ordered {
    Already,
    Now,
    WithTies,
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Number(u64),
    Time(Timestamp),
}

/// Puts points in the order of their ranks. Commits may share a time, as those of one rebase do; where runs without a
/// commit share one, and do not stand newest first, somebody made it up.
fn put_in_order_of(points: &mut Vec<InterchangePoint>, ranks: Vec<Rank>) -> Ordered {
    if ranks.is_sorted() {
        return Ordered::Already;
    }
    if ranks.is_sorted_by(|left, right| left >= right) {
        points.reverse();
        return Ordered::Now;
    }
    let has_ties = ranks.iter().collect::<BTreeSet<_>>().len() < ranks.len();
    if has_ties && points.iter().any(|point| point.commit.is_none()) {
        return Ordered::Never;
    }
    let mut ranked: Vec<(Rank, InterchangePoint)> = ranks.into_iter().zip(std::mem::take(points)).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    points.extend(ranked.into_iter().map(|(_, point)| point));
    if has_ties { Ordered::WithTies } else { Ordered::Now }
}

/// Whether the numbers of the points that have one only ever fall, or where none has one, the times.
fn begins_with_the_newest(points: &[InterchangePoint]) -> bool {
    let numbers: Vec<Rank> = points.iter().filter_map(|point| point.order.map(Rank::Number)).collect();
    let ranks = if numbers.is_empty() { points.iter().filter_map(time).collect() } else { numbers };
    ranks.first() > ranks.last() && ranks.is_sorted_by(|left, right| left >= right)
}

fn time(point: &InterchangePoint) -> Option<Rank> {
    Some(Rank::Time(point.time.as_deref()?.parse().ok()?))
}
