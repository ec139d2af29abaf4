//! What a program would take by each strategy.

use crate::advise::answer::{Forecast, Part, Rank, Strategy};
use crate::model::Metric;
use crate::report::number::quantity;
use crate::report::page::{Cell, NoteKind, Section, Status, Table};

/// The forecast of a program: the advice, every strategy, and what each is made of.
pub(super) fn forecast_sections(forecast: &Forecast) -> Vec<Section> {
    let mut section = Section::new("your program");
    let mut table = Table::new(&["strategy", "#makespan", "verdict"]);
    let mut parts = Table::new(&["strategy", "made of"]);
    let is_complete = forecast.strategies.iter().all(|it| it.makespan.is_ok());
    for strategy in &forecast.strategies {
        section.note_reading(strategy.name, &strategy.makespan);
        table.rows.push(vec![
            Cell::text(strategy.name),
            Cell::reading(&strategy.makespan, Metric::WallTime, true),
            rank(strategy, is_complete),
        ]);
        let made_of: Vec<String> = strategy.parts.iter().filter_map(made_of).collect();
        parts.rows.push(vec![Cell::text(strategy.name), Cell::text(made_of.join(" + "))]);
    }
    section.text = Some(format!("{} {}", described(forecast), advice(&forecast.strategies)));
    section.table = Some(table);
    let mut made_of = Section { table: Some(parts), ..Section::new("what each is made of") }.folded();
    let text =
        "the parts are added as if nothing overlapped; on a machine of 2 CPUs half of 44 forecasts were within 11 %";
    made_of.note(NoteKind::Note, "makespan", text);
    if forecast.strategies.iter().flat_map(|it| &it.parts).any(|part| part.is_extrapolated) {
        made_of.note(NoteKind::Note, "*", "extrapolated: it grows on as between the last two measured positions");
    }
    vec![section, made_of]
}

fn time(ns: f64) -> String {
    quantity(ns, Metric::WallTime.unit())
}

fn described(forecast: &Forecast) -> String {
    let program = forecast.program;
    let mut words = vec![format!("{} jobs at once, each computing {}", program.workers, time(program.work_ns))];
    words.extend((program.io_wait_ns > 0.0).then(|| format!("waiting {}", time(program.io_wait_ns))));
    words.extend(program.payload_bytes.map(|bytes| format!("given {}", quantity(bytes as f64, "B"))));
    words.extend(program.rss_mib.map(|mib| format!("started by a program of {mib:.0} MiB")));
    format!("{}.", words.join(", "))
}

fn advice(strategies: &[Strategy]) -> String {
    let of = |rank: Rank| strategies.iter().filter(move |it| it.rank == Some(rank));
    let cheapest = of(Rank::Cheapest).find_map(|it| Some((it.name, it.makespan.as_ref().ok()?)));
    let Some((name, makespan)) = cheapest else {
        return "This run has the costs of too few strategies to compare.".to_owned();
    };
    let others: Vec<&str> = of(Rank::NotSignificant).map(|it| it.name).collect();
    let others =
        if others.is_empty() { String::new() } else { format!("; no significant difference to {}", others.join(", ")) };
    let measured = strategies.iter().filter(|it| it.makespan.is_ok()).count();
    let of_those = match strategies.len() {
        all if all == measured => String::new(),
        all => format!(" of the {measured} strategies of {all} that have a time"),
    };
    format!("Cheapest{of_those}: {name}, {}{others}.", time(makespan.center()))
}

/// The cheapest of some is not the cheapest of all.
fn rank(strategy: &Strategy, is_complete: bool) -> Cell {
    match strategy.rank {
        Some(Rank::Cheapest) if is_complete => Cell::verdict(Status::Better, "cheapest"),
        Some(Rank::Cheapest) => Cell::verdict(Status::Unsure, "cheapest of these"),
        Some(Rank::NotSignificant) => Cell::verdict(Status::Even, "no significant difference"),
        Some(Rank::MoreExpensive) => Cell::verdict(Status::Worse, "more expensive"),
        None if strategy.makespan.is_ok() => Cell::text("nothing to compare with"),
        None => Cell::verdict(Status::Unsure, "unknown"),
    }
}

fn made_of(part: &Part) -> Option<String> {
    let star = if part.is_extrapolated { "*" } else { "" };
    Some(format!("{} {}{star}", part.name, time(part.time.as_ref().ok()?.center())))
}
