//! How often the detector may be wrong, and how large a rank statistic that requires.

use schemars::JsonSchema;
use serde::Serialize;

/// False alarms per 1,000 commits of an unchanging series.
///
/// It holds for independent noise of any distribution, since only ranks are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(into = "f64")]
#[schemars(with = "f64")]
pub enum FalseAlarmRate {
    /// 0.5 per 1,000 commits: what is accepted, with the best balance on labelled histories.
    #[default]
    Half,
    /// 0.2 per 1,000 commits.
    Fifth,
}

/// Window lengths for which thresholds are tabled; between them they are interpolated linearly.
const LENGTHS: [usize; 8] = [20, 25, 30, 40, 50, 60, 70, 80];

/// The thresholds of the rank statistic, from 60,000 simulated streams of independent values: at each length the
/// quantile, among the streams that raised no alarm before, that leaves exactly the rate above it. The last step is
/// larger because a full window forgets a value for every new one.
const HALF: [f64; 8] = [3.339, 3.400, 3.475, 3.508, 3.533, 3.546, 3.562, 3.65];
const FIFTH: [f64; 8] = [3.476, 3.579, 3.627, 3.698, 3.739, 3.774, 3.795, 3.89];

impl FalseAlarmRate {
    pub fn per_1000_commits(self) -> f64 {
        match self {
            FalseAlarmRate::Half => 0.5,
            FalseAlarmRate::Fifth => 0.2,
        }
    }

    /// The statistic that a window of `length` values has to exceed; shorter and longer ones than tabled take the end
    /// of the table.
    pub(super) fn threshold(self, length: usize) -> f64 {
        let thresholds = if self == FalseAlarmRate::Half { HALF } else { FIFTH };
        let after = LENGTHS.partition_point(|&tabled| tabled <= length);
        if after == 0 || after == LENGTHS.len() {
            return thresholds[after.saturating_sub(1)];
        }
        let (from, to) = (LENGTHS[after - 1], LENGTHS[after]);
        let share = (length - from) as f64 / (to - from) as f64;
        thresholds[after - 1] + share * (thresholds[after] - thresholds[after - 1])
    }

    /// The lowest rate whose threshold a statistic still exceeds.
    pub(super) fn lowest(statistic: f64, length: usize) -> Self {
        if statistic > Self::Fifth.threshold(length) { Self::Fifth } else { Self::Half }
    }
}

impl From<FalseAlarmRate> for f64 {
    fn from(rate: FalseAlarmRate) -> f64 {
        rate.per_1000_commits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_interpolated_inside_the_table_and_constant_outside() {
        let cases = [(0, 3.339), (20, 3.339), (30, 3.475), (35, 3.4915), (75, 3.606), (80, 3.65), (10_000, 3.65)];
        for (length, expected) in cases {
            assert!((FalseAlarmRate::Half.threshold(length) - expected).abs() < 1e-12, "{length}");
        }
    }

    #[test]
    fn the_lowest_rate_whose_threshold_is_exceeded_is_reported() {
        assert_eq!(FalseAlarmRate::lowest(3.4, 20), FalseAlarmRate::Half);
        assert_eq!(FalseAlarmRate::lowest(3.5, 20), FalseAlarmRate::Fifth);
    }
}
