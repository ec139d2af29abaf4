//! The page of what the series of a history did.

use serde::Serialize;

use crate::model::Estimate;
use crate::report::page::{Cell, NoteKind, Page, Section, Table, Tone};
use crate::report::plot::Plot;
use crate::trend::{Alert, AlertKind, Drift, Trend, Unjudged};

/// What to know to read the table of alerts.
const EXPLAINED: &str = "alert_index is the value after which the alert was told, cp_index the first value on the new \
                         level, effect new level ÷ old level - 1. 1 in: independent noise raises such an alert at one \
                         commit in so many at most, noise that lingers more often. A return is no shift of its own: \
                         the level was left a short while ago.";

/// What to know to read the table of drifts.
const DRIFTS_EXPLAINED: &str = "A level that slid over many commits, so that no single one is to blame: from the first to \
                                the last index of the slide, in all and from one commit to the next. Alerts in this \
                                range are its doing.";

/// A series that moves by less, as a share, is drawn flat: the floor below which no shift is told either.
pub(super) const COURSE_FLOOR: f64 = 0.02;

/// Series that are drawn; a page with more drawings is not looked through.
const PLOTS_MAX: usize = 3;

/// One series of a history, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    /// Its name.
    pub series: String,
    /// The index of every value that was judged, in the order of the commits.
    pub indices: Vec<u64>,
    /// The values that were judged.
    pub values: Vec<f64>,
    /// What it did, or why that cannot be judged.
    pub trend: Result<Trend, Unjudged>,
}

/// An alert as programs read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertRow {
    /// The series.
    pub series: String,
    /// The index of the value after which it was told.
    pub alert_index: u64,
    /// The index of the first value on the new level.
    pub cp_index: u64,
    /// New level ÷ old level - 1.
    pub effect: f64,
    /// The lower end of the effect's interval.
    pub effect_low: f64,
    /// The upper end of the effect's interval.
    pub effect_high: f64,
    /// What it means.
    pub kind: AlertKind,
    /// Independent noise raises such an alert at one commit in so many at most.
    pub false_alarm_commits: u32,
}

/// A drift as programs read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftRow {
    /// The series.
    pub series: String,
    /// The index of the first value of the slide.
    pub from_index: u64,
    /// The index of its last value so far.
    pub to_index: u64,
    /// Level at its end ÷ level at its beginning - 1.
    pub effect: f64,
    /// The lower end of the effect's interval.
    pub effect_low: f64,
    /// The upper end of the effect's interval.
    pub effect_high: f64,
    /// The change from one commit to the next, as a share.
    pub per_commit: f64,
    /// Whether the series got worse.
    pub worse: bool,
}

/// A series as programs read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesRow {
    /// The series.
    pub series: String,
    /// Number of values.
    pub values: usize,
    /// The smallest change that could be told of it now, as a share; none where it was not judged.
    pub smallest_change: Option<f64>,
    /// Why it was not judged; none where it was.
    pub not_judged: Option<String>,
}

/// Everything there is to tell of a history, for programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TrendRows {
    /// Every alert: by series in the order of the history, and then in the order they were told.
    pub alerts: Vec<AlertRow>,
    /// Every drift, by series in the order of the history.
    pub drifts: Vec<DriftRow>,
    /// Every series, in the order of the history.
    pub series: Vec<SeriesRow>,
}

/// The alerts, the drifts and the series of a history, flat.
pub fn trend_rows(history: &[Watched]) -> TrendRows {
    TrendRows {
        alerts: alerts(history).map(alert_row).collect(),
        drifts: drifts(history).map(drift_row).collect(),
        series: history.iter().map(series_row).collect(),
    }
}

/// The alerts of a history, what could be told of each series, and what could not be judged.
pub fn trend_page(file: &str, history: &[Watched]) -> Page {
    let mut page = Page { title: "Trend".to_owned(), ..Page::default() };
    let judged = history.iter().filter(|watched| watched.trend.is_ok()).count();
    let count = |kind| alerts(history).filter(|(_, alert)| alert.kind == kind).count();
    page.line("file", file);
    page.line("judged", format!("{judged} of {} series", history.len()));
    page.line(
        "alerts",
        format!(
            "regressions {}, improvements {}, returns {}",
            count(AlertKind::Regression),
            count(AlertKind::Improvement),
            count(AlertKind::Return)
        ),
    );
    page.sections = vec![alert_section(history), drift_section(history)];
    page.sections.extend(plot_sections(history));
    page.sections.push(series_section(history));
    page.sections.retain(|section| !section.is_empty());
    page
}

fn alert_section(history: &[Watched]) -> Section {
    let mut table = Table::new(&["series", "#alert_index", "#cp_index", "#effect", "kind", "#1 in"]);
    for (watched, alert) in alerts(history) {
        let row = alert_row((watched, alert));
        table.rows.push(vec![
            Cell::name(row.series),
            Cell::text(row.alert_index.to_string()),
            Cell::text(row.cp_index.to_string()),
            Cell::percent(alert.effect),
            kind_cell(row.kind),
            Cell::text(row.false_alarm_commits.to_string()),
        ]);
    }
    if table.rows.is_empty() {
        let text = Some("No level shifted in what could be judged.".to_owned());
        return Section { text, ..Section::new("Alerts") };
    }
    Section { text: Some(EXPLAINED.to_owned()), table: Some(table), ..Section::new("Alerts") }
}

