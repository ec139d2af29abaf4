//! Which folders of stored runs are meant.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::model::FULL;
use crate::report::plural;
use crate::store;

#[derive(Args, Debug)]
pub(super) struct StoreArgs {
    /// Folder of stored runs [default: results, and parcost/results in the target folder]
    #[arg(id = "results", long = "results", value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
}

/// The folder of runs that are kept for good, in the package.
pub(super) const KEPT: &str = "results";

/// The folders to read: the one that was named, or the package's own and the one below its target folder.
pub(super) fn folders(named: Option<&Path>) -> Result<Vec<PathBuf>> {
    if let Some(named) = named {
        ensure!(named.is_dir(), "{} is not a folder; name the folder of stored runs with --results", named.display());
        return Ok(vec![named.to_owned()]);
    }
    Ok(vec![PathBuf::from(KEPT), target().join("parcost").join("results")])
}

/// Where the program was started.
pub(super) fn here() -> Result<PathBuf> {
    std::env::current_dir().context("cannot determine the current directory")
}

pub(super) fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
    target.map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

/// The folder that a run is stored in: the one that was named, or the package's own for a run of everything.
///
/// Quick, filtered and partial runs go below the target folder, so that a tree under version control is not littered.
pub(super) fn folder_for(profile: &str, named: Option<&Path>, package: &Path, session: &Path) -> PathBuf {
    match (named, session.parent()) {
        (Some(named), _) => named.to_owned(),
        (None, Some(sessions)) if profile != FULL => sessions.join("results"),
        (None, _) => package.join(KEPT),
    }
}

/// What is wrong where a stored run is needed, and the ways out.
pub(super) fn none_stored(folders: &[PathBuf]) -> String {
    let gates: usize = folders.iter().filter_map(|folder| store::paired::count(folder).ok()).sum();
    let but = match gates {
        0 => String::new(),
        _ => format!(
            ", only {}, which `parcost report` shows; `trend` judges runs of parcost, and the results of other tools in files",
            plural(gates, "gate")
        ),
    };
    format!(
        "no run is stored in {}{but}; measure one with `parcost run` in a checkout of parcost, or name another folder with --results",
        listed(folders)
    )
}

pub(super) fn listed(folders: &[PathBuf]) -> String {
    folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(" and ")
}

/// The folder that the evidence of gates is stored in: the one that was named, or the one below the folder where they
/// build and measure.
pub(super) fn gate_folder(named: Option<&Path>, gate: &Path) -> PathBuf {
    named.map_or_else(|| gate.join("results"), Path::to_owned)
}

/// Fails where nothing can be stored, before anything is measured.
pub(super) fn check_writable(folder: &Path) -> Result<()> {
    let unwritable = || format!("nothing can be stored in {}; name another folder with --results", folder.display());
    std::fs::create_dir_all(folder).with_context(unwritable)?;
    let probe = folder.join(format!(".parcost-{}.partial", std::process::id()));
    std::fs::write(&probe, b"probe").and_then(|()| std::fs::remove_file(&probe)).with_context(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_runs_go_to_the_package() {
        let (package, session) = (Path::new("/p"), Path::new("/p/target/parcost/1-2"));
        let folder = |profile, named| folder_for(profile, named, package, session);
        assert_eq!(folder("full", None), Path::new("/p/results"));
        for profile in ["quick", "filtered: fork", "filtered, quick: fork", "full, topics spawn"] {
            assert_eq!(folder(profile, None), Path::new("/p/target/parcost/results"), "{profile}");
        }
        assert_eq!(folder("quick", Some(Path::new("/r"))), Path::new("/r"));
    }
}
