//! A page for a terminal: 80 columns, colour only beside words that say the same.

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width};

use super::ascii;
use super::escape::plain;
use super::page::{Cell, NoteKind, Page, Section, Status, Table};
use super::plot::{self, Plot};
use super::widths::{GAP, widths};

/// The width that every terminal has.
const COLUMNS: usize = 80;
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
/// How a coloured cell ends.
const COLOUR_END: &str = "\u{1b}[39m";
const HEADING: Style = Style::new().bold();

/// The page as text with colours; who prints it takes them away where there is no terminal.
pub fn terminal(page: &Page) -> String {
    let mut text = format!("{}\n", painted(HEADING, wrapped("", &plain(&page.title), 2).trim_end()));
    let width = page.lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0);
    for line in &page.lines {
        let name = format!("{:width$}  ", plain(&line.name));
        text.push_str(&wrapped(&name, &plain(&line.value), width + 2));
    }
    for section in &page.sections {
        text.push('\n');
        text.push_str(&section_text(section));
    }
    text
}

/// The same in ASCII, for terminals that can show nothing else.
pub fn terminal_in_ascii(page: &Page) -> String {
    // The texts are in ASCII before they are drawn; what is left are lines, sign for sign.
    ascii::ascii(&terminal(&ascii::page(page)))
}

fn plotted(plot: &Plot) -> String {
    let lines: String = plot::drawn(plot).iter().map(|line| format!("{line}\n")).collect();
    wrapped("", &plain(&plot.caption), 0) + &lines
}

fn section_text(section: &Section) -> String {
    let mut text = format!("{}\n", painted(HEADING, &plain(&section.heading)));
    if let Some(sentences) = &section.text {
        text.push_str(&wrapped("", &plain(sentences), 0));
    }
    if let Some(table) = section.table.as_ref().filter(|table| !table.rows.is_empty()) {
        text.push_str(&drawn(table));
    }
    if let Some(plot) = &section.plot {
        text.push_str(&plotted(plot));
    }
    for note in &section.notes {
        let word = note.kind.word();
        let (said, quoted) = note.parts(str::to_owned, str::to_owned);
        let said = wrapped(&format!("{word}: "), &plain(&said), 2);
        // The word is painted after wrapping, so that colours take no room.
        text.push_str(&said.replacen(word, &painted(style_of(note.kind), word), 1));
        quoted.iter().for_each(|line| text.push_str(&wrapped("    ", &plain(line), 4)));
    }
    text
}

fn drawn(table: &Table) -> String {
    let mut drawn = comfy_table::Table::new();
    drawn.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    drawn.set_width(COLUMNS as u16).enforce_styling();
    drawn.set_header(table.columns.iter().map(|column| plain(&column.name)));
    for row in &table.rows {
        drawn.add_row(row.iter().map(cell));
    }
    let last = table.columns.len().saturating_sub(1);
    let widths = widths(table, COLUMNS);
    for (index, (column, drawn)) in table.columns.iter().zip(drawn.column_iter_mut()).enumerate() {
        // One more space stands between two columns by itself.
        let padding = if index < last { GAP - 1 } else { 0 };
        let width = (widths[index] + padding) as u16;
        drawn.set_padding((0, padding as u16)).set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        if column.numeric {
            drawn.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = String::new();
    for line in drawn.lines() {
        // A coloured cell is filled up before its colour ends.
        let line = line.trim_end();
        match line.strip_suffix(COLOUR_END) {
            Some(line) => text.push_str(&format!("{}{COLOUR_END}\n", line.trim_end())),
            None => text.push_str(&format!("{line}\n")),
        }
    }
    text
}

fn cell(cell: &Cell) -> comfy_table::Cell {
    let drawn = comfy_table::Cell::new(plain(&cell.printed()));
    match cell {
        // A benchmark's name is broken where its parts meet.
        Cell::Name(_) => drawn.set_delimiter('/'),
        Cell::Verdict { status: Status::Worse, .. } => drawn.fg(Color::DarkRed),
        Cell::Verdict { status: Status::Better, .. } => drawn.fg(Color::DarkGreen),
        Cell::Verdict { status: Status::Unsure, .. } | Cell::Inconclusive(_) | Cell::NotMeasured(_) => {
            drawn.fg(Color::DarkYellow)
        }
        _ => drawn,
    }
}

fn style_of(kind: NoteKind) -> Style {
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
        | NoteKind::Next
        | NoteKind::Functions
        | NoteKind::Note => AnsiColor::Cyan,
    };
    colour.on_default()
}

fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// `first` and `text` in lines of the terminal's width, later ones indented; a word longer than a line has its own.
fn wrapped(first: &str, text: &str, indent: usize) -> String {
    let mut lines = first.to_owned();
    let mut used = first.chars().count();
    let mut fresh = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !fresh && used + 1 + length > COLUMNS {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            used = indent;
        } else if !fresh {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += length;
        fresh = false;
    }
    format!("{}\n", lines.trim_end())
}
