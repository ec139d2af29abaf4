//! `parcost machine`: this host.

use anyhow::Result;
use clap::Args;

use super::exit::Exit;
use super::output::{self, OutputArgs};
use crate::host;
use crate::report::{MachineData, machine_page};

/// Show this machine: its key, hardware, software and current conditions
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost machine
  parcost machine --format json

Exit codes: 0 success · 2 usage")]
pub(super) struct Machine {
    #[command(flatten)]
    output: OutputArgs,
}

/// Shows what this machine is, with its key, and how it is today.
pub(super) fn run(arguments: &Machine) -> Result<Exit> {
    let data = MachineData::new(host::machine(), host::conditions(), host::toolchain());
    output::print(&data, arguments.output.format, machine_page)?;
    Ok(Exit::Success)
}
