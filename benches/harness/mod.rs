//! Drives Criterion for the bench targets: each only lists its groups, functions and axes.
//!
//! Every benchmark runs in the `worker` binary, in several rounds, each a fresh process. The functions of a group take turns
//! in each round. What Criterion keeps in its own files is witnessed sample by sample in a file of ours, with what Criterion
//! has no place for.

#![allow(dead_code, unused_imports, reason = "each target uses its part of the harness")]

mod arguments;
mod axis;
mod budget;
mod launcher;
mod pace;
mod replay;
mod rounds;
mod stderr;
mod suite;
mod witness;

pub(crate) use arguments::{Arguments, Mode};
pub(crate) use launcher::{Launcher, worker};
pub(crate) use launcher::{bytes_to_go_around, sizes, uncached_bytes};
pub(crate) use suite::{Suite, record_without_summary, run, summary_follows};
pub(crate) use witness::{Witness, iai_home, target_folder};

use std::os::unix::process::parent_id;

use parcost::bench::{cores, launcher as worker_side};

/// What this target was asked to do. From here on it ends with the cargo that has started it.
pub(crate) fn arguments() -> Arguments {
    worker_side::die_with(parent_id() as i32);
    let arguments = Arguments::from_command_line();
    if arguments.quick || arguments.mode == Mode::Test {
        launcher::fill_fewer_caches();
    }
    arguments
}

/// Numbers of workers for curves over the cores that may be used; in the short profile the ends of those with a core for each.
pub(crate) fn worker_axis(suite: &Suite) -> Vec<u64> {
    let cores = cores() as u64;
    let ends = [1, cores];
    suite.axis(&axis::workers(cores), if cores > 1 { &ends } else { &ends[1..] })
}
