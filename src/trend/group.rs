//! One cause, one alert: what moved at one commit in one direction belongs together.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Commits by which the places of one change may be told apart: a change is located within a few commits.
pub(super) const NEAR: usize = 2;

/// The members of each group, by their numbers in `moves`, each told by its commit and whether it is for the worse.
///
/// A group is made around the commit with the most moves of its direction within [`NEAR`] commits and takes all of them; then
/// the next, until none is left. So a group is never wider than its reach, whatever chain its neighbours form.
pub(super) fn groups(moves: &[(usize, bool)]) -> Vec<Vec<usize>> {
    let mut groups = Vec::new();
    for direction in [true, false] {
        let mut at: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, &(commit, _)) in moves.iter().enumerate().filter(|(_, (_, worse))| *worse == direction) {
            at.entry(commit).or_default().push(number);
        }
        while let Some(center) = center(&at) {
            let commits: Vec<usize> = at.range(reach(center)).map(|(&commit, _)| commit).collect();
            groups.push(commits.iter().flat_map(|commit| at.remove(commit).unwrap_or_default()).collect());
        }
    }
    groups
}

/// The commit with the most moves in reach, of several the one with the most of its own, and then the earliest.
fn center(at: &BTreeMap<usize, Vec<usize>>) -> Option<usize> {
    let size = |commit: usize| at.range(reach(commit)).map(|(_, moves)| moves.len()).sum::<usize>();
    at.iter().rev().max_by_key(|(commit, own)| (size(**commit), own.len())).map(|(&commit, _)| commit)
}

fn reach(center: usize) -> RangeInclusive<usize> {
    center.saturating_sub(NEAR)..=center + NEAR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_together_is_one_group() {
        type Case<'a> = (&'a str, &'a [(usize, bool)], &'a [&'a [usize]]);
        let cases: [Case; 6] = [
            ("nothing", &[], &[]),
            ("one commit", &[(7, true), (7, true)], &[&[0, 1]]),
            ("within reach", &[(9, true), (7, true), (8, true)], &[&[1, 2, 0]]),
            ("out of reach", &[(7, true), (10, true)], &[&[0], &[1]]),
            ("another direction", &[(7, true), (7, false)], &[&[0], &[1]]),
            (
                "a chain is cut where most moves are",
                &[(1, true), (3, true), (5, true), (5, true), (6, true)],
                &[&[1, 2, 3, 4], &[0]],
            ),
        ];
        for (name, moves, expected) in cases {
            assert_eq!(groups(moves), expected, "{name}");
        }
    }
}
