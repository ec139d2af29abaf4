//! Puts a history together, observation by observation: units, directions, repeats and remarks in one place.

mod finish;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use super::draft::{Draft, Identity, Key, Merged, key};
use super::error::Error;
use super::file::{Source, one_line};
use super::instant::Instant;
use super::unit;
use crate::model::{
    Direction, Interchange, InterchangePoint, InterchangeSeries, Remark, RemarkItem, RemarkKind, Remarks,
};

/// The longest name of a series; a whole command line is shorter.
const NAME_BYTES_MAX: usize = 4096;
/// The most series, and the most observations, of one history: within the memory of a small machine.
const SERIES_MAX: usize = 100_000;
const POINTS_MAX: usize = 2_000_000;

/// What tools write for a commit or a branch that they do not know.
const PLACEHOLDERS: [&str; 10] =
    ["unversioned", "unknown", "(unknown)", "undefined", "null", "none", "nan", "n/a", "-", "head"];

/// What tools write for a time that they do not know: the zeros of the clocks of Unix, and of Go and .NET.
const ZERO_TIMES: [&str; 2] = ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z"];

/// What is said of a file whose numbers are not those that users see.
pub(super) const DEBUG_BUILD: &str = "it was built for debugging, so that its times are not those of a release";

/// The digits of the shortest id that git prints; fewer are a number.
const ID_CHARS_MIN: usize = 7;

/// What is said of a value that is kept without a part of it.
const NO_BOUND: &str = "a bound is missing, or on the wrong side of the value; the value was kept without its bounds";
const AMBIGUOUS: &str =
    "it is not read as a time, for the day or the month may come first: write 2026-01-31; the value was kept";
const NO_SAMPLES: &str = "a sample of it is not a finite number from zero on; the value was kept without its samples";

/// What the user says where the file does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// Which way series are better of which the file does not say it.
    pub better: Option<Direction>,
    /// The unit of series of which the file does not say it.
    pub unit: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Observation {
    pub(super) suite: Option<String>,
    pub(super) name: String,
    pub(super) metric: Option<String>,
    pub(super) machine: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) unit: Option<String>,
    /// Where the file says it; else the unit may.
    pub(super) direction: Option<Direction>,
    /// What its format means where neither the file nor the unit nor the user says it.
    pub(super) usual: Option<Direction>,
    /// In the unit as written, like all numbers here.
    pub(super) value: f64,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) samples: Vec<f64>,
    /// How much one operation does, where that is declared: `Bytes 1024`.
    pub(super) work: Option<String>,
    /// The form of its benchmark, where it is not 1.
    pub(super) form: Option<i16>,
    /// What it was counted with, where that is known.
    pub(super) counted_with: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// Counted from 0.
    Entry(usize),
    /// Counted from 1.
    Line(usize),
}

/// What was measured in one go: a commit, or a run of which no commit is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Revision {
    pub(super) order: Option<u64>,
    pub(super) commit: Option<String>,
    /// RFC 3339; anything else counts as no time.
    pub(super) time: Option<String>,
}

/// The unit of an observation.
struct Unit {
    base: Option<unit::Base>,
    written: Option<String>,
    /// What the user says is better, where only a name has the unit.
    said: Option<Direction>,
}

#[derive(Default)]
pub(super) struct Builder {
    format: &'static str,
    pub(super) assumed: Assumed,
    file: String,
    /// Each file, with the number of its first entry.
    files: Vec<(usize, String)>,
    revision: Revision,
    entry: usize,
    place: Place,
    /// Whether the file has said nothing yet: it has no benchmark, and none was skipped.
    is_silent: bool,
    /// How often each name and quantity came in the current entry.
    given: BTreeMap<(String, String), usize>,
    drafts: Vec<Draft>,
    points: usize,
    places: BTreeMap<Key, usize>,
    /// Series without a direction: nothing says which way they are better.
    undirected: BTreeMap<Key, InterchangeSeries>,
    /// What has its unit from its name.
    named_units: BTreeSet<String>,
    /// What one operation of each series did first.
    work: BTreeMap<Key, String>,
    remarks: Remarks,
    /// The configuration of the first observations.
    settings: Option<BTreeMap<String, String>>,
    /// Sources and remarks of histories that are read as they are.
    sources: Vec<String>,
    ready: Vec<Remark>,
}

