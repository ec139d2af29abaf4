//! Numbers of workers for curves over the cores.

use std::iter::successors;

/// 1, 2, 4 … the cores that may be used, and twice as many; from four cores on also 3, 6, 12 … between them.
///
/// A law of the curve takes five points with a core for each worker, which doubling alone has from sixteen cores on.
pub(crate) fn workers(cores: u64) -> Vec<u64> {
    let doubled = |first| successors(Some(first), |workers| Some(workers * 2)).take_while(|&workers| workers < cores);
    let mut axis: Vec<u64> = doubled(1).chain(doubled(3)).chain([cores, 2 * cores]).collect();
    axis.sort_unstable();
    axis.dedup();
    axis
}
