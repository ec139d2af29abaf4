//! One process of a package's launcher: asked line by line, collected at the end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::Conversation;
use crate::workloads::WorkerError;
use crate::workloads::protocol::{Reply, Request, Task, decode};

/// A little longer than the two minutes that a launcher gives itself for one answer.
const LIMIT: Duration = Duration::from_secs(130);

pub(super) struct Launcher(Conversation);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slice {
    pub(super) elapsed_ns: f64,
    /// CPU time of the process, its threads and the children it waited for, ns.
    pub(super) cpu_ns: Option<f64>,
}

impl Launcher {
    /// Starts one with an empty environment in a folder for its scratch files.
    pub(super) fn start(program: &Path, scratch: &Path) -> Result<Self, WorkerError> {
        let mut command = Command::new(program);
        command
            .arg("launch")
            .arg(std::process::id().to_string())
            .env_clear()
            .current_dir(scratch)
            .stderr(Stdio::null());
        Conversation::start(command, LIMIT).map(Self).map_err(WorkerError::Failed)
    }

    pub(super) fn time(&mut self, benchmark: &str, operations: u64) -> Result<Slice, WorkerError> {
        let reply = match self.ask(Task::Time, benchmark, operations) {
            // So answers a launcher from before there was this request; it knows the older one, which gives no CPU time.
            Err(WorkerError::Failed(reason)) if reason.contains("is no request") => {
                self.ask(Task::Run, benchmark, operations)
            }
            reply => reply,
        };
        slice(&reply?).ok_or_else(|| WorkerError::Failed("the launcher answered without a positive time".to_owned()))
    }

    fn ask(&mut self, task: Task, benchmark: &str, iterations: u64) -> Result<Reply, WorkerError> {
        let request = Request { task, benchmark: benchmark.to_owned(), iterations };
        decode(&self.0.ask(&request.to_string()).map_err(WorkerError::Failed)?)
    }

    pub(super) fn finish(self) -> Result<(), WorkerError> {
        self.0.finish().map_err(WorkerError::Failed)
    }
}

fn slice(reply: &Reply) -> Option<Slice> {
    let Reply::Sample(readings) = reply else { return None };
    let reading = |name: &str| readings.iter().find(|(found, _)| found == name).map(|&(_, value)| value);
    let is_time = |ns: &f64| ns.is_finite() && *ns > 0.0;
    let cpu_ns = reading("process_cpu_ns");
    let elapsed_ns = reading("elapsed_ns").filter(is_time)?;
    cpu_ns.is_none_or(|ns| is_time(&ns)).then_some(Slice { elapsed_ns, cpu_ns })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_positive_time_is_refused() {
        let slice = |answer: &str| decode(answer).ok().and_then(|reply| super::slice(&reply));
        let timed = slice("sample elapsed_ns=1200 work=3 process_cpu_ns=900 copy_ns=1.5");
        assert_eq!(timed, Some(Slice { elapsed_ns: 1200.0, cpu_ns: Some(900.0) }));
        assert_eq!(slice("sample elapsed_ns=5 work=1"), Some(Slice { elapsed_ns: 5.0, cpu_ns: None }));
        for answer in
            ["", "sample", "sample work=1", "sample elapsed_ns=0", "sample elapsed_ns=x", "sample elapsed_ns=NaN"]
        {
            assert_eq!(slice(answer), None, "{answer}");
        }
    }
}
