//! Threads or processes: what to use, which claims hold, and where the answer turns.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::machine::fitness_text;
use super::{RATIOS, intervals_text, run_text};
use crate::advise::answer::{
    Advice, Answer, Check, Choice, Claim, Crossover, Forecast, Part, Peak, Peaks, Rank, Strategy,
};
use crate::advise::{Crossing, KeyCost, Law, key_costs, laws};
use crate::model::topics::axis_of;
use crate::model::{MachineKey, Metric, Run, form_of};
use crate::report::number::{count, labelled, parameter, quantity, rounded};
use crate::report::page::{Cell, FACTOR, NoteKind, Page, Section, Status, Table};
use crate::verdict::policy::{ADVICE_DIFFERENCE, percent};
use crate::verdict::{Absent, Sessions, Value};

#[derive(Debug, Serialize, JsonSchema)]
pub struct AnswerData<'a> {
    pub run: &'a str,
    pub file: String,
    pub machine: &'a MachineKey,
    pub commit: Option<&'a str>,
    pub answer: &'a Answer,
    pub costs: Vec<KeyCost>,
    pub forecast: Option<Forecast>,
    pub laws: Vec<Law>,
    #[serde(skip)]
    source: &'a Run,
}

impl<'a> AnswerData<'a> {
    pub fn new(sessions: &Sessions<'a>, file: String, answer: &'a Answer, forecast: Option<Forecast>) -> Self {
        let run = sessions.run();
        let (machine, commit) = (&run.machine.key, run.commit.id.as_deref());
        let (costs, laws) = (key_costs(sessions), laws(sessions));
        Self { run: &run.id, file, machine, commit, answer, costs, forecast, laws, source: run }
    }
}

/// One screen: the choice for each kind of work and the key costs; folded, all that they rest on.
pub fn answer_page(data: &AnswerData) -> Page {
    let mut page = Page { title: "Threads or processes?".to_owned(), ..Page::default() };
    page.line("run", run_text(data.source));
    page.line("machine", data.machine.to_string());
    if let Some(fitness) = &data.source.fitness {
        page.line("suitable for", fitness_text(fitness.fit_for, &fitness.reasons));
    }
    let groups: BTreeSet<&str> = data.source.measurements.iter().map(|it| it.benchmark.group.as_str()).collect();
    let older: Vec<&str> = groups.into_iter().filter(|group| data.source.form(group) < form_of(group)).collect();
    if !older.is_empty() {
        let text = format!("{}: they measured something else; measure again with `cargo bench`", older.join(", "));
        page.line("older form", text);
    }
    page.sections = data.forecast.iter().flat_map(forecast_sections).collect();
    let costs = Section { folded: data.forecast.is_some(), ..costs(&data.costs) };
    page.sections.extend([advice_section(data.answer), costs]);
    page.sections.push(ratios(data.answer).folded());
    page.sections.extend(answer_details(data.answer).into_iter().map(Section::folded));
    page.with_next(match data.forecast {
        None => {
            "`parcost answer --work-us 200us --workers 8` for a program of yours; `--all` for all that is behind this"
        }
        Some(_) => "`--all` for what each is made of, crossovers, and all that is behind this",
    })
}

/// Which claims hold, from where on each mechanism is cheaper, and how many workers do most.
pub(in crate::report) fn answer_details(answer: &Answer) -> Vec<Section> {
    let mut sections =
        vec![claims_section(&answer.claims), crossovers(&answer.crossovers), peaks_section(&answer.peaks)];
    sections.retain(|section| !section.is_empty());
    sections
}

pub(super) fn claims_section(claims: &[Claim]) -> Section {
    let mut section = Section::new("Does it hold here?");
    let mut table = Table::new(&["claim", "#ratio", "on this machine", "?benchmark"]);
    for Claim { claim, ratio, holds, benchmarks } in claims {
        // Where there is a ratio, its interval says why it decides nothing.
        let how_much = format!("{claim}: by how much");
        section.note_reading(if holds.is_ok() { &how_much } else { claim }, ratio);
        let word = match holds {
            Ok(true) => "holds",
            Ok(false) => "does not hold here",
            Err(_) => "inconclusive",
        };
        if !ratio.as_ref().is_err_and(Absent::is_missing) {
            let [claim, word, benchmark] = [Cell::text(claim), Cell::text(word), Cell::name(&benchmarks[0])];
            table.rows.push(vec![claim, Cell::factor(ratio, true), word, benchmark]);
        }
    }
    section.tabled(None, table)
}

