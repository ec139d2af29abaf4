//! One run: everything that was measured in one go, in one file that is written once.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Conditions, Fact, Failure, Machine, Measurement, Omission, forms};

/// Version of the stored form. Optional fields may be added under it; a name is never reused.
pub const SCHEMA_VERSION: u32 = 1;

/// Compilers and tools that made or measured the code, by name: `rustc`, `valgrind`, `libc`, `profile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Toolchain {
    pub facts: BTreeMap<String, Fact>,
}

/// Facts without which counts of instructions cannot be compared: another valgrind counts differently, another libc or
/// another class of its functions runs other code, and another compiler writes it.
pub const COUNT_FACTS: [&str; 9] =
    ["valgrind", "libc", "libc_dispatch", "libc_tunables", "rustc", "llvm", "target", "rustflags", "profile"];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Always the first field, so that a reader knows what it reads.
    pub schema_version: u32,
    /// Unique name of the run: 16 hexadecimal digits.
    pub id: String,
    /// Start, RFC 3339 in UTC.
    pub started: String,
    /// From the start of the first benchmark to the end of the last, seconds.
    pub duration_s: f64,
    /// How much was measured: `full`, `quick`, or what the user's arguments selected.
    pub profile: String,
    pub commit: Commit,
    pub machine: Machine,
    pub conditions_before: Conditions,
    pub conditions_after: Conditions,
    pub toolchain: Toolchain,
    /// The results, ordered by topic, benchmark and metric.
    pub measurements: Vec<Measurement>,
    /// The form of each group, which goes up when what its clock spans changes; none for runs from before forms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub forms: BTreeMap<String, i16>,
    pub failures: Vec<Failure>,
    pub omissions: Vec<Omission>,
    /// What has to be known to read the results of a topic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<TargetNote>,
    /// What the circumstances of the measuring allow the numbers to be used for; none for runs from before it was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fitness: Option<Fitness>,
    /// Id of the run that had started last among those of this machine when this one was stored; none for the first, and
    /// for runs from before seals. Two runs that were stored at the same time may follow the same one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// Always the last field, written by the store: SHA-256, lower-case hexadecimal, of the file's bytes before `,"seal"`.
    ///
    /// Those bytes are the run as compact JSON without this field and without the closing brace: fields in the order of
    /// this struct, maps in the order of their keys, numbers in the shortest form that reads back the same, absent
    /// `forms`, `notes`, `fitness` and `follows` left out. None for runs from before seals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
}

/// Something that has to be known to read the results of a bench target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetNote {
    pub topic: String,
    pub text: String,
}

/// The scope of a run of everything.
pub const FULL: &str = "full";

impl Run {
    pub fn is_full(&self) -> bool {
        self.profile == FULL
    }

    /// The form in which a group was measured.
    pub fn form(&self, group: &str) -> i16 {
        forms::form_in(&self.forms, self.commit.id.as_deref(), group)
    }

    /// What its counts of instructions depend on, as far as it is known, by name.
    pub fn counted_with(&self) -> BTreeMap<String, String> {
        let all = [&self.toolchain.facts, &self.machine.software, &self.machine.hardware];
        let value = |name: &str| all.iter().find_map(|facts| facts.get(name))?.value().map(str::to_owned);
        COUNT_FACTS.iter().filter_map(|name| Some(((*name).to_owned(), value(name)?))).collect()
    }

    /// What was measured, where and when, as one number: runs of one content are one run, whatever their ids and what was
    /// asked for. None where nothing was measured.
    pub fn content(&self) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        (&self.machine.key, &self.started).hash(&mut hasher);
        (&self.commit.id, self.measurements.len()).hash(&mut hasher);
        for measured in &self.measurements {
            (&measured.benchmark, measured.metric, measured.samples).hash(&mut hasher);
            let rounds = measured.rounds.iter().map(|round| round.median);
            rounds.chain([measured.estimate.center()]).for_each(|value| value.to_bits().hash(&mut hasher));
        }
        (!self.measurements.is_empty()).then(|| hasher.finish())
    }
}

/// A commit, or that there was none: a source archive is measured too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Commit {
    /// Full hexadecimal id; `None` outside a repository.
    pub id: Option<String>,
    /// Branch checked out; `None` when detached or outside a repository.
    pub branch: Option<String>,
    /// Commit time, RFC 3339 in UTC.
    pub time: Option<String>,
    /// Number of commits reachable from this one: its order on one line of history.
    pub order: Option<u64>,
    /// True when tracked files differed from the commit.
    pub dirty: bool,
    /// SHA-256 of Cargo.lock, hexadecimal.
    pub lock_hash: Option<String>,
    /// SHA-256 over the benchmark binaries and the worker, hexadecimal: same hash, same code under measure.
    pub binaries_hash: Option<String>,
}

/// What the circumstances allow, and what keeps them from allowing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fitness {
    pub fit_for: FitFor,
    /// What stands in the way of more, the gravest first; nothing where all is well.
    pub reasons: Vec<String>,
}

/// The uses of numbers, from the least demanding to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
pub enum FitFor {
    /// Counts of instructions hold; times and their ratios do not.
    #[strum(to_string = "counts only")]
    CountsOnly,
    /// Ratios of times that were taken side by side hold; a time alone does not.
    #[strum(to_string = "ratios only")]
    RatiosOnly,
    #[strum(to_string = "timing")]
    Timing,
}
