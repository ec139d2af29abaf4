//! The sections on how far work scales: efficiency, the laws of whole curves, and split jobs.

use std::collections::BTreeSet;

use super::capital;
use crate::advise::{Fit, FittedCurve, Growth, Law, Split, Summary};
use crate::model::topics::Bound;
use crate::model::{Estimate, Metric, Run};
use crate::report::number::interval;
use crate::report::number::labelled;
use crate::report::page::{Cell, NoteKind, PERCENT, Section, Table};
use crate::verdict::{Absent, Value};

const EFFICIENCY_EXPLAINED: &str = "Speed-up ÷ the processors that were available to the workers, or ÷ the workers where \
                                    they wait, at each number of workers in turn. Weak scaling: each worker has the same \
                                    work; strong scaling: the same work is shared out.";

const LAWS_EXPLAINED: &str = "Fitted to the points with a processor for each worker, with 95 % intervals, by Gunther's law: \
                              speed-up = n ÷ (1 + σ (n - 1) + κ n (n - 1)). σ is the share of the work that is not done \
                              in parallel, κ what a pair of workers loses by keeping in step; below zero is beyond the \
                              ideal. With too few points for both, by Amdahl's law, in which κ is 0 and σ stands for all \
                              that is lost.";

const SPLIT_EXPLAINED: &str = "Strong scaling: half of the job is done elsewhere, vs. all of it here; the efficiency on two \
                               processors.";

const LAWS: &str = "scaling laws";

/// Why an interval of a speed-up or an efficiency is not cut at what would be ideal.
pub(super) const BEYOND_IDEAL: &str = "Intervals are not cut at the ideal: they hold what another session \
                                       would measure.";

/// The sections of a summary on scaling. Laws that the run itself records as skipped are not listed again.
pub(super) fn laws_sections(run: &Run, summary: &Summary) -> [Section; 3] {
    let mut parameters = parameters(&summary.laws);
    if run.omissions.iter().any(|omission| omission.what.starts_with(LAWS)) {
        parameters.notes.clear();
    }
    // Why a time is absent stands beside the speed-ups.
    let speed_ups = summary.topics.iter().flat_map(|topic| &topic.speed_ups);
    let values = speed_ups.flat_map(|row| [Some(&row.threads), row.processes.as_ref()]).flatten();
    let shown: BTreeSet<String> = values.filter_map(|value| Some(value.as_ref().err()?.to_string())).collect();
    [efficiency(&summary.laws, &shown), parameters, splits(&summary.splits)]
}

fn efficiency(laws: &[Law], shown: &BTreeSet<String>) -> Section {
    let mut section = Section::new("Scaling: efficiency");
    let mut table = Table::new(&["what", "scaling", "#workers", "#threads", "#processes"]);
    for law in laws {
        let what = format!("{}: {}", law.topic, labelled(&law.label, &law.parameters));
        for (_, curve) in law.curves() {
            for (workers, value) in law.workers.iter().zip(&curve.efficiency) {
                if value.as_ref().is_err_and(|it| !it.is_elsewhere() && !shown.contains(&it.to_string())) {
                    section.note_reading(&format!("{} ×{workers}", curve.benchmark), value);
                }
            }
        }
        let shown = few(law.workers.len());
        let workers: Vec<String> = shown.iter().map(|&place| law.workers[place].to_string()).collect();
        let cell = |curve: &Option<FittedCurve>| curve.as_ref().map_or(Cell::text(""), |it| efficiencies(it, &shown));
        table.rows.push(vec![
            Cell::text(what),
            Cell::text(law.growth),
            Cell::text(workers.join(" ")),
            cell(&law.threads),
            cell(&law.processes),
        ]);
    }
    section.tabled(EFFICIENCY_EXPLAINED, table)
}

/// At most three of so many points, which fit beside each other: the middle one, that of a worker for each processor
/// and that of two. The speed-ups have them all.
fn few(points: usize) -> Vec<usize> {
    if points <= 3 { (0..points).collect() } else { vec![(points - 2) / 2, points - 2, points - 1] }
}

/// The efficiencies of a curve at these of its points in per cent; none with a hole.
fn efficiencies(curve: &FittedCurve, shown: &[usize]) -> Cell {
    let percent = |value: &Value| value.clone().map(|share| share.center() * 100.0);
    match shown.iter().filter_map(|&place| curve.efficiency.get(place)).map(percent).collect::<Value<Vec<f64>>>() {
        Ok(values) => Cell::Numbers { values, unit: PERCENT.to_owned() },
        Err(absent) => Cell::absent(&absent),
    }
}

