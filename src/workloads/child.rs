//! Children of the launcher: forked, checked and never left behind.

use std::ffi::{c_int, c_void};
use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
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
                unwatch();
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
            unwatch();
            let _ = nix::sys::signal::kill(self.pid, Signal::SIGKILL);
            let _ = waitpid(self.pid, None);
        }
    }
}

/// Whether the end of a child ends this process.
static WATCHED: AtomicBool = AtomicBool::new(false);

/// From now on this process ends at once, with a complaint, when a child of its ends otherwise than with [`EXIT_DONE`]: whoever
/// sleeps until that child wakes it would sleep for ever.
pub(super) fn watch() {
    WATCHED.store(true, Ordering::Relaxed);
    handle_ends(SigHandler::SigAction(child_ended));
}

pub(super) fn unwatch() {
    if WATCHED.swap(false, Ordering::Relaxed) {
        handle_ends(SigHandler::SigDfl);
    }
}

fn handle_ends(handler: SigHandler) {
    let action = SigAction::new(handler, SaFlags::SA_RESTART | SaFlags::SA_NOCLDSTOP, SigSet::empty());
    // SAFETY: the handler does what is allowed in one: it reads, formats numbers, writes and leaves by `_exit`.
    unsafe { sigaction(Signal::SIGCHLD, &action) }.expect("every Linux reports the end of a child");
}

extern "C" fn child_ended(_: c_int, end: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: the kernel passes a description that lives as long as the handler.
    let end = unsafe { &*end };
    // SAFETY: what SIGCHLD describes has a status.
    let status = unsafe { end.si_status() };
    if (end.si_code, status) == (libc::CLD_EXITED, EXIT_DONE) {
        return;
    }
    // SAFETY: what SIGCHLD describes has a process.
    let pid = unsafe { end.si_pid() };
    let mut line = Cursor::new([0; 160]);
    let _ = match Signal::try_from(status) {
        Ok(signal) if end.si_code != libc::CLD_EXITED => {
            writeln!(line, "worker: process {pid} of the benchmark was killed by {signal}")
        }
        _ => writeln!(line, "worker: process {pid} of the benchmark ended with exit status {status}"),
    };
    let length = line.position() as usize;
    let _ = nix::unistd::write(std::io::stderr(), &line.get_ref()[..length]);
    exit_now(1);
}

/// Whether there is no child, running or to be reaped.
pub(super) fn none_left() -> bool {
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    waitid(Id::All, look) == Err(nix::errno::Errno::ECHILD)
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
