//! The interchange history: series that other tools measured, or that are handed to other tools.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Direction;
use super::Direction::{HigherIsBetter as Higher, LowerIsBetter as Lower};

/// Version of the stored form of a history; the rules of [`super::SCHEMA_VERSION`] hold for it.
pub const INTERCHANGE_SCHEMA_VERSION: u32 = 1;

/// What is counted, as units name it.
const COUNTS: [&str; 9] =
    ["instructions", "allocs", "allocations", "calls", "syscalls", "faults", "switches", "blocks", "errors"];

/// The metric of a reference workload among the series of stored runs.
pub const REFERENCE_WORKLOAD: &str = "reference_workload";

/// The source of a history of stored runs.
pub const PARCOST: &str = "parcost";

/// The part of a label that is the direction.
const DIRECTION: usize = 5;

/// What is said of a series that is skipped for want of a direction.
pub const NO_DIRECTION: &str = "the file does not say which way it is better; add --better lower or --better higher";

/// A cell of CSV that begins with one of these is a formula to a spreadsheet, so our CSV has a `'` before it; and before
/// one of those, so that it reads back.
pub const FORMULA_SIGNS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// The series of one source, and what was done to them on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interchange {
    /// Always the first field, so that a reader knows what it reads.
    pub schema_version: u32,
    /// The name of the format that it was read from; `parcost` for stored runs.
    pub source: String,
    pub series: Vec<InterchangeSeries>,
    /// What was changed or skipped; nothing else was.
    pub remarks: Vec<Remark>,
}

/// One quantity of one benchmark, over its commits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InterchangeSeries {
    /// What the benchmark belongs to: a package, a suite, a bench file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    pub name: String,
    /// What was measured of it, where a benchmark has several quantities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The unit of all its numbers, a base unit where it is one of time, memory or work: `ns`, `B`, `B/s`, `ops/s`.
    /// None where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    pub direction: Direction,
    /// The form of the benchmark, where it is not 1: with another one it is another benchmark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<i16>,
    /// One observation a commit, in order.
    pub points: Vec<InterchangePoint>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InterchangePoint {
    /// The number of its commit on one line of history; ascending where all points of a series have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u64>,
    /// The commit's full id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The time of the commit, or of the measuring where that is not known; RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The value; finite and not below zero. A zero is kept, and judged by nobody.
    pub value: f64,
    /// Lower end of the spread as the tool gave it; what it means depends on the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end of the spread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The measurements that the value came from, in order; empty where the tool keeps none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<f64>,
    /// The name of its file, where each of several files has one value of every series and nothing else names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What a count of instructions depends on, by name: counts that differ in one of these are not compared.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counted_with: BTreeMap<String, String>,
}

/// Something that was changed or skipped on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    pub kind: RemarkKind,
    /// The series, entries or lines that it is about.
    pub about: Vec<String>,
    pub text: String,
    /// Where it was found, item by item: the first, then the others in the order of their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<RemarkItem>,
}

impl Remark {
    /// Adds it to others: one of the same text is about all that both are about.
    pub fn join(self, others: &mut Vec<Remark>) {
        match others.iter_mut().find(|other| other.kind == self.kind && other.text == self.text) {
            Some(other) => {
                let (about, items) = (self.about, self.items);
                // Two numbers of those that are not listed are two.
                let is_number = |it: &str| [" more", " more items"].iter().any(|end| it.ends_with(end));
                let is_new = |it: &String| is_number(it) || !other.about.contains(it);
                let new: Vec<String> = about.into_iter().filter(is_new).collect();
                other.about.extend(new);
                let mut all: BTreeSet<RemarkItem> = other.items.iter().cloned().chain(items).collect();
                let first = other.items.first().and_then(|first| all.take(first));
                other.items = first.into_iter().chain(all).collect();
            }
            None => others.push(self),
        }
    }

