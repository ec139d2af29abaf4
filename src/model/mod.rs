//! Plain data that every other room speaks in: what was measured, where, when, and on what commit.

mod benchmark;
mod commit;
mod estimate;
mod excerpt;
mod fitness;
mod hexadecimal;
mod interchange;
mod machine;
pub mod made;
mod measure;
mod measurement;
mod metric;
mod not_measured;
mod paired;
mod run;
mod stored;
pub mod topics;

pub use benchmark::{AsOptionalText, AsText, BenchmarkId};
pub use commit::Commit;
pub use estimate::Estimate;
pub use excerpt::{Excerpt, MachineExcerpt, MeasurementExcerpt, RoundsExcerpt};
pub use fitness::{FitFor, Fitness};
pub use hexadecimal::hexadecimal;
pub use interchange::{
    FORMULA_SIGNS, INTERCHANGE_SCHEMA_VERSION, Interchange, InterchangePoint, InterchangeSeries, Remark, RemarkItem,
    RemarkKind, Remarks,
};
pub use machine::{Conditions, EMULATED, Fact, Machine, MachineKey};
pub use measure::BENCHER_MEASURES;
pub use measurement::{CPU_AVAILABILITY_MIN, Failure, Measurement, Omission, PERCENTILES, Quality, Round};
pub use metric::{Direction, Metric};
pub use not_measured::{NotMeasured, NotMeasuredReason};
pub use paired::{Class, FunctionChange, PAIRED_SCHEMA_VERSION, Pair, PairedBenchmark, PairedCount, PairedRun, Timing};
pub use run::{Run, SCHEMA_VERSION, TargetNote, Toolchain};
pub use stored::{CheckedFolder, Checkup, Fault, Finding, RunHeader, StoredFolder, StoredRuns, UnusableFile};