fn crossovers(crossovers: &[Crossover]) -> Section {
    let mut section = Section::new("From where on");
    let is_checked = crossovers.iter().any(|row| row.check.is_some());
    let names = ["what", "from", "that is", "measured again"];
    let mut table = Table::new(if is_checked { &names } else { &names[..3] });
    for row in crossovers {
        let Ok(crossing) = &row.crossing else {
            section.note_reading(row.question, &row.crossing);
            continue;
        };
        let [from, size] = crossing_cells(row, crossing);
        let mut cells = [row.question, &from, &size].map(Cell::text).to_vec();
        let check = || row.check.as_ref().map_or(String::new(), |check| check_text(check, &row.axis));
        cells.extend(is_checked.then(|| Cell::text(check())));
        table.rows.push(cells);
    }
    let text = "Where the two costs cross, each taken as a straight line between measured sizes, on logarithmic axes. In \
                brackets: where another session may have it, with a chance of 95 %; where that is wider than a factor of two, only \
                what is known is printed. The time is what the other strategy takes there.";
    section.tabled(text, table)
}

/// The axis of jobs, whose size says nothing to a reader: what they take does.
const JOBS: &str = "roots";

/// From where on, and beside it what that is: `3.11 ms (2.40 ms to 4.02 ms)` and `1,260,000 roots`, or `64.0 B` and `29.5 µs by
/// pipe`.
fn crossing_cells(row: &Crossover, crossing: &Crossing) -> [String; 2] {
    let time = |ns: f64| quantity(ns, Metric::WallTime.unit());
    let size = |position: f64| on(position, &row.axis);
    let Some(cost) = row.cost_ns else { return [text_of(crossing, &size), String::new()] };
    let [low, center, high] = crossing.positions();
    if row.axis == JOBS {
        let in_time = crossing.moved(cost);
        return [text_of(&in_time, &time), known(&in_time, [low, center, high], &size)];
    }
    let (_, baseline) = row.baseline.split_once('/').unwrap_or_default();
    let costs = known(crossing, [cost.low(), cost.center(), cost.high()], &time);
    [text_of(crossing, &size), format!("{costs} by {}", baseline.replace('_', " "))]
}

/// What belongs to a crossing: at its middle where that is known, else at both ends.
fn known(crossing: &Crossing, [low, center, high]: [f64; 3], print: &dyn Fn(f64) -> String) -> String {
    if crossing.is_narrow() { print(center) } else { format!("{} to {}", print(low), print(high)) }
}

/// From where on: `1.20 KiB (0.90 KiB to 2.00 KiB)`.
pub(super) fn crossing_text(crossing: &Crossing, axis: &str) -> String {
    text_of(crossing, &|position| on(position, axis))
}

fn text_of(crossing: &Crossing, print: &dyn Fn(f64) -> String) -> String {
    let [low, center, high] = crossing.positions().map(print);
    match crossing {
        Crossing::At { .. } if crossing.is_narrow() => format!("{center} ({low} to {high})"),
        Crossing::At { open_low: false, open_high: false, .. } => {
            format!("{high} on; not below {low}; between: not known")
        }
        Crossing::At { open_low: true, open_high: false, .. } => format!("{high} on; below: not known"),
        Crossing::At { open_low: false, open_high: true, .. } => format!("not below {low}; above: not known"),
        Crossing::At { .. } => format!("not known from {low} to {high}"),
        Crossing::Always(_) => format!("{center} on, or less"),
        Crossing::Never(_) => format!("not up to {center}"),
    }
}

