//! Counts what a rule found, missed and made up.

use parcost::rooms::stats;

use crate::data::{Label, Series};
use crate::rules::{Found, Rule};

/// How far the place of an alert may be off a required change, in values.
const REQUIRED_OFF_MAX: usize = 5;
/// The same for a change that may be found or not.
const OPTIONAL_OFF_MAX: usize = 6;
/// Values, the first on the new level included, after which a change counts as missed.
pub(crate) const DELAY_MAX: usize = 20;

/// The account of some series.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) values: usize,
    required: usize,
    false_alarms: usize,
    /// For every change that was found, however late: values seen from the new level, ascending.
    delays: Vec<usize>,
}

impl Tally {
    /// What a rule does on these series.
    pub(crate) fn of<'a>(rule: Rule, series: impl IntoIterator<Item = &'a Series>) -> Self {
        let mut tally = Tally::default();
        for series in series {
            tally.add(&rule(&series.values), &series.labels, series.values.len());
        }
        tally.delays.sort_unstable();
        tally
    }

    fn add(&mut self, found: &[Found], labels: &[Label], values: usize) {
        let (required, optional): (Vec<&Label>, Vec<&Label>) = labels.iter().partition(|label| label.required);
        self.values += values;
        self.required += required.len();
        let mut matched = vec![false; required.len()];
        for found in found {
            let off = |label: &Label| label.place.abs_diff(found.change);
            let near = |place: &usize| off(required[*place]) <= REQUIRED_OFF_MAX;
            let fits = |place: &usize| near(place) && found.alert >= required[*place].place;
            let open = (0..required.len()).filter(|place| !matched[*place]).filter(fits);
            if let Some(nearest) = open.min_by_key(|place| off(required[*place])) {
                matched[nearest] = true;
                self.delays.push(found.alert - required[nearest].place + 1);
                continue;
            }
            let again = (0..required.len()).any(|place| matched[place] && near(&place));
            if !again && !optional.iter().any(|label| off(label) <= OPTIONAL_OFF_MAX) {
                self.false_alarms += 1;
            }
        }
    }

    /// Changes found within so many values.
    fn hits(&self, within: usize) -> usize {
        self.delays.iter().filter(|delay| **delay <= within).count()
    }

    /// The share of the required changes that were found within so many values.
    pub(crate) fn recall(&self, within: usize) -> f64 {
        self.hits(within) as f64 / self.required as f64
    }

    /// The share of the alarms that are right.
    pub(crate) fn precision(&self) -> f64 {
        let hits = self.hits(DELAY_MAX);
        hits as f64 / (hits + self.false_alarms) as f64
    }

    /// The harmonic mean of precision and recall.
    pub(crate) fn f1(&self) -> f64 {
        let hits = self.hits(DELAY_MAX);
        2.0 * hits as f64 / (hits + self.false_alarms + self.required) as f64
    }

    /// False alarms for 1,000 values.
    pub(crate) fn false_alarms_per_1000(&self) -> f64 {
        self.false_alarms as f64 * 1e3 / self.values as f64
    }

    /// The median delay of the changes found in time, in values; none where none was found.
    pub(crate) fn delay(&self) -> Option<f64> {
        let delays = self.delays[..self.hits(DELAY_MAX)].iter();
        stats::quantile(&delays.map(|&delay| delay as f64).collect::<Vec<_>>(), 0.5)
    }

    /// Whether there was anything to find.
    pub(crate) fn has_changes(&self) -> bool {
        self.required > 0
    }
}
