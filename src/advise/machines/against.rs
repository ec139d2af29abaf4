//! Which mechanism of a group the others are held against.

use crate::advise::answer::opposed;
use crate::advise::comparisons::{COMPARISONS, SCALED, Work};

/// The beginning of the names of physical floors, which no mechanism is ranked with.
const FLOOR: &str = "floor";

/// Whether a function is the least that the system needs rather than a way to do the work.
pub(super) fn is_floor(function: &str) -> bool {
    function.starts_with(FLOOR)
}

/// The functions of a group that others are held against, the foremost first: those of the first page that are a thread's
/// way, or the way alone.
fn foremost(group: &str) -> impl Iterator<Item = &'static str> {
    let pairs = COMPARISONS.iter().filter(move |it| it.group == group).map(|it| it.thread);
    let scaled = SCALED.iter().filter(move |it| it.group == group).flat_map(|it| {
        let alone = match it.work {
            Work::InAll { alone } => Some(alone),
            Work::Each => None,
        };
        [Some(it.thread), alone].into_iter().flatten()
    });
    pairs.chain(scaled).chain(opposed(group)).filter(|function| !is_floor(function))
}

/// How far from the first a function of a group is; those that no page names come last, by their names.
pub(super) fn rank<'a>(group: &str, function: &'a str) -> (usize, &'a str) {
    (foremost(group).position(|other| other == function).unwrap_or(usize::MAX), function)
}
