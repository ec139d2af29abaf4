//! Children of the launcher: forked, checked and never left behind.

use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// The exit status of a child that has done its work; anything else is a failure.
pub(crate) const EXIT_DONE: i32 = 42;

/// A forked child; killed and reaped when dropped early.
pub(crate) struct Child {
    pid: Pid,
    reaped: bool,
}

impl Child {
    /// Forks a child that runs `body` and ends with [`EXIT_DONE`]; it dies with its parent.
    pub(crate) fn start(body: impl FnOnce()) -> Self {
        let parent = nix::unistd::getpid();
        // SAFETY: the launcher has one thread when it forks, so the child may run any code.
        match unsafe { fork() }.expect("the system lets us fork") {
            ForkResult::Parent { child } => Self { pid: child, reaped: false },
            ForkResult::Child => {
                die_with(parent);
                let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
                exit_now(if outcome.is_ok() { EXIT_DONE } else { 1 });
            }
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    pub(crate) fn finish(mut self) {
        self.reaped = true;
        reap(self.pid);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = nix::sys::signal::kill(self.pid, Signal::SIGKILL);
            let _ = waitpid(self.pid, None);
        }
    }
}

/// Waits for a child and panics unless it ended with [`EXIT_DONE`].
pub(crate) fn reap(pid: Pid) {
    match waitpid(pid, None) {
        Ok(WaitStatus::Exited(_, EXIT_DONE)) => {}
        other => panic!("the child did not end as it should: {other:?}"),
    }
}

/// Has the calling process killed when its parent ends, also when that has just happened.
pub(crate) fn die_with(parent: Pid) {
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).expect("every Linux has the parent-death signal");
    if nix::unistd::getppid() != parent {
        exit_now(1);
    }
}

/// Ends the process at once: no destructors, no buffers of the parent flushed twice.
pub(crate) fn exit_now(status: i32) -> ! {
    // SAFETY: `_exit` may be called from anywhere.
    unsafe { libc::_exit(status) }
}
