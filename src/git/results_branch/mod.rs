//! A branch of files that are only ever added: the runs of years, apart from the code.
//!
//! Everything is done by git's plumbing, on an index of its own: no work tree is touched, nothing is checked out, and every
//! commit adds files to the one before it. It is pushed without force, so the repository itself decides which of several
//! writers is first; the others fetch its commit and try again. Nothing here can delete or replace a file.

mod branch;
mod pull;
mod push;

pub use branch::Branch;
pub use push::Entry;
