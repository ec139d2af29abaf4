//! Puts a history together, observation by observation: units, directions, repeats and remarks in one place.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::draft::{Draft, Key, key};
use super::remarks::Remarks;
use super::{Error, Form, unit};
use crate::model::{
    Direction, INTERCHANGE_SCHEMA_VERSION, Interchange, InterchangePoint, InterchangeSeries, Remark, RemarkKind,
};

/// What the user says where the form does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// Which way series are better of which nobody says it.
    pub better: Option<Direction>,
    /// The unit of series of which nobody says it.
    pub unit: Option<String>,
}

/// One number of one benchmark, as a form has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Observation {
    pub(super) suite: Option<String>,
    pub(super) name: String,
    pub(super) metric: Option<String>,
    pub(super) machine: Option<String>,
    pub(super) branch: Option<String>,
    /// As it is written.
    pub(super) unit: Option<String>,
    /// Where the form says it; else the unit may.
    pub(super) direction: Option<Direction>,
    /// In the unit as written, like all numbers here.
    pub(super) value: f64,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) samples: Vec<f64>,
}

/// What was measured in one go: a commit, or a run of which no commit is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Moment {
    pub(super) order: Option<u64>,
    pub(super) commit: Option<String>,
    /// RFC 3339; anything else counts as no time.
    pub(super) time: Option<String>,
}

