//! Plain numbers in, numbers out. Nothing here returns NaN or an infinity: input that is empty, not finite or out of a
//! function's domain gives `None`.

mod autocorrelation;
mod discovery;
pub mod interval;
mod kendall;
pub mod line;
mod location;
mod proportion;
mod rank;
mod rank_sum;
pub mod scalability;
mod shift;
mod signed_rank;
mod spread;
mod student;
mod walsh;

pub use autocorrelation::rank_autocorrelation;
pub use discovery::benjamini_hochberg;
pub use interval::Interval;
pub use kendall::{mann_kendall, sen_slope};
pub use location::{geometric_mean, median, quantile};
pub use proportion::proportion;
pub use rank::RankWindow;
pub use rank_sum::{Covered, rank_interval};
pub use shift::{hodges_lehmann, hodges_lehmann_interval, least_deviation_cut};
pub use signed_rank::signed_rank_p;
pub use spread::{mad, median_interval, range, reach_beyond};
pub use student::{Welch, mean_interval, student_quantile, welch};
pub use walsh::Walsh;

/// From the median absolute deviation to the standard deviation of normal noise.
pub const MAD_TO_SD: f64 = 1.4826;
/// Standard deviations of normal noise on either side in an interval of 95 %.
pub const Z_95: f64 = 1.96;
/// The widest span of natural logarithms whose ratio is a finite number.
pub const LOG_MAX: f64 = 700.0;

/// The values in ascending order; `None` when there are none or one is not finite.
fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if !all_finite(values) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

fn all_finite(values: &[f64]) -> bool {
    !values.is_empty() && values.iter().all(|value| value.is_finite())
}
