//! A page for a terminal: one line a row where there is room, colour only beside words that say the same.

use std::collections::BTreeSet;

use anstyle::{AnsiColor, Style};

use super::ascii;
use super::escape::plain;
use super::page::{Cell, FACTOR, NoteKind, Page, Section, Status, Table};
use super::plot::{self, Plot};
use super::widths::{GAP, columns, cut, named_width, shortened, whole_width, widths, wrapped};

/// The width of a terminal that does not say how wide it is.
pub const TERMINAL_WIDTH: usize = 80;
const HEADING: Style = Style::new().bold();

/// The page as text of `width` columns with colours; who prints it takes them away where there is no terminal.
pub fn terminal(page: &Page, width: usize) -> String {
    let mut text = paragraph("", &plain(&page.title), 2, width, HEADING);
    let names = page.lines.iter().map(|line| columns(&plain(&line.name))).max().unwrap_or(0);
    for line in &page.lines {
        let name = plain(&line.name);
        let first = format!("{name}{}  ", " ".repeat(names - columns(&name)));
        let sign = line.status.map_or(String::new(), |status| format!("{} ", status.sign()));
        let value = format!("{sign}{}", plain(&line.value));
        let style = line.status.map_or(Style::new(), style_of_status);
        text.push_str(&paragraph(&first, &value, names + 2, width, style));
    }
    for section in &page.sections {
        text.push('\n');
        text.push_str(&section_text(section, width, page.whole));
    }
    if let Some(next) = &page.next {
        let said = paragraph("next: ", &plain(next), 6, width, Style::new());
        text.push_str(&format!("\n{}", said.replacen("next", &painted(HEADING, "next"), 1)));
    }
    text
}

/// The same in ASCII, for terminals that can show nothing else.
pub fn terminal_in_ascii(page: &Page, width: usize) -> String {
    // The texts are in ASCII before they are drawn; what is left are lines, and where a name is shortened, sign for sign.
    ascii::ascii(&terminal(&ascii::page(page), width).replace('…', "~"))
}

fn section_text(section: &Section, width: usize, whole: bool) -> String {
    let mut text = format!("{}\n", painted(HEADING, &plain(&section.heading)));
    if let Some(sentences) = &section.text {
        text.push_str(&paragraph("", &plain(sentences), 0, width, Style::new()));
    }
    if let Some(table) = section.table.as_ref().filter(|table| !table.rows.is_empty()) {
        text.push_str(&drawn(table, width, whole));
    }
    if let Some(plot) = &section.plot {
        text.push_str(&plotted(plot, width));
    }
    for note in &section.notes {
        let word = note.kind.word();
        let (said, quoted) = note.parts(str::to_owned, str::to_owned);
        let said = paragraph(&format!("{word}: "), &plain(&said), 2, width, Style::new());
        // The word is painted after wrapping, so that colours take no room.
        text.push_str(&said.replacen(word, &painted(style_of_note(note.kind), word), 1));
        // Never wrapped: a rule or a command that is copied has to be the one that is meant.
        quoted.iter().for_each(|line| text.push_str(&format!("{}\n", format!("    {}", plain(line)).trim_end())));
    }
    text
}

fn plotted(plot: &Plot, width: usize) -> String {
    let lines: String = plot::drawn(plot).iter().map(|line| format!("{line}\n")).collect();
    paragraph("", &plain(&plot.caption), 0, width, Style::new()) + &lines
}

/// `first` and `text` in lines of `width` columns, later ones indented.
fn paragraph(first: &str, text: &str, indent: usize, width: usize, style: Style) -> String {
    let lines = wrapped(text, width.saturating_sub(indent), (columns(first)).saturating_sub(indent));
    let lines: Vec<String> = lines.iter().map(|line| painted(style, line)).collect();
    format!("{}\n", format!("{first}{}", lines.join(&format!("\n{}", " ".repeat(indent)))).trim_end())
}

/// The table without the spare columns that it has no room for, the last ones first; those of one name go together.
fn narrowed(table: &Table, width: usize) -> Table {
    let mut table = table.clone();
    while whole_width(&table) > width
        && let Some(name) = table.columns.iter().rfind(|column| column.spare).map(|column| column.name.clone())
    {
        let kept: Vec<bool> = table.columns.iter().map(|column| !column.spare || column.name != name).collect();
        retain(&mut table.columns, &kept);
        table.rows.iter_mut().for_each(|cells| retain(cells, &kept));
    }
    table
}

fn retain<T>(items: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    items.retain(|_| kept.next().is_none_or(|kept| *kept));
}