/// A history in the making.
pub(super) struct Builder<'a> {
    pub(super) form: Form,
    pub(super) assumed: &'a Assumed,
    file: String,
    moment: Moment,
    /// Counts the entries of all sources, and of this one.
    entry: usize,
    entry_in_file: usize,
    drafts: Vec<Draft>,
    places: BTreeMap<Key, usize>,
    seen: BTreeMap<(usize, usize), usize>,
    undirected: Vec<String>,
    remarks: Remarks,
    /// Sources and remarks of histories that are read as they are.
    sources: Vec<String>,
    ready: Vec<Remark>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(form: Form, assumed: &'a Assumed) -> Self {
        Self {
            form,
            assumed,
            file: String::new(),
            moment: Moment::default(),
            entry: 0,
            entry_in_file: 0,
            drafts: Vec::new(),
            places: BTreeMap::new(),
            seen: BTreeMap::new(),
            undirected: Vec::new(),
            remarks: Remarks::default(),
            sources: Vec::new(),
            ready: Vec::new(),
        }
    }

    /// What follows is of this file, and of an entry of its own.
    pub(super) fn open(&mut self, file: &str) {
        self.file = file.to_owned();
        self.entry += 1;
        self.entry_in_file = 0;
        self.moment = Moment::default();
    }

    /// What follows is of the entry at this place of the file, counted from 0.
    pub(super) fn enter(&mut self, place: usize, moment: Moment) {
        self.entry += 1;
        self.entry_in_file = place;
        self.moment = Moment { time: moment.time.as_deref().and_then(instant), ..moment };
    }

    /// Takes one more observation of the current entry. Where a commit has several of one series, they become one: its
    /// median. The same commit in a later entry is said; repeats inside an entry are samples.
    pub(super) fn add(&mut self, observation: Observation) -> Result<(), Error> {
        let Observation { suite, name, metric, machine, branch, .. } = observation;
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err(self.value("", "a result has no name".to_owned()));
        }
        let written = observation.unit.or_else(|| self.assumed.unit.clone()).filter(|unit| !unit.trim().is_empty());
        let base = written.as_deref().map(unit::base);
        let factor = base.as_ref().map_or(1.0, |base| base.factor);
        let scaled = |value: f64| value * factor;
        let point = InterchangePoint {
            order: self.moment.order,
            commit: self.moment.commit.clone(),
            time: self.moment.time.clone(),
            value: scaled(observation.value),
            low: observation.low.map(scaled),
            high: observation.high.map(scaled),
            samples: observation.samples.into_iter().map(scaled).collect(),
        };
        point.check().map_err(|reason| self.value(&name, reason))?;
        let implied = base.as_ref().and_then(|base| base.direction);
        let Some(direction) = observation.direction.or(implied).or(self.assumed.better) else {
            let told_apart = metric.or(written).map_or_else(String::new, |more| format!(" ({more})"));
            let label = format!("{name}{told_apart}");
            if !self.undirected.contains(&label) {
                self.undirected.push(label);
            }
            return Ok(());
        };
        if observation.direction.is_some() && implied.is_some_and(|implied| implied != direction) {
            let (unit, better) = (written.as_deref().unwrap_or_default(), direction.better());
            let text = format!("the file says that {better} is better, of numbers in {unit}; it was believed");
            self.remarks.add(RemarkKind::Changed, &name, &text);
        }
        let series = InterchangeSeries {
            suite,
            name,
            metric,
            machine,
            branch,
            unit: base.map(|base| base.unit),
            direction,
            points: Vec::new(),
        };
        self.place(series, point, written);
        Ok(())
    }

    /// Puts a point into its series: behind the others, or to those of the same commit.
    fn place(&mut self, series: InterchangeSeries, point: InterchangePoint, written: Option<String>) {
        let key = key(&series);
        let place = *self.places.entry(key).or_insert(self.drafts.len());
        if place == self.drafts.len() {
            self.drafts.push(Draft::new(series));
        }
        let draft = &mut self.drafts[place];
        draft.written.extend(written);
        let moment = self.moment.commit.clone().ok_or(self.entry);
        let Some(&at) = draft.moments.get(&moment) else {
            let at = draft.series.points.len();
            draft.moments.insert(moment, at);
            draft.values.push(vec![point.value]);
            draft.series.points.push(point);
            self.seen.insert((place, at), self.entry);
            return;
        };
        if self.seen.insert((place, at), self.entry) == Some(self.entry) {
            draft.merge(at, point);
            return;
        }
        let text = "several entries of one commit are one observation: their median";
        self.remarks.add(RemarkKind::Changed, &draft.series.name, text);
        let there = draft.series.points[at].value;
        if (there == 0.0) == (point.value == 0.0) {
            draft.merge(at, point);
            return;
        }
        // A zero is no measurement that a median could be taken with.
        self.remarks.add(RemarkKind::LeftOut, &draft.series.name, "a zero, where another entry of its commit has more");
        if there == 0.0 {
            draft.values[at] = vec![point.value];
            draft.series.points[at] = point;
        }
    }

    /// What a series is called in the current entry: a name that the entry had already gets a number.
    pub(super) fn number(&mut self, name: &str, given: &mut BTreeMap<String, usize>) -> String {
        let count = given.entry(name.to_owned()).or_default();
        *count += 1;
        if *count == 1 {
            return name.to_owned();
        }
        let text = "the name is there several times in one entry: the others are numbered, in their order";
        self.remarks.add(RemarkKind::Changed, name, text);
        format!("{name} #{count}")
    }

    /// Takes a history as it is.
    pub(super) fn take(&mut self, history: Interchange) {
        self.ready.extend(history.remarks);
        if !self.sources.contains(&history.source) {
            self.sources.push(history.source);
        }
        for series in history.series {
            for (place, point) in series.points.iter().enumerate() {
                // In a history a commit has one observation; of entries without a commit each is one.
                self.entry += 1;
                self.entry_in_file = place;
                self.moment = Moment { order: point.order, commit: point.commit.clone(), time: point.time.clone() };
                self.place(InterchangeSeries { points: Vec::new(), ..series.clone() }, point.clone(), None);
            }
        }
    }

    pub(super) fn remark(&mut self, kind: RemarkKind, about: &str, text: &str) {
        self.remarks.add(kind, about, text);
    }

    /// The file is not as the form has it.
    pub(super) fn strange(&self, reason: impl Into<String>) -> Error {
        Error::Strange { file: self.file.clone(), form: self.form, reason: one_line(&reason.into()) }
    }

    /// A value in the current entry is none.
    pub(super) fn value(&self, series: &str, reason: String) -> Error {
        let (file, series, entry) = (self.file.clone(), one_line(series), self.entry_in_file);
        Error::Value { file, series, entry, reason }
    }

    /// The history, with everything said that was done to it.
    pub(super) fn finish(mut self) -> Result<Interchange, Error> {
        if self.drafts.is_empty() {
            let (file, form, series) = (self.file, self.form, self.undirected);
            return Err(if series.is_empty() {
                Error::Empty { file, form }
            } else {
                Error::Direction { file, series }
            });
        }
        for name in std::mem::take(&mut self.undirected) {
            let text = "nobody says which way it is better; say --better lower or --better higher";
            self.remarks.add(RemarkKind::LeftOut, &name, text);
        }
        self.say_units();
        self.say_splits();
        for draft in &mut self.drafts {
            if draft.series.points.iter().any(|point| point.value == 0.0) {
                self.remarks.add(RemarkKind::Changed, &draft.series.name, "its zeros are kept, and are never judged");
            }
        }
        let series = self.drafts.into_iter().map(|draft| draft.series).collect();
        let mut remarks = self.ready;
        for remark in self.remarks.list() {
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        let source = if self.sources.is_empty() { self.form.name().to_owned() } else { self.sources.join(", ") };
        Ok(Interchange { schema_version: INTERCHANGE_SCHEMA_VERSION, source, series, remarks })
    }

    /// Says where one series was written in several units.
    fn say_units(&mut self) {
        for draft in self.drafts.iter().filter(|draft| draft.written.len() > 1) {
            let units: Vec<&str> = draft.written.iter().map(String::as_str).collect();
            let base = draft.series.unit.as_deref().unwrap_or_default();
            let text = format!("it was written in {}; all of it is in {base} now", units.join(" and "));
            self.remarks.add(RemarkKind::Changed, &draft.series.name, &text);
        }
    }

    /// Says where one name became several series, because its unit or its direction changed.
    fn say_splits(&mut self) {
        let mut kinds: BTreeMap<Key, Vec<String>> = BTreeMap::new();
        for draft in &self.drafts {
            let series = &draft.series;
            let unit = series.unit.as_deref().unwrap_or("no unit");
            let kind = format!("{unit}, {} is better", series.direction.better());
            kinds.entry(key(series).of_any_unit()).or_default().push(kind);
        }
        for (key, kinds) in kinds.iter().filter(|(_, kinds)| kinds.len() > 1) {
            let text = format!(
                "its unit or direction changes on the way: it is {} series ({})",
                kinds.len(),
                kinds.join("; ")
            );
            self.remarks.add(RemarkKind::Changed, &key.name, &text);
        }
    }
}

/// A time as RFC 3339 in UTC; none where the text names no instant.
pub(super) fn instant(text: &str) -> Option<String> {
    text.trim().parse::<Timestamp>().ok().map(|time| time.to_string())
}

/// Foreign text made fit for a message: one line of limited length.
pub(super) fn one_line(text: &str) -> String {
    const CHARS_MAX: usize = 300;
    let cut = if text.chars().count() > CHARS_MAX { "…" } else { "" };
    let line: String = text.chars().take(CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{line}{cut}")
}
