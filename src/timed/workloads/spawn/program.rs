//! Processes that become another program: the small worker, or the smallest program there is.

use std::ffi::{CString, c_char, c_int, c_void};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::unistd::{ForkResult, Pid};

use super::process::{VFORK_STACK_BYTES, vfork};
use super::{COUNT_MAX, batches};
use crate::workloads::child::{EXIT_DONE, exit_now, reap};
use crate::workloads::{WorkerError, Workload};

/// Descriptors below are left to the process that has started us.
const STAMP_FD_MIN: i32 = 100;

/// The worker's side: writes the time at which its `main` began to its place in the inherited file.
///
/// Panics when there is no such file: the worker was not started by the workload.
pub fn stamp(began_ns: u64, index: u64, fd: i32) {
    // SAFETY: the workload has left the file open under this number, and nothing else here owns it.
    let file = std::mem::ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
    file.write_all_at(&began_ns.to_ne_bytes(), index * 8).expect("the launcher has left us a file to stamp");
}

/// The file of stamps, inherited by every program started from here.
struct StampFile(File);

impl StampFile {
    fn new() -> Self {
        let file = memfd_create("stamps", MFdFlags::MFD_CLOEXEC).expect("a file in memory can be made");
        let fd = fcntl(&file, FcntlArg::F_DUPFD(STAMP_FD_MIN)).expect("a descriptor is free");
        // SAFETY: just made, owned by nobody else.
        Self(File::from(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// What makes the worker stamp its place.
    fn arguments(&self, index: usize) -> [String; 3] {
        ["stamp".to_owned(), index.to_string(), self.0.as_raw_fd().to_string()]
    }

    fn reader(self) -> Option<Box<dyn Fn(usize) -> u64>> {
        Some(Box::new(move |index| {
            let mut bytes = [0; 8];
            self.0.read_exact_at(&mut bytes, index as u64 * 8).expect("the worker has written its stamp");
            u64::from_ne_bytes(bytes)
        }))
    }
}

/// A program and its argument lists, ready for `execve`; the environment is empty.
struct Target {
    path: CString,
    arguments: Vec<Vec<CString>>,
    pointers: Vec<Vec<*const c_char>>,
    /// Keeps a program in memory alive.
    _file: Option<OwnedFd>,
}

impl Target {
    fn new(path: CString, arguments: Vec<Vec<CString>>, file: Option<OwnedFd>) -> Self {
        let list = |texts: &Vec<CString>| texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect();
        let pointers = arguments.iter().map(list).collect();
        Self { path, arguments, pointers, _file: file }
    }

    fn worker(worker: &Path, count: usize, stamps: &StampFile) -> Result<Self, WorkerError> {
        let text = |bytes: &[u8]| {
            CString::new(bytes).map_err(|_| WorkerError::refused("the path of the worker has a NUL byte".to_owned()))
        };
        let path = text(worker.as_os_str().as_bytes())?;
        let list = |index: usize| {
            let arguments = stamps.arguments(index);
            [b"worker".as_slice()].into_iter().chain(arguments.iter().map(String::as_bytes)).map(text).collect()
        };
        Ok(Self::new(path, (0..count).map(list).collect::<Result<_, _>>()?, None))
    }

    /// A static program of a few instructions that only ends, in a file in memory.
    fn minimal(count: usize) -> Result<Self, WorkerError> {
        // A kernel before 6.3 does not have the flag for a file that may be executed, and does not need it.
        let fd = memfd_create("minimal", MFdFlags::MFD_CLOEXEC | MFdFlags::from_bits_retain(libc::MFD_EXEC))
            .or_else(|_| memfd_create("minimal", MFdFlags::MFD_CLOEXEC))
            .expect("a file in memory can be made");
        let mut file = File::from(fd);
        file.write_all(&minimal_elf()?).expect("a file in memory can be written");
        let path = CString::new(format!("/proc/self/fd/{}", file.as_raw_fd())).expect("no NUL in it");
        let name = CString::new("minimal").expect("no NUL in it");
        Ok(Self::new(path, vec![vec![name]; count], Some(file.into())))
    }

    fn arguments(&self, index: usize) -> *const *const c_char {
        debug_assert_eq!(self.pointers[index].len(), self.arguments[index].len() + 1);
        self.pointers[index].as_ptr()
    }

    fn posix_spawn(&self, index: usize) -> Pid {
        let nothing = [std::ptr::null_mut::<c_char>()];
        let mut pid = 0;
        // SAFETY: path and lists are NUL-terminated and live through the call; attributes may be null.
        let error = unsafe {
            libc::posix_spawn(
                &mut pid,
                self.path.as_ptr(),
                std::ptr::null(),
                std::ptr::null(),
                self.arguments(index).cast(),
                nothing.as_ptr(),
            )
        };
        assert!(error == 0, "posix_spawn refused: {}", std::io::Error::from_raw_os_error(error));
        Pid::from_raw(pid)
    }

    /// Becomes the program; returns only when refused.
    fn execute(&self, index: usize) -> c_int {
        let nothing = [std::ptr::null::<c_char>()];
        // SAFETY: path and lists are NUL-terminated and live through the call.
        unsafe { libc::execve(self.path.as_ptr(), self.arguments(index), nothing.as_ptr()) }
    }
}

extern "C" fn execute_main(argument: *mut c_void) -> c_int {
    // SAFETY: the argument is the `Target` of the sleeping parent.
    let target = unsafe { &*argument.cast::<Target>() };
    target.execute(0);
    1
}

/// The lower bound of a new program: a process that shares memory until it becomes the smallest static program.
pub(super) fn lower_bound(count: usize) -> Result<Workload, WorkerError> {
    let target = Target::minimal(1)?;
    let mut stack = vec![0u128; VFORK_STACK_BYTES / size_of::<u128>()];
    let start = move |_, _| vfork(&mut stack, execute_main, std::ptr::from_ref(&target).cast_mut().cast());
    Ok(batches(count, start, |_, pid| reap(pid), None))
}

/// `posix_spawn(3)` of the worker.
pub(super) fn posix_spawn(count: usize, worker: &Path) -> Result<Workload, WorkerError> {
    let stamps = StampFile::new();
    let target = Target::worker(worker, count, &stamps)?;
    Ok(batches(count, move |index, _| target.posix_spawn(index), |_, pid| reap(pid), stamps.reader()))
}

/// `posix_spawn(3)` of the smallest static program: what the worker costs more is its loader and its runtime.
pub(super) fn posix_spawn_minimal(count: usize) -> Result<Workload, WorkerError> {
    let target = Target::minimal(count)?;
    Ok(batches(count, move |index, _| target.posix_spawn(index), |_, pid| reap(pid), None))
}

/// `fork(2)`, then `execve(2)` of the worker.
pub(super) fn fork_exec(count: usize, worker: &Path) -> Result<Workload, WorkerError> {
    let stamps = StampFile::new();
    let target = Target::worker(worker, count, &stamps)?;
    let start = move |index, _| {
        // SAFETY: the child only calls execve and `_exit`.
        match unsafe { nix::unistd::fork() }.expect("the system lets us fork") {
            ForkResult::Parent { child } => child,
            ForkResult::Child => {
                target.execute(index);
                exit_now(1)
            }
        }
    };
    Ok(batches(count, start, |_, pid| reap(pid), stamps.reader()))
}

/// `std::process::Command` of the worker: as std likes it best (`posix_spawn`), or driven to `fork` and `exec` by a
/// closure before the exec. The `Command` is built outside the clock and spawned again and again.
pub(super) fn command(count: usize, worker: &Path, by_fork: bool) -> Result<Workload, WorkerError> {
    assert!(count <= COUNT_MAX);
    let stamps = StampFile::new();
    let mut commands: Vec<Command> = (0..count)
        .map(|index| {
            let mut command = Command::new(worker);
            command.args(stamps.arguments(index)).env_clear();
            if by_fork {
                // SAFETY: the closure does nothing.
                unsafe { command.pre_exec(|| Ok(())) };
            }
            command
        })
        .collect();
    let wait = |_, mut child: Child| {
        let status = child.wait().expect("our own child can be waited for");
        assert_eq!(status.code(), Some(EXIT_DONE), "the worker did not end as it should: {status}");
    };
    let start = move |index: usize, _| commands[index].spawn().expect("the system lets us start the worker");
    Ok(batches(count, start, wait, stamps.reader()))
}

/// A static executable of one segment that calls `exit(EXIT_DONE)`. See elf(5).
fn minimal_elf() -> Result<Vec<u8>, WorkerError> {
    const BASE: u64 = 0x40_0000;
    const HEADERS: u64 = 64 + 56;
    let (machine, code): (u16, &[u8]) = if cfg!(target_arch = "x86_64") {
        // mov edi, 42; mov eax, 60 (exit); syscall
        (62, &[0xbf, 42, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05])
    } else if cfg!(target_arch = "aarch64") {
        // mov x0, #42; mov x8, #93 (exit); svc #0
        (183, &[0x40, 0x05, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4])
    } else {
        return Err(WorkerError::refused("parcost has no minimal program for this architecture".to_owned()));
    };
    let length = HEADERS + code.len() as u64;
    let mut elf = Vec::with_capacity(length as usize);
    elf.extend_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let half = |elf: &mut Vec<u8>, value: u16| elf.extend_from_slice(&value.to_le_bytes());
    let word = |elf: &mut Vec<u8>, value: u32| elf.extend_from_slice(&value.to_le_bytes());
    let long = |elf: &mut Vec<u8>, value: u64| elf.extend_from_slice(&value.to_le_bytes());
    // File header: executable, machine, version, entry, program headers right behind, no sections.
    half(&mut elf, 2);
    half(&mut elf, machine);
    word(&mut elf, 1);
    long(&mut elf, BASE + HEADERS);
    long(&mut elf, 64);
    long(&mut elf, 0);
    word(&mut elf, 0);
    [64, 56, 1, 64, 0, 0].into_iter().for_each(|value| half(&mut elf, value));
    // Program header: load the whole file, readable and executable.
    word(&mut elf, 1);
    word(&mut elf, 5);
    [0, BASE, BASE, length, length, 0x1000].into_iter().for_each(|value| long(&mut elf, value));
    elf.extend_from_slice(code);
    Ok(elf)
}
