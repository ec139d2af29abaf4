//! Asks the host: what machine this is, what is true of it only now, what built the code, and which commit it is.
//!
//! Nothing here fails a run and nothing here writes: what cannot be read is a [`crate::model::Fact`] with its reason.
//! Everything works unprivileged and inside containers. The host's name, its serial numbers, its users and the kernel's
//! command line are private and never asked for.

mod conditions;
mod control_group;
mod fact;
mod hardware;
mod history;
mod host;
mod key;
mod line;
mod machine;
mod processor;
mod revision;
mod software;
mod toolchain;
mod virtualisation;

pub use conditions::{conditions, stolen};
pub use history::{Change, Deed, History, history};
pub use key::key as machine_key;
pub use line::line;
pub use machine::machine;
pub use revision::{commit, resolve};
pub use toolchain::toolchain;
