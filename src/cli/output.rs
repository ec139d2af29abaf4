//! The two ways out: answers to the standard output, complaints to the standard error.

use std::fs::OpenOptions;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::charset::{is_ascii, is_ascii_asked};
use crate::report::{self, Page};

#[derive(Args, Debug)]
pub(super) struct OutputArgs {
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

/// Prints what a verb found: the data itself for programs, the page that is drawn from it for people.
pub(super) fn print<T: Serialize>(data: &T, format: Format, draw: impl FnOnce(&T) -> Page) -> Result<()> {
    match format {
        Format::Json => json(data),
        Format::Terminal | Format::Markdown => page(&draw(data), format),
    }
}

/// Prints a page; colours only where there is a terminal that wants them.
pub(super) fn page(page: &Page, format: Format) -> Result<()> {
    let text = match format {
        Format::Terminal => shown(page),
        Format::Markdown if is_ascii_asked() => report::markdown_in_ascii(page),
        Format::Json if is_ascii_asked() => report::json_in_ascii(&report::json(page)),
        Format::Markdown => report::markdown(page),
        Format::Json => report::json(page),
    };
    answer(&text)
}

/// The page in the signs that the reader's terminal can show.
fn shown(page: &Page) -> String {
    if is_ascii() { report::terminal_in_ascii(page) } else { report::terminal(page) }
}

fn spelled(text: &str) -> String {
    if is_ascii() { report::ascii(text) } else { text.to_owned() }
}

/// Prints what the command line should be, or how it should have been.
pub(super) fn usage(error: &clap::Error) {
    if !is_ascii() {
        let _ = error.print();
    } else if error.use_stderr() {
        let _ = write!(anstream::stderr(), "{}", spelled(&error.render().ansi().to_string()));
    } else {
        let _ = answer(&spelled(&error.render().ansi().to_string()));
    }
}

/// Prints rows for programs.
pub(super) fn json<T: Serialize>(told: &T) -> Result<()> {
    let text = report::json(told);
    answer(&if is_ascii_asked() { report::json_in_ascii(&text) } else { text })
}

/// Prints a file as it is; only in a terminal without what would steer it, since its names come from anywhere.
pub(super) fn bytes(bytes: &[u8]) -> Result<()> {
    let out = std::io::stdout().lock();
    if !out.is_terminal() {
        return finish(out, bytes);
    }
    let lines: Vec<String> = String::from_utf8_lossy(bytes).lines().map(report::plain).collect();
    finish(out, format!("{}\n", lines.join("\n")).as_bytes())
}

/// Prints a page beside the answer, where the answer is a file.
pub(super) fn aside(page: &Page) {
    let _ = write!(anstream::stderr(), "{}", shown(page));
}

/// Prints an answer that is text already.
pub(super) fn answer(text: &str) -> Result<()> {
    finish(anstream::stdout(), text.as_bytes())
}

fn finish(mut out: impl Write, bytes: &[u8]) -> Result<()> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("the answer cannot be printed"),
    }
}

/// Prints what went wrong.
pub(super) fn error(text: &str) {
    let lines: Vec<String> = text.lines().map(report::plain).collect();
    let _ = writeln!(anstream::stderr(), "error: {}", spelled(&lines.join("\n")));
}

/// Prints what the user ought to know beside the answer.
pub(super) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "parcost: {}", spelled(&report::plain(text)));
}

/// Writes a file; one that is there already is replaced only when the user says so.
pub(super) fn save(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already; replace it with --force, or choose another name", path.display());
        }
        file => file.with_context(|| format!("{} cannot be written", path.display()))?,
    };
    file.write_all(bytes).with_context(|| format!("{} cannot be written to the end", path.display()))
}
