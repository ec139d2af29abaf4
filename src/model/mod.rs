//! Plain data that every other room speaks in: what was measured, where, when, and on what commit.

mod benchmark;
mod estimate;
mod excerpt;
mod forms;
mod interchange;
mod machine;
pub mod made;
mod measurement;
mod metric;
mod paired;
mod run;
mod stored;
mod text;
pub mod topics;

pub use benchmark::{AsOptionalText, AsText, BenchmarkId};
pub use estimate::Estimate;
pub use excerpt::{Excerpt, MachineExcerpt, MeasurementExcerpt, RoundsExcerpt};
pub use forms::{changed_between, form_of};
pub use interchange::{
    BENCHER_MEASURES, FORMULA_SIGNS, INTERCHANGE_SCHEMA_VERSION, Interchange, InterchangePoint, InterchangeSeries,
    NO_DIRECTION, PARCOST, REFERENCE_WORKLOAD, Remark, RemarkItem, RemarkKind, Remarks, labels,
};
pub use machine::{Conditions, EMULATED, Fact, Machine, MachineKey};
pub use measurement::{CPU_AVAILABILITY_MIN, Failure, Measurement, Omission, PERCENTILES, Quality, Round};
pub use metric::{Direction, Metric};
pub use paired::{
    Class, FunctionChange, NotMeasured, NotMeasuredReason, PAIRED_SCHEMA_VERSION, Pair, PairedBenchmark, PairedCount,
    PairedRun, Timing,
};
pub use run::{COUNT_FACTS, Commit, FULL, FitFor, Fitness, Run, SCHEMA_VERSION, TargetNote, Toolchain};
pub use stored::{CheckedFolder, Checkup, Fault, Finding, RunHeader, StoredFolder, StoredRuns, UnusableFile};
pub use text::{short, some_of};
