//! `parcost completions`: completion scripts for shells.

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

use super::exit::Exit;
use super::output;

/// Print a completion script for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost completions bash > /etc/bash_completion.d/parcost
  parcost completions zsh > ~/.zfunc/_parcost

Exit codes: 0 success · 2 usage")]
pub(super) struct Completions {
    /// Shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &Completions, mut command: Command) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "parcost", &mut script);
    output::bytes(&script)?;
    Ok(Exit::Success)
}
