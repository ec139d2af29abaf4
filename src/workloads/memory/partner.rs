//! The other worker: a thread or a forked process that serves until it is dismissed.

use std::thread::JoinHandle;

use crate::workloads::child::Child;
use crate::workloads::cpus;
use crate::workloads::worker_group::Mechanism;

/// A partner at work. Dropping it waits for a thread, which must have been told to end, and kills a process.
pub(super) enum Partner {
    /// A thread of this process; `None` once joined.
    Thread(Option<JoinHandle<()>>),
    /// A child; ends when dropped.
    Process { child: Child },
}

/// How many processors a pair of workers uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placement {
    /// Both on the same one.
    Together,
    /// Each on its own.
    Apart,
}

impl Placement {
    /// Apart where there are two processors, else together.
    pub(super) fn widest() -> Self {
        if cpus::cores() > 1 { Placement::Apart } else { Placement::Together }
    }
}

impl Partner {
    /// Keeps the calling worker on one processor and starts a partner that runs `serve`.
    pub(super) fn start(mechanism: Mechanism, placement: Placement, serve: impl FnOnce() + Send + 'static) -> Self {
        let allowed = cpus::allowed();
        let last = allowed.len() - 1;
        cpus::pin(&allowed, last);
        let body = move || {
            cpus::pin(&allowed, if placement == Placement::Apart { last + 1 } else { last });
            serve();
        };
        match mechanism {
            Mechanism::Threads => Partner::Thread(Some(std::thread::spawn(body))),
            Mechanism::Processes => Partner::Process { child: Child::start(body) },
        }
    }

    /// Process id of a child, `None` for a thread.
    pub(super) fn pid(&self) -> Option<nix::unistd::Pid> {
        match self {
            Partner::Thread(_) => None,
            Partner::Process { child } => Some(child.pid()),
        }
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        if let Partner::Thread(thread) = self
            && let Some(thread) = thread.take()
        {
            thread.join().expect("a partner thread ends without panic");
        }
    }
}
