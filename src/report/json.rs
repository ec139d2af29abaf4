//! Answers as JSON, with numbers as they are: unrounded, with their intervals and units.

use serde::Serialize;

use super::escape::steers;

/// Data as indented JSON; numbers that are not finite become `null`.
///
/// Characters that would steer a terminal are escaped, since JSON is looked at in terminals, too.
pub fn json<T: Serialize>(value: &T) -> String {
    let text = serde_json::to_string_pretty(value).expect("no map has a key but a text");
    let mut escaped = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if steers(c) && c != '\n' {
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    escaped.push('\n');
    escaped
}