impl Unit {
    fn factor(&self) -> f64 {
        self.base.as_ref().map_or(1.0, |base| base.factor)
    }
}

impl Builder {
    pub(super) fn new(format: &'static str, assumed: &Assumed) -> Self {
        Self { format, assumed: assumed.clone(), is_silent: true, ..Self::default() }
    }

    /// What follows is of this file, and of an entry of its own.
    pub(super) fn open(&mut self, file: &str) {
        self.file = file.to_owned();
        self.files.push((self.entry + 1, file.to_owned()));
        self.is_silent = true;
        self.enter(Place::Entry(0), Revision::default());
    }

    /// Says of a file among others that it has nothing.
    pub(super) fn close(&mut self) {
        if self.is_silent {
            let file = self.file.clone();
            self.skip(&file, "it holds no benchmark");
        }
    }

    /// What follows is of the entry at this place of the file.
    pub(super) fn enter(&mut self, place: Place, revision: Revision) {
        self.entry += 1;
        self.given.clear();
        self.stand_at(place);
        self.date(revision);
    }

    /// What follows is of this revision, in the same entry.
    pub(super) fn date(&mut self, revision: Revision) {
        let time = revision.time.as_deref().and_then(|time| self.time(time));
        let commit = revision.commit.and_then(|commit| self.known(commit));
        self.revision = Revision { order: revision.order, commit, time };
    }

    /// What follows stands here, in the same entry.
    pub(super) fn stand_at(&mut self, place: Place) {
        self.place = place;
    }

    /// The name of a commit or a branch, unless it stands for any, as zeros do.
    fn known(&mut self, name: String) -> Option<String> {
        let id = name.trim();
        if id.is_empty() {
            return None;
        }
        let is_zero = id.len() >= ID_CHARS_MIN && id.bytes().all(|byte| byte == b'0');
        if is_zero || PLACEHOLDERS.iter().any(|text| id.eq_ignore_ascii_case(text)) {
            self.remark(RemarkKind::Skipped, &name, "it names no one commit or branch; the values were kept");
            return None;
        }
        Some(name)
    }

    fn time(&mut self, text: &str) -> Option<String> {
        let Some(Instant { text: time, is_zone_assumed }) = super::instant::instant(text) else {
            let is_date = text.matches('/').count() == 2;
            let reason = if is_date { AMBIGUOUS } else { "it cannot be read as a time; the value was kept" };
            if !text.trim().is_empty() {
                self.remark(RemarkKind::Skipped, text, reason);
            }
            return None;
        };
        if ZERO_TIMES.contains(&time.as_str()) {
            self.remark(RemarkKind::Skipped, text, "it is the zero of a clock, not a time; the value was kept");
            return None;
        }
        if is_zone_assumed {
            let file = self.file.clone();
            self.remark(RemarkKind::Changed, &file, "its times have no zone; they were taken as UTC");
        }
        Some(time)
    }

    /// Says what is odd about everything in the file.
    pub(super) fn warn(&mut self, text: &str) {
        let file = self.file.clone();
        self.remark(RemarkKind::Changed, &file, text);
    }

    /// Takes with what the following is measured, and says in what it differs from the first; a key without a value is as
    /// one that is not there.
    pub(super) fn configure(&mut self, settings: BTreeMap<String, String>) {
        let first = self.settings.get_or_insert_with(|| settings.clone());
        let value = |of: &BTreeMap<String, String>, key: &String| of.get(key).cloned().unwrap_or_default();
        let keys: BTreeSet<&String> = first.keys().chain(settings.keys()).collect();
        let differs = |key: &&String| value(first, key) != value(&settings, key);
        let differing: Vec<String> = keys.into_iter().filter(differs).cloned().collect();
        for key in differing {
            let text = "one history holds several values of it; if it names configurations, read each on its own";
            self.remark(RemarkKind::Changed, &key, text);
        }
    }

    /// Takes the versions of what the following is measured with, as far as they are known.
    pub(super) fn run_by<const N: usize>(&mut self, versions: [(&str, Option<String>); N]) {
        let known = versions.into_iter().filter_map(|(key, version)| Some((key.to_owned(), version?)));
        self.configure(known.collect());
    }

