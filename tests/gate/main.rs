//! `parcost gate` from end to end, over a small package whose benchmarks make their times up.

#![expect(clippy::unwrap_used, reason = "what prepares a test may stop at the first surprise")]

mod builds;
#[path = "../gated/mod.rs"]
mod gated;
// Runs with more in them are made for other tests.
#[allow(dead_code)]
#[path = "../made/mod.rs"]
mod made;
#[path = "../program/mod.rs"]
mod program;
mod stopping;
mod verdicts;
