//! Where the values of one sample lie, without a word on their distribution: the means of all pairs of them.

use super::signed_rank::{EXACT_MAX, draws};
use super::{Interval, normal_above, sorted};

/// The Walsh averages of a sample: `(x_i + x_j) / 2` for all `i <= j`, in ascending order.
#[derive(Clone, Debug, PartialEq)]
pub struct Walsh {
    averages: Vec<f64>,
    /// Number of values they were made of.
    values: usize,
}

impl Walsh {
    /// Of these values, in any order; `None` when there are none or one is not finite.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut averages = Vec::with_capacity(values.len() * (values.len() + 1) / 2);
        for (place, a) in values.iter().enumerate() {
            // Halved first, so that two huge values cannot overflow.
            averages.extend(values[place..].iter().map(|b| a / 2.0 + b / 2.0));
        }
        Some(Self { averages: sorted(&averages)?, values: values.len() })
    }

    /// The estimate of Hodges and Lehmann (1963) of where the values lie: the median of the averages.
    pub fn estimate(&self) -> f64 {
        let (lower, upper) = (self.averages[(self.averages.len() - 1) / 2], self.averages[self.averages.len() / 2]);
        lower / 2.0 + upper / 2.0
    }

    /// The interval of that estimate that belongs to the signed-rank test (Tukey 1949): the `k`-th smallest and the
    /// `k`-th largest average, with the largest `k` that keeps the `level`, a share between 0 and 1.
    ///
    /// For values that lie symmetrically around their middle it holds the middle at least as often as the level says,
    /// whatever their distribution: exact for up to 60 values, by normal approximation above. `None` when there are too
    /// few values for the level (95 % takes 6), or when it is no level.
    pub fn interval(&self, level: f64) -> Option<Interval> {
        if !(level > 0.0 && level < 1.0) {
            return None;
        }
        let outside = (1.0 - level) / 2.0;
        let k = if self.values <= EXACT_MAX { self.rank_exact(outside) } else { self.rank_normal(outside) };
        (k >= 1).then(|| Interval { low: self.averages[k - 1], high: self.averages[self.averages.len() - k] })
    }

    /// The widest interval, from the smallest to the largest value.
    pub fn range(&self) -> Interval {
        Interval { low: self.averages[0], high: self.averages[self.averages.len() - 1] }
    }

    /// The largest `k` for which a rank sum below `k` is as rare as `outside`; 0 when none is.
    fn rank_exact(&self, outside: f64) -> usize {
        let all = (1_u64 << self.values) as f64;
        let mut below = 0;
        let mut rare = |draws: &u64| {
            below += draws;
            below as f64 / all <= outside
        };
        draws(1..=self.values).iter().take_while(|draws| rare(draws)).count().min(self.averages.len() / 2)
    }

    fn rank_normal(&self, outside: f64) -> usize {
        let n = self.values as f64;
        let mean = n * (n + 1.0) / 4.0;
        let deviation = (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt();
        // A rank sum of at most k - 1, with half a rank for continuity.
        let below = |k: usize| normal_above((mean - (k as f64 - 0.5)) / deviation);
        (1..=self.averages.len() / 2).take_while(|&k| below(k) <= outside).count()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::signed_rank_p;

    #[test]
    fn agrees_with_results_by_hand() {
        // Averages 1, 1.5, 2, 2.5, 3, 4: of (1, 2, 4), 1 2 4 and 1.5 2.5 3.
        let walsh = Walsh::of(&[4.0, 1.0, 2.0]).unwrap();
        assert_eq!(walsh.averages, [1.0, 1.5, 2.0, 2.5, 3.0, 4.0]);
        assert_eq!(walsh.estimate(), 2.25);
        // A sum of 0 has the chance 1/8, one of at most 1 has 2/8.
        assert_eq!(walsh.interval(0.75), Some(Interval { low: 1.0, high: 4.0 }));
        assert_eq!(walsh.interval(0.5), Some(Interval { low: 1.5, high: 3.0 }));
        assert_eq!(walsh.interval(0.76), None);
    }

    #[test]
    fn takes_as_many_values_as_the_tables_of_the_test_say() {
        // The tables: 95 % takes 6 values, and leaves k = 26 at 15, 138 at 30; 90 % leaves 31 at 15.
        let walsh = |n: u32| Walsh::of(&(0..n).map(|i| f64::from(i).exp2()).collect::<Vec<_>>()).unwrap();
        let k = |n, level: f64| walsh(n).rank_exact((1.0 - level) / 2.0);
        assert_eq!((k(5, 0.95), k(6, 0.95), k(15, 0.95), k(30, 0.95), k(15, 0.9)), (0, 1, 26, 138, 31));
        assert_eq!(walsh(5).interval(0.95), None);
        let (exact, normal) = (walsh(60).rank_exact(0.025), walsh(60).rank_normal(0.025));
        assert!(exact.abs_diff(normal) <= 2, "{exact} {normal}");
    }

    #[test]
    fn refuses_what_has_no_answer() {
        for values in [&[][..], &[f64::NAN], &[1.0, f64::INFINITY]] {
            assert_eq!(Walsh::of(values), None);
        }
        for level in [0.0, 1.0, -1.0, f64::NAN] {
            assert_eq!(Walsh::of(&[1.0; 20]).unwrap().interval(level), None);
        }
    }

    proptest! {
        #[test]
        fn the_interval_holds_what_the_test_does_not_refuse(
            values in prop::collection::vec(-1e3..1e3, 6..40), level in 0.5..0.96,
        ) {
            let walsh = Walsh::of(&values).unwrap();
            let interval = walsh.interval(level).unwrap();
            prop_assert!(interval.low <= walsh.estimate() && walsh.estimate() <= interval.high);
            // A little outside the interval the values lie above, or below, by the one-sided test of half the level.
            let p = |zero: f64, sign: f64| {
                signed_rank_p(&values.iter().map(|value| sign * (value - zero)).collect::<Vec<_>>()).unwrap()
            };
            let rare = (1.0 - level) / 2.0 + 1e-12;
            prop_assert!(p(interval.low - 1e-6, 1.0) <= rare && p(interval.low + 1e-6, 1.0) > rare - 1e-9);
            prop_assert!(p(interval.high + 1e-6, -1.0) <= rare && p(interval.high - 1e-6, -1.0) > rare - 1e-9);
        }
    }
}
