//! The page of what was read of another tool's files.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Interchange, InterchangeSeries, RemarkKind};
use crate::report::page::{Cell, NoteKind, Page, Section, Table};

/// Series that are listed; a history may have thousands, and its file has them all.
const SERIES_MAX: usize = 100;

/// Subjects of a remark that are printed; the others are counted.
const ABOUT_MAX: usize = 5;

/// What `parcost import` read of another tool's files.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ImportData {
    /// The files, as they were named.
    pub files: Vec<String>,
    /// The name of their format.
    pub format: String,
    /// What they hold, with remarks on what was changed or skipped.
    pub history: Interchange,
}

/// What a history holds, and what was changed or skipped on the way.
pub fn import_page(data: &ImportData) -> Page {
    let history = &data.history;
    let mut page = Page { title: "Imported".to_owned(), ..Page::default() };
    let points: usize = history.series.iter().map(|series| series.points.len()).sum();
    page.line("format", data.format.clone());
    page.line("files", data.files.join(", "));
    page.line("series", history.series.len().to_string());
    page.line("points", points.to_string());
    page.sections = vec![series_section(history), remark_section(history)];
    page.with_next("`parcost trend FILE …` judges them; `parcost import --output h.json FILE …` keeps them in one file")
}

fn series_section(history: &Interchange) -> Section {
    let rows = history.series.iter().zip(history.labels()).take(SERIES_MAX).map(|(series, label)| {
        let unit = series.unit.as_deref().unwrap_or("unknown");
        let [better, points] = [series.direction.better(), &series.points.len().to_string()].map(Cell::text);
        vec![Cell::name(label), Cell::text(unit), better, points, newest(series)]
    });
    let table = Table::of(&["series", "unit", "better", "#points", "#newest"], rows);
    let hidden = history.series.len().saturating_sub(SERIES_MAX);
    let text = (hidden > 0).then(|| format!("The first {SERIES_MAX}; {hidden} more are in the history."));
    Section { text, ..Section::new("series") }.tabled(None, table)
}

fn newest(series: &InterchangeSeries) -> Cell {
    let unit = series.unit.as_deref().unwrap_or_default();
    series.points.last().map_or(Cell::text(""), |point| Cell::exact(point.value, unit))
}

fn remark_section(history: &Interchange) -> Section {
    let mut section = Section::new("What was changed or skipped");
    for remark in &history.remarks {
        let kind = match remark.kind {
            RemarkKind::Changed => NoteKind::Changed,
            RemarkKind::Skipped => NoteKind::Skipped,
        };
        let text = remark.text_and_place();
        remark.about.iter().for_each(|about| section.note(kind, about, &text));
    }
    section.naming(ABOUT_MAX)
}
