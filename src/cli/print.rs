//! The two ways out: answers to the standard output, complaints to the standard error.

use std::io::{ErrorKind, Write};

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

fn answer(text: &str) -> Result<()> {
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
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
