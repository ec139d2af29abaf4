//! `parcost man`: the manual page.

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_mangen::Man as Page;

use super::exit::Exit;
use super::output;

/// Print the manual page, or that of one verb
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost man > parcost.1
  parcost man gate > parcost-gate.1

Exit codes: 0 success · 2 usage · 3 there is no such verb")]
pub(super) struct Man {
    /// Verb to describe [default: the whole program]
    verb: Option<String>,
}

pub(super) fn run(arguments: &Man, mut command: Command) -> Result<Exit> {
    command.build();
    let described = match &arguments.verb {
        None => command,
        Some(verb) => {
            let found = command.get_subcommands().find(|it| it.get_name() == verb).cloned();
            found.with_context(|| format!("there is no verb `{verb}`; `parcost --help` lists the verbs"))?
        }
    };
    let mut page = Vec::new();
    Page::new(described).render(&mut page)?;
    output::bytes(&page)?;
    Ok(Exit::Success)
}
