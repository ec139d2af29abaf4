//! A page as GitHub-flavoured Markdown, for a comment or a file.

use super::ascii;
use super::escape::{code, markdown as escaped};
use super::page::{Cell, Page, Section, Table};
use super::plot::{self, Plot};

/// The page as Markdown; no name or reason in it can add markup, a link or a mention.
pub fn markdown(page: &Page) -> String {
    let mut text = format!("## {}\n\n", escaped(&page.title));
    for line in &page.lines {
        text.push_str(&format!("- {}: {}\n", escaped(&line.name), escaped(&line.value)));
    }
    for section in &page.sections {
        text.push_str(&section_text(section));
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
    let mut text = format!("\n### {}\n", escaped(&section.heading));
    if let Some(sentences) = &section.text {
        text.push_str(&format!("\n{}\n", escaped(sentences)));
    }
    if let Some(table) = section.table.as_ref().filter(|table| !table.rows.is_empty()) {
        text.push_str(&format!("\n{}", drawn(table)));
    }
    if let Some(plot) = &section.plot {
        text.push_str(&plotted(plot));
    }
    if !section.notes.is_empty() {
        text.push('\n');
    }
    for note in &section.notes {
        let subjects: Vec<String> = note.subjects.iter().map(|subject| code(subject)).collect();
        text.push_str(&format!("- **{}**: {}: {}\n", note.kind.word(), subjects.join(", "), escaped(&note.text)));
    }
    text
}

fn drawn(table: &Table) -> String {
    let names = table.columns.iter().map(|column| escaped(&column.name));
    let mut text = row(names) + &rules(table);
    for cells in &table.rows {
        text.push_str(&row(cells.iter().map(cell)));
    }
    text
}

pub(super) fn rules(table: &Table) -> String {
    row(table.columns.iter().map(|column| if column.numeric { "---:" } else { "---" }.to_owned()))
}

pub(super) fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Name(name) => code(name),
        Cell::Inconclusive(_) | Cell::NotMeasured(_) => format!("*{}*", cell.printed()),
        Cell::Text(_) | Cell::Number { .. } | Cell::Numbers { .. } | Cell::Series { .. } | Cell::Verdict { .. } => {
            escaped(&cell.printed())
        }
    }
}
