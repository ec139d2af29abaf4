//! One process of a package's launcher: asked line by line, collected at the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::process::{ended, tail};

/// A launcher gives itself two minutes for one answer; so long, and a little longer, it is waited for, ms.
const PATIENCE_MS: u32 = 130_000;

/// Bytes of an answer that are read: far more than any takes.
const ANSWER_MAX: u64 = 64 << 10;

/// A running launcher. It dies with this process.
pub(super) struct Launcher {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// What a number of operations took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slice {
    /// Wall time, ns.
    pub(super) elapsed_ns: f64,
    /// CPU time of the process, its threads and the children it waited for, ns.
    pub(super) cpu_ns: Option<f64>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// The host cannot do it.
    Refused(String),
    /// It went wrong.
    Failed(String),
}

impl Launcher {
    /// Starts one with an empty environment in a folder for its scratch files.
    pub(super) fn start(program: &Path, scratch: &Path) -> Result<Self, Silence> {
        let mut child = Command::new(program)
            .arg("launch")
            .arg(std::process::id().to_string())
            .env_clear()
            .current_dir(scratch)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Silence::Failed(format!("{}: {error}", program.display())))?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("its output was piped above"));
        Ok(Self { child, requests, answers })
    }

    /// Has a benchmark run `operations` times.
    pub(super) fn time(&mut self, benchmark: &str, operations: u64) -> Result<Slice, Silence> {
        match self.ask(&format!("time {benchmark} {operations}")) {
            // A launcher from before there was such a request knows its elder, which tells no CPU time.
            Err(Silence::Failed(reason)) if reason.contains("is no request") => {
                self.ask(&format!("run {benchmark} {operations}"))
            }
            answer => answer,
        }
    }

    fn ask(&mut self, request: &str) -> Result<Slice, Silence> {
        let requests = self.requests.as_mut().expect("open until the launcher is finished");
        if writeln!(requests, "{request}").is_err() {
            return Err(self.lost());
        }
        let timeout = PollTimeout::try_from(PATIENCE_MS).expect("minutes fit a time-out");
        let mut line = String::new();
        let ready = poll(&mut [PollFd::new(self.answers.get_ref().as_fd(), PollFlags::POLLIN)], timeout);
        let mut read = |answers: &mut BufReader<ChildStdout>| answers.take(ANSWER_MAX).read_line(&mut line);
        if ready == Ok(0) || !read(&mut self.answers).is_ok_and(|bytes| bytes > 0) {
            return Err(self.lost());
        }
        let line = line.trim_end();
        match line.split_once(' ') {
            Some(("refused", reason)) => Err(Silence::Refused(tail(reason))),
            Some(("failed", reason)) => Err(Silence::Failed(tail(reason))),
            _ => slice(line).ok_or_else(|| Silence::Failed(format!("the launcher answered `{}`", tail(line)))),
        }
    }

    /// Tells the launcher that there is nothing more, and waits for it.
    pub(super) fn finish(mut self) -> Result<(), Silence> {
        drop(self.requests.take());
        let timeout = PollTimeout::try_from(PATIENCE_MS).expect("minutes fit a time-out");
        let deadline = Instant::now() + Duration::from_millis(PATIENCE_MS.into());
        // Its output ends with it.
        let _ = poll(&mut [PollFd::new(self.answers.get_ref().as_fd(), PollFlags::POLLIN)], timeout);
        match ended(&mut self.child, deadline) {
            Ok(Some(status)) if status.success() => Ok(()),
            _ => Err(self.lost()),
        }
    }

    fn lost(&mut self) -> Silence {
        let _ = self.child.kill();
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        Silence::Failed(format!("the launcher gave no answer ({status})"))
    }
}

impl Drop for Launcher {
    fn drop(&mut self) {
        if self.requests.is_some() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// `sample elapsed_ns=… work=… cpu_ns=… …`
fn slice(answer: &str) -> Option<Slice> {
    let mut words = answer.split(' ');
    (words.next()? == "sample").then_some(())?;
    let mut slice = Slice { elapsed_ns: 0.0, cpu_ns: None };
    for word in words {
        match word.split_once('=')? {
            ("elapsed_ns", value) => slice.elapsed_ns = value.parse().ok()?,
            ("process_cpu_ns", value) => slice.cpu_ns = Some(value.parse().ok()?),
            _ => {}
        }
    }
    let sound = |ns: f64| ns.is_finite() && ns > 0.0;
    (sound(slice.elapsed_ns) && slice.cpu_ns.is_none_or(sound)).then_some(slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_positive_time_is_none() {
        let told = slice("sample elapsed_ns=1200 work=3 process_cpu_ns=900 copy_ns=1.5");
        assert_eq!(told, Some(Slice { elapsed_ns: 1200.0, cpu_ns: Some(900.0) }));
        assert_eq!(slice("sample elapsed_ns=5 work=1"), Some(Slice { elapsed_ns: 5.0, cpu_ns: None }));
        for answer in
            ["", "sample", "sample work=1", "sample elapsed_ns=0", "sample elapsed_ns=x", "sample elapsed_ns=NaN"]
        {
            assert_eq!(slice(answer), None, "{answer}");
        }
    }
}
