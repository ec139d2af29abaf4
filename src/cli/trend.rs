//! `parcost trend`: level shifts over the history of a machine.

use anyhow::Result;

use super::arguments::{Better, FailOn, Format, Trend};
use super::history::{Observed, observed, read_history};
use super::{Exit, print};
use crate::engines::csv;
use crate::judge::{self, AlertKind, Policy};
use crate::report::{Watched, trend_page, trend_rows};

/// Replays every series of a history and tells where its level shifted.
pub(super) fn trend(arguments: &Trend) -> Result<Exit> {
    let better = arguments.better.map(Better::direction);
    let observed = match arguments.from.form() {
        None => csv::read(&arguments.file)?.into_iter().map(|series| Observed::of(series, better)).collect(),
        Some(form) => observed(&read_history(Some(form), &[&arguments.file], better, None)?),
    };
    let watched: Vec<Watched> = observed.into_iter().map(watched).collect();
    match arguments.told.format {
        Format::Json => print::json(&trend_rows(&watched))?,
        format => print::page(&trend_page(&arguments.file.display().to_string(), &watched), format)?,
    }
    Ok(match arguments.fail_on {
        None => Exit::Done,
        Some(FailOn::Worse) => verdict(&watched),
    })
}

fn watched(observed: Observed) -> Watched {
    let trend = judge::trend(&observed.values, observed.direction, &Policy::default());
    Watched { series: observed.series, indices: observed.indices, trend }
}

/// A regression wherever there is one, at a step or by drift; else no answer where nothing could be judged.
fn verdict(history: &[Watched]) -> Exit {
    let mut judged = history.iter().filter_map(|watched| watched.trend.as_ref().ok()).peekable();
    if judged.peek().is_none() {
        return Exit::Inconclusive;
    }
    let worse = judged.any(|trend| {
        trend.alerts.iter().any(|alert| alert.kind == AlertKind::Regression)
            || trend.drifts.iter().any(|drift| drift.worse)
    });
    if worse { Exit::Regression } else { Exit::Done }
}
