//! The pages of what was imported: what was read of another tool's files, and runs that were stored elsewhere.

use schemars::JsonSchema;
use serde::Serialize;

use super::identify;
use crate::model::{Conditions, Fact, Interchange, InterchangeSeries, Remark, RemarkKind, Run, RunHeader};
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
    page.sections = vec![series_section(history), remark_section(&history.remarks)];
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
    Section { text, ..Section::new("Series") }.tabled(None, table)
}

fn newest(series: &InterchangeSeries) -> Cell {
    let unit = series.unit.as_deref().unwrap_or_default();
    series.points.last().map_or(Cell::text(""), |point| Cell::exact(point.value, unit))
}

pub(super) fn remark_section(remarks: &[Remark]) -> Section {
    let mut section = Section::new("What was changed or skipped");
    for remark in remarks {
        let kind = match remark.kind {
            RemarkKind::Changed => NoteKind::Changed,
            RemarkKind::Skipped => NoteKind::Skipped,
        };
        let text = remark.text_and_place();
        remark.about.iter().for_each(|about| section.note(kind, about, &text));
    }
    section.naming(ABOUT_MAX)
}

/// The readings of the conditions that are shown: what else ran, and what the hypervisor took.
const READINGS: [&str; 3] = ["load_1m", "cpu_steal_ratio", "pressure_cpu_some_percent"];

/// What became of runs that were stored elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ImportedRunsData {
    /// The folder of stored runs that they were added to.
    pub folder: String,
    /// The runs that are stored there now.
    pub imported: Vec<ImportedRun>,
    /// Why the others are not.
    pub refused: Vec<String>,
}

/// A run that was imported.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ImportedRun {
    /// The run in its new file.
    pub header: RunHeader,
    #[serde(skip)]
    pub run: Run,
    /// Id of the run that it follows, where that one is not stored here.
    pub missing: Option<String>,
}

impl ImportedRun {
    pub fn new(file: String, run: Run) -> Self {
        Self { header: RunHeader::new(file, run.clone()), run, missing: None }
    }
}

/// What was imported, of which machine, and what its numbers are good for.
pub fn imported_runs_page(data: &ImportedRunsData) -> Page {
    let mut page = Page { title: "Imported runs".to_owned(), ..Page::default() };
    page.line("folder", data.folder.clone());
    page.line("added", data.imported.len().to_string());
    page.sections = data.imported.iter().map(section).collect();
    page.with_next("`parcost list` shows them, `parcost fsck` checks the folder")
}

fn section(imported: &ImportedRun) -> Section {
    let run = &imported.run;
    let mut facts = Page::default();
    identify(&mut facts, run);
    facts.line("measurements", run.measurements.len().to_string());
    for name in READINGS {
        let [before, after] = [&run.conditions_before, &run.conditions_after].map(|it| reading(it, name));
        facts.line(&name.replace('_', " "), format!("{before} before, {after} after"));
    }
    // The heading has the run's id already.
    let rows = facts.lines.iter().filter(|line| line.name != "run");
    let rows = rows.map(|line| vec![Cell::text(&line.name), Cell::text(&line.value)]);
    let rows = rows.chain([vec![Cell::text("file"), Cell::name(&imported.header.file)]]);
    let mut section = Section::new(format!("Run {}", run.id)).tabled(None, Table::of(&["fact", "value"], rows));
    if let Some(id) = &imported.missing {
        let text =
            format!("it follows run {id}, which is not stored here: `parcost fsck` says so and takes it for no loss");
        section.note(NoteKind::Note, &run.id, &text);
    }
    section
}

fn reading<'a>(conditions: &'a Conditions, name: &str) -> &'a str {
    conditions.facts.get(name).and_then(Fact::value).unwrap_or("unknown")
}
