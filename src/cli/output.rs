//! Printing: results to the standard output, messages to the standard error.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Error, Result, bail};
use clap::{Args, ColorChoice, ValueEnum};
use serde::Serialize;
use terminal_size::{Width, terminal_size};

use crate::report::{self, Page};

#[derive(Args, Debug)]
pub(super) struct OutputArgs {
    /// Format of the output
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub(super) format: Format,
}

pub(super) fn set_color(color: ColorChoice) {
    match color {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Terminal,
    Markdown,
    Json,
}

/// Prints what a verb found: the data itself for programs, the page that is drawn from it for people.
pub(super) fn print<T: Serialize>(data: &T, format: Format, draw: impl FnOnce(&T) -> Page) -> Result<()> {
    if format == Format::Json { print_all(data, format, &[]) } else { print_all(data, format, &[draw(data)]) }
}

/// Prints a page with folded parts, which a terminal shows with `all` alone. Markdown fits a comment.
pub(super) fn print_folded<T: Serialize>(
    data: &T,
    format: Format,
    all: bool,
    draw: impl FnOnce(&T) -> Page,
) -> Result<()> {
    if format == Format::Json {
        return print_all(data, format, &[]);
    }
    let mut page = draw(data);
    if all {
        page.sections.iter_mut().for_each(|section| section.folded = false);
        // It is what the reader has asked for.
        page.next = page.next.and_then(|next| {
            let others: Vec<&str> = next.split("; ").filter(|one| !one.contains("--all`")).collect();
            (!others.is_empty()).then(|| others.join("; "))
        });
    }
    match format {
        Format::Markdown => page = report::fitted(&page),
        _ => page.sections.retain(|section| !section.folded),
    }
    print_all(data, format, &[page])
}

/// Prints several pages; colours only where there is a terminal that wants them.
pub(super) fn print_all<T: Serialize>(data: &T, format: Format, pages: &[Page]) -> Result<()> {
    let draw = match format {
        Format::Json => {
            let mut out = BufWriter::new(anstream::stdout());
            return printed(report::write_json(&mut out, data, is_ascii_requested()).and_then(|()| out.flush()));
        }
        Format::Terminal => |page: &Page| rendered(page, io::stdout().is_terminal()),
        Format::Markdown if is_ascii_requested() => report::markdown_in_ascii,
        Format::Markdown => report::markdown,
    };
    pages.iter().try_for_each(|page| {
        let next = page.next.as_ref().map(|next| of_machine(next, MACHINE.get().map(String::as_str)));
        text(&draw(&Page { next, ..page.clone() }))
    })
}

/// The verbs that take --machine.
const OF_MACHINES: [&str; 7] = ["answer", "compare", "export", "list", "report", "show", "trend"];

/// What to do next, with the machine that was asked for in each command that takes it.
fn of_machine(next: &str, machine: Option<&str>) -> String {
    let Some(key) = machine else { return next.to_owned() };
    let command = |part: &str| {
        let verb = part.strip_prefix("parcost ").and_then(|rest| rest.split(' ').next());
        let takes = verb.is_some_and(|verb| OF_MACHINES.contains(&verb));
        if takes { format!("{part} --machine {key}") } else { part.to_owned() }
    };
    next.split('`').map(command).collect::<Vec<_>>().join("`")
}

fn rendered(page: &Page, is_for_terminal: bool) -> String {
    let width = width();
    let page = &Page { whole: named_width().is_none() && !is_for_terminal, ..page.clone() };
    if is_ascii() { report::terminal_in_ascii(page, width) } else { report::terminal(page, width) }
}

/// The columns that COLUMNS names.
fn named_width() -> Option<usize> {
    std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok())
}

/// Longer lines are hard to read.
const WIDTH_MAX: usize = 120;
/// A table needs as much.
const WIDTH_MIN: usize = 40;

/// The columns to print in: what COLUMNS says, or the terminal; 80 where neither does.
fn width() -> usize {
    let seen = || terminal_size().map(|(Width(columns), _)| usize::from(columns));
    named_width().or_else(seen).filter(|&width| width > 0).unwrap_or(report::TERMINAL_WIDTH).clamp(WIDTH_MIN, WIDTH_MAX)
}

fn to_charset(text: &str) -> String {
    if is_ascii() { report::ascii(text) } else { text.to_owned() }
}

/// Prints the help, or what is wrong with the command line.
pub(super) fn usage(error: &clap::Error) {
    if !is_ascii() {
        let _ = error.print();
    } else if error.use_stderr() {
        let _ = write!(anstream::stderr(), "{}", to_charset(&error.render().ansi().to_string()));
    } else {
        let _ = self::text(&to_charset(&error.render().ansi().to_string()));
    }
}

