//! Whether neighbours in a row of values resemble each other.

/// The autocorrelation of the ranks of neighbours: about 0 for independent values, near 1 where values stay what they were.
/// Only ranks count, so that an outlier weighs no more than any other value. 0 where all values are equal.
pub fn rank_autocorrelation(values: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let middle = values.len().saturating_sub(1) as f64 / 2.0;
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = first as f64 + (equal.len() - 1) as f64 / 2.0;
        equal.iter().for_each(|&index| ranks[index] = rank - middle);
        first += equal.len();
    }
    let squares: f64 = ranks.iter().map(|rank| rank * rank).sum();
    let products: f64 = ranks.windows(2).map(|pair| pair[0] * pair[1]).sum();
    if squares > 0.0 { products / squares } else { 0.0 }
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
