//! `parcost man`: the manual page.

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{Args, Command};
use clap_mangen::Man as Page;

use super::exit::Exit;
use super::output;
use super::select::suggestion;

/// Print the manual page, or that of one verb
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost man > parcost.1
  parcost man gate > parcost-gate.1

Exit codes: 0 success · 2 usage")]
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
            let Some(found) = found else {
                let similar = suggestion(verb, command.get_subcommands().map(Command::get_name));
                let text = format!("there is no verb `{verb}`{similar}; `parcost --help` lists the verbs");
                output::usage(&command.clone().error(ErrorKind::InvalidValue, text));
                return Ok(Exit::Usage);
            };
            found
        }
    };
    let mut page = Vec::new();
    Page::new(described).render(&mut page)?;
    output::bytes(&page)?;
    Ok(Exit::Success)
}
