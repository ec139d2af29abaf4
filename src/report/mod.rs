//! Pages, and how they are rendered: the same page in a terminal, as Markdown and as JSON, and many runs as one HTML file.
//!
//! All text of a page is taken for hostile: names and reasons come from files that anyone may have written, so every
//! renderer escapes everything.

mod ascii;
mod badge;
mod comment;
mod escape;
mod html;
mod markdown;
mod number;
mod page;
mod pages;
mod plot;
mod terminal;
mod widths;

pub use ascii::ascii;
pub use badge::badge;
pub use comment::{COMMENT_BYTES_MAX, SUMMARY_BYTES_MAX, comment, comment_in_ascii, fitted};
pub use escape::{plain, write_json};
pub use html::{Stored, html};
pub use markdown::{markdown, markdown_in_ascii};
pub(crate) use number::plural;
pub use page::{Page, Section};
pub use pages::*;
pub use terminal::{TERMINAL_WIDTH, terminal, terminal_in_ascii};

#[cfg(test)]
mod tests;
