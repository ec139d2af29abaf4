//! The page of several machines: where they disagree, how they differ, and what costs what on each.

use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{choice_cell, choice_word, crossing_text};
use super::compare::{Remark, remarks};
use super::machine;
use crate::advise::answer::Advice;
use crate::advise::machines::{
    AdviceRow, CostRow, Difference, GeometricMean, MachineAnswer, Machines, NormalizeBy, Question, QuestionKind,
    RatioRow, TopicMean, differing,
};
use crate::model::{Estimate, Fact, Fitness, Metric, short};
use crate::report::number::{interval, parameter, plural};
use crate::report::page::{Cell, FACTOR, NoteKind, Page, Section, Spare, Status, Table};
use crate::verdict::{Absent, Value};

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ComparedMachine {
    pub key: String,
    pub run: String,
    /// Number of its other runs, which show how sessions differ.
    pub others: usize,
    /// What the circumstances of the run allow its numbers to be used for, where that is known.
    pub fitness: Option<Fitness>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MachineComparisonRows<'a> {
    /// The machines; whatever has a value for each of them has it in their order.
    pub compared: &'a [ComparedMachine],
    pub remarks: &'a [Remark],
    pub machines: &'a Machines,
}

/// With more disagreements than these they are not on the first screen.
const DISAGREEMENTS_FIRST: usize = 5;

pub fn machines_page(compared: &[ComparedMachine], machines: &Machines, remarks_found: &[Remark]) -> Page {
    let mut page = Page { title: format!("Comparison of {} machines", compared.len()), ..Page::default() };
    if let Some(by) = machines.normalized_by {
        page.line("NORMALIZED", normalized(by));
    }
    page.line("verdict", "none: THE MACHINES DIFFER, so nothing here is regressed or improved");
    page.line("headline", headline(machines));
    for (index, machine) in compared.iter().enumerate() {
        page.line(&letter(index), described(machine));
    }
    page.sections = first_sections(compared.len(), machines).into();
    page.sections.push(remarks(remarks_found));
    let [disagreements, others @ ..] = machine_sections(compared.len(), machines);
    let is_short = (1..=DISAGREEMENTS_FIRST).contains(&machines.disagreements.len());
    page.sections.push(if is_short { disagreements } else { disagreements.folded() });
    page.sections.extend(others.map(Section::folded));
    let where_they = if is_short { "" } else { "where they disagree, " };
    page.with_next(format!("`--all` prints {where_they}how they differ, and every ratio"))
}

/// What is read first: the answers, the key costs, and the ratios that differ most.
pub(in crate::report) fn first_sections(count: usize, machines: &Machines) -> [Section; 3] {
    [advice(count, machines), costs(count, machines), largest(count, machines)]
}

/// The parts of the page without the remarks: disagreements, incomplete answers, differences, means of each machine and to
/// the first, ratios, and what has none. Machines are named by their letters.
pub(in crate::report) fn machine_sections(count: usize, machines: &Machines) -> [Section; 7] {
    [
        disagreements(count, machines),
        incomplete(count, machines),
        differences(count, machines),
        within(count, machines),
        to_first(count, machines),
        rows(count, machines),
        skipped(machines),
    ]
}

/// What stands for a machine in the heads of columns, since keys are long: `A`, `B`, …, and numbers after `Z`.
pub(in crate::report) fn letter(index: usize) -> String {
    match u8::try_from(index) {
        Ok(index @ 0..26) => char::from(b'A' + index).to_string(),
        _ => (index + 1).to_string(),
    }
}

