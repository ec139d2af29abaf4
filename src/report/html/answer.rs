//! The first screen: threads or processes for each kind of work, and what one more of either costs, on one axis.

use serde::Serialize;

use super::figures::{Figures, MACHINES, RowFigure, RowsFigure, bounds};
use super::ladder::{cost_mark, printed};
use super::view::id;
use crate::advise::answer::{Advice, Answer, Choice, answer};
use crate::advise::machines::MachineRuns;
use crate::advise::{Side, Summary, placement, summary};
use crate::model::topics::{is_lower_bound, meaning_of};
use crate::model::{BenchmarkId, Estimate, Metric, Omission, Run};
use crate::report::number::quantity;
use crate::report::page::{FACTOR, NoteKind, Section};
use crate::report::pages::{answer_details, intervals_text, letter};
use crate::verdict::policy::{ADVICE_DIFFERENCE, percent};
use crate::verdict::{Absent, find_value};

/// The topic and the parameter of the costs that are drawn: one more worker.
const STARTING: (&str, &str, u64) = ("spawn", "count", 1);

#[derive(Serialize)]
pub(super) struct AnswerView {
    /// The figure of the ratios.
    id: String,
    key: String,
    letter: String,
    /// How its marks look where several machines share an axis.
    class: &'static str,
    run: String,
    cards: Vec<Card>,
    /// Which groups of the cards another machine has in a newer form.
    older: String,
    /// Whether there is anything in the cards.
    is_measured: bool,
    /// Claims and crossovers.
    more: Vec<Section>,
}

