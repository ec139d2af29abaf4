//! What a side consists of: stored runs, or what another harness left behind.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Commit, Failure, MachineKey, Measurement, Metric, Omission, Quality, Round, Run};
use crate::verdict::Sessions;
use crate::verdict::environment::{Facts, Readings};
use crate::verdict::external::is_external;
use crate::verdict::value::clock_ns;

/// One side of a comparison: a run, or several that stand for the same thing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// What the reader called it.
    pub name: String,
    /// The runs; each is one session.
    pub sources: Vec<Source>,
    /// The series of other tools that are neither times nor counts, by topic and name: none is compared.
    pub skipped: BTreeSet<(String, String)>,
    /// Whether git knows of no difference to the other side's commit but in documentation.
    pub same_code: bool,
}

/// One session of measuring.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// The file or folder that it was read from.
    pub place: String,
    /// Where a stored run comes from; another harness records nothing of the kind.
    pub origin: Option<Origin>,
    pub series: Vec<Series>,
    pub failures: Vec<Failure>,
    pub omissions: Vec<Omission>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    pub id: String,
    pub machine: MachineKey,
    pub profile: String,
    /// Start, conditions before and conditions after, RFC 3339.
    pub times: [String; 3],
    pub duration_s: f64,
    pub commit: Commit,
    pub facts: Facts,
    pub readings: Readings,
    pub lower_bounds: BTreeSet<String>,
    /// What the reference workloads took in every round, ns, by topic and name.
    pub references: BTreeMap<(String, String), Vec<f64>>,
}

/// One benchmark in one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The topic; of another harness the group.
    pub topic: String,
    /// Whether external programs were measured: their code is not the code that is compared.
    pub external: bool,
    /// Its name, as the harness writes it.
    pub benchmark: String,
    pub metric: Metric,
    /// The amount of work of one operation where it was declared; with another amount it is another benchmark.
    pub work: Option<String>,
    /// The form of its group; with another one it is another benchmark.
    pub form: i16,
    /// Why the run recorded the numbers as inconclusive, where it did.
    pub inconclusive: Option<String>,
    /// The reference workload that the values are normalized by.
    pub reference: Option<String>,
    /// What reading the clock may add to a value, ns; 0 of another harness, which chooses its samples alike.
    pub clock_ns: f64,
    /// How far another session of the machine may be from the values, a logarithm; 0 of counts and of another harness.
    pub reach: f64,
    /// The fresh processes, each with what it came to.
    pub processes: Vec<Process>,
}

/// What one fresh process came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Process {
    pub samples: u64,
    pub min: f64,
    pub median: f64,
    /// The median of the series' reference workload in this process, ns.
    pub reference: Option<f64>,
}

pub(super) struct SeriesPair<'a> {
    pub(super) topic: &'a str,
    pub(super) benchmark: &'a str,
    pub(super) metric: Metric,
    pub(super) baseline: Vec<SeriesRef<'a>>,
    pub(super) candidate: Vec<SeriesRef<'a>>,
    /// What the other side measured of the benchmark, where it is another metric.
    pub(super) clash: Option<String>,
}

#[derive(Clone, Copy)]
pub(super) struct SeriesRef<'a> {
    pub(super) source: &'a Source,
    pub(super) series: &'a Series,
}

impl Side {
    pub(super) fn narrowed(&self, keep: &dyn Fn(&Series) -> bool) -> Side {
        let narrowed = |source: &Source| {
            let series = source.series.iter().filter(|series| keep(series)).cloned().collect();
            Source { series, ..source.clone() }
        };
        Side { sources: self.sources.iter().map(narrowed).collect(), ..self.clone() }
    }

    pub(super) fn origins(&self) -> impl Iterator<Item = (&Source, &Origin)> {
        self.sources.iter().filter_map(|source| Some((source, source.origin.as_ref()?)))
    }

    pub(super) fn places(&self) -> String {
        self.sources.iter().map(|source| source.place.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Source {
    /// A stored run, the file that it was read from, and what says how far other sessions of its machine are from it.
    pub fn of_run(place: &str, run: &Run, sessions: &Sessions) -> Self {
        Self {
            place: place.to_owned(),
            origin: Some(Origin {
                id: run.id.clone(),
                machine: run.machine.key.clone(),
                profile: run.profile.clone(),
                times: [&run.started, &run.conditions_before.time, &run.conditions_after.time].map(Clone::clone),
                duration_s: run.duration_s,
                commit: run.commit.clone(),
                facts: Facts::new(
                    run.machine.hardware.clone(),
                    run.machine.software.clone(),
                    run.toolchain.facts.clone(),
                ),
                readings: Readings::new(
                    [&run.conditions_before, &run.conditions_after],
                    &run.machine.hardware,
                    run.fitness.as_ref(),
                ),
                lower_bounds: run
                    .measurements
                    .iter()
                    .filter_map(|it| Some(it.lower_bound.as_ref()?.to_string()))
                    .collect(),
                references: references(run),
            }),
            series: run.measurements.iter().map(|it| series(run, it, sessions)).collect(),
            failures: run.failures.clone(),
            omissions: run.omissions.clone(),
        }
    }
}

/// Each round once, with the wall time: the metrics of a benchmark share their rounds.
fn references(run: &Run) -> BTreeMap<(String, String), Vec<f64>> {
    let mut references: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for measurement in run.measurements.iter().filter(|it| it.metric == Metric::WallTime) {
        for (name, &ns) in measurement.rounds.iter().flat_map(|round| &round.references) {
            if ns.is_finite() && ns > 0.0 {
                references.entry((measurement.topic.clone(), name.clone())).or_default().push(ns);
            }
        }
    }
    references
}

fn series(run: &Run, measurement: &Measurement, sessions: &Sessions) -> Series {
    let process = |round: &Round| Process {
        samples: round.samples,
        min: round.min,
        median: round.median,
        reference: measurement.reference.as_ref().and_then(|name| round.references.get(name)).copied(),
    };
    Series {
        external: is_external(&measurement.topic),
        topic: measurement.topic.clone(),
        benchmark: measurement.benchmark.to_string(),
        metric: measurement.metric,
        work: None,
        form: run.form(&measurement.benchmark.group),
        inconclusive: match &measurement.quality {
            Quality::Good => None,
            Quality::Inconclusive(reason) => Some(reason.clone()),
        },
        reference: measurement.reference.clone(),
        clock_ns: clock_ns(
            measurement.metric,
            measurement.operations,
            measurement.rounds.iter().map(|round| round.min),
        ),
        reach: sessions.reach_of_value(measurement),
        processes: measurement.rounds.iter().map(process).collect(),
    }
}
