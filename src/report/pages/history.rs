//! The page of what the stored runs of a machine say together.

use std::collections::{BTreeMap, BTreeSet};

use super::history_rows::UnusableRow;
use super::history_words::{ROWS_MAX, changed, listed, more, ordered_by, short, shorten, unchanged, why};
use super::trend::{COURSE_FLOOR, kind_cell};
use crate::model::{Estimate, Metric};
use crate::report::page::{Cell, NoteKind, Page, Section, Table, Tone};
use crate::report::plot::Plot;
use crate::trend::Unjudged;
use crate::trend::{FindingKind, History, Judged, Series, SeriesKey, unmoved};
use crate::verdict::Rule;
use crate::verdict::environment::EnvironmentChange;

/// What to know to read the tables of findings and drifts.
const EXPLAINED: &str = "Change: new level ÷ old level - 1, the geometric mean of the series that moved together within \
                         two commits. 1 in: independent noise raises such an alert in a series at one commit in so many \
                         at most; counts are exact. Only a regression that no rule accepts is one to act on; \
                         what is foreign happened in other people's programs.";
const DRIFTS_EXPLAINED: &str = "Levels that slid over many commits, so that no single one is to blame: in all, and from \
                                one commit to the next for the worst of them.";
const SMALLEST_EXPLAINED: &str = "The smallest change of the level that could be told now, by topic and metric: of the \
                                  quietest series, the one in the middle and the noisiest. --format json has each.";

/// A history, its verdict, and what of it is to be told.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The key of the machine.
    pub machine: &'a str,
    /// The history.
    pub history: &'a History,
    /// The verdict.
    pub judged: &'a Judged,
    /// The rules that were applied.
    pub rules: &'a [Rule],
    /// Which series were asked for, by their number; all were judged.
    pub asked: &'a [bool],
}

/// What shifted and slid, the findings first; what took no part, what could not be judged, and how little would have been
/// seen of the rest.
pub fn history_page(told: &Told) -> Page {
    let mut page = Page { title: format!("Trend of {}", told.machine), ..Page::default() };
    let (history, judged) = (told.history, told.judged);
    let commits = &history.commits.measured;
    let ends = match (commits.first(), commits.last()) {
        (Some(first), Some(last)) => format!(", {} to {}", told.commit_at(&first.id), told.commit_at(&last.id)),
        _ => String::new(),
    };
    page.line("runs", format!("{} of {} commits{ends}", history.runs, commits.len()));
    page.line("order", ordered_by(&history.ordered_by));
    let (mut series, mut done) = (0, 0);
    for (_, trend) in told.measured() {
        (series, done) = (series + 1, done + usize::from(trend.is_ok()));
    }
    let controls = history.series.iter().filter(|series| matches!(series.key, SeriesKey::Calibrator { .. })).count();
    page.line("judged", format!("{done} of {series} series, beside {controls} calibrators"));
    page.line("found", told.count());
    page.line(
        "by chance",
        format!("noise alone raises {:.1} alerts in all of this history at most", judged.false_alarms_expected),
    );
    page.sections = vec![told.findings()];
    page.sections.extend(told.details());
    page.sections.extend([told.drifts(), told.left_out(), told.not_judged(), told.smallest()]);
    page.sections.retain(|section| !section.is_empty());
    page
}

impl<'a> Told<'a> {
    /// Whether any of these series was asked for.
    pub fn asks(&self, mut series: impl Iterator<Item = usize>) -> bool {
        series.any(|number| self.asked.get(number) == Some(&true))
    }

    /// The series that were asked for, with their verdicts, without the calibrators.
    pub(super) fn measured(&self) -> impl Iterator<Item = (&'a Series, &'a Result<crate::trend::Trend, Unjudged>)> {
        let all = self.history.series.iter().zip(&self.judged.trends).zip(self.asked);
        let asked = all.filter(|((series, _), asked)| **asked && matches!(series.key, SeriesKey::Measured(..)));
        asked.map(|(judged, _)| judged)
    }

    pub(super) fn name(&self, series: usize) -> String {
        self.history.series[series].key.to_string()
    }

