//! The page of what is wrong with stored runs.

use std::collections::BTreeMap;

use crate::model::{Checkup, Fault};
use crate::report::page::{NoteKind, Page, Section};

/// What was checked, and a section for every kind of fault.
pub fn fsck_page(checkup: &Checkup) -> Page {
    let mut page = Page { title: "Stored runs, checked".to_owned(), ..Page::default() };
    for folder in &checkup.folders {
        page.line("folder", folder.folder.clone());
        let unsealed = match folder.unsealed.len() {
            0 => String::new(),
            count => format!(" ({count} without a seal, of which an edit goes unnoticed)"),
        };
        page.line("runs", format!("{}{unsealed}", folder.runs));
        page.line("gates", folder.gates.to_string());
        page.line("git history", folder.git_history.clone());
    }
    page.line("wrong", checkup.findings.len().to_string());
    let mut sections: BTreeMap<Fault, Section> = BTreeMap::new();
    for finding in &checkup.findings {
        let section = sections.entry(finding.fault).or_insert_with(|| Section::new(finding.fault.name()));
        section.note(NoteKind::Wrong, &finding.file, &format!("{}; {}", finding.what, finding.remedy));
    }
    page.sections = sections.into_values().collect();
    if page.sections.is_empty() {
        let text = "Every file is as it was written. Checked were of each its form, values, seal and place, and of all \
                    together that no run is there twice, that none is missing between two, that no writer left anything \
                    behind, and that no file changed in git's history.";
        let text = Some(text.to_owned());
        page.sections.push(Section { text, ..Section::new("Nothing is wrong") });
    }
    page.with_next(match checkup.findings.is_empty() {
        true => "`parcost trend` judges their history",
        false => "put right what is named, then run `parcost fsck` again",
    })
}