fn drift_section(history: &[Watched]) -> Section {
    let mut table = Table::new(&["series", "#from", "#to", "#effect", "#per commit"]);
    for row in drifts(history).map(drift_row) {
        let effect = Estimate::new(row.effect, row.effect_low, row.effect_high);
        table.rows.push(vec![
            Cell::name(row.series),
            Cell::text(row.from_index.to_string()),
            Cell::text(row.to_index.to_string()),
            effect.map_or(Cell::text("beyond measure"), Cell::percent),
            Estimate::exact(row.per_commit).map_or(Cell::text("beyond measure"), Cell::percent),
        ]);
    }
    let mut section = Section::new("Drifts");
    if !table.rows.is_empty() {
        section.text = Some(DRIFTS_EXPLAINED.to_owned());
        section.table = Some(table);
    }
    section
}

fn series_section(history: &[Watched]) -> Section {
    let mut section = Section::new("Series, and the smallest change that could be told now");
    let mut table = Table::new(&["series", "#values", "#smallest", "course"]);
    for watched in history {
        match &watched.trend {
            Ok(trend) => {
                let smallest = Estimate::exact(trend.smallest).map_or(Cell::text("beyond measure"), Cell::percent);
                let values = Cell::text(watched.indices.len().to_string());
                let course = Cell::Series { values: watched.values.clone(), floor: COURSE_FLOOR };
                table.rows.push(vec![Cell::name(&watched.series), values, smallest, course]);
            }
            Err(reason) => section.note(NoteKind::Inconclusive, &watched.series, &reason.to_string()),
        }
    }
    section.table = (!table.rows.is_empty()).then_some(table);
    section
}

/// The series that moved, drawn: those that got worse first, in the order of the history.
fn plot_sections(history: &[Watched]) -> Vec<Section> {
    let of = |trend: &Trend| {
        let worse = trend.alerts.iter().any(|alert| alert.kind == AlertKind::Regression)
            || trend.drifts.iter().any(|drift| drift.worse);
        (!trend.alerts.is_empty() || !trend.drifts.is_empty()).then_some(!worse)
    };
    let moved = history.iter().filter_map(|watched| {
        let trend = watched.trend.as_ref().ok()?;
        Some((of(trend)?, watched, trend))
    });
    let mut moved: Vec<(bool, &Watched, &Trend)> = moved.collect();
    moved.sort_by_key(|(is_better, ..)| *is_better);
    let section = |(_, watched, trend): (bool, &Watched, &Trend)| {
        let ends = [watched.indices.first(), watched.indices.last()];
        let plot = Plot {
            caption: "By index; ^ is where a shift or a slide began.".to_owned(),
            values: watched.values.clone(),
            unit: String::new(),
            floor: COURSE_FLOOR,
            ends: ends.map(|end| end.map_or(String::new(), u64::to_string)),
            marks: trend
                .alerts
                .iter()
                .map(|alert| alert.change_index)
                .chain(trend.drifts.iter().map(|drift| drift.from))
                .collect(),
        };
        Section { plot: Some(plot), ..Section::new(format!("Course of {}", watched.series)) }
    };
    moved.into_iter().take(PLOTS_MAX).map(section).collect()
}

/// The kind of a shift, as a verdict.
pub(super) fn kind_cell(kind: AlertKind) -> Cell {
    let tone = match kind {
        AlertKind::Regression => Tone::Worse,
        AlertKind::Improvement => Tone::Better,
        AlertKind::Return => Tone::Even,
    };
    Cell::verdict(tone, kind.word())
}

fn alerts(history: &[Watched]) -> impl Iterator<Item = (&Watched, &Alert)> {
    let judged = history.iter().filter_map(|watched| Some((watched, watched.trend.as_ref().ok()?)));
    judged.flat_map(|(watched, trend)| trend.alerts.iter().map(move |alert| (watched, alert)))
}

fn drifts(history: &[Watched]) -> impl Iterator<Item = (&Watched, &Drift)> {
    let judged = history.iter().filter_map(|watched| Some((watched, watched.trend.as_ref().ok()?)));
    judged.flat_map(|(watched, trend)| trend.drifts.iter().map(move |drift| (watched, drift)))
}

fn drift_row((watched, drift): (&Watched, &Drift)) -> DriftRow {
    DriftRow {
        series: watched.series.clone(),
        from_index: watched.indices[drift.from],
        to_index: watched.indices[drift.to],
        effect: drift.total.center(),
        effect_low: drift.total.low(),
        effect_high: drift.total.high(),
        per_commit: drift.per_commit,
        worse: drift.worse,
    }
}

fn alert_row((watched, alert): (&Watched, &Alert)) -> AlertRow {
    AlertRow {
        series: watched.series.clone(),
        alert_index: watched.indices[alert.alert_index],
        cp_index: watched.indices[alert.change_index],
        effect: alert.effect.center(),
        effect_low: alert.effect.low(),
        effect_high: alert.effect.high(),
        kind: alert.kind,
        false_alarm_commits: alert.hazard.commits(),
    }
}

fn series_row(watched: &Watched) -> SeriesRow {
    SeriesRow {
        series: watched.series.clone(),
        values: watched.indices.len(),
        smallest_change: watched.trend.as_ref().ok().map(|trend| trend.smallest),
        not_judged: watched.trend.as_ref().err().map(Unjudged::to_string),
    }
}
