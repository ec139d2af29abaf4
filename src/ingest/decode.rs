//! What a program really wrote, whatever shells, terminals and job logs did to it on the way.

use std::borrow::Cow;

/// The moment that GitHub writes before every line of a job's log: `2025-05-01T10:00:00.1234567Z `.
const LOG_TIME_CHARS: usize = 28;

/// Bytes as UTF-8 without a byte order mark, and a text without colours, log times and numbers that are not JSON; bytes
/// that are not text stay as they are.
pub(super) fn decode(bytes: Vec<u8>) -> Vec<u8> {
    let bytes = utf16(&bytes).map_or(bytes, String::into_bytes);
    let Ok(text) = std::str::from_utf8(&bytes) else { return bytes };
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    // The line above a table that names its delimiter for Excel; an empty one keeps the numbers of lines.
    let bare = ["sep=;", "sep=,", "sep=\t"].iter().find_map(|line| bare.strip_prefix(line)).unwrap_or(bare);
    let first = bare.trim_start();
    let clean = if first.starts_with(['{', '[']) || first.starts_with("window.") {
        without_bare_numbers(bare)
    } else {
        without_log_marks(bare)
    };
    if clean.len() == text.len() { bytes } else { clean.into_owned().into_bytes() }
}

/// UTF-16, by its byte order mark or because every other byte of its beginning is zero: what PowerShell 5 redirects.
fn utf16(bytes: &[u8]) -> Option<String> {
    let is_little = bytes.starts_with(&[0xff, 0xfe]) || matches!(bytes, [a, 0, b, 0, ..] if *a > 0 && *b > 0);
    let is_big = bytes.starts_with(&[0xfe, 0xff]) || matches!(bytes, [0, a, 0, b, ..] if *a > 0 && *b > 0);
    let unit = |pair: &[u8]| {
        let pair = [pair[0], *pair.get(1).unwrap_or(&0)];
        if is_big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    };
    if !(is_little || is_big) {
        return None;
    }
    let units: Vec<u16> = bytes.chunks(2).map(unit).collect();
    String::from_utf16(&units).ok()
}

fn without_log_marks(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') && !text.lines().any(|line| log_line(line).len() < line.len()) {
        return Cow::Borrowed(text);
    }
    let plain = without_escapes(text);
    Cow::Owned(plain.split_inclusive('\n').map(log_line).collect())
}

/// A line without the time that stands before it, and without the names of job and step that `gh` adds.
fn log_line(line: &str) -> &str {
    let rest = line.splitn(3, '\t').nth(2).filter(|rest| is_log_time(rest)).unwrap_or(line);
    let rest = rest.trim_start_matches('\u{feff}');
    let behind = rest.get(LOG_TIME_CHARS..).filter(|behind| behind.starts_with([' ', '\r', '\n']) || behind.is_empty());
    behind.filter(|_| is_log_time(rest)).map_or(line, |behind| behind.trim_start_matches(' '))
}

fn is_log_time(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').as_bytes();
    let shape = b"0000-00-00T00:00:00.0000000Z";
    text.len() >= LOG_TIME_CHARS
        && shape
            .iter()
            .zip(text)
            .all(|(shape, byte)| if *shape == b'0' { byte.is_ascii_digit() } else { shape == byte })
}

/// Leaves out what steers a terminal: `ESC [ … letter` and `ESC ] … BEL`.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            plain.push(c);
            continue;
        }
        match rest.next() {
            Some('[') => drop(rest.find(|c| ('@'..='~').contains(c))),
            Some(']') => drop(rest.find(|c| matches!(c, '\u{7}' | '\u{1b}'))),
            _ => {}
        }
    }
    plain
}

/// JSON in which every bare `nan`, `inf` or number beyond all bounds is null: one of them would cost the whole file.
fn without_bare_numbers(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let (mut clean, mut copied, mut at) = (String::new(), 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at),
            b'-' | b'+' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                let is_part =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'(' | b')');
                let end = bytes[at..].iter().position(|byte| !is_part(byte)).map_or(bytes.len(), |length| at + length);
                if is_beyond_json(&text[at..end]) {
                    clean.push_str(&text[copied..at]);
                    clean.push_str("null");
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(&text[copied..]);
    Cow::Owned(clean)
}

/// Behind the quote that ends the string that begins at `at`.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

fn is_beyond_json(token: &str) -> bool {
    let bare = token.trim_start_matches(['-', '+']).split('(').next().unwrap_or_default().to_ascii_lowercase();
    matches!(bare.as_str(), "nan" | "inf" | "infinity")
        || token.len() > 3 && token.ends_with(|c: char| c.is_ascii_digit()) && token.parse().is_ok_and(f64::is_infinite)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> String {
        String::from_utf8(decode(bytes.to_vec())).unwrap()
    }

    #[test]
    fn reads_what_shells_make_of_a_text() {
        let little: Vec<u8> = "\u{feff}aµ\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}aµ\r\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let without_mark: Vec<u8> = "ab\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&little), "aµ\r\n");
        assert_eq!(decoded(&big), "aµ\r\n");
        assert_eq!(decoded(&without_mark), "ab\r\n");
        assert_eq!(decoded("\u{feff}{}".as_bytes()), "{}");
        assert_eq!(decode(vec![0xc3, 0x28]), [0xc3, 0x28], "not text");
    }

    #[test]
    fn leaves_out_colours_and_the_times_of_a_log() {
        let log = "2025-05-01T10:00:00.1234567Z test \u{1b}[32ma\u{1b}[0m\n2025-05-01T10:00:00.1234568Z   b\nc\n";
        assert_eq!(decoded(log.as_bytes()), "test a\nb\nc\n");
        assert_eq!(decoded(b"job\tstep one\t2025-05-01T10:00:00.1234567Z x\n"), "x\n");
        let table = "time,value\n2025-05-01T10:00:00.1234567Z,1\n";
        assert_eq!(decoded(table.as_bytes()), table);
    }

    #[test]
    fn numbers_that_are_no_json_are_null() {
        let text = r#"{"a nan": nan, "b": [-inf, Infinity, 1e999, -nan(ind), 1e5, true, "x\" NaN"]}"#;
        let clean = r#"{"a nan": null, "b": [null, null, null, null, 1e5, true, "x\" NaN"]}"#;
        assert_eq!(decoded(text.as_bytes()), clean);
        assert_eq!(decoded(b"window.BENCHMARK_DATA = {\"a\":NaN}"), "window.BENCHMARK_DATA = {\"a\":null}");
    }
}
