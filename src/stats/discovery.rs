//! Many tests at once.

/// Which of these p-values are discoveries when at most a share of `rate` of the discoveries may be false on average
/// (Benjamini and Hochberg 1995): all up to the largest `p` that is at most `rate` times its place ÷ their number.
///
/// A discovery stays one when other p-values get smaller. `None` when a p-value or the rate is no share.
pub fn benjamini_hochberg(p_values: &[f64], rate: f64) -> Option<Vec<bool>> {
    let share = |value: &f64| (0.0..=1.0).contains(value);
    if !share(&rate) || !p_values.iter().all(share) {
        return None;
    }
    let mut ascending = p_values.to_vec();
    ascending.sort_by(f64::total_cmp);
    let count = ascending.len() as f64;
    let within = ascending.iter().enumerate().filter(|(before, p)| **p <= rate * (before + 1) as f64 / count);
    let limit = within.map(|(_, &p)| p).next_back();
    Some(p_values.iter().map(|&p| limit.is_some_and(|limit| p <= limit)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_results_by_hand() {
        let cases = [
            // Limits 0.0125, 0.025, 0.0375, 0.05: the third is beyond its own, and the fourth saves it.
            (&[0.04, 0.01, 0.05, 0.02][..], &[true, true, true, true][..]),
            (&[0.06, 0.01, 0.04, 0.02], &[false, true, false, true]),
            (&[0.02, 0.5, 0.5, 0.5], &[false; 4]),
            (&[0.0125, 1.0, 1.0, 1.0], &[true, false, false, false]),
            (&[], &[]),
        ];
        for (p_values, expected) in cases {
            assert_eq!(benjamini_hochberg(p_values, 0.05).as_deref(), Some(expected), "{p_values:?}");
        }
        for p in [-0.1, 1.1, f64::NAN] {
            assert_eq!((benjamini_hochberg(&[p], 0.05), benjamini_hochberg(&[0.1], p)), (None, None));
        }
    }

    proptest! {
        #[test]
        fn is_the_definition(p_values in prop::collection::vec(0.0..=1.0, 1..12), rate in 0.0..=1.0) {
            let found = benjamini_hochberg(&p_values, rate).unwrap();
            // The most discoveries for which the largest of so many is still within its limit.
            let up_to = |limit: f64| p_values.iter().filter(|p| **p <= limit).count();
            let allowed = |limit: f64| limit <= rate * up_to(limit) as f64 / p_values.len() as f64;
            let most = p_values.iter().filter(|p| allowed(**p)).map(|p| up_to(*p)).max().unwrap_or(0);
            prop_assert_eq!(found.iter().filter(|found| **found).count(), most);
        }

        #[test]
        fn a_smaller_p_takes_no_discovery_away(
            mut p_values in prop::collection::vec(0.0..=1.0, 1..12), place: prop::sample::Index, factor in 0.0..=1.0,
        ) {
            let before = benjamini_hochberg(&p_values, 0.2).unwrap();
            p_values[place.index(before.len())] *= factor;
            let after = benjamini_hochberg(&p_values, 0.2).unwrap();
            prop_assert!(before.iter().zip(&after).all(|(before, after)| !before || *after));
        }
    }
}
