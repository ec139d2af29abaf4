//! The page of runs that were stored elsewhere and taken in.

use super::identify;
use crate::model::{Conditions, Fact, Run};
use crate::report::page::{Cell, NoteKind, Page, Section, Table};

/// The readings that are told of the conditions: what else ran, and what the hypervisor took.
const READINGS: [&str; 3] = ["load_1m", "cpu_steal_ratio", "pressure_cpu_some_percent"];

/// A run that was taken in.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedRun {
    /// Its new file.
    pub file: String,
    /// The run.
    pub run: Run,
    /// Id of the run that it follows, where that one is not stored here.
    pub misses: Option<String>,
}

/// What was taken in, of which machine, and what its numbers are good for.
pub fn imported_runs_page(folder: &str, imported: &[ImportedRun]) -> Page {
    let mut page = Page { title: "Imported runs".to_owned(), ..Page::default() };
    page.line("folder", folder);
    page.line("added", imported.len().to_string());
    page.sections = imported.iter().map(section).collect();
    page
}

fn section(imported: &ImportedRun) -> Section {
    let run = &imported.run;
    let mut told = Page::default();
    identify(&mut told, run);
    told.line("measurements", run.measurements.len().to_string());
    if run.fitness.is_none() {
        told.line("fit for", "not said: it is from before `parcost doctor` judged that");
    }
    for name in READINGS {
        let [before, after] = [&run.conditions_before, &run.conditions_after].map(|it| reading(it, name));
        told.line(&name.replace('_', " "), format!("{before} before, {after} after"));
    }
    told.line("file", imported.file.clone());
    let mut section = Section::new(format!("run {}", run.id));
    let mut table = Table::new(&["fact", "value"]);
    // The heading has the run's id already.
    let rows = told.lines.iter().filter(|line| line.name != "run");
    table.rows = rows.map(|line| vec![Cell::text(&line.name), Cell::text(&line.value)]).collect();
    section.table = Some(table);
    if let Some(id) = &imported.misses {
        let text = format!(
            "it follows run {id}, which is not stored here: import that one, too, or `parcost fsck` asks for it"
        );
        section.note(NoteKind::Beside, &run.id, &text);
    }
    section
}

fn reading<'a>(conditions: &'a Conditions, name: &str) -> &'a str {
    conditions.facts.get(name).and_then(Fact::value).unwrap_or("not known")
}
