//! The histories of the series: a chart for each that is worth one, and what its level did.

use std::collections::BTreeMap;

use serde::Serialize;

use super::history::{History, Series};
use super::packed::Packed;
use super::path::{Shapes, shapes};
use super::scale::{Scale, Tick, percent};
use super::view::{CellView, ColumnView, TableView, Tags};
use crate::model::topics;
use crate::model::{Fact, Run};
use crate::report::number::interval;
use crate::trend::{Alert, AlertKind};

/// The most charts of a page: more are not looked through, and would make it slow to open.
const CHARTS_MAX: usize = 60;
/// The most series in the table of those without a chart.
const OTHERS_MAX: usize = 400;
/// The values that a chart's table shows without a script; with one it shows all.
const ROWS_MAX: usize = 20;
/// The most differences that are named as suspects of one change.
const SUSPECTS_MAX: usize = 6;

/// The history part of the page.
#[derive(Serialize)]
pub(super) struct Histories {
    /// What is to be seen, in a sentence.
    pub(super) text: String,
    pub(super) charts: Vec<Chart>,
    /// Series without a chart, if there are any.
    pub(super) others: Option<TableView>,
    pub(super) others_text: String,
}

/// The history of one series.
#[derive(Serialize)]
pub(super) struct Chart {
    pub(super) tags: Tags,
    /// The newest value.
    latest: String,
    /// What is to be said of the series, and the sign and the class it is told by.
    pub(super) verdict: Verdict,
    shapes: Shapes,
    ticks: Vec<Tick>,
    /// The first and the last commit, each with its day.
    ends: [(String, String); 2],
    pub(super) changes: Vec<Change>,
    table: TableView,
    /// What the table leaves out.
    more: usize,
}

/// What came of a series, in a word and a sign.
#[derive(Clone, Serialize)]
pub(super) struct Verdict {
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) text: String,
}

/// A shift of the level.
#[derive(Clone, Serialize)]
pub(super) struct Change {
    pub(super) at: String,
    pub(super) verdict: Verdict,
    pub(super) commit: String,
    pub(super) told: String,
    pub(super) suspects: Vec<String>,
    /// Size of the shift, to order by.
    #[serde(skip)]
    pub(super) effect: f64,
}

/// What the script knows of the charts.
#[derive(Serialize)]
pub(super) struct Data {
    /// For each machine the commits, as they are named.
    commits: Vec<Vec<String>>,
    /// By the id of the chart.
    charts: BTreeMap<String, ChartData>,
}

#[derive(Serialize)]
struct ChartData {
    machine: usize,
    unit: &'static str,
    values: Packed,
}

/// The charts of all machines, those with changes first, and what the script needs to know of them.
pub(super) fn histories(histories: &[History]) -> (Histories, Data) {
    let all = histories.iter().enumerate().flat_map(|(place, h)| h.series.iter().map(move |s| (place, h, s)));
    let (mut worth, single): (Vec<_>, Vec<_>) =
        all.partition(|(_, _, series)| series.values.iter().flatten().count() > 1);
    worth.sort_by_key(|(_, _, series)| rank(series));
    let count = worth.len();
    let others = worth.split_off(count.min(CHARTS_MAX));
    let mut data = Data { commits: histories.iter().map(commits).collect(), charts: BTreeMap::new() };
    let mut charts = Vec::new();
    for (place, history, series) in worth {
        let chart = chart(history, series, &data.commits[place]);
        let values = Packed::new(&series.values);
        let unit = series.metric.unit();
        data.charts.insert(chart.tags.id.clone(), ChartData { machine: place, unit, values });
        charts.push(chart);
    }
    let text = match charts.len() {
        0 => "There is no history yet: it takes runs of two commits on one machine.".to_owned(),
        shown => format!(
            "{shown} of {count} series with more than one value{}. The line is the value of each commit, the band its \
             interval; commits stand at equal distances.",
            if single.is_empty() { String::new() } else { format!(", beside {} with one", single.len()) }
        ),
    };
    let left = others.len().saturating_sub(OTHERS_MAX);
    let others_text = match left {
        0 => format!("{} series without a chart; --filter chooses others", others.len()),
        left => {
            format!("{OTHERS_MAX} of the series without a chart, {left} more are left out; --filter chooses others")
        }
    };
    let others = (!others.is_empty()).then(|| table_of(&others));
    (Histories { text, charts, others, others_text }, data)
}

/// Changes first, the largest before the others; then times before counts.
fn rank(series: &Series) -> impl Ord + use<> {
    let effects = alerts(series).iter().map(|alert| (alert.effect.center().abs() * 1e6) as u64);
    let largest = effects.max().unwrap_or(0);
    let place = topics::TOPICS.iter().position(|topic| topic.name == series.topic);
    (u64::MAX - largest, series.metric, place.unwrap_or(usize::MAX))
}

fn alerts<'a>(series: &'a Series) -> &'a [Alert] {
    series.trend.as_ref().map_or(&[], |trend| &trend.alerts)
}

fn commits(history: &History) -> Vec<String> {
    history.commits.iter().map(|runs| commit(runs[0])).collect()
}

/// A commit as it is named: twelve digits and a day.
fn commit(run: &Run) -> String {
    let id = run.commit.id.as_deref().unwrap_or("no commit");
    let time = run.commit.time.as_deref().unwrap_or(&run.started);
    let dirty = if run.commit.dirty { "+" } else { "" };
    let first = |text: &str, count| text.chars().take(count).collect::<String>();
    format!("{}{dirty} {}", first(id, 12), first(time, 10))
}

