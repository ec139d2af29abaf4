//! How names are shortened wherever they are printed.

/// Digits of a hash that distinguish it.
const DIGITS: usize = 12;

/// A commit's id or another hash, as people write it.
pub fn short(hash: &str) -> String {
    hash.chars().take(DIGITS).collect()
}

/// `one, two and 3 more`.
pub fn few<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let few: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(most) {
        0 => few.join(", "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}
