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
    page.next = Some("`parcost gate --base main` judges a change with these rates".to_owned());
    page
}

fn alarms(topics: &[TopicPower]) -> Section {
    let mut table = Table::new(&["topic", "#false alarms", "#inconclusive", "#detectable"]);
    for topic in topics {
        table.rows.push(vec![
            Cell::name(&topic.topic),
            Cell::text(share_text(topic.false_alarms)),
            Cell::text(share_text(topic.inconclusive)),
            topic.min_detectable_change.map_or(Cell::text(""), Cell::detectable),
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
    Section { table: Some(table), ..Section::new("Planted slowdowns that were found") }
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