    /// The first place at which something was skipped, where its subject does not say it: `a.csv, line 3`.
    pub fn place(&self) -> Option<String> {
        let RemarkItem { file, entry, .. } = self.items.first().filter(|_| self.kind == RemarkKind::Skipped)?;
        let place = entry.as_ref().map_or_else(|| file.clone(), |entry| format!("{file}, {entry}"));
        (!self.about.contains(file)).then_some(place)
    }

    /// The text with that place, and the number of the others.
    pub fn text_and_place(&self) -> String {
        let Some(place) = self.place() else { return self.text.clone() };
        let more = match self.items.len() {
            1 => String::new(),
            REMARKS_MAX.. => format!(", and at least {} more", REMARKS_MAX - 1),
            items => format!(", and {} more", items - 1),
        };
        format!("{} ({place}{more})", self.text)
    }
}

/// An item of a file of which something was changed or skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemarkItem {
    /// The file as the user named it.
    pub file: String,
    /// The series; none where it is about a whole entry or file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// The entry or line of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemarkKind {
    Changed,
    #[serde(alias = "left_out")]
    Skipped,
}

/// Remarks, and subjects of one remark, that are kept; the others are counted.
const REMARKS_MAX: usize = 1000;

/// Remarks being gathered: one per text, however many things it is about.
#[derive(Debug, Default)]
pub struct Remarks {
    all: BTreeMap<(RemarkKind, String), Subjects>,
    hidden: usize,
}

#[derive(Debug, Default)]
struct Subjects {
    about: Vec<String>,
    known: BTreeSet<String>,
    first: Option<RemarkItem>,
    items: BTreeSet<RemarkItem>,
    hidden: usize,
}

impl Remarks {
    /// Adds what `about` is about to the remark with this text, once.
    pub fn add(&mut self, kind: RemarkKind, about: &str, text: &str) {
        self.add_item(kind, about, text, None);
    }

    /// The same, with the place where it was found.
    pub fn add_item(&mut self, kind: RemarkKind, about: &str, text: &str, item: Option<RemarkItem>) {
        let key = (kind, text.to_owned());
        if self.all.len() >= REMARKS_MAX && !self.all.contains_key(&key) {
            self.hidden += 1;
            return;
        }
        let subjects = self.all.entry(key).or_default();
        if subjects.items.len() < REMARKS_MAX {
            subjects.first = subjects.first.take().or_else(|| item.clone());
            subjects.items.extend(item);
        }
        if subjects.known.contains(about) {
            return;
        }
        if subjects.known.len() >= REMARKS_MAX {
            subjects.hidden += 1;
            return;
        }
        subjects.known.insert(about.to_owned());
        subjects.about.push(about.to_owned());
    }

    pub fn list(self) -> Vec<Remark> {
        let remark = |((kind, text), mut subjects): ((RemarkKind, String), Subjects)| {
            if subjects.hidden > 0 {
                subjects.about.push(format!("{} more", subjects.hidden));
            }
            let Subjects { about, first, mut items, .. } = subjects;
            let first = first.and_then(|first| items.take(&first));
            Remark { kind, about, text, items: first.into_iter().chain(items).collect() }
        };
        let mut list: Vec<Remark> = self.all.into_iter().map(remark).collect();
        if self.hidden > 0 {
            let (about, text) = (vec![format!("{} more items", self.hidden)], "they are not listed".to_owned());
            list.push(Remark { kind: RemarkKind::Skipped, about, text, items: Vec::new() });
        }
        list
    }
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("series `{series}`, point {place}: {reason}")]
pub struct InvalidInterchange {
    pub series: String,
    pub place: usize,
    pub reason: String,
}

impl Interchange {
    /// Refuses what no history may hold: a series without a name or points, numbers that are not finite or below zero,
    /// ends of a spread on the wrong side.
    pub fn check(&self) -> Result<(), InvalidInterchange> {
        for series in &self.series {
            let invalid = |place, reason: String| InvalidInterchange { series: series.name.clone(), place, reason };
            if series.name.trim().is_empty() {
                return Err(invalid(0, "the series has no name".to_owned()));
            }
            if series.points.is_empty() {
                return Err(invalid(0, "the series has no points".to_owned()));
            }
            for (place, point) in series.points.iter().enumerate() {
                point.check().map_err(|reason| invalid(place, reason))?;
            }
        }
        Ok(())
    }

