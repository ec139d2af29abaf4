//! Files that a user asked for.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Writes a file; one that is there already is replaced only when the user says so.
pub(super) fn save(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already; replace it with --force, or choose another name", path.display());
        }
        file => file.with_context(|| format!("{} cannot be written", path.display()))?,
    };
    file.write_all(bytes).with_context(|| format!("{} cannot be written to the end", path.display()))
}
