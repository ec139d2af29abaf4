//! How often something happens, from a number of tries.

use super::Interval;

/// The normal quantile that leaves 2.5 % on either side.
const QUANTILE: f64 = 1.959_963_984_540_054;

/// The 95 % interval of Wilson (1927, J. Am. Stat. Assoc. 22) for `hits` among `tries`: it holds for few tries and for none
/// or all of them being hits, too. `None` without any try or with more hits than tries.
pub fn proportion(hits: u64, tries: u64) -> Option<Interval> {
    if tries == 0 || hits > tries {
        return None;
    }
    let (n, share, square) = (tries as f64, hits as f64 / tries as f64, QUANTILE * QUANTILE);
    let center = share + square / (2.0 * n);
    let half = QUANTILE * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    let scale = 1.0 + square / n;
    Some(Interval { low: ((center - half) / scale).max(0.0), high: ((center + half) / scale).min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_holds_the_share_and_never_leaves_zero_to_one() {
        for (hits, tries, low, high) in
            [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 100, 0.0018, 0.0545)]
        {
            let interval = proportion(hits, tries).unwrap();
            let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
            assert!(near(interval.low, low) && near(interval.high, high), "{hits} of {tries}: {interval:?}");
        }
        assert_eq!(proportion(0, 0), None);
        assert_eq!(proportion(2, 1), None);
    }
}
