//! The file: the parts put together, and printed by the templates.

use std::collections::BTreeSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter};

use super::changes::histories;
use super::history::{self, History};
use super::overview::overview;
use super::policy::policy;
use super::view::{Document, PageView, id, page};
use super::{curves, machines};
use crate::model::{PairedRun, Run};
use crate::report::escape::{self, steers};
use crate::report::pages::{RunData, run_page};

const STYLE: &str = include_str!("templates/report.css");
/// One script of two files, in a scope of its own.
const SCRIPT: &str = concat!(
    "'use strict';\n(() => {\n",
    include_str!("templates/report.js"),
    include_str!("templates/axes.js"),
    "})();\n"
);
const TEMPLATES: [(&str, &str); 6] = [
    ("document.html", include_str!("templates/document.html")),
    ("overview.html", include_str!("templates/overview.html")),
    ("history.html", include_str!("templates/history.html")),
    ("curve.html", include_str!("templates/curve.html")),
    ("machines.html", include_str!("templates/machines.html")),
    ("tables.html", include_str!("templates/tables.html")),
];

/// What a report is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stored<'a> {
    /// The runs, in any order.
    pub runs: &'a [Run],
    /// What gates measured, in any order; the newest are told.
    pub gates: &'a [PairedRun],
    /// Short facts for the head of the page, by name: where the runs come from, which were chosen.
    pub lines: &'a [(String, String)],
}

/// The report as the text of an HTML file; the same runs give the same text.
pub fn html(stored: &Stored) -> String {
    let all = history::histories(stored.runs);
    let (histories, data) = histories(&all);
    let document = Document {
        policy: policy(STYLE, SCRIPT),
        style: STYLE,
        script: SCRIPT,
        data: embedded(&serde_json::to_string(&data).expect("all keys are texts")),
        lines: lines(stored, &all),
        topics: chosen(&all, |run| run.measurements.iter().map(|m| m.topic.clone()).collect()),
        metrics: chosen(&all, |run| run.measurements.iter().map(|m| m.metric.name().to_owned()).collect()),
        machines: all.iter().map(|history| history.key.to_string()).collect(),
        overview: overview(&all, &histories.charts),
        gates: super::gates::gates(stored.gates),
        gates_found: stored.gates.len(),
        histories,
        scaling: curves::scaling(&all),
        fork: curves::fork(&all),
        side_by_side: machines::side_by_side(&all),
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

fn lines(stored: &Stored, all: &[History]) -> Vec<(String, String)> {
    let day = |text: &str| text.chars().take(10).collect::<String>();
    let started: BTreeSet<String> = stored.runs.iter().map(|run| day(&run.started)).collect();
    let mut lines = stored.lines.to_vec();
    let commits: usize = all.iter().map(|history| history.commits.len()).sum();
    lines.push(("runs".to_owned(), format!("{} of {commits} commits", stored.runs.len())));
    lines.push(("machines".to_owned(), all.len().to_string()));
    if let (Some(first), Some(last)) = (started.first(), started.last()) {
        lines.push(("measured".to_owned(), if first == last { first.clone() } else { format!("{first} to {last}") }));
    }
    lines
}

/// What there is to choose by in the newest runs, in order.
fn chosen(all: &[History], of: impl Fn(&Run) -> Vec<String>) -> Vec<String> {
    let found: BTreeSet<String> = all.iter().flat_map(|history| of(history.newest())).collect();
    found.into_iter().collect()
}

fn details(history: &History) -> PageView {
    let run = history.newest();
    page(id("run", &run.id, &[history.key.as_str()]), history.key.as_str(), &run_page(&RunData::new(run, None)))
}
