//! What keeps a file of a harness from being used.

use std::path::PathBuf;

use crate::model::{BenchmarkId, Failure, Omission};

/// Why something could not be harvested; the message names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system would not let us read it.
    #[error("{} cannot be read ({source}); make it readable, or remove it and measure again", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of a witness file is not as its format says.
    #[error(
        "{}, line {line}: expected {expected}, found `{found}`; the file is damaged or of another version: measure again",
        path.display()
    )]
    Line {
        /// The witness file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What belongs there.
        expected: String,
        /// What is there, escaped and cut.
        found: String,
    },
    /// A file of a harness is not what that harness writes.
    #[error("{} cannot be used: {reason}; remove its folder and measure again", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A table of histories is not as it has to be.
    #[error("{}, line {line}: {reason}; correct the line, or export the file anew", path.display())]
    Csv {
        /// The CSV file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong there.
        reason: String,
    },
    /// Criterion left nothing under the name of a benchmark.
    #[error("there is no record of {benchmark} in {}{hint}; measure again, to the end", root.display())]
    Missing {
        /// The folder that was searched.
        root: PathBuf,
        /// The benchmark that was looked for.
        benchmark: Box<BenchmarkId>,
        /// What was found instead and could be the reason; may be empty.
        hint: String,
    },
    /// Two records carry the name of one benchmark.
    #[error("{} and {} both claim to be {benchmark}; remove the stale one and measure again", first.display(), second.display())]
    Ambiguous {
        /// The benchmark that was looked for.
        benchmark: Box<BenchmarkId>,
        /// One of the files.
        first: PathBuf,
        /// Another one.
        second: PathBuf,
    },
    /// A session without a single measurement.
    #[error(
        "{}: nothing was measured ({} failed, {} left out{}); run `cargo bench` and read what it prints",
        session.display(), failures.len(), omissions.len(), first_reason(failures, omissions)
    )]
    NothingMeasured {
        /// The session's folder.
        session: PathBuf,
        /// What failed in it.
        failures: Vec<Failure>,
        /// What was left out of it.
        omissions: Vec<Omission>,
    },
}

fn first_reason(failures: &[Failure], omissions: &[Omission]) -> String {
    let failure = failures.first().map(|failure| (&failure.benchmark, &failure.reason));
    let first = failure.or_else(|| omissions.first().map(|omission| (&omission.what, &omission.reason)));
    first.map_or_else(String::new, |(what, reason)| format!("; the first, {what}: {reason}"))
}
