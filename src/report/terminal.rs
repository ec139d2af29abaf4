//! A page for a terminal: one line a row where there is room, colour only beside words that say the same.

use anstyle::{AnsiColor, Style};

use super::ascii;
use super::escape::plain;
use super::page::{Cell, Column, FACTOR, NoteKind, Page, Section, Spare, Status, Table};
use super::plot::{self, Plot};
use super::widths::{GAP, columns, cut, least_width, named_width, whole_width, widths, wrapped};

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
    // The texts are in ASCII before they are drawn; what is left are lines, sign for sign.
    ascii::ascii(&terminal(&ascii::page(page), width))
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

/// The table without the spare columns that it has no room for, the last ones first; those of one name go together, and
/// all that a table leaves out only where it is too wide.
fn narrowed(table: &Table, width: usize) -> Table {
    let mut table = table.clone();
    for (spare, needed) in [(Spare::Lines, whole_width as fn(&Table) -> usize), (Spare::Width, least_width)] {
        let is_spare = |column: &&Column| column.spare == Some(spare);
        while needed(&table) > width
            && let Some(name) = table.columns.iter().rfind(is_spare).map(|column| column.name.clone())
        {
            let kept: Vec<bool> =
                table.columns.iter().map(|it| !is_spare(&it) || spare == Spare::Lines && it.name != name).collect();
            retain(&mut table.columns, &kept);
            table.rows.iter_mut().for_each(|cells| retain(cells, &kept));
        }
    }
    table
}

fn retain<T>(items: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    items.retain(|_| kept.next().is_none_or(|kept| *kept));
}

fn drawn(table: &Table, width: usize, whole: bool) -> String {
    let table = &if whole { table.clone() } else { narrowed(table, width) };
    let room = if whole { named_width(table).max(width) } else { width };
    let widths = widths(table, room);
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
        let cells = cells.iter().zip(&widths).enumerate().map(|(index, (cell, &width))| {
            status = status_of(cell).or(status);
            if index == 0 && !fits(cell, width) {
                // What the row is called has a line of its own.
                lines(cell, room, true).iter().for_each(|line| text.push_str(&format!("{line}\n")));
                return (Vec::new(), Style::new());
            }
            (lines(cell, width, index == last), style_of(cell, status))
        });
        let cells = cells.collect();
        text.push_str(&row(cells, table, &widths));
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

/// A text that is wrapped into more lines beside its row is easier to read above it.
const LABEL_LINES_MAX: usize = 2;

/// Whether what a row is called stands well beside it: a name in one line, a text in few, with no word cut.
fn fits(cell: &Cell, width: usize) -> bool {
    let text = plain(&cell.printed());
    match cell {
        Cell::Name(_) => columns(&text) <= width,
        Cell::Text(_) => {
            let lines = wrapped(&text, width, 0);
            lines.len() <= LABEL_LINES_MAX && lines.iter().all(|line| columns(line) <= width)
        }
        _ => true,
    }
}

fn lines(cell: &Cell, width: usize, is_last: bool) -> Vec<String> {
    let text = plain(&cell.printed());
    if let Cell::Name(_) = cell {
        return cut(&text, width);
    }
    // A command that is wider than its column goes beyond it where nothing stands beside it, so that it can be copied;
    // else it goes on in the next line.
    let lines = wrapped(&text, width, 0).into_iter().flat_map(|line| match columns(&line) > width {
        true if is_last && line.contains('`') => vec![line],
        true => wrapped(&line.replace('`', ""), width, 0).iter().flat_map(|line| cut(line, width)).collect(),
        false => vec![line],
    });
    lines.filter(|line| !line.is_empty()).collect()
}

/// A verdict colours its row's changes and ratios, too.
fn style_of(cell: &Cell, row: Option<Status>) -> Style {
    match cell {
        Cell::Verdict { status, .. } => style_of_status(*status),
        Cell::Absent(_) => style_of_status(Status::Unsure),
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
        NoteKind::Inconclusive | NoteKind::NotMeasured | NoteKind::OtherForm | NoteKind::Changed => AnsiColor::Yellow,
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
