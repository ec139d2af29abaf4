//! What the templates print: texts and places, with everything decided.

use std::collections::BTreeSet;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::Metric;
use crate::report::page::{Cell, Note, Page, Section};
use crate::trend::SeriesKey;

/// More names than these in the notes of a section are behind a click.
const NOTES_MAX: usize = 6;

#[derive(Clone, Serialize)]
pub(super) struct Tags {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) topic: String,
    pub(super) metric: String,
    pub(super) machine: String,
}

#[derive(Serialize)]
pub(super) struct PageView {
    pub(super) id: String,
    pub(super) machine: String,
    pub(super) title: String,
    pub(super) lines: Vec<(String, String)>,
    pub(super) sections: Vec<SectionView>,
}

#[derive(Serialize)]
pub(super) struct SectionView {
    pub(super) heading: String,
    pub(super) text: Option<String>,
    pub(super) table: Option<TableView>,
    pub(super) notes: Vec<NoteView>,
    /// What many notes are about, in a few words; none where there are few.
    pub(super) folded: Option<String>,
}

/// A table: the heads, and the rows of as many cells.
#[derive(Default, Serialize)]
pub(super) struct TableView {
    pub(super) columns: Vec<ColumnView>,
    pub(super) rows: Vec<Vec<CellView>>,
}

#[derive(Serialize)]
pub(super) struct ColumnView {
    pub(super) name: String,
    pub(super) class: &'static str,
}

#[derive(Serialize)]
pub(super) struct CellView {
    pub(super) text: String,
    pub(super) class: &'static str,
}

#[derive(Serialize)]
pub(super) struct NoteView {
    pub(super) word: &'static str,
    pub(super) subjects: Vec<String>,
    pub(super) text: String,
}

impl Tags {
    /// The tags of a chart; its name in addresses is made of them and stays the same from one report to the next.
    pub(super) fn new(kind: &str, name: &str, [topic, metric, machine]: [&str; 3]) -> Self {
        let id = id(kind, name, &[topic, metric, machine]);
        let [topic, metric, machine] = [topic, metric, machine].map(str::to_owned);
        Self { id, name: name.to_owned(), topic, metric, machine }
    }
}

/// A name for a place of the page: letters, digits and dashes that say what is there, and some digits that keep two such
/// places apart.
pub(super) fn id(kind: &str, name: &str, more: &[&str]) -> String {
    let word: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let words: Vec<&str> = word.split('-').filter(|word| !word.is_empty()).collect();
    let hash = Sha256::digest([&[kind, name], more].concat().join("\0").as_bytes());
    let digits: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let words: String = words.join("-").chars().take(60).collect();
    format!("{kind}-{words}-{digits}")
}

/// The name of a series in addresses: the same from one report to the next.
pub(super) fn series_id(machine: &str, key: &SeriesKey, topic: &str) -> String {
    id("history", &key.benchmark(), &[topic, key.metric().map_or("", Metric::name), machine])
}

pub(super) fn page(id: String, machine: &str, page: &Page) -> PageView {
    PageView {
        id,
        machine: machine.to_owned(),
        title: page.title.clone(),
        lines: page.lines.iter().map(|line| (line.name.clone(), line.value.clone())).collect(),
        sections: page.sections.iter().map(section).collect(),
    }
}

pub(super) fn section(section: &Section) -> SectionView {
    let table = section.table.as_ref().map(|table| TableView {
        columns: table.columns.iter().map(|column| ColumnView::new(&column.name, column.numeric)).collect(),
        rows: table.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
    });
    let note =
        |note: &Note| NoteView { word: note.kind.word(), subjects: note.subjects.clone(), text: note.text.clone() };
    SectionView {
        heading: section.heading.clone(),
        text: section.text.clone(),
        table,
        notes: section.notes.iter().map(note).collect(),
        folded: folded(&section.notes),
    }
}

/// `21 not measured or inconclusive`, where many are named.
fn folded(notes: &[Note]) -> Option<String> {
    let named: usize = notes.iter().map(|note| note.subjects.len()).sum();
    let count: usize = notes.iter().map(|note| note.count).sum();
    let words: BTreeSet<&str> = notes.iter().map(|note| note.kind.word()).collect();
    let words: Vec<&str> = words.into_iter().collect();
    (named > NOTES_MAX).then(|| format!("{count} {}", words.join(" or ")))
}

impl ColumnView {
    pub(super) fn new(name: &str, numeric: bool) -> Self {
        Self { name: name.to_owned(), class: if numeric { "number" } else { "text" } }
    }
}

impl CellView {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: "text" }
    }

    pub(super) fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: "number" }
    }

    pub(super) fn name(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: "name" }
    }
}

pub(super) fn cell(cell: &Cell) -> CellView {
    let text = cell.printed();
    match cell {
        Cell::Name(_) => CellView::name(text),
        Cell::Number { .. } | Cell::Change(_) | Cell::Numbers { .. } => CellView::number(text),
        Cell::Inconclusive(_) | Cell::NotMeasured(_) => CellView { text, class: "missing" },
        Cell::Text(_) | Cell::Series { .. } | Cell::Verdict { .. } => CellView::text(text),
    }
}
