//! What a package says about its benchmarks, in `[package.metadata.parcost]` of its manifest.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::Class;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// Binary of the package that runs single benchmarks by name: started as `NAME launch PARENT`, it answers the lines
    /// `time BENCHMARK ITERATIONS` on its standard input. It takes the place of Criterion while pairs are measured: it
    /// starts faster, keeps the number of operations, and reports CPU time.
    pub launcher: Option<String>,
    /// Bench targets that are compared when none is named; without any, all of them.
    pub benches: Vec<String>,
    /// First parts of the names, up to a `/`, of benchmarks whose cost is the processor's work: judged by CPU time where
    /// it is measured, and with a higher threshold.
    pub compute: Vec<String>,
    /// First parts of the names of benchmarks with several threads under the counting: their counts jitter.
    pub threaded: Vec<String>,
    /// The form of benchmarks, by the first part of their names: 1 where none is given. It goes up when what is measured under a
    /// name changes; benchmarks whose form differs between two revisions are not compared.
    pub forms: BTreeMap<String, i16>,
    /// Environment of the bench targets while their benchmarks are listed and measured.
    pub environment: BTreeMap<String, String>,
    /// Arguments for bench targets that count, behind cargo's `--`.
    pub count_arguments: Vec<String>,
}

impl Settings {
    pub fn of(metadata: &serde_json::Value) -> Result<Self, serde_json::Error> {
        match metadata.get("parcost") {
            Some(table) => Settings::deserialize(table),
            None => Ok(Settings::default()),
        }
    }

    /// Whether a benchmark of that name is the processor's work; a package without settings other than forms gets the higher
    /// threshold everywhere.
    pub fn is_compute(&self, benchmark: &str) -> bool {
        Self { forms: BTreeMap::new(), ..self.clone() } == Self::default() || has_first(&self.compute, benchmark)
    }

    pub(super) fn form(&self, benchmark: &str) -> i16 {
        self.forms.get(first(benchmark)).copied().unwrap_or(1)
    }

    pub(super) fn class(&self, benchmark: &str) -> Class {
        if self.is_compute(benchmark) { Class::Compute } else { Class::System }
    }

    /// Whether a benchmark of that name runs several threads while it is counted.
    pub fn is_threaded(&self, benchmark: &str) -> bool {
        has_first(&self.threaded, benchmark)
    }
}

fn has_first(firsts: &[String], benchmark: &str) -> bool {
    firsts.iter().any(|known| known == first(benchmark))
}

fn first(benchmark: &str) -> &str {
    benchmark.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_do_not_exist_are_refused() {
        let read = |text: &str| Settings::of(&serde_json::from_str(text).unwrap());
        assert_eq!(read("null").unwrap(), Settings::default());
        assert_eq!(read(r#"{"docs":{}}"#).unwrap(), Settings::default());
        let settings = read(r#"{"parcost":{"launcher":"worker","compute":["calc"]}}"#).unwrap();
        assert!(settings.is_compute("calc/threads/workers=2") && !settings.is_compute("calculate/threads"));
        assert!(read(r#"{"parcost":{"forms":{"serve":2}}}"#).unwrap().is_compute("parse"));
        assert!(read(r#"{"parcost":{"luncher":"worker"}}"#).is_err());
    }
}
