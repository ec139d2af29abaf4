//! The file: the parts put together, and printed by the templates.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::answer::{AnswerView, CostsView, answer_view, costs};
use super::changes::{ChangesView, changes, machine_of};
use super::curves::{Chart, fork, scaling};
use super::figures::Figures;
use super::ladder::{MachineCosts, machine_costs};
use super::machines::{SideBySide, side_by_side};
use super::series::{TopicView, series, skipped_runs};
use super::view::{PageView, id, page};
use crate::advise::machines::{MachineRuns, older_groups, with_runs, without_older};
use crate::gate::{GatePolicy, gate};
use crate::model::topics::MECHANISMS;
use crate::model::{MachineKey, PairedRun, Run};
use crate::report::escape::{self, in_hex, replaced, steers};
use crate::report::number::plural;
use crate::report::page::{Note, Page, between};
use crate::report::pages::{RATIOS, RunData, gate_overview, run_facts, run_page};
use crate::trend::History;

const STYLE: &str = include_str!("templates/report.css");
const SCRIPT: &str = include_str!("templates/report.js");
const TEMPLATES: [(&str, &str); 7] = [
    ("document.html", include_str!("templates/document.html")),
    ("answer.html", include_str!("templates/answer.html")),
    ("changes.html", include_str!("templates/changes.html")),
    ("costs.html", include_str!("templates/costs.html")),
    ("curve.html", include_str!("templates/curve.html")),
    ("machines.html", include_str!("templates/machines.html")),
    ("tables.html", include_str!("templates/tables.html")),
];
/// The most machines whose costs are drawn: the others are in the table of machines.
const MACHINES_MAX: usize = 6;

#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    pub runs: &'a [&'a Run],
    /// More runs of their machines, which show only how far sessions are apart.
    pub sessions: &'a [Run],
    pub histories: &'a [&'a History],
    pub gates: &'a [&'a PairedRun],
    /// Short facts for the head of the page, by name: where the runs come from, which were chosen.
    pub lines: &'a [(String, String)],
    /// The judgement of two chosen runs, in the place of a history.
    pub comparison: Option<&'a Page>,
    /// The address of the repository, where it has one.
    pub repository: Option<&'a str>,
    /// Pages of single machines: the key of each, and its file beside this one.
    pub pages: &'a [(String, String)],
}

#[derive(Serialize)]
struct Document<'a> {
    policy: String,
    style: &'static str,
    script: &'static str,
    /// For the script, as JSON that can stand in a `script` element.
    data: String,
    lines: &'a [(String, String)],
    repository: Option<&'a str>,
    pages: &'a [(String, String)],
    topics: Vec<String>,
    metrics: Vec<String>,
    machines: Vec<String>,
    answers: Vec<AnswerView>,
    costs: Option<CostsView>,
    comparison: Option<PageView>,
    changes: Option<ChangesView>,
    gates: Vec<PageView>,
    gates_found: usize,
    series: Vec<TopicView>,
    /// Runs that are not part of the histories.
    skipped: Vec<Note>,
    ratios: &'static str,
    machine_costs: Vec<MachineCosts>,
    more_machines: usize,
    scaling: Vec<Chart>,
    fork: Vec<Chart>,
    side_by_side: Option<SideBySide>,
    runs: Vec<PageView>,
    mechanisms: &'static [(&'static str, &'static str)],
}

