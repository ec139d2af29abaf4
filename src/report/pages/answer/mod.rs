//! Threads or processes: what to use, the claims, and where the answer turns.

mod advice;
mod forecast;
mod peaks;

pub(super) use advice::word as choice_text;
pub use forecast::forecast_sections;

use super::identify;
use crate::advise::Crossing;
use crate::advise::answer::{Answer, Check, Claim, Crossover, Word};
use crate::model::{Estimate, Metric, Run};
use crate::report::number::quantity;
use crate::report::page::{Cell, NoteKind, Page, Section, Table};
use crate::verdict::Reading;

/// The page of a run's answer.
pub fn answer_page(run: &Run, answer: &Answer) -> Page {
    let mut page = Page { title: "Threads or processes?".to_owned(), ..Page::default() };
    identify(&mut page, run);
    page.sections = answer_sections(answer);
    page
}

/// The answer alone, for pages that say more.
pub fn answer_sections(answer: &Answer) -> Vec<Section> {
    let mut sections = vec![
        advice::section(answer),
        claims(&answer.claims),
        crossovers(&answer.crossovers),
        peaks::section(&answer.peaks),
    ];
    sections.retain(|section| !section.is_empty());
    sections
}

fn claims(claims: &[Claim]) -> Section {
    let mut section = Section::new("does it hold here?");
    let mut table = Table::new(&["claim", "#by a factor of", "on this machine"]);
    for claim in claims {
        match &claim.word {
            Word::Untold(reason) if matches!(claim.factor, Reading::Measured(_)) => {
                section.note(NoteKind::Beside, &claim.sentence, reason);
            }
            Word::Untold(reason) => section.note(NoteKind::NotMeasured, &claim.sentence, reason),
            Word::Holds | Word::DoesNotHold => {}
        }
        if !matches!(claim.factor, Reading::Missing(_)) {
            let row = vec![
                Cell::text(&claim.sentence),
                Cell::factor(&claim.factor, true),
                Cell::text(match claim.word {
                    Word::Holds => "holds",
                    Word::DoesNotHold => "does not hold here",
                    Word::Untold(_) => "could not be told",
                }),
            ];
            table.rows.push(row);
        }
    }
    section.table = Some(table).filter(|table| !table.rows.is_empty());
    section
}

fn crossovers(crossovers: &[Crossover]) -> Section {
    let mut section = Section::new("from where on");
    let is_checked = crossovers.iter().any(|row| row.check.is_some());
    let mut table = Table::new(if is_checked {
        &["what", "from", "which takes", "found again"]
    } else {
        &["what", "from", "which takes"]
    });
    for row in crossovers {
        if let Crossing::Untold(reason) = &row.crossing {
            section.note(NoteKind::NotMeasured, &row.sentence, reason);
            continue;
        }
        let price = row.price_ns.map_or(Cell::text(""), alone);
        let mut cells = vec![Cell::text(&row.sentence), Cell::text(crossing_text(&row.crossing, &row.axis)), price];
        cells.extend(
            is_checked.then(|| Cell::text(row.check.as_ref().map_or(String::new(), |it| again(it, &row.axis)))),
        );
        table.rows.push(cells);
    }
    if !table.rows.is_empty() {
        let text = "Straight lines between measured places on logarithmic axes; the ends are those of the best and the \
                    worst curve within both intervals. What the work takes there is told of the other way.";
        section.text = Some(text.to_owned());
        section.table = Some(table);
    }
    section
}

/// From where on: `1.20 KiB (0.90 KiB to 2.00 KiB)`.
pub(super) fn crossing_text(crossing: &Crossing, axis: &str) -> String {
    match crossing {
        Crossing::At { place, open_low, open_high } => at(*place, *open_low, *open_high, axis),
        Crossing::Always(first) => format!("{} on, or less", on(*first, axis)),
        Crossing::Never(last) => format!("not up to {}", on(*last, axis)),
        Crossing::Untold(_) => "could not be told".to_owned(),
    }
}

fn at(place: Estimate, open_low: bool, open_high: bool, axis: &str) -> String {
    let end = |open: bool, sign: &str, value: f64| format!("{}{}", if open { sign } else { "" }, on(value, axis));
    let (low, high) = (end(open_low, "≤ ", place.low()), end(open_high, "≥ ", place.high()));
    format!("{} ({low} to {high})", on(place.center(), axis))
}

/// What a measurement around the crossing found.
fn again(check: &Check, axis: &str) -> String {
    let word = if check.is_within { "within" } else { "outside" };
    match &check.found {
        Crossing::At { place, .. } => format!("{word}: {}", on(place.center(), axis)),
        Crossing::Always(first) => format!("{word}: below {}", on(*first, axis)),
        Crossing::Never(last) => format!("{word}: beyond {}", on(*last, axis)),
        Crossing::Untold(reason) => format!("not told: {reason}"),
    }
}

/// A place on an axis in its unit.
fn on(value: f64, axis: &str) -> String {
    match axis {
        "bytes" => quantity(value, "B"),
        "rss_mib" => format!("{value:.1} MiB"),
        name => format!("{value:.0} {name}"),
    }
}

fn alone(ns: f64) -> Cell {
    Cell::reading(
        &Estimate::exact(ns).map_or(Reading::Missing(String::new()), Reading::Measured),
        Metric::WallTime,
        false,
    )
}