    pub(super) fn id(&self, commit: usize) -> &'a str {
        &self.history.commits.measured[commit].id
    }

    pub(super) fn reason(&self, rule: Option<usize>) -> Option<&'a str> {
        let rule = self.rules.iter().find(|other| Some(other.line) == rule)?;
        Some(&rule.reason)
    }

    fn short(&self, commit: usize) -> String {
        short(self.id(commit))
    }

    /// `0123456789ab (2026-02-03)`.
    fn commit_at(&self, id: &str) -> String {
        let commit = self.history.commits.measured.iter().find(|commit| commit.id == id);
        match commit.and_then(|commit| commit.time.as_deref()).and_then(|time| time.get(..10)) {
            Some(day) => format!("{} ({day})", short(id)),
            None => short(id),
        }
    }

    fn count(&self) -> String {
        let findings = self.judged.findings.iter().filter(|found| self.asks(found.series()));
        let slides = self.judged.slides.iter().filter(|slide| self.asks(slide.series()));
        let mut counts: BTreeMap<FindingKind, usize> = BTreeMap::new();
        findings.for_each(|finding| *counts.entry(finding.kind).or_default() += 1);
        let slides = slides.count();
        let kinds = [
            FindingKind::Regression,
            FindingKind::Machine,
            FindingKind::Accepted,
            FindingKind::Improvement,
            FindingKind::Return,
            FindingKind::Foreign,
        ];
        // Few histories have interpreters in them.
        let told = kinds.into_iter().filter(|kind| *kind != FindingKind::Foreign || counts.contains_key(kind));
        let counted: Vec<String> =
            told.map(|kind| format!("{} {}", kind.word(), counts.get(&kind).unwrap_or(&0))).collect();
        format!("{}; drifts {slides}", counted.join(", "))
    }

    fn findings(&self) -> Section {
        let mut table = Table::new(&["kind", "from commit", "#change", "worst of them", "#series", "#1 in"]);
        for finding in &self.judged.findings {
            if !self.asks(finding.series()) {
                continue;
            }
            table.rows.push(vec![
                found_cell(finding.kind),
                Cell::text(self.short(finding.at)),
                share(finding.effect),
                Cell::name(self.name(finding.members[0].series)),
                Cell::text(finding.members.len().to_string()),
                Cell::text(if self.is_counted(finding.members[0].series) {
                    "exact".to_owned()
                } else {
                    finding.hazard.commits().to_string()
                }),
            ]);
        }
        let mut section = Section::new("Findings");
        section.text = Some(if table.rows.is_empty() {
            "No level shifted at one commit in what could be judged.".to_owned()
        } else {
            EXPLAINED.to_owned()
        });
        section.table = (!table.rows.is_empty()).then_some(table);
        section
    }

    fn is_counted(&self, series: usize) -> bool {
        matches!(self.history.series[series].key, SeriesKey::Measured(_, Metric::CallgrindInstructions))
    }

    /// A section for each finding: its members and what else changed there.
    fn details(&self) -> Vec<Section> {
        let asked = self.judged.findings.iter().filter(|found| self.asks(found.series()));
        let detail = |finding: &crate::trend::Finding| {
            let mut section =
                Section::new(format!("{} at {}", finding.kind.word(), self.commit_at(self.id(finding.at))));
            let topics: BTreeSet<&str> =
                finding.members.iter().map(|member| self.history.series[member.series].topic.as_str()).collect();
            let mut text = format!(
                "In {}; the last commit before it is {}.",
                topics.into_iter().collect::<Vec<_>>().join(", "),
                self.short(finding.before)
            );
            text.push_str(&unchanged(&unmoved(self.history, self.judged, finding)));
            text.push_str(&self.suspected(finding.suspect.as_ref()));
            text.push_str(&self.accepted(finding.rule));
            text.push_str(&changed(&finding.changed));
            let mut table = Table::new(&["series", "#change", "kind", "told at"]);
            for member in finding.members.iter().take(ROWS_MAX) {
                table.rows.push(vec![
                    Cell::name(self.name(member.series)),
                    Cell::percent(member.alert.effect),
                    kind_cell(member.alert.kind),
                    Cell::text(self.short(member.seen)),
                ]);
            }
            text.push_str(&more(finding.members.len()));
            (section.text, section.table) = (Some(text), Some(table));
            section.plot = Some(self.course(finding.members[0].series, finding.members[0].at));
            section
        };
        asked.map(detail).collect()
    }

    /// A series over its commits; the commit at this place is pointed at.
    fn course(&self, number: usize, at: usize) -> Plot {
        let series = &self.history.series[number];
        let SeriesKey::Measured(_, metric) = &series.key else { return Plot::default() };
        let ends = [series.observed.first(), series.observed.last()];
        Plot {
            caption: format!("{} by commit; ^ is the first one on the new level.", series.key),
            values: series.observed.iter().map(|observed| observed.value).collect(),
            unit: metric.unit().to_owned(),
            floor: COURSE_FLOOR,
            ends: ends.map(|end| end.map_or(String::new(), |end| self.short(end.commit))),
            marks: series.observed.iter().position(|observed| observed.commit == at).into_iter().collect(),
        }
    }

    fn drifts(&self) -> Section {
        let mut table = Table::new(&["kind", "from", "to", "#change", "#a commit", "worst of them", "#series"]);
        let mut section = Section::new("Drifts");
        for slide in self.judged.slides.iter().filter(|slide| self.asks(slide.series())) {
            let range = format!("{} to {}", self.short(slide.from), self.short(slide.to));
            table.rows.push(vec![
                found_cell(slide.kind),
                Cell::text(self.short(slide.from)),
                Cell::text(self.short(slide.to)),
                share(slide.effect),
                share(slide.members[0].drift.per_commit),
                Cell::name(self.name(slide.members[0].series)),
                Cell::text(slide.members.len().to_string()),
            ]);
            let said = [self.suspected(slide.suspect.as_ref()), self.accepted(slide.rule), changed(&slide.changed)];
            let said = said.concat();
            if !said.is_empty() {
                section.note(NoteKind::Beside, &range, said.trim_start());
            }
        }
        if !table.rows.is_empty() {
            (section.text, section.table) = (Some(DRIFTS_EXPLAINED.to_owned()), Some(table));
        }
        section
    }

    fn left_out(&self) -> Section {
        let mut section = Section::new("Left out");
        for (reason, omitted) in &self.history.left_out {
            let what = match (reason.of_values(), omitted.count) {
                (true, 1) => "1 value".to_owned(),
                (true, count) => format!("{count} values"),
                (false, 1) => "1 run".to_owned(),
                (false, count) => format!("{count} runs"),
            };
            let subjects: Vec<&str> = omitted.subjects.iter().map(String::as_str).collect();
            section.note(NoteKind::LeftOut, &what, &format!("{reason}: {}", listed(&subjects)));
        }
        for parting in &self.judged.partings {
            if self.asks(std::iter::once(parting.series)) {
                let EnvironmentChange { name, baseline: before, candidate: after, .. } = &parting.changed;
                let text = format!(
                    "counts before {} are not held against those from there on: {name} was {before} and is {after}",
                    self.short(parting.commit)
                );
                section.note(NoteKind::LeftOut, &self.name(parting.series), &text);
            }
        }
        section.notes.iter_mut().for_each(|note| shorten(&mut note.subjects));
        section
    }

    fn not_judged(&self) -> Section {
        let mut section = Section::new("Not judged");
        for (series, trend) in self.measured() {
            if let Err(reason) = trend {
                section.note(
                    NoteKind::Inconclusive,
                    &series.key.to_string(),
                    &why(reason, series, &self.history.commits),
                );
            }
        }
        section.notes.iter_mut().for_each(|note| shorten(&mut note.subjects));
        section
    }

    fn smallest(&self) -> Section {
        let mut groups: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
        for (series, trend) in self.measured() {
            if let (SeriesKey::Measured(_, metric), Ok(trend)) = (&series.key, trend) {
                groups.entry((&series.topic, metric.name())).or_default().push(trend.smallest);
            }
        }
        let mut table = Table::new(&["topic", "metric", "#series", "#least", "#middle", "#most"]);
        for ((topic, metric), mut smallest) in groups {
            smallest.sort_by(f64::total_cmp);
            let at = |place: usize| share(smallest[place]);
            table.rows.push(vec![
                Cell::name(topic),
                Cell::name(metric),
                Cell::text(smallest.len().to_string()),
                at(0),
                at(smallest.len() / 2),
                at(smallest.len() - 1),
            ]);
        }
        let mut section = Section::new("The smallest change that could be told now");
        if !table.rows.is_empty() {
            (section.text, section.table) = (Some(SMALLEST_EXPLAINED.to_owned()), Some(table));
        }
        section
    }
}

/// The files that could not be read, where there are any.
pub fn unusable_section(unusable: &[UnusableRow]) -> Option<Section> {
    let mut section = Section::new("Files that could not be read");
    unusable.iter().for_each(|row| section.note(NoteKind::Unusable, &row.file, &row.why));
    (!section.is_empty()).then_some(section)
}

/// What a finding comes to, as a verdict.
fn found_cell(kind: FindingKind) -> Cell {
    let tone = match kind {
        FindingKind::Regression => Tone::Worse,
        FindingKind::Improvement => Tone::Better,
        FindingKind::Accepted | FindingKind::Machine | FindingKind::Return | FindingKind::Foreign => Tone::Even,
    };
    Cell::verdict(tone, kind.word())
}

/// A share in per cent.
fn share(share: f64) -> Cell {
    Estimate::exact(share).map_or(Cell::text("beyond measure"), Cell::percent)
}
