//! Why a file in the results folder is not believed, and what to do about it.

use std::fmt;

/// Why a file in the results folder is not taken for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The system does not let it be read.
    Unreadable(String),
    /// It is a folder, a pipe or a device.
    NotAFile,
    /// It is larger than any run, bytes.
    TooLarge(u64),
    /// It ends in the middle.
    Truncated,
    /// It is something else.
    Foreign(String),
    /// A newer version wrote it.
    Future(u64),
    /// Its place contradicts what it says.
    Misplaced(String),
    /// Its seal is broken, or was taken off.
    Edited,
    /// It holds a value that nothing can have measured: where, and which.
    Invalid(String),
}

impl Problem {
    /// What is wrong with the file.
    pub fn what(&self) -> String {
        match self {
            Problem::Unreadable(reason) => format!("it cannot be read ({reason})"),
            Problem::NotAFile => "it is no regular file".to_owned(),
            Problem::TooLarge(bytes) => format!("it has {bytes} bytes, more than any run"),
            Problem::Truncated => "it ends early".to_owned(),
            Problem::Foreign(reason) => format!("it is no stored run ({reason})"),
            Problem::Future(version) => format!("it has schema version {version}, newer than this program reads"),
            Problem::Misplaced(place) => format!("it lies in the wrong place; by its content it belongs to {place}"),
            Problem::Edited => "it was edited since it was written".to_owned(),
            Problem::Invalid(reason) => format!("it holds what nothing can have measured ({reason})"),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Problem::Unreadable(_) => "check its permissions",
            Problem::NotAFile | Problem::TooLarge(_) | Problem::Foreign(_) => "move it out of the results folder",
            Problem::Truncated | Problem::Invalid(_) => "restore it from version control or remove it",
            Problem::Future(_) => "use a newer parcost",
            Problem::Misplaced(_) => "move it there",
            Problem::Edited => "restore it from version control; `parcost fsck` tells what else was changed",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The place that it belongs to is the remedy.
            Problem::Misplaced(_) => f.write_str(&self.what()),
            _ => write!(f, "{}; {}", self.what(), self.remedy()),
        }
    }
}

impl std::error::Error for Problem {}
