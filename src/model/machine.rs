//! What the numbers were measured on: hardware and software that stay, and the conditions of the day.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing asked of the host, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    Value(String),
    /// It exists or may exist, but could not be read: why.
    Unknown(String),
    /// It does not exist on this kind of machine: why.
    NotApplicable(String),
}

/// How the fact `virtualisation` begins where a program plays the processor: its times are those of no processor.
pub const EMULATED: &str = "emulated";

/// Identity of a machine class: runs are judged against each other only under one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct MachineKey(String);

/// Stable facts of hardware and system software, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// `<arch>-<cpu>-<cores>c-<hash>`, from the key facts alone.
    pub key: MachineKey,
    /// The facts that are hashed into the key.
    pub hardware: BTreeMap<String, Fact>,
    /// Facts that are recorded but not hashed: a newer microcode or kernel patch is the same machine.
    pub software: BTreeMap<String, Fact>,
}

/// What is true only now: load, frequency, pressure. Recorded, never hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conditions {
    /// When they were read, RFC 3339 in UTC.
    pub time: String,
    pub facts: BTreeMap<String, Fact>,
}

impl MachineKey {
    /// A key as computed by the probe; letters, digits, `-` and `_` only, so that it can be a folder's name.
    pub fn new(slug: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        (!slug.is_empty() && slug.len() <= 100 && slug.chars().all(plain)).then(|| Self(slug.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MachineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Fact {
    /// The answer, if there is one.
    pub fn value(&self) -> Option<&str> {
        match self {
            Fact::Value(value) => Some(value),
            Fact::Unknown(_) | Fact::NotApplicable(_) => None,
        }
    }
}
