//! What is printed, before the format is chosen.

use super::number::is_detectable;
use super::plot::Plot;
use crate::model::{Estimate, Metric};
use crate::verdict::policy::DETECTABLE_MAX;
use crate::verdict::{Absent, Reason, Value, Verdict};
use serde::{Serialize, Serializer};
use strum::IntoStaticStr;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Page {
    pub title: String,
    pub lines: Vec<Line>,
    pub sections: Vec<Section>,
    /// What a reader would do next, printed at the end in a terminal.
    #[serde(skip)]
    pub next: Option<String>,
    /// Whether no name is cut, however wide a table becomes: no terminal has to show it.
    #[serde(skip)]
    pub whole: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    pub name: String,
    pub value: String,
    /// What it says is a verdict.
    #[serde(skip)]
    pub status: Option<Status>,
}

/// One part of a page: a heading and, where there are any, sentences, a table and notes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Section {
    pub heading: String,
    /// What is needed to read the table, a sentence or two.
    pub text: Option<String>,
    pub table: Option<Table>,
    #[serde(skip)]
    pub plot: Option<Plot>,
    pub notes: Vec<Note>,
    /// Whether only a reader who asks for it sees it.
    pub folded: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    pub name: String,
    /// True for numbers, which are aligned at their ends.
    pub numeric: bool,
    pub spare: Option<Spare>,
}

/// When a terminal leaves a column out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Spare {
    /// Where a row would take several lines.
    Lines,
    /// Where the table would be wider than the terminal.
    Width,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    /// The name of something in the program: a benchmark, a metric, a file.
    Name(String),
    /// A number; its interval is printed where `with_interval` says so.
    Number {
        estimate: Estimate,
        /// Its unit as in [`Metric::unit`], or `×` for a factor, or `%`.
        unit: String,
        with_interval: bool,
    },
    /// A change as a share, with its sign.
    Change(Estimate),
    Numbers {
        values: Vec<f64>,
        unit: String,
    },
    Series {
        values: Vec<f64>,
        /// A series that moves by less than this share of its middle is drawn flat.
        threshold: f64,
    },
    Verdict {
        status: Status,
        word: String,
    },
    /// No number: why in a word.
    Absent(NoteKind),
}

/// What a verdict means, shown by a sign before its word, and by a colour where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Worse,
    Better,
    /// Nothing is to be done about it.
    Even,
    /// It could not be decided.
    Unsure,
    /// Threads, in an answer.
    Threads,
    Processes,
    /// Larger or smaller than elsewhere, for better or worse.
    More,
    Less,
}

impl Status {
    pub fn sign(self) -> char {
        match self {
            Status::Worse => '✗',
            Status::Better => '✓',
            Status::Even => '·',
            Status::Unsure => '?',
            Status::Threads => '●',
            Status::Processes => '◆',
            Status::More => '▲',
            Status::Less => '▼',
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    pub kind: NoteKind,
    /// What it is about; several where the same is to be said of them, and none where the text names it.
    pub subjects: Vec<String>,
    /// How many it is about, of which not all need be named.
    pub count: usize,
    /// A sentence; further lines are another program's, and shown as they are.
    pub text: String,
}

impl Note {
    /// Of the subjects the first `most`, and the number of the others.
    pub(super) fn naming(mut self, most: usize) -> Self {
        if self.subjects.len() > most {
            let others = self.subjects.split_off(most).len();
            self.subjects.push(format!("{others} more"));
        }
        self
    }

    /// `inconclusive: a, b: why`, or only `unchanged: 3 benchmarks`, and the lines of another program.
    pub(super) fn parts(
        &self,
        named: impl Fn(&str) -> String,
        written: impl Fn(&str) -> String,
    ) -> (String, Vec<&str>) {
        let mut lines = self.text.lines();
        let subjects: Vec<String> = self.subjects.iter().map(|subject| named(subject)).collect();
        let said = [subjects.join(between(&self.subjects)), written(lines.next().unwrap_or_default())];
        (said.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": "), lines.collect())
    }
}

/// What stands between some subjects: what has commas itself is not distinct by them.
pub(super) fn between(subjects: &[String]) -> &'static str {
    if subjects.iter().any(|subject| subject.contains(", ")) { "; " } else { ", " }
}

