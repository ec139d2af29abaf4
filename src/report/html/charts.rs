//! The charts of the page: what the script draws, and what is read without one.

use std::collections::BTreeMap;

use serde::Serialize;

use super::drawn::{Data, HistoryData, Mark};
use super::packed::Packed;
use super::view::{CellView, ColumnView, PageView, TableView, Tags, id, page};
use crate::model::{Estimate, Metric, topics};
use crate::report::number::interval;
use crate::report::page::{Cell, Status};
use crate::report::pages::{counted, culprits, short, trend_page, verdict_cell, why};
use crate::report::sparkline::sparkline;
use crate::trend::{Finding, History, Series};
use crate::verdict::Outcome;
use crate::verdict::policy::CHANGE_SYSTEM;

/// The most charts of a page: more are not looked through, and would make it slow to open.
const CHARTS_MAX: usize = 60;
/// The most series in the table of those without a chart.
const OTHERS_MAX: usize = 400;
/// The values that a chart's table shows without a script; with one it shows all.
const ROWS_MAX: usize = 20;
const FINDINGS_MAX: usize = 15;

#[derive(Clone, Serialize)]
pub(super) struct StatusView {
    pub(super) class: &'static str,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct HistoryPart {
    text: String,
    pages: Vec<PageView>,
    charts: Vec<HistoryChart>,
    others: Option<TableView>,
    others_text: String,
    pub(super) headline: StatusView,
    pub(super) findings: Vec<ListedFinding>,
    pub(super) more_findings: usize,
}

#[derive(Serialize)]
struct HistoryChart {
    tags: Tags,
    latest: String,
    /// The series in a few signs, for readers without a script.
    sparkline: String,
    status: StatusView,
    /// The first and the last commit, each with its day.
    ends: [(String, String); 2],
    findings: Vec<ListedFinding>,
    table: TableView,
    /// Rows that are not in the table.
    more: usize,
}

#[derive(Clone, Serialize)]
pub(super) struct ListedFinding {
    /// The chart of its largest change, if it has one.
    chart: Option<String>,
    series: String,
    status: StatusView,
    attribution: &'static str,
    count: usize,
    commit: String,
    why: String,
}

pub(super) fn histories(histories: &[History], data: &mut Data) -> HistoryPart {
    data.commits = histories.iter().map(commits).collect();
    let all = histories.iter().enumerate().flat_map(|(machine, history)| {
        history.series.iter().map(move |series| (machine, history, series, findings_of(history, series)))
    });
    let (mut several, single): (Vec<_>, Vec<_>) = all.partition(|(_, _, series, _)| series.observations.len() > 1);
    several.sort_by_key(|(_, _, series, findings)| {
        let largest = findings.iter().map(|finding| (finding.change.center().abs() * 1e6) as u64).max();
        let topic = topics::TOPICS.iter().position(|topic| topic.name == series.topic);
        (u64::MAX - largest.unwrap_or(0), series.key.metric(), topic.unwrap_or(usize::MAX))
    });
    let count = several.len();
    let others = several.split_off(count.min(CHARTS_MAX));
    let ids: BTreeMap<(usize, String), String> = several
        .iter()
        .map(|(machine, history, series, _)| ((*machine, series.key.to_string()), tags(history, series).id))
        .collect();
    let mut charts = Vec::new();
    for (machine, history, series, findings) in several {
        let chart = chart(history, series, &findings, &data.commits[machine]);
        let marks = findings.iter().enumerate().filter_map(|(number, finding)| mark(number, finding, series));
        data.histories.insert(
            chart.tags.id.clone(),
            HistoryData {
                machine,
                unit: unit(series),
                values: Packed::new(&by_commit(history, series)),
                marks: marks.collect(),
            },
        );
        charts.push(chart);
    }
    let text = match charts.len() {
        0 => "No series has values of two commits on one machine.".to_owned(),
        shown => format!(
            "{shown} of {count} series with more than one value{}. The line is the value of each commit, the band reaches from \
             its smallest to its largest round; commits are equally far apart.",
            if single.is_empty() { String::new() } else { format!(", and {} with one", single.len()) }
        ),
    };
    let others_text = match others.len().saturating_sub(OTHERS_MAX) {
        0 => format!("{} series without a chart; --filter chooses others", others.len()),
        more => {
            format!("{OTHERS_MAX} of the series without a chart, {more} more are not listed; --filter chooses others")
        }
    };
    let mut findings: Vec<ListedFinding> = Vec::new();
    for (machine, history) in histories.iter().enumerate() {
        findings.extend(history.findings.iter().chain(&history.drifts).map(|finding| {
            let first = finding.series[0].key.to_string();
            listed(history, finding, ids.get(&(machine, first)).cloned())
        }));
    }
    let more_findings = findings.len().saturating_sub(FINDINGS_MAX);
    findings.truncate(FINDINGS_MAX);
    HistoryPart {
        text,
        pages: histories.iter().map(history_page).collect(),
        charts,
        others: (!others.is_empty()).then(|| table_of(&others)),
        others_text,
        headline: headline(histories),
        findings,
        more_findings,
    }
}

fn history_page(history: &History) -> PageView {
    let machine = machine_of(history);
    page(id("trend", machine, &[]), machine, &trend_page(history))
}

fn machine_of(history: &History) -> &str {
    history.machine.as_ref().map_or(history.source.as_str(), |machine| machine.as_str())
}

