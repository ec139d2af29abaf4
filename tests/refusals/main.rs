//! Everything that has to be refused is, each with its own message; and the rows of those verbs that judge, read or write
//! what is stored: `gate --from`, `selftest --from`, `trend`, `import` and `export`.

mod evidence;
mod file;
mod index;
mod interchange;
#[path = "../stored/mod.rs"]
mod stored;
mod trends;

use std::path::Path;

use assert_cmd::Command;
use index::{ELSEWHERE, REFUSALS};
use stored::Folder;

/// What is refused, by which arguments, what is done to the folder before, the exit code, and pieces of what is said.
type Row = (&'static str, &'static [&'static str], fn(&Folder), i32, &'static [&'static str]);

/// The rows of all tables here.
fn rows() -> impl Iterator<Item = &'static Row> {
    [evidence::ROWS, trends::ROWS, interchange::ROWS].into_iter().flatten()
}

/// What `parcost` says, with one space wherever its lines are broken, and how it ends.
fn told(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut parcost = Command::new(env!("CARGO_BIN_EXE_parcost"));
    parcost.current_dir(folder).env_remove("CARGO_TARGET_DIR").env("GIT_CEILING_DIRECTORIES", folder);
    let output = parcost.args(arguments).output().expect("the program was built with the test");
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("all we print is UTF-8")).concat();
    (output.status.code().expect("it ends by itself"), text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn every_row_is_refused_with_its_own_message() {
    let mut wrong = Vec::new();
    for (refusal, arguments, spoil, code, pieces) in rows() {
        let folder = Folder::new();
        spoil(&folder);
        let (ended, text) = told(folder.top.path(), arguments);
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
        let here = rows().any(|row| row.0 == refusal);
        assert!(here || ELSEWHERE.iter().any(|row| row.0 == refusal), "{refusal}");
    }
    let named = rows().map(|row| row.0).chain(ELSEWHERE.iter().map(|row| row.0));
    for refusal in named {
        assert!(REFUSALS.contains(&refusal), "{refusal} is not among what has to be refused");
    }
    for (refusal, verb, source, row) in ELSEWHERE {
        assert!(source.contains(row), "{refusal} by {verb}: there is no row `{row}`");
    }
}
