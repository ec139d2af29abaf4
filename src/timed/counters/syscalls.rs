//! System calls, counted by ptrace(2): exact, on every host that lets a process trace its own child.

use std::collections::BTreeSet;
use std::ptr;

use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, killpg, raise};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, setpgid};

use crate::workloads::protocol::CountMetric;
use crate::workloads::{WorkerError, Workload};

use super::child::{Child, too_late};

/// An option that prctl(2) does not have: the call fails at once and does nothing, but the tracer sees it.
const MARKER: u64 = 0x7061_7263;
/// Argument of the marker before the workload runs.
const BEGIN: u64 = 1;
/// Argument of the marker after it.
const END: u64 = 2;

/// Counts one operation of the workload that `make` prepares, with all its threads and children.
///
/// A forked child makes the workload and runs it between two marker calls; the caller traces it and all that descends
/// from it, and counts the calls that begin between the markers. A call that a signal has interrupted and that the
/// kernel begins anew counts once. The calling process must have one thread and no other children.
///
/// Tracing slows every call down. Calls that are saved when the other side happens to be ready, such as the wait for a
/// futex, therefore vary a little from count to count.
///
/// Fails when tracing is not allowed, with what to do; when the workload cannot run, breaks, or takes longer than half a
/// minute.
pub fn count(make: impl FnOnce() -> Result<Workload, WorkerError>, iterations: u64) -> Result<f64, WorkerError> {
    let child = Child::start(|| {
        // A group of its own lets the tracer wait for this family alone.
        setpgid(Pid::from_raw(0), Pid::from_raw(0)).map_err(barred)?;
        ptrace::traceme().map_err(barred)?;
        raise(Signal::SIGSTOP).map_err(barred)?;
        let mut workload = make()?;
        mark(BEGIN);
        workload(iterations);
        mark(END);
        // Only the tracer knows how many.
        Ok(vec![(CountMetric::SystemCalls, 0.0)])
    })?;
    let mut trace = Trace { root: child.pid, known: BTreeSet::new(), counting: false, ended: false, calls: 0 };
    let end = trace.follow().inspect_err(|_| trace.kill())?;
    child.answer(end)?;
    if !trace.ended {
        return Err(WorkerError::Failed("the tracer did not see where the workload begins and ends".to_owned()));
    }
    Ok(trace.calls as f64 / iterations as f64)
}

fn mark(place: u64) {
    // SAFETY: the option does not exist, so the call fails and touches nothing.
    unsafe { libc::prctl(MARKER as libc::c_int, place, 0u64, 0u64, 0u64) };
}

struct Trace {
    root: Pid,
    known: BTreeSet<Pid>,
    counting: bool,
    ended: bool,
    calls: u64,
}

impl Trace {
    /// Follows the family until none is left, and returns how the root ended.
    fn follow(&mut self) -> Result<WaitStatus, WorkerError> {
        match waitpid(self.root, None).map_err(barred)? {
            WaitStatus::Stopped(root, Signal::SIGSTOP) => {
                let options = Options::PTRACE_O_TRACESYSGOOD
                    | Options::PTRACE_O_EXITKILL
                    | Options::PTRACE_O_TRACECLONE
                    | Options::PTRACE_O_TRACEFORK
                    | Options::PTRACE_O_TRACEVFORK
                    | Options::PTRACE_O_TRACEEXEC;
                ptrace::setoptions(root, options).map_err(barred)?;
                self.known.insert(root);
                resume(root, None)?;
            }
            end => return Ok(end),
        }
        let family = Pid::from_raw(-self.root.as_raw());
        let mut root_end = None;
        loop {
            let status = match waitpid(family, Some(WaitPidFlag::__WALL)) {
                Ok(status) => status,
                Err(Errno::EINTR) => continue,
                Err(Errno::ECHILD) => break,
                Err(error) => return Err(barred(error)),
            };
            match status {
                WaitStatus::PtraceSyscall(pid) => {
                    self.see(pid)?;
                    resume(pid, None)?;
                }
                WaitStatus::Stopped(root, Signal::SIGALRM) if root == self.root => return Err(too_late()),
                // Every new tracee begins with a stop that was not meant for it.
                WaitStatus::Stopped(pid, signal) => {
                    let new = self.known.insert(pid);
                    resume(pid, (!new).then_some(signal))?;
                }
                WaitStatus::PtraceEvent(pid, ..) => resume(pid, None)?,
                WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..) => {
                    self.known.remove(&pid);
                    if pid == self.root {
                        root_end = Some(status);
                        // What is left has lost its parent.
                        let _ = killpg(self.root, Signal::SIGKILL);
                    }
                }
                WaitStatus::Continued(_) | WaitStatus::StillAlive => {}
            }
        }
        root_end.ok_or_else(|| WorkerError::Failed("the tracer lost the workload's process".to_owned()))
    }

    fn see(&mut self, pid: Pid) -> Result<(), WorkerError> {
        match Stop::of(pid) {
            Ok(Stop::Entry { number, first, second }) => {
                let marker = pid == self.root && number == libc::SYS_prctl as u64 && first == MARKER;
                match second {
                    BEGIN if marker => self.counting = true,
                    END if marker => {
                        self.ended = self.counting;
                        self.counting = false;
                    }
                    _ => self.calls += u64::from(self.counting),
                }
            }
            // It will be entered again.
            Ok(Stop::Exit { value }) if is_restart(value) => {
                self.calls = self.calls.saturating_sub(u64::from(self.counting));
            }
            Ok(Stop::Exit { .. } | Stop::Other) | Err(Errno::ESRCH) => {}
            Err(error) => {
                let reason = format!("PTRACE_GET_SYSCALL_INFO failed: {error}; it needs Linux 5.3 or newer");
                return Err(WorkerError::Uncountable(reason));
            }
        }
        Ok(())
    }

    fn kill(&self) {
        let _ = killpg(self.root, Signal::SIGKILL);
        while waitpid(Pid::from_raw(-self.root.as_raw()), Some(WaitPidFlag::__WALL)).is_ok() {}
        let _ = waitpid(self.root, Some(WaitPidFlag::WNOHANG));
    }
}

