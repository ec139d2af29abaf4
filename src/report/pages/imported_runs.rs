//! The page of runs that were stored elsewhere and imported.

use schemars::JsonSchema;
use serde::Serialize;

use super::identify;
use crate::model::{Conditions, Fact, Run, RunHeader};
use crate::report::page::{Cell, NoteKind, Page, Section, Table};

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
    facts.line("file", imported.header.file.clone());
    // The heading has the run's id already.
    let rows = facts.lines.iter().filter(|line| line.name != "run");
    let rows = rows.map(|line| vec![Cell::text(&line.name), Cell::text(&line.value)]);
    let mut section = Section::new(format!("run {}", run.id)).tabled(None, Table::of(&["fact", "value"], rows));
    if let Some(id) = &imported.missing {
        let text = format!(
            "it follows run {id}, which is not stored here; import that run, too, or `parcost fsck` reports it as missing"
        );
        section.note(NoteKind::Note, &run.id, &text);
    }
    section
}

fn reading<'a>(conditions: &'a Conditions, name: &str) -> &'a str {
    conditions.facts.get(name).and_then(Fact::value).unwrap_or("unknown")
}
