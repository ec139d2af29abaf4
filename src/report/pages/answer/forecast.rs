//! What a program would take in each way.

use crate::advise::answer::{Forecast, Part, Standing, Way};
use crate::model::{Estimate, Metric};
use crate::report::number::quantity;
use crate::report::page::{Cell, NoteKind, Section, Table, Tone};
use crate::verdict::Reading;

/// The forecast of a program: the advice, every way, and what each is made of.
pub fn forecast_sections(forecast: &Forecast) -> Vec<Section> {
    let mut section = Section::new("your program");
    let mut table = Table::new(&["way", "#makespan", "", "made of"]);
    let mut is_beyond = false;
    for way in &forecast.ways {
        section.note_reading(&way.name, &way.makespan);
        is_beyond |= way.parts.iter().any(|part| part.is_beyond);
        table.rows.push(vec![
            Cell::text(&way.name),
            Cell::reading(&way.makespan, Metric::WallTime, true),
            standing(way.standing),
            Cell::text(way.parts.iter().filter_map(made_of).collect::<Vec<_>>().join(" + ")),
        ]);
    }
    section.text = Some(format!("{} {}", described(forecast), advice(&forecast.ways)));
    section.table = Some(table);
    let text = "the parts are added, as if nothing overlapped: starting goes on while the first jobs compute, so it is that at most";
    section.note(NoteKind::Beside, "makespan", text);
    if is_beyond {
        section.note(
            NoteKind::Beside,
            "*",
            "beyond what was measured: taken to grow on as between the last two places",
        );
    }
    vec![section]
}

fn described(forecast: &Forecast) -> String {
    let program = forecast.program;
    let time = |ns: f64| quantity(ns, Metric::WallTime.unit());
    let mut words = vec![format!("{} jobs at once, each computing {}", program.workers, time(program.work_ns))];
    words.extend((program.io_wait_ns > 0.0).then(|| format!("waiting {}", time(program.io_wait_ns))));
    words.extend(program.payload_bytes.map(|bytes| format!("given {}", quantity(bytes as f64, "B"))));
    words.extend(program.rss_mib.map(|mib| format!("started by a program of {mib:.0} MiB")));
    format!("{}.", words.join(", "))
}

/// The one line.
fn advice(ways: &[Way]) -> String {
    let of = |standing: Standing| ways.iter().filter(move |way| way.standing == standing);
    let Some((best, makespan)) = of(Standing::Cheapest).find_map(|way| Some((way, told(way)?))) else {
        return "No way could be priced by this run.".to_owned();
    };
    let alike: Vec<&str> = of(Standing::Alike).map(|way| way.name.as_str()).collect();
    let taken = quantity(makespan.center(), Metric::WallTime.unit());
    if alike.is_empty() {
        format!("Cheapest: {}, {taken}.", best.name)
    } else {
        format!("Cheapest: {}, {taken}; not to be told apart from it: {}.", best.name, alike.join(", "))
    }
}

fn told(way: &Way) -> Option<Estimate> {
    match &way.makespan {
        Reading::Measured(makespan) => Some(*makespan),
        Reading::Inconclusive(_) | Reading::Missing(_) => None,
    }
}

fn standing(standing: Standing) -> Cell {
    match standing {
        Standing::Cheapest => Cell::verdict(Tone::Better, "cheapest"),
        Standing::Alike => Cell::verdict(Tone::Even, "alike"),
        Standing::Dearer => Cell::verdict(Tone::Worse, "dearer"),
        Standing::Untold => Cell::verdict(Tone::Unsure, "not told"),
    }
}

fn made_of(part: &Part) -> Option<String> {
    let Reading::Measured(time) = &part.time else { return None };
    let star = if part.is_beyond { "*" } else { "" };
    Some(format!("{} {}{star}", part.name, quantity(time.center(), Metric::WallTime.unit())))
}
