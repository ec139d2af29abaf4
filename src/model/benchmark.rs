//! The name of a benchmark: a group, a function and its parameters.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// A piece of work (`group`), the mechanism that does it (`function`) and the axes (`parameters`).
///
/// Printed `group/function` or `group/function/name=value,name=value`, names in alphabetical order. A parameter's
/// name carries its unit as a suffix where it has one: `bytes`, `rss_mib`, `delay_ms`; the others are plain counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BenchmarkId {
    /// The piece of work; at equal parameters all functions of a group do the same.
    pub group: String,
    pub function: String,
    pub parameters: BTreeMap<String, u64>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not a benchmark name: {reason}; expected group/function or group/function/name=value,name=value")]
pub struct InvalidBenchmarkId {
    text: String,
    reason: &'static str,
}

/// Anything that prints, written as its text: `#[serde(with = "AsText")]`.
pub type AsText = Text<String>;
/// The same of what may be absent.
pub type AsOptionalText = Text<Option<String>>;

#[derive(JsonSchema)]
#[serde(transparent)]
pub struct Text<T>(T);

impl Text<String> {
    pub fn serialize<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }
}

impl Text<Option<String>> {
    pub fn serialize<T: fmt::Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(T::to_string).serialize(serializer)
    }
}

impl BenchmarkId {
    pub fn new(group: &str, function: &str, parameters: &[(&str, u64)]) -> Self {
        Self {
            group: group.to_owned(),
            function: function.to_owned(),
            parameters: parameters.iter().map(|&(name, value)| (name.to_owned(), value)).collect(),
        }
    }

    pub fn with_function(&self, function: &str) -> Self {
        Self { function: function.to_owned(), ..self.clone() }
    }

    /// The same at another value of a parameter.
    pub fn with(&self, parameter: &str, value: u64) -> Self {
        let mut id = self.clone();
        id.parameters.insert(parameter.to_owned(), value);
        id
    }

    /// `name=value,name=value`, empty without parameters.
    pub fn parameter_text(&self) -> String {
        let pairs: Vec<String> = self.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join(",")
    }
}

impl fmt::Display for BenchmarkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.group, self.function)?;
        if self.parameters.is_empty() { Ok(()) } else { write!(f, "/{}", self.parameter_text()) }
    }
}

impl FromStr for BenchmarkId {
    type Err = InvalidBenchmarkId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |reason| InvalidBenchmarkId { text: text.to_owned(), reason };
        let mut parts = text.splitn(3, '/');
        let group = parts.next().filter(|part| !part.is_empty()).ok_or_else(|| invalid("it has no group"))?;
        let function = parts.next().filter(|part| !part.is_empty()).ok_or_else(|| invalid("it has no function"))?;
        let mut parameters = BTreeMap::new();
        if let Some(pairs) = parts.next() {
            for pair in pairs.split(',') {
                let (name, value) = pair.split_once('=').ok_or_else(|| invalid("a parameter is not name=value"))?;
                let value = value.parse().map_err(|_| invalid("a parameter's value is no whole number"))?;
                if parameters.insert(name.to_owned(), value).is_some() {
                    return Err(invalid("a parameter is given twice"));
                }
            }
        }
        Ok(Self { group: group.to_owned(), function: function.to_owned(), parameters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_back() {
        let id = BenchmarkId::new("requests", "threads", &[("workers", 5), ("delay_ms", 10)]);
        assert_eq!(id.to_string(), "requests/threads/delay_ms=10,workers=5");
        assert_eq!(id.to_string().parse(), Ok(id));
        let plain = BenchmarkId::new("spawn", "floor", &[]);
        assert_eq!(plain.to_string().parse(), Ok(plain));
    }

    #[test]
    fn refuses_what_is_no_name() {
        for text in ["", "spawn", "spawn/", "/thread", "spawn/thread/8", "spawn/thread/a=x", "spawn/thread/a=1,a=2"] {
            assert!(text.parse::<BenchmarkId>().is_err(), "{text}");
        }
    }
}
