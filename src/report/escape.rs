//! Makes outside text harmless in the place where it is printed.

use std::io::{self, Write};

use serde::Serialize;

/// Text in which nothing moves a cursor, changes a colour or turns the direction of reading.
///
/// White space becomes a plain space, every other control character and every mark that reorders text the sign for an
/// unreadable character.
pub fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        c if steers(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(plain).collect()
}

/// True for characters that act on their surroundings in the place of being seen.
pub(super) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text with what `escape` makes of its characters; those of which it makes nothing stay as they are.
pub(super) fn replaced(text: &str, escape: impl Fn(char) -> Option<String>) -> String {
    let mut replaced = String::with_capacity(text.len());
    for c in text.chars() {
        match escape(c) {
            Some(escape) => replaced.push_str(&escape),
            None => replaced.push(c),
        }
    }
    replaced
}

/// A character as JSON and scripts can write it.
pub(super) fn in_hex(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// Markdown that shows the text as it is: no markup, HTML, link, mention or reference comes of it.
pub(super) fn markdown(text: &str) -> String {
    let escaped = replaced(&plain(text), |c| match c {
        '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => Some(format!("\\{c}")),
        // A forge links these by itself, also where they are escaped; an empty character between stops it.
        '@' | '#' => Some(format!("{c}\u{200b}")),
        _ => entity(c),
    });
    let escaped = escaped.replace("://", ":\u{200b}//").replace("www.", "www\u{200b}.");
    let escaped = escaped.replace("GH-", "GH\u{200b}-").replace("gh-", "gh\u{200b}-");
    // A list, heading or quotation begins at the start of a line only.
    match escaped.chars().next() {
        Some('-' | '+' | '=' | '0'..='9') if !escaped.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("\\{escaped}")
        }
        _ => escaped,
    }
}

/// Markdown of a sentence, in which what stands between two backticks is a code span and all else is shown as it is.
pub(super) fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let part = |(index, part): (usize, &&str)| if index % 2 == 1 { code(part) } else { markdown(part) };
    // A backtick without another is shown.
    if parts.len().is_multiple_of(2) { markdown(text) } else { parts.iter().enumerate().map(part).collect() }
}

pub(super) fn entity(c: char) -> Option<String> {
    let names = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;")];
    names.into_iter().find(|(mark, _)| *mark == c).map(|(_, name)| name.to_owned())
}

/// HTML that shows the text as it is, between tags and in a quoted attribute alike.
pub(super) fn html(text: &str) -> String {
    replaced(&plain(text), |c| match c {
        '"' => Some("&quot;".to_owned()),
        '\'' => Some("&#39;".to_owned()),
        _ => entity(c),
    })
}

/// Text in a code span of a cell of a table.
pub(super) fn code_in_table(text: &str) -> String {
    // A stroke ends a cell even in a code span, unless a backslash is before it; two of these are one that is meant, so
    // that one in the text is kept apart.
    code(&text.replace("\\|", "\\\u{200b}|").replace('|', "\\|"))
}

pub(super) fn code(text: &str) -> String {
    let text = plain(text);
    if text.trim().is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Writes data as indented JSON, piece by piece; numbers that are not finite become `null`.
///
/// Characters that would steer a terminal are escaped, since JSON is looked at in terminals, too, and with `is_ascii` all that
/// are not ASCII.
///
/// Fails where it cannot be written.
pub fn write_json<T: Serialize>(out: impl Write, value: &T, is_ascii: bool) -> io::Result<()> {
    let mut pieces = Pieces { out, is_ascii };
    serde_json::to_writer_pretty(&mut pieces, value)?;
    pieces.write_all(b"\n")
}

/// What writes JSON comes here with whole characters.
struct Pieces<W> {
    out: W,
    is_ascii: bool,
}

impl<W: Write> Write for Pieces<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let is_plain = |byte: &u8| *byte == b'\n' || (b' '..=b'~').contains(byte);
        if piece.iter().all(is_plain) {
            return self.out.write_all(piece).map(|()| piece.len());
        }
        let text = str::from_utf8(piece).map_err(io::Error::other)?;
        let is_escaped = |c| steers(c) && c != '\n' || self.is_ascii && !c.is_ascii();
        let text = replaced(text, |c| is_escaped(c).then(|| in_hex(c)));
        self.out.write_all(text.as_bytes()).map(|()| piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(plain("a\u{1b}[31m\nb\u{9b}0m\u{202e}c"), "a\u{fffd}[31m b\u{fffd}0m\u{fffd}c");
    }

    #[test]
    fn markup_is_shown_as_it_is() {
        assert_eq!(markdown("<b>*a*|`x`"), "&lt;b&gt;\\*a\\*\\|\\`x\\`");
        assert_eq!(markdown("- [a](b)"), "\\- \\[a\\](b)");
        assert_eq!(sentence("*a* `x_y` b"), "\\*a\\* `x_y` b");
        assert_eq!(sentence("a `x_y` b`"), markdown("a `x_y` b`"));
        assert_eq!(markdown("@me https://a.b"), "@\u{200b}me https:\u{200b}//a.b");
    }

    #[test]
    fn a_code_span_cannot_be_left() {
        assert_eq!(code("spawn/thread"), "`spawn/thread`");
        assert_eq!(code("a``b|c"), "``` a``b|c ```");
        assert_eq!(code_in_table("a``b|c"), "``` a``b\\|c ```");
        assert_eq!(code_in_table(r"a\|@b"), "`a\\\u{200b}\\|@b`");
        assert_eq!(code(" "), "");
    }

    fn json(text: &str, is_ascii: bool) -> String {
        let mut written = Vec::new();
        write_json(&mut written, &[text], is_ascii).unwrap();
        String::from_utf8(written).unwrap()
    }

    #[test]
    fn json_steers_nothing_and_in_ascii_says_the_same() {
        assert_eq!(json("a\n\u{9b}b\u{202e}µ", false), "[\n  \"a\\n\\u009bb\\u202eµ\"\n]\n");
        assert_eq!(json("µ\u{1f980}", true), "[\n  \"\\u00b5\\ud83e\\udd80\"\n]\n");
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_json(text in any::<String>()) {
            for is_ascii in [false, true] {
                let json = json(&text, is_ascii);
                prop_assert!(!json.replace('\n', "").chars().any(|c| steers(c) || is_ascii && !c.is_ascii()), "{json:?}");
                prop_assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text.as_str()]);
            }
        }

        #[test]
        fn any_text_is_one_harmless_line(text in any::<String>()) {
            for escaped in [plain(&text), markdown(&text), sentence(&text), code(&text), code_in_table(&text), html(&text)] {
                prop_assert!(!escaped.chars().any(steers), "{escaped:?}");
            }
            prop_assert!(!markdown(&text).contains('<'));
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
        }
    }
}
