//! What takes no part in a history, and how it could.

/// Why a run, or what it says of a series, is no observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum LeftOut {
    /// There is no place for it in the order.
    #[error("measured outside a repository: without a commit they have no place in the order")]
    NoCommit,
    /// Nobody knows what was measured.
    #[error("measured with changes that were not committed; --include-dirty takes them for their commit")]
    Dirty,
    /// Fewer and shorter samples.
    #[error("short profile, noisier than full runs; --include-quick takes them all the same")]
    Quick,
    /// A part of the benchmarks, in whose order and company the others were not.
    #[error("filtered, or some topics only; --include-partial takes them all the same")]
    Partial,
    /// It is on another line of history.
    #[error("of commits that did not lead to the tip; check out theirs, or name it with --branch")]
    OffLine,
    /// It was recorded on another branch.
    #[error("recorded on other branches, or on none")]
    OtherBranch,
    /// It is older than was asked for.
    #[error("of commits before --since")]
    TooOld,
    /// Its commit has no time, and there is nothing else to order it by.
    #[error("of commits without a time, where nothing else tells their order")]
    NoTime,
    /// The clock of the commit or of the run was wrong, and there is nothing else to order it by.
    #[error("started before their commit was made: a clock was wrong, and nothing else tells the order")]
    Clock,
    /// The same, where the order does not come from clocks.
    #[error(
        "started before their commit was made: a clock was wrong; taken all the same, since the order is not by time"
    )]
    ClockNoted,
    /// Two files say the same.
    #[error("copies of another file here, by their id and content; each run counts once")]
    Copy,
    /// Two files of one name say different things.
    #[error("share their id with another file that says something else; keep the true one")]
    Contradicting,
    /// A number that cannot be relied on.
    #[error("inconclusive when they were measured")]
    Inconclusive,
    /// Too few processes.
    #[error("of fewer than 3 rounds")]
    TooFewRounds,
    /// More than one number for one series.
    #[error("told twice by their run")]
    Twice,
    /// The machine was not itself.
    #[error(
        "of commits at which a calibrator was out of range, more than twice or less than half of what it was before and \
         after; measure them again"
    )]
    Pace,
    /// It failed.
    #[error("failed when they were to be measured")]
    Failed,
}

impl LeftOut {
    /// Whether it is said of single values and not of runs.
    pub fn of_values(self) -> bool {
        matches!(self, LeftOut::Inconclusive | LeftOut::TooFewRounds | LeftOut::Twice | LeftOut::Pace | LeftOut::Failed)
    }
}