#[derive(Serialize)]
struct Card {
    work: &'static str,
    /// With a mark where it rests on a group that another machine has in a newer form.
    choice: String,
    class: &'static str,
    why: String,
    /// What was measured, and processes ÷ threads.
    works: Vec<(&'static str, String)>,
}

/// What one more worker costs, by each mechanism, the cheapest first.
#[derive(Serialize)]
pub(super) struct CostsView {
    id: &'static str,
    rows: Vec<CostRow>,
}

#[derive(Serialize)]
struct CostRow {
    function: String,
    meaning: String,
    class: &'static str,
    /// On each machine.
    costs: Vec<String>,
}

pub(super) fn answer_view(
    index: usize,
    machine: &MachineRuns,
    older: Vec<Omission>,
    figures: &mut Figures,
) -> AnswerView {
    let run = machine.run;
    let key = run.machine.key.as_str();
    let answer = answer(&machine.sessions());
    let id = id("answer", key, &[]);
    figures.rows.insert(id.clone(), RowsFigure { unit: FACTOR, rows: ratio_rows(&answer) });
    let mut older: Vec<String> = older.into_iter().map(|it| it.what).collect();
    older.retain(|group| answer.advice.iter().any(|advice| rests_on(advice, group)));
    AnswerView {
        id,
        key: key.to_owned(),
        letter: letter(index),
        class: MACHINES[index.min(MACHINES.len() - 1)],
        run: format!("run {} of {}; intervals: {}", run.id, run.started, intervals_text(&answer.intervals)),
        cards: answer.advice.iter().map(|it| card(it, run, &older)).collect(),
        older: older.join(", "),
        is_measured: answer.advice.iter().any(|it| !it.choice.as_ref().is_err_and(Absent::is_missing)),
        more: answer_details(&answer),
    }
}

fn ratio_rows(answer: &Answer) -> Vec<RowFigure> {
    let look = |ratio: &Estimate| match ratio {
        // The look is that of the faster side.
        ratio if ratio.low() > 1.0 => "thread",
        ratio if ratio.high() < 1.0 => "process",
        _ => "same",
    };
    let ratios = answer.advice.iter().flat_map(|advice| &advice.ratios).map(|it| it.ratio.as_ref().ok());
    ratios
        .map(|ratio| RowFigure {
            marks: Vec::new(),
            ratio: ratio.map(|ratio| bounds(*ratio)),
            class: ratio.map_or("same", look),
        })
        .collect()
}

fn rests_on(advice: &Advice, group: &str) -> bool {
    let mut groups = advice.ratios.iter().map(|it| it.benchmarks[0].split('/').next());
    groups.any(|of| of == Some(group))
        || group == STARTING.0 && matches!(advice.choice, Ok(Choice::ThreadsCheaperToStart(_)))
}

fn card(advice: &Advice, run: &Run, older: &[String]) -> Card {
    let (choice, class) = match &advice.choice {
        Ok(Choice::Threads) => ("threads", "thread"),
        Ok(Choice::Processes) => ("processes", "process"),
        Ok(Choice::ThreadsCheaperToStart(_)) => ("either", "same"),
        Ok(Choice::Mixed) => ("it depends", "same"),
        Err(absent) => (NoteKind::of(absent).word(), if absent.is_missing() { "same" } else { "doubt" }),
    };
    let works = advice.ratios.iter().map(|it| (it.label, printed(&it.ratio, FACTOR, true))).collect();
    let mark = if older.iter().any(|group| rests_on(advice, group)) { "*" } else { "" };
    Card { work: advice.work, choice: format!("{choice}{mark}"), class, why: why(advice, run), works }
}

/// One plain sentence: what the choice rests on.
fn why(advice: &Advice, run: &Run) -> String {
    let measured = || advice.ratios.iter().filter_map(|it| Some((it.label, it.ratio.as_ref().ok()?)));
    let with_processes = measured().filter(|(_, ratio)| ratio.low() > 1.0).map(|(label, it)| (label, it.center()));
    let with_threads = measured().filter(|(_, ratio)| ratio.high() < 1.0).map(|(label, it)| (label, 1.0 / it.center()));
    let (processes, threads) = (longer("processes", with_processes), longer("threads", with_threads));
    match &advice.choice {
        Ok(Choice::Threads) => format!("{processes}."),
        Ok(Choice::Processes) => format!("{threads}."),
        Ok(Choice::Mixed) => format!("{processes}, but {threads}."),
        Ok(Choice::ThreadsCheaperToStart(ratio)) => format!(
            "no significant difference of {} or more in the work; starting a process costs {} as much as a thread, {}.",
            percent(ADVICE_DIFFERENCE),
            quantity(ratio.center(), FACTOR),
            placement(run)
        ),
        Err(absent) => format!("{absent}."),
    }
}

/// `threads take 1.40× as long for page faults, 1.92× for map and unmap`.
fn longer(side: &str, works: impl Iterator<Item = (&'static str, f64)>) -> String {
    let words = |(number, (label, ratio)): (usize, (&str, f64))| {
        let as_long = if number == 0 { " as long" } else { "" };
        format!("{}{as_long} for {label}", quantity(ratio, FACTOR))
    };
    format!("{side} take {}", works.enumerate().map(words).collect::<Vec<_>>().join(", "))
}

/// The costs of one more worker on all machines; none where no machine has them.
pub(super) fn costs(machines: &[MachineRuns], figures: &mut Figures) -> Option<CostsView> {
    let summaries: Vec<Summary> = machines.iter().map(|machine| summary(&machine.sessions())).collect();
    let sides: Vec<Vec<(&Side, &'static str)>> = summaries.iter().map(sides).collect();
    let mut functions: Vec<(f64, &Side, &'static str)> = Vec::new();
    for (side, class) in sides.iter().flatten() {
        if let Ok(cost) = &side.value
            && !functions.iter().any(|(_, other, _)| other.benchmark == side.benchmark)
        {
            functions.push((cost.center(), side, class));
        }
    }
    functions.sort_by(|a, b| a.0.total_cmp(&b.0));
    let several = machines.len() > 1;
    let of = |machine: usize, side: &Side| {
        let found = sides[machine].iter().find(|(other, _)| other.benchmark == side.benchmark);
        found.map(|(side, _)| *side)
    };
    let row = |(_, side, class): &(f64, &Side, &'static str)| {
        let marks = (0..machines.len()).filter_map(|machine| {
            let look = if several { MACHINES[machine.min(MACHINES.len() - 1)] } else { class };
            let before = if several { format!("{}: ", letter(machine)) } else { String::new() };
            cost_mark(Metric::WallTime, of(machine, side)?, look, &before)
        });
        RowFigure { marks: marks.collect(), ratio: None, class }
    };
    let unit = Metric::WallTime.unit();
    figures.rows.insert(COSTS.to_owned(), RowsFigure { unit, rows: functions.iter().map(row).collect() });
    let text = |machine: usize, side: &Side| {
        let absent = || find_value(machines[machine].run, STARTING.0, &side.benchmark, Metric::WallTime);
        printed(&of(machine, side).map_or_else(absent, |it| it.value.clone()), unit, false)
    };
    let meaning = |BenchmarkId { group, function, parameters }: &BenchmarkId| {
        // Where nothing is said it stays on its maker's CPU.
        let place = match ["cpus", "pinned"].map(|axis| parameters.get(axis)) {
            [Some(2), _] => ", on another CPU",
            [_, Some(0)] => ", where the scheduler puts it",
            _ => "",
        };
        format!("{}{place}", meaning_of(group, function).unwrap_or_default())
    };
    let view = |(_, side, class): &(f64, &Side, &'static str)| CostRow {
        function: side.benchmark.function.clone(),
        meaning: meaning(&side.benchmark),
        class,
        costs: (0..machines.len()).map(|machine| text(machine, side)).collect(),
    };
    let rows: Vec<CostRow> = functions.iter().map(view).collect();
    (!rows.is_empty()).then_some(CostsView { id: COSTS, rows })
}

const COSTS: &str = "costs";

/// Each mechanism that starts one worker, and whether it is a thread's or a process's.
fn sides(summary: &Summary) -> Vec<(&Side, &'static str)> {
    let (name, parameter, value) = STARTING;
    let pairs = summary.topics.iter().filter(|topic| topic.topic == name).flat_map(|topic| &topic.pairs);
    let ours = pairs.filter(|pair| pair.metric == Metric::WallTime && pair.parameters.get(parameter) == Some(&value));
    let both = ours.flat_map(|pair| [(&pair.thread, "thread"), (&pair.process, "process")]);
    both.filter(|(side, _)| !is_lower_bound(&side.benchmark.function)).collect()
}
