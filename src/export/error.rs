//! What keeps a history from being written.

/// The history cannot be written in a format.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {format}: {reason}")]
pub struct Error {
    /// The format's name.
    pub format: &'static str,
    /// What the format cannot store, and what to do.
    pub reason: String,
}