fn check_text(check: &Check, axis: &str) -> String {
    let word = if check.is_within { "within" } else { "outside" };
    match &check.found {
        Ok(Crossing::At { position, .. }) => format!("{word}: {}", on(position.center(), axis)),
        Ok(Crossing::Always(first)) => format!("{word}: below {}", on(*first, axis)),
        Ok(Crossing::Never(last)) => format!("{word}: beyond {}", on(*last, axis)),
        Err(absent) => format!("inconclusive: {absent}"),
    }
}

fn on(value: f64, axis: &str) -> String {
    match axis_of(axis).map_or("", |axis| axis.unit) {
        "B" => quantity(value, "B"),
        // Whole things, of which no more digits are known than of anything else.
        "" => format!("{} {axis}", count(rounded(value).0)),
        unit => format!("{value:.1} {unit}"),
    }
}

/// One line for every kind of work, with the ratio that shows the choice best.
pub(in crate::report::pages) fn advice_section(answer: &Answer) -> Section {
    let mut section = Section::new("Processes ÷ threads, by kind of work");
    let mut table = Table::new(&["for", "use", "decided by", "#processes ÷ threads"]);
    for advice in &answer.advice {
        section.note_reading(advice.work, &advice.choice);
        table.rows.extend(advice.deciding().map(|it| {
            let ratio = Cell::factor(&it.ratio, true);
            vec![Cell::text(advice.work), choice_cell(advice), Cell::text(it.label), ratio]
        }));
    }
    let text = format!(
        "Above 1× threads are faster. Intervals: {}. Either: no significant difference of {} or more; threads start cheaper.",
        intervals_text(&answer.intervals),
        percent(ADVICE_DIFFERENCE)
    );
    section.tabled(text.as_str(), table)
}

/// Every ratio that the advice rests on.
fn ratios(answer: &Answer) -> Section {
    let mut section = Section::new("Every ratio behind it");
    let mut table = Table::new(&["for", "work", "#processes ÷ threads"]);
    for advice in &answer.advice {
        for it in &advice.ratios {
            section.note_reading(&format!("{}, {}", advice.work, it.label), &it.ratio);
            if it.ratio.is_ok() {
                table.rows.push(vec![Cell::text(advice.work), Cell::text(it.label), Cell::factor(&it.ratio, true)]);
            }
        }
    }
    section.tabled(&*format!("Ratio: {RATIOS}."), table)
}

pub(in crate::report::pages) fn choice_cell(advice: &Advice) -> Cell {
    let (status, word) = match &advice.choice {
        Ok(choice) => choice_word(choice),
        Err(absent) => (Status::Unsure, NoteKind::of(absent).word()),
    };
    Cell::verdict(status, word)
}

pub(in crate::report::pages) fn choice_word(choice: &Choice) -> (Status, &'static str) {
    match choice {
        Choice::Threads => (Status::Threads, "threads"),
        Choice::Processes => (Status::Processes, "processes"),
        Choice::ThreadsCheaperToStart(_) => (Status::Even, "either"),
        Choice::Mixed => (Status::Even, "it depends"),
    }
}

pub(in crate::report::pages) fn costs(costs: &[KeyCost]) -> Section {
    let mut section = Section::new("Key costs");
    let mut table = Table::new(&["to", "#costs", "?benchmark"]);
    for KeyCost { what, benchmark, metric, value } in costs {
        section.note_reading(what, value);
        if !value.as_ref().is_err_and(Absent::is_missing) {
            table.rows.push(vec![Cell::text(what), Cell::reading(value, *metric, true), Cell::name(benchmark)]);
        }
    }
    section.tabled(None, table)
}

