//! The sections on how far work scales: what is reached of the ideal, the laws of whole curves, and jobs in two halves.

use std::collections::BTreeSet;

use super::summary::labelled;
use crate::advise::{Bound, Fit, Growth, Halved, Law, Summary, Way};
use crate::model::{Estimate, Metric, Run};
use crate::report::number::interval;
use crate::report::page::{Cell, NoteKind, PERCENT, Section, Table};
use crate::verdict::Reading;

/// What to know to read the efficiencies.
const EFFICIENCY_EXPLAINED: &str = "Speed-up ÷ the processors that the workers were really given, or ÷ the workers where \
                                    they wait, at each number of workers in turn. Weak scaling: each worker has the same \
                                    work; strong scaling: the same work is shared out.";

/// What to know to read the laws.
const LAWS_EXPLAINED: &str = "Fitted to the points with a processor for each worker, with 95 % intervals, by Gunther's law: \
                              speed-up = n ÷ (1 + σ (n - 1) + κ n (n - 1)). σ is the share of the work that is not done \
                              side by side, κ what a pair of workers loses by keeping in step; below zero is beyond the \
                              ideal. With too few points for both by Amdahl's, which takes κ for nought: there σ stands \
                              for all that is lost.";

/// What to know to read the table of halves.
const HALVED_EXPLAINED: &str = "Strong scaling: one job in two halves, one of them given away, against doing both here; \
                                the share of two processors that is reached.";

/// What the fits are called where there are none.
const LAWS: &str = "scaling laws";

/// The sections of a summary on scaling. What the run itself says of laws that it has not, is not said again.
pub(super) fn laws_sections(run: &Run, summary: &Summary) -> [Section; 3] {
    let mut parameters = parameters(&summary.laws);
    if run.omissions.iter().any(|omission| omission.what.starts_with(LAWS)) {
        parameters.notes.clear();
    }
    // Why a time is wanting is told beside the speed-ups.
    let speed_ups = summary.topics.iter().flat_map(|topic| &topic.speed_ups);
    let readings = speed_ups.flat_map(|row| [Some(&row.threads), row.processes.as_ref()]).flatten();
    let told: BTreeSet<&str> = readings.filter_map(reason).collect();
    [efficiency(&summary.laws, &told), parameters, halves(&summary.halved)]
}

fn reason(reading: &Reading) -> Option<&str> {
    match reading {
        Reading::Measured(_) => None,
        Reading::Inconclusive(reason) | Reading::Missing(reason) => Some(reason),
    }
}

fn efficiency(laws: &[Law], told: &BTreeSet<&str>) -> Section {
    let mut section = Section::new("scaling: what is reached of the ideal");
    let mut table = Table::new(&["what", "scaling", "#workers", "#threads", "#processes"]);
    for law in laws {
        let what = format!("{}: {}", law.topic, labelled(&law.label, &law.parameters));
        for (_, way) in law.ways() {
            for (workers, reading) in law.workers.iter().zip(&way.efficiency) {
                if reason(reading).is_some_and(|reason| !told.contains(reason)) {
                    section.note_reading(&format!("{} ×{workers}", way.benchmark), reading);
                }
            }
        }
        let workers: Vec<String> = law.workers.iter().map(u64::to_string).collect();
        let way = |way: &Option<Way>| way.as_ref().map_or(Cell::text(""), efficiencies);
        table.rows.push(vec![
            Cell::text(what),
            Cell::text(law.growth.word()),
            Cell::text(workers.join(" ")),
            way(&law.threads),
            way(&law.processes),
        ]);
    }
    if !table.rows.is_empty() {
        (section.text, section.table) = (Some(EFFICIENCY_EXPLAINED.to_owned()), Some(table));
    }
    section
}

/// The efficiencies of a way in per cent; of a curve with a hole none.
fn efficiencies(way: &Way) -> Cell {
    let mut values = Vec::new();
    for reading in &way.efficiency {
        match reading {
            Reading::Measured(share) => values.push(share.center() * 100.0),
            Reading::Inconclusive(reason) => return Cell::Inconclusive(reason.clone()),
            Reading::Missing(reason) => return Cell::NotMeasured(reason.clone()),
        }
    }
    Cell::Numbers { values, unit: PERCENT.to_owned() }
}

