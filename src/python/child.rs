//! An interpreter that is given a script, a time to end, and as many bytes to say.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Bytes of answers that are read: a line takes a hundred, and there are some hundreds of lines.
const ANSWER_MAX: usize = 1 << 20;

/// Bytes of complaints that are kept; what comes after them is read and forgotten.
const COMPLAINT_MAX: usize = 64 << 10;

/// Characters at the end of the complaints that are repeated in a message.
const QUOTE_CHARS_MAX: usize = 300;

/// Between two looks at a process that has closed its output and not ended.
const PAUSE: Duration = Duration::from_millis(1);

/// Runs a command without input and returns its standard output.
///
/// It leads a process group of its own; whatever is left of the group when it has ended, or when its time is over, is
/// killed.
pub(super) fn answer_of(mut command: Command, limit: Duration) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut group = Group(command.spawn().map_err(|error| format!("{program} cannot be started ({error})"))?);
    let deadline = Instant::now() + limit;
    let too_long = || format!("it took longer than {} s", limit.as_secs_f64());

    let answers = group.0.stdout.take().expect("its output was piped above");
    let complaints = group.0.stderr.take().expect("its errors were piped above");
    let (answer, complaint) = read(answers, complaints, deadline)?.ok_or_else(too_long)?;
    let status = group.ended(deadline).map_err(|error| error.to_string())?.ok_or_else(too_long)?;
    let answer = String::from_utf8(answer).map_err(|_| "it answered what is no UTF-8".to_owned())?;
    if status.success() { Ok(answer) } else { Err(format!("it ended with {status}: {}", tail(&complaint))) }
}

/// A process, killed and reaped when dropped, with all in its group.
struct Group(Child);

impl Group {
    fn ended(&mut self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The group goes by the number of its leader, which belongs to nobody else while one member is left; where
        // none is, there is nothing to kill.
        let _ = killpg(Pid::from_raw(self.0.id().cast_signed()), Signal::SIGKILL);
        let _ = self.0.wait();
    }
}

/// What was printed to both streams: answers, complaints.
type Streams = (Vec<u8>, Vec<u8>);

/// Both streams until their ends; none when the deadline came first.
fn read(mut answers: ChildStdout, mut complaints: ChildStderr, deadline: Instant) -> Result<Option<Streams>, String> {
    let (mut answer, mut complaint) = (Vec::new(), Vec::new());
    let (mut answering, mut complaining) = (true, true);
    let mut chunk = vec![0; 16 << 10];
    while answering || complaining {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        let watched: Vec<BorrowedFd<'_>> =
            [answering.then(|| answers.as_fd()), complaining.then(|| complaints.as_fd())]
                .into_iter()
                .flatten()
                .collect();
        let mut watched: Vec<PollFd<'_>> = watched.into_iter().map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        // Rounded up, so that the last wait is no spin.
        let timeout = PollTimeout::try_from(left + PAUSE).unwrap_or(PollTimeout::MAX);
        match poll(&mut watched, timeout) {
            Ok(_) => {}
            Err(Errno::EINTR) => continue,
            Err(error) => return Err(error.to_string()),
        }
        let ready: Vec<bool> = watched.iter().map(|fd| fd.revents().is_some_and(|events| !events.is_empty())).collect();
        if answering && ready[0] {
            let count = answers.read(&mut chunk).map_err(|error| error.to_string())?;
            answering = count > 0;
            answer.extend_from_slice(&chunk[..count]);
            if answer.len() > ANSWER_MAX {
                return Err(format!("it answered more than {} KiB", ANSWER_MAX >> 10));
            }
            continue;
        }
        if complaining && ready.last() == Some(&true) {
            let count = complaints.read(&mut chunk).map_err(|error| error.to_string())?;
            complaining = count > 0;
            complaint.extend_from_slice(&chunk[..count]);
            let surplus = complaint.len().saturating_sub(COMPLAINT_MAX);
            complaint.drain(..surplus);
        }
    }
    Ok(Some((answer, complaint)))
}

/// The end of a text, in one line.
fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let chars: Vec<char> = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    chars[chars.len().saturating_sub(QUOTE_CHARS_MAX)..].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMPLE: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn an_answer_is_what_was_printed_and_complaints_are_not_in_it() {
        assert_eq!(answer_of(shell("echo a; echo b >&2"), AMPLE).unwrap(), "a\n");
    }

    #[test]
    fn who_fails_is_told_with_the_end_of_its_complaints() {
        let cases = [
            (shell("echo why >&2; exit 3"), "why"),
            (shell("kill -9 $$"), "signal"),
            (Command::new("./no such program"), "cannot be started"),
            (shell("head -c 2000000 /dev/zero"), "more than 1024 KiB"),
            (shell("printf '\\377'"), "no UTF-8"),
            (shell("head -c 200000 /dev/zero >&2; echo last >&2; exit 1"), "last"),
        ];
        for (command, expected) in cases {
            let reason = answer_of(command, AMPLE).unwrap_err();
            assert!(reason.contains(expected), "{expected}: {reason}");
            assert!(reason.len() < 2_000, "{expected}");
        }
    }

    #[test]
    fn who_takes_too_long_is_stopped_with_all_it_started() {
        for script in ["exec sleep 1000", "sleep 1000 & wait", "exec sleep 1000 >&- 2>&-", "sleep 1000 & exit 0"] {
            let reason = answer_of(shell(script), Duration::from_millis(10)).unwrap_err();
            assert!(reason.contains("longer"), "{script}: {reason}");
        }
    }
}
