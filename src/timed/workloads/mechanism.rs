//! Threads or processes: what a worker is.

use std::thread::JoinHandle;

use nix::unistd::Pid;

use super::child::Child;
use super::error::WorkerError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// Threads of the launcher: one address space, one descriptor table.
    Threads,
    /// Forked processes: each its own.
    Processes,
}

impl Mechanism {
    /// The mechanism that is a function of the group by its name, `threads` or `processes`.
    pub(crate) fn named(group: &str, function: &str) -> Result<Self, WorkerError> {
        match function {
            "threads" => Ok(Self::Threads),
            "processes" => Ok(Self::Processes),
            _ => Err(WorkerError::unknown(group, function)),
        }
    }
}

/// A started worker. A process is killed and reaped when dropped; a thread ends by itself.
pub(crate) enum Worker {
    Thread(JoinHandle<()>),
    Process(Child),
}

impl Worker {
    pub(crate) fn start(mechanism: Mechanism, body: impl FnOnce() + Send + 'static) -> Self {
        match mechanism {
            Mechanism::Threads => Self::Thread(std::thread::spawn(body)),
            Mechanism::Processes => Self::Process(Child::start(body)),
        }
    }

    /// Process id of a child, `None` for a thread.
    pub(crate) fn pid(&self) -> Option<Pid> {
        match self {
            Self::Thread(_) => None,
            Self::Process(child) => Some(child.pid()),
        }
    }

    /// Waits for its end; panics when it did not end well.
    pub(crate) fn finish(self) {
        match self {
            Self::Thread(thread) => thread.join().expect("a worker thread ends without panic"),
            Self::Process(child) => child.finish(),
        }
    }
}
