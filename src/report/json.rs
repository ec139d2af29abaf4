//! A page as JSON, with numbers as they are: unrounded, with their intervals and units.

use super::escape::steers;
use super::page::Page;

/// The page as indented JSON.
///
/// Characters that would steer a terminal are escaped, since JSON is looked at in terminals, too.
pub fn json(page: &Page) -> String {
    let text = serde_json::to_string_pretty(page).expect("a page holds texts and finite numbers only");
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
