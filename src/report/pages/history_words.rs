//! The sentences of a history's page.

use super::history::Told;
use crate::model::Metric;
use crate::trend::Unjudged;
use crate::trend::{Commits, Control, OrderedBy, Series, SeriesKey, Suspect, Unmoved};
use crate::verdict::environment::EnvironmentChange;

/// Digits of a commit's id that are printed.
const DIGITS: usize = 12;
/// Rows of a table, or names in a note, before the rest is only counted.
pub(super) const ROWS_MAX: usize = 8;

impl Told<'_> {
    pub(super) fn accepted(&self, rule: Option<usize>) -> String {
        self.reason(rule).map_or_else(String::new, |reason| format!(" Accepted: {reason}."))
    }

    /// Why it is the machine, in a sentence.
    pub(super) fn suspected(&self, suspect: Option<&Suspect>) -> String {
        match suspect {
            None => String::new(),
            Some(Suspect::SameCode) => {
                " The measured binaries were the same before and after: it is no change of the code.".to_owned()
            }
            Some(Suspect::MostSeries { shifted, judged }) => format!(
                " {shifted} of {judged} judged series shifted together, and no calibrator could tell: most likely the \
                 machine."
            ),
            Some(Suspect::Calibrators(controls)) => {
                format!(" The machine did it: along with it went {}.", self.moved(controls))
            }
            Some(Suspect::Floors(controls)) => format!(
                " The machine did it: along with it went most floors, which are the system's share: {}.",
                self.moved(controls)
            ),
        }
    }

    fn moved(&self, controls: &[Control]) -> String {
        let told =
            |control: &Control| format!("{} {:+.1} %", self.name(control.series), control.effect.center() * 100.0);
        let told: Vec<String> = controls.iter().map(told).collect();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        listed(&told)
    }
}

/// Why a series could not be judged, in the words of its commits.
pub(super) fn why(reason: &Unjudged, series: &Series, commits: &Commits) -> String {
    match reason {
        Unjudged::NotPositive { place, value } => {
            let commit = series.observed.get(*place).and_then(|observed| commits.measured.get(observed.commit));
            let commit = commit.map_or_else(|| "a commit".to_owned(), |commit| short(&commit.id));
            let instead = match series.key {
                SeriesKey::Measured(_, Metric::Contention | Metric::Coherency | Metric::SerialShare) => {
                    "; the efficiency at each number of workers is judged in its place"
                }
                _ => "",
            };
            format!("its value at {commit} is {value}; shares can be told of numbers above zero only{instead}")
        }
        Unjudged::TooFew { .. } | Unjudged::TooWide => reason.to_string(),
    }
}

pub(super) fn ordered_by(order: &OrderedBy) -> String {
    match order {
        OrderedBy::Git => "by the commit graph, as git has it".to_owned(),
        OrderedBy::Recorded(why) => format!("by the number of commits behind each, as it was recorded ({why})"),
        OrderedBy::Time(why) => format!("by the times of the commits ({why})"),
    }
}

pub(super) fn changed(changes: &[EnvironmentChange]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let told: Vec<String> =
        changes.iter().map(|change| format!("{}: {} → {}", change.name, change.baseline, change.candidate)).collect();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    format!(" What else changed there: {}.", listed(&told))
}

/// ` Unchanged: calc/threads with 1, 2, 4 workers.`
pub(super) fn unchanged(unmoved: &[Unmoved]) -> String {
    if unmoved.is_empty() {
        return String::new();
    }
    let told = |unmoved: &Unmoved| {
        let workers: Vec<String> = unmoved.workers.iter().map(u64::to_string).collect();
        let noun = if unmoved.workers == [1] { "worker" } else { "workers" };
        format!("{} with {} {noun}", unmoved.benchmark, workers.join(", "))
    };
    let told: Vec<String> = unmoved.iter().map(told).collect();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    format!(" Unchanged: {}.", listed(&told))
}

pub(super) fn more(count: usize) -> String {
    match count.saturating_sub(ROWS_MAX) {
        0 => String::new(),
        more => format!(" The worst {ROWS_MAX} are shown; {more} more went along."),
    }
}

/// A few of them, and how many more there are.
pub(super) fn listed(names: &[&str]) -> String {
    let few = names[..names.len().min(ROWS_MAX)].join(", ");
    match names.len().saturating_sub(ROWS_MAX) {
        0 => few,
        more => format!("{few} and {more} more"),
    }
}

pub(super) fn shorten(subjects: &mut Vec<String>) {
    let more = subjects.len().saturating_sub(ROWS_MAX);
    if more > 0 {
        subjects.truncate(ROWS_MAX);
        subjects.push(format!("{more} more"));
    }
}

pub(super) fn short(id: &str) -> String {
    id.chars().take(DIGITS).collect()
}
