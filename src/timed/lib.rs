//! What parcost times and counts. It is a crate of its own so that it is optimized as programs are, and so that the worker, whose
//! size is part of what it costs to start, holds nothing else.

pub mod counters;
pub mod workloads;