/// The findings of all histories, counted as `parcost trend` counts them.
fn headline(histories: &[History]) -> StatusView {
    let judged: usize = histories.iter().map(History::judged).sum();
    let series: usize = histories.iter().map(|history| history.series.len()).sum();
    let counts = counted(&histories.iter().collect::<Vec<_>>());
    let class = match histories.iter().map(|history| history.outcome).max() {
        Some(Outcome::Fail) => "worse",
        _ if judged == 0 => "doubt",
        _ => "same",
    };
    let few = if judged == 0 { "; a first verdict needs values of 20 commits on one machine" } else { "" };
    StatusView { class, text: format!("{counts}; {judged} of {series} series judged{few}") }
}

fn findings_of<'a>(history: &'a History, series: &Series) -> Vec<&'a Finding> {
    let all = history.findings.iter().chain(&history.drifts);
    all.filter(|finding| finding.series.iter().any(|member| member.key == series.key)).collect()
}

/// The commits as they are named: twelve digits and a day.
fn commits(history: &History) -> Vec<String> {
    let name = |commit: &crate::trend::MeasuredCommit| {
        let day: String = commit.time.as_deref().unwrap_or_default().chars().take(10).collect();
        format!("{} {day}", short(&commit.id))
    };
    history.commits.measured.iter().map(name).collect()
}

fn unit(series: &Series) -> &'static str {
    series.key.metric().map_or("", Metric::unit)
}

fn tags(history: &History, series: &Series) -> Tags {
    let metric = series.key.metric().map_or("", Metric::name);
    Tags::new("history", &series.key.benchmark(), [&series.topic, metric, machine_of(history)])
}

/// One value a commit; none where it has none.
fn by_commit(history: &History, series: &Series) -> Vec<Option<Estimate>> {
    let mut values = vec![None; history.commits.measured.len()];
    series.observations.iter().for_each(|observation| values[observation.commit_index] = Some(observation.value));
    values
}

fn chart(history: &History, series: &Series, findings: &[&Finding], commits: &[String]) -> HistoryChart {
    let newest_first = || series.observations.iter().rev();
    let row = |observation: &crate::trend::Observation| {
        let value = CellView::number(interval(observation.value, unit(series)));
        vec![CellView::name(&commits[observation.commit_index]), value]
    };
    let end = |commit: Option<&String>| {
        let (commit, day) = commit.and_then(|commit| commit.rsplit_once(' ')).unwrap_or_default();
        (commit.to_owned(), day.to_owned())
    };
    let centers: Vec<f64> = series.observations.iter().map(|observation| observation.value.center()).collect();
    HistoryChart {
        tags: tags(history, series),
        latest: latest(series),
        sparkline: sparkline(&centers, CHANGE_SYSTEM),
        status: status_of(series, findings),
        ends: [end(commits.first()), end(commits.last())],
        findings: findings.iter().map(|finding| listed(history, finding, None)).collect(),
        table: TableView {
            columns: vec![ColumnView::new("commit", false), ColumnView::new("value", true)],
            rows: newest_first().take(ROWS_MAX).map(row).collect(),
        },
        more: series.observations.len().saturating_sub(ROWS_MAX),
    }
}

fn latest(series: &Series) -> String {
    series.observations.last().map_or(String::new(), |observation| interval(observation.value, unit(series)))
}

fn mark(number: usize, finding: &Finding, series: &Series) -> Option<Mark> {
    let member = finding.series.iter().find(|member| member.key == series.key)?;
    let sign = if member.change.center() > 0.0 { '▲' } else { '▼' };
    let status = status(finding);
    Some(Mark { at: member.commit_index, class: status.class, text: format!("{sign}{}", number + 1) })
}

/// `✗ regressed +10.1 % (9.8 to 10.4)`.
fn status(finding: &Finding) -> StatusView {
    let cell = verdict_cell(finding);
    let class = match &cell {
        Cell::Verdict { status: Status::Worse, .. } => "worse",
        Cell::Verdict { status: Status::Better, .. } => "better",
        _ => "same",
    };
    let [center, low, high] = [Estimate::center, Estimate::low, Estimate::high].map(|of| of(finding.change) * 100.0);
    StatusView { class, text: format!("{} {center:+.1} % ({low:+.1} to {high:+.1})", cell.printed()) }
}

fn status_of(series: &Series, findings: &[&Finding]) -> StatusView {
    match (&series.trend, findings.first()) {
        (Err(reason), _) => StatusView { class: "doubt", text: format!("? not judged: {reason}") },
        (Ok(_), Some(finding)) => status(finding),
        (Ok(trend), None) => {
            let detectable = trend.min_detectable_change * 100.0;
            StatusView {
                class: "same",
                text: format!("· unchanged; a change of {detectable:.1} % or more would be found"),
            }
        }
    }
}

fn listed(history: &History, finding: &Finding, chart: Option<String>) -> ListedFinding {
    let range = if finding.culprit.is_some() {
        culprits(finding)
    } else {
        format!("{} to {}", short(&finding.from), short(&finding.to))
    };
    let first = &finding.series[0];
    ListedFinding {
        chart,
        series: format!("{} on {}", first.key, machine_of(history)),
        status: status(finding),
        attribution: finding.attribution.word(),
        count: finding.series.len(),
        commit: range,
        why: why(finding).trim_start().to_owned(),
    }
}

fn table_of(others: &[(usize, &History, &Series, Vec<&Finding>)]) -> TableView {
    let names = [("series", false), ("machine", false), ("newest value", true), ("verdict", false)];
    let row = |(_, history, series, findings): &(usize, &History, &Series, Vec<&Finding>)| {
        vec![
            CellView::name(series.key.to_string()),
            CellView::name(machine_of(history)),
            CellView::number(latest(series)),
            CellView::text(status_of(series, findings).text),
        ]
    };
    TableView {
        columns: names.iter().map(|(name, numeric)| ColumnView::new(name, *numeric)).collect(),
        rows: others.iter().take(OTHERS_MAX).map(row).collect(),
    }
}
