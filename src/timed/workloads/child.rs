//! Children of the launcher: forked, checked and never left behind.

use std::ffi::{c_int, c_void};
use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicI32, Ordering};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// The exit status of a child that has done its work; anything else is a failure.
pub(crate) const EXIT_DONE: i32 = 42;

/// The exit status of a child that has failed and has woken its parent, which says so.
pub(crate) const EXIT_NOTICED: i32 = 43;

/// A forked child; killed and reaped when dropped early.
pub struct Child {
    pid: Pid,
    reaped: bool,
}

impl Child {
    /// Forks a child that runs `body` and ends with `EXIT_DONE`; it dies with its parent.
    pub fn start(body: impl FnOnce()) -> Self {
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

    pub fn finish(mut self) {
        self.reaped = true;
        reap(self.pid);
    }

    /// Kills and reaps it, by two system calls and the signal of its end. Fails when another child has ended: the signal of that
    /// end is lost when it comes together with this one.
    pub(crate) fn kill(mut self) {
        self.reaped = true;
        self.send_kill();
        match waitpid(None, None) {
            Ok(end) if end.pid() == Some(self.pid) => {}
            Ok(end) => fail(end),
            Err(error) => panic!("the child cannot be reaped: {error}"),
        }
    }

    fn send_kill(&self) {
        KILLED.store(self.pid.as_raw(), Ordering::Relaxed);
        let _ = nix::sys::signal::kill(self.pid, Signal::SIGKILL);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.reaped {
            self.send_kill();
            let _ = waitpid(self.pid, None);
        }
    }
}

/// The child that this process has killed last: its end is no failure.
static KILLED: AtomicI32 = AtomicI32::new(0);

/// From now on this process ends at once, with a complaint, when one of its children ends with another status than
/// [`EXIT_DONE`]: whoever sleeps until that child wakes it would sleep for ever. A child inherits this.
///
/// Two ends that come together are one signal. No end is lost by it: children that end inside the clock are all waited for.
pub(super) fn watch() {
    handle_ends(SigHandler::SigAction(child_ended));
}

pub(crate) fn unwatch() {
    handle_ends(SigHandler::SigDfl);
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
    // SAFETY: what SIGCHLD describes has a process.
    let pid = unsafe { end.si_pid() };
    let has_exited = end.si_code == libc::CLD_EXITED;
    if pid == KILLED.load(Ordering::Relaxed) || has_exited && [EXIT_DONE, EXIT_NOTICED].contains(&status) {
        return;
    }
    let pid = Pid::from_raw(pid);
    fail(match Signal::try_from(status) {
        Ok(signal) if !has_exited => WaitStatus::Signaled(pid, signal, false),
        _ => WaitStatus::Exited(pid, status),
    })
}

/// Ends this process and says how its child ended; may be called in a signal handler.
fn fail(end: WaitStatus) -> ! {
    let mut line = Cursor::new([0; 160]);
    let _ = match end {
        WaitStatus::Signaled(pid, signal, _) => {
            writeln!(line, "worker: process {pid} of the benchmark was killed by {signal}")
        }
        WaitStatus::Exited(pid, status) => {
            writeln!(line, "worker: process {pid} of the benchmark ended with exit status {status}")
        }
        _ => writeln!(line, "worker: a process of the benchmark was stopped"),
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
