//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::answer::Answer;
use super::comment::Comment;
use super::compare::Compare;
use super::doctor::Doctor;
use super::exit::EXPLAINED;
use super::export::Export;
use super::fsck::Fsck;
use super::gate::Gate;
use super::history_branch::History;
use super::import::Import;
use super::python::Python;
use super::report::Report;
use super::selftest::Selftest;
use super::trend::Trend;
use crate::model::Direction;

/// What parallelism costs on this machine: threads against processes.
#[derive(Debug, Parser)]
#[command(name = "parcost", version, max_term_width = 100, after_help = EXPLAINED)]
pub(super) struct Arguments {
    /// Print nothing but ASCII; where LC_ALL, LC_CTYPE or LANG names no UTF-8, terminals get that anyway
    #[arg(long, global = true)]
    pub(super) ascii: bool,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Measure with `cargo bench`, record the run and sum it up
    Run(Run),
    /// Record what one `cargo bench` measured and sum it up
    Record(Record),
    /// List the stored runs
    List(List),
    /// Show one stored run: all measurements, and all that belongs to them
    Show(Show),
    /// Answer threads or processes by a stored run: which claims hold, and from where on one way is cheaper
    Answer(Answer),
    /// Tell what changed between two runs, or two sets of them, and how sure that is; or set machines side by side
    Compare(Box<Compare>),
    /// Tell where levels shifted or slid over the commits, by how much, how sure that is, and who is suspected
    Trend(Box<Trend>),
    /// Write many stored runs as one HTML file: what moved, and what threads and processes cost
    Report(Report),
    /// Check that the stored runs are still what was written: none edited, lost or moved
    Fsck(Fsck),
    /// Judge a change of the source: build both revisions, measure pairs of fresh processes, tell what moved
    Gate(Gate),
    /// Measure how often the gate raises a false alarm on this machine, and how small a slowness it finds
    Selftest(Selftest),
    /// Measure threads and processes in every CPython that is found, beside the native model of its lock
    Python(Python),
    /// Read results of other tools into a history, in base units and with directions; or add runs that parcost stored
    /// elsewhere, once they are checked
    Import(Import),
    /// Write stored runs, or a history, in the form of another tool; ends with 3 where a stored file could not be used
    Export(Export),
    /// Write the comment on a pull request, or the summary of a job, from what gates stored
    Comment(Comment),
    /// Keep runs on a branch of their own, which only ever grows
    History(History),
    /// Show what this machine is, how it is today, and its key
    Machine(Machine),
    /// Check whether this host is fit for measuring, and tell the exact fix for what is not; changes nothing
    Doctor(Doctor),
    /// Note the conditions before the first benchmark of a session
    #[command(hide = true)]
    Begin(Begin),
}

#[derive(Args, Debug)]
pub(super) struct Run {
    /// Take fewer and shorter samples
    #[arg(long)]
    pub(super) quick: bool,
    /// Measure this topic only; may be given several times
    #[arg(long, value_name = "TOPIC")]
    pub(super) bench: Vec<Topic>,
    #[command(flatten)]
    pub(super) results: Results,
    /// Measure the benchmarks whose name matches this regular expression
    #[arg(value_name = "FILTER", value_parser = filter)]
    pub(super) filter: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct Record {
    /// The session's folder, below `parcost` in the target folder
    #[arg(long, value_name = "DIR")]
    pub(super) session: PathBuf,
    /// Criterion's folder [default: criterion in the session's target folder]
    #[arg(long, value_name = "DIR")]
    pub(super) criterion: Option<PathBuf>,
    /// Callgrind's folder [default: iai in the session's target folder]
    #[arg(long, value_name = "DIR")]
    pub(super) iai: Option<PathBuf>,
    #[command(flatten)]
    pub(super) results: Results,
    /// What else the user's arguments selected; it is stored behind the profile
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) profile_note: Option<String>,
    /// A program that was under measure, for the hash of the binaries; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) binary: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) told: Told,
}

#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) results: Results,
    #[command(flatten)]
    pub(super) told: Told,
}

#[derive(Args, Debug)]
pub(super) struct Show {
    /// `last`, the beginning of a file's name or of a run's id, or the path of a file
    pub(super) run: String,
    /// Show threads against processes, as after the measuring
    #[arg(long)]
    pub(super) summary: bool,
    #[command(flatten)]
    pub(super) results: Results,
    #[command(flatten)]
    pub(super) told: Told,
}

#[derive(Args, Debug)]
pub(super) struct Machine {
    #[command(flatten)]
    pub(super) told: Told,
}

#[derive(Args, Debug)]
pub(super) struct Begin {
    /// The session's folder, below `parcost` in the target folder
    #[arg(long, value_name = "DIR")]
    pub(super) session: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Results {
    /// The folder of stored runs [default: results, and parcost/results in the target folder]
    #[arg(id = "results", long = "results", value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct Told {
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub(super) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Terminal,
    Markdown,
    Json,
}

/// Which way a value is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Better {
    Lower,
    Higher,
}

impl Better {
    pub(super) fn direction(self) -> Direction {
        match self {
            Better::Lower => Direction::LowerIsBetter,
            Better::Higher => Direction::HigherIsBetter,
        }
    }
}

/// What makes a verb that looks for regressions fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    Worse,
}

/// The bench targets that measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Topic {
    Callgrind,
    Counters,
    Cpu,
    Gil,
    Io,
    Memory,
    Spawn,
}

impl Topic {
    /// The name of the bench target.
    pub(super) fn name(self) -> &'static str {
        match self {
            Topic::Callgrind => "callgrind",
            Topic::Counters => "counters",
            Topic::Cpu => "cpu",
            Topic::Gil => "gil",
            Topic::Io => "io",
            Topic::Memory => "memory",
            Topic::Spawn => "spawn",
        }
    }
}

/// A filter goes to the bench targets as it is, where a dash would make it an option.
fn filter(text: &str) -> Result<String, String> {
    if text.starts_with('-') {
        Err("a filter does not begin with a dash; for options of Criterion use `cargo bench -- …`".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_filter_is_no_option() {
        assert!(Arguments::try_parse_from(["parcost", "run", "--", "--plotting-backend"]).is_err());
        assert!(Arguments::try_parse_from(["parcost", "run", "--bench", "nothing"]).is_err());
    }
}
