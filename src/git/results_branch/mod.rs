//! A branch of files that are only ever added: the runs of years, beside the code and out of its way.
//!
//! Everything is done by git's plumbing, on an index of its own: no work tree is touched, nothing is checked out, and every
//! commit adds files to the one before it. It is pushed without force, so the repository itself decides which of several
//! writers was first; the others fetch what it wrote and try again. Nothing here can delete or replace a file.

mod branch;
mod pull;
mod push;

pub use branch::Branch;
pub use pull::Pulled;
pub use push::{Entry, Pushed};