pub(in crate::report) fn headline(machines: &Machines) -> String {
    let count = |kind| machines.disagreements.iter().filter(|question| question.kind == kind).count();
    let kinds = [
        (QuestionKind::Advice, ["piece of advice", "pieces of advice"]),
        (QuestionKind::Claim, ["claim", "claims"]),
        (QuestionKind::Crossover, ["crossover", "crossovers"]),
        (QuestionKind::Order, ["question of which mechanism is cheaper", "questions of which mechanism is cheaper"]),
    ];
    let found = kinds.map(|(kind, word)| (count(kind), word)).into_iter().filter(|(count, _)| *count > 0);
    let found: Vec<String> =
        found.map(|(count, words)| format!("{count} {}", words[usize::from(count != 1)])).collect();
    let agreed = match machines.agreed {
        1 => "1 answer is the same on all machines".to_owned(),
        agreed => format!("{agreed} answers are the same on all machines"),
    };
    // Where nothing is found, what is open comes first: it is no agreement.
    match (open(&machines.incomplete), found.is_empty()) {
        (open, true) => format!("{open}no answers of the machines exclude each other; {agreed}"),
        (open, false) => format!("the machines disagree in {}; {open}{agreed}", found.join(", ")),
    }
}

/// `39 answers are open (17 in another form); `.
fn open(questions: &[Question]) -> String {
    let is_other =
        |question: &&Question| question.answers.iter().any(|it| it.as_ref().is_err_and(Absent::is_other_form));
    let verb = if questions.len() == 1 { "is" } else { "are" };
    let open = format!("{} {verb} open", plural(questions.len(), "answer"));
    match (questions.len(), questions.iter().filter(is_other).count()) {
        (0, _) => String::new(),
        (_, 0) => format!("{open}; "),
        (_, others) => format!("{open} ({others} {}); ", NoteKind::OtherForm.word()),
    }
}

fn normalized(by: NormalizeBy) -> String {
    let what = match by {
        NormalizeBy::Reference => {
            "BY REFERENCE WORKLOAD: every cost is a multiple of small fixed work timed next to it"
        }
        NormalizeBy::LowerBound => {
            "BY LOWER BOUND: every cost is a multiple of the least that its own system needs for the work"
        }
    };
    format!("{what}. Absolute speed is divided out: a machine that is slower in everything looks the same")
}

fn described(machine: &ComparedMachine) -> String {
    let mut text = format!("{}: {}", machine.key, machine.run);
    match machine.others {
        0 => {}
        1 => text.push_str("; 1 more run shows how its sessions differ"),
        others => text.push_str(&format!("; {others} more runs show how its sessions differ")),
    }
    if let Some(fitness) = &machine.fitness {
        text.push_str(&format!("; suitable for {}", machine::fitness_text(fitness.fit_for, &[])));
    }
    text
}

fn table(first: &[&str], count: usize, numeric: bool) -> Table {
    let heads: Vec<String> =
        (0..count).map(|index| format!("{}{}", if numeric { "#" } else { "" }, letter(index))).collect();
    Table::new(&first.iter().copied().chain(heads.iter().map(String::as_str)).collect::<Vec<_>>())
}

/// Rows that are shown; JSON has all of them.
const DISAGREEMENTS_MAX: usize = 30;

fn disagreements(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("Where the machines disagree");
    if machines.disagreements.is_empty() {
        section.text =
            Some("No answers exclude each other; one that is open on a machine may agree with all.".to_owned());
        return section;
    }
    let text = "Each answer rests on a machine's own costs, of times with the 95 % interval of another session; only answers that exclude \
                each other are listed.";
    section.text = Some(match machines.disagreements.len().saturating_sub(DISAGREEMENTS_MAX) {
        0 => text.to_owned(),
        hidden => format!("{text} {hidden} more orders of mechanisms, less far apart, are in --format json."),
    });
    section.table = Some(asked(count, machines.disagreements.iter().take(DISAGREEMENTS_MAX)));
    section
}

/// What some machines answer and others do not, with the reasons.
fn incomplete(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("What not every machine answers");
    for question in &machines.incomplete {
        for (index, answer) in question.answers.iter().enumerate() {
            let kind = answer.as_ref().err().map(NoteKind::of);
            // That it was not measured there, the table says.
            if kind.is_some_and(|kind| kind != NoteKind::NotMeasured) {
                section.note_reading(&format!("{}, {}", letter(index), question.question), answer);
            }
        }
    }
    if !machines.incomplete.is_empty() {
        section.table = Some(asked(count, machines.incomplete.iter()));
    }
    section
}

