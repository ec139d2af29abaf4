//! One group for every process that is started here, which ends with this program, whatever ends it.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Reads until this program is gone, and then ends the group that it is in.
const KEEPER: &str = "read _; kill -KILL 0";

static GROUP: OnceLock<Keeper> = OnceLock::new();

/// A process that ends a group, itself with it, as soon as this value is dropped or this program has ended: be it by itself,
/// by an interrupt or killed, since the system closes the pipe between them.
#[derive(Debug)]
pub(super) struct Keeper {
    process: Child,
}

impl Keeper {
    /// In a group of its own, or in that of a process.
    fn start(group: i32) -> io::Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER]).process_group(group);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { process: command.spawn()? })
    }

    /// Of a group that a process leads, where this program keeps its children.
    pub(super) fn of(leader: &Child) -> Option<Self> {
        let leader = i32::try_from(leader.id()).ok().filter(|_| GROUP.get().is_some())?;
        Self::start(leader).ok()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// From now on, processes that are started here end with this program.
///
/// # Errors
///
/// When there is no shell.
pub fn keep_children() -> io::Result<()> {
    if GROUP.get().is_none() {
        // Of two at once the second ends when it is dropped.
        let _ = GROUP.set(Keeper::start(0)?);
    }
    Ok(())
}

/// Has a command join the group, where there is one.
pub fn join(command: &mut Command) -> &mut Command {
    match GROUP.get().map(|keeper| i32::try_from(keeper.process.id())) {
        Some(Ok(group)) => command.process_group(group),
        _ => command,
    }
}