fn drawn(table: &Table, width: usize, whole: bool) -> String {
    let table = &if whole { table.clone() } else { narrowed(table, width) };
    let widths = widths(table, if whole { named_width(table).max(width) } else { width });
    let alike: Vec<bool> = widths.iter().enumerate().map(|(index, &width)| are_alike(table, index, width)).collect();
    let heads = table.columns.iter().zip(&widths);
    let heads = heads.map(|(column, &width)| (wrapped(&plain(&column.name), width, 0), Style::new())).collect();
    let total = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    let mut text = row(heads, table, &widths) + &format!("{}\n", "─".repeat(total));
    for cells in &table.rows {
        let status_of = |cell: &Cell| match cell {
            Cell::Verdict { status, .. } => Some(*status),
            _ => None,
        };
        // That of the last verdict before it, or else of the first one behind it.
        let mut status = cells.iter().find_map(status_of);
        let last = cells.len().saturating_sub(1);
        let cells = cells.iter().zip(&widths).zip(&alike).enumerate().map(|(index, ((cell, &width), &alike))| {
            status = status_of(cell).or(status);
            (lines(cell, width, alike, index == last), style_of(cell, status))
        });
        text.push_str(&row(cells.collect(), table, &widths));
    }
    text
}

/// The cells of a row side by side; as many lines as the highest of them has.
fn row(cells: Vec<(Vec<String>, Style)>, table: &Table, widths: &[usize]) -> String {
    let mut text = String::new();
    for line in 0..cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0) {
        let mut blank = 0;
        for (((lines, style), column), width) in cells.iter().zip(&table.columns).zip(widths) {
            let part = lines.get(line).map_or("", String::as_str);
            let rest = width.saturating_sub(columns(part));
            let (before, after) = if column.numeric { (rest, 0) } else { (0, rest) };
            if !part.is_empty() {
                text.push_str(&" ".repeat(blank + before));
                text.push_str(&painted(*style, part));
                blank = 0;
            } else {
                blank += before;
            }
            blank += after + GAP;
        }
        text.push('\n');
    }
    text
}

/// Whether names of a column that differ would look the same at this width.
fn are_alike(table: &Table, index: usize, width: usize) -> bool {
    let names = table.rows.iter().filter_map(|row| match row.get(index) {
        Some(Cell::Name(name)) => Some(plain(name)),
        _ => None,
    });
    let names: BTreeSet<String> = names.collect();
    names.iter().map(|name| shortened(name, width)).collect::<BTreeSet<_>>().len() < names.len()
}

fn lines(cell: &Cell, width: usize, alike: bool, is_last: bool) -> Vec<String> {
    let text = plain(&cell.printed());
    match cell {
        Cell::Name(_) if alike => cut(&text, width),
        Cell::Name(_) => vec![shortened(&text, width)],
        // A command that is wider than its column goes beyond it where nothing stands beside it, so that it can be copied;
        // else it goes on in the next line rather than lose its middle.
        _ => wrapped(&text, width, 0)
            .into_iter()
            .flat_map(|line| match columns(&line) > width {
                true if is_last && line.contains('`') => vec![line],
                true => wrapped(&line.replace('`', ""), width, 0).iter().map(|line| shortened(line, width)).collect(),
                false => vec![line],
            })
            .collect(),
    }
}

/// A verdict colours its row's changes and ratios, too.
fn style_of(cell: &Cell, row: Option<Status>) -> Style {
    match cell {
        Cell::Verdict { status, .. } => style_of_status(*status),
        Cell::Inconclusive(_) | Cell::NotMeasured(_) => style_of_status(Status::Unsure),
        Cell::Number { unit, .. } if unit != FACTOR => Style::new(),
        Cell::Number { .. } | Cell::Change(_) => {
            row.filter(|status| *status != Status::Unsure).map_or(Style::new(), style_of_status)
        }
        _ => Style::new(),
    }
}

fn style_of_status(status: Status) -> Style {
    match status {
        Status::Worse => AnsiColor::Red.on_default(),
        Status::Better => AnsiColor::Green.on_default(),
        Status::Even => Style::new(),
        Status::Unsure => AnsiColor::Yellow.on_default(),
        Status::Threads | Status::Less => AnsiColor::Cyan.on_default(),
        Status::Processes | Status::More => AnsiColor::Magenta.on_default(),
    }
}

fn style_of_note(kind: NoteKind) -> Style {
    let colour = match kind {
        NoteKind::Failed | NoteKind::Unusable | NoteKind::Wrong | NoteKind::Invalid | NoteKind::Missing => {
            AnsiColor::Red
        }
        NoteKind::Inconclusive | NoteKind::NotMeasured | NoteKind::Changed => AnsiColor::Yellow,
        NoteKind::Improved => AnsiColor::Green,
        NoteKind::Skipped
        | NoteKind::New
        | NoteKind::Unchanged
        | NoteKind::Accepted
        | NoteKind::Renamed
        | NoteKind::Functions
        | NoteKind::Fix
        | NoteKind::Note => AnsiColor::Cyan,
    };
    colour.on_default()
}

fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
