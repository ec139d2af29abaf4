//! How the program ends.

use clap::ValueEnum;

use super::output;
use crate::report::plural;

/// The exit codes; every verb uses these and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Success, nothing wrong.
    Success,
    /// A regression was found by a verb that was asked to look for one.
    Regression,
    /// The command line is invalid.
    Usage,
    /// It failed, or part of it did: the message says what.
    Failure,
    /// The data is inconclusive or missing where an answer was demanded.
    Inconclusive,
}

pub(super) const EXIT_CODES: &str = "\
First steps:
  parcost run                in a checkout of parcost: measure this machine
  parcost answer             threads or processes, by the newest stored run
  parcost gate --base main   in a project of your own: judge a change; `parcost init` does so in CI

Exit codes: 0 success · 1 regression · 2 usage · 3 failure, of all or of a part · 4 inconclusive \
or missing data. `parcost VERB --help` says what each means there, with examples.";

impl Exit {
    /// The end of a run of which so many benchmarks failed.
    pub(super) fn with_failed(count: usize) -> Self {
        if count == 0 {
            return Exit::Success;
        }
        output::error(&format!("{} failed, see above; the rest of the run is stored", plural(count, "benchmark")));
        Exit::Failure
    }

    pub fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Regression => 1,
            Exit::Usage => 2,
            Exit::Failure => 3,
            Exit::Inconclusive => 4,
        }
    }
}

/// What makes `compare` and `trend` fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    Worse,
}
