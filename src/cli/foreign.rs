//! Sides that another harness left behind.

use std::path::Path;

use anyhow::Result;

use super::side::Loaded;
use crate::compare::{Process, Series, Source};
use crate::engines::summaries::Age;
use crate::engines::{Error, STALE_AFTER, Stale, baselines, summaries};
use crate::model::Metric;
use crate::report::Remark;

/// Adds a baseline of Criterion's; all of it is one process a benchmark.
pub(super) fn baseline(root: &Path, name: &str, loaded: &mut Loaded) -> Result<()> {
    let read = baselines::read(root, name)?;
    let place = format!("{}@{name}", root.display());
    loaded.remark(&place, read.refused, read.stale);
    let series = |timed: baselines::Timed| Series {
        topic: timed.group,
        foreign: false,
        benchmark: timed.benchmark,
        metric: Metric::WallTime,
        work: timed.work,
        doubt: None,
        calibrator: None,
        processes: vec![Process {
            samples: timed.samples,
            min: timed.ns_min,
            median: timed.ns_median,
            calibrator: None,
        }],
    };
    loaded.add(place, read.benchmarks.into_iter().map(series).collect());
    Ok(())
}

/// Adds counts of instructions.
pub(super) fn counts(root: &Path, age: Age, loaded: &mut Loaded) -> Result<()> {
    let read = summaries::read(root, age)?;
    let place = format!("{}{}", root.display(), if age == Age::Old { "@old" } else { "" });
    loaded.remark(&place, read.refused, read.stale);
    let series = |counted: summaries::Counted| {
        let count = counted.instructions as f64;
        Series {
            topic: counted.group,
            foreign: false,
            benchmark: counted.benchmark,
            metric: Metric::CallgrindInstructions,
            work: None,
            doubt: None,
            calibrator: None,
            processes: vec![Process { samples: 1, min: count, median: count, calibrator: None }],
        }
    };
    loaded.add(place, read.counts.into_iter().map(series).collect());
    Ok(())
}

impl Loaded {
    fn add(&mut self, place: String, series: Vec<Series>) {
        self.foreign.push(Source { place, origin: None, series, gaps: Default::default() });
    }

    fn remark(&mut self, place: &str, refused: Vec<Error>, stale: Vec<Stale>) {
        let refused = refused.into_iter().map(|error| (true, place.to_owned(), error.to_string()));
        let stale = stale.into_iter().map(|stale| {
            let hours = |seconds: u64| seconds as f64 / 3600.0;
            let text = format!(
                "stale folder: in {place} it is {:.1} hours older than the newest, beyond {:.0} it counts as a rest of an \
                 earlier measuring; remove it or measure it again",
                hours(stale.older.as_secs()),
                hours(STALE_AFTER.as_secs())
            );
            (false, stale.benchmark, text)
        });
        let remark = |(refused, subject, text)| Remark { refused, subject, text };
        self.remarks.extend(refused.chain(stale).map(remark));
    }
}
