//! Every question to git, and everything that git is asked to do.
//!
//! Questions take no lock and write no index. Of what changes a repository there are two things: work trees for the
//! revisions that are compared, and the branch of results.

mod address;
mod command;
mod commit;
mod commit_order;
mod error;
mod file_changes;
mod repository;
mod results_branch;

pub use address::web_address;
pub use commit::{commit, resolve};
pub use commit_order::{commit_order, order_of_all_commits};
pub use error::Error;
pub use file_changes::{ChangedFile, FileChange, file_history};
pub use repository::{Checkout, Repository, Revision};
pub use results_branch::{Branch, Entry};