fn asked<'a>(count: usize, questions: impl Iterator<Item = &'a Question>) -> Table {
    let mut table = table(&["what"], count, false);
    table.rows = questions
        .map(|question| {
            let mut what = match question.kind {
                QuestionKind::Advice => format!("what to use for {}", question.question),
                QuestionKind::Claim | QuestionKind::Crossover | QuestionKind::Order => question.question.clone(),
            };
            if !question.also_at.is_empty() {
                what.push_str(&format!("; also at {}", question.also_at.join(" and at ")));
            }
            let answers = question.answers.iter().map(|answer| Cell::text(answer_text(answer)));
            [Cell::text(what)].into_iter().chain(answers).collect()
        })
        .collect();
    table
}

/// `yes: 5.01× (4.39–5.23)`, `1.20 KiB (0.90 KiB to 2.00 KiB)`, `threads`.
fn answer_text(answer: &Value<MachineAnswer>) -> String {
    match answer {
        Ok(MachineAnswer::MoreExpensive(ratio)) => format!("yes: {}", interval(*ratio, FACTOR)),
        Ok(MachineAnswer::Cheaper(ratio)) => format!("no: {}", interval(*ratio, FACTOR)),
        Ok(MachineAnswer::Crosses { crossing, axis }) => crossing_text(crossing, axis),
        Ok(MachineAnswer::Advises(choice)) => choice_word(choice).1.to_owned(),
        Err(absent) => NoteKind::of(absent).word().to_owned(),
    }
}

/// With so many machines a fact can explain more than another.
const EXPLAINING_MIN: usize = 3;
const HASHES: [&str; 2] = ["_hash", "_commit"];

/// Every fact that is not the same everywhere; with enough machines, what explains most of the disagreements first.
fn differences(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("How they differ");
    let is_explained = count >= EXPLAINING_MIN && !machines.disagreements.is_empty();
    let mut table =
        if is_explained { table(&["fact", "#explains"], count, false) } else { table(&["fact"], count, false) };
    for difference in &machines.differences {
        let mut cells = vec![Cell::name(format!("{} {}", difference.kind, difference.name))];
        cells.extend(is_explained.then(|| Cell::text(difference.explains)));
        cells.extend(difference.values.iter().map(|fact| Cell::text(value(difference, fact.as_ref()))));
        table.rows.push(cells);
    }
    section.text = Some(match (machines.differences.is_empty(), is_explained) {
        (true, _) => "No recorded fact differs.".to_owned(),
        (false, true) => format!(
            "In how many of the {} disagreements a fact splits the machines exactly as the answers do; a fact that could not be \
             read explains nothing. It is where to look first, not a proof.",
            machines.disagreements.len()
        ),
        (false, false) if count < EXPLAINING_MIN && !machines.disagreements.is_empty() => {
            "With two machines every fact splits them as every answer does, so none is preferred: they are in order of hardware, \
             software and toolchain. A third machine would distinguish some of them."
                .to_owned()
        }
        (false, false) => "There is nothing to explain: no answers exclude each other.".to_owned(),
    });
    section.tabled(None, table)
}

fn value(difference: &Difference, fact: Option<&Fact>) -> String {
    match fact {
        Some(Fact::Value(text)) if HASHES.iter().any(|end| difference.name.ends_with(end)) => short(text),
        Some(Fact::Value(text)) => text.clone(),
        Some(Fact::Unknown(_)) => "unknown".to_owned(),
        Some(Fact::NotApplicable(_)) => "not applicable".to_owned(),
        None => "not recorded".to_owned(),
    }
}

/// The differences that are shown first; the others are among the ratios.
const DIFFERENCES_MAX: usize = 10;

