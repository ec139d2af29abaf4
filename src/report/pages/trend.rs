//! The page of a history: what changed and why, what was skipped or could not be judged, and what would have been found.

use std::collections::{BTreeMap, BTreeSet};

use super::accept::{accepting, rule, rule_up_to, titled};
use super::import::remark_section;
use crate::model::{Estimate, Metric, UnusableFile, some_of};
use crate::report::number::{plural, signed_change};
use crate::report::page::{Cell, NoteKind, Page, Section, Status, Table};
use crate::report::plot::Plot;
use crate::trend::{Category, Finding, History, OrderedBy, Series, SeriesKey, Unchanged, Unjudged};
use crate::verdict::policy::{CHANGE_SYSTEM, TREND_START};
use crate::verdict::{Attribution, EnvironmentChange, Verdict};

const FINDINGS_EXPLAINED: &str = "Change: new level ÷ old level − 1, the geometric mean of the series that changed together. \
                                  Culprit: the commit, or the first and the last that may be it. False alarms: how many changes like it independent noise alone \
                                  causes per 1,000 commits of a series, at most; counts are exact.";
const MIXED_EXPLAINED: &str = " Where costs and rates changed together, it is the change of the cost.";
const DRIFTS_EXPLAINED: &str = "Levels that changed over many commits, so that no single one is the culprit: in all, and \
                                per commit for the largest of them.";
const DETECTABLE_EXPLAINED: &str = "The smallest change of the present level that would be found within 20 commits, by topic and metric: of \
                                    the least noisy series, the median one and the noisiest. --format json has each.";

const SUSPECTED_EXPLAINED: &str = "From that commit on every value lies beyond all values of the level before it, but one of the two levels \
                                   has too few values for a verdict: `values` is how many it has of those that it needs. Suspected changes do \
                                   not count for the outcome.";

const ENDED_EXPLAINED: &str = "Series without a value at the newest commits, though others of their topic have one. A series may continue under \
                               another name: one that begins where it ends, at its level. What continues as nothing makes --fail-on exit with 4; an \
                               `[[missing]]` rule in the file of accepted changes allows it.";

const DIGITS: usize = 12;
/// Series that ended, before the rest is only counted.
const ENDED_MAX: usize = 10;
/// Rows of a table, or names in a note, before the rest is only counted.
const ROWS_MAX: usize = 8;

/// The findings of a history first; then what was skipped, what could not be judged, and how small a change would be found.
pub fn trend_page(history: &History) -> Page {
    let title = history.machine.as_ref().map_or("Trend".to_owned(), |machine| format!("Trend of {machine}"));
    let mut page = Page { title, ..Page::default() };
    let commits = &history.commits.measured;
    let ends = match (commits.first(), commits.last()) {
        (Some(first), Some(last)) if first.id == last.id => format!(", {}", dated(history, &first.id)),
        (Some(first), Some(last)) => format!(", {} to {}", dated(history, &first.id), dated(history, &last.id)),
        _ => String::new(),
    };
    if !history.is_of_file {
        page.line("runs", format!("{} of {}{ends}", history.runs, plural(commits.len(), "commit")));
    } else {
        page.line("file", history.source.clone());
        page.line("commits", format!("{}{ends}", commits.len()));
    }
    page.line("order", ordered_by(history));
    let references = match history.reference_workloads {
        0 => String::new(),
        count => format!(", and {count} reference workloads"),
    };
    page.line(
        "judged",
        format!("{} of {} series{references}", history.judged(), history.series.len() + history.undirected.len()),
    );
    page.line("outcome", history.outcome.word());
    page.line("found", counted(&[history]));
    let by_chance = match history.false_alarms_expected {
        none if none <= 0.0 => "none: no times are judged, and counts are exact".to_owned(),
        few if few < 0.1 => "fewer than 0.1 findings are expected from noise alone".to_owned(),
        many => format!("{many:.1} findings at most are expected from noise alone"),
    };
    page.line("by chance", by_chance);
    page.sections = vec![findings(history)];
    page.sections.extend(history.findings.iter().map(|finding| detail(history, finding)));
    page.sections.extend([
        accepting(titled(rules(history))),
        drifts(history),
        suspected(history),
        noisier(history),
        noise(history),
        ended(history),
        remark_section(&history.remarks),
        skipped(history),
        not_judged(history),
    ]);
    page.sections.push(if history.is_of_file { all_series(history) } else { detectable(history) });
    page.with_next(next(history))
}

