//! Whether the code or the machine moved a row, told by what moved along.

use std::collections::{BTreeMap, BTreeSet};

use super::binaries::Binaries;
use super::otherwise::{origins, systems};
use super::rows::Row;
use super::source::{Origin, Side};
use super::tested::shift;
use super::{FLOOR_SESSION, FLOOR_SYSTEM, PROCESSES_MIN, RUNS_MIN};
use crate::model::Metric;
use crate::stats;
use crate::verdict::attribution::{
    Attribution, explains, is_most, is_most_lower_bounds, is_of_the_system, is_paced, metric_of_lower_bounds,
};
use crate::verdict::external::is_foreign_fact;
use crate::verdict::policy::{LOWER_BOUNDS_MIN, MOST_SERIES_MIN};

const FOREIGN: &str = "programs of others are not the code that is measured here";
const COUNTED: &str = "counts and shares are the same however fast the machine is";
const NOBODY: &str = "nothing that was measured on both sides shows what the machine did by itself: no calibrator, and too few \
                      floors and benchmarks; `parcost gate` would tell";
/// Readings of a calibrator on a side that are held against the other side's, each against each: more tell no more.
const READINGS_MAX: usize = 64;
/// Controls that are named one by one.
const NAMED_MAX: usize = 3;

/// Says of every row that moved what it is put down to.
pub(super) fn told(rows: &mut [Row], mut controls: Controls<'_>) {
    controls.enter_rows(rows);
    for row in rows.iter_mut().filter(|row| row.is_moved() && row.cause.is_none()) {
        let (cause, reason) = controls.cause(row);
        (row.cause, row.cause_reason) = (Some(cause), Some(reason));
    }
}

/// Something that the code does not move, or hardly.
struct Control {
    /// The topic of a calibrator; a floor speaks for all topics.
    topic: String,
    name: String,
    /// Candidate ÷ baseline.
    ratio: f64,
}

/// All that is asked about who moved a row.
pub(super) struct Controls<'a> {
    binaries: &'a Binaries,
    /// Whether anything of the machine, its software or the toolchain is otherwise.
    is_other_system: bool,
    /// The topics of the calibrators that could be judged.
    calibrated: BTreeSet<String>,
    /// The calibrators that moved.
    calibrators: Vec<Control>,
    /// The benchmarks that are floors.
    floor_names: BTreeSet<String>,
    /// Number of floors that could be judged, by metric.
    floors_judged: BTreeMap<Metric, usize>,
    /// The floors that moved.
    floors: Vec<(Metric, Control)>,
    /// Rows that could be judged, and the ratios of those that moved.
    judged: usize,
    moved: Vec<f64>,
}

impl<'a> Controls<'a> {
    /// What the two sides have to say about the machine.
    pub(super) fn new(baseline: &Side, candidate: &Side, binaries: &'a Binaries) -> Self {
        let (ours, theirs) = (origins(baseline), origins(candidate));
        let mut controls = Self {
            binaries,
            // An interpreter has no part in what is measured of ours.
            is_other_system: systems(&ours, &theirs).iter().any(|changed| !is_foreign_fact(&changed.name)),
            calibrated: BTreeSet::new(),
            calibrators: Vec::new(),
            floor_names: ours.iter().chain(&theirs).flat_map(|origin| origin.floors.iter().cloned()).collect(),
            floors_judged: BTreeMap::new(),
            floors: Vec::new(),
            judged: 0,
            moved: Vec::new(),
        };
        controls.enter_calibrators(&ours, &theirs);
        controls
    }

    /// Takes the rows as they were judged for witnesses.
    fn enter_rows(&mut self, rows: &[Row]) {
        for row in rows.iter().filter(|row| is_of_the_system(row.metric) && !row.foreign && row.is_judged()) {
            let moved = row.ratio.filter(|_| row.is_moved());
            if is_paced(row.metric) {
                self.judged += 1;
                self.moved.extend(moved);
            }
            if self.floor_names.contains(&row.benchmark) {
                *self.floors_judged.entry(row.metric).or_default() += 1;
                let (topic, name) = (row.topic.clone(), row.benchmark.clone());
                self.floors.extend(moved.map(|ratio| (row.metric, Control { topic, name, ratio })));
            }
        }
    }

    fn enter_calibrators(&mut self, baseline: &[&Origin], candidate: &[&Origin]) {
        let names = baseline.iter().flat_map(|origin| origin.calibrators.keys());
        let names: BTreeSet<&(String, String)> = names.collect();
        for key in names {
            let [ours, theirs] = [baseline, candidate].map(|side| readings(side, key));
            let by_run = ours.len().min(theirs.len()) >= RUNS_MIN;
            let values = [ours, theirs].map(|side| if by_run { medians(&side) } else { few(&side.concat()) });
            let floor = if by_run { FLOOR_SYSTEM } else { FLOOR_SESSION };
            if values.iter().any(|side| side.len() < PROCESSES_MIN) {
                continue;
            }
            let [ours, theirs] = values.map(|side| side.into_iter().map(libm::log).collect::<Vec<f64>>());
            let Some(shift) = shift(&ours, &theirs) else { continue };
            let (topic, name) = key.clone();
            self.calibrated.insert(topic.clone());
            if shift.is_beyond(libm::log1p(floor)) {
                self.calibrators.push(Control { topic, name, ratio: shift.ratio() });
            }
        }
    }

