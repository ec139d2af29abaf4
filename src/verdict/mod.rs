//! What all judges share: verdicts and outcomes, the thresholds, the one value of a round, a run and a commit, attribution
//! to code or machine, the environment diff and the accepted changes.

mod absent;
pub(crate) mod accept;
pub(crate) mod attribution;
pub(crate) mod counts;
pub mod environment;
pub(crate) mod external;
mod outcome;
pub mod policy;
pub(crate) mod ratio;
mod reason;
pub(crate) mod references;
pub(crate) mod rules;
mod sessions;
pub mod value;

pub use absent::{
    Absent, Reason, Value, ValueOrReason, absence, combine, find_value, function_of, measurement, of_one_kind,
    recorded, value_of,
};
pub use accept::{Claim, NotAccepted, Stale, accepted, instead, not_accepted, stale};
pub use attribution::{Attribution, AttributionReason, Binaries, Control, Controls, MachineEvidence};
pub use environment::EnvironmentChange;
pub use outcome::{Outcome, Verdict};
pub use policy::Figure;
pub use ratio::{find_range, find_ratio, ratio_of};
pub use reason::{CodedReason, FewInstructions, InconclusiveReason, InvalidReason, VerdictReason};
pub use references::{ReferenceWorkload, reference_workloads};
pub use rules::{COMMIT_DIGITS_MIN, Limit, Measured, Rule, Rules, rules};
pub use sessions::{SESSIONS_MAX, Sessions, reach_of, session_reaches};

#[cfg(test)]
pub(crate) mod fixture;