fn next(history: &History) -> String {
    let regressed = history.findings.iter().find(|finding| finding.category() == Category::Regressed);
    match regressed.filter(|_| !history.is_of_file) {
        Some(finding) => {
            let [from, to] = [&finding.from, &finding.to].map(|commit| commit_name(commit));
            format!("`parcost gate --base {from} --head {to}` confirms the first regression, in pairs")
        }
        None if history.is_of_file => "`--format json` has every value and every reason".to_owned(),
        None if history.judged() == 0 => {
            format!("`parcost run` at each commit: a time is judged from {TREND_START} commits on")
        }
        None => "`parcost report` draws every series".to_owned(),
    }
}

/// `regressed 0 · improved 0 · machine 1 · drifts 0`: the findings of histories, the same on every page.
pub(in crate::report) fn counted(histories: &[&History]) -> String {
    use Category::{Accepted, External, Improved, Machine, Regressed, Resolved, Returned};
    let count = |category| -> usize { histories.iter().filter_map(|it| it.counts.get(&category)).sum() };
    let shown = [Regressed, Improved, Machine, Accepted, Resolved, Returned, External].into_iter();
    let shown = shown.filter(|it| matches!(it, Regressed | Improved | Machine) || count(*it) > 0);
    let mut words: Vec<String> = shown.map(|category| format!("{} {}", category.word(), count(category))).collect();
    words.push(format!("drifts {}", histories.iter().map(|history| history.drifts.len()).sum::<usize>()));
    match histories.iter().map(|history| history.ended.len()).sum::<usize>() {
        0 => {}
        ended => words.push(format!("ended {ended}")),
    }
    words.join(" · ")
}

pub fn unusable_section(unusable: &[UnusableFile]) -> Option<Section> {
    let mut section = Section::new("Files that cannot be read");
    unusable.iter().for_each(|file| section.note(NoteKind::Unusable, &file.file, &file.reason));
    (!section.is_empty()).then_some(section)
}

/// The verdict of a finding with what takes it off the list of those to act on, in a sign and words.
pub(in crate::report) fn verdict_cell(finding: &Finding) -> Cell {
    let status = match finding.category() {
        Category::Regressed => Status::Worse,
        Category::Improved => Status::Better,
        Category::Accepted | Category::Machine | Category::Returned | Category::Resolved | Category::External => {
            Status::Even
        }
    };
    let suffix = match (&finding.accepted, finding.returned) {
        (Some(_), _) => ", accepted",
        (None, true) => ", returned",
        (None, false) if finding.is_resolved() => ", resolved",
        (None, false) if finding.category() == Category::Machine => ", machine",
        (None, false) => "",
    };
    Cell::verdict(status, &format!("{}{suffix}", finding.verdict.word()))
}

fn findings(history: &History) -> Section {
    let mut table =
        Table::new(&["verdict", "attribution", "culprit", "#change", "?largest change in", "#series", "#false alarms"]);
    for finding in &history.findings {
        table.rows.push(vec![
            verdict_cell(finding),
            Cell::text(finding.attribution.word()),
            Cell::text(culprits(finding)),
            match &finding.series[0] {
                first if first.from_zero => change(true, first.change),
                _ => Cell::Change(finding.change).without_interval(),
            },
            Cell::name(&finding.series[0].key),
            Cell::text(finding.series.len().to_string()),
            Cell::text(finding.false_alarms.map_or("exact".to_owned(), |rate| rate.per_1000_commits().to_string())),
        ]);
    }
    let text = match (table.rows.is_empty(), history.judged()) {
        (true, 0) => "No series has enough values to be judged.",
        (true, _) => "No level changed at one commit in what could be judged.",
        (false, _) => FINDINGS_EXPLAINED,
    };
    let mixed = if history.findings.iter().any(|finding| is_mixed(history, finding)) { MIXED_EXPLAINED } else { "" };
    Section { text: Some(format!("{text}{mixed}")), ..Section::new("Findings") }.tabled(None, table)
}

