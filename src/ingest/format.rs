//! A format that is read, and what its reader may ask to recognize a source.

use std::path::Path;

use serde_json::value::RawValue;

use super::builder::Builder;
use super::error::Error;
use super::file::{Source, find};
use super::json;
use super::spread::{self, without_gaps};

/// How many lines are looked at before a text counts as none of the formats with lines.
const LINES_MAX: usize = 10_000;

/// The longest line of one event; a report on one line is longer.
const LINE_BYTES_MAX: usize = 1 << 16;

/// How many objects among other lines are looked at.
const OBJECTS_MAX: usize = 16;

/// Whether a line of a table is a comment: `#` alone, or before a blank or another `#`. `#12,1,5` is a row.
pub(super) fn is_comment(line: &str) -> bool {
    line.strip_prefix('#').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n', '#']))
}

/// The lines of a table that are neither blank nor a comment.
pub(super) fn rows(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty() && !is_comment(line))
}

/// What stands between the cells of a table: of comma, semicolon and tab what its header has most of, outside quotes.
pub(super) fn delimiter(text: &str) -> u8 {
    let mut is_quoted = false;
    let bare = |byte: &u8| {
        is_quoted ^= *byte == b'"';
        !is_quoted
    };
    let header: Vec<u8> = rows(text).next().unwrap_or_default().bytes().filter(bare).collect();
    let count = |delimiter: &u8| header.iter().filter(|byte| *byte == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// Whether a text begins as a JSON object or list; `[package]` and `[[bench]]` begin another kind.
pub(super) fn begins_as_json(text: &str) -> bool {
    let inner = text.trim_start_matches(|sign: char| sign == '[' || sign.is_whitespace());
    let is_item = |sign: char| ['{', '"', ']', '-'].contains(&sign) || sign.is_ascii_digit();
    text.starts_with('{') || text.starts_with('[') && (inner.is_empty() || inner.starts_with(is_item))
}

/// A format in which other tools keep results; each reader has one.
#[derive(Debug)]
pub struct ImportFormat {
    /// Its name on the command line and in files.
    pub name: &'static str,
    /// What it is, in the words of `parcost import --help`.
    pub about: &'static str,
    /// Whether a source is in this format, by its content alone.
    pub(super) detect: fn(&Probe<'_>) -> bool,
    pub(super) read: fn(&Source, &mut Builder) -> Result<(), Error>,
}

#[derive(Default)]
pub(super) struct Probe<'a> {
    folder: Option<&'a Path>,
    text: &'a str,
    members: Vec<(String, &'a RawValue)>,
    /// The names in the first elements of a JSON list.
    element: Vec<String>,
    columns: Vec<&'a str>,
    /// The cells below the columns.
    cells: Vec<&'a str>,
}

impl<'a> Probe<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        if let Source::Folder(path) = source {
            return Self { folder: Some(path), ..Self::default() };
        }
        let text = source.text().unwrap_or_default().trim_start();
        if text.starts_with('{') {
            return Self { text, members: json::members(text), ..Self::default() };
        }
        if begins_as_json(text) {
            return Self { text, element: json::names(text), ..Self::default() };
        }
        let delimiter = char::from(delimiter(text));
        let cells = |line: &'a str| line.split(delimiter).map(|cell| cell.trim().trim_matches('"')).collect();
        let mut rows = rows(text).map(cells);
        let (columns, cells) = (rows.next().unwrap_or_default(), rows.next().unwrap_or_default());
        Self { text, columns, cells, ..Self::default() }
    }

    /// The first file of that name in the folder, if it is a folder.
    pub(super) fn file(&self, name: &str) -> Option<String> {
        let found = find(self.folder?, name).ok()?;
        Some(found.first()?.display().to_string())
    }

    pub(super) fn starts_with(&self, prefix: &str) -> bool {
        self.text.starts_with(prefix)
    }

    pub(super) fn is_list(&self) -> bool {
        self.starts_with("[") && begins_as_json(self.text)
    }

    /// Whether one of its first lines is like this; JSON has no lines.
    pub(super) fn has_line(&self, is_like: fn(&str) -> bool) -> bool {
        !begins_as_json(self.text) && self.text.lines().take(LINES_MAX).any(is_like)
    }

    /// Whether one of its first lines is a JSON object with these members.
    pub(super) fn has_json_line(&self, names: &[&str]) -> bool {
        let lines = self.text.lines().take(LINES_MAX).map(str::trim_start);
        let objects = lines.filter(|line| line.starts_with('{') && line.len() < LINE_BYTES_MAX);
        objects.map(json::names).any(|found| names.iter().all(|name| found.iter().any(|key| key == name)))
    }

    /// Whether it is a JSON list whose first elements have these members.
    pub(super) fn has_element(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.element.iter().any(|known| known == name))
    }

    pub(super) fn has_columns(&self, columns: &[&str]) -> bool {
        columns.iter().all(|column| self.columns.iter().any(|title| title.eq_ignore_ascii_case(column)))
    }

    /// Whether it is a table that has one of the needed columns, and a number in a column that is none of `known`.
    pub(super) fn has_numbers_beside(&self, needed: &[&str], known: &[&str]) -> bool {
        let is = |title: &str, names: &[&str]| names.iter().any(|name| title.eq_ignore_ascii_case(name));
        let is_number =
            |cell: &str| without_gaps(cell).replace(',', ".").parse::<f64>().is_ok() || spread::number(cell).is_some();
        self.columns.iter().any(|title| is(title, needed))
            && self.columns.iter().zip(&self.cells).any(|(title, cell)| !is(title, known) && is_number(cell))
    }

    pub(super) fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.members.iter().any(|(key, _)| key == name))
    }

    /// Whether a member of the JSON object has a member of that name, or the first elements of its list.
    pub(super) fn has_inner(&self, name: &str, inner: &str) -> bool {
        self.members.iter().any(|(key, member)| key == name && json::names(member.get()).iter().any(|it| it == inner))
    }

    /// The text of a member of the JSON object that has these members, also where other lines stand before it; empty where
    /// it has no text of that name.
    pub(super) fn text_in_object(&self, names: &[&str], name: &str) -> Option<String> {
        let text = |object: &str| {
            let found = json::names(object);
            names.iter().all(|name| found.iter().any(|key| key == name)).then(|| json::text_of(object, name))
        };
        if self.starts_with("{") {
            return text(self.text);
        }
        json::objects(self.text).take(OBJECTS_MAX).flatten().find_map(text)
    }

    /// Whether it is a JSON object of objects, lists and nulls, in which something of an object has this member.
    pub(super) fn is_object_of_objects_with(&self, name: &str) -> bool {
        let inner = self.members.iter().flat_map(|(_, member)| json::members(member.get()));
        self.members.iter().all(|(_, member)| member.get().starts_with(['{', '[', 'n']))
            && inner.into_iter().any(|(_, value)| {
                value.get().starts_with('{') && json::names(value.get()).iter().any(|known| known == name)
            })
    }

    /// Whether it is a JSON object in which lists of objects have this member.
    pub(super) fn is_object_of_lists_with(&self, name: &str) -> bool {
        let is_like = |value: &str| value.starts_with('[') && json::names(value).iter().any(|known| known == name);
        self.members.iter().any(|(_, member)| is_like(member.get()))
    }
}
