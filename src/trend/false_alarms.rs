//! How often the detector may be wrong, and how large a rank statistic that asks for.

use serde::Serialize;

/// The chance of a false alarm at each commit of an unchanging series, given none before.
///
/// It holds for independent noise of any distribution, since only ranks are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hazard {
    /// Once in 1,000 commits.
    OneIn1000,
    /// Once in 2,000 commits: the recommended one, with the best balance on labelled histories.
    #[default]
    OneIn2000,
    /// Once in 5,000 commits.
    OneIn5000,
}

/// Window lengths for which thresholds are tabled; between them they are interpolated linearly.
const LENGTHS: [usize; 8] = [20, 25, 30, 40, 50, 60, 70, 80];

/// The thresholds of the rank statistic, from 60,000 simulated streams of independent values: at each length the
/// quantile, among the streams that raised no alarm before, that leaves exactly the hazard above it. The last step is
/// larger because a full window forgets a value for every new one.
const THRESHOLDS: [(Hazard, [f64; 8]); 3] = [
    (Hazard::OneIn1000, [3.232, 3.274, 3.305, 3.340, 3.361, 3.373, 3.382, 3.48]),
    (Hazard::OneIn2000, [3.339, 3.400, 3.475, 3.508, 3.533, 3.546, 3.562, 3.65]),
    (Hazard::OneIn5000, [3.476, 3.579, 3.627, 3.698, 3.739, 3.774, 3.795, 3.89]),
];

impl Hazard {
    /// Commits for one false alarm.
    pub fn commits(self) -> u32 {
        match self {
            Hazard::OneIn1000 => 1_000,
            Hazard::OneIn2000 => 2_000,
            Hazard::OneIn5000 => 5_000,
        }
    }

    /// The statistic that a window of `length` values has to exceed; shorter and longer ones than tabled take the end
    /// of the table.
    pub(super) fn threshold(self, length: usize) -> f64 {
        let (_, thresholds) = THRESHOLDS[self as usize];
        let after = LENGTHS.partition_point(|&tabled| tabled <= length);
        if after == 0 || after == LENGTHS.len() {
            return thresholds[after.saturating_sub(1)];
        }
        let (from, to) = (LENGTHS[after - 1], LENGTHS[after]);
        let share = (length - from) as f64 / (to - from) as f64;
        thresholds[after - 1] + share * (thresholds[after] - thresholds[after - 1])
    }

    /// The rarest hazard whose threshold a statistic still exceeds, `self` at least.
    pub(super) fn rarest(self, statistic: f64, length: usize) -> Hazard {
        let exceeded =
            THRESHOLDS.iter().map(|&(hazard, _)| hazard).filter(|hazard| statistic > hazard.threshold(length));
        exceeded.fold(self, Hazard::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_its_names() {
        for (place, (hazard, thresholds)) in THRESHOLDS.into_iter().enumerate() {
            assert_eq!(hazard as usize, place);
            assert!(thresholds.is_sorted());
        }
    }

    #[test]
    fn thresholds_are_interpolated_inside_the_table_and_constant_outside() {
        let cases = [(0, 3.339), (20, 3.339), (30, 3.475), (35, 3.4915), (75, 3.606), (80, 3.65), (10_000, 3.65)];
        for (length, expected) in cases {
            assert!((Hazard::OneIn2000.threshold(length) - expected).abs() < 1e-12, "{length}");
        }
    }

    #[test]
    fn says_the_rarest_that_is_exceeded() {
        assert_eq!(Hazard::OneIn2000.rarest(3.4, 20), Hazard::OneIn2000);
        assert_eq!(Hazard::OneIn2000.rarest(3.5, 20), Hazard::OneIn5000);
        assert_eq!(Hazard::OneIn5000.rarest(0.0, 20), Hazard::OneIn5000);
    }
}
