//! What a history needs of a stored run: a small part of it, so that a thousand of them are read in a moment.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{BenchmarkId, Commit, Conditions, Fact, Failure, Fitness, MachineKey, Metric, Quality, Toolchain};

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
    /// The commit that was measured.
    pub commit: Commit,
    /// Where it was measured.
    pub machine: MachineExcerpt,
    /// Conditions before the first benchmark.
    pub conditions_before: Option<Conditions>,
    /// The host after the last benchmark.
    pub conditions_after: Option<Conditions>,
    /// Compilers and tools.
    pub toolchain: Toolchain,
    /// What the doctor said of the circumstances.
    pub fitness: Option<Fitness>,
    /// What was measured.
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
    /// The machine's key.
    pub key: MachineKey,
    /// Facts of the hardware.
    #[serde(default)]
    pub hardware: BTreeMap<String, Fact>,
    /// The facts that are no part of the key.
    pub software: BTreeMap<String, Fact>,
}

/// A part of a [`Measurement`](super::Measurement).
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MeasurementExcerpt {
    /// The bench file it came from.
    pub topic: String,
    /// The benchmark's id.
    pub benchmark: BenchmarkId,
    /// What was measured of it.
    pub metric: Metric,
    /// Its rounds.
    pub rounds: RoundsExcerpt,
    /// The benchmark that is the least of such work, where there is one.
    #[serde(default)]
    pub floor: Option<BenchmarkId>,
    /// Whether the number can be relied on.
    pub quality: Quality,
}

/// A part of each [`Round`](super::Round) of a measurement, in their order.
///
/// There are many rounds and few names of calibrators, so that they are gathered while they are read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoundsExcerpt {
    /// Smallest sample of each round, in the metric's unit.
    pub minima: Vec<f64>,
    /// For each calibrator its median in every round that has it, ns.
    pub calibrators: Vec<(String, Vec<f64>)>,
}

impl RoundsExcerpt {
    /// The place of a calibrator, a new one where it is met for the first time.
    fn place(&mut self, name: &str) -> usize {
        let known = self.calibrators.iter().position(|(known, _)| known == name);
        known.unwrap_or_else(|| {
            self.calibrators.push((name.to_owned(), Vec::new()));
            self.calibrators.len() - 1
        })
    }
}

impl<'de> Deserialize<'de> for RoundsExcerpt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut rounds = RoundsExcerpt::default();
        deserializer.deserialize_seq(Rounds(&mut rounds))?;
        Ok(rounds)
    }
}

struct Rounds<'a>(&'a mut RoundsExcerpt);

impl<'de> Visitor<'de> for Rounds<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rounds")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rounds: A) -> Result<(), A::Error> {
        while rounds.next_element_seed(Round(self.0))?.is_some() {}
        Ok(())
    }
}

struct Round<'a>(&'a mut RoundsExcerpt);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    Min,
    Calibrators,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for Round<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Round<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a round")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let (mut min, mut calibrated) = (None, false);
        while let Some(field) = fields.next_key()? {
            match field {
                Field::Min if min.is_some() => return Err(Error::duplicate_field("min")),
                Field::Min => min = Some(fields.next_value()?),
                Field::Calibrators if calibrated => return Err(Error::duplicate_field("calibrators")),
                Field::Calibrators => {
                    calibrated = true;
                    fields.next_value_seed(Calibrators(self.0))?;
                }
                Field::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        match (min, calibrated) {
            (Some(min), true) => self.0.minima.push(min),
            (None, _) => return Err(Error::missing_field("min")),
            (Some(_), false) => return Err(Error::missing_field("calibrators")),
        }
        Ok(())
    }
}

struct Calibrators<'a>(&'a mut RoundsExcerpt);

impl<'de> DeserializeSeed<'de> for Calibrators<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Calibrators<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("calibrators by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut readings: A) -> Result<(), A::Error> {
        while let Some(place) = readings.next_key_seed(Name(self.0))? {
            let ns = readings.next_value()?;
            self.0.calibrators[place].1.push(ns);
        }
        Ok(())
    }
}

struct Name<'a>(&'a mut RoundsExcerpt);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a calibrator")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        Ok(self.0.place(name))
    }
}
