//! One group for every process that is started here, which ends with this program, whatever ends it.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Reads until this program is gone, and then ends the group that it leads.
pub(super) const KEEPER: &str = "read _; kill -KILL 0";

static GROUP: OnceLock<Keeper> = OnceLock::new();

/// A process that ends the group it leads, itself with it, as soon as this value is dropped or this program has ended: be it by
/// itself, by an interrupt or killed, since the system closes the pipe between them. It is there before any other member, and a
/// member holds the pipe until it has joined: so there is no moment in which one could be left behind.
#[derive(Debug)]
pub(super) struct Keeper {
    process: Child,
}

impl Keeper {
    fn start() -> io::Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER]).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { process: command.spawn()? })
    }

    /// Of one more group, where this program keeps its children.
    pub(super) fn of_another_group() -> io::Result<Option<Self>> {
        GROUP.get().map(|_| Self::start()).transpose()
    }

    /// The number of its group.
    pub(super) fn group(&self) -> i32 {
        i32::try_from(self.process.id()).expect("the system's own numbers of processes are of this type")
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
/// Fails when there is no shell.
pub fn keep_children() -> io::Result<()> {
    if GROUP.get().is_none() {
        // Of two at once the second ends when it is dropped.
        let _ = GROUP.set(Keeper::start()?);
    }
    Ok(())
}

/// Has a command join the group, where there is one.
pub fn join(command: &mut Command) -> &mut Command {
    match GROUP.get() {
        Some(keeper) => command.process_group(keeper.group()),
        None => command,
    }
}
