//! `parcost history`: the runs of years, on a branch of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use super::exit::Exit;
use super::output::note;
use super::results;
use crate::git::{Branch, Entry};
use crate::store::{self, layout};

const EXAMPLES: &str = "\
Examples:
  parcost history push results
  parcost history pull --into results

Exit codes: 0 success · 2 usage · 3 a run cannot be used, or git failed · 4 there is no branch to pull";

/// Keep runs on a branch of their own, which only ever grows
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct History {
    #[command(subcommand)]
    command: HistoryCommand,
}

#[derive(Debug, Subcommand)]
enum HistoryCommand {
    /// Add stored runs to the branch; what it has is never changed
    Push(Push),
    /// Copy all runs of the branch to a folder
    Pull(Pull),
}

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
struct Push {
    /// Files of stored runs, or folders in the layout of `results`
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
struct Pull {
    /// Folder to write, in the layout of `results`; missing folders are made
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Debug)]
struct Place {
    /// Branch
    #[arg(long, value_name = "NAME", default_value = "bench-history")]
    branch: String,
    /// Repository of the branch: the name of a remote, or an address
    #[arg(long, value_name = "NAME", default_value = "origin")]
    remote: String,
}

pub(super) fn run(arguments: &History) -> Result<Exit> {
    match &arguments.command {
        HistoryCommand::Push(push) => pushed(push),
        HistoryCommand::Pull(pull) => pulled(pull),
    }
}

fn branch(place: &Place) -> Result<Branch> {
    let here = results::here()?;
    Ok(Branch::new(&here, &place.remote, &place.branch)?)
}

fn pushed(arguments: &Push) -> Result<Exit> {
    let mut entries = BTreeMap::new();
    let mut names = Vec::new();
    for path in files(&arguments.runs)? {
        let exported = store::export(&path)?;
        if let Some((place, bytes)) = exported.machine {
            entries.entry(place.clone()).or_insert(Entry { place, bytes, may_exist: true });
        }
        let entry = Entry { place: exported.place.clone(), bytes: exported.bytes, may_exist: false };
        match entries.insert(exported.place.clone(), entry.clone()) {
            Some(other) if other != entry => {
                bail!("two files hold different runs of the same name, {}", exported.place)
            }
            Some(_) => {}
            None => names.push(exported.place),
        }
    }
    let entries: Vec<Entry> = entries.into_values().collect();
    let pushed = branch(&arguments.place)?.push(&entries, &message(&names))?;
    let Place { branch: name, remote } = &arguments.place;
    for place in &pushed.added {
        note(&format!("added {place} to {name}"));
    }
    note(&format!(
        "{} added to the branch {name} of {remote}, {} already there; it is at {}",
        pushed.added.len(),
        pushed.present.len(),
        pushed.commit
    ));
    Ok(Exit::Success)
}

/// The named files; a folder is rejected as a whole if anything in it is not a run.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        files.extend(store::list(path)?.into_iter().map(|row| row.path));
        files.extend(store::paired::list(path)?.into_iter().map(|row| row.path));
        if files.len() == before {
            bail!("no run is stored in {}; name the folder that contains {}", path.display(), layout::VERSION_FOLDER);
        }
    }
    Ok(files)
}

/// `1 run: 20260301T120000Z-0123456789ab-00000000000000b1`, and where there are several all of them below.
fn message(places: &[String]) -> String {
    let stem = |place: &String| {
        let name = Path::new(place).file_stem();
        name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    match places {
        [place] => format!("1 run: {}", stem(place)),
        places => format!("{} runs\n\n{}", places.len(), places.iter().map(stem).collect::<Vec<_>>().join("\n")),
    }
}

fn pulled(arguments: &Pull) -> Result<Exit> {
    let (name, remote) = (&arguments.place.branch, &arguments.place.remote);
    let pulled = branch(&arguments.place)?.pull(&arguments.into, layout::is_place)?;
    let Some(commit) = pulled.commit else {
        note(&format!("{remote} has no branch {name} yet; `parcost history push` creates it"));
        return Ok(Exit::Inconclusive);
    };
    for place in &pulled.skipped {
        note(&format!("skipped {place} on {name}: it is not a stored run"));
    }
    let here = pulled.written.iter().chain(&pulled.present);
    here.for_each(|place| store::forget_elsewhere(&arguments.into.join(place)));
    note(&format!(
        "{} written to {}, {} already there; {name} is at {commit}",
        pulled.written.len(),
        arguments.into.display(),
        pulled.present.len()
    ));
    Ok(Exit::Success)
}
