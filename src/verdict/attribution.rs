//! Attribution of a change to the code or to the machine: what has to have changed along for it to be the machine.

use serde::Serialize;

use super::policy::{EXPLAINED_FACTOR, LOWER_BOUNDS_MIN, LOWER_BOUNDS_SHARE, MOST_SERIES_MIN, MOST_SHARE};
use crate::model::Metric;

/// What a change is attributed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// What was measured changed.
    Code,
    /// The machine or its software changed, or the same code moved by itself.
    Machine,
    /// Nothing was measured that separates the two.
    Unknown,
    /// The series is of programs that are not part of this project: interpreters.
    External,
}

impl Attribution {
    /// All of them, in the order of a page.
    pub const ALL: [Attribution; 4] =
        [Attribution::Code, Attribution::Machine, Attribution::Unknown, Attribution::External];

    /// The word that is printed for it.
    pub fn word(self) -> &'static str {
        match self {
            Attribution::Code => "code",
            Attribution::Machine => "machine",
            Attribution::Unknown => "unknown",
            Attribution::External => "external",
        }
    }
}

/// Whether the pace of the machine is in the values of a metric: it is in times and in what grows by times; counts and shares
/// are the same however fast it is.
pub(crate) fn is_paced(metric: Metric) -> bool {
    metric.unit().starts_with(Metric::WallTime.unit())
}

/// Whether the system has a part in the values of a metric, so that another one moves it: another kernel may take more page
/// faults for the same work. What callgrind counts is the user's code alone.
pub(crate) fn is_of_the_system(metric: Metric) -> bool {
    metric != Metric::CallgrindInstructions
}

/// Whether controls that went the same way account for a move; all are ratios, new ÷ old.
pub(crate) fn explains(ratio: f64, controls: impl IntoIterator<Item = f64>) -> bool {
    let size = |ratio: f64| libm::log(ratio).abs();
    let largest = controls.into_iter().map(size).fold(0.0, f64::max);
    largest > 0.0 && size(ratio) <= EXPLAINED_FACTOR * largest
}

/// Whether so many floors of those that could be judged are moved by the machine and not by code of theirs.
pub(crate) fn is_most_floors(moved: usize, judged: usize) -> bool {
    moved >= LOWER_BOUNDS_MIN && moved as f64 > LOWER_BOUNDS_SHARE * judged as f64
}

/// The metric in which floors speak for one of `metric`, where so many of them could be judged in each: its own, and of a
/// time in which there are too few floors, the wall time.
pub(crate) fn metric_of_floors(metric: Metric, judged: impl Fn(Metric) -> usize) -> Metric {
    let is_time = metric.unit() == Metric::WallTime.unit();
    if is_time && judged(metric) < LOWER_BOUNDS_MIN { Metric::WallTime } else { metric }
}

/// Whether so many series of those that could be judged are more than one piece of code would move.
pub(crate) fn is_most(moved: usize, judged: usize) -> bool {
    judged >= MOST_SERIES_MIN && moved as f64 >= MOST_SHARE * judged as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_accounts_for_a_few_times_its_own_move() {
        let cases = [
            ("the same", 1.2, vec![1.2], true),
            ("a little more", 1.3, vec![1.01, 1.12], true),
            ("far beyond it", 2.0, vec![1.05], false),
            ("a fall", 0.8, vec![0.9], true),
            ("nothing moved along", 1.1, vec![], false),
            ("a control that stays", 1.0, vec![1.0], false),
        ];
        for (name, ratio, controls, expected) in cases {
            assert_eq!(explains(ratio, controls), expected, "{name}");
        }
    }

    #[test]
    fn the_pace_is_in_times_and_not_in_counts_and_shares() {
        for paced in [Metric::WallTime, Metric::CpuTime, Metric::TaskClock, Metric::TimePerMebibyte] {
            assert!(is_paced(paced), "{paced}");
        }
        for not in [Metric::SystemCalls, Metric::PageFaults, Metric::UserInstructions, Metric::Efficiency] {
            assert!(!is_paced(not) && is_of_the_system(not), "{not}");
        }
        assert!(!is_paced(Metric::CallgrindInstructions) && !is_of_the_system(Metric::CallgrindInstructions));
    }

    #[test]
    fn wall_time_speaks_for_times_that_have_hardly_a_floor() {
        let judged = |floors| move |metric| if metric == Metric::WallTime { 9 } else { floors };
        assert_eq!(metric_of_floors(Metric::CpuTime, judged(1)), Metric::WallTime);
        assert_eq!(metric_of_floors(Metric::CpuTime, judged(2)), Metric::CpuTime);
        assert_eq!(metric_of_floors(Metric::PageFaults, judged(0)), Metric::PageFaults);
    }

    #[test]
    fn most_is_more_than_one_piece_of_code_moves() {
        let floors = [(0, 0, false), (1, 1, false), (2, 4, false), (2, 3, true), (3, 5, true)];
        for (moved, judged, expected) in floors {
            assert_eq!(is_most_floors(moved, judged), expected, "{moved} of {judged} floors");
        }
        for (moved, judged, expected) in [(7, 7, false), (4, 8, true), (3, 8, false)] {
            assert_eq!(is_most(moved, judged), expected, "{moved} of {judged} series");
        }
    }
}
