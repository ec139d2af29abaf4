//! What threads and processes cost on this machine, measured, compared and watched; and gates of changes of code.
//!
//! ```text
//! workloads -> benches -> (files) -> ingest + host -> model::Run -> store -> verdict -> gate | compare | trend | advise | doctor -> report -> cli
//! ```
//!
//! Left of the files is code that is timed and knows nothing of JSON; right of them is code that is never timed. The
//! rooms are private: [`cli`] is the program, [`mod@bench`] serves benches, [`rooms`] tests and examples.

mod advise;
pub mod cli;
mod compare;
mod doctor;
mod export;
mod gate;
mod git;
mod host;
mod ingest;
mod model;
mod process;
mod python;
mod report;
mod runner;
mod stats;
mod store;
mod trend;
mod verdict;

use parcost_timed::workloads;

/// What a benchmark target is made of.
pub mod bench {
    pub use crate::cli::budget;
    pub use crate::host::free_memory;
    pub use crate::model::topics::{class_of, topic_of};
    pub use crate::model::{Class, form_of};
    pub use crate::process::{Conversation, Scratch};
    pub use crate::python::{Choice, Discovered, Interpreter, Outcome, Plan, Scripts};
    pub use crate::python::{ask, benchmarks, candidates, discover, measure};
    pub use crate::stats::{median, median_interval, quantile};
    pub use crate::verdict::policy::{
        PROBE_AVAILABILITY_MIN, PROBE_CAPACITY_MIN, PROBE_USUAL, ROUND_AVAILABILITY_MIN, ROUND_WORK_MIN,
        ROUNDS_FACTOR_MAX, ratio_target,
    };
    pub use crate::workloads::{
        CACHES, Parameters, UNCACHED_BYTES, WorkerError, last_level_cache, launcher, protocol, toggle,
    };
    pub use crate::workloads::{
        Capacity, capacity, cores, cpus_needed, has_awake_workers, has_independent_workers, prepare, stolen_ns,
    };
}

/// What tests and examples make, read and judge, by its room.
pub mod rooms {
    pub mod advise {
        pub use crate::advise::law_series;
    }
    pub mod compare {
        pub use crate::compare::{Comparison, Process, Row, Series, Side, Source, compare};
    }
    pub mod export {
        pub use crate::export::{Error, FORMATS, Written, format, write};
    }
    pub mod gate {
        pub use crate::gate::{Gate, GatePolicy, SeriesVerdict, gate, undecided};
    }
    pub mod host {
        pub use crate::host::machine_key;
    }
    pub mod ingest {
        pub use crate::ingest::{Assumed, Error, FORMATS, Harvest, ImportFormat, Source};
        pub use crate::ingest::{callgrind, criterion, detect, format, harvest, read, sample_log};
    }
    pub mod model {
        pub use crate::model::made;
        pub use crate::model::{BenchmarkId, Commit, Conditions, Direction, Estimate, Fact, FitFor, Fitness, Machine};
        pub use crate::model::{Class, PAIRED_SCHEMA_VERSION, Pair, PairedBenchmark, PairedCount, PairedRun, Timing};
        pub use crate::model::{Excerpt, MachineExcerpt, MeasurementExcerpt, RoundsExcerpt};
        pub use crate::model::{INTERCHANGE_SCHEMA_VERSION, Interchange, InterchangePoint, InterchangeSeries, Remark};
        pub use crate::model::{
            MachineKey, Measurement, Metric, Omission, Quality, Round, Run, SCHEMA_VERSION, Toolchain,
        };
    }
    pub mod stats {
        pub use crate::stats::quantile;
    }
    pub mod store {
        pub use crate::store::{Error, Problem, Row, append, layout, list, list_as, load, paired, parse, read};
    }
    pub mod trend {
        pub use crate::trend::{Category, ChangePoint, Drift, Finding, History, RunIndex, Selection};
        pub use crate::trend::{history, trend};
    }
    pub mod verdict {
        pub use crate::verdict::{
            Claim, Limit, Outcome, Sessions, Stale, Verdict, accepted, not_accepted, policy, rules, session_reaches,
            stale,
        };
    }
}
