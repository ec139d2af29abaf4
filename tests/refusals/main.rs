//! Everything that has to be refused is, each with its own message; and the rows of those verbs that judge, read or write
//! what is stored: `gate --from`, `selftest --from`, `trend`, `import` and `export`.

mod evidence;
mod file;
mod index;
mod interchange;
#[path = "../stored/mod.rs"]
mod stored;
mod trends;

use index::{ELSEWHERE, REFUSALS};
use stored::Folder;
use stored::program::ended;

/// What is refused, by which arguments and with which exit code; what is done to the folder before, and pieces of what is said.
struct Row {
    refusal: &'static str,
    arguments: &'static [&'static str],
    code: i32,
    spoil: fn(&Folder),
    pieces: &'static [&'static str],
}

const fn row(refusal: &'static str, arguments: &'static [&'static str], code: i32) -> Row {
    Row { refusal, arguments, code, spoil: |_| {}, pieces: &[] }
}

impl Row {
    const fn by(self, spoil: fn(&Folder)) -> Self {
        Self { spoil, ..self }
    }

    const fn says(self, pieces: &'static [&'static str]) -> Self {
        Self { pieces, ..self }
    }
}

/// The rows of all tables here.
fn rows() -> impl Iterator<Item = &'static Row> {
    [evidence::ROWS, trends::ROWS, interchange::ROWS].into_iter().flatten()
}

#[test]
fn every_row_is_refused_with_its_own_message() {
    let mut wrong = Vec::new();
    for Row { refusal, arguments, code, spoil, pieces } in rows() {
        let folder = Folder::new();
        spoil(&folder);
        let (ended, text) = ended(folder.top.path(), arguments);
        let absent: Vec<_> = pieces.iter().filter(|piece| !text.contains(**piece)).collect();
        if ended != *code || !absent.is_empty() {
            wrong.push(format!("{refusal}, {arguments:?}: {ended} for {code}, without {absent:?}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_refusal_has_a_row() {
    for refusal in REFUSALS {
        let here = rows().any(|row| row.refusal == refusal);
        assert!(here || ELSEWHERE.iter().any(|row| row.0 == refusal), "{refusal}");
    }
    let named = rows().map(|row| row.refusal).chain(ELSEWHERE.iter().map(|row| row.0));
    for refusal in named {
        assert!(REFUSALS.contains(&refusal), "{refusal} is not among what has to be refused");
    }
    for (refusal, verb, source, row) in ELSEWHERE {
        assert!(source.contains(row), "{refusal} by {verb}: there is no row `{row}`");
    }
}
