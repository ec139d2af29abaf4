//! Which mechanism of a group the others are compared with.

use super::answer::baselines;
use crate::model::topics::{Work, group_of, is_lower_bound};

/// The reference functions of a group, the first one preferred: the listed ones of threads, and the one that does it alone.
fn references(group: &str) -> impl Iterator<Item = &'static str> {
    let listed = group_of(group);
    let compared = listed.into_iter().flat_map(|group| group.comparisons).map(|it| it.thread);
    let scaled = listed.into_iter().flat_map(|group| group.scalings).flat_map(|it| {
        let alone = match it.work {
            Work::InAll { alone } => Some(alone),
            Work::Each => None,
        };
        [Some(it.thread), alone].into_iter().flatten()
    });
    compared.chain(scaled).chain(baselines(group)).filter(|function| !is_lower_bound(function))
}

/// How far from the first a function of a group is; those that are not listed come last, by their names.
pub(super) fn rank<'a>(group: &str, function: &'a str) -> (usize, &'a str) {
    (references(group).position(|other| other == function).unwrap_or(usize::MAX), function)
}
