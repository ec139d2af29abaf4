//! A process that answers line by line.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::child::{ended, tail};
use super::group::join;

/// Bytes of an answer that are read: far more than any takes.
const ANSWER_MAX: u64 = 64 << 10;

/// A running process that answers one line to each line it is sent; killed and reaped when dropped.
pub struct Conversation {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    limit: Duration,
}

impl Conversation {
    /// Starts a command that answers each line within `limit`. Where its standard error is piped, it must be short.
    pub fn start(mut command: Command, limit: Duration) -> Result<Self, String> {
        let child = join(&mut command).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("its output was piped above"));
        Ok(Self { child, requests, answers, limit })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends one line and returns the line that answers it.
    ///
    /// Fails when there is no answer in time, with how the process ended.
    pub fn ask(&mut self, request: &str) -> Result<String, String> {
        let requests = self.requests.as_mut().expect("open until the conversation is finished");
        if writeln!(requests, "{request}").is_err() || !self.is_ready() {
            return Err(self.no_answer());
        }
        let mut line = String::new();
        match (&mut self.answers).take(ANSWER_MAX).read_line(&mut line) {
            Ok(1..) => Ok(line.trim_end().to_owned()),
            _ => Err(self.no_answer()),
        }
    }

    /// Closes the input of the process, and waits for its end.
    pub fn finish(mut self) -> Result<(), String> {
        drop(self.requests.take());
        // Its output ends with it.
        self.is_ready();
        match ended(&mut self.child, self.limit) {
            Ok(Some(status)) if status.success() => Ok(()),
            _ => Err(self.no_answer()),
        }
    }

    /// Waits until there is something to read, or the end of it; false when the time is over.
    fn is_ready(&self) -> bool {
        let timeout = PollTimeout::try_from(self.limit).unwrap_or(PollTimeout::MAX);
        poll(&mut [PollFd::new(self.answers.get_ref().as_fd(), PollFlags::POLLIN)], timeout) != Ok(0)
    }

    fn no_answer(&mut self) -> String {
        let _ = self.child.kill();
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let mut complaint = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            let _ = stderr.read_to_string(&mut complaint);
        }
        format!("no answer ({status}) {}", tail(&complaint)).trim_end().to_owned()
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        if self.requests.is_some() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Conversation {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stderr(Stdio::piped());
        Conversation::start(command, limit).unwrap()
    }

    const AMPLE: Duration = Duration::from_secs(60);

    #[test]
    fn every_line_has_its_answer_until_the_end() {
        let mut echo = shell("while read line; do echo \"<$line>\"; done", AMPLE);
        assert_eq!(echo.ask("a b"), Ok("<a b>".to_owned()));
        assert_eq!(echo.ask("c"), Ok("<c>".to_owned()));
        assert_eq!(echo.finish(), Ok(()));
    }

    #[test]
    fn a_process_that_does_not_answer_is_reported_with_its_complaint() {
        let reason = shell("read line; echo why >&2; exit 3", AMPLE).ask("a").unwrap_err();
        assert!(reason.contains("exit status: 3") && reason.ends_with("why"), "{reason}");
        let reason = shell("exec sleep 1000", Duration::from_millis(10)).ask("a").unwrap_err();
        assert!(reason.contains("signal: 9"), "{reason}");
        assert!(shell("read line; exit 3", AMPLE).finish().unwrap_err().contains("exit status: 3"));
        assert!(Conversation::start(Command::new("./none"), AMPLE).is_err_and(|reason| reason.starts_with("./none")));
    }
}