/// Whether costs and rates changed together.
fn is_mixed(history: &History, finding: &Finding) -> bool {
    let keys: BTreeSet<&SeriesKey> = finding.series.iter().map(|member| &member.key).collect();
    let mut of = history.series.iter().filter(|series| keys.contains(&series.key)).map(|series| series.direction);
    let first = of.next();
    of.any(|direction| Some(direction) != first)
}

/// The commit that changed it, or the first and the last that may have.
pub(in crate::report) fn culprits(finding: &Finding) -> String {
    match (finding.culprits.as_slice(), &finding.culprit) {
        ([first, .., last], _) => format!("{}–{}", commit_name(first), commit_name(last)),
        (_, culprit) => commit_name(culprit.as_ref().unwrap_or(&finding.to)),
    }
}

fn detail(history: &History, finding: &Finding) -> Section {
    let topics: BTreeSet<&str> = finding.series.iter().map(|member| member.topic.as_str()).collect();
    let topics: Vec<&str> = topics.into_iter().filter(|topic| !topic.is_empty()).collect();
    let mut text = match (&finding.culprit, finding.culprits.len()) {
        (Some(culprit), 2..) => format!(
            "{} one of {} measured commits, most likely {}; the last commit before them is {}.",
            if finding.attribution == Attribution::Code { "The culprit is" } else { "The change lies at" },
            finding.culprits.len(),
            commit_name(culprit),
            commit_name(&finding.from)
        ),
        _ => format!("The last commit before it is {}.", commit_name(&finding.from)),
    };
    if !topics.is_empty() {
        text.push_str(&format!(" Topics: {}.", topics.join(", ")));
    }
    text.push_str(&unchanged(&finding.unchanged));
    text.push_str(&why(finding));
    let mut table = Table::new(&["series", "#change", "verdict", "?detected at"]);
    for member in finding.series.iter().take(ROWS_MAX) {
        let status = if member.verdict == Verdict::Regressed { Status::Worse } else { Status::Better };
        let suffix = match (member.returned, member.resolved) {
            (true, _) => ", returned",
            (false, true) => ", resolved",
            (false, false) => "",
        };
        table.rows.push(vec![
            Cell::name(&member.key),
            change(member.from_zero, member.change),
            Cell::verdict(
                if matches!(finding.category(), Category::Regressed | Category::Improved) {
                    status
                } else {
                    Status::Even
                },
                &format!("{}{suffix}", member.verdict.word()),
            ),
            Cell::text(commit_name(&member.detected)),
        ]);
    }
    if let more @ 1.. = finding.series.len().saturating_sub(ROWS_MAX) {
        text.push_str(&format!(" The {ROWS_MAX} largest are listed; {more} more changed along."));
    }
    let first = &finding.series[0];
    Section {
        text: Some(text),
        table: Some(table),
        plot: history
            .series
            .iter()
            .find(|series| series.key == first.key)
            .map(|it| plot(history, it, first.commit_index)),
        ..Section::new(format!(
            "{} at {}",
            verdict_cell(finding).printed(),
            dated(history, finding.culprit.as_ref().unwrap_or(&finding.to))
        ))
    }
}

/// What a finding is attributed to, accepted by and accompanied by.
pub(in crate::report) fn why(finding: &Finding) -> String {
    let accepted = match (&finding.accepted, &finding.not_accepted) {
        (Some(rule), _) => format!(" Accepted: {}.", rule.reason),
        (None, Some(why)) => format!(" Not accepted: {why}."),
        (None, None) => String::new(),
    };
    let diff = environment_diff(&finding.environment_diff);
    let attribution = match finding.attribution {
        Attribution::Unknown if matches!(finding.series[0].key, SeriesKey::Imported { .. }) => String::new(),
        Attribution::Unknown => format!(" Attribution unknown: {}.", finding.attribution_reason),
        attribution => format!(" Attributed to {}: {}.", attribution.word(), finding.attribution_reason),
    };
    format!("{attribution}{accepted}{diff}")
}

