//! What keeps a file of another program from being used.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use crate::model::{BenchmarkId, Failure, Omission};

/// Why something could not be read; the message names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} cannot be read: {reason}{}", path.display(), remedy(reason))]
    Unreadable { path: PathBuf, reason: io::Error },
    #[error("{file} is larger than {} MiB; split it, or remove what is old", limit >> 20)]
    TooLarge { file: String, limit: usize },
    #[error("{file} holds more than {limit} {what}; split it, or remove what is old")]
    TooMany { file: String, what: &'static str, limit: usize },
    /// A line of a sample log is not as its format says.
    #[error(
        "{}, line {line}: expected {expected}, found `{found}`; the file is damaged or of another version: measure again",
        path.display()
    )]
    Line { path: PathBuf, line: usize, expected: String, found: String },
    /// A file of a harness is not what that harness writes.
    #[error("{} cannot be used: {reason}; remove its folder and measure again", path.display())]
    Refused { path: PathBuf, reason: String },
    #[error("there is no record of {benchmark} in {}{hint}; measure again, to the end", root.display())]
    Missing { root: PathBuf, benchmark: Box<BenchmarkId>, hint: String },
    #[error("{} and {} both claim to be {benchmark}; remove the stale one and measure again", first.display(), second.display())]
    Ambiguous { benchmark: Box<BenchmarkId>, first: PathBuf, second: PathBuf },
    #[error(
        "{}: nothing was measured ({} failed, {} skipped{}); run `cargo bench` and read what it prints",
        session.display(), failures.len(), omissions.len(), first_reason(failures, omissions)
    )]
    NothingMeasured { session: PathBuf, failures: Vec<Failure>, omissions: Vec<Omission> },
    #[error("{file} is not in the format {format}: {reason}; is it in another format, or truncated?")]
    NotInFormat { file: String, format: &'static str, reason: String },
    #[error(
        "{file} does not say which way {} better; add --better lower or --better higher",
        if series.len() == 1 { format!("`{}` is", series[0]) }
        else { format!("`{}` and {} more are", series[0], series.len() - 1) }
    )]
    Direction { file: String, series: Vec<String> },
    #[error("{file} holds no benchmark in the format {format}; is it in another format?")]
    Empty { file: String, format: &'static str },
    #[error("{file} holds nothing that can be used; the first that was skipped: {first}")]
    AllSkipped { file: String, first: String },
    #[error("{file}: {}", candidates(formats))]
    Undetected { file: String, formats: Vec<&'static str> },
    #[error("{file}: {what}")]
    Unread { file: String, what: Cow<'static, str> },
    /// A file is in another format than the one that was named.
    #[error("{error} (it looks like {found}: read it with --from {found})")]
    Other { error: Box<Error>, found: &'static str },
    #[error(
        "{file} is in the format {format} and {other} in {found}; only files of one format are read together: name those of one"
    )]
    Mixed { file: String, format: &'static str, other: String, found: &'static str },
    #[error("{file}, line {line} is a mark that git left of a merge conflict; resolve the conflict and try again")]
    Conflict { file: String, line: usize },
}

fn remedy(reason: &io::Error) -> &'static str {
    match reason.kind() {
        io::ErrorKind::NotFound => "; check its path",
        io::ErrorKind::PermissionDenied => "; check its permissions",
        _ => "",
    }
}

fn first_reason(failures: &[Failure], omissions: &[Omission]) -> String {
    let failure = failures.first().map(|failure| (&failure.benchmark, &failure.reason));
    let first = failure.or_else(|| omissions.first().map(|omission| (&omission.what, &omission.reason)));
    first.map_or_else(String::new, |(what, reason)| format!("; the first, {what}: {reason}"))
}

fn candidates(formats: &[&str]) -> String {
    match formats {
        [] => {
            "unknown format; `parcost import --help` lists those that are read; say which it is with --from".to_owned()
        }
        _ => format!("it could be {}; say which with --from", formats.join(" or ")),
    }
}
