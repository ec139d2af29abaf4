//! Which run another one follows: what each run remembers of the folder that it was stored in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::file::head_of;
use super::layout;
use crate::model::{Fault, Finding, MachineKey, Run};

const CLOCK_REMEDY: &str = "set the machine's clock, then measure again";
const STARTED: &str = "\"started\":\"";

/// Id of the run in a machine's folder that started last; none where there is none.
///
/// Only the names and the first bytes of the files are read, so that adding the thousandth run costs little. A file whose
/// head is not as the store writes it is skipped; listing the folder reports it.
pub(super) fn newest(folder: &Path) -> Option<String> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let starts = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let id = layout::run_id_in(&name)?.to_owned();
        Some((start(&entry.path())?, id))
    });
    starts.max().map(|(_, id)| id)
}

/// When the run in a file started, by the first bytes of it.
pub(super) fn start(path: &Path) -> Option<Timestamp> {
    let head = head_of(path)?;
    let (_, rest) = head.split_once(STARTED)?;
    rest.split_once('"')?.0.parse().ok()
}

pub(super) struct Link {
    path: PathBuf,
    id: String,
    machine: MachineKey,
    order: Option<u64>,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    follows: Option<String>,
    is_sealed: bool,
}

impl Link {
    pub(super) fn of(path: PathBuf, run: Run) -> Self {
        Self {
            path,
            id: run.id,
            machine: run.machine.key,
            order: run.commit.order,
            started: run.started.parse().ok(),
            ended: run.conditions_after.time.parse().ok(),
            follows: run.follows,
            is_sealed: run.seal.is_some(),
        }
    }
}

/// What does not fit together in these runs, and which were imported without the one that they follow; `is_there` says
/// whether a run of an id exists in any form.
pub(super) fn broken(links: &[Link], is_there: impl Fn(&str) -> bool) -> (Vec<Finding>, Vec<String>) {
    let by_id: BTreeMap<&str, &Link> = links.iter().map(|link| (link.id.as_str(), link)).collect();
    let mut first_sealed: BTreeMap<&MachineKey, Timestamp> = BTreeMap::new();
    for link in links.iter().filter(|link| link.is_sealed) {
        if let Some(started) = link.started {
            first_sealed.entry(&link.machine).and_modify(|first| *first = started.min(*first)).or_insert(started);
        }
    }
    let (mut findings, mut elsewhere) = (Vec::new(), Vec::new());
    for link in links {
        let followed = link.follows.as_deref();
        if let Some(id) = followed.filter(|id| !is_there(id)) {
            if link.path.with_file_name(layout::elsewhere_name(id)).exists() {
                elsewhere
                    .push(format!("{}: it was imported without run `{id}`, which it follows", link.path.display()));
            } else {
                let what = format!("it follows run `{id}`, which is missing");
                let remedy = "restore that run from version control or from where it was moved";
                findings.push(Finding::new(&link.path, Fault::Missing, what, remedy));
            }
        }
        findings.extend(followed.and_then(|id| by_id.get(id)).and_then(|before| backwards(before, link)));
        findings.extend(no_end(link));
        findings.extend(stale_note(link));
        if !link.is_sealed && link.started > first_sealed.get(&link.machine).copied().or(link.started) {
            let what = "it has no seal, though an earlier run of this machine has one: it was removed, or an older \
                        parcost wrote the run";
            let remedy = "restore it from version control, or measure again with this parcost";
            findings.push(Finding::new(&link.path, Fault::Edited, what, remedy));
        }
    }
    (findings, elsewhere)
}

/// A later commit that was measured, by the clock, before an earlier one that was stored already.
fn backwards(before: &Link, after: &Link) -> Option<Finding> {
    let is_later_commit = after.order? > before.order?;
    let (first, second) = (before.started?, after.started?);
    (is_later_commit && second < first).then(|| {
        let what = format!(
            "it is of a later commit than run `{}` and was stored after it, but started before it, at {second}",
            before.id
        );
        Finding::new(&after.path, Fault::Clock, what, CLOCK_REMEDY)
    })
}

/// A run that came some other way than by `import`, beside the note that it was elsewhere.
fn stale_note(link: &Link) -> Option<Finding> {
    let note = link.path.with_file_name(layout::elsewhere_name(&link.id));
    let what = || format!("it says that run `{}` is not stored here, which it is; it would hide its loss", link.id);
    note.exists().then(|| Finding::new(&note, Fault::Leftover, what(), "remove this file"))
}

fn no_end(link: &Link) -> Option<Finding> {
    let (started, ended) = (link.started?, link.ended?);
    let what = || format!("its measuring ended at {ended}, before it started at {started}");
    (ended < started).then(|| Finding::new(&link.path, Fault::Clock, what(), CLOCK_REMEDY))
}