/// The rules that accept what regressed.
fn rules(history: &History) -> Vec<String> {
    let members = history.regressed().flat_map(|finding| &finding.series);
    let rules = members.filter_map(|member| {
        let culprit = member.culprit.as_ref()?;
        let beginning = Some(commit_name(culprit)).filter(|short| culprit.starts_with(short.as_str()));
        let (benchmark, metric, commit) =
            (member.key.benchmark(), member.key.metric(), beginning.as_ref().unwrap_or(culprit));
        if member.from_zero {
            // From nothing it is no times worse: what it has now is allowed.
            let level = format!("{} {}", member.change.center(), member.key.unit());
            let is_quoted = member.key.unit().contains('"');
            return (!is_quoted)
                .then(|| rule_up_to(&benchmark, metric, commit, &format!("level = \"{}\"", level.trim())))?;
        }
        rule(&benchmark, metric, commit, member.change)
    });
    rules.take(ROWS_MAX).collect()
}

/// A series over its commits; a mark is under the commit at this index.
fn plot(history: &History, series: &Series, commit_index: usize) -> Plot {
    let ends = [series.observations.first(), series.observations.last()];
    let id = |index: usize| commit_name(&history.commits.measured[index].id);
    Plot {
        caption: format!("{} by commit; ^ is the first at the new level.", series.key),
        values: values(series),
        unit: series.key.unit().to_owned(),
        threshold: flat_below(series),
        ends: ends.map(|end| end.map_or(String::new(), |end| id(end.commit_index))),
        marks: series.observations.iter().position(|it| it.commit_index == commit_index).into_iter().collect(),
    }
}

fn drifts(history: &History) -> Section {
    let mut table = Table::new(&["largest change in", "verdict", "from", "to", "#change", "??#per commit", "#series"]);
    let mut section = Section::new("Drifts");
    for drift in &history.drifts {
        let per_commit = drift.change_per_commit.and_then(|share| Estimate::exact(share).ok());
        table.rows.push(vec![
            Cell::name(&drift.series[0].key),
            verdict_cell(drift),
            Cell::text(commit_name(&drift.from)),
            Cell::text(commit_name(&drift.to)),
            Cell::Change(drift.change).without_interval(),
            per_commit.map_or(Cell::text(""), Cell::percent),
            Cell::text(drift.series.len().to_string()),
        ]);
        let range = format!("{} to {}", commit_name(&drift.from), commit_name(&drift.to));
        let why = why(drift);
        if !why.is_empty() {
            section.note(NoteKind::Note, &range, why.trim_start());
        }
    }
    section.tabled(DRIFTS_EXPLAINED, table)
}

/// What the newest values look like, before they are enough for a verdict.
fn suspected(history: &History) -> Section {
    let mut table = Table::new(&["series", "since", "#change", "#values"]);
    for series in &history.series {
        if let Some(suspected) = series.suspected {
            table.rows.push(vec![
                Cell::name(&series.key),
                Cell::text(commit_of(history, series, suspected.at)),
                Cell::Change(suspected.change),
                Cell::text(format!("{} of {}", suspected.values, suspected.needed)),
            ]);
        }
    }
    Section::new("Suspected").tabled(SUSPECTED_EXPLAINED, table)
}

fn noisier(history: &History) -> Section {
    let mut section = Section::new("Noisier");
    for series in &history.series {
        if let Some(noisier) = series.trend.as_ref().ok().and_then(|trend| trend.noisier) {
            let since = commit_of(history, series, noisier.since);
            let [before, after] = [noisier.before, noisier.after].map(|share| share * 100.0);
            let text = format!(
                "noisier since {since}: ± {before:.1} % before, ± {after:.1} % now; its level did not change there"
            );
            section.note(NoteKind::Note, &series.key.to_string(), &text);
        }
    }
    section.naming(ROWS_MAX)
}

/// Steps that are no finding.
fn noise(history: &History) -> Section {
    let mut section = Section::new("Noise");
    for series in history.series.iter().filter(|series| !series.is_reference()) {
        let points = series.trend.iter().flat_map(|trend| &trend.change_points);
        for point in points.filter(|point| point.noise) {
            let (change, at) = (signed_change(point.change), commit_of(history, series, point.at));
            let text = format!("{change} at {at} is no finding: the noise of this series may do as much by itself");
            section.note(NoteKind::Note, &series.key.to_string(), &text);
        }
    }
    section.naming(ROWS_MAX)
}

