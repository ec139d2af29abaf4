//! The page of what is wrong with stored runs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::page::{NoteKind, Page, Section};

/// What was checked and what was found, as programs read it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Checkup {
    /// The folders.
    pub folders: Vec<CheckedFolder>,
    /// Everything that is wrong, one row each; nothing when all is as it was written.
    pub findings: Vec<FoundFault>,
}

/// One folder that was checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckedFolder {
    /// The folder.
    pub folder: String,
    /// Number of runs that can be read.
    pub runs: usize,
    /// Number of paired runs that can be read.
    pub paired_runs: usize,
    /// The files of runs from before seals.
    pub unsealed: Vec<String>,
    /// Whether the history in git was checked.
    pub history: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundFault {
    /// The file.
    pub file: String,
    /// The kind of fault, one word.
    pub fault: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// What was checked, and a section for every kind of fault.
pub fn fsck_page(checkup: &Checkup) -> Page {
    let mut page = Page { title: "Stored runs, checked".to_owned(), ..Page::default() };
    for folder in &checkup.folders {
        page.line("folder", folder.folder.clone());
        let unsealed = match folder.unsealed.len() {
            0 => String::new(),
            count => format!(" ({count} from before seals, which cannot tell an edit)"),
        };
        page.line("runs", format!("{}{unsealed}", folder.runs));
        page.line("paired runs", folder.paired_runs.to_string());
        page.line("git history", folder.history.clone());
    }
    page.line("wrong", checkup.findings.len().to_string());
    let mut sections: BTreeMap<&str, Section> = BTreeMap::new();
    for finding in &checkup.findings {
        let section = sections.entry(&finding.fault).or_insert_with(|| Section::new(&finding.fault));
        section.note(NoteKind::Wrong, &finding.file, &format!("{}; {}", finding.what, finding.remedy));
    }
    page.sections = sections.into_values().collect();
    if page.sections.is_empty() {
        let text = Some("All is as it was written.".to_owned());
        page.sections.push(Section { text, ..Section::new("Nothing is wrong") });
    }
    page
}
