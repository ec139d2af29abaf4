//! Moments at which a machine was not itself, told by its calibrators.

use std::collections::BTreeSet;

use super::findings::metric;
use super::ledger::SeriesKey;
use super::series::{Observed, Series};
use crate::stats;
use crate::verdict::attribution;

/// A calibrator beyond this factor of what it was before and after is out of range: what it times never changes, and no
/// machine that is itself takes twice as long for it, or half.
pub(crate) const PACE_FACTOR_MAX: f64 = 2.0;
/// Observations on either side that say what a calibrator takes: few enough to be of the same machine.
const REACH: usize = 5;
/// And the least of them: one alone may be what is wrong.
const REACH_MIN: usize = 3;

/// The topics and commits at which a calibrator was out of range for a moment.
///
/// A machine that stays otherwise is no moment: then the observations after it agree. So the newest ones are not told before
/// others have followed.
pub(super) fn out_of_range(series: &[Series]) -> BTreeSet<(String, usize)> {
    let calibrators = series.iter().filter(|series| matches!(series.key, SeriesKey::Calibrator { .. }));
    let strange = calibrators.flat_map(|series| {
        let places = (0..series.observed.len()).filter(|&place| is_strange(&series.observed, place));
        places.map(|place| (series.topic.clone(), series.observed[place].commit))
    });
    strange.collect()
}

/// Whether the pace of the machine is in the values of a series: counts are the same however fast it is.
pub(super) fn is_paced(series: &Series) -> bool {
    metric(series).is_none_or(attribution::is_paced)
}

fn is_strange(observed: &[Observed], place: usize) -> bool {
    let (before, after) = (&observed[place.saturating_sub(REACH)..place], &observed[place + 1..]);
    let value = observed[place].value;
    [before, &after[..after.len().min(REACH)]].iter().all(|side| {
        let values: Vec<f64> = side.iter().map(|observed| observed.value).collect();
        let usual = stats::median(&values).filter(|_| values.len() >= REACH_MIN);
        usual.is_some_and(|usual| value > usual * PACE_FACTOR_MAX || value * PACE_FACTOR_MAX < usual)
    })
}
