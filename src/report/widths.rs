//! How wide the columns of a table are in a terminal, and how a text is fitted to a width.

use unicode_width::UnicodeWidthStr;

use super::escape::plain;
use super::page::{Cell, Table};

pub(super) const GAP: usize = 2;
/// A longer word may be cut into lines: a filter, a path.
const WORD_MAX: usize = 24;
/// A shorter text keeps to one line where that is possible.
const SHORT_MAX: usize = 26;
/// A name is cut to this before a text is wrapped.
const NAME_MIN: usize = 20;
/// Less of a name in a line than this says nothing; the id of a run and a time are as long.
const NAME_LEAST: usize = 16;
/// The same of a word.
const WORD_LEAST: usize = 4;

/// The digits of the shortest id of a commit.
const ID_CHARS_MIN: usize = 7;

/// The columns of the terminal that a text takes.
pub(super) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// What a column needs, at most first.
struct Wish {
    width: usize,
    /// So that its longest words are whole.
    words: usize,
    /// So that nothing is wrapped or cut.
    whole: usize,
    /// Before a word is cut. What a row is called needs no more than its head: it may stand on a line of its own.
    least: usize,
    /// The same where words are cut, but for ids of commits, and the interval of a number stands below it.
    parted: usize,
    head: usize,
    is_name: bool,
    is_number: bool,
}

impl Wish {
    fn is_text(&self) -> bool {
        !self.is_name && !self.is_number
    }
}

fn total(table: &Table, width: impl Fn(Wish) -> usize) -> usize {
    let count = table.columns.len();
    (0..count).map(|index| width(wish(table, index))).sum::<usize>() + GAP * count.saturating_sub(1)
}

/// The width at which nothing of a table is wrapped or cut.
pub(super) fn whole_width(table: &Table) -> usize {
    total(table, |wish| wish.whole)
}

/// The width below which words of a table are cut, or the table is wider than its room.
pub(super) fn least_width(table: &Table) -> usize {
    total(table, |wish| wish.least)
}

/// The width at which no name of a table is cut.
pub(super) fn named_width(table: &Table) -> usize {
    total(table, |wish| if wish.is_name { wish.whole } else { wish.width })
}

/// Widths for the columns of a table, which with the gaps between them fit `room`.
///
/// Numbers and verdicts are whole and short texts keep to one line; then names get what is left, and then long texts.
/// Where that is too much, short texts are wrapped, then names cut, numbers wrapped and long words cut in the end; a
/// number is never cut, even where the table is wider than the room.
pub(super) fn widths(table: &Table, room: usize) -> Vec<usize> {
    let mut wishes: Vec<Wish> = (0..table.columns.len()).map(|index| wish(table, index)).collect();
    let room = room.saturating_sub(GAP * wishes.len().saturating_sub(1));
    let used = |wishes: &[Wish]| wishes.iter().map(|wish| wish.width).sum::<usize>();
    let least: [fn(&Wish) -> usize; 5] = [
        |wish| if wish.is_text() { wish.words } else { wish.width },
        |wish| if wish.is_number { wish.width } else { wish.least },
        |wish| wish.least,
        |wish| if wish.is_text() { wish.parted } else { wish.least },
        |wish| wish.parted,
    ];
    for least in least {
        while used(&wishes) > room {
            match wishes.iter_mut().filter(|wish| wish.width > least(wish)).max_by_key(|wish| wish.width) {
                Some(widest) => widest.width -= 1,
                None => break,
            }
        }
    }
    let wanted: [fn(&Wish) -> usize; 3] =
        [|wish| if wish.is_name { wish.whole } else { 0 }, |wish| wish.whole, |wish| wish.head.max(wish.whole)];
    for wanted in wanted {
        while used(&wishes) < room {
            let lines = |wish: &Wish| (wanted(wish) * 100).div_ceil(wish.width);
            match wishes.iter_mut().filter(|wish| wish.width < wanted(wish)).max_by_key(|wish| lines(wish)) {
                Some(narrow) => narrow.width += 1,
                None => break,
            }
        }
    }
    wishes.into_iter().map(|wish| wish.width).collect()
}