/// The report as the text of an HTML file; the same runs give the same text.
pub fn html(stored: &Stored) -> String {
    let mut by_machine: BTreeMap<&MachineKey, Vec<&Run>> = BTreeMap::new();
    for &run in stored.runs {
        by_machine.entry(&run.machine.key).or_default().push(run);
    }
    let mut sessions: Vec<&Run> = stored.runs.iter().copied().chain(stored.sessions).collect();
    sessions.sort_by(|a, b| b.started.cmp(&a.started));
    let machine = |runs| Some(MachineRuns { others: sessions.clone(), ..MachineRuns::of(runs)? });
    let all: Vec<MachineRuns> = by_machine.into_values().filter_map(machine).collect();
    let shown = &all[..all.len().min(MACHINES_MAX)];
    // Side by side stands what is one benchmark on all of them.
    let runs = without_older(shown);
    let alike = with_runs(shown, &runs);
    let histories = stored.histories;
    let mut figures =
        Figures { commit_address: stored.repository.map(|address| format!("{address}/commit/")), ..Figures::default() };
    let document = Document {
        policy: policy(STYLE, SCRIPT),
        style: STYLE,
        script: SCRIPT,
        lines: stored.lines,
        repository: stored.repository,
        pages: stored.pages,
        topics: chosen(&all, |run| run.measurements.iter().map(|m| m.topic.clone()).collect()),
        metrics: chosen(&all, |run| run.measurements.iter().map(|m| m.metric.name().to_owned()).collect()),
        machines: histories.iter().map(|history| machine_of(history).to_owned()).collect(),
        answers: std::iter::zip(shown, older_groups(shown))
            .enumerate()
            .map(|(index, (it, older))| answer_view(index, it, older, &mut figures))
            .collect(),
        costs: costs(&alike, &mut figures),
        comparison: stored.comparison.map(|it| page("comparison".to_owned(), "", it.clone())),
        changes: changes(histories).filter(|_| stored.comparison.is_none()),
        gates: gates(stored.gates),
        gates_found: stored.gates.len(),
        series: series(histories, stored.runs, &mut figures),
        skipped: skipped_runs(histories),
        ratios: RATIOS,
        machine_costs: shown.iter().map(|it| machine_costs(it, &mut figures)).collect(),
        more_machines: all.len() - shown.len(),
        scaling: scaling(&alike, &mut figures),
        fork: fork(&alike, &mut figures),
        side_by_side: side_by_side(&all, &mut figures),
        runs: all.iter().map(|it| details(it, histories)).collect(),
        mechanisms: MECHANISMS,
        data: embedded(&serde_json::to_string(&figures).expect("all keys are texts")),
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
    environment.add_filter("counted", plural);
    environment.add_filter("between", |subjects: Vec<String>| between(&subjects));
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
    replaced(json, |c| (matches!(c, '<' | '>' | '&') || steers(c)).then(|| in_hex(c)))
}

/// What there is to choose by in the newest runs, in order.
fn chosen(all: &[MachineRuns], of: impl Fn(&Run) -> Vec<String>) -> Vec<String> {
    let found: BTreeSet<String> = all.iter().flat_map(|party| of(party.run)).collect();
    found.into_iter().collect()
}

/// The run of a machine: its values are in the cards of the series, where it has a history.
fn details(machine: &MachineRuns, histories: &[&History]) -> PageView {
    let (run, key, sessions) = (machine.run, machine.run.machine.key.as_str(), machine.sessions());
    let data = RunData::new(&sessions, None);
    let has_cards = histories.iter().any(|history| machine_of(history) == key && !history.series.is_empty());
    page(id("run", &run.id, &[key]), key, if has_cards { run_facts(&data) } else { run_page(&data) })
}

/// The content security policy of a page with this style and this script, for its first `meta` element.
///
/// Nothing is loaded from anywhere, no attribute can hold a script or a style, and an element that a hostile name might
/// bring would not have the hash.
pub(super) fn policy(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'",
        hash(style),
        hash(script)
    )
}

fn hash(text: &str) -> String {
    BASE64.encode(&Sha256::digest(text.as_bytes()))
}

/// The most gates that are shown: older ones are read with `parcost gate --replay`.
pub(super) const GATES_MAX: usize = 5;
/// The newest gates, the newest first, judged by what holds for every gate.
pub(super) fn gates(runs: &[&PairedRun]) -> Vec<PageView> {
    let mut newest: Vec<&PairedRun> = runs.to_vec();
    newest.sort_by(|a, b| (&b.started, &b.id).cmp(&(&a.started, &a.id)));
    newest.into_iter().take(GATES_MAX).map(view).collect()
}

fn view(run: &PairedRun) -> PageView {
    let overview = gate_overview(run, &gate(run, &GatePolicy::default()));
    page(id("gate", &run.id, &[]), run.machine.key.as_str(), overview)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fixture::paired_run;

    #[test]
    fn a_hash_is_that_of_the_text() {
        assert_eq!(hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn the_newest_gates_are_listed_with_what_changed() {
        let runs: Vec<PairedRun> = (0..GATES_MAX + 2)
            .map(|day| PairedRun { started: format!("2026-02-{:02}T00:00:00Z", day + 1), ..paired_run() })
            .collect();
        let views = gates(&runs.iter().collect::<Vec<_>>());
        assert_eq!(views.len(), GATES_MAX);
        assert_eq!(views[0].page.title, "Gate of 2026-02-07T00:00:00Z");
        assert!(views[0].page.lines.iter().any(|line| line.name == "outcome"), "{:?}", views[0].page.lines);
        assert_eq!(views[0].page.sections.len(), 2);
    }
}
