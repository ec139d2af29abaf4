//! `parcost import`: results of other tools become a history, and runs from elsewhere are stored.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;

use super::arguments::{Better, Told};
use super::history::{read_history, readable};
use super::save::save;
use super::{Exit, imported_runs, print, results};
use crate::formats::{self, Form};
use crate::report::import_page;

#[derive(Args, Debug)]
pub(super) struct Import {
    /// The form of the files [default: told by their content]
    #[arg(long, value_name = "FORM", value_parser = readable())]
    pub(super) from: Option<Form>,
    /// Files of one form, in the order of their commits; for criterion, iai-callgrind and gungraun also their folder. Or
    /// files of runs that parcost stored elsewhere: they are checked, and stored here as they are
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Write the history to this file and show what was read [default: write it to the standard output]
    #[arg(long, value_name = "FILE")]
    pub(super) to: Option<PathBuf>,
    /// Replace the file if it is there already
    #[arg(long)]
    pub(super) force: bool,
    /// Which way series are better of which the form does not say it
    #[arg(long, value_enum)]
    pub(super) better: Option<Better>,
    /// The unit of values of which the form does not say it
    #[arg(long, value_name = "UNIT")]
    pub(super) unit: Option<String>,
    /// The folder of stored runs that runs are added to [default: results]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["from", "to", "force", "better", "unit"])]
    pub(super) results: Option<PathBuf>,
    #[command(flatten)]
    pub(super) told: Told,
}

/// Reads the files, writes the history and tells what was read; runs of ours are stored instead.
pub(super) fn import(arguments: &Import) -> Result<Exit> {
    if arguments.results.is_some() || arguments.from.is_none() && imported_runs::are_runs(&arguments.files)? {
        let for_others = [
            ("--to", arguments.to.is_some()),
            ("--force", arguments.force),
            ("--better", arguments.better.is_some()),
            ("--unit", arguments.unit.is_some()),
        ];
        let given = for_others.iter().find(|(_, is_given)| *is_given).map_or("", |(name, _)| name);
        ensure!(
            given.is_empty(),
            "{given} is for results of other tools; a stored run says all of itself, so leave it out"
        );
        let root = arguments.results.clone().unwrap_or_else(|| PathBuf::from(results::KEPT));
        return imported_runs::import_runs(&arguments.files, &root, arguments.told.format);
    }
    let better = arguments.better.map(Better::direction);
    let history = read_history(arguments.from, &arguments.files, better, arguments.unit.as_deref())?;
    let written = formats::write(Form::History, &history)?;
    let files: Vec<String> = arguments.files.iter().map(|file| file.display().to_string()).collect();
    let page = import_page(&files, &history);
    match &arguments.to {
        Some(path) => {
            save(path, &written.bytes, arguments.force)?;
            print::page(&page, arguments.told.format)?;
        }
        None => {
            print::aside(&page);
            print::bytes(&written.bytes)?;
        }
    }
    Ok(Exit::Done)
}
