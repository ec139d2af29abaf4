//! How names are shortened wherever they are printed.

/// Digits of a hash that distinguish it.
const DIGITS: usize = 12;

/// A commit's id or another hash, as people write it.
pub fn short(hash: &str) -> String {
    hash.chars().take(DIGITS).collect()
}

/// The first `most` of some names, and the number of the others: `a, b and 3 more`.
pub fn some_of(names: &[impl AsRef<str>], most: usize) -> String {
    let some = names.iter().take(most).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => some,
        more => format!("{some} and {more} more"),
    }
}