/// The answers side by side, each with the ratio that decides it.
fn advice(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("Threads or processes?");
    let heads: Vec<String> = (0..count).flat_map(|index| [letter(index), "?#÷".to_owned()]).collect();
    let mut table = Table::new(&["for"].into_iter().chain(heads.iter().map(String::as_str)).collect::<Vec<_>>());
    for AdviceRow { work, advice } in &machines.advice {
        let mut deciding: Vec<&str> = advice.iter().filter_map(|it| Some(it.deciding()?.label)).collect();
        deciding.sort_unstable();
        deciding.dedup();
        // A ratio of one work beside one of another would be read as a difference of the machines.
        let (beside, below) = match deciding[..] {
            [one] => (Some(one), &[][..]),
            ref several => (None, several),
        };
        let answers = advice.iter().flat_map(|it| [choice_cell(it), ratio_of(it, beside)]);
        table.rows.push([Cell::text(*work)].into_iter().chain(answers).collect());
        table.rows.extend(below.iter().map(|&label| {
            let ratios = advice.iter().flat_map(|it| [ratio_of(it, Some(label)), Cell::text("")]);
            [Cell::text(format!("by {label}"))].into_iter().chain(ratios).collect()
        }));
    }
    section.text = Some("÷: processes ÷ threads, above 1× where threads are faster.".to_owned());
    section.tabled(None, table)
}

fn ratio_of(advice: &Advice, label: Option<&str>) -> Cell {
    let work = advice.ratios.iter().find(|work| Some(work.label) == label);
    work.map_or(Cell::text(""), |work| Cell::factor(&work.ratio, false))
}

/// Every machine's key costs; with two machines their ratio, too.
fn costs(count: usize, machines: &Machines) -> Section {
    let section = Section::new("Key costs");
    let text = machines.normalized_by.map(|_| "As measured, not normalized: absolute speed is in them.");
    let mut table = table(&["to"], count, true);
    let with_ratio = count == 2;
    if with_ratio {
        table.columns.extend(Table::new(&[&format!("#{} ÷ {}", letter(1), letter(0))]).columns);
    }
    for CostRow { what, metric, values, to_first, .. } in &machines.costs {
        let costs = values.iter().map(|value| Cell::reading(value, *metric, false));
        let ratio = to_first.last().filter(|_| with_ratio).map(quotient);
        table.rows.push([Cell::text(what)].into_iter().chain(costs).chain(ratio).collect());
    }
    section.tabled(text, table)
}

/// The ratios that differ most between machines.
fn largest(count: usize, machines: &Machines) -> Section {
    let mut section = Section::new("The largest significant differences of ratios");
    let found = differing(&machines.rows);
    let mut table = table(&["cost ÷ cost on one machine"], count, true);
    table.columns[1..].iter_mut().for_each(|column| column.spare = Some(Spare::Lines));
    table.columns.extend(Table::new(&[&format!("#÷ {}", letter(0)), "differs"]).columns);
    for (row, index, quotient) in found.iter().take(DIFFERENCES_MAX) {
        let mut cells = vec![Cell::name(ratio_label(row))];
        cells.extend(row.ratios.iter().map(|ratio| Cell::factor(ratio, false)));
        let (status, word) = if quotient.center() > 1.0 { (Status::More, "more") } else { (Status::Less, "less") };
        cells.push(Cell::factor(&Ok(*quotient), true));
        cells.push(Cell::verdict(status, &format!("{word} on {}", letter(*index))));
        table.rows.push(cells);
    }
    section.text = match found.len() {
        0 => Some("None differs significantly.".to_owned()),
        few if few <= DIFFERENCES_MAX => None,
        many => Some(format!("{DIFFERENCES_MAX} of {many} that differ.")),
    };
    section.tabled(None, table)
}

const NAMED_MAX: usize = 12;

fn within(count: usize, machines: &Machines) -> Section {
    let what = match machines.normalized_by {
        None => "Each mechanism ÷ the first of its group, at equal parameters, on one machine",
        Some(NormalizeBy::Reference) => "Each cost ÷ its reference workload on the same machine",
        Some(NormalizeBy::LowerBound) => "Each cost ÷ its lower bound on the same machine",
    };
    let text = format!(
        "{what}, over what all machines have. The interval is Student's t between mechanisms, on logarithms: where the mean of \
         other mechanisms of that kind would be. Fewer than three have none."
    );
    means("Geometric means on each machine, by topic", &text, 0..count, machines, |mean| &mean.within)
}

/// The same of each machine's ratios ÷ those of the first.
fn to_first(count: usize, machines: &Machines) -> Section {
    let text = format!(
        "The same, ÷ the ratios of {}, mechanism by mechanism: 1 where both machines have the same shape, whichever is faster.",
        letter(0)
    );
    means("Geometric means, to the first machine", &text, 1..count, machines, |mean| &mean.to_first)
}

