//! Pages, and how they are told: the same page in a terminal, as Markdown and as JSON, and many runs as one HTML file.
//!
//! All text of a page is taken for hostile: names and reasons come from files that anyone may have written, so every
//! renderer escapes everything.

mod comment;
mod escape;
mod html;
mod json;
mod markdown;
mod number;
mod page;
mod pages;
mod terminal;
mod widths;

pub use comment::{COMMENT_BYTES_MAX, Comment, Piece, SUMMARY_BYTES_MAX, comment};
pub use escape::plain;
pub use html::{Stored, html};
pub use json::json;
pub use markdown::markdown;
pub use page::{Cell, Column, Line, Note, NoteKind, Page, Section, Table};
pub use pages::*;
pub use terminal::terminal;

#[cfg(test)]
mod tests;
