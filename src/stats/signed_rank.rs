//! The signed-rank test of Wilcoxon (1945): do values lie above zero more than their signs would at random?

use super::{all_finite, normal_above, ranks};

/// Up to so many values the distribution is counted out: 2^60 signs still fit a 64-bit number.
pub(super) const EXACT_MAX: usize = 60;

/// The chance that the sum of the ranks of the values above zero is at least as large as it is, when every value's sign
/// is drawn at random: the one-sided p of "the values lie above zero". Small speaks for above, large for below.
///
/// Values are ranked by their distance from zero; equal distances share the mean of their ranks, and the distribution is
/// that of exactly these ranks. A zero takes the lowest ranks and stands on the side that speaks against, while chance
/// may put it on either: with zeros the p is larger than it need be, never smaller. Counted out for up to 60 values;
/// above, the normal approximation with the variance of these very ranks and a correction for continuity.
///
/// `None` when there are no values or one is not finite.
pub fn signed_rank_p(values: &[f64]) -> Option<f64> {
    if !all_finite(values) {
        return None;
    }
    let ranks = doubled_ranks(values);
    let sum: usize = ranks.iter().zip(values).filter(|(_, value)| **value > 0.0).map(|(rank, _)| rank).sum();
    Some(if ranks.len() <= EXACT_MAX { counted_out(&ranks, sum) } else { approximated(&ranks, sum) })
}

/// For every sum from 0 on, in how many of the `2^n` draws of signs the ranks of one sign add up to it.
///
/// Each rank doubles the draws: those without it, and those with it, whose sums are higher by as much.
pub(super) fn draws(ranks: impl Iterator<Item = usize> + Clone) -> Vec<u64> {
    let mut draws = vec![0; ranks.clone().sum::<usize>() + 1];
    draws[0] = 1;
    let mut highest = 0;
    for rank in ranks {
        highest += rank;
        for sum in (rank..=highest).rev() {
            draws[sum] += draws[sum - rank];
        }
    }
    draws
}

fn counted_out(ranks: &[usize], sum: usize) -> f64 {
    let as_large: u64 = draws(ranks.iter().copied())[sum..].iter().sum();
    as_large as f64 / (1_u64 << ranks.len()) as f64
}

fn approximated(ranks: &[usize], sum: usize) -> f64 {
    let mean = ranks.iter().sum::<usize>() as f64 / 2.0;
    let variance = ranks.iter().map(|rank| rank * rank).sum::<usize>() as f64 / 4.0;
    // Half a rank, which is one here.
    normal_above((sum as f64 - 1.0 - mean) / variance.sqrt())
}

/// Twice the rank of every value's distance from zero, so that a shared rank is a whole number, too.
fn doubled_ranks(values: &[f64]) -> Vec<usize> {
    let distances: Vec<f64> = values.iter().map(|value| value.abs()).collect();
    ranks(&distances).into_iter().map(|rank| (2.0 * rank) as usize).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    use super::*;

    /// The p by drawing every sign of every value in turn.
    fn by_enumeration(values: &[f64]) -> f64 {
        let ranks = doubled_ranks(values);
        let sum_of = |above: &dyn Fn(usize) -> bool| -> usize {
            ranks.iter().enumerate().filter(|(place, _)| above(*place)).map(|(_, rank)| rank).sum()
        };
        let seen = sum_of(&|place| values[place] > 0.0);
        let draws = 1_u32 << values.len();
        let as_large = (0..draws).filter(|signs| sum_of(&|place| signs >> place & 1 == 1) >= seen).count();
        as_large as f64 / f64::from(draws)
    }

    #[test]
    fn agrees_with_results_by_hand() {
        let cases = [
            // One draw in 2^5 has all signs above.
            (&[1.0, 2.0, 3.0, 4.0, 5.0][..], 1.0 / 32.0),
            // Sums of 14 and 15: all, and all without rank 1.
            (&[-1.0, 2.0, 3.0, 4.0, 5.0], 2.0 / 32.0),
            (&[-1.0, -2.0, -3.0], 1.0),
            // Ranks 1.5, 1.5 and 3; sums of 4.5 and more: two draws and the full one.
            (&[-1.0, 1.0, 2.0], 3.0 / 8.0),
            // The zero has rank 1 and counts against: sums of 5 and 6.
            (&[0.0, 2.0, 3.0], 2.0 / 8.0),
            (&[0.0, 0.0], 1.0),
        ];
        for (values, expected) in cases {
            assert_eq!(signed_rank_p(values), Some(expected), "{values:?}");
        }
        for values in [&[][..], &[1.0, f64::NAN], &[f64::INFINITY]] {
            assert_eq!(signed_rank_p(values), None, "{values:?}");
        }
    }

    #[test]
    fn sixty_values_of_one_sign_are_one_draw_in_all() {
        let values: Vec<f64> = (1..=60).map(f64::from).collect();
        assert_eq!(signed_rank_p(&values), Some(0.5_f64.powi(60)));
    }

    #[test]
    fn the_approximation_continues_what_was_counted_out() {
        let values =
            |n: u32| -> Vec<f64> { (1..=n).map(|i| f64::from(i) * if i % 3 == 0 { -1.0 } else { 1.0 }).collect() };
        let ranks = doubled_ranks(&values(60));
        let sum = ranks.iter().zip(values(60)).filter(|(_, value)| *value > 0.0).map(|(rank, _)| rank).sum();
        let (exact, normal) = (counted_out(&ranks, sum), approximated(&ranks, sum));
        assert!((exact / normal - 1.0).abs() < 0.06, "{exact} {normal}");
        assert!(signed_rank_p(&values(61)).is_some_and(|p| p > 0.0 && p < 0.1));
    }

    proptest! {
        #[test]
        fn the_normal_distribution_agrees_with_statrs(z in -8.0..8.0) {
            let other = Normal::standard().sf(z);
            prop_assert!((normal_above(z) / other - 1.0).abs() < 1e-9, "{} {other}", normal_above(z));
        }

        #[test]
        fn is_the_share_of_all_draws(values in prop::collection::vec(-4i8..=4, 1..11)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            prop_assert_eq!(signed_rank_p(&values), Some(by_enumeration(&values)));
        }

        #[test]
        fn a_zero_never_helps(values in prop::collection::vec(-9i8..=9, 1..20), place: prop::sample::Index) {
            let mut values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let place = place.index(values.len());
            values[place] = 0.0;
            let with_zero = signed_rank_p(&values).unwrap();
            values[place] = 0.5;
            prop_assert!(with_zero >= signed_rank_p(&values).unwrap());
        }
    }
}
