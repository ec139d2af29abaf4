//! `parcost trend`: level shifts over the history of a machine.

use anyhow::Result;

use super::arguments::{Better, FailOn, Format, Source, Trend};
use super::{Exit, print};
use crate::engines::csv::{self, History};
use crate::judge::{self, AlertKind, Policy};
use crate::model::Direction;
use crate::report::{Watched, trend_page, trend_rows};

/// Replays every series of a history and tells where its level shifted.
pub(super) fn trend(arguments: &Trend) -> Result<Exit> {
    let history = match arguments.from {
        Source::Csv => csv::read(&arguments.file)?,
    };
    let direction = match arguments.better {
        Better::Lower => Direction::LowerIsBetter,
        Better::Higher => Direction::HigherIsBetter,
    };
    let watched: Vec<Watched> = history.into_iter().map(|history| watched(history, direction)).collect();
    match arguments.told.format {
        Format::Json => print::json(&trend_rows(&watched))?,
        format => print::page(&trend_page(&arguments.file.display().to_string(), &watched), format)?,
    }
    Ok(match arguments.fail_on {
        None => Exit::Done,
        Some(FailOn::Worse) => verdict(&watched),
    })
}

fn watched(history: History, direction: Direction) -> Watched {
    let trend = judge::trend(&history.values, direction, &Policy::default());
    Watched { series: history.series, indices: history.indices, trend }
}

/// A regression wherever there is one; else no answer where nothing could be judged.
fn verdict(history: &[Watched]) -> Exit {
    let mut judged = history.iter().filter_map(|watched| watched.trend.as_ref().ok()).peekable();
    if judged.peek().is_none() {
        return Exit::Inconclusive;
    }
    let worse = judged.flat_map(|trend| &trend.alerts).any(|alert| alert.kind == AlertKind::Regression);
    if worse { Exit::Regression } else { Exit::Done }
}
