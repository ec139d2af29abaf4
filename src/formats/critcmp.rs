//! What `critcmp --export` writes: one baseline of Criterion in one file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::builder::{Builder, Observation};
use super::criterion::{Estimates, Interval};
use super::json::{Members, parse};
use super::{Error, Source};

#[derive(Deserialize)]
struct Export {
    benchmarks: Members<Benchmark>,
}

#[derive(Deserialize)]
struct Benchmark {
    fullname: String,
    criterion_estimates_v1: Estimates,
}

pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let export: Export = parse(source.text(builder.form)?, builder)?;
    let mut given = BTreeMap::new();
    for (_, benchmark) in export.benchmarks.0 {
        let name = builder.number(&benchmark.fullname, &mut given);
        let median = benchmark.criterion_estimates_v1.median;
        let Interval { lower_bound, upper_bound } = median.confidence_interval;
        builder.add(Observation {
            name,
            unit: Some("ns".to_owned()),
            value: median.point_estimate,
            low: Some(lower_bound),
            high: Some(upper_bound),
            ..Observation::default()
        })?;
    }
    Ok(())
}