/// The kinds of notes, shown by a word of their own, and by a colour where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, Serialize)]
#[strum(serialize_all = "snake_case")]
#[serde(into = "&'static str")]
pub enum NoteKind {
    Failed,
    Inconclusive,
    #[strum(serialize = "not measured")]
    NotMeasured,
    /// It was measured, and is another benchmark than what it stands beside.
    #[strum(serialize = "in another form")]
    OtherForm,
    Skipped,
    Improved,
    Unchanged,
    Accepted,
    Renamed,
    /// Where to look for a cause.
    Functions,
    /// What ends a problem.
    Fix,
    Unusable,
    /// Something that is not as it was written.
    Wrong,
    /// It was measured, and the numbers are none.
    Invalid,
    Missing,
    New,
    /// It is not as it was where it came from.
    Changed,
    Note,
}

pub(super) const FACTOR: &str = "×";
pub(super) const PERCENT: &str = "%";

impl NoteKind {
    pub fn word(self) -> &'static str {
        self.into()
    }

    /// Why a value is absent.
    pub(super) fn of(absent: &Absent) -> Self {
        match absent {
            Absent::Inconclusive(_) => Self::Inconclusive,
            Absent::Missing(Reason::OtherForm(_)) => Self::OtherForm,
            Absent::Missing(_) => Self::NotMeasured,
        }
    }
}

impl Page {
    pub(crate) fn line(&mut self, name: &str, value: impl Into<String>) {
        self.lines.push(Line { name: name.to_owned(), value: value.into(), status: None });
    }

    pub(crate) fn verdict(&mut self, name: &str, status: Status, value: impl Into<String>) {
        self.lines.push(Line { name: name.to_owned(), value: value.into(), status: Some(status) });
    }

    /// The page without its empty sections, and with what a reader would do next.
    pub(crate) fn with_next(mut self, next: impl Into<String>) -> Self {
        self.sections.retain(|section| !section.is_empty());
        Self { next: Some(next.into()), ..self }
    }
}

impl Section {
    pub(crate) fn new(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), ..Self::default() }
    }

    /// Seen only by a reader who asks for it.
    pub(crate) fn folded(self) -> Self {
        Self { folded: true, ..self }
    }

    /// The section with a table and the sentences that are needed to read it; a table without rows adds neither.
    pub(crate) fn tabled<'a>(self, text: impl Into<Option<&'a str>>, table: Table) -> Self {
        match table.rows.is_empty() {
            true => self,
            false => Self { text: text.into().map(str::to_owned).or(self.text), table: Some(table), ..self },
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_none() && self.table.is_none() && self.plot.is_none() && self.notes.is_empty()
    }

    /// Says `text` of `subject`; where the same is said already, the subject joins the others.
    pub(crate) fn note(&mut self, kind: NoteKind, subject: &str, text: &str) {
        let same = self.notes.iter_mut().find(|note| note.kind == kind && note.text == text);
        match same {
            Some(note) if note.subjects.iter().any(|other| other == subject) => {}
            Some(note) => {
                note.subjects.push(subject.to_owned());
                note.count += 1;
            }
            None => self.note_count(kind, 1, subject, text),
        }
    }

    /// Says `text` of `count` things that `subject` sums up: `2 values`.
    pub(crate) fn note_count(&mut self, kind: NoteKind, count: usize, subject: &str, text: &str) {
        self.notes.push(Note { kind, subjects: vec![subject.to_owned()], count, text: text.to_owned() });
    }

    /// Of the subjects of each note the first `most`, and the number of the others.
    pub(super) fn naming(self, most: usize) -> Self {
        Self { notes: self.notes.into_iter().map(|note| note.naming(most)).collect(), ..self }
    }

    /// How many rows or notes there are, whichever are more.
    pub(super) fn rows(&self) -> usize {
        self.table.as_ref().map_or(0, |table| table.rows.len()).max(self.notes.len())
    }

    /// Notes why `subject` has no value, if it has none.
    pub(super) fn note_reading<T>(&mut self, subject: &str, reading: &Value<T>) {
        if let Err(absent) = reading {
            self.note(NoteKind::of(absent), subject, &absent.to_string());
        }
    }
}

impl Table {
    /// A table without rows; `?` before a name marks a spare column, `??` one that only a table too wide leaves out, then
    /// `#` a column of numbers.
    pub(crate) fn new(names: &[&str]) -> Self {
        let column = |name: &&str| {
            let marks = [("??", Spare::Width), ("?", Spare::Lines)];
            let mut marked =
                marks.into_iter().filter_map(|(mark, spare)| Some((name.strip_prefix(mark)?, Some(spare))));
            let (name, spare) = marked.next().unwrap_or((name, None));
            let (name, numeric) = name.strip_prefix('#').map_or((name, false), |name| (name, true));
            Column { name: name.to_owned(), numeric, spare }
        };
        Self { columns: names.iter().map(column).collect(), rows: Vec::new() }
    }

    pub(crate) fn of(names: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        Self { rows: rows.into_iter().collect(), ..Self::new(names) }
    }
}

