//! A format that is written, and what keeps a history from being written in it.

use crate::model::{Interchange, InterchangeSeries, Remark, Remarks};

/// What is said of a metric that a series does not have, and has once it is read back.
pub(super) const METRIC_ADDED: &str =
    "the format names what is measured: a series without a metric comes back with this one";

pub(super) type Has = fn(&InterchangeSeries) -> bool;
type Write = fn(&Interchange, &mut Remarks) -> Result<String, String>;

#[derive(Debug)]
pub struct ExportFormat {
    pub name: &'static str,
    pub about: &'static str,
    /// The file of a history; remarks say what became of single items.
    pub(super) write: Write,
    /// Whether every value says which machine it is of, so that those of several can stand together.
    pub keeps_machines: bool,
    /// What it has no place for.
    pub(super) lacks: &'static [Part],
}

impl ExportFormat {
    /// A format whose values do not say which machine they are of.
    pub(super) const fn new(name: &'static str, about: &'static str, write: Write, lacks: &'static [Part]) -> Self {
        Self { name, about, write, keeps_machines: false, lacks }
    }
}

/// What a history may have beside names, units and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Suite,
    Metric,
    Machine,
    Branch,
    Commits,
    /// Names of files, which stand for commits.
    Files,
    Times,
    Order,
    Samples,
    Spreads,
    /// Of a count of instructions: no format but our own has a place for it.
    Counted,
}

impl Part {
    /// Whether names that are alike get it, where the format has no place for it.
    pub(super) fn is_in_names(self) -> bool {
        matches!(self, Self::Suite | Self::Metric | Self::Machine | Self::Branch)
    }
}

/// Each part, what it is called, and whether a series has it.
pub(super) const PARTS: [(Part, &str, Has); 11] = [
    (Part::Suite, "the suite", |series| series.suite.is_some()),
    (Part::Metric, "the metric", |series| series.metric.is_some()),
    (Part::Machine, "the machine", |series| series.machine.is_some()),
    (Part::Branch, "the branch", |series| series.branch.is_some()),
    (Part::Commits, "commits", |series| series.points.iter().any(|point| point.commit.is_some())),
    (Part::Files, "names of files in place of commits", |series| {
        series.points.iter().any(|point| point.commit.is_none() && point.file.is_some())
    }),
    (Part::Times, "times", |series| series.points.iter().any(|point| point.time.is_some())),
    (Part::Order, "numbers of commits", |series| series.points.iter().any(|point| point.order.is_some())),
    (Part::Samples, "single measurements", |series| series.points.iter().any(|point| !point.samples.is_empty())),
    (Part::Spreads, "spreads", |series| series.points.iter().any(|point| point.low.or(point.high).is_some())),
    (Part::Counted, "compilers and libraries of counts", |series| {
        series.points.iter().any(|point| !point.counted_with.is_empty())
    }),
];

#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub bytes: Vec<u8>,
    pub remarks: Vec<Remark>,
}

/// The history cannot be written in a format.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {format}: {reason}")]
pub struct Error {
    pub format: &'static str,
    /// What the format cannot store, and what to do.
    pub reason: String,
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| error.to_string())
}