/// Prints a file unchanged; in a terminal without control characters, since its names may come from anyone.
pub(super) fn bytes(bytes: &[u8]) -> Result<()> {
    let out = std::io::stdout().lock();
    if !out.is_terminal() {
        return finish(out, bytes);
    }
    let lines: Vec<String> = String::from_utf8_lossy(bytes).lines().map(report::plain).collect();
    finish(out, format!("{}\n", lines.join("\n")).as_bytes())
}

pub(super) fn page(page: &Page) -> Result<()> {
    text(&rendered(page, io::stdout().is_terminal()))
}

/// Prints a page to the standard error, where the result is a file.
pub(super) fn aside(page: &Page) {
    let _ = write!(anstream::stderr(), "{}", rendered(page, io::stderr().is_terminal()));
}

pub(super) fn text(text: &str) -> Result<()> {
    finish(anstream::stdout(), text.as_bytes())
}

fn finish(mut out: impl Write, bytes: &[u8]) -> Result<()> {
    printed(out.write_all(bytes).and_then(|()| out.flush()))
}

/// A reader that has seen enough is no error.
fn printed(outcome: io::Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("cannot write to the standard output"),
    }
}

pub(super) fn error(text: &str) {
    let lines: Vec<String> = text.lines().map(report::plain).collect();
    let _ = writeln!(anstream::stderr(), "error: {}", to_charset(&lines.join("\n")));
}

/// An error with its causes; a cause that its effect has named already is not named again.
pub(super) fn causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

pub(super) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "parcost: {}", to_charset(&report::plain(text)));
}

/// Writes a file as [`save_by`] does.
pub(super) fn save(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    save_by(path, force, |mut file| {
        file.write_all(bytes)?;
        Ok(file)
    })
}

/// Says that a file was written where the user asked for it.
pub(super) fn wrote(path: &Path) {
    note(&format!("wrote {}", path.display()));
}

/// Writes a file beside its place, flushes it and moves it there, so that a full disk or a kill leaves what was there;
/// one that exists is replaced by `force` only, and folders that are missing are made. A device stays one, and a link leads
/// where it led.
pub(super) fn save_by(path: &Path, force: bool, write: impl FnOnce(File) -> Result<File>) -> Result<()> {
    let failed = || format!("cannot write {}; is its folder writable, and its disk not full?", path.display());
    // What else fails than the file says itself what it is.
    let explained = |error: Error| if error.is::<io::Error>() { error.context(failed()) } else { error };
    if path.symlink_metadata().is_ok() && !force {
        bail!("{} exists; replace it with --force, or choose another name", path.display());
    }
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let file = OpenOptions::new().write(true).open(path).with_context(failed)?;
        return write(file).map(drop).map_err(explained);
    }
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = place
        .file_name()
        .with_context(|| format!("{} is not the path of a file; name one with --output", path.display()))?;
    place.parent().map_or(Ok(()), fs::create_dir_all).with_context(failed)?;
    let partial = place.with_file_name(format!(".{}.{}.partial", name.display(), std::process::id()));
    let written = File::create(&partial).map_err(Error::from).and_then(write);
    let moved = written.and_then(|file| Ok(file.sync_all().and_then(|()| fs::rename(&partial, &place))?));
    if moved.is_err() {
        let _ = fs::remove_file(&partial);
    }
    moved.map_err(explained)
}

/// The machine that was asked for, set once, before anything is printed.
static MACHINE: OnceLock<String> = OnceLock::new();

pub(super) fn set_machine(key: Option<&String>) {
    key.map(|key| MACHINE.set(key.clone()));
}

/// Set once, before anything is printed.
static ASCII: AtomicBool = AtomicBool::new(false);

pub(super) fn set_ascii(is_ascii: bool) {
    ASCII.store(is_ascii, Ordering::Relaxed);
}

pub(super) fn is_ascii_requested() -> bool {
    ASCII.load(Ordering::Relaxed)
}

/// Whether a terminal gets ASCII: `--ascii` was given, or the locale has nothing else.
pub(super) fn is_ascii() -> bool {
    is_ascii_requested() || !is_utf8(["LC_ALL", "LC_CTYPE", "LANG"].map(|name| std::env::var(name).ok()))
}

/// The first that is set and not empty names the locale. Where none is, as in containers and services, UTF-8 is assumed.
fn is_utf8(names: [Option<String>; 3]) -> bool {
    let named = names.into_iter().flatten().find(|name| !name.is_empty());
    named.is_none_or(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_variable_decides() {
        let cases = [
            (["", "", ""], true),
            (["C", "", "en_GB.UTF-8"], false),
            (["", "POSIX", "en_GB.UTF-8"], false),
            (["", "", "de_DE"], false),
            (["", "", "C.utf8"], true),
            (["en_GB.UTF-8", "C", "C"], true),
        ];
        for (names, expected) in cases {
            assert_eq!(is_utf8(names.map(|name| Some(name.to_owned()))), expected, "{names:?}");
        }
        assert!(is_utf8([None, None, None]));
    }
}