fn wish(table: &Table, index: usize) -> Wish {
    // As it is printed.
    let head = &plain(&table.columns[index].name);
    let longest = |text: &str| words(text).iter().map(|word| columns(word)).max().unwrap_or(0).min(WORD_MAX);
    let (mut words, mut whole) = (longest(head), longest(head));
    let (mut is_name, mut is_number, mut parts) = (false, false, 0);
    for cell in table.rows.iter().filter_map(|row| row.get(index)) {
        let printed = plain(&cell.printed());
        whole = whole.max(columns(&printed));
        match cell {
            Cell::Name(_) => is_name = true,
            Cell::Text(_) | Cell::Numbers { .. } => {
                words = words.max(longest(&printed));
                let ids = printed
                    .split(' ')
                    .filter(|id| id.len() >= ID_CHARS_MIN && id.bytes().all(|it| it.is_ascii_hexdigit()));
                parts = parts.max(ids.map(str::len).max().unwrap_or(0));
            }
            Cell::Number { .. } | Cell::Change(_) => {
                (is_number, words) = (true, words.max(longest(&printed)));
                parts = parts.max(printed.split(' ').map(columns).max().unwrap_or(0));
            }
            Cell::Verdict { .. } if columns(&printed) > SHORT_MAX => words = words.max(longest(&printed)),
            Cell::Absent(_) | Cell::Series { .. } | Cell::Verdict { .. } => {
                (is_number, words) = (true, words.max(columns(&printed)));
                parts = parts.max(words);
            }
        }
    }
    let width = match whole {
        _ if is_number => whole,
        _ if is_name => whole.min(NAME_MIN),
        _ if whole <= SHORT_MAX => whole,
        _ => words,
    };
    let least = match index {
        0 if !is_number => longest(head),
        _ if is_name => NAME_LEAST.min(width),
        _ => words,
    };
    let parted = match is_number {
        true => parts.max(longest(head)).min(least),
        false if is_name => least,
        false => least.min(WORD_LEAST.max(if index > 0 { parts } else { 0 })),
    };
    let [width, words, whole, least, parted] = [width, words, whole, least, parted].map(|columns| columns.max(1));
    Wish { width, words, whole, least, parted, head: columns(head), is_name, is_number }
}

/// A text in lines of `width` columns, of which the first has `taken` less. No number is parted from its unit while there
/// is room for both, and no word or command is broken; one that is longer than a line has a line of its own.
pub(super) fn wrapped(text: &str, width: usize, taken: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = taken;
    let fitting = words(text).into_iter().flat_map(|word| match columns(&word) > width && !is_command(&word) {
        true => word.split(' ').map(str::to_owned).collect(),
        false => vec![word],
    });
    for word in fitting {
        let line = lines.last_mut().expect("there is a first line");
        let gap = usize::from(!line.is_empty());
        if used + gap + columns(&word) > width && !(line.is_empty() && used == 0) {
            used = columns(&word);
            lines.push(word);
        } else {
            used += gap + columns(&word);
            line.push_str(&" ".repeat(gap));
            line.push_str(&word);
        }
    }
    lines
}

/// A name in as many lines as it takes.
pub(super) fn cut(name: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for sign in name.chars() {
        match lines.last_mut() {
            Some(line) if columns(&format!("{line}{sign}")) <= width => line.push(sign),
            _ => lines.push(sign.to_string()),
        }
    }
    lines
}

/// Stands for a space at which no line ends.
const UNBROKEN: char = '\u{a0}';

