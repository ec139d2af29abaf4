//! Makes facts out of answers: clean text of bounded length, or a reason that a reader can act on.

use std::collections::BTreeMap;
use std::fmt::Display;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::model::Fact;

/// Longest text of a fact, in characters: what a host says is data of strangers and must not swell a stored run.
const CHARACTERS_MAX: usize = 400;

/// An answer of the host, or the fact that says why there is none.
pub(super) type Answer<T> = Result<T, Fact>;

pub(super) fn fact(answer: Answer<impl Display>) -> Fact {
    answer.map_or_else(|absence| absence, value)
}

pub(super) fn value(answer: impl Display) -> Fact {
    Fact::Value(clean(&answer.to_string()))
}

/// It exists or may exist, but cannot be read, because of `reason`.
pub(super) fn unknown(reason: impl Display) -> Fact {
    Fact::Unknown(clean(&reason.to_string()))
}

/// It does not exist on this kind of machine, because of `reason`.
pub(super) fn not_applicable(reason: impl Display) -> Fact {
    Fact::NotApplicable(clean(&reason.to_string()))
}

pub(super) fn facts<const N: usize>(entries: [(&str, Fact); N]) -> BTreeMap<String, Fact> {
    entries.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect()
}

pub(super) fn yes_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// Words with single spaces between them; `none` without any.
pub(super) fn words<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(" ") }
}

pub(super) fn sha256(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// One line without control characters, with single spaces, of bounded length.
fn clean(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let single = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    single.chars().take(CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_host_becomes_one_short_line_without_control_characters() {
        assert_eq!(value("AMD\tEPYC \x1b[31m\n 7763"), Fact::Value("AMD EPYC [31m 7763".to_owned()));
        assert_eq!(value("x".repeat(10_000)).value().map(str::len), Some(CHARACTERS_MAX));
    }
}
