//! Whether neighbours in a row of values resemble each other.

use super::ranks;

/// The autocorrelation of the ranks of neighbours: about 0 for independent values, near 1 where values stay what they were.
/// Only ranks count, so that an outlier weighs no more than any other value. 0 where all values are equal.
pub fn rank_autocorrelation(values: &[f64]) -> f64 {
    let middle = (values.len() + 1) as f64 / 2.0;
    let ranks: Vec<f64> = ranks(values).into_iter().map(|rank| rank - middle).collect();
    let squares: f64 = ranks.iter().map(|rank| rank * rank).sum();
    let products: f64 = ranks.windows(2).map(|pair| pair[0] * pair[1]).sum();
    if squares > 0.0 { products / squares } else { 0.0 }
}

/// The same of noise that is left around so many levels that were estimated from its own values, which takes some of it away
/// (Kendall, 1954).
pub fn noise_autocorrelation(noise: &[f64], levels: usize) -> f64 {
    let r = rank_autocorrelation(noise);
    r + (1.0 + 3.0 * r) * levels as f64 / noise.len().max(1) as f64
}

/// The largest autocorrelation that is corrected for: beyond, too few values are left to say anything.
const AUTOCORRELATION_MAX: f64 = 0.8;

/// How many times as large the variance of a mean is where neighbours have this autocorrelation, and those farther apart its
/// powers (Bayley and Hammersley, 1946); never less than once.
pub fn variance_inflation(autocorrelation: f64) -> f64 {
    let r = autocorrelation.clamp(0.0, AUTOCORRELATION_MAX);
    (1.0 + r) / (1.0 - r)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_stay_correlate_and_values_that_alternate_do_the_opposite() {
        assert_eq!(rank_autocorrelation(&[]), 0.0);
        assert_eq!(rank_autocorrelation(&[7.0; 9]), 0.0);
        let stays: Vec<f64> =
            (0..40).map(|index| f64::from(index / 10 % 2) + 0.001 * f64::from(index * 7 % 10)).collect();
        assert!(rank_autocorrelation(&stays) > 0.5);
        let alternates: Vec<f64> = (0..40).map(|index| f64::from(index % 2)).collect();
        assert!(rank_autocorrelation(&alternates) < -0.5);
    }
}
