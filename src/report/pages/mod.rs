//! What each answer of the program says.

mod accept;
mod answer;
mod comment;
mod compare;
mod digest;
mod gate;
mod import;
mod laws;
mod list;
mod machine;
mod machines;
mod python;
mod run;
mod selftest;
mod summary;
mod trend;

pub(super) use answer::answer_details;
pub use answer::{AnswerData, answer_page};
pub use comment::{COMMENT_MARKER, Held, Surroundings, gate_comment};
pub use compare::{CompareData, Remark, Sides, compare_page};
pub use digest::digest;
pub use gate::{GateData, gate_overview, gate_page};
pub use import::{ImportData, ImportedRun, ImportedRunsData, import_page, imported_runs_page};
pub(super) use laws::law_line;
pub use list::{fsck_page, list_page};
pub use machine::{DoctorData, MachineData, doctor_page, machine_page};
pub use machines::{ComparedMachine, MachineComparisonRows, machines_page};
pub(super) use machines::{first_sections, headline, letter, machine_sections};
pub use python::{PythonData, python_page};
pub use run::{RunData, run_facts, run_page};
pub use selftest::{SelfTestData, selftest_page};
pub use summary::{SummaryData, summary_page};
pub(super) use trend::{commit_name, counted, culprits, verdict_cell, why};
pub use trend::{trend_page, unusable_section};

use super::number::{plural, quantity};
use super::page::{NoteKind, Page, Section};
use crate::advise::Intervals;
use crate::model::{Commit, Run, short};
use crate::verdict::policy::{SESSIONS_MIN, percent};

/// The lines under the title that say which run this is.
fn identify(page: &mut Page, run: &Run) {
    page.line("run", run.id.clone());
    page.line("commit", commit_text(&run.commit));
    page.line("machine", run.machine.key.to_string());
    page.line("started", run.started.clone());
    page.line("duration", quantity(run.duration_s * 1e9, "ns"));
    page.line("scope", run.profile.clone());
    if let Some(fitness) = &run.fitness {
        page.line("suitable for", machine::fitness_text(fitness.fit_for, &fitness.reasons));
    }
}

/// The same in a line: `00000000000000aa of 0123456789ab on main, 2026-03-01, full`.
fn run_text(run: &Run) -> String {
    let date: String = run.started.chars().take(10).collect();
    format!("{} of {}, {date}, {}", run.id, commit_text(&run.commit), run.profile)
}

/// Why a ratio beside two costs is another than their quotient.
pub(in crate::report) const RATIOS: &str = "the median over the rounds, not the quotient of the two costs";

/// What printed intervals hold, how often, and by what they are as wide as they are.
pub(in crate::report) fn intervals_text(intervals: &Intervals) -> String {
    let Intervals { confidence, sessions, are_measured } = intervals;
    let share = percent(*confidence);
    if *are_measured {
        format!("{share} for another session, estimated from this machine's {sessions} full runs")
    } else {
        format!(
            "{share} for another session, from this machine's {}; with under {SESSIONS_MIN} of a benchmark, also from a fixed table",
            plural(*sessions, "full run")
        )
    }
}

/// The text with a capital first letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `0123456789ab on main, with changes that are not committed`.
fn commit_text(commit: &Commit) -> String {
    let Some(id) = &commit.id else { return "none: not in a repository".to_owned() };
    let mut text = short(id);
    if let Some(branch) = &commit.branch {
        text.push_str(&format!(" on {branch}"));
    }
    if commit.dirty {
        text.push_str(", with changes that are not committed");
    }
    text
}

fn failed_or_skipped(run: &Run) -> Section {
    let mut section = Section::new("Failed or skipped");
    for failure in &run.failures {
        section.note(NoteKind::Failed, &failure.benchmark, &failure.reason);
    }
    for omission in &run.omissions {
        section.note(NoteKind::Skipped, &omission.what, &omission.reason);
    }
    for note in &run.notes {
        section.note(NoteKind::Note, &note.topic, &note.text);
    }
    section
}
