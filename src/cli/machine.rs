//! `parcost machine`: this host.

use anyhow::Result;
use clap::Args;

use super::exit::Exit;
use super::output::{self, OutputArgs};
use crate::host;
use crate::report::{MachineData, machine_page};

/// Show what this machine is, how it is today, and its key
#[derive(Args, Debug)]
pub(super) struct Machine {
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Shows what this machine is, with its key, and how it is today.
pub(super) fn run(arguments: &Machine) -> Result<Exit> {
    let data = MachineData::new(host::machine(), host::conditions(), host::toolchain());
    output::print(&data, arguments.output.format, machine_page)?;
    Ok(Exit::Success)
}