    /// Says that one item cannot be used, and why; the others are read.
    pub(super) fn skip(&mut self, series: &str, reason: &str) {
        self.is_silent = false;
        self.remark(RemarkKind::Skipped, series, &one_line(reason));
    }

    /// The item of JSON that stands at a place; one that is not valid is skipped, and costs no other.
    pub(super) fn item<'t, T: Deserialize<'t>>(
        &mut self,
        place: Place,
        text: &'t str,
        series: impl FnOnce() -> String,
    ) -> Option<T> {
        self.stand_at(place);
        let item = serde_json::from_str(text).map_err(|error| error.to_string());
        let reason = |error: String| error.split(" at line ").next().unwrap_or_default().to_owned();
        item.map_err(|error| self.skip(&series(), &format!("it is not a valid entry ({})", reason(error)))).ok()
    }

    /// Takes one more observation of the current entry. Where a commit has several of one series, they become one: its
    /// median. The same commit in a later entry is said; repeats inside an entry are samples.
    pub(super) fn add(&mut self, mut observation: Observation) -> Result<(), Error> {
        self.is_silent = false;
        let Some(name) = self.usable_name(std::mem::take(&mut observation.name)) else { return Ok(()) };
        let unit = self.unit(&name, &mut observation);
        let Some(point) = self.point(&name, unit.factor(), &mut observation) else { return Ok(()) };
        if let Some(written) = unit.written.as_deref().filter(|unit| unit::is_ambiguous(unit)) {
            let text =
                format!("{written} is read as a power of 1,000 bytes; powers of 1,024 are KiB, MiB, GiB and TiB");
            self.remark(RemarkKind::Changed, &name, &text);
        }
        let direction = self.direction(&name, &unit, &observation);
        let Unit { written, base, .. } = unit;
        let (unit, points) = (base.map(|base| base.unit), Vec::new());
        let Observation { suite, metric, machine, branch, work, form, .. } = observation;
        let Some(direction) = direction else {
            let (machine, branch, direction) = (None, None, Direction::LowerIsBetter);
            let series = InterchangeSeries { suite, name, metric, machine, branch, unit, direction, form, points };
            self.undirected.entry(key(&series)).or_insert(series);
            return self.check_room(self.points, self.drafts.len() + self.undirected.len());
        };
        let branch = branch.and_then(|branch| self.known(branch));
        let series = InterchangeSeries { suite, name, metric, machine, branch, unit, direction, form, points };
        if let Some(work) = work {
            self.declare(&series, work);
        }
        self.add_point(series, point, written)
    }

    /// The name of a result, without blanks around it; none where it is empty or too long.
    fn usable_name(&mut self, name: String) -> Option<String> {
        let trimmed = name.trim();
        if trimmed.is_empty() || name.len() > NAME_BYTES_MAX {
            let reason = format!("the name of a result has 1 to {NAME_BYTES_MAX} bytes");
            self.skip(&name, if trimmed.is_empty() { "a result has no name" } else { &reason });
            return None;
        }
        if trimmed.len() < name.len() {
            self.remark(RemarkKind::Changed, trimmed, "blanks around its name were left out");
        }
        Some(trimmed.to_owned())
    }

    /// The unit that the file states, else that of the user, else that in the name.
    fn unit(&mut self, name: &str, observation: &mut Observation) -> Unit {
        let stated = observation.unit.take().filter(|unit| !unit.trim().is_empty());
        if let (Some(stated), Some(assumed)) = (&stated, &self.assumed.unit)
            && unit::base(stated) != unit::base(assumed)
        {
            let text = format!("the file states the unit {stated}, so --unit {assumed} is not used");
            self.remark(RemarkKind::Changed, name, &text);
        }
        if let Some(written) = stated.or_else(|| self.assumed.unit.clone()) {
            return Unit { base: Some(unit::base(&written)), written: Some(written), said: None };
        }
        let Some(unit) = unit::of_name(observation.metric.as_deref().unwrap_or(name)) else {
            return Unit { base: None, written: None, said: None };
        };
        if self.named_units.insert(name.to_owned()) {
            let text = format!("no unit is stated; {unit} is taken from the name");
            self.remark(RemarkKind::Changed, name, &text);
        }
        // What the user says is better is more than a unit that only a name has.
        Unit { base: Some(unit::base(unit)), written: Some(unit.to_owned()), said: self.assumed.better }
    }

