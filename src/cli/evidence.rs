//! Whether evidence is what it says it is, as far as it and git can show.

use anyhow::{Result, ensure};

use crate::git::{Repository, Revision};
use crate::model::{Commit, PairedRun};
use crate::runner;

/// Refuses a gate that contradicts itself or what git knows here of its commits; `measured` is the commit that the candidate
/// has to be, or to contain.
pub(super) fn verify(run: &PairedRun, measured: Option<&str>) -> Result<()> {
    let id = |commit: &Commit| commit.id.clone().unwrap_or_default();
    let (baseline, candidate) = (id(&run.baseline), id(&run.candidate));
    let rows = [run.benchmarks.len(), run.counts.len(), run.removed.len(), run.added.len(), run.failures.len()];
    ensure!(
        !run.identical || rows.iter().all(|&rows| rows == 0),
        "it says that both sides are identical, and holds results of them; measure again"
    );
    ensure!(
        run.same_code || run.candidate.dirty || baseline != candidate,
        "both sides are commit {baseline}, and it is not an A/A test; measure again"
    );
    if let Some(measured) = measured {
        ensure!(
            candidate == measured || run.commits.iter().any(|commit| commit == measured),
            "its candidate {candidate} neither is nor contains {measured}; give the gate of that commit"
        );
    }
    let here = std::env::current_dir().ok().and_then(|here| Repository::around(&here).ok());
    let known = |repository: &Repository, id: &str| repository.revision(id).ok();
    let sides = here.as_ref().and_then(|git| Some((git, known(git, &baseline)?, known(git, &candidate)?)));
    sides.map_or(Ok(()), |(git, baseline, candidate)| check_with_git(run, git, &baseline, &candidate))
}

fn check_with_git(run: &PairedRun, git: &Repository, baseline: &Revision, candidate: &Revision) -> Result<()> {
    if !git.is_shallow() {
        let between = git.between(baseline, candidate)?;
        let stray = run.commits.iter().find(|commit| !between.contains(commit));
        ensure!(
            stray.is_none(),
            "it lists commit {}, which the candidate does not add",
            stray.map_or("", String::as_str)
        );
    }
    let changed =
        if run.identical && !run.candidate.dirty { git.changed_files(baseline, candidate)? } else { Vec::new() };
    let changed = changed.iter().find(|file| !runner::is_documentation(file));
    ensure!(
        changed.is_none(),
        "it says that both sides are identical, and {} differs; measure again",
        changed.map_or("", String::as_str)
    );
    Ok(())
}
