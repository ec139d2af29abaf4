//! Answers as JSON, with numbers as they are: unrounded, with their intervals and units.

use serde::Serialize;

use super::escape::{in_hex, replaced, steers};

/// Data as indented JSON; numbers that are not finite become `null`.
///
/// Characters that would steer a terminal are escaped, since JSON is looked at in terminals, too.
pub fn json<T: Serialize>(value: &T) -> String {
    let text = serde_json::to_string_pretty(value).expect("no map has a key but a text");
    replaced(&text, |c| (steers(c) && c != '\n').then(|| in_hex(c))) + "\n"
}
