//! Which steps may be of one commit, and which commit that is.

use super::series_change::SeriesChange;

pub(super) struct Location {
    /// The commit that most of them have, the earliest of several.
    pub(super) at: usize,
    /// The first and the last commit that it may be.
    pub(super) interval: (usize, usize),
}

impl Location {
    /// Of one step its own interval; of several what all of them allow, as far as each may be off.
    pub(super) fn of(steps: &[SeriesChange]) -> Self {
        let count = |at: usize| steps.iter().filter(|step| step.to == at).count();
        let mut commits: Vec<usize> = steps.iter().map(|step| step.to).collect();
        commits.sort_unstable();
        let at = commits.iter().rev().copied().max_by_key(|&at| count(at)).unwrap_or_default();
        let common = |reaches: &mut dyn Iterator<Item = (usize, usize)>| {
            reaches.fold((0, usize::MAX), |(low, high), reach| (low.max(reach.0), high.min(reach.1)))
        };
        let (low, high) = match steps {
            [step] => step.interval,
            _ => common(&mut steps.iter().map(|step| step.reach)),
        };
        Self { at, interval: (low.min(at), high.max(at)) }
    }

    /// The last commit before the interval.
    pub(super) fn before(&self) -> usize {
        self.interval.0.saturating_sub(1)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    pub(super) commits: (usize, usize),
    /// The most likely of them.
    pub(super) at: usize,
    pub(super) worse: bool,
}

/// Groups of steps, by their numbers: around the commit that most steps of a direction allow, all of those; then the next,
/// until none is left. So a group is never a chain of neighbours without a commit in common.
pub(super) fn overlapping(steps: &[Reach]) -> Vec<Vec<usize>> {
    let mut groups = Vec::new();
    for direction in [true, false] {
        let mut left: Vec<usize> = (0..steps.len()).filter(|&number| steps[number].worse == direction).collect();
        while let Some(center) = center(left.iter().map(|&number| steps[number])) {
            let (group, others) = left.into_iter().partition(|&number| steps[number].allows(center));
            groups.push(group);
            left = others;
        }
    }
    groups
}

/// The commit that most steps allow, of several the one that is the likeliest of most, and then the earliest.
fn center(steps: impl Iterator<Item = Reach> + Clone) -> Option<usize> {
    let votes = |commit: usize| {
        let allowing = steps.clone().filter(|step| step.allows(commit)).count();
        (allowing, steps.clone().filter(|step| step.at == commit).count())
    };
    let mut commits: Vec<usize> = steps.clone().map(|step| step.at).collect();
    commits.sort_unstable();
    commits.dedup();
    commits.into_iter().rev().max_by_key(|&commit| votes(commit))
}

impl Reach {
    fn allows(&self, commit: usize) -> bool {
        (self.commits.0..=self.commits.1).contains(&commit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_changed_together_is_one_group() {
        type Case<'a> = (&'a str, &'a [(usize, usize, usize, bool)], &'a [&'a [usize]]);
        let cases: [Case; 7] = [
            ("nothing", &[], &[]),
            ("one commit", &[(7, 7, 7, true), (7, 7, 7, true)], &[&[0, 1]]),
            ("intervals that overlap", &[(6, 7, 9, true), (7, 8, 8, true)], &[&[0, 1]]),
            ("neighbours that are sure", &[(7, 7, 7, true), (8, 8, 8, true)], &[&[0], &[1]]),
            ("another direction", &[(7, 7, 7, true), (7, 7, 7, false)], &[&[0], &[1]]),
            ("most of them decide", &[(1, 3, 9, true), (7, 7, 7, true), (7, 8, 8, true)], &[&[0, 1, 2]]),
            (
                "a chain is cut where most steps are",
                &[(1, 2, 4, true), (4, 4, 6, true), (5, 5, 7, true), (6, 6, 7, true)],
                &[&[1, 2, 3], &[0]],
            ),
        ];
        for (name, steps, expected) in cases {
            let reaches: Vec<Reach> =
                steps.iter().map(|&(low, at, high, worse)| Reach { commits: (low, high), at, worse }).collect();
            assert_eq!(overlapping(&reaches), expected, "{name}");
        }
    }
}
