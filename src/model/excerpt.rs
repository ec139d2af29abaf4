//! What a history needs of a stored run: a small part of it, so that a thousand of them are read in a moment.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZeroU64;

use serde::{Deserialize, Deserializer};

use super::{BenchmarkId, Commit, Conditions, Fact, Failure, Fitness, MachineKey, Metric, Quality, Toolchain, forms};

/// A part of a [`Run`](super::Run), under the same names, which explains them; what is not listed here is passed over
/// unread.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Excerpt {
    pub schema_version: u64,
    pub id: String,
    pub started: String,
    pub profile: String,
    pub commit: Commit,
    pub machine: MachineExcerpt,
    pub conditions_before: Option<Conditions>,
    pub conditions_after: Option<Conditions>,
    pub toolchain: Toolchain,
    pub fitness: Option<Fitness>,
    pub measurements: Vec<MeasurementExcerpt>,
    #[serde(default)]
    pub forms: BTreeMap<String, i16>,
    pub failures: Vec<Failure>,
    pub follows: Option<String>,
    pub seal: Option<String>,
}

impl Excerpt {
    /// The form in which a group was measured.
    pub fn form(&self, group: &str) -> i16 {
        forms::form_in(&self.forms, self.commit.id.as_deref(), group)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MachineExcerpt {
    pub key: MachineKey,
    #[serde(default)]
    pub hardware: BTreeMap<String, Fact>,
    pub software: BTreeMap<String, Fact>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MeasurementExcerpt {
    pub topic: String,
    pub benchmark: BenchmarkId,
    pub metric: Metric,
    #[serde(default)]
    pub operations: Option<NonZeroU64>,
    pub rounds: RoundsExcerpt,
    #[serde(default, rename = "floor")]
    pub lower_bound: Option<BenchmarkId>,
    pub quality: Quality,
}

/// A part of each [`Round`](super::Round) of a measurement, in their order.
///
/// There are many rounds and few names of reference workloads, so that they are gathered while they are read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoundsExcerpt {
    /// Smallest sample of each round, in the metric's unit.
    pub minima: Vec<f64>,
    /// For each reference workload its median in every round that has it, ns.
    pub references: Vec<(String, Vec<f64>)>,
}

#[derive(Deserialize)]
struct Round<'a> {
    min: f64,
    #[serde(borrow, rename = "calibrators")]
    references: BTreeMap<Name<'a>, f64>,
}

/// Not copied where the text that is read holds it as it is.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for RoundsExcerpt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut excerpt = RoundsExcerpt::default();
        for Round { min, references } in Vec::<Round<'de>>::deserialize(deserializer)? {
            excerpt.minima.push(min);
            for (Name(name), ns) in references {
                match excerpt.references.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, medians)) => medians.push(ns),
                    None => excerpt.references.push((name.into_owned(), vec![ns])),
                }
            }
        }
        Ok(excerpt)
    }
}
