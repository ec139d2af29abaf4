//! Many runs as one HTML file that needs nothing but itself: no network, and no script to be read.
//!
//! Drawings are plain SVG whose places are per cent, so that a page of any width shows them; a small script of our own
//! adds reading under the pointer, search and filters. Texts reach the file through templates only, which escape all of
//! them, and the page's policy lets nothing but our own style and script work.

mod changes;
mod curve;
mod curves;
mod document;
mod gates;
mod history;
mod ladder;
mod machines;
mod overview;
mod packed;
mod path;
mod policy;
mod scale;
mod view;

pub use document::{Stored, html};

#[cfg(test)]
mod tests;