/// For the templates: what is printed, and the class of the cell.
impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let class = match self {
            Cell::Name(_) => "name",
            Cell::Number { .. } | Cell::Change(_) | Cell::Numbers { .. } => "number",
            Cell::Absent(_) => "missing",
            Cell::Text(_) | Cell::Series { .. } | Cell::Verdict { .. } => "text",
        };
        (self.printed(), class).serialize(serializer)
    }
}

impl From<Verdict> for Cell {
    fn from(verdict: Verdict) -> Self {
        let status = match verdict {
            Verdict::Regressed => Status::Worse,
            Verdict::Improved => Status::Better,
            Verdict::Unchanged => Status::Even,
            Verdict::Inconclusive | Verdict::Invalid => Status::Unsure,
        };
        Cell::verdict(status, verdict.word())
    }
}

impl Cell {
    pub(super) fn text(text: impl ToString) -> Self {
        Cell::Text(text.to_string())
    }

    pub(super) fn name(name: impl ToString) -> Self {
        Cell::Name(name.to_string())
    }

    pub(super) fn verdict(status: Status, word: &str) -> Self {
        Cell::Verdict { status, word: word.to_owned() }
    }

    /// The value of a reading in the unit of its metric.
    ///
    /// A growth whose interval reaches zero is none, and one below it is none either: nothing gets cheaper by what a parent holds.
    pub(super) fn reading(reading: &Value, metric: Metric, with_interval: bool) -> Self {
        match reading {
            Ok(growth) if metric.is_growth() && growth.high() <= 0.0 => Cell::text("no growth"),
            Ok(growth) if metric.is_growth() && growth.low() <= 0.0 => {
                Cell::text(format!("no growth (< {})", super::number::quantity(growth.high(), metric.unit())))
            }
            _ => Self::reading_in(reading, metric.unit(), with_interval),
        }
    }

    pub(super) fn percent(share: Estimate) -> Self {
        let [center, low, high] = [share.center(), share.low(), share.high()].map(|share| share * 100.0);
        match Estimate::new(center, low, high) {
            Ok(estimate) => Cell::Number { estimate, unit: PERCENT.to_owned(), with_interval: true },
            Err(_) => Cell::text("beyond measure"),
        }
    }

    pub(super) fn without_interval(self) -> Self {
        match self {
            Cell::Number { estimate, unit, .. } => Cell::Number { estimate, unit, with_interval: false },
            Cell::Change(share) => Estimate::exact(share.center()).map_or(Cell::Change(share), Cell::Change),
            other => other,
        }
    }

    pub(super) fn factor(reading: &Value, with_interval: bool) -> Self {
        Self::reading_in(reading, FACTOR, with_interval)
    }

    pub(super) fn share(reading: &Value) -> Self {
        reading.as_ref().map_or_else(Self::absent, |share| Self::percent(*share))
    }

    pub(super) fn exact(value: f64, unit: &str) -> Self {
        let exact = Estimate::exact(value).map_err(|error| Absent::inconclusive(error.to_string()));
        Self::reading_in(&exact, unit, false)
    }

    pub(super) fn reading_in(reading: &Value, unit: &str, with_interval: bool) -> Self {
        match reading {
            Ok(estimate) => Cell::Number { estimate: *estimate, unit: unit.to_owned(), with_interval },
            Err(absent) => Self::absent(absent),
        }
    }

    /// A minimum detectable change.
    pub(super) fn detectable(share: f64) -> Self {
        match is_detectable(share) {
            true => Cell::exact(share * 100.0, PERCENT),
            false => Cell::text(format!("none below {DETECTABLE_MAX}×")),
        }
    }

    pub(super) fn absent(absent: &Absent) -> Self {
        if absent.is_elsewhere() { Cell::text("–") } else { Cell::Absent(NoteKind::of(absent)) }
    }

    /// What is printed for the cell, before any escaping.
    pub(super) fn printed(&self) -> String {
        match self {
            Cell::Text(text) | Cell::Name(text) => text.clone(),
            Cell::Number { estimate, unit, with_interval: true } => super::number::interval(*estimate, unit),
            Cell::Number { estimate, unit, with_interval: false } => super::number::quantity(estimate.center(), unit),
            Cell::Change(share) => super::number::signed_change(*share),
            Cell::Numbers { values, unit } => super::number::several(values, unit),
            Cell::Series { values, threshold } => super::plot::sparkline(values, *threshold),
            Cell::Verdict { status, word } => format!("{} {word}", status.sign()),
            Cell::Absent(kind) => kind.word().to_owned(),
        }
    }
}
