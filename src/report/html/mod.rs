//! Many runs as one HTML file that needs nothing but itself: no network, and no script to be read.
//!
//! The templates print every answer, finding and number; a small script draws the same numbers, and adds search, filters,
//! zoom and reading under the pointer. Texts reach the file through templates only, which escape all of them, and the
//! page's policy lets nothing but its own style and script work.

mod answer;
mod changes;
mod curves;
mod document;
mod figures;
mod ladder;
mod machines;
mod series;
mod view;

pub use document::{Stored, html};

#[cfg(test)]
mod tests;
