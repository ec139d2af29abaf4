//! The benchmark's side of the worker: started fresh, asked line by line, collected at the end.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use parcost::workloads::launcher::DEADLINE_S;

/// How much longer than the worker gives itself we wait for its word, s.
const PATIENCE_S: u32 = 10;

/// The program that runs the workloads.
pub(crate) fn worker() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_worker"))
}

/// A running worker. It dies with this process, and its children with it.
pub(crate) struct Launcher {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// One answer to `run`.
pub(crate) struct Answer {
    /// Inside the clock, ns.
    pub(crate) elapsed_ns: u64,
    /// Work done.
    pub(crate) work: u64,
    /// Everything else, by name.
    pub(crate) readings: Vec<(String, f64)>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Silence {
    /// The host cannot do it.
    Refused(String),
    /// It went wrong.
    Failed(String),
}

impl Launcher {
    /// Starts a worker in `mode` with an empty environment, in a folder for scratch files.
    pub(crate) fn start(mode: &str) -> Result<Self, Silence> {
        let mut child = Command::new(worker())
            .arg(mode)
            .arg(std::process::id().to_string())
            .env_clear()
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Silence::Failed(format!("{}: {error}", worker().display())))?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("its output was piped above"));
        Ok(Self { child, requests, answers })
    }

    /// Runs `iterations` operations of a benchmark.
    pub(crate) fn run(&mut self, id: &str, iterations: u64) -> Result<Answer, Silence> {
        let answer = self.ask(&format!("run {id} {iterations}"))?;
        parse(&answer).ok_or_else(|| Silence::Failed(format!("the worker answered `{answer}`")))
    }

    /// Sends one line and waits for one.
    pub(crate) fn ask(&mut self, request: &str) -> Result<String, Silence> {
        let requests = self.requests.as_mut().expect("open until the launcher is finished");
        if writeln!(requests, "{request}").is_err() {
            return Err(self.lost());
        }
        let timeout = PollTimeout::try_from((DEADLINE_S + PATIENCE_S) * 1000).expect("minutes fit a time-out");
        let mut line = String::new();
        let ready = poll(&mut [PollFd::new(self.answers.get_ref().as_fd(), PollFlags::POLLIN)], timeout);
        if ready == Ok(0) || !self.answers.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            return Err(self.lost());
        }
        match line.trim_end().split_once(' ') {
            Some(("refused", reason)) => Err(Silence::Refused(reason.to_owned())),
            Some(("failed", reason)) => Err(Silence::Failed(reason.to_owned())),
            _ => Ok(line.trim_end().to_owned()),
        }
    }

    /// Tells the worker that there is nothing more, and waits for it.
    pub(crate) fn finish(mut self) -> Result<(), Silence> {
        drop(self.requests.take());
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(self.lost()),
        }
    }

    /// What became of a worker that said nothing.
    fn lost(&mut self) -> Silence {
        let _ = self.child.kill();
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let mut words = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            let _ = stderr.read_to_string(&mut words);
        }
        let words = words.trim().replace('\n', " ");
        Silence::Failed(format!("the worker gave no answer ({status}) {words}").trim_end().to_owned())
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

fn parse(answer: &str) -> Option<Answer> {
    let mut words = answer.strip_prefix("sample ")?.split(' ');
    let mut exact = |name: &str| words.next()?.strip_prefix(name)?.parse().ok();
    let (elapsed_ns, work) = (exact("elapsed_ns=")?, exact("work=")?);
    let readings = words
        .map(|word| word.split_once('=').and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?))))
        .collect::<Option<_>>()?;
    Some(Answer { elapsed_ns, work, readings })
}
