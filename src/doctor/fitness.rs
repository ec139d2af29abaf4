//! The verdict over all checks.

use super::check::{Check, Harm, State};
use crate::model::{FitFor, Fitness};

/// What the numbers of a host with these checks are good for.
///
/// A check that could not be made counts as one that harms times at most: nobody knows that they hold, and nothing
/// says that ratios do not. What does not exist on a machine harms nothing.
pub fn fitness(checks: &[Check]) -> Fitness {
    let mut against: Vec<(Harm, String)> = checks
        .iter()
        .filter(|check| check.harms >= Harm::Timing)
        .filter_map(|check| match check.state {
            State::Poor => Some((check.harms, format!("{}: {}", check.name, check.found))),
            State::Unknown => Some((Harm::Timing, format!("{} is not known: {}", check.name, check.found))),
            State::Fine | State::NotApplicable => None,
        })
        .collect();
    // Stable: within one harm the order of the checks remains.
    against.sort_by_key(|(harm, _)| std::cmp::Reverse(*harm));
    let fit_for = match against.first() {
        Some((Harm::Ratios, _)) => FitFor::CountsOnly,
        Some(_) => FitFor::RatiosOnly,
        None => FitFor::Timing,
    };
    Fitness { fit_for, reasons: against.into_iter().map(|(_, reason)| reason).collect() }
}