    /// What a row that moved is put down to, and why.
    fn cause(&self, row: &Row) -> (Attribution, String) {
        if row.foreign {
            return (Attribution::External, FOREIGN.to_owned());
        }
        if let Binaries::Same(_) = self.binaries {
            return (Attribution::Machine, "the same binaries were measured on both sides".to_owned());
        }
        let ratio = row.ratio.unwrap_or(1.0);
        let by_pace = |reason: Option<String>| reason.filter(|_| is_paced(row.metric));
        let by_system = |reason: Option<String>| reason.filter(|_| is_of_the_system(row.metric));
        let blamed = by_pace(self.calibrators(row, ratio)).or_else(|| by_system(self.floors(row, ratio)));
        if let Some(reason) = blamed.or_else(|| by_pace(self.most(ratio))) {
            return (Attribution::Machine, reason);
        }
        if let Binaries::Shared(reason) = self.binaries {
            return (Attribution::Unknown, reason.clone());
        }
        let stayed = match () {
            () if !is_paced(row.metric) => COUNTED,
            () if !self.calibrated.is_empty() => "no calibrator went along so far that it would account for it",
            () if self.floors_judged(row).0 >= LOWER_BOUNDS_MIN => "most floors stayed",
            () if self.judged >= MOST_SERIES_MIN => "most benchmarks stayed",
            () => return (Attribution::Unknown, NOBODY.to_owned()),
        };
        let measured = match self.binaries {
            Binaries::Unknown => "which binaries were measured is not recorded of all runs",
            _ => "other binaries were measured",
        };
        (Attribution::Code, format!("{measured}; {stayed}"))
    }

    /// Calibrators of the topic that went along, or of any topic where its own has none.
    fn calibrators(&self, row: &Row, ratio: f64) -> Option<String> {
        let own = self.calibrated.contains(&row.topic);
        let along: Vec<&Control> = self
            .calibrators
            .iter()
            .filter(|control| (!own || control.topic == row.topic) && same_way(control.ratio, ratio))
            .collect();
        let name = |control: &Control| format!("{} in {}", control.name, control.topic);
        named(ratio, &along, name).map(|names| format!("the calibrators went along: {names}"))
    }

    /// Most floors went along, where they may tell.
    ///
    /// They are code of ours too. So they speak only where no calibrator could, or where something that is not the code was
    /// otherwise as well; else a slip in what all workloads share would pass for the machine.
    fn floors(&self, row: &Row, ratio: f64) -> Option<String> {
        if !self.calibrated.is_empty() && !self.is_other_system {
            return None;
        }
        let (judged, metric) = self.floors_judged(row);
        let along = self.floors.iter().filter(|(of, control)| *of == metric && same_way(control.ratio, ratio));
        let along: Vec<&Control> = along.map(|(_, control)| control).collect();
        let names = named(ratio, &along, |control| control.name.clone())
            .filter(|_| is_most_lower_bounds(along.len(), judged))?;
        Some(format!("{} of {judged} floors went along, which are the system's share: {names}", along.len()))
    }

    /// The number of floors that could be judged and speak for a row, and their metric.
    fn floors_judged(&self, row: &Row) -> (usize, Metric) {
        let judged = |metric| self.floors_judged.get(&metric).copied().unwrap_or_default();
        let metric = metric_of_lower_bounds(row.metric, judged);
        (judged(metric), metric)
    }

    /// Most rows went along, and nothing but their number can tell why.
    fn most(&self, ratio: f64) -> Option<String> {
        let along = self.moved.iter().filter(|other| same_way(**other, ratio)).count();
        let told = self.calibrated.is_empty() && is_most(along, self.judged);
        told.then(|| format!("{along} of {} rows went along, and no calibrator could tell", self.judged))
    }
}

/// What each run of a side read of a calibrator.
fn readings<'a>(side: &[&'a Origin], key: &(String, String)) -> Vec<&'a [f64]> {
    side.iter().filter_map(|origin| origin.calibrators.get(key).map(Vec::as_slice)).collect()
}

fn medians(readings: &[&[f64]]) -> Vec<f64> {
    readings.iter().filter_map(|run| stats::median(run)).collect()
}

/// Readings of processes, many of them by the medians of a few each.
fn few(readings: &[f64]) -> Vec<f64> {
    let each = readings.len().div_ceil(READINGS_MAX).max(1);
    medians(&readings.chunks(each).collect::<Vec<_>>())
}

fn same_way(one: f64, other: f64) -> bool {
    (one > 1.0) == (other > 1.0)
}

/// The controls by name and move, the largest first, where they account for a move.
fn named(ratio: f64, controls: &[&Control], name: impl Fn(&Control) -> String) -> Option<String> {
    if !explains(ratio, controls.iter().map(|control| control.ratio)) {
        return None;
    }
    let mut controls = controls.to_vec();
    controls.sort_by(|a, b| libm::log(b.ratio).abs().total_cmp(&libm::log(a.ratio).abs()));
    let named = controls.iter().take(NAMED_MAX);
    let named: Vec<String> = named.map(|it| format!("{} {:+.1} %", name(it), (it.ratio - 1.0) * 100.0)).collect();
    Some(match controls.len().saturating_sub(NAMED_MAX) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    })
}
