//! The memory that one more idle worker has for itself.
//!
//! Counted are anonymous and shared-memory pages, each divided by the number of its users (`Pss_Anon` and `Pss_Shmem`
//! of `/proc/<pid>/smaps_rollup`), and page tables (`VmPTE` of `/proc/<pid>/status`). Not counted are clean pages of
//! files, which lie in the page cache once for all processes of the machine and whose share moves with what else runs
//! here; and what the kernel keeps outside the address space: kernel stacks (commonly 16 KiB a worker), task
//! structures, descriptor tables, sockets, the other levels' tables of the mappings themselves.

use std::fs;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid, read, write};

use crate::workloads::WorkerError;

/// How many workers are started and shared over: enough to smooth the granularity of pages.
const WORKERS: u64 = 16;

/// What each that waits has room for.
pub(super) const MESSAGE_BYTES: usize = 512;

/// How long a worker may take until it waits, ms.
pub(super) const READY_MS_MAX: u16 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    Thread,
    Forked,
    /// A fresh program: `worker idle`.
    Executed,
}

/// KiB that one more idle worker costs, this process's own growth included.
///
/// One worker is started first and stays, so that what the first one costs alone does not count. Then 16 more are
/// started; each has run far enough to say so and now waits. The growth between the two is shared by 16. All are ended and
/// waited for. The calling process must have one thread.
///
/// Fails when the kernel is too old to report it, when no worker can be started, or when one does not end as it should.
pub fn count(kind: Kind, worker: &Path) -> Result<f64, WorkerError> {
    let (waits_at, release) = UnixStream::pair().map_err(failed)?;
    let mut workers = IdleWorkers::new()?;
    let mut start = |count: u64| {
        (0..count).try_for_each(|_| workers.start(kind, worker, waits_at.try_clone().map_err(failed)?.into()))?;
        workers.memory_kib()
    };
    let growth = growth(&mut start, WORKERS)?;
    release.shutdown(Shutdown::Both).map_err(failed)?;
    workers.end()?;
    Ok(growth)
}

/// The growth of the memory, KiB each, from the first to `count` more. `start` starts so many and returns the memory of all.
pub(super) fn growth(start: &mut dyn FnMut(u64) -> Result<u64, WorkerError>, count: u64) -> Result<f64, WorkerError> {
    let before = start(1)?;
    let after = start(count)?;
    Ok(after.saturating_sub(before) as f64 / count as f64)
}

/// The whole of `worker idle`: says that it runs by one byte on its output, then waits for the end of its input.
pub fn idle() -> io::Result<()> {
    Ok(stand_by(io::stdout(), io::stdin())?)
}

/// One byte to `ready`, then nothing until the other end is closed.
fn stand_by(ready: impl AsFd, waits_at: impl AsFd) -> Result<(), Errno> {
    write(&ready, &[1])?;
    while read(&waits_at, &mut [0; MESSAGE_BYTES])? > 0 {}
    Ok(())
}

/// Idle workers, each of which waits at what it was given, until the other end of that is shut down.
pub(super) struct IdleWorkers {
    /// Where workers say that they run.
    ready: UnixStream,
    says_ready: Arc<UnixStream>,
    threads: Vec<JoinHandle<Result<(), Errno>>>,
    forked: Vec<Pid>,
    executed: Vec<Child>,
}

impl IdleWorkers {
    pub(super) fn new() -> Result<Self, WorkerError> {
        let (ready, says_ready) = UnixStream::pair().map_err(failed)?;
        let says_ready = Arc::new(says_ready);
        Ok(Self { ready, says_ready, threads: Vec::new(), forked: Vec::new(), executed: Vec::new() })
    }