    /// The point of an observation in its base unit; none where its value is not one that a point may have. Bounds and samples that
    /// are not valid are left out.
    fn point(&mut self, name: &str, factor: f64, observation: &mut Observation) -> Option<InterchangePoint> {
        let scaled = |value: f64| value * factor;
        if !(observation.value.is_finite() && observation.value >= 0.0) {
            self.skip(name, &format!("{} is not a finite number from zero on", observation.value));
            return None;
        }
        let bare = InterchangePoint {
            order: self.revision.order,
            commit: self.revision.commit.clone(),
            time: self.revision.time.clone(),
            value: scaled(observation.value),
            counted_with: std::mem::take(&mut observation.counted_with),
            ..InterchangePoint::default()
        };
        if let Err(reason) = bare.check() {
            self.skip(name, &reason);
            return None;
        }
        let mut checked = |part: InterchangePoint, text: &str| {
            if part.check().is_ok() {
                return part;
            }
            self.remark(RemarkKind::Changed, name, text);
            bare.clone()
        };
        let (low, high) = (observation.low.map(scaled), observation.high.map(scaled));
        let samples = std::mem::take(&mut observation.samples).into_iter().map(scaled).collect();
        let bounded = checked(InterchangePoint { low, high, ..bare.clone() }, NO_BOUND);
        let samples = checked(InterchangePoint { samples, ..bare.clone() }, NO_SAMPLES).samples;
        Some(InterchangePoint { samples, ..bounded })
    }

    /// Which way a series is better: as the file says, else by its unit, else as the user says, else as is usual. The user goes before
    /// a unit that only a name has.
    fn direction(&mut self, name: &str, unit: &Unit, observation: &Observation) -> Option<Direction> {
        let implied = unit.said.or(unit.base.as_ref().and_then(|base| base.direction));
        let known = observation.direction.or(implied).or(self.assumed.better);
        if let (None, Some(usual)) = (known, observation.usual) {
            let better = usual.better();
            let text = format!("no direction is stated; {better} is taken as better, unless --better says otherwise");
            self.remark(RemarkKind::Changed, name, &text);
        }
        let direction = known.or(observation.usual)?;
        if observation.direction.is_some() && implied.is_some_and(|implied| implied != direction) {
            let (unit, better) = (unit.written.as_deref().unwrap_or_default(), direction.better());
            let text = format!("{better} is better, as is said, though numbers in {unit} usually are not");
            self.remark(RemarkKind::Changed, name, &text);
        }
        Some(direction)
    }

    /// Says where one operation of a series does not always do the same: its numbers are of several benchmarks.
    fn declare(&mut self, series: &InterchangeSeries, work: String) {
        let first = self.work.entry(key(series)).or_insert_with(|| work.clone());
        if *first != work {
            let text = "one operation of it does not always do the same, by its declared throughput or the version of its code: \
                        not all of its values compare";
            self.remark(RemarkKind::Changed, &series.name, text);
        }
    }

