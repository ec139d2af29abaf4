//! Which characters the terminal can show.

use std::sync::atomic::{AtomicBool, Ordering};

/// Set once, before anything is printed.
static ASCII: AtomicBool = AtomicBool::new(false);

pub(super) fn set_ascii(is_ascii: bool) {
    ASCII.store(is_ascii, Ordering::Relaxed);
}

pub(super) fn is_ascii_requested() -> bool {
    ASCII.load(Ordering::Relaxed)
}

/// Whether a terminal gets ASCII: `--ascii` was given, or the locale has nothing else.
pub(super) fn is_ascii() -> bool {
    is_ascii_requested() || !is_utf8(["LC_ALL", "LC_CTYPE", "LANG"].map(|name| std::env::var(name).ok()))
}

/// The first that is set and not empty names the locale. Where none is, as in containers and services, UTF-8 is assumed.
fn is_utf8(names: [Option<String>; 3]) -> bool {
    let named = names.into_iter().flatten().find(|name| !name.is_empty());
    named.is_none_or(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_variable_decides() {
        let cases = [
            (["", "", ""], true),
            (["C", "", "en_GB.UTF-8"], false),
            (["", "POSIX", "en_GB.UTF-8"], false),
            (["", "", "de_DE"], false),
            (["", "", "C.utf8"], true),
            (["en_GB.UTF-8", "C", "C"], true),
        ];
        for (names, expected) in cases {
            assert_eq!(is_utf8(names.map(|name| Some(name.to_owned()))), expected, "{names:?}");
        }
        assert!(is_utf8([None, None, None]));
    }
}