/// What later commits lack, in a line each.
fn ended(history: &History) -> Section {
    let mut section = Section::new("Ended");
    // Those that nothing explains first.
    let mut all: Vec<_> = history.ended.iter().collect();
    all.sort_by_key(|ended| ended.continued_as.is_some() || ended.accepted.is_some());
    let rest = all.split_off(all.len().min(ENDED_MAX));
    for ended in all {
        let since = format!("not since {}, {}", commit_name(&ended.last), plural(ended.commits_since, "commit"));
        let (kind, text) = match (&ended.continued_as, &ended.accepted) {
            (Some(series), _) => (NoteKind::Renamed, format!("{since}; continues as {series}")),
            (None, Some(reason)) => (NoteKind::Accepted, format!("{since}: {reason}")),
            (None, None) => (NoteKind::Missing, since),
        };
        section.note_count(kind, 1, &ended.key.to_string(), &text);
    }
    if !rest.is_empty() {
        let is_open = rest.iter().any(|ended| ended.continued_as.is_none() && ended.accepted.is_none());
        let kind = if is_open { NoteKind::Missing } else { NoteKind::Renamed };
        section.note_count(kind, rest.len(), &format!("{} more", rest.len()), "`--format json` lists all");
    }
    Section { text: (!section.is_empty()).then(|| ENDED_EXPLAINED.to_owned()), ..section }
}

/// A change as a share, or as a number of units where it began at zero.
fn change(from_zero: bool, change: Estimate) -> Cell {
    if from_zero { Cell::text(format!("0 → {}", change.center())) } else { Cell::Change(change) }
}

fn commit_of(history: &History, series: &Series, observation: usize) -> String {
    commit_name(&history.commits.measured[series.observations[observation].commit_index].id)
}

fn skipped(history: &History) -> Section {
    let mut section = Section::new("Skipped");
    for skipped in &history.skipped {
        let noun = if history.is_of_file || skipped.reason.is_of_values() { "value" } else { "run" };
        let subjects: Vec<&str> = skipped.subjects.iter().map(String::as_str).collect();
        let text = format!("{}: {}", skipped.reason, some_of(&subjects, ROWS_MAX));
        section.note_count(NoteKind::Skipped, skipped.count, &plural(skipped.count, noun), &text);
    }
    for it in &history.count_breaks {
        let EnvironmentChange { name, baseline, candidate, .. } = &it.environment_diff;
        let commit = commit_name(&it.commit);
        let text =
            format!("counts from {commit} on are not compared with those before: {name}: {baseline} → {candidate}");
        section.note(NoteKind::Skipped, &it.key.to_string(), &text);
    }
    section.naming(ROWS_MAX)
}

fn not_judged(history: &History) -> Section {
    let mut section = Section::new("Not judged");
    // The least and the most values of those that have too few, by how many a verdict needs.
    let mut few: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for series in &history.series {
        if let Err(Unjudged::TooFew { found, needed }) = series.trend {
            let (least, most) = few.entry(needed).or_insert((found, found));
            (*least, *most) = (found.min(*least), found.max(*most));
        }
    }
    for series in &history.series {
        let text = match &series.trend {
            Ok(_) => continue,
            Err(Unjudged::TooFew { needed, .. }) if few[needed].0 < few[needed].1 => {
                let (least, most) = few[needed];
                format!("{least} to {most} of the {needed} values that a first verdict needs; measure more commits")
            }
            Err(reason) => not_judged_because(history, series, reason),
        };
        section.note(NoteKind::Inconclusive, &series.key.to_string(), &text);
    }
    section.naming(ROWS_MAX)
}

fn not_judged_because(history: &History, series: &Series, reason: &Unjudged) -> String {
    let Unjudged::NotPositive { index, .. } = reason else { return reason.to_string() };
    let commit = series.observations.get(*index).map_or(String::new(), |observation| {
        format!(" at {}", commit_name(&history.commits.measured[observation.commit_index].id))
    });
    let instead = match series.key.metric() {
        Some(Metric::Contention | Metric::Coherency | Metric::SerialShare) => {
            "; the efficiency at each number of workers is judged instead"
        }
        _ => "",
    };
    format!("its value{commit} is not a number above zero, and changes are ratios{instead}")
}

