//! How wide the columns of a table are in a terminal.

use super::page::{Cell, Table};

pub(super) const GAP: usize = 2;
/// A longer word may be broken anywhere: a filter, a path.
const WORD_MAX: usize = 20;

/// What a column needs and what it would like.
struct Wish {
    width: usize,
    /// So that nothing is broken.
    whole: usize,
    numeric: bool,
}

/// Widths for the columns of a table, which with the gaps between them fit `room`.
///
/// First no word is broken, then no number from its interval, and the rest of the room goes to the columns whose
/// texts take the most lines.
pub(super) fn widths(table: &Table, room: usize) -> Vec<usize> {
    let mut wishes: Vec<Wish> = (0..table.columns.len()).map(|index| wish(table, index)).collect();
    let room = room.saturating_sub(GAP * wishes.len().saturating_sub(1));
    let used = |wishes: &[Wish]| wishes.iter().map(|wish| wish.width).sum::<usize>();
    while used(&wishes) > room {
        match wishes.iter_mut().max_by_key(|wish| wish.width) {
            Some(widest) if widest.width > 1 => widest.width -= 1,
            _ => break,
        }
    }
    for numeric in [true, false] {
        while used(&wishes) < room {
            let lines = |wish: &Wish| (wish.whole * 100).div_ceil(wish.width);
            let narrow = wishes.iter_mut().filter(|wish| wish.numeric == numeric && wish.width < wish.whole);
            match narrow.max_by_key(|wish| lines(wish)) {
                Some(wish) => wish.width += 1,
                None => break,
            }
        }
    }
    wishes.into_iter().map(|wish| wish.width).collect()
}

fn wish(table: &Table, index: usize) -> Wish {
    let column = &table.columns[index];
    let (mut width, mut whole) = (longest(column.name.split_whitespace()), 0);
    for cell in table.rows.iter().filter_map(|row| row.get(index)) {
        let printed = cell.printed();
        whole = whole.max(printed.chars().count());
        width = width.max(match cell {
            Cell::Name(name) => longest(name.split('/')),
            Cell::Inconclusive(_) | Cell::NotMeasured(_) | Cell::Series { .. } | Cell::Verdict { .. } => {
                printed.chars().count()
            }
            Cell::Text(_) | Cell::Number { .. } | Cell::Numbers { .. } => longest(printed.split_whitespace()),
        });
    }
    Wish { width: width.max(1), whole: whole.max(width), numeric: column.numeric }
}

fn longest<'a>(words: impl Iterator<Item = &'a str>) -> usize {
    words.map(|word| word.chars().count()).filter(|&length| length <= WORD_MAX).max().unwrap_or(0)
}
