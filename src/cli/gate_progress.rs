//! Tells somebody who waits for a gate how far it is.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::print::note;
use crate::trial::Progress;

/// Where there is no terminal, a line is printed this often.
const SILENCE: Duration = Duration::from_secs(60);

/// A bar on a terminal, a line now and then elsewhere; both on the standard error.
pub(super) struct Bar {
    bar: Option<ProgressBar>,
    told: Cell<Duration>,
}

impl Bar {
    /// A bar for measuring that takes no longer than `budget`.
    pub(super) fn new(budget: Duration) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{elapsed} of {len} s {wide_bar} {msg}");
            let bar = ProgressBar::new(budget.as_secs());
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, told: Cell::new(Duration::ZERO) }
    }

    /// Says how far it is.
    pub(super) fn tell(&self, progress: Progress) {
        let text = format!("{} pairs measured, {} benchmarks open", progress.pairs, progress.active);
        if let Some(bar) = &self.bar {
            bar.set_position(progress.elapsed.as_secs());
            let left = bar.length().unwrap_or_default().saturating_sub(progress.elapsed.as_secs());
            bar.set_message(format!("{text}, {left} s left at most"));
        } else if progress.elapsed >= self.told.get() + SILENCE {
            self.told.set(progress.elapsed);
            note(&format!("{text} after {} s", progress.elapsed.as_secs()));
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