/// The text such that no number is parted from its unit, wherever its lines end. Commands stay as they are typed.
pub(super) fn with_units(text: &str) -> String {
    let joined = |word: String| match is_command(&word) {
        true => word,
        false => word.replace(' ', &UNBROKEN.to_string()).replace(&format!("{UNBROKEN}("), " ("),
    };
    words(text).into_iter().map(joined).collect::<Vec<_>>().join(" ")
}

/// The parts of a text that stand on one line each: words, numbers with their unit and their interval, and commands, so
/// that each can be copied from one line.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = text.split_ascii_whitespace();
    while let Some(word) = rest.next() {
        let ends = || word.contains('`') || rest.clone().any(|word| word.contains('`'));
        match words.last_mut() {
            Some(last) if is_begun(last) && ends() || is_one(last, word) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Whether a command begins with it and goes on.
fn is_begun(word: &str) -> bool {
    word.trim_start_matches('(').starts_with('`') && !is_command(word)
}

fn is_command(word: &str) -> bool {
    word.trim_start_matches('(').starts_with('`') && word.matches('`').count().is_multiple_of(2)
}

fn is_one(before: &str, word: &str) -> bool {
    let last = before.rsplit(' ').next().unwrap_or(before).trim_start_matches('(');
    let ends_in_number = last.ends_with(|sign: char| sign.is_ascii_digit())
        && last
            .trim_start_matches(['+', '-', '−', '≤', '≥', '<', '>', '×'])
            .starts_with(|sign: char| sign.is_ascii_digit());
    let is_unit = word.starts_with(|sign: char| sign.is_alphabetic() || sign == '%') && columns(word) <= 8;
    let is_interval = word.strip_prefix('(').is_some_and(|rest| {
        let signs = ['+', '-', '−', '≤', '≥'];
        rest.trim_start_matches(signs).starts_with(|sign: char| sign.is_ascii_digit())
            && word.ends_with([')', ',', '.'])
    });
    let is_of_number = before.contains(|sign: char| sign.is_ascii_digit());
    ["≤", "≥", "<", ">", "÷"].contains(&last) || ends_in_number && is_unit || is_of_number && is_interval
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_stays_with_its_unit_and_its_interval() {
        let cases = [
            ("takes 12.3 µs (12.0–12.9) more", vec!["takes", "12.3 µs (12.0–12.9)", "more"]),
            ("(≤ 64.0 B to 122 KiB), 8.68 %.", vec!["(≤ 64.0 B", "to", "122 KiB),", "8.68 %."]),
            ("a thread (or 2)", vec!["a", "thread", "(or", "2)"]),
            ("16 threads ÷ 2", vec!["16 threads", "÷ 2"]),
            ("see `parcost show last` now", vec!["see", "`parcost show last`", "now"]),
            ("a`b: (`trend -x`) or `one more", vec!["a`b:", "(`trend -x`)", "or", "`one", "more"]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected);
        }
    }

    #[test]
    fn a_column_is_as_wide_as_what_is_printed_of_it() {
        let table = Table::of(&["name"], [vec![Cell::name("a\u{1b}\u{202e}\nb\u{1b}\u{1b}")]]);
        assert_eq!(named_width(&table), columns(&plain("a\u{1b}\u{202e}\nb\u{1b}\u{1b}")));
    }

    proptest! {
        #[test]
        fn lines_fit_and_no_word_is_lost(text in "[a-z0-9 µ%()]{0,80}", width in 1..40_usize) {
            let lines = wrapped(&text, width, 0);
            let kept: Vec<&str> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
            prop_assert_eq!(kept, text.split_whitespace().collect::<Vec<_>>());
            prop_assert!(lines.iter().all(|line| columns(line) <= width || !line.contains(' ')));
        }

        #[test]
        fn a_cut_name_is_whole_and_fits(name in any::<String>(), width in 2..40_usize) {
            let lines = cut(&name, width);
            // A single sign may be wider.
            prop_assert!(lines.iter().all(|line| columns(line) <= width || line.chars().count() == 1));
            prop_assert_eq!(lines.concat(), name);
        }
    }
}
