//! A forked child that runs one workload from its making to its end, and answers through a pipe.

use std::any::Any;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::fcntl::OFlag;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, alarm, fork, pipe2};

use crate::workloads::WorkerError;
use crate::workloads::protocol::{Counts, Reply, decode, encode};

/// How long a child may take, s; then SIGALRM ends it.
pub(super) const DEADLINE_S: u32 = 30;

pub(super) struct Child {
    pub(super) pid: Pid,
    answer: OwnedFd,
}

impl Child {
    /// Forks a child that runs `body` and ends; a panic in it is an answer too.
    pub(super) fn start(body: impl FnOnce() -> Result<Counts, WorkerError>) -> Result<Self, WorkerError> {
        let system = |error| WorkerError::Failed(format!("cannot start a child: {error}"));
        // An answer fits into the empty pipe, so no writer ever waits.
        let (answer, mut written) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)
            .map(|(read, write)| (read, File::from(write)))
            .map_err(system)?;
        // SAFETY: the calling process has one thread, so the child may run any code.
        match unsafe { fork() }.map_err(system)? {
            ForkResult::Parent { child } => Ok(Self { pid: child, answer }),
            ForkResult::Child => {
                alarm::set(DEADLINE_S);
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).expect("every Linux has the parent-death signal");
                    body()
                }));
                let outcome = outcome.unwrap_or_else(|panic| Err(WorkerError::Failed(message(&*panic))));
                let line = encode(&outcome.map(Reply::Counts));
                let sent = written.write_all(line.as_bytes()).is_ok();
                // SAFETY: `_exit` may be called from anywhere; nothing of the parent's is flushed twice.
                unsafe { libc::_exit(i32::from(!sent)) }
            }
        }
    }

    /// Waits for its end.
    pub(super) fn wait(&self) -> Result<WaitStatus, WorkerError> {
        waitpid(self.pid, None).map_err(|error| WorkerError::Failed(format!("cannot wait for the child: {error}")))
    }

    /// The answer of a child that has come to this end and was reaped.
    pub(super) fn answer(self, end: WaitStatus) -> Result<Counts, WorkerError> {
        let mut line = [0; 4096];
        match (end, File::from(self.answer).read(&mut line)) {
            (WaitStatus::Exited(_, 0), Ok(length)) => match decode(&String::from_utf8_lossy(&line[..length]))? {
                Reply::Counts(counts) => Ok(counts),
                Reply::Sample(_) => Err(WorkerError::Failed("the child answered without a count".to_owned())),
            },
            (WaitStatus::Signaled(_, Signal::SIGALRM, _), _) => Err(too_late()),
            (end, _) => Err(WorkerError::Failed(format!("the child ended without an answer: {end:?}"))),
        }
    }
}

pub(super) fn too_late() -> WorkerError {
    WorkerError::Failed(format!("the workload did not end within {DEADLINE_S} s"))
}

/// The text of a panic, cut so that it fits into the pipe.
pub(super) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the workload panicked").chars().take(500).collect()
}
