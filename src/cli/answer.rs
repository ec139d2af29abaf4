//! `parcost answer`: threads or processes, by the numbers of one stored run.

use anyhow::Result;
use clap::Args;

use super::arguments::{Results, Told};
use super::{Exit, print, results};
use crate::judge::answer::answer as answered;
use crate::report::{Line, answer_page};
use crate::store;

#[derive(Args, Debug)]
pub(super) struct Answer {
    /// `last`, the beginning of a file's name or of a run's id, or the path of a file
    #[arg(default_value = "last")]
    run: String,
    #[command(flatten)]
    results: Results,
    #[command(flatten)]
    told: Told,
}

/// Tells which claims hold on the machine of a run, and from where on one way is cheaper than another.
pub(super) fn answer(arguments: &Answer) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let (path, run) = store::load(&folders, &arguments.run)?;
    let mut page = answer_page(&run, &answered(&run));
    page.lines.push(Line { name: "file".to_owned(), value: path.display().to_string() });
    print::page(&page, arguments.told.format)?;
    Ok(Exit::Done)
}
