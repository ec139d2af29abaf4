//! `parcost import`: results of other tools become a history.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::arguments::{Better, Told};
use super::history::{read_history, readable};
use super::save::save;
use super::{Exit, print};
use crate::formats::{self, Form};
use crate::report::import_page;

#[derive(Args, Debug)]
pub(super) struct Import {
    /// The form of the files [default: told by their content]
    #[arg(long, value_name = "FORM", value_parser = readable())]
    pub(super) from: Option<Form>,
    /// Files of one form, in the order of their commits; for criterion, iai-callgrind and gungraun also their folder
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
    #[command(flatten)]
    pub(super) told: Told,
}

/// Reads the files, writes the history and tells what was read.
pub(super) fn import(arguments: &Import) -> Result<Exit> {
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
