//! A table of cells: its header, what its columns mean, and its rows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use csv::{Reader, ReaderBuilder, StringRecord, Trim};
use jiff::Timestamp;

use crate::ingest::builder::{Builder, Place, Revision, instant};
use crate::ingest::error::Error;
use crate::ingest::file::{Source, one_line};
use crate::ingest::format::{delimiter, is_comment};
use crate::ingest::spread::{self, without_gaps};
use crate::model::{FORMULA_SIGNS, RemarkKind};

/// Why a column is left out that could hold anything.
pub(super) const NOT_READ: &str = "the column is not read";

/// What tables call the columns that say of which commit a row is, and from where.
pub(super) const ORDER: &[&str] = &["order", "index"];
pub(super) const COMMIT: &[&str] = &["commit", "commit_id", "commit_hash", "revision", "sha", "hash"];
pub(super) const TIME: &[&str] = &["time", "timestamp", "date", "datetime", "commit_time", "commit-time"];
const BRANCH: &[&str] = &["branch"];
const MACHINE: &[&str] =
    &["machine", "machine_name", "host", "hostname", "host_name", "runner", "runner_name", "testbed"];
pub(super) const AXES: [&[&str]; 5] = [ORDER, COMMIT, TIME, BRANCH, MACHINE];
/// What tables call a column that may be an order, and may be a benchmark or a setting: its values decide.
pub(super) const COUNTER: &[&str] = &[BUILD, "build_number", "run_number", "commit_number", "commit_count"];
/// May also be how long a build took.
const BUILD: &str = "build";
/// What tables call a column that names a version or a run: never a result.
pub(super) const IDENTITY: &[&str] =
    &["version", "release", "tag", "id", "run", "run_id", "build_id", "job", "job_id", "pr", "changeset", "rev"];
/// So many numbers that fall from row to row count builds, newest first; fewer may be anything.
const FALLING_MIN: usize = 5;

const MONTHS: u8 = 12;

/// What tables call the column of what was measured.
pub(super) const LABEL: &[&str] = &["benchmark", "name", "test", "case"];

pub(super) fn is_one_of(title: &str, names: &[&str]) -> bool {
    names.iter().any(|name| title.eq_ignore_ascii_case(name))
}

/// The decimal sign of a number that shows the sign between thousands beside it.
fn decimal_sign(cell: &str) -> Option<char> {
    if let Cow::Owned(bare) = without_gaps(cell) {
        return bare.chars().find(|sign| matches!(sign, ',' | '.'));
    }
    let is_grouped = |text: &str| text.contains(',') && text.contains('.') && spread::number(text).is_some();
    match () {
        () if is_grouped(cell) => Some('.'),
        () if is_grouped(&swapped(cell)) => Some(','),
        () => None,
    }
}

/// The two numbers before the year of `01/31/2026`, the year, and what follows it.
fn slashed(cell: &str) -> Option<([u8; 2], &str, &str)> {
    let (first, rest) = cell.split_once('/')?;
    let (second, rest) = rest.split_once('/')?;
    let (year, rest) = rest.split_at_checked(4).filter(|(year, _)| year.parse::<u16>().is_ok())?;
    (rest.is_empty() || rest.starts_with(' ')).then_some(([first.parse().ok()?, second.parse().ok()?], year, rest))
}

fn swapped(cell: &str) -> String {
    let other = |sign| match sign {
        ',' => '.',
        '.' => ',',
        other => other,
    };
    cell.chars().map(other).collect()
}

/// The text with an empty line in the place of each comment, and the numbers of these lines. Within quotes nothing is one.
fn without_comments(text: &str) -> (String, Vec<usize>) {
    let (mut kept, mut comments, mut is_quoted) = (String::with_capacity(text.len()), Vec::new(), false);
    for (place, line) in text.split_inclusive('\n').enumerate() {
        if !is_quoted && is_comment(line) {
            comments.push(place + 1);
            kept.push('\n');
        } else {
            is_quoted ^= line.matches('"').count() % 2 == 1;
            kept.push_str(line);
        }
    }
    (kept, comments)
}

pub(super) struct Table {
    /// Without its comments, whose lines are empty.
    text: String,
    comments: Vec<usize>,
    delimiter: u8,
    pub(super) titles: Vec<String>,
    /// The decimal sign of each column, where one of its cells shows it.
    signs: Vec<Option<char>>,
    /// Whether the day comes first in the dates with slashes of each column, and whether the month does, as cells show that can
    /// be nothing else.
    dates: Vec<[bool; 2]>,
}