    /// Starts one more worker and returns when it waits, or is about to.
    pub(super) fn start(&mut self, kind: Kind, worker: &Path, waits_at: OwnedFd) -> Result<(), WorkerError> {
        match kind {
            Kind::Thread => {
                let says_ready = self.says_ready.clone();
                let thread = thread::Builder::new().spawn(move || stand_by(&*says_ready, waits_at));
                self.threads.push(thread.map_err(refused)?);
            }
            // SAFETY: the calling process has one thread, so the child may run any code.
            Kind::Forked => match unsafe { fork() }.map_err(refused)? {
                ForkResult::Parent { child } => self.forked.push(child),
                ForkResult::Child => {
                    let done = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)
                        .and_then(|()| stand_by(&*self.says_ready, waits_at));
                    // SAFETY: `_exit` may be called from anywhere; nothing of the parent's is flushed twice.
                    unsafe { libc::_exit(i32::from(done.is_err())) }
                }
            },
            Kind::Executed => {
                let output = OwnedFd::from(self.says_ready.try_clone().map_err(failed)?);
                let child = Command::new(worker)
                    .arg("idle")
                    .env_clear()
                    .stdin(Stdio::from(waits_at))
                    .stdout(Stdio::from(output))
                    .spawn()
                    .map_err(|error| failed(format!("{} idle: {error}", worker.display())))?;
                self.executed.push(child);
            }
        }
        self.wait_until_ready()
    }

    /// Waits for the byte of the newest worker, or finds out that it has ended instead.
    fn wait_until_ready(&mut self) -> Result<(), WorkerError> {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        let mut ready = [PollFd::new(self.ready.as_fd(), PollFlags::POLLIN)];
        match poll(&mut ready, PollTimeout::from(READY_MS_MAX)).map_err(failed)? {
            0 => Err(failed("an idle worker did not say within 10 s that it runs")),
            _ => read(&self.ready, &mut [0]).map(drop).map_err(failed),
        }
    }

    pub(super) fn memory_kib(&self) -> Result<u64, WorkerError> {
        let children = self.executed.iter().map(|child| child.id().to_string());
        let children = children.chain(self.forked.iter().map(Pid::to_string));
        children.chain([getpid().to_string()]).map(|pid| process_memory_kib(&pid)).sum()
    }

    /// Waits for all workers and checks that each ended well.
    pub(super) fn end(mut self) -> Result<(), WorkerError> {
        for thread in self.threads.drain(..) {
            thread.join().map_err(|_| failed("an idle thread panicked"))?.map_err(failed)?;
        }
        for pid in std::mem::take(&mut self.forked) {
            match waitpid(pid, None).map_err(failed)? {
                WaitStatus::Exited(_, 0) => {}
                end => return Err(failed(format!("an idle process ended unexpectedly: {end:?}"))),
            }
        }
        for mut child in self.executed.drain(..) {
            let status = child.wait().map_err(failed)?;
            if !status.success() {
                return Err(failed(format!("an idle program ended unexpectedly: {status}")));
            }
        }
        Ok(())
    }
}

impl Drop for IdleWorkers {
    /// Leaves no process behind when something went wrong; threads end by themselves.
    fn drop(&mut self) {
        for pid in &self.forked {
            let _ = kill(*pid, Signal::SIGKILL);
            let _ = waitpid(*pid, None);
        }
        for child in &mut self.executed {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn refused(reason: impl std::fmt::Display) -> WorkerError {
    WorkerError::refused(format!("the system refuses one more worker: {reason}"))
}

pub(super) fn failed(reason: impl std::fmt::Display) -> WorkerError {
    WorkerError::Failed(format!("cannot count memory: {reason}"))
}

pub(super) fn process_memory_kib(pid: &str) -> Result<u64, WorkerError> {
    let read = |name: &str| {
        let path = format!("/proc/{pid}/{name}");
        fs::read_to_string(&path).map_err(|error| {
            WorkerError::Uncountable(format!("{path} cannot be read: {error}; it needs Linux 4.14 and ptrace rights"))
        })
    };
    let (rollup, status) = (read("smaps_rollup")?, read("status")?);
    let kib = |text: &str, name: &str| {
        field_kib(text, name).ok_or_else(|| {
            WorkerError::Uncountable(format!("/proc/{pid} does not report {name}; it needs Linux 5.3 or newer"))
        })
    };
    Ok(kib(&rollup, "Pss_Anon")? + kib(&rollup, "Pss_Shmem")? + kib(&status, "VmPTE")?)
}

/// The number of a line `<name>: <number> kB`.
fn field_kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        let rollup =
            "5581-7ffd ---p 00000000 00:00 0 [rollup]\nPss:  812 kB\nPss_Anon:             108 kB\nPss_Shmem:  0 kB\n";
        assert_eq!(field_kib(rollup, "Pss_Anon"), Some(108));
        assert_eq!(field_kib(rollup, "Pss_Shmem"), Some(0));
        assert_eq!(field_kib(rollup, "Pss_File"), None);
        assert_eq!(field_kib("VmPTE: many kB", "VmPTE"), None);
    }

    #[test]
    fn finds_memory_of_threads_and_of_forked_workers() {
        for kind in [Kind::Thread, Kind::Forked] {
            match count(kind, Path::new("/nowhere")) {
                // Other tests of this process give memory back meanwhile, so there is nothing to expect of a thread.
                Ok(kib) => assert!(kib > 0.0 || kind == Kind::Thread, "{kind:?}"),
                Err(WorkerError::Uncountable(_)) => {}
                Err(other) => panic!("{kind:?}: {other}"),
            }
        }
    }

    #[test]
    fn names_the_program_that_could_not_be_started() {
        let answer = count(Kind::Executed, Path::new("/nowhere/worker"));
        assert!(matches!(answer, Err(WorkerError::Failed(reason)) if reason.contains("/nowhere/worker")));
    }
}
