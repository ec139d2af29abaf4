//! What all judges share: what a change is put down to, what of it is accepted, and what stands where a number is missing.

pub(crate) mod accept;
pub(crate) mod calibrators;
pub mod cause;
pub(crate) mod external;
pub(crate) mod policy;
pub(crate) mod ratio;
pub(crate) mod reading;
pub(crate) mod rules;

pub use accept::{Claim, Stale, accepted, stale};
pub use calibrators::{Calibrator, calibrators};
pub use external::is_foreign;
pub use ratio::ratio;
pub use reading::Reading;
pub use rules::{Limit, Refusal, Rule, rules};

#[cfg(test)]
pub(crate) mod fixture;
