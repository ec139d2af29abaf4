//! A process that is given a time to end.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Bytes of output that are kept; a process that prints more is stopped.
const OUTPUT_MAX: usize = 16 << 20;

/// Between two looks at a process that has closed its output and not ended: short against any process, long against a look.
const PAUSE: Duration = Duration::from_millis(1);

/// Characters at the end of the output that are repeated in a message.
const QUOTE_CHARS_MAX: usize = 500;

/// Runs a command without input and returns what it printed, both streams together.
///
/// Waiting takes no processor time: it ends with the output. A process that takes too long is killed.
pub(super) fn run(command: Command, limit: Duration) -> Result<String, String> {
    output(command, limit, kill)
}

/// The same for a command that starts others: it leads a process group of its own, and whoever takes too long is killed
/// with all that it started, which would go on using the processor that is measured next.
pub(super) fn run_group(mut command: Command, limit: Duration) -> Result<String, String> {
    command.process_group(0);
    output(command, limit, kill_group)
}

fn output(mut command: Command, limit: Duration, kill: fn(Child, String) -> String) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let (reader, writer) = io::pipe().map_err(|error| format!("no pipe can be made ({error})"))?;
    let both = writer.try_clone().map_err(|error| format!("no pipe can be made ({error})"))?;
    let spawned = command.stdin(Stdio::null()).stdout(writer).stderr(both).spawn();
    // The command holds the writing ends; the output ends only when they are closed here.
    drop(command);
    let mut child = spawned.map_err(|error| format!("{program} cannot be started ({error})"))?;
    let deadline = Instant::now() + limit;
    let output = read_until(OwnedFd::from(reader), deadline, limit);
    let text = match output {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(reason) => return Err(kill(child, reason)),
    };
    let status = match ended(&mut child, deadline) {
        Ok(Some(status)) => status,
        Ok(None) => return Err(kill(child, too_long(limit))),
        Err(error) => return Err(kill(child, error.to_string())),
    };
    if status.success() { Ok(text) } else { Err(format!("it ended with {status}: {}", tail(&text))) }
}

/// Everything until the end of a stream.
fn read_until(stream: OwnedFd, deadline: Instant, limit: Duration) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut file = std::fs::File::from(stream);
    let mut chunk = [0; 16 << 10];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(file.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(0) => return Err(too_long(limit)),
            Ok(_) => {}
            Err(nix::errno::Errno::EINTR) => continue,
            Err(error) => return Err(error.to_string()),
        }
        match file.read(&mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            Err(error) => return Err(error.to_string()),
        }
        if bytes.len() > OUTPUT_MAX {
            return Err(format!("it printed more than {} MiB", OUTPUT_MAX >> 20));
        }
    }
}

/// How a process ended that has closed its output, which it mostly does by ending; none where it goes on until the
/// deadline.
pub(super) fn ended(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
}

fn too_long(limit: Duration) -> String {
    format!("it took longer than {} s", limit.as_secs())
}

fn kill(mut child: Child, reason: String) -> String {
    let _ = child.kill();
    let _ = child.wait();
    reason
}

/// Kills the leader of a group with its group; it is not reaped yet, so that its id is still its own.
fn kill_group(child: Child, reason: String) -> String {
    if let Ok(id) = i32::try_from(child.id()) {
        let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
    }
    kill(child, reason)
}

/// The end of a text in one line.
pub(super) fn tail(text: &str) -> String {
    let one_line: Vec<char> = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    one_line[one_line.len().saturating_sub(QUOTE_CHARS_MAX)..].iter().collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::OpenOptionsExt;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_are_returned() {
        let limit = Duration::from_secs(60);
        assert_eq!(run(shell("echo a; echo b >&2"), limit).unwrap(), "a\nb\n");
        assert!(run(shell("echo why >&2; exit 3"), limit).unwrap_err().contains("why"));
        assert!(run(Command::new("./no such program"), limit).unwrap_err().contains("cannot be started"));
    }

    #[test]
    fn who_takes_too_long_is_stopped() {
        let reason = run(shell("exec sleep 1000"), Duration::from_millis(10)).unwrap_err();
        assert!(reason.contains("longer"), "{reason}");
        let reason = run(shell("exec sleep 1000 >&- 2>&-"), Duration::from_millis(10)).unwrap_err();
        assert!(reason.contains("longer"), "{reason}");
    }

    #[test]
    fn who_prints_without_end_is_stopped() {
        let reason = run(shell("exec cat /dev/zero"), Duration::from_secs(60)).unwrap_err();
        assert!(reason.contains("printed more than 16 MiB"), "{reason}");
    }

    #[test]
    fn whoever_a_stopped_command_started_is_stopped_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let held = std::fs::File::options().read(true).custom_flags(nix::libc::O_NONBLOCK).open(&path).unwrap();
        let mut command = shell("exec 9>\"$HELD\"; sleep 1000 & exec cat /dev/zero");
        command.env("HELD", &path);
        let reason = run_group(command, Duration::from_secs(60)).unwrap_err();
        assert!(reason.contains("printed more"), "{reason}");
        // The writing ends are closed when all who inherited them are gone.
        let ends = poll(&mut [PollFd::new(held.as_fd(), PollFlags::POLLIN)], PollTimeout::from(60_000_u16)).unwrap();
        assert_eq!(ends, 1, "a grandchild goes on");
        let reason = run_group(shell("sleep 1000 & wait"), Duration::from_millis(10)).unwrap_err();
        assert!(reason.contains("it took longer than"), "{reason}");
    }
}