fn all_series(history: &History) -> Section {
    let mut table = Table::new(&["series", "#values", "#detectable", "history"]);
    for series in &history.series {
        if let Ok(trend) = &series.trend {
            table.rows.push(vec![
                Cell::name(&series.key),
                Cell::text(series.observations.len().to_string()),
                Cell::detectable(trend.min_detectable_change),
                Cell::Series { values: values(series), threshold: flat_below(series) },
            ]);
        }
    }
    Section::new("Series, and their minimum detectable change").tabled(None, table)
}

fn detectable(history: &History) -> Section {
    let mut groups: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for series in &history.series {
        if let (SeriesKey::Measured(_, metric), Ok(trend)) = (&series.key, &series.trend) {
            groups.entry((&series.topic, metric.name())).or_default().push(trend.min_detectable_change);
        }
    }
    let mut table = Table::new(&["topic", "metric", "#series", "#min", "#median", "#max"]);
    for ((topic, metric), mut changes) in groups {
        changes.sort_by(f64::total_cmp);
        let [min, median, max] = [0, changes.len() / 2, changes.len() - 1].map(|at| Cell::detectable(changes[at]));
        let count = Cell::text(changes.len().to_string());
        table.rows.push(vec![Cell::name(topic), Cell::name(metric), count, min, median, max]);
    }
    Section::new("Minimum detectable change").tabled(DETECTABLE_EXPLAINED, table)
}

pub(in crate::report) fn ordered_by(history: &History) -> String {
    match &history.ordered_by {
        OrderedBy::Git => "the commit graph of git".to_owned(),
        OrderedBy::Recorded(why) if history.machine.is_none() => {
            format!("the numbers that the file gives its commits, in a table the column index ({why})")
        }
        OrderedBy::Recorded(why) => format!("the number of commits behind each, as recorded ({why})"),
        OrderedBy::Time(why) => format!("the times of the commits ({why})"),
        OrderedBy::File => "the files and their rows".to_owned(),
    }
}

/// The share of its middle by which a series moves without a change: less than what changes in it.
fn flat_below(series: &Series) -> f64 {
    let points = series.trend.iter().flat_map(|trend| &trend.change_points).filter(|point| !point.noise);
    points.map(|point| point.change.center().abs() / 2.0).fold(CHANGE_SYSTEM, f64::min)
}

fn values(series: &Series) -> Vec<f64> {
    series.observations.iter().map(|observation| observation.value.center()).collect()
}

fn environment_diff(changes: &[EnvironmentChange]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let text = |change: &EnvironmentChange| format!("{}: {} → {}", change.name, change.baseline, change.candidate);
    format!(" What else changed there: {}.", some_of(&changes.iter().map(text).collect::<Vec<_>>(), ROWS_MAX))
}

/// ` Unchanged: calc/threads with 1, 2, 4 workers.`
fn unchanged(unchanged: &[Unchanged]) -> String {
    if unchanged.is_empty() {
        return String::new();
    }
    let text = |one: &Unchanged| {
        let workers: Vec<String> = one.workers.iter().map(u64::to_string).collect();
        let noun = if one.workers == [1] { "worker" } else { "workers" };
        format!("{} with {} {noun}", one.benchmark, workers.join(", "))
    };
    format!(" Unchanged: {}.", some_of(&unchanged.iter().map(text).collect::<Vec<_>>(), ROWS_MAX))
}

/// A commit's id as people write it; other names whole.
pub(in crate::report) fn commit_name(id: &str) -> String {
    if !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return id.to_owned();
    }
    // Ids that somebody made up may differ in their last digits alone.
    let made_up = id.chars().take(DIGITS).all(|digit| digit == '0');
    let skipped = if made_up { id.chars().count().saturating_sub(DIGITS) } else { 0 };
    id.chars().skip(skipped).take(DIGITS).collect()
}

/// `0123456789ab (2026-02-03)`.
fn dated(history: &History, id: &str) -> String {
    let commit = history.commits.measured.iter().find(|commit| commit.id == id);
    match commit.and_then(|commit| commit.time.as_deref()).and_then(|time| time.get(..10)) {
        Some(day) if !id.starts_with(day) => format!("{} ({day})", commit_name(id)),
        _ => commit_name(id),
    }
}
