//! A page as GitHub-flavoured Markdown, for a comment or a file.

use super::ascii;
use super::escape::{code, code_in_table, entity, markdown as escaped, plain, replaced, sentence};
use super::page::{Cell, Note, Page, Section, Table};
use super::plot::{self, Plot};

/// The page as Markdown; no name or reason in it can add markup, a link or a mention.
pub fn markdown(page: &Page) -> String {
    let mut text = format!("## {}\n\n", escaped(&page.title));
    for line in &page.lines {
        text.push_str(&format!("- {}: {}\n", escaped(&line.name), escaped(&line.value)));
    }
    let (folded, open): (Vec<&Section>, Vec<&Section>) = page.sections.iter().partition(|section| section.folded);
    open.into_iter().for_each(|section| text.push_str(&section_text(section)));
    if !folded.is_empty() {
        let inside: String = folded.into_iter().map(section_text).collect();
        text.push_str(&fold(FOLDED, &inside));
    }
    text
}

/// What is folded away, in the comment and here alike.
pub(super) const FOLDED: &str = "All results, conditions and method";

/// An empty line makes GitHub read what is inside as Markdown; the heading stands before it, and is HTML.
pub(super) fn fold(heading: &str, inside: &str) -> String {
    let mark = |c: char| matches!(c, '@' | '#').then(|| format!("{c}\u{200b}"));
    let html = replaced(&plain(heading), |c| entity(c).or_else(|| mark(c)));
    format!("\n<details><summary>{html}</summary>\n{inside}\n</details>\n")
}

/// A note as an item of a list; the lines of another program are indented, so that nothing in them ends the block.
pub(super) fn item(
    note: &Note,
    named: impl Fn(&str) -> String,
    cut: impl Fn(&str, fn(&str) -> String) -> String,
) -> String {
    let (said, quoted) = note.parts(named, |text| cut(text, sentence));
    let mut text = format!("- **{}**: {said}\n", note.kind.word());
    if !quoted.is_empty() {
        let lines: String = quoted.iter().map(|line| format!("\n      {}", cut(line, plain))).collect();
        text.push_str(&format!("{lines}\n\n"));
    }
    text
}

/// The same in ASCII, for places where nothing else can be shown.
pub fn markdown_in_ascii(page: &Page) -> String {
    ascii::markdown(&markdown(&ascii::page(page)))
}

/// The drawing as text of equal width; nothing in it ends the block.
fn plotted(plot: &Plot) -> String {
    let lines = plot::drawn(plot).join("\n").replace('`', "'");
    format!("\n{}\n\n```text\n{}\n```\n", escaped(&plot.caption), lines)
}

fn section_text(section: &Section) -> String {
    let heading = format!("\n### {}\n", escaped(&section.heading));
    heading + &content(section, usize::MAX, cell, |note| item(note, code, |text, escape| escape(text)))
}

/// What a section says under its heading, of its rows and notes the first, as many as are `kept`.
pub(super) fn content(
    section: &Section,
    kept: usize,
    cell: fn(&Cell) -> String,
    noted: impl Fn(&Note) -> String,
) -> String {
    let mut text = section.text.as_ref().map_or(String::new(), |text| format!("\n{}\n", escaped(text)));
    if let Some(table) = section.table.as_ref().filter(|table| !table.rows.is_empty()) {
        let rows = if kept > 0 { drawn(table, kept, cell) } else { String::new() };
        text.push_str(&format!("\n{rows}{}", count_of_rest(table.rows.len(), kept)));
    }
    text.extend(section.plot.as_ref().map(plotted));
    if !section.notes.is_empty() {
        let notes: String = section.notes.iter().take(kept).map(noted).collect();
        text.push_str(&format!("\n{notes}{}", count_of_rest(section.notes.len(), kept)));
    }
    text
}

fn count_of_rest(all: usize, kept: usize) -> String {
    match all.saturating_sub(kept) {
        0 => String::new(),
        cut => format!("\n{cut} more of {all} do not fit here; the stored run has them all.\n"),
    }
}

/// The heads of a table, and its first rows, as many as are `kept`.
fn drawn(table: &Table, kept: usize, cell: fn(&Cell) -> String) -> String {
    let names = row(table.columns.iter().map(|column| escaped(&column.name)));
    let rules = row(table.columns.iter().map(|column| if column.numeric { "---:" } else { "---" }.to_owned()));
    let rows = table.rows.iter().take(kept).map(|cells| row(cells.iter().map(cell)));
    [names, rules].into_iter().chain(rows).collect()
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Name(name) => code_in_table(name),
        Cell::Absent(_) => format!("*{}*", cell.printed()),
        Cell::Text(_)
        | Cell::Number { .. }
        | Cell::Change(_)
        | Cell::Numbers { .. }
        | Cell::Series { .. }
        | Cell::Verdict { .. } => escaped(&cell.printed()),
    }
}
