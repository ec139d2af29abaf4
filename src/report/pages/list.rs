//! The page of what is stored.

use std::collections::BTreeMap;

use crate::model::Commit;
use crate::report::page::{Cell, NoteKind, Page, Section, Table};

/// One entry of a results folder, as it is to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The file.
    pub path: String,
    /// The run, or why it is none.
    pub content: Result<ListedRun, String>,
}

/// A stored run in one line.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRun {
    /// Its id.
    pub id: String,
    /// Its start.
    pub started: String,
    /// How much was measured.
    pub profile: String,
    /// Of which source.
    pub commit: Commit,
    /// The machine's key.
    pub machine: String,
    /// Number of measurements.
    pub measurements: usize,
    /// Number of failures.
    pub failures: usize,
}

/// What lies in each of the folders: a table for every machine, and a note for every file that is no run.
pub fn list_page(folders: &[(String, Vec<Listed>)]) -> Page {
    let mut page = Page { title: "Stored runs".to_owned(), ..Page::default() };
    page.sections = folders.iter().flat_map(|(root, listed)| folder(root, listed)).collect();
    page
}

fn folder(root: &str, listed: &[Listed]) -> Vec<Section> {
    let mut tables: BTreeMap<&str, Table> = BTreeMap::new();
    let mut strays = Section::new(format!("{root}: no runs"));
    for entry in listed {
        match &entry.content {
            Ok(run) => {
                let table = || Table::new(&["run", "started (UTC)", "commit", "profile", "#measured", "#failed"]);
                tables.entry(&run.machine).or_insert_with(table).rows.push(row(run));
            }
            Err(problem) => strays.note(NoteKind::Unusable, &entry.path, problem),
        }
    }
    let machine = |(machine, table)| Section {
        heading: format!("{root}: machine {machine}"),
        table: Some(table),
        ..Section::default()
    };
    let mut sections: Vec<Section> = tables.into_iter().map(machine).collect();
    if sections.is_empty() {
        strays.text = Some("No run is stored here yet; `parcost run` adds one.".to_owned());
    }
    if !strays.is_empty() {
        sections.push(strays);
    }
    sections
}

fn row(run: &ListedRun) -> Vec<Cell> {
    vec![
        Cell::name(&run.id),
        Cell::name(minute(&run.started)),
        Cell::text(short_commit(&run.commit)),
        Cell::text(&run.profile),
        Cell::text(run.measurements.to_string()),
        Cell::text(run.failures.to_string()),
    ]
}

/// `2026-03-01 10:00` of an RFC 3339 time in UTC.
fn minute(time: &str) -> String {
    time.chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// `0123456789ab, changed`.
fn short_commit(commit: &Commit) -> String {
    let Some(id) = &commit.id else { return "none".to_owned() };
    let id: String = id.chars().take(12).collect();
    if commit.dirty { format!("{id}, changed") } else { id }
}