    /// Puts a point into its series: behind the others, or to those of the same commit.
    fn add_point(
        &mut self,
        series: InterchangeSeries,
        point: InterchangePoint,
        written: Option<String>,
    ) -> Result<(), Error> {
        let key = key(&series);
        let known = self.places.get(&key).copied();
        self.points += 1;
        self.check_room(self.points, self.drafts.len() + self.undirected.len() + usize::from(known.is_none()))?;
        let place = known.unwrap_or(self.drafts.len());
        if known.is_none() {
            self.places.insert(key, place);
            self.drafts.push(Draft::new(series));
        }
        let value = point.value;
        let draft = &mut self.drafts[place];
        if let Some(unit) = written {
            let (low, high) = draft.written.entry(unit).or_insert((value, value));
            (*low, *high) = (low.min(value), high.max(value));
        }
        let revision = match (&self.revision.commit, self.revision.order) {
            (Some(commit), _) => Identity::Commit(commit.clone()),
            (None, Some(order)) => Identity::Order(order),
            (None, None) => Identity::Entry(self.entry),
        };
        let Some(&at) = draft.revisions.get(&revision) else {
            draft.revisions.insert(revision, draft.series.points.len());
            draft.merged.push(Merged { entry: self.entry, values: Vec::new(), begins: Vec::new() });
            draft.series.points.push(point);
            return Ok(());
        };
        if draft.merged[at].entry == self.entry {
            draft.merge(at, point);
            return Ok(());
        }
        draft.merged[at].enter(self.entry);
        let name = draft.series.name.clone();
        let there = draft.series.points[at].value;
        if (there == 0.0) == (point.value == 0.0) {
            draft.merge(at, point);
        } else if there == 0.0 {
            draft.merged[at].values.clear();
            draft.merged[at].begins.clear();
            draft.series.points[at] = point;
        }
        let text = "several entries of one commit are one observation: their median";
        self.remark(RemarkKind::Changed, &name, text);
        if (there == 0.0) != (value == 0.0) {
            // A median with a zero would mean nothing.
            self.remark(RemarkKind::Skipped, &name, "a zero, where another entry of its commit has more");
        }
        Ok(())
    }

    /// What a series is called in the current entry: a name that the entry had already, of the same quantity (a metric or
    /// a unit), gets a number.
    pub(super) fn number(&mut self, name: &str, quantity: &str) -> String {
        if name.trim().is_empty() || name.len() > NAME_BYTES_MAX {
            return name.to_owned();
        }
        let count = self.given.entry((name.to_owned(), quantity.to_owned())).or_default();
        *count += 1;
        let count = *count;
        if count == 1 {
            return name.to_owned();
        }
        let text = "the name is there several times in one entry: the others are numbered, in their order";
        self.remark(RemarkKind::Changed, name, text);
        format!("{name} #{count}")
    }

    pub(super) fn take(&mut self, history: Interchange) -> Result<(), Error> {
        self.is_silent = false;
        history.remarks.into_iter().for_each(|remark| remark.join(&mut self.ready));
        if !self.sources.contains(&history.source) {
            self.sources.push(history.source);
        }
        for mut series in history.series {
            for (place, point) in std::mem::take(&mut series.points).into_iter().enumerate() {
                // In a history a commit has one observation; of entries without a commit each is one.
                self.entry += 1;
                self.place = Place::Entry(place);
                self.revision = Revision { order: point.order, commit: point.commit.clone(), time: point.time.clone() };
                self.add_point(series.clone(), point, None)?;
            }
        }
        Ok(())
    }

    pub(super) fn remark(&mut self, kind: RemarkKind, about: &str, text: &str) {
        let series = (about != self.file).then(|| one_line(about)).filter(|series| !series.is_empty());
        let item = RemarkItem { file: self.file.clone(), series, entry: Some(self.place.to_string()) };
        self.remarks.add_item(kind, &one_line(about), text, Some(item));
    }

    /// Refuses a file in which there are more observations or series than a history may have.
    pub(super) fn check_room(&self, points: usize, series: usize) -> Result<(), Error> {
        let (limit, what) = match () {
            () if points > POINTS_MAX => (POINTS_MAX, "observations"),
            () if series > SERIES_MAX => (SERIES_MAX, "series"),
            () => return Ok(()),
        };
        Err(Error::TooMany { file: self.file.clone(), what, limit })
    }

    pub(super) fn text<'s>(&self, source: &'s Source) -> Result<&'s str, Error> {
        source.text().map_err(|reason| self.invalid(reason))
    }

    pub(super) fn invalid(&self, reason: impl Into<String>) -> Error {
        Error::NotInFormat { file: self.file.clone(), format: self.format, reason: one_line(&reason.into()) }
    }
}

/// A time as RFC 3339 in UTC; none where the text names no instant.
pub(super) fn instant(text: &str) -> Option<String> {
    super::instant::instant(text).map(|time| time.text)
}

impl Default for Place {
    fn default() -> Self {
        Self::Entry(0)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Entry(number) => write!(f, "entry {number}"),
            Place::Line(number) => write!(f, "line {number}"),
        }
    }
}
