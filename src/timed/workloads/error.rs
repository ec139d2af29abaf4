//! Errors of a worker.

use std::fmt;

/// Why a workload did not run, or was not counted; each reason is for the reader of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkerError {
    /// The host does not count this, whatever the workload: why, and what to do about it.
    Uncountable(String),
    /// The host cannot run the workload, which is skipped: why.
    Refused(String),
    /// The request is at fault, or the workload broke: how.
    Failed(String),
}

impl WorkerError {
    pub(crate) fn unknown(group: &str, function: &str) -> Self {
        Self::Failed(format!("there is no workload {group}/{function}"))
    }

    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }

    /// Why, in a sentence.
    pub fn reason(&self) -> &str {
        let (Self::Uncountable(reason) | Self::Refused(reason) | Self::Failed(reason)) = self;
        reason
    }
}

impl fmt::Display for WorkerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for WorkerError {}
