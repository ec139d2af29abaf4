//! The state of the source that was measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A commit, or that there was none: a source archive is measured too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Commit {
    /// Full hexadecimal id; `None` outside a repository.
    pub id: Option<String>,
    /// Branch checked out; `None` when detached or outside a repository.
    pub branch: Option<String>,
    /// Commit time, RFC 3339 in UTC.
    pub time: Option<String>,
    /// Number of commits reachable from this one: its order on one line of history.
    pub order: Option<u64>,
    /// True when tracked files differed from the commit.
    pub dirty: bool,
    /// SHA-256 of Cargo.lock, hexadecimal.
    pub lock_hash: Option<String>,
    /// SHA-256 over the benchmark binaries and the worker, hexadecimal: same hash, same code under measure.
    pub binaries_hash: Option<String>,
}