    /// The machines that its series name.
    pub fn machines(&self) -> BTreeSet<String> {
        self.series.iter().filter_map(|series| series.machine.clone()).collect()
    }

    /// What is of one machine.
    pub fn of_machine(&self, machine: &str) -> Self {
        let of_it = self.series.iter().filter(|series| series.machine.as_deref() == Some(machine));
        Self {
            schema_version: self.schema_version,
            source: self.source.clone(),
            series: of_it.cloned().collect(),
            remarks: self.remarks.clone(),
        }
    }

    /// A name for every series that no other has.
    pub fn labels(&self) -> Vec<String> {
        labels(&self.series.iter().collect::<Vec<_>>(), self.series.len())
    }
}

/// A name for each of these series that no other has: the benchmark's, and of suite, metric, unit, machine, branch and
/// direction, which only the first `directed` have, whatever it takes to distinguish it.
pub fn labels(series: &[&InterchangeSeries], directed: usize) -> Vec<String> {
    let of = |place: usize, part: usize, number: usize| match part {
        DIRECTION if place >= directed => " (no direction)".to_owned(),
        _ => series[place].part(part, number),
    };
    let mut labels: Vec<String> = series.iter().map(|series| series.name.clone()).collect();
    for part in 0..7 {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, label) in labels.iter().enumerate() {
            groups.entry(label.clone()).or_default().push(place);
        }
        for places in groups.into_values().filter(|places| places.len() > 1) {
            let parts: Vec<String> =
                places.iter().enumerate().map(|(number, place)| of(*place, part, number)).collect();
            if parts.iter().any(|part| *part != parts[0]) {
                places.iter().zip(parts).for_each(|(place, part)| labels[*place].push_str(&part));
            }
        }
    }
    labels
}

impl InterchangeSeries {
    /// The index of each point: the number of its commit where every point has one and they ascend, else its position.
    pub fn indices(&self) -> Vec<u64> {
        let orders: Option<Vec<u64>> = self.points.iter().map(|point| point.order).collect();
        let is_ascending = |orders: &Vec<u64>| orders.windows(2).all(|pair| pair[0] < pair[1]);
        orders.filter(is_ascending).unwrap_or_else(|| (0..self.points.len() as u64).collect())
    }

    pub fn form_number(&self) -> i16 {
        self.form.unwrap_or(1)
    }

    /// Whether it is a reference workload of stored runs, which shows what their machine did by itself.
    pub fn is_reference(&self) -> bool {
        self.metric.as_deref() == Some(REFERENCE_WORKLOAD)
    }

    /// Whether its values are counts of work, the same whenever the same work is done, and not times or sizes.
    pub fn is_count(&self) -> bool {
        let of = |text: &String| COUNTS.contains(&text.split('/').next().unwrap_or_default()) || text == "B/op";
        self.unit.as_ref().or(self.metric.as_ref()).is_some_and(of)
    }

    /// What a label has of the suite and of the metric, where it takes them to distinguish it.
    pub fn suite_and_metric(&self) -> [String; 2] {
        [0, 1].map(|part| self.part(part, 0))
    }

    /// One of the things that distinguish series of the same name; empty where it has none.
    fn part(&self, part: usize, number: usize) -> String {
        let part = match part {
            0 => self.suite.clone(),
            // As a benchmark of parcost has its metric behind its name.
            1 => return self.metric.as_ref().map_or_else(String::new, |metric| format!(" {metric}")),
            2 => self.unit.clone(),
            3 => self.machine.clone(),
            4 => self.branch.clone(),
            DIRECTION => Some(self.direction.better().to_owned()),
            // Only a history that somebody made by hand comes this far.
            _ => Some(format!("#{}", number + 1)),
        };
        part.map_or_else(String::new, |part| format!(" ({part})"))
    }
}

