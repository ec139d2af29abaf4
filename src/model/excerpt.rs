//! What a history needs of a stored run: a small part of it, so that a thousand of them are read in a moment.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{BenchmarkId, Commit, Fact, Failure, MachineKey, Metric, Quality, Toolchain};

/// A part of a [`Run`](super::Run), under the same names; what is not listed here is passed over unread.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Excerpt {
    /// Version of the stored form.
    pub schema_version: u64,
    /// Unique name of the run.
    pub id: String,
    /// Start, RFC 3339.
    pub started: String,
    /// How much was measured.
    pub profile: String,
    /// The source.
    pub commit: Commit,
    /// The machine.
    pub machine: MachineExcerpt,
    /// Compilers and tools.
    pub toolchain: Toolchain,
    /// The results.
    pub measurements: Vec<MeasurementExcerpt>,
    /// What was tried and failed.
    pub failures: Vec<Failure>,
    /// Id of the run that was stored before it.
    pub follows: Option<String>,
    /// What the file's content came to when it was written.
    pub seal: Option<String>,
}

/// A part of a [`Machine`](super::Machine).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MachineExcerpt {
    /// Its key.
    pub key: MachineKey,
    /// The facts that are no part of the key.
    pub software: BTreeMap<String, Fact>,
}

/// A part of a [`Measurement`](super::Measurement).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MeasurementExcerpt {
    /// The bench file it came from.
    pub topic: String,
    /// What was measured.
    pub benchmark: BenchmarkId,
    /// In which quantity.
    pub metric: Metric,
    /// One entry for every fresh process.
    pub rounds: Vec<RoundExcerpt>,
    /// Whether the number can be relied on.
    pub quality: Quality,
}

/// A part of a [`Round`](super::Round).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RoundExcerpt {
    /// Smallest sample, in the metric's unit.
    pub min: f64,
    /// Median of each calibrator measured between the samples, ns, by name.
    pub calibrators: BTreeMap<String, f64>,
}