fn parameters(laws: &[Law]) -> Section {
    let mut section = Section::new("scaling: the laws of the curves");
    let mut table = Table::new(&["curve", "#σ", "#κ", "#best workers"]);
    for way in laws.iter().filter(|law| is_fitted(law)).flat_map(|law| law.ways().map(|(_, way)| way)) {
        let Fit { serial_share, contention, coherency, peak_workers } = &way.fit;
        match (contention, serial_share) {
            (Reading::Measured(sigma), _) => table.rows.push(vec![
                Cell::name(&way.benchmark),
                Cell::percent(*sigma),
                share(coherency),
                match peak_workers {
                    Reading::Measured(_) => Cell::reading(peak_workers, Metric::PeakWorkers, true),
                    Reading::Inconclusive(reason) | Reading::Missing(reason) => Cell::text(reason),
                },
            ]),
            (_, Reading::Measured(sigma)) => table.rows.push(vec![
                Cell::name(&way.benchmark),
                Cell::percent(*sigma),
                Cell::text("0 by Amdahl"),
                Cell::text(""),
            ]),
            (_, Reading::Inconclusive(reason) | Reading::Missing(reason)) => {
                section.note(NoteKind::LeftOut, LAWS, reason);
            }
        }
    }
    if !table.rows.is_empty() {
        (section.text, section.table) = (Some(LAWS_EXPLAINED.to_owned()), Some(table));
    }
    section
}

/// Whether its curves are of the kind that laws are fitted to.
fn is_fitted(law: &Law) -> bool {
    (law.growth, law.bound) == (Growth::Weak, Bound::Processors)
}

fn share(reading: &Reading) -> Cell {
    match reading {
        Reading::Measured(estimate) => Cell::percent(*estimate),
        Reading::Inconclusive(reason) => Cell::Inconclusive(reason.clone()),
        Reading::Missing(reason) => Cell::NotMeasured(reason.clone()),
    }
}

fn halves(halved: &[Halved]) -> Section {
    let mut section = Section::new("scaling: one job in two halves");
    let Some(first) = halved.first() else { return section };
    let ways = first.ways.iter().map(|(way, _)| format!("#{}", way.replace('_', " ")));
    let names: Vec<String> = std::iter::once("#square roots".to_owned()).chain(ways).collect();
    let mut table = Table::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for job in halved {
        let mut row = vec![Cell::text(job.roots.to_string())];
        for (way, reading) in &job.ways {
            section.note_reading(&format!("{way}, {} roots", job.roots), reading);
            row.push(share(reading).without_interval());
        }
        table.rows.push(row);
    }
    (section.text, section.table) = (Some(HALVED_EXPLAINED.to_owned()), Some(table));
    section
}

/// What a curve says beside its drawing: how it is to be read, what is reached of the ideal, and its law.
pub(in crate::report) fn law_line(law: &Law) -> String {
    let of = match law.bound {
        Bound::Processors => "the processors given",
        Bound::Waiting => "as many workers",
    };
    let workers: Vec<String> = law.workers.iter().map(u64::to_string).collect();
    let mut line =
        format!("{} scaling. Reached of {of}, with {} workers:", capital(law.growth.word()), workers.join(", "));
    for (place, (name, way)) in law.ways().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        line.push_str(&format!("{comma} {name} {}", efficiencies(way).printed()));
    }
    line.push('.');
    if is_fitted(law) {
        let mut told: Vec<(String, String)> =
            law.ways().map(|(name, way)| (capital(name), fit_line(&way.fit))).collect();
        // What holds of both is said once.
        told.dedup_by(|second, first| {
            second.1 == first.1 && {
                first.0 = "Both".to_owned();
                true
            }
        });
        told.iter().for_each(|(name, said)| line.push_str(&format!(" {name}: {said}.")));
    }
    line
}

fn fit_line(fit: &Fit) -> String {
    let percent = |share: &Estimate| {
        let [center, low, high] = [share.center(), share.low(), share.high()].map(|share| share * 100.0);
        Estimate::new(center, low, high).map_or_else(|error| error.to_string(), |share| interval(share, PERCENT))
    };
    match (&fit.contention, &fit.coherency, &fit.serial_share) {
        (Reading::Measured(sigma), Reading::Measured(kappa), _) => {
            let peak = match &fit.peak_workers {
                Reading::Measured(peak) => format!("best at {} workers", interval(*peak, "")),
                Reading::Inconclusive(reason) | Reading::Missing(reason) => reason.clone(),
            };
            format!("Gunther's law with σ {}, κ {}; {peak}", percent(sigma), percent(kappa))
        }
        (_, _, Reading::Measured(share)) => {
            format!("Amdahl's law, all that is lost taken for serial, with σ {}", percent(share))
        }
        (_, _, Reading::Inconclusive(reason) | Reading::Missing(reason)) => format!("no law is fitted, since {reason}"),
    }
}

fn capital(word: &str) -> String {
    let mut signs = word.chars();
    signs.next().map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}