impl Table {
    /// A header in which each needed column is there once; a title that is there twice could mean either. Where no column
    /// is needed, titles are names of series, and `a` and `A` are two.
    pub(super) fn new(source: &Source, builder: &Builder, needed: &[&str]) -> Result<Self, Error> {
        let text = builder.text(source)?;
        if text.trim().is_empty() {
            return Err(builder.invalid(format!("it is empty; expected a header with {}", needed.join(", "))));
        }
        let delimiter = delimiter(text);
        let (text, comments) = without_comments(text);
        let mut table = Self { text, comments, delimiter, titles: Vec::new(), signs: Vec::new(), dates: Vec::new() };
        let mut reader = table.reader(Trim::Headers);
        let header = reader.headers().map_err(|error| builder.invalid(error.to_string()))?;
        table.titles = header.iter().map(str::to_owned).collect();
        // The name of a benchmark goes by several names, where a column is needed for it.
        if needed.contains(&LABEL[0])
            && table.position(LABEL[0]).is_none()
            && let Some(at) = LABEL.iter().find_map(|name| table.position(name))
        {
            table.titles[at] = LABEL[0].to_owned();
        }
        let is_same = |a: &str, b: &str| if needed.is_empty() { a == b } else { a.eq_ignore_ascii_case(b) };
        let is_twice = |(at, title): &(usize, &String)| {
            !title.is_empty() && table.titles[..*at].iter().any(|before| is_same(before, title))
        };
        if let Some((_, title)) = table.titles.iter().enumerate().find(is_twice) {
            return Err(builder.invalid(format!("two columns are called `{title}`")));
        }
        if let Some(missing) = needed.iter().find(|name| table.position(name).is_none()) {
            let (needed, found) = (needed.join(", "), table.titles.join(","));
            let hint = "a table with a column per series is csv-wide";
            let reason = format!(
                "there is no column `{missing}`; expected a header with {needed} and more, found `{found}`; {hint}"
            );
            return Err(builder.invalid(reason));
        }
        let mut signs = vec![None; table.titles.len()];
        let mut dates = vec![[false; 2]; table.titles.len()];
        for record in table.records(builder) {
            for ((sign, date), cell) in signs.iter_mut().zip(&mut dates).zip(&record?) {
                *sign = sign.or_else(|| decimal_sign(cell));
                if let Some(([first, second], ..)) = slashed(cell) {
                    *date = [date[0] || first > MONTHS, date[1] || second > MONTHS];
                }
            }
        }
        Ok(Self { signs, dates, ..table })
    }

    fn reader(&self, trim: Trim) -> Reader<&[u8]> {
        let mut builder = ReaderBuilder::new();
        builder.trim(trim).flexible(true).delimiter(self.delimiter);
        builder.from_reader(self.text.as_bytes())
    }

    fn records(&self, builder: &Builder) -> impl Iterator<Item = Result<StringRecord, Error>> {
        self.reader(Trim::All).into_records().map(|record| record.map_err(|error| builder.invalid(error.to_string())))
    }

    pub(super) fn position(&self, column: &str) -> Option<usize> {
        self.titles.iter().position(|title| title.eq_ignore_ascii_case(column))
    }

    /// Where order, commit, time, branch and machine stand.
    pub(super) fn axes(&self) -> [Option<usize>; 5] {
        AXES.map(|names| names.iter().find_map(|name| self.position(name)))
    }