/// The forecast of a program: the advice, every strategy, and what each is made of.
fn forecast_sections(forecast: &Forecast) -> Vec<Section> {
    let mut section = Section::new("Your program");
    let mut table = Table::new(&["strategy", "#makespan", "verdict"]);
    let mut parts = Table::new(&["strategy", "made of"]);
    let is_tie = tied(&forecast.strategies).count() > 1;
    let is_complete = forecast.strategies.iter().all(|it| it.makespan.is_ok());
    for strategy in &forecast.strategies {
        section.note_reading(strategy.name, &strategy.makespan);
        table.rows.push(vec![
            Cell::text(starred(strategy)),
            Cell::reading(&strategy.makespan, Metric::WallTime, true),
            rank(strategy, is_complete, is_tie),
        ]);
        let made_of: Vec<String> = strategy.parts.iter().filter_map(made_of).collect();
        parts.rows.push(vec![Cell::text(strategy.name), Cell::text(made_of.join(" + "))]);
    }
    section.text = Some(format!("{} {}", described(forecast), advice(&forecast.strategies)));
    section.table = Some(table);
    if forecast.is_beyond_memory {
        section.note(
            NoteKind::Note,
            "memory",
            "the program holds more than the memory of this machine: what its costs grow to there was not measured",
        );
    }
    let beyond: BTreeSet<String> = forecast.strategies.iter().flat_map(beyond).collect();
    if !beyond.is_empty() {
        let upto = beyond.into_iter().collect::<Vec<_>>().join(", ");
        let text = "taken to grow on as between the last two good positions";
        section.note(NoteKind::Note, "*", &format!("beyond what was measured ({upto}); {text}"));
    }
    let mut made_of = Section { table: Some(parts), ..Section::new("What each is made of") }.folded();
    let text =
        "the parts are added as if nothing overlapped; on a machine of 2 CPUs half of 231 forecasts were within 5 %";
    made_of.note(NoteKind::Note, "makespan", text);
    vec![section, made_of]
}

/// Up to where the parts of a makespan were measured that lie beyond: `memory up to 256 MiB`.
fn beyond(strategy: &Strategy) -> impl Iterator<Item = String> {
    let parts = strategy.parts.iter().filter(|_| strategy.makespan.is_ok());
    parts.filter_map(|part| part.beyond.map(|it| format!("{} up to {}", part.name, parameter(it.axis, it.at as u64))))
}

fn starred(strategy: &Strategy) -> String {
    format!("{}{}", strategy.name, if beyond(strategy).next().is_some() { "*" } else { "" })
}

fn time(ns: f64) -> String {
    quantity(ns, Metric::WallTime.unit())
}

fn described(forecast: &Forecast) -> String {
    let program = forecast.program;
    let jobs = match program.workers {
        1 => "1 job, computing".to_owned(),
        workers => format!("{workers} jobs at once, each computing"),
    };
    let mut words = vec![format!("{jobs} {}", time(program.work_ns))];
    words.extend((program.io_wait_ns > 0.0).then(|| format!("waiting {}", time(program.io_wait_ns))));
    words.extend(program.payload_bytes.map(|bytes| format!("given {}", quantity(bytes as f64, "B"))));
    let size = program.rss_mib.map_or(String::new(), |mib| format!(" of {}", quantity(mib * f64::from(1 << 20), "B")));
    words.push(format!("started by a program{size} that waits"));
    format!("{}.", words.join(", "))
}

fn advice(strategies: &[Strategy]) -> String {
    // The simplest first, as they are listed.
    let named = |it: &Strategy| Some(format!("{}, {}", starred(it), time(it.makespan.as_ref().ok()?.center())));
    let best: Vec<String> = tied(strategies).filter_map(named).collect();
    let unknown = strategies.iter().filter(|it| it.makespan.is_err()).count();
    let of_those = match unknown {
        0 => String::new(),
        1 => format!(" of the {} known (the other one is unknown)", strategies.len() - 1),
        _ => format!(" of the {} known (the other {unknown} are unknown)", strategies.len() - unknown),
    };
    match &best[..] {
        [] => "This run has the costs of too few strategies to compare.".to_owned(),
        [one] => format!("Cheapest{of_those}: {one}."),
        [simplest, others @ ..] => {
            format!(
                "Cheapest{of_those}: a tie; the simplest is {simplest}, not significantly different: {}.",
                others.join("; ")
            )
        }
    }
}

/// The cheapest strategy, and those that take about as long.
fn tied(strategies: &[Strategy]) -> impl Iterator<Item = &Strategy> {
    strategies.iter().filter(|it| matches!(it.rank, Some(Rank::Cheapest | Rank::NotSignificant)))
}

