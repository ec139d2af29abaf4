//! `parcost machine`: this host.

use anyhow::Result;

use super::arguments::Machine;
use super::{Exit, print};
use crate::probe;
use crate::report::machine_page;

/// Shows what this machine is, with its key, and how it is today.
pub(super) fn machine(arguments: &Machine) -> Result<Exit> {
    let page = machine_page(&probe::machine(), &probe::conditions(), &probe::toolchain());
    print::page(&page, arguments.told.format)?;
    Ok(Exit::Done)
}
