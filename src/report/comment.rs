//! A comment on a pull request, and the summary of a job: the same parts, cut to what the place takes; and pages that are
//! cut to it.
//!
//! What is printed may come from a fork, so nothing in it is believed: it is escaped, cut in length, and never makes a link.
//! Links are made from what the caller knows for sure.

use super::ascii;
use super::escape::{code, code_in_table, markdown as escaped, plain};
use super::markdown::{FOLDED, content, fold, item, markdown};
use super::page::{Cell, Note, Page, Section};
use super::widths::with_units;

/// GitHub takes 65,536 characters in a comment and refuses the rest.
pub const COMMENT_BYTES_MAX: usize = 60_000;
/// GitHub takes 1 MiB in the summary of a step and drops it without a word where it is longer.
pub const SUMMARY_BYTES_MAX: usize = 900 * 1024;

/// A name or a reason longer than this is cut: no honest one is.
const TEXT_MAX: usize = 300;
/// A note about more subjects than this names the first of them and counts the others.
const SUBJECTS_MAX: usize = 20;

/// The last lines of another program's message say why it failed.
const BLOCK_LINES_MAX: usize = 20;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comment {
    /// Text that no reader sees: by it the comment is found again.
    pub marker: String,
    /// The verdict, in a line.
    pub heading: Vec<Piece>,
    /// Sentences under it, each a paragraph.
    pub said: Vec<Vec<Piece>>,
    pub sections: Vec<Section>,
    /// What to do now: commands and texts to copy, each under what it is for.
    pub next: Vec<(String, String)>,
    /// Whether nothing is to be done, so that this is folded with the rest.
    pub is_quiet: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Name(String),
    /// A name that leads to an address; the caller vouches for the address.
    Link {
        name: String,
        address: String,
    },
    /// Lines of another program, as they are.
    Block(String),
}

/// The comment as Markdown, at most `bytes_max` long.
pub fn comment(comment: &Comment, bytes_max: usize) -> String {
    // Every name and reason is short, so that there is room for all headings.
    written(comment, &kept(&comment.sections, bytes_max, |kept| written(comment, kept)))
}

/// The page with as much in it as a comment takes; what is left out is counted.
pub fn fitted(page: &Page) -> Page {
    cut_page(page, &kept(&page.sections, COMMENT_BYTES_MAX, |kept| markdown(&cut_page(page, kept))))
}

/// How many rows or notes of each section are kept for a text of at most `bytes_max`: of what is too long, whole ones at the
/// ends of the longest tables and lists are left out, folded ones first.
fn kept(sections: &[Section], bytes_max: usize, written: impl Fn(&[usize]) -> String) -> Vec<usize> {
    let mut kept: Vec<usize> = sections.iter().map(Section::rows).collect();
    while written(&kept).len() > bytes_max {
        let longest = (0..kept.len()).filter(|&index| kept[index] > 0);
        match longest.max_by_key(|&index| (sections[index].folded, kept[index])) {
            Some(index) => kept[index] = kept[index] * 3 / 4,
            None => break,
        }
    }
    kept
}

fn cut_page(page: &Page, kept: &[usize]) -> Page {
    let mut page = page.clone();
    for (section, &kept) in page.sections.iter_mut().zip(kept) {
        let rows = section.table.as_ref().map_or(0, |table| table.rows.len());
        let left_out = rows.saturating_sub(kept) + section.notes.len().saturating_sub(kept);
        if left_out > 0 {
            section.table.iter_mut().for_each(|table| table.rows.truncate(kept));
            section.notes.truncate(kept);
            let text = section.text.take().map_or(String::new(), |text| format!("{text} "));
            section.text = Some(format!("{text}{left_out} more do not fit here; --all --format terminal prints them."));
        }
    }
    page
}

/// The same in ASCII, for places where nothing else can be shown.
pub fn comment_in_ascii(full: &Comment, bytes_max: usize) -> String {
    // An empty character takes more room in ASCII; there is one for every mark that could make a link.
    let mut room = bytes_max;
    loop {
        let text = ascii::markdown(&comment(&ascii::comment(full), room));
        if text.len() <= bytes_max || room == 0 {
            return text;
        }
        room = room * 3 / 4;
    }
}

fn written(comment: &Comment, kept: &[usize]) -> String {
    let pieces = |sentence: &Vec<Piece>| sentence.iter().map(piece).collect::<String>();
    let mut text = format!("<!-- {} -->\n### {}\n", comment.marker, pieces(&comment.heading));
    comment.said.iter().for_each(|sentence| text.push_str(&format!("\n{}\n", pieces(sentence))));
    let part = |(section, kept): (&Section, &usize)| {
        format!("\n#### {}\n{}", escaped(&section.heading), content(section, *kept, cell, noted))
    };
    let (folded, open): (Vec<_>, Vec<_>) = comment.sections.iter().zip(kept).partition(|(section, _)| section.folded);
    text.extend(open.into_iter().map(part));
    let in_lines = |command: &String| command.lines().map(|line| format!("{}\n", plain(line))).collect::<String>();
    let block = |command: &String| format!("\n```\n{}```\n", in_lines(command));
    let mut rest: String = folded.into_iter().map(part).collect();
    for (what, command) in &comment.next {
        if comment.is_quiet {
            rest.push_str(&format!("\n#### {}\n{}", escaped(what), block(command)));
        } else {
            text.push_str(&fold(what, &block(command)));
        }
    }
    if !rest.is_empty() {
        text.push_str(&fold(FOLDED, &rest));
    }
    text
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => cut(text, escaped),
        Piece::Name(name) => cut(name, code),
        Piece::Link { name, address } => format!("[{}]({address})", cut(name, code)),
        // Indented, so that nothing in it can end it.
        Piece::Block(text) => {
            let lines: Vec<&str> = text.lines().collect();
            let shown = &lines[lines.len().saturating_sub(BLOCK_LINES_MAX)..];
            shown.iter().map(|line| format!("    {}\n", cut(line, plain))).collect()
        }
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Name(name) => cut(name, code_in_table),
        cell => cut(&cell.printed(), |text| escaped(&with_units(text))),
    }
}

fn noted(note: &Note) -> String {
    let short = note.clone().naming(SUBJECTS_MAX);
    let first = short.text.lines().count().saturating_sub(BLOCK_LINES_MAX).max(1);
    let lines: Vec<&str> = short.text.lines().take(1).chain(short.text.lines().skip(first)).collect();
    let text = lines.join("\n");
    item(&Note { text, ..short }, |name| cut(name, code), cut)
}

/// The text, escaped; what is longer than anything honest ends in a sign that says so.
fn cut(text: &str, escape: impl Fn(&str) -> String) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(TEXT_MAX).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    escape(&short)
}