impl InterchangePoint {
    /// Refuses numbers that are not finite or below zero, and ends of a spread on the wrong side; says why.
    pub fn check(&self) -> Result<(), String> {
        for value in std::iter::once(&self.value).chain(&self.samples) {
            if !(value.is_finite() && *value >= 0.0) {
                return Err(format!("{value} is not a finite number from zero on"));
            }
        }
        let (low, high) = (self.low.unwrap_or(self.value), self.high.unwrap_or(self.value));
        if low.is_finite() && high.is_finite() && low <= self.value && self.value <= high {
            Ok(())
        } else {
            Err(format!("{low} … {high} is not a spread around {}", self.value))
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Measure {
    pub name: &'static str,
    pub unit: &'static str,
    pub base: &'static str,
    pub factor: f64,
    pub direction: Direction,
}

const fn measure(name: &'static str, unit: &'static str, direction: Direction) -> Measure {
    Measure { name, unit, base: unit, factor: 1.0, direction }
}

pub const BENCHER_MEASURES: [Measure; 11] = [
    measure("latency", "ns", Lower),
    measure("throughput", "ops/s", Higher),
    measure("instructions", "instructions", Lower),
    measure("estimated-cycles", "cycles", Lower),
    measure("l1-hits", "hits", Lower),
    measure("l2-hits", "hits", Lower),
    measure("ll-hits", "hits", Lower),
    measure("ram-hits", "hits", Lower),
    measure("total-read-write", "accesses", Lower),
    Measure { base: "ns", factor: 1e9, ..measure("build-time", "s", Lower) },
    measure("file-size", "B", Lower),
];

#[cfg(test)]
mod tests {
    use super::super::made;
    use super::*;

    fn series(suite: Option<&str>, name: &str, unit: Option<&str>) -> InterchangeSeries {
        let points = vec![InterchangePoint { value: 1.0, ..InterchangePoint::default() }];
        InterchangeSeries { suite: suite.map(str::to_owned), ..made::series(name, unit, points) }
    }

    #[test]
    fn labels_say_no_more_than_it_takes() {
        let all = [
            series(None, "a", None),
            series(Some("x"), "b", Some("ns")),
            series(Some("y"), "b", Some("ns")),
            series(None, "c", Some("ns")),
            series(None, "c", Some("B")),
            series(None, "d", None),
            series(None, "d", None),
            InterchangeSeries { metric: Some("cpu_time".to_owned()), ..series(None, "e", None) },
            InterchangeSeries { metric: Some("real_time".to_owned()), ..series(None, "e", None) },
        ];
        let expected = ["a", "b (x)", "b (y)", "c (ns)", "c (B)", "d (#1)", "d (#2)", "e cpu_time", "e real_time"];
        assert_eq!(made::interchange("test", all.to_vec()).labels(), expected);
    }

    #[test]
    fn refuses_what_is_no_number() {
        let point = |value, low, high, samples: &[f64]| InterchangePoint {
            value,
            low,
            high,
            samples: samples.to_vec(),
            ..InterchangePoint::default()
        };
        let cases = [
            (point(1.0, None, None, &[]), true),
            (point(0.0, Some(0.0), Some(2.0), &[0.0]), true),
            (point(1.0, Some(-1.0), None, &[]), true),
            (point(f64::NAN, None, None, &[]), false),
            (point(f64::INFINITY, None, None, &[]), false),
            (point(-1.0, None, None, &[]), false),
            (point(1.0, Some(2.0), None, &[]), false),
            (point(1.0, None, Some(f64::NAN), &[]), false),
            (point(1.0, None, None, &[1.0, -1.0]), false),
        ];
        for (point, expected) in cases {
            let mut series = series(None, "a", None);
            series.points = vec![point.clone()];
            assert_eq!(made::interchange("test", vec![series]).check().is_ok(), expected, "{point:?}");
        }
    }
}