fn parameters(laws: &[Law]) -> Section {
    let mut section = Section::new("Scaling: the laws of the curves");
    let mut table = Table::new(&["curve", "#σ", "#κ", "#best workers"]);
    for curve in laws.iter().filter(|law| is_fitted(law)).flat_map(|law| law.curves().map(|(_, curve)| curve)) {
        let Fit { serial_share, contention, coherency, peak_workers } = &curve.fit;
        match (contention, serial_share) {
            (Ok(sigma), _) => table.rows.push(vec![
                Cell::name(&curve.benchmark),
                Cell::percent(*sigma),
                Cell::share(coherency),
                match peak_workers {
                    Ok(_) => Cell::reading(peak_workers, Metric::PeakWorkers, true),
                    Err(absent) => Cell::text(absent.to_string()),
                },
            ]),
            (_, Ok(sigma)) => table.rows.push(vec![
                Cell::name(&curve.benchmark),
                Cell::percent(*sigma),
                Cell::text("0 by Amdahl"),
                Cell::text(""),
            ]),
            (_, Err(reason)) => {
                section.note(NoteKind::Skipped, LAWS, &reason.to_string());
            }
        }
    }
    section.tabled(LAWS_EXPLAINED, table)
}

/// Whether its curves are of the kind that laws are fitted to.
fn is_fitted(law: &Law) -> bool {
    (law.growth, law.bound) == (Growth::Weak, Bound::Processors)
}

fn splits(splits: &[Split]) -> Section {
    let mut section = Section::new("Scaling: split a job in two");
    let mut table = Table::new(&["#square roots", "half of it by", "#efficiency"]);
    for job in splits {
        for it in &job.functions {
            section.note_reading(&format!("{}, {} roots", it.function, job.roots), &it.efficiency);
            if !it.efficiency.as_ref().is_err_and(Absent::is_missing) {
                let function = Cell::text(it.function.replace('_', " "));
                table.rows.push(vec![Cell::text(job.roots.to_string()), function, Cell::share(&it.efficiency)]);
            }
        }
    }
    section.tabled(&*format!("{SPLIT_EXPLAINED} {BEYOND_IDEAL}"), table)
}

/// What stands beside the drawing of a curve: how to read it, its efficiency, and its law.
pub(in crate::report) fn law_line(law: &Law) -> String {
    let of = match law.bound {
        Bound::Processors => "the available processors",
        Bound::Waiting => "as many workers",
    };
    let workers: Vec<String> = law.workers.iter().map(u64::to_string).collect();
    let mut line = format!(
        "{} scaling. Efficiency on {of}, with {} workers:",
        capital(&law.growth.to_string()),
        workers.join(", ")
    );
    let all: Vec<usize> = (0..law.workers.len()).collect();
    for (index, (name, curve)) in law.curves().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        line.push_str(&format!("{comma} {name} {}", efficiencies(curve, &all).printed()));
    }
    line.push('.');
    if is_fitted(law) {
        let mut lines: Vec<(String, String)> =
            law.curves().map(|(name, curve)| (capital(name), fit_line(&curve.fit))).collect();
        // What holds of both is printed once.
        lines.dedup_by(|second, first| {
            second.1 == first.1 && {
                first.0 = "Both".to_owned();
                true
            }
        });
        lines.iter().for_each(|(name, text)| line.push_str(&format!(" {name}: {text}.")));
    }
    line
}

fn fit_line(fit: &Fit) -> String {
    let percent = |share: &Estimate| Cell::percent(*share).printed();
    match (&fit.contention, &fit.coherency, &fit.serial_share) {
        (Ok(sigma), Ok(kappa), _) => {
            let peak = match &fit.peak_workers {
                Ok(peak) => format!("best at {} workers", interval(*peak, "")),
                Err(absent) => absent.to_string(),
            };
            format!("Gunther's law with σ {}, κ {}; {peak}", percent(sigma), percent(kappa))
        }
        (_, _, Ok(share)) => {
            format!("Amdahl's law, in which all that is lost is serial, with σ {}", percent(share))
        }
        (_, _, Err(reason)) => format!("no law is fitted, since {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::SplitEfficiency;

    #[test]
    fn of_many_points_the_middle_one_and_the_last_two_are_shown() {
        let cases: [(usize, &[usize]); 5] =
            [(0, &[]), (3, &[0, 1, 2]), (4, &[1, 2, 3]), (6, &[2, 4, 5]), (13, &[5, 11, 12])];
        for (points, expected) in cases {
            assert_eq!(few(points), expected, "{points}");
        }
    }

    #[test]
    fn an_efficiency_of_a_split_job_has_its_interval_and_one_that_nobody_measured_no_row() {
        let of = |function, efficiency| SplitEfficiency { function, efficiency };
        let functions = vec![
            of("pooled_thread", Ok(Estimate::new(0.6, 0.5, 0.75).unwrap())),
            of("fork", Err(Absent::missing("nobody asked"))),
        ];
        let section = splits(&[Split { roots: 8_000, functions }]);
        let rows = section.table.unwrap().rows;
        let [row] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!(row.iter().map(Cell::printed).collect::<Vec<_>>(), ["8000", "pooled thread", "60.0 % (50.0–75.0)"]);
    }
}
