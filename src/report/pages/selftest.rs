//! The page of what the gate finds on a machine and what it makes up.

use serde::Serialize;

use crate::gate::{SelfTest, Share, TopicPower};
use crate::model::{Estimate, PairedRun};
use crate::report::page::{Cell, PERCENT, Page, Section, Table};

/// What to know to read the tables.
const EXPLAINED: &str = "The same code on both sides, some of it made to do more work on purpose. False alarms: benchmarks that were not \
                         touched and were called slower or faster. In brackets the 95 % interval of each share.";

/// How often something happened, as programs read it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ShareRow {
    /// How often it did.
    pub hits: u64,
    /// How often it could have.
    pub tries: u64,
    /// The lower end of the share's 95 % interval; none without a try.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// A planted slowness as programs read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundRow {
    /// How many times its work a benchmark did.
    pub planted: f64,
    /// How often that was called slower.
    pub found: ShareRow,
}

/// A topic as programs read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PowerRow {
    /// The topic, or `all`.
    pub topic: String,
    /// Unchanged benchmarks that were called slower or faster.
    pub false_alarms: ShareRow,
    /// Unchanged benchmarks of which nothing could be said.
    pub undecided: ShareRow,
    /// Median of the smallest change that could have been seen, as a share.
    pub smallest_change: Option<f64>,
    /// What was planted.
    pub planted: Vec<FoundRow>,
}

/// A self-test as programs read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SelfTestRows {
    /// The machine's key.
    pub machine: Option<String>,
    /// The ids of the paired runs.
    pub runs: Vec<String>,
    /// Gates that called an unchanged benchmark slower.
    pub red_gates: ShareRow,
    /// By topic, and `all` last.
    pub topics: Vec<PowerRow>,
}

/// The self-test, flat.
pub fn selftest_rows(runs: &[PairedRun], outcome: &SelfTest) -> SelfTestRows {
    SelfTestRows {
        machine: runs.first().map(|run| run.machine.key.to_string()),
        runs: runs.iter().map(|run| run.id.clone()).collect(),
        red_gates: share_row(outcome.red),
        topics: outcome.topics.iter().map(power_row).collect(),
    }
}

/// False alarms, power and the smallest change, by topic.
pub fn selftest_page(runs: &[PairedRun], outcome: &SelfTest) -> Page {
    let mut page = Page { title: "Self-test of the gate".to_owned(), ..Page::default() };
    if let Some(run) = runs.first() {
        page.line("machine", run.machine.key.to_string());
    }
    page.line("gates", outcome.gates.to_string());
    page.line("red without reason", share_text(outcome.red));
    page.sections = vec![alarms(&outcome.topics), power(&outcome.topics)];
    page
}

fn alarms(topics: &[TopicPower]) -> Section {
    let mut table = Table::new(&["topic", "#false alarms", "#undecided", "#could have seen"]);
    for topic in topics {
        let smallest = topic.smallest.and_then(|share| Estimate::exact(share * 100.0).ok());
        table.rows.push(vec![
            Cell::name(&topic.topic),
            Cell::text(share_text(topic.false_alarms)),
            Cell::text(share_text(topic.undecided)),
            smallest.map_or(Cell::text("-"), |estimate| Cell::Number {
                estimate,
                unit: PERCENT.to_owned(),
                with_interval: false,
            }),
        ]);
    }
    Section { text: Some(EXPLAINED.to_owned()), table: Some(table), ..Section::new("False alarms") }
}

fn power(topics: &[TopicPower]) -> Section {
    let mut table = Table::new(&["topic", "#planted", "#found"]);
    for topic in topics {
        for found in &topic.found {
            table.rows.push(vec![
                Cell::name(&topic.topic),
                Cell::text(format!("+{:.0} %", (found.planted - 1.0) * 100.0)),
                Cell::text(share_text(found.share)),
            ]);
        }
    }
    Section { table: Some(table), ..Section::new("Planted slowness that was found") }
}

/// `3 of 40, 8 % (3–20 %)`.
fn share_text(share: Share) -> String {
    match share.estimate() {
        Some(estimate) => {
            let percent = |share: f64| format!("{:.0}", share * 100.0);
            let (low, high) = (percent(estimate.low()), percent(estimate.high()));
            format!("{} of {} ({low}–{high} %)", share.hits, share.tries)
        }
        None => "none tried".to_owned(),
    }
}

fn share_row(share: Share) -> ShareRow {
    let estimate = share.estimate();
    ShareRow {
        hits: share.hits,
        tries: share.tries,
        low: estimate.map(Estimate::low),
        high: estimate.map(Estimate::high),
    }
}

fn power_row(topic: &TopicPower) -> PowerRow {
    let planted = topic.found.iter().map(|found| FoundRow { planted: found.planted, found: share_row(found.share) });
    PowerRow {
        topic: topic.topic.clone(),
        false_alarms: share_row(topic.false_alarms),
        undecided: share_row(topic.undecided),
        smallest_change: topic.smallest,
        planted: planted.collect(),
    }
}
