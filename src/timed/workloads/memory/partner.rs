//! The other worker: a thread or a forked process that serves until it is dropped.

use nix::unistd::Pid;

use crate::workloads::cpus;
use crate::workloads::mechanism::{Mechanism, Worker};

/// A partner at work. Dropping it waits for a thread, which must have been asked to end, and kills a process.
pub(super) struct Partner(Option<Worker>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placement {
    Together,
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
        Self(Some(Worker::start(mechanism, body)))
    }

    /// Process id of a child, `None` for a thread.
    pub(super) fn pid(&self) -> Option<Pid> {
        self.0.as_ref().and_then(Worker::pid)
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        if let Some(thread @ Worker::Thread(_)) = self.0.take() {
            thread.finish();
        }
    }
}