    /// The first column that counts: whole numbers of which each series has each once, in the order of the times or rows,
    /// where there are no times also newest first or, if its title leaves no doubt, in any order. One that may be a result is
    /// said.
    pub(super) fn counter(
        &self,
        series: &[&str],
        axes: [Option<usize>; 5],
        builder: &mut Builder,
    ) -> Result<Option<usize>, Error> {
        let [.., time, branch, machine] = axes;
        let key = series.iter().filter_map(|name| self.position(name)).chain(branch).chain(machine).collect::<Vec<_>>();
        for at in COUNTER.iter().filter_map(|name| self.position(name)) {
            if self.is_counting(at, &key, time, builder)? {
                if self.titles[at].eq_ignore_ascii_case(BUILD) {
                    builder.stand_at(Place::Line(1));
                    let text = "its whole numbers only rise or only fall, so it was read as the number of a build; how long \
                                one took would be `build (s)`";
                    builder.remark(RemarkKind::Changed, &self.titles[at], text);
                }
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Whether a column names a commit, a version or a run, whatever its cells look like.
    pub(super) fn is_identity(&self, at: usize) -> bool {
        let title = &self.titles[at];
        is_one_of(title, IDENTITY) || is_one_of(title, COUNTER) && !title.eq_ignore_ascii_case(BUILD)
    }

    /// The column of versions or runs that names the rows where no commits do: the first in which each has a name of its own.
    pub(super) fn identity(&self, axes: [Option<usize>; 5], builder: &mut Builder) -> Result<Option<usize>, Error> {
        let beside = || LABEL.iter().filter_map(|name| self.position(name)).chain(axes[3]).chain(axes[4]);
        for at in IDENTITY.iter().filter_map(|name| self.position(name)) {
            let mut names: BTreeSet<Vec<String>> = BTreeSet::new();
            let mut is_own = true;
            for record in self.records(builder) {
                let record = record?;
                let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
                is_own &= !cell(at).is_empty() && names.insert([at].into_iter().chain(beside()).map(cell).collect());
            }
            if is_own {
                builder.stand_at(Place::Line(1));
                builder.remark(RemarkKind::Changed, &self.titles[at], "it names the rows, as no column has commits");
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// The column that names what was measured: the first in which rows of one commit differ, where no commit is given of
    /// one place in the order, else of one time.
    pub(super) fn label(&self, axes: [Option<usize>; 5], builder: &Builder) -> Result<Option<usize>, Error> {
        let [order, commit, time, branch, machine] = axes;
        let key: Vec<usize> = [commit.or(order).or(time), branch, machine].into_iter().flatten().collect();
        for at in LABEL.iter().filter_map(|name| self.position(name)) {
            if self.differs(at, &key, builder)? {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// Whether rows that are alike in these columns differ in another.
    fn differs(&self, at: usize, key: &[usize], builder: &Builder) -> Result<bool, Error> {
        let mut first: BTreeMap<Vec<String>, String> = BTreeMap::new();
        for record in self.records(builder) {
            let record = record?;
            let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
            if *first.entry(key.iter().copied().map(cell).collect()).or_insert_with(|| cell(at)) != cell(at) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Says of which columns that are not read rows of one series and commit have several values: these become one.
    pub(super) fn say_mixed(
        &self,
        series: &[&str],
        axes: [Option<usize>; 5],
        is_read: impl Fn(usize) -> bool,
        builder: &mut Builder,
    ) -> Result<(), Error> {
        let key: Vec<usize> =
            series.iter().filter_map(|name| self.position(name)).chain(axes.into_iter().flatten()).collect();
        for (at, title) in self.titles.iter().enumerate() {
            let is_unread = !title.is_empty() && !axes.contains(&Some(at)) && !is_read(at);
            if is_unread && self.differs(at, &key, builder)? {
                let text =
                    "rows of one series and commit differ in it: if it names configurations, put it into their names";
                builder.remark(RemarkKind::Changed, title, text);
            }
        }
        Ok(())
    }

    fn is_counting(&self, at: usize, key: &[usize], time: Option<usize>, builder: &Builder) -> Result<bool, Error> {
        let mut series: BTreeMap<Vec<String>, Vec<(Option<Timestamp>, u64)>> = BTreeMap::new();
        for record in self.records(builder) {
            let record = record?;
            let cell = |at: usize| record.get(at).unwrap_or_default();
            let Some(number) = whole(cell(at)) else { return Ok(false) };
            let moment = time.and_then(|time| instant(cell(time))?.parse().ok());
            series.entry(key.iter().map(|at| cell(*at).to_owned()).collect()).or_default().push((moment, number));
        }
        let mut series: Vec<_> = series.into_values().collect();
        let is_rising = |series: &[Vec<(Option<Timestamp>, u64)>]| {
            series.iter().all(|rows| rows.is_sorted_by(|left, right| left.1 < right.1))
        };
        let is_dated = series.iter().flatten().all(|row| row.0.is_some());
        let is_falling = series.iter().any(|rows| rows.len() >= FALLING_MIN)
            && series.iter().all(|rows| rows.is_sorted_by(|left, right| left.1 > right.1));
        let is_certain = is_dated || is_falling || !self.titles[at].eq_ignore_ascii_case(BUILD);
        Ok(is_rising(&series)
            || is_certain && {
                series.iter_mut().for_each(|rows| rows.sort_unstable());
                is_rising(&series)
            })
    }

    /// Whether, in each series, every index has one commit and every commit one index.
    pub(super) fn is_name(
        &self,
        commit: Option<usize>,
        index: Option<usize>,
        builder: &Builder,
    ) -> Result<bool, Error> {
        let columns = [self.position("series"), index, commit];
        let mut rows = BTreeSet::new();
        for record in self.records(builder) {
            let record = record?;
            rows.insert(columns.map(|at| at.and_then(|at| record.get(at)).unwrap_or_default().to_owned()));
        }
        let indices = rows.iter().map(|[series, index, _]| [series, index]).collect::<BTreeSet<_>>();
        let named = || rows.iter().filter(|row| !row[2].is_empty());
        let commits = named().map(|[series, _, commit]| [series, commit]).collect::<BTreeSet<_>>();
        Ok(indices.len() == rows.len() && commits.len() == named().count())
    }

    /// Names the comments and the columns that are not read: rows that differ in them alone look alike.
    pub(super) fn say_unread(
        &self,
        axes: [Option<usize>; 5],
        is_read: impl Fn(usize) -> bool,
        reason: &str,
        builder: &mut Builder,
    ) {
        for &line in &self.comments {
            builder.stand_at(Place::Line(line));
            builder.skip("comments", "lines that begin with # and a blank are not read");
        }
        builder.stand_at(Place::Line(1));
        for (at, title) in self.titles.iter().enumerate() {
            let mut axis = AXES.iter().zip(axes).filter(|(names, _)| is_one_of(title, names));
            match axis.next() {
                _ if title.is_empty() || axes.contains(&Some(at)) || is_read(at) => {}
                None if self.is_identity(at) => {
                    builder.remark(RemarkKind::Skipped, title, "the column is not read: it names a version or a run");
                }
                None => builder.remark(RemarkKind::Skipped, title, reason),
                Some((_, None)) => builder.remark(RemarkKind::Skipped, title, NOT_READ),
                Some(_) => builder.remark(RemarkKind::Skipped, title, "another column is read for what it says"),
            }
        }
    }

    /// Reads every row by `interpret`; a row with more cells than the header has is skipped.
    pub(super) fn rows(
        &self,
        builder: &mut Builder,
        mut interpret: impl FnMut(&Row<'_>, &mut Builder) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for record in self.reader(Trim::Headers).records() {
            let record = record.map_err(|error| builder.invalid(error.to_string()))?;
            let line = line_of(&record, &self.text);
            let place = Place::Line(line);
            if self.is_open(&record) {
                return Err(builder.invalid(format!("a quote that begins behind line {line} has no end")));
            }
            builder.enter(place, Revision::default());
            if record.iter().skip(self.titles.len()).any(|cell| !cell.trim().is_empty()) {
                let (found, titles) = (record.len(), self.titles.len());
                let hint = if self.delimiter == b',' { "; a number with a decimal comma needs quotes" } else { "" };
                builder.skip("", &format!("found {found} fields where the header has {titles}{hint}"));
                continue;
            }
            interpret(&Row { record: &record, table: self, place }, builder)?;
        }
        Ok(())
    }

    /// Whether a record takes the rest of the text because one of its quotes has no end.
    fn is_open(&self, record: &StringRecord) -> bool {
        let from = record.position().and_then(|position| usize::try_from(position.byte()).ok());
        let rest = from.and_then(|from| self.text.get(from..)).unwrap_or_default();
        let is_broken = record.iter().any(|cell| cell.contains('\n')) && rest.matches('"').count() % 2 == 1;
        is_broken && record.iter().next_back().is_some_and(|cell| self.text.trim_end().ends_with(cell.trim_end()))
    }

    pub(super) fn columns_with_a_number(&self, builder: &Builder) -> Result<Vec<bool>, Error> {
        let mut has_number = vec![false; self.titles.len()];
        for record in self.records(builder) {
            let record = record?;
            for ((at, has_number), cell) in has_number.iter_mut().enumerate().zip(&record) {
                *has_number |= self.plain(at, cell).is_some_and(|cell| cell.parse::<f64>().is_ok());
            }
        }
        Ok(has_number)
    }

    /// A number with a point as its decimal sign and no sign between thousands; none where it contradicts its column. Where
    /// no cell shows what its column means, `1,5` is a number if no comma stands between the cells.
    fn plain<'c>(&self, at: usize, cell: &'c str) -> Option<Cow<'c, str>> {
        let bare = without_gaps(cell);
        let text = match self.signs[at] {
            Some(',') => Cow::Owned(swapped(&bare)),
            Some(_) => bare,
            None if self.delimiter != b',' && bare.matches(',').count() == 1 && !bare.contains('.') => {
                return Some(Cow::Owned(swapped(&bare)));
            }
            None => return Some(bare),
        };
        if !text.contains(',') {
            return Some(text);
        }
        spread::number(&text).map(|_| Cow::Owned(text.replace(',', "")))
    }
}

pub(super) struct Row<'a> {
    record: &'a StringRecord,
    table: &'a Table,
    pub(super) place: Place,
}

impl Row<'_> {
    pub(super) fn cell(&self, column: &str) -> Option<String> {
        self.cell_at(self.table.position(column)?)
    }

    /// A name with the blanks around it, which the builder leaves out and says.
    pub(super) fn name(&self, column: &str) -> String {
        let raw = self.table.position(column).and_then(|at| self.record.get(at)).unwrap_or_default();
        self.cell(column).map_or_else(String::new, |cell| if cell == raw.trim() { raw.to_owned() } else { cell })
    }

    pub(super) fn cell_at(&self, column: usize) -> Option<String> {
        let cell = self.record.get(column)?.trim();
        let text = cell.strip_prefix('\'').filter(|text| text.starts_with(FORMULA_SIGNS)).unwrap_or(cell);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A time; a date with slashes with its year first, where its column shows what comes first in it.
    pub(super) fn time(&self, at: usize, builder: &mut Builder) -> Option<String> {
        let cell = self.cell_at(at)?;
        let Some(([first, second], year, rest)) = slashed(&cell) else { return Some(cell) };
        let ([day, month], order) = match self.table.dates[at] {
            [true, false] => ([first, second], "day/month/year"),
            [false, true] => ([second, first], "month/day/year"),
            _ => return Some(cell),
        };
        builder.warn(&format!("its dates were read as {order}, as some of them can be nothing else"));
        Some(format!("{year}-{month:02}-{day:02}{rest}"))
    }

    /// Where the cell of a column stands; a row without it is skipped.
    pub(super) fn needed(&self, series: &str, column: &str, builder: &mut Builder) -> Option<usize> {
        let at = self.table.position(column).filter(|at| self.cell_at(*at).is_some());
        if at.is_none() {
            builder.skip(series, &format!("its {column} is missing"));
        }
        at
    }

    /// A number; a cell that holds something else is skipped.
    pub(super) fn number(&self, series: &str, at: usize, builder: &mut Builder) -> Option<f64> {
        let cell = self.cell_at(at)?;
        let Some(plain) = self.table.plain(at, &cell) else {
            let title = &self.table.titles[at];
            let text = format!("its {title} `{}` is not written like the other numbers of its column", one_line(&cell));
            builder.skip(series, &text);
            return None;
        };
        if cell.contains(',') && plain.contains('.') && self.table.signs[at] != Some('.') {
            builder.warn("the commas in its numbers were read as decimal points");
        }
        self.parsed(series, at, &cell, plain.parse().ok(), "number", builder)
    }

    pub(super) fn whole(&self, series: &str, at: usize, builder: &mut Builder) -> Option<u64> {
        let cell = self.cell_at(at)?;
        self.parsed(series, at, &cell, whole(&cell), "whole number from 0 on", builder)
    }

    fn parsed<T>(
        &self,
        series: &str,
        at: usize,
        cell: &str,
        parsed: Option<T>,
        kind: &str,
        builder: &mut Builder,
    ) -> Option<T> {
        if parsed.is_none() {
            let title = &self.table.titles[at];
            builder.skip(series, &format!("its {title} `{}` is not a {kind}", one_line(cell)));
        }
        parsed
    }
}

/// A whole number from 0 on, which a table of numbers with gaps may have as `7.0`.
fn whole(cell: &str) -> Option<u64> {
    cell.strip_suffix(".0").unwrap_or(cell).parse().ok()
}

/// The line that a record stands on, counted from 1; the reader counts from the blank lines before it.
fn line_of(record: &StringRecord, text: &str) -> usize {
    let Some(position) = record.position() else { return 1 };
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let is_before = |line: &&[u8]| matches!(line, [] | [b'\r']);
    let before = text.as_bytes().get(from..).unwrap_or_default().split(|byte| *byte == b'\n').take_while(is_before);
    usize::try_from(position.line()).unwrap_or(usize::MAX).saturating_add(before.count())
}
