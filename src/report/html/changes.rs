//! What changed: the findings of `parcost trend`, counted as it counts them, and grouped by commit, the newest first.

use std::collections::BTreeMap;

use serde::Serialize;

use super::view::{PageView, id, page, series_id};
use crate::model::Estimate;
use crate::report::number::plural;
use crate::report::page::{Cell, Status};
use crate::report::pages::{commit_name, counted, culprits, trend_page, verdict_cell, why};
use crate::trend::{Category, Finding, History, Member, SeriesKey};
use crate::verdict::policy::TREND_START;

/// Commits that are shown with what changed there; older ones are behind a click.
const COMMITS_MAX: usize = 8;

/// A verdict: a sign, a class and words.
#[derive(Clone, Serialize)]
pub(super) struct StatusView {
    pub(super) class: &'static str,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct ChangesView {
    /// How many changes there are, the newest, and how many regressions are open.
    headline: StatusView,
    /// By category, and how many series were judged.
    counts: String,
    newest: Vec<CommitChanges>,
    older: Vec<CommitChanges>,
    /// What `parcost trend` prints of each machine.
    pages: Vec<PageView>,
}

/// What changed at one commit of one machine.
#[derive(Serialize)]
struct CommitChanges {
    /// Twelve digits, and the day.
    commit: String,
    day: String,
    machine: String,
    findings: Vec<FindingView>,
}

#[derive(Serialize)]
pub(super) struct FindingView {
    pub(super) status: StatusView,
    /// `code`, `machine` …
    attribution: &'static str,
    /// The series with the largest change.
    series: String,
    /// The card of that series.
    chart: String,
    /// How many series it has.
    count: usize,
    /// The culprit, the commits that may be it, or the first and the last of a drift.
    commit: String,
    why: String,
}

/// None where no machine has values of two commits, so that there is no history.
pub(super) fn changes(histories: &[&History]) -> Option<ChangesView> {
    if histories.iter().all(|history| history.commits.measured.len() < 2) {
        return None;
    }
    let mut commits: Vec<CommitChanges> = histories.iter().flat_map(|history| by_commit(history)).collect();
    commits.sort_by(|a, b| b.day.cmp(&a.day));
    let headline = headline(histories, &commits);
    let older = commits.split_off(commits.len().min(COMMITS_MAX));
    let judged: usize = histories.iter().map(|history| history.judged()).sum();
    let series: usize = histories.iter().map(|history| history.series.len()).sum();
    let few = if judged == 0 { "; a verdict needs values of 20 commits on one machine" } else { "" };
    Some(ChangesView {
        headline,
        counts: format!("{}; {judged} of {series} series judged{few}", counted(histories)),
        newest: commits,
        older,
        pages: histories
            .iter()
            .map(|history| page(id("trend", machine_of(history), &[]), machine_of(history), trend_page(history)))
            .collect(),
    })
}

/// The machine, or the file of another tool.
pub(super) fn machine_of(history: &History) -> &str {
    history.machine.as_ref().map_or(history.source.as_str(), |machine| machine.as_str())
}

/// `1 change in 60 commits: machine, 2026-03-04; 0 regressions open`.
fn headline(histories: &[&History], newest_first: &[CommitChanges]) -> StatusView {
    let all = || histories.iter().flat_map(|history| history.findings.iter().chain(&history.drifts));
    let open = all().filter(|finding| finding.category() == Category::Regressed).count();
    let commits: usize = histories.iter().map(|history| history.commits.measured.len()).sum();
    let newest = newest_first.first().and_then(|commit| Some((commit, commit.findings.first()?)));
    let newest = newest.map_or(String::new(), |(commit, finding)| {
        let which = if all().count() == 1 { ":" } else { ", the newest:" };
        format!("{which} {}, {}", finding.attribution, if commit.day.is_empty() { &commit.commit } else { &commit.day })
    });
    let text = match histories.iter().any(|history| history.judged() > 0) {
        true => format!(
            "{} in {}{newest}; {} open",
            plural(all().count(), "change"),
            plural(commits, "commit"),
            plural(open, "regression")
        ),
        false => {
            format!("No change can be judged in {}: a time is judged from {TREND_START} on", plural(commits, "commit"))
        }
    };
    StatusView { class: if open > 0 { "worse" } else { "same" }, text }
}

/// The newest commit first; a drift is at the last of its commits.
fn by_commit(history: &History) -> Vec<CommitChanges> {
    let mut by_index: BTreeMap<usize, Vec<FindingView>> = BTreeMap::new();
    for finding in history.findings.iter().chain(&history.drifts) {
        by_index.entry(finding.series[0].commit_index).or_default().push(finding_view(history, finding));
    }
    let at = |(index, findings): (usize, Vec<FindingView>)| {
        let commit = &history.commits.measured[index];
        let day = commit.time.as_deref().unwrap_or_default().chars().take(10).collect();
        CommitChanges { commit: commit_name(&commit.id), day, machine: machine_of(history).to_owned(), findings }
    };
    by_index.into_iter().rev().map(at).collect()
}

fn finding_view(history: &History, finding: &Finding) -> FindingView {
    let first = &finding.series[0];
    let commit = if finding.culprit.is_some() {
        culprits(finding)
    } else {
        format!("{} to {}", commit_name(&finding.from), commit_name(&finding.to))
    };
    FindingView {
        status: status(finding),
        attribution: finding.attribution.word(),
        series: first.key.to_string(),
        chart: series_id(machine_of(history), &first.key, &first.topic),
        count: finding.series.len(),
        commit,
        why: why(finding).trim_start().to_owned(),
    }
}

/// `✗ regressed +10.1 % (9.8 to 10.4)`; what is resolved or accepted is history, in no colour.
pub(super) fn status(finding: &Finding) -> StatusView {
    let cell = verdict_cell(finding);
    let class = match &cell {
        Cell::Verdict { status: Status::Worse, .. } => "worse",
        Cell::Verdict { status: Status::Better, .. } => "better",
        _ => "same",
    };
    let change = finding.change;
    let interval = match finding.series[0].from_zero {
        true => String::new(),
        false => format!(" ({:+.1} to {:+.1})", change.low() * 100.0, change.high() * 100.0),
    };
    StatusView { class, text: format!("{} {}{interval}", cell.printed(), change_text(&finding.series[0], change)) }
}

/// In per cent; of a series that was at zero, the new level.
pub(super) fn change_text(member: &Member, change: Estimate) -> String {
    if member.from_zero { format!("0 → {}", change.center()) } else { format!("{:+.1} %", change.center() * 100.0) }
}

/// The findings of a series, and its part in each.
pub(super) fn findings_of<'a>(history: &'a History, key: &SeriesKey) -> Vec<(&'a Finding, &'a Member)> {
    let all = history.findings.iter().chain(&history.drifts);
    all.filter_map(|finding| Some((finding, finding.series.iter().find(|member| member.key == *key)?))).collect()
}
