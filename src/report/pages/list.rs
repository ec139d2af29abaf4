//! The pages of what is stored, and of what is wrong with it.

use std::collections::BTreeMap;

use crate::model::{Checkup, Fault, RunHeader, StoredFolder, StoredRuns, short};
use crate::report::page::{Cell, NoteKind, Page, Section, Table};

/// What lies in each of the folders: a table for every machine, and a note for every file that is not a run.
pub fn list_page(stored: &StoredRuns) -> Page {
    let mut page = Page { title: "Stored runs".to_owned(), ..Page::default() };
    let is_used = |folder: &&StoredFolder| !folder.runs.is_empty() || !folder.unusable.is_empty();
    page.sections = stored.folders.iter().filter(is_used).flat_map(folder).collect();
    let runs: Vec<&RunHeader> = stored.folders.iter().flat_map(|folder| &folder.runs).collect();
    if let Some(last) = runs.iter().max_by_key(|run| &run.started) {
        let has_previous = runs.iter().filter(|run| run.machine == last.machine).count() > 1;
        let compare = if has_previous { "`parcost compare previous last`" } else { "`parcost run` for another one" };
        page.next = Some(format!("`parcost show last`, `parcost answer`, or {compare}"));
    } else {
        let folders: Vec<&str> = stored.folders.iter().map(|folder| folder.folder.as_str()).collect();
        page.line("runs", format!("none in {}", folders.join(" and ")));
        let gates: usize = stored.folders.iter().map(|folder| folder.gates).sum();
        if gates > 0 {
            page.line("gates", format!("{gates}: `parcost report` shows them"));
        }
        page.next = Some(
            "`parcost run`, in a checkout of parcost, measures and stores one; --results names another folder"
                .to_owned(),
        );
    }
    page
}

fn folder(stored: &StoredFolder) -> Vec<Section> {
    let root = &stored.folder;
    let mut tables: BTreeMap<&str, Table> = BTreeMap::new();
    for run in &stored.runs {
        let table = || Table::new(&["run", "started (UTC)", "commit", "??scope", "#measured", "??#failed"]);
        tables.entry(run.machine.as_str()).or_insert_with(table).rows.push(row(run));
    }
    let mut unusable = Section::new(format!("{root}: unusable files"));
    for file in &stored.unusable {
        unusable.note(NoteKind::Unusable, &file.file, &file.reason);
    }
    let machine = |(machine, table)| Section {
        heading: format!("{root}: machine {machine}"),
        table: Some(table),
        ..Section::default()
    };
    let mut sections: Vec<Section> = tables.into_iter().map(machine).collect();
    if !unusable.is_empty() {
        sections.push(unusable);
    }
    sections
}

fn row(run: &RunHeader) -> Vec<Cell> {
    vec![
        Cell::name(&run.id),
        Cell::name(minute(&run.started)),
        Cell::text(short_commit(run)),
        Cell::text(&run.scope),
        Cell::text(run.measurements.to_string()),
        Cell::text(run.failed.to_string()),
    ]
}

/// `2026-03-01 10:00` of an RFC 3339 time in UTC.
fn minute(time: &str) -> String {
    time.chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// `0123456789ab, changed`.
fn short_commit(run: &RunHeader) -> String {
    let Some(id) = &run.commit else { return "none".to_owned() };
    if run.dirty { format!("{}, changed", short(id)) } else { short(id) }
}

/// What was checked, and a section for every kind of fault.
pub fn fsck_page(checkup: &Checkup) -> Page {
    let mut page = Page { title: "Stored runs, checked".to_owned(), ..Page::default() };
    for folder in &checkup.folders {
        page.line("folder", folder.folder.clone());
        let unsealed = match folder.unsealed.len() {
            0 => String::new(),
            count => format!(" ({count} without a seal, in which an edit would go unnoticed)"),
        };
        page.line("runs", format!("{}{unsealed}", folder.runs));
        page.line("gates", folder.gates.to_string());
        page.line("git history", folder.git_history.clone());
    }
    page.line("wrong", checkup.findings.len().to_string());
    let mut sections: BTreeMap<Fault, Section> = BTreeMap::new();
    for finding in &checkup.findings {
        let section = sections.entry(finding.fault).or_insert_with(|| Section::new(finding.fault.to_string()));
        section.note(NoteKind::Wrong, &finding.file, &format!("{}; {}", finding.what, finding.remedy));
    }
    page.sections = sections.into_values().collect();
    if page.sections.is_empty() {
        let is_in_git = checkup.folders.iter().any(|folder| folder.git_history.starts_with("checked"));
        let in_git = if is_in_git { ", and no file that changed in git's history" } else { "" };
        let every = match checkup.folders.iter().map(|folder| folder.unsealed.len()).sum() {
            0 => "Every file is as it was written.".to_owned(),
            1 => "Every file is as it was written, but for one that has no seal to show it.".to_owned(),
            count => format!("Every file is as it was written, but for {count} that have no seal to show it."),
        };
        let text = format!(
            "{every} For each file: form, values, seal, place. For all together: no duplicates, no \
             run missing between two, nothing that a writer left behind{in_git}."
        );
        let text = Some(text);
        page.sections.push(Section { text, ..Section::new("Nothing is wrong") });
    }
    let mut elsewhere = Section::new("Imported in part");
    checkup.elsewhere.iter().for_each(|text| elsewhere.note(NoteKind::Note, "", text));
    page.sections.extend((!elsewhere.is_empty()).then_some(elsewhere));
    page.with_next(match checkup.findings.is_empty() {
        true => "`parcost trend` judges their history",
        false => "put right what is named, then run `parcost fsck` again",
    })
}