enum Stop {
    Entry { number: u64, first: u64, second: u64 },
    Exit { value: i64 },
    Other,
}

/// The kernel's `struct ptrace_syscall_info`, its union as the larger of the two members used; see ptrace(2).
#[repr(C)]
#[derive(Default)]
struct SyscallInfo {
    operation: u8,
    padding: [u8; 3],
    architecture: u32,
    instruction_pointer: u64,
    stack_pointer: u64,
    number_or_value: u64,
    arguments: [u64; 6],
}

impl Stop {
    fn of(pid: Pid) -> Result<Self, Errno> {
        const GET_SYSCALL_INFO: i32 = 0x420e;
        let mut info = SyscallInfo::default();
        // SAFETY: the kernel writes no more than the size given, into a structure of plain integers that lives on.
        let length = unsafe {
            libc::ptrace(GET_SYSCALL_INFO as _, pid.as_raw(), size_of::<SyscallInfo>(), ptr::from_mut(&mut info))
        };
        Errno::result(length)?;
        Ok(match info.operation {
            1 => Stop::Entry { number: info.number_or_value, first: info.arguments[0], second: info.arguments[1] },
            2 => Stop::Exit { value: info.number_or_value as i64 },
            _ => Stop::Other,
        })
    }
}

/// Whether the kernel means to begin the call anew: ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK.
fn is_restart(value: i64) -> bool {
    matches!(value, -514..=-512 | -516)
}

/// Lets a tracee go on to its next system call; one that was killed meanwhile is reported by the next wait.
fn resume(pid: Pid, signal: Option<Signal>) -> Result<(), WorkerError> {
    match ptrace::syscall(pid, signal) {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(error) => Err(barred(error)),
    }
}

/// Why the host does not trace, and what to do about it.
fn barred(error: Errno) -> WorkerError {
    match error {
        Errno::EPERM | Errno::EACCES => WorkerError::Uncountable(
            "tracing a child is not allowed: start a container with `--cap-add SYS_PTRACE`; outside a container \
             `sysctl kernel.yama.ptrace_scope` must be below 3, and no debugger attached"
                .to_owned(),
        ),
        Errno::ENOSYS => WorkerError::Uncountable("this system has no ptrace".to_owned()),
        error => WorkerError::Failed(format!("tracing failed: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use nix::unistd::{ForkResult, fork, getppid};

    use super::*;
    use crate::workloads::timed;

    /// The count, or nothing where tracing is barred.
    fn counted(make: impl FnOnce() -> Result<Workload, WorkerError>, iterations: u64) -> Option<f64> {
        match count(make, iterations) {
            Ok(value) => Some(value),
            Err(WorkerError::Uncountable(_)) => None,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn counts_exactly_what_lies_between_the_markers() {
        let calls = counted(
            || {
                getppid();
                Ok(timed(|| (0..3).map(|_| getppid().as_raw().min(1) as u64).sum()))
            },
            10,
        );
        assert!(calls.is_none_or(|calls| calls == 3.0), "{calls:?}");
    }

    #[test]
    fn follows_threads_and_children() {
        let thread = counted(
            || {
                Ok(timed(|| {
                    std::thread::spawn(|| (0..100).map(|_| getppid().as_raw().min(1) as u64).sum::<u64>())
                        .join()
                        .unwrap()
                }))
            },
            4,
        );
        assert!(thread.is_none_or(|calls| (104.0..140.0).contains(&calls)), "{thread:?}");
        let child = counted(
            || {
                Ok(timed(|| {
                    // SAFETY: the calling process has one thread.
                    match unsafe { fork() }.unwrap() {
                        ForkResult::Parent { child } => waitpid(child, None).map(|_| 1).unwrap(),
                        ForkResult::Child => {
                            (0..100).for_each(|_| assert!(getppid().as_raw() > 0));
                            // SAFETY: `_exit` may be called from anywhere.
                            unsafe { libc::_exit(0) }
                        }
                    }
                }))
            },
            4,
        );
        assert!(child.is_none_or(|calls| (103.0..115.0).contains(&calls)), "{child:?}");
    }

    #[test]
    fn reports_how_a_workload_broke() {
        let broken = count(|| Ok(timed(|| panic!("no more handles"))), 1);
        assert!(matches!(broken, Err(WorkerError::Failed(_) | WorkerError::Uncountable(_))), "{broken:?}");
    }
}
