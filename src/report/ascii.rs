//! The forms for places where nothing but ASCII can be shown.

use super::comment::{Comment, Piece};
use super::escape::replaced;
use super::page::{Cell, Page, Section};
use super::plot::Plot;

/// Text in ASCII: signs of ours become signs that look or read alike, every other character `\u{…}` with its number in
/// hexadecimal digits, so that two names that differ never become one.
pub fn ascii(text: &str) -> String {
    let number = |c: char| (!c.is_ascii()).then(|| format!("\\u{{{:x}}}", u32::from(c)));
    replaced(text, |c| sign(c).map(str::to_owned).or_else(|| number(c)))
}

fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '×' => "x",
        '÷' => "/",
        '–' | '—' | '−' | '─' => "-",
        '…' => "...",
        'µ' | 'μ' => "u",
        '≤' => "<=",
        '≥' => ">=",
        '→' => "->",
        '±' => "+-",
        '·' => "-",
        '✗' => "x",
        '●' => "o",
        '◆' => "#",
        '▲' => "^",
        '▼' => "v",
        '✓' => "+",
        '┤' | '│' => "|",
        '╭' | '╮' => ".",
        '╰' | '╯' => "'",
        '\u{a0}' => " ",
        '▁' => "_",
        '▂' => ".",
        '▃' => ":",
        '▄' => "-",
        '▅' => "=",
        '▆' => "+",
        '▇' => "*",
        '█' => "#",
        char::REPLACEMENT_CHARACTER => "?",
        _ => return None,
    })
}

/// The page with all its texts in ASCII, so that what is drawn of it takes the room that it will have.
pub(super) fn page(page: &Page) -> Page {
    let mut page = page.clone();
    page.title = ascii(&page.title);
    for line in &mut page.lines {
        (line.name, line.value) = (ascii(&line.name), ascii(&line.value));
    }
    page.sections = page.sections.iter().map(section).collect();
    page.next = page.next.as_deref().map(ascii);
    page
}

/// Markdown of ASCII texts in ASCII: of what is not, only the empty characters that stop links are left.
pub(super) fn markdown(text: &str) -> String {
    // In a code span, where the first form stands, a reference would be shown as it is written.
    ascii(&text.replace("\\\u{200b}", "\\ ").replace('\u{200b}', "&#8203;"))
}

pub(super) fn comment(comment: &Comment) -> Comment {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => Piece::Text(ascii(text)),
        Piece::Name(name) => Piece::Name(ascii(name)),
        Piece::Block(text) => Piece::Block(text.lines().map(ascii).collect::<Vec<_>>().join("\n")),
        Piece::Link { name, address } => Piece::Link { name: ascii(name), address: address.clone() },
    };
    Comment {
        marker: ascii(&comment.marker),
        heading: comment.heading.iter().map(piece).collect(),
        said: comment.said.iter().map(|said| said.iter().map(piece).collect()).collect(),
        sections: comment.sections.iter().map(section).collect(),
        next: comment.next.iter().map(|(what, command)| (ascii(what), ascii(command))).collect(),
        is_quiet: comment.is_quiet,
    }
}

fn section(section: &Section) -> Section {
    let mut section = section.clone();
    section.heading = ascii(&section.heading);
    section.text = section.text.as_deref().map(ascii);
    if let Some(table) = &mut section.table {
        table.columns.iter_mut().for_each(|column| column.name = ascii(&column.name));
        table.rows.iter_mut().flatten().for_each(|one| *one = cell(one));
    }
    if let Some(Plot { caption, ends, .. }) = &mut section.plot {
        *caption = ascii(caption);
        ends.iter_mut().for_each(|end| *end = ascii(end));
    }
    for note in &mut section.notes {
        note.subjects.iter_mut().for_each(|subject| *subject = ascii(subject));
        note.text = ascii(&note.text);
    }
    section
}

fn cell(cell: &Cell) -> Cell {
    match cell {
        Cell::Name(name) => Cell::Name(ascii(name)),
        Cell::Absent(kind) => Cell::Absent(*kind),
        Cell::Verdict { status, word } => Cell::Verdict { status: *status, word: ascii(word) },
        Cell::Text(_) | Cell::Number { .. } | Cell::Change(_) | Cell::Numbers { .. } | Cell::Series { .. } => {
            Cell::Text(ascii(&cell.printed()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_sign_has_a_form_and_letters_keep_their_number() {
        let cases = [
            ("12.3 µs (12.0–12.9)", "12.3 us (12.0-12.9)"),
            ("a ÷ b ≤ 4.0×…", "a / b <= 4.0x..."),
            ("▁▂▃▄▅▆▇█", "_.:-=+*#"),
            ("naïve/ß", "na\\u{ef}ve/\\u{df}"),
            ("\u{1f980}\u{fffd}", "\\u{1f980}?"),
        ];
        for (text, expected) in cases {
            assert_eq!(ascii(text), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_ascii(text in any::<String>()) {
            prop_assert!(ascii(&text).is_ascii() && markdown(&text).is_ascii());
        }
    }
}
