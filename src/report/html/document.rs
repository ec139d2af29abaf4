//! The file: the parts put together, and printed by the templates.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter};
use serde::Serialize;

use super::charts::{HistoryPart, histories};
use super::drawn::Data;
use super::overview::{MACHINES_MAX, MachineView, machine};
use super::policy::policy;
use super::view::{PageView, id, page};
use super::{curves, machines};
use crate::advise::machines::MachineRuns;
use crate::model::{MachineKey, PairedRun, Run};
use crate::report::escape::{self, steers};
use crate::report::pages::{RunData, run_page};
use crate::trend::Histories;

const STYLE: &str = include_str!("templates/report.css");
const SCRIPT: &str = include_str!("templates/report.js");
const TEMPLATES: [(&str, &str); 6] = [
    ("document.html", include_str!("templates/document.html")),
    ("costs.html", include_str!("templates/costs.html")),
    ("history.html", include_str!("templates/history.html")),
    ("curve.html", include_str!("templates/curve.html")),
    ("machines.html", include_str!("templates/machines.html")),
    ("tables.html", include_str!("templates/tables.html")),
];

#[derive(Serialize)]
struct Document {
    policy: String,
    style: &'static str,
    script: &'static str,
    /// For the script, as JSON that can stand in a `script` element.
    data: String,
    lines: Vec<(String, String)>,
    topics: Vec<String>,
    metrics: Vec<String>,
    machines: Vec<String>,
    /// The machines whose costs are shown, and how many are not.
    shown: Vec<MachineView>,
    more_machines: usize,
    gates: Vec<PageView>,
    gates_found: usize,
    histories: HistoryPart,
    scaling: Vec<curves::Chart>,
    fork: Vec<curves::Chart>,
    side_by_side: machines::SideBySide,
    runs: Vec<PageView>,
}

#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    pub runs: &'a [Run],
    pub histories: &'a Histories,
    pub gates: &'a [PairedRun],
    /// Short facts for the head of the page, by name: where the runs come from, which were chosen.
    pub lines: &'a [(String, String)],
}

/// The report as the text of an HTML file; the same runs give the same text.
pub fn html(stored: &Stored) -> String {
    let mut by_machine: BTreeMap<&MachineKey, Vec<&Run>> = BTreeMap::new();
    for run in stored.runs {
        by_machine.entry(&run.machine.key).or_default().push(run);
    }
    let all: Vec<MachineRuns> = by_machine.into_values().filter_map(MachineRuns::of).collect();
    let mut data = Data::default();
    let histories = histories(&stored.histories.histories, &mut data);
    let shown = all.iter().take(MACHINES_MAX).map(|party| machine(party, &mut data)).collect();
    let scaling = all.iter().flat_map(|party| curves::scaling(party.run, &mut data)).collect();
    let fork = all.iter().flat_map(|party| curves::fork(party.run, &mut data)).collect();
    let side_by_side = machines::side_by_side(&all, &mut data);
    let document = Document {
        policy: policy(STYLE, SCRIPT),
        style: STYLE,
        script: SCRIPT,
        data: embedded(&serde_json::to_string(&data).expect("all keys are texts")),
        lines: lines(stored, all.len()),
        topics: chosen(&all, |run| run.measurements.iter().map(|m| m.topic.clone()).collect()),
        metrics: chosen(&all, |run| run.measurements.iter().map(|m| m.metric.name().to_owned()).collect()),
        machines: all.iter().map(|party| party.run.machine.key.to_string()).collect(),
        gates: super::gates::gates(stored.gates),
        gates_found: stored.gates.len(),
        more_machines: all.len().saturating_sub(MACHINES_MAX),
        shown,
        histories,
        scaling,
        fork,
        side_by_side,
        runs: all.iter().map(details).collect(),
    };
    let environment = environment();
    let template = environment.get_template("document.html").expect("it is among the templates");
    template
        .render(Value::from(Serde(&document)))
        .expect("the templates print what the document has, as the tests of this room show")
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(harmless);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("nothing but white space is changed"));
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).expect("the templates are part of the program and parse");
    }
    environment
}

/// Prints a value so that it is nothing but text where it stands; the page's own parts say of themselves that they are safe.
fn harmless(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => out.write_str(&escape::html(text)).map_err(Error::from),
        _ => escape_formatter(out, state, value),
    }
}

/// JSON that stays inside its `script` element, whatever the names in it are.
pub(super) fn embedded(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if steers(c) => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

fn lines(stored: &Stored, machines: usize) -> Vec<(String, String)> {
    let day = |text: &str| text.chars().take(10).collect::<String>();
    let started: BTreeSet<String> = stored.runs.iter().map(|run| day(&run.started)).collect();
    let mut lines = stored.lines.to_vec();
    let commits: BTreeSet<&String> = stored.runs.iter().filter_map(|run| run.commit.id.as_ref()).collect();
    lines.push(("runs".to_owned(), format!("{} of {} commits", stored.runs.len(), commits.len())));
    lines.push(("machines".to_owned(), machines.to_string()));
    if let (Some(first), Some(last)) = (started.first(), started.last()) {
        lines.push(("measured".to_owned(), if first == last { first.clone() } else { format!("{first} to {last}") }));
    }
    lines
}

/// What there is to choose by in the newest runs, in order.
fn chosen(all: &[MachineRuns], of: impl Fn(&Run) -> Vec<String>) -> Vec<String> {
    let found: BTreeSet<String> = all.iter().flat_map(|party| of(party.run)).collect();
    found.into_iter().collect()
}

fn details(party: &MachineRuns) -> PageView {
    let (run, key) = (party.run, party.run.machine.key.as_str());
    page(id("run", &run.id, &[key]), key, &run_page(&RunData::new(run, None)))
}
