//! What a host is suitable for, by all checks.

use super::check::{Affects, Check, State};
use crate::model::{FitFor, Fitness};

/// What the numbers of a host with these checks are good for.
///
/// A check that could not be made counts as one that affects times: nothing shows that they hold, and nothing that ratios
/// do not. What does not exist on a machine affects nothing.
pub fn fitness(checks: &[Check]) -> Fitness {
    let mut warnings: Vec<(Affects, String)> = checks
        .iter()
        .filter(|check| check.affects >= Affects::Timing)
        .filter_map(|check| match check.state {
            State::Warning => Some((check.affects, format!("{}: {}", check.name, check.found))),
            State::Unknown => Some((Affects::Timing, format!("{} is unknown: {}", check.name, check.found))),
            State::Fine | State::NotApplicable => None,
        })
        .collect();
    // Stable: within one impact the order of the checks remains.
    warnings.sort_by_key(|(affects, _)| std::cmp::Reverse(*affects));
    let fit_for = match warnings.first() {
        Some((Affects::Ratios, _)) => FitFor::CountsOnly,
        Some(_) => FitFor::RatiosOnly,
        None => FitFor::Timing,
    };
    Fitness { fit_for, reasons: warnings.into_iter().map(|(_, reason)| reason).collect() }
}