fn means(
    heading: &str,
    text: &str,
    shown: std::ops::Range<usize>,
    machines: &Machines,
    of: impl Fn(&TopicMean) -> &[GeometricMean],
) -> Section {
    let quotient = if shown.start == 0 { String::new() } else { format!(" ÷ {}", letter(0)) };
    let heads: Vec<String> = shown.clone().map(|index| format!("#{}{quotient}", letter(index))).collect();
    let names = ["topic", "#mechanisms", "#rows"].into_iter().chain(heads.iter().map(String::as_str));
    let rows = machines.means.iter().map(|mean| {
        let topic = topic(&mean.topic, mean.metric);
        let head = [Cell::text(topic), Cell::text(mean.mechanisms), Cell::text(mean.rows)];
        head.into_iter().chain(of(mean)[shown.clone()].iter().map(mean_cell)).collect()
    });
    Section::new(heading).tabled(text, Table::of(&names.collect::<Vec<_>>(), rows))
}

fn mean_cell(mean: &GeometricMean) -> Cell {
    let estimate = mean.interval.map_or_else(|| Estimate::exact(mean.ratio), Ok);
    estimate.map_or(Cell::text("not finite"), |estimate| Cell::factor(&Ok(estimate), true))
}

/// Every row, machine by machine; with two machines also their quotient.
fn rows(count: usize, machines: &Machines) -> Section {
    let heading =
        if machines.normalized_by.is_some() { "Normalized on each machine" } else { "Ratios on each machine" };
    let mut section = Section::new(heading);
    if machines.rows.is_empty() {
        section.text = Some("The machines have no such ratio in common.".to_owned());
        return section;
    }
    let with_quotient = count == 2;
    let mut table = table(&["what"], count, true);
    if with_quotient {
        let head = format!("#{} ÷ {}", letter(1), letter(0));
        table.columns.extend(Table::new(&[&head]).columns);
    }
    for row in &machines.rows {
        let mut cells = vec![Cell::name(ratio_label(row))];
        cells.extend(row.ratios.iter().map(|value| Cell::factor(value, !with_quotient)));
        cells.extend(row.to_first.last().filter(|_| with_quotient).map(quotient));
        table.rows.push(cells);
    }
    section.text = with_quotient.then(|| {
        "The last column says how the shapes differ, with the widest interval that both sides allow.".to_owned()
    });
    section.tabled(None, table)
}

/// Where a side has no number, the side says why.
fn quotient(ratio: &Value) -> Cell {
    match ratio {
        Err(Absent::Missing(_)) => Cell::text(""),
        ratio => Cell::factor(ratio, true),
    }
}

/// `spawn/fork ÷ thread, ×1`.
fn ratio_label(row: &RatioRow) -> String {
    let reference = row.reference.split('/').nth(1).unwrap_or(&row.reference);
    let mut text = format!("{}/{} ÷ {reference}", row.benchmark.group, row.benchmark.function);
    for (name, value) in &row.benchmark.parameters {
        text.push_str(&format!(", {}", parameter(name, *value)));
    }
    if row.metric != Metric::WallTime {
        text.push_str(&format!(", {}", row.metric.name().replace('_', " ")));
    }
    text
}

fn topic(topic: &str, metric: Metric) -> String {
    if metric == Metric::WallTime { topic.to_owned() } else { format!("{topic}: {}", metric.name().replace('_', " ")) }
}

fn skipped(machines: &Machines) -> Section {
    let mut section = Section::new("Skipped in the ratios");
    for skipped in &machines.skipped {
        section.note(NoteKind::Skipped, &topic(&skipped.benchmark, skipped.metric), &skipped.reason);
    }
    for row in &machines.rows {
        for (index, value) in row.ratios.iter().enumerate() {
            if !value.as_ref().is_err_and(Absent::is_missing) {
                section.note_reading(&format!("{}, {}", letter(index), row.benchmark), value);
            }
        }
    }
    section.naming(NAMED_MAX)
}