fn chart(history: &History, series: &Series, commits: &[String]) -> Chart {
    let name = series.benchmark.to_string();
    let unit = series.metric.unit();
    let given = || series.values.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?)));
    let scale = Scale::around(given().flat_map(|(_, value)| [value.low(), value.high()]));
    let rows: Vec<_> = given().collect();
    let table = TableView {
        columns: vec![ColumnView::new("commit", false), ColumnView::new("value", true)],
        rows: (rows.iter().rev().take(ROWS_MAX))
            .map(|(place, value)| vec![CellView::name(&commits[*place]), CellView::number(interval(*value, unit))])
            .collect(),
    };
    let end = |commit: Option<&String>| {
        let (commit, day) = commit.and_then(|commit| commit.rsplit_once(' ')).unwrap_or_default();
        (commit.to_owned(), day.to_owned())
    };
    Chart {
        tags: Tags::new("history", &name, [series.topic, series.metric.name(), history.key.as_str()]),
        latest: rows.last().map_or(String::new(), |(_, value)| interval(*value, unit)),
        verdict: verdict(series),
        shapes: shapes(&series.values, &scale),
        ticks: scale.ticks(unit),
        ends: [end(commits.first()), end(commits.last())],
        changes: alerts(series).iter().map(|alert| change(history, alert, commits)).collect(),
        more: rows.len().saturating_sub(ROWS_MAX),
        table,
    }
}

fn verdict(series: &Series) -> Verdict {
    match &series.trend {
        Err(reason) => Verdict { class: "doubt", sign: "?", text: format!("not judged: {reason}") },
        Ok(trend) => match trend.alerts.last() {
            Some(alert) => told(alert),
            None => Verdict {
                class: "same",
                sign: "·",
                text: format!("no shift; a change of {:.1} % or more could be told", trend.smallest * 100.0),
            },
        },
    }
}

/// `▲ regression +10.1 % (9.8 to 10.4)`.
fn told(alert: &Alert) -> Verdict {
    let (class, word) = match alert.kind {
        AlertKind::Regression => ("worse", alert.kind.word()),
        AlertKind::Improvement => ("better", alert.kind.word()),
        AlertKind::Return => ("doubt", alert.kind.word()),
    };
    let [center, low, high] =
        [alert.effect.center(), alert.effect.low(), alert.effect.high()].map(|share| share * 100.0);
    let sign = if center > 0.0 { "▲" } else { "▼" };
    Verdict { class, sign, text: format!("{word} {center:+.1} % ({low:+.1} to {high:+.1})") }
}

fn change(history: &History, alert: &Alert, commits: &[String]) -> Change {
    let last = (commits.len() - 1).max(1) as f64;
    let before = alert.change_index.checked_sub(1).map(|place| history.commits[place][0]);
    Change {
        at: percent(alert.change_index as f64 / last),
        verdict: told(alert),
        commit: commits[alert.change_index].clone(),
        told: commits[alert.alert_index].clone(),
        suspects: before.map_or(Vec::new(), |before| suspects(before, history.commits[alert.change_index][0])),
        effect: alert.effect.center(),
    }
}

/// What else is not as it was in the run before: dependencies, compiler, tools, system.
fn suspects(before: &Run, after: &Run) -> Vec<String> {
    let mut found = Vec::new();
    if before.commit.lock_hash != after.commit.lock_hash {
        found.push("Cargo.lock: another one".to_owned());
    }
    for (old, new) in
        [(&before.toolchain.facts, &after.toolchain.facts), (&before.machine.software, &after.machine.software)]
    {
        let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
        names.sort();
        names.dedup();
        let differ = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
        found.extend(differ.map(|name| format!("{name}: {} → {}", fact(old.get(name)), fact(new.get(name)))));
    }
    let more = found.len().saturating_sub(SUSPECTS_MAX);
    found.truncate(SUSPECTS_MAX);
    if more > 0 {
        found.push(format!("{more} more"));
    }
    found
}

/// What is printed for a fact.
fn fact(fact: Option<&Fact>) -> &str {
    match fact {
        Some(Fact::Value(text)) => text,
        Some(Fact::Unknown(_)) => "unknown",
        Some(Fact::NotApplicable(_)) => "not applicable",
        None => "not asked",
    }
}

fn table_of(others: &[(usize, &History, &Series)]) -> TableView {
    let names =
        [("series", false), ("metric", false), ("machine", false), ("newest value", true), ("judgement", false)];
    let row = |(_, history, series): &(usize, &History, &Series)| {
        let latest = series.values.iter().flatten().last();
        let verdict = verdict(series);
        vec![
            CellView::name(series.benchmark.to_string()),
            CellView::text(series.metric.name().replace('_', " ")),
            CellView::name(history.key.as_str()),
            CellView::number(latest.map_or(String::new(), |value| interval(*value, series.metric.unit()))),
            CellView::text(format!("{} {}", verdict.sign, verdict.text)),
        ]
    };
    TableView {
        columns: names.iter().map(|(name, numeric)| ColumnView::new(name, *numeric)).collect(),
        rows: others.iter().take(OTHERS_MAX).map(row).collect(),
    }
}
