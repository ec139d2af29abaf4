//! `parcost show`: one stored run.

use anyhow::Result;

use super::arguments::Show;
use super::{Exit, print, results};
use crate::report::{Line, run_page, summary_page};
use crate::{advise, store};

/// Shows a stored run, whole or in its summary.
pub(super) fn show(arguments: &Show) -> Result<Exit> {
    let folders = results::folders(arguments.results.folder.as_deref())?;
    let (path, run) = store::load(&folders, &arguments.run)?;
    let mut page = if arguments.summary { summary_page(&run, &advise::summary(&run)) } else { run_page(&run) };
    page.lines.push(Line { name: "file".to_owned(), value: path.display().to_string() });
    print::page(&page, arguments.told.format)?;
    Ok(Exit::Done)
}