/// The cheapest of some is not the cheapest of all.
fn rank(strategy: &Strategy, is_complete: bool, is_tie: bool) -> Cell {
    match strategy.rank {
        Some(Rank::MoreExpensive) => Cell::verdict(Status::Worse, "more expensive"),
        Some(Rank::Inconclusive) => Cell::verdict(Status::Unsure, "inconclusive"),
        Some(_) if is_tie => Cell::verdict(Status::Even, "a tie"),
        Some(_) if is_complete => Cell::verdict(Status::Better, "cheapest"),
        Some(_) => Cell::verdict(Status::Unsure, "cheapest of those that are known"),
        None if strategy.makespan.is_ok() => Cell::text("nothing to compare with"),
        None => Cell::verdict(Status::Unsure, "unknown"),
    }
}

fn made_of(part: &Part) -> Option<String> {
    let star = if part.beyond.is_some() { "*" } else { "" };
    let estimate = part.time.as_ref().ok()?;
    match (part.name, estimate.center(), estimate.high()) {
        // No more than at the least size that was measured.
        ("memory", 0.0, 0.0) => None,
        ("memory", 0.0, _) => Some("memory: no growth".to_owned()),
        (name, ns, _) => Some(format!("{name} {}{star}", time(ns))),
    }
}

/// How many workers do the most of each work, and from how many on more of them hurt.
fn peaks_section(peaks: &[Peaks]) -> Section {
    let mut section = Section::new("How many workers?");
    let mut table = Table::new(&["work", "threads", "processes"]);
    for row in peaks {
        let label = format!("{}: {}", row.topic, labelled(&row.label, &row.parameters));
        let mut cell = |peak: Option<&Value<Peak>>| match peak {
            Some(Ok(Peak { workers, hurts, measured })) => {
                let more = match hurts {
                    Some((number, share)) => format!("{number} do {} of that", quantity(share.center(), FACTOR)),
                    None if workers == measured => "none more measured".to_owned(),
                    None => format!("no loss up to {measured}"),
                };
                Cell::text(format!("{workers}; {more}"))
            }
            Some(Err(absent)) => {
                section.note(NoteKind::Inconclusive, &label, &absent.to_string());
                Cell::text("inconclusive")
            }
            None => Cell::text(""),
        };
        let cells = [cell(Some(&row.threads)), cell(row.processes.as_ref())];
        table.rows.push([Cell::text(&label)].into_iter().chain(cells).collect());
    }
    let text = "The number up to which more workers do significantly more, and the first beyond it that does significantly \
                less.";
    section.tabled(text, table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::answer::answer;

    #[test]
    fn an_inconclusive_kind_of_work_has_its_reason_beside_it() {
        let text = include_str!(
            "../../../results/v1/machine=x86_64-amd-epyc-2c-5b5fdcec/20261129T082111Z-08d0d81539d8-fb0ad1051b68ec89.json"
        );
        let run: Run = serde_json::from_str(text).unwrap();
        let section = advice_section(&answer(&Sessions::new(&run, [])));
        let [memory, system] = &section.notes[..] else { panic!("{:?}", section.notes) };
        assert_eq!([&memory.subjects, &system.subjects], [&["moving memory"], &["calling the system"]]);
        assert!(memory.text.starts_with("allocating: 65 of 156 samples had"), "{}", memory.text);
        assert!(system.text.starts_with("map and unmap: the ratios of its rounds differ by 2.1×"), "{}", system.text);
    }

    #[test]
    fn a_crossover_that_is_not_known_to_a_factor_of_two_is_printed_as_what_is_known() {
        for (high, open_low, open_high, expected) in [
            (8.0, false, false, "6 roots (4 roots to 8 roots)"),
            (9.0, false, false, "9 roots on; not below 4 roots; between: not known"),
            (8.0, true, false, "8 roots on; below: not known"),
            (8.0, false, true, "not below 4 roots; above: not known"),
            (8.0, true, true, "not known from 4 roots to 8 roots"),
        ] {
            let position = crate::model::Estimate::new(6.0, 4.0, high).unwrap();
            assert_eq!(crossing_text(&Crossing::At { position, open_low, open_high }, JOBS), expected);
        }
    }
}
