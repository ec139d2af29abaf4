//! The two ways out: answers to the standard output, complaints to the standard error.

use std::io::{ErrorKind, IsTerminal, Write};

use anyhow::{Context, Result};
use serde::Serialize;

use super::arguments::Format;
use crate::report::{self, Page};

/// Prints a page; colours only where there is a terminal that wants them.
pub(super) fn page(page: &Page, format: Format) -> Result<()> {
    let text = match format {
        Format::Terminal => report::terminal(page),
        Format::Markdown => report::markdown(page),
        Format::Json => report::json(page),
    };
    answer(&text)
}

/// Prints rows for programs.
pub(super) fn json<T: Serialize>(told: &T) -> Result<()> {
    answer(&report::json(told))
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
    let _ = write!(anstream::stderr(), "{}", report::terminal(page));
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
    let _ = writeln!(anstream::stderr(), "error: {}", lines.join("\n"));
}

/// Prints what the user ought to know beside the answer.
pub(super) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "parcost: {}", report::plain(text));
}
