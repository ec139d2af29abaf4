//! Questions to the host: what machine this is, what is true of it only now, and what built the code.
//!
//! Nothing here fails a run or writes: what cannot be read is a [`crate::model::Fact`] with its reason.
//! Everything works unprivileged and inside containers. The host's name, its serial numbers, its users and the kernel's
//! command line are private and never read.

mod conditions;
mod control_group;
mod fact;
mod hardware;
mod machine;
mod processor;
mod software;
mod system;
mod toolchain;
mod virtualisation;

pub use conditions::{conditions, stolen};
pub use hardware::free_memory;
pub use machine::{key as machine_key, machine};
pub use toolchain::toolchain;
