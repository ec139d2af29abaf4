//! The page of a self-test: false alarms and power of the gate on a machine.

use schemars::JsonSchema;
use serde::Serialize;

use crate::gate::{SelfTest, Share, TopicPower};
use crate::model::{MachineKey, PairedRun};
use crate::report::page::{Cell, Page, Section, Table};

const EXPLAINED: &str = "The same code on both sides, some of it made to do more work on purpose. False alarms: untouched \
                         benchmarks that regressed or improved. In brackets the 95 % interval of each share.";

/// A self-test.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SelfTestData {
    pub machine: Option<MachineKey>,
    /// The ids of the paired runs.
    pub runs: Vec<String>,
    #[serde(flatten)]
    pub selftest: SelfTest,
}

impl SelfTestData {
    pub fn new(runs: &[PairedRun], selftest: SelfTest) -> Self {
        let machine = runs.first().map(|run| run.machine.key.clone());
        Self { machine, runs: runs.iter().map(|run| run.id.clone()).collect(), selftest }
    }
}

pub fn selftest_page(SelfTestData { machine, selftest, .. }: &SelfTestData) -> Page {
    let mut page = Page { title: "Self-test of the gate".to_owned(), ..Page::default() };
    if let Some(machine) = machine {
        page.line("machine", machine.to_string());
    }
    page.line("gates", selftest.gates.to_string());
    page.line("failed without cause", share_text(selftest.failed_gates));
    page.sections = vec![alarms(&selftest.topics), power(&selftest.topics)];
    page.with_next("`parcost gate --base main` judges a change with these rates")
}

fn alarms(topics: &[TopicPower]) -> Section {
    let row = |topic: &TopicPower| {
        let [alarms, inconclusive] = [topic.false_alarms, topic.inconclusive].map(|it| Cell::text(share_text(it)));
        let detectable = topic.min_detectable_change.map_or(Cell::text(""), Cell::detectable);
        vec![Cell::name(&topic.topic), alarms, inconclusive, detectable]
    };
    let names = ["topic", "#false alarms", "#inconclusive", "#detectable"];
    Section::new("False alarms").tabled(EXPLAINED, Table::of(&names, topics.iter().map(row)))
}

fn power(topics: &[TopicPower]) -> Section {
    let found = topics.iter().flat_map(|topic| topic.found.iter().map(move |found| (topic, found)));
    let rows = found.map(|(topic, found)| {
        let planted = format!("+{:.0} %", (found.planted - 1.0) * 100.0);
        vec![Cell::name(&topic.topic), Cell::text(planted), Cell::text(share_text(found.share))]
    });
    let table = Table::of(&["topic", "#planted", "#found"], rows);
    Section::new("Planted slowdowns that were found").tabled(None, table)
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
