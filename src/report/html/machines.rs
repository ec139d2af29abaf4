//! Machines side by side: ratios inside each of them, and what they differ in.
//!
//! Prices of two machines are never set against each other: a ratio of two prices of one machine is what travels.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::changes::fact;
use super::history::History;
use super::scale::{Scale, Tick, percent};
use super::view::{CellView, ColumnView, TableView};
use crate::judge::{Reading, geometric_mean, summary};
use crate::model::{Estimate, Fact, Metric};
use crate::report::number::{interval, quantity};
use crate::report::page::FACTOR;
use crate::report::pages::labelled;

/// The machines part of the page.
#[derive(Serialize)]
pub(super) struct SideBySide {
    text: String,
    /// Geometric means by topic, over the pairs that all machines have.
    means: Option<Means>,
    /// Every pair.
    ratios: Option<TableView>,
    /// Facts that are not the same everywhere.
    differences: Option<TableView>,
}

/// Means as bars on one axis.
#[derive(Serialize)]
struct Means {
    ticks: Vec<Tick>,
    /// Where the ratio is 1.
    even: String,
    rows: Vec<Mean>,
}

/// The mean of one topic on one machine.
#[derive(Serialize)]
struct Mean {
    topic: String,
    machine: String,
    pairs: usize,
    start: String,
    width: String,
    class: &'static str,
    text: String,
}

type Key = (String, String, Metric);

/// Sets the newest runs of the machines side by side.
pub(super) fn side_by_side(histories: &[History]) -> SideBySide {
    let ratios: Vec<_> = histories.iter().map(ratios_of).collect();
    let keys: Vec<&str> = histories.iter().map(|history| history.key.as_str()).collect();
    let text = match histories.len() {
        0 => "There is no run.".to_owned(),
        1 => "Runs of one machine only; store those of another in the same folder to compare.".to_owned(),
        several => format!("Processes ÷ threads inside each of {several} machines, of the newest run of each."),
    };
    if histories.len() < 2 {
        return SideBySide { text, means: None, ratios: None, differences: None };
    }
    SideBySide {
        text,
        means: means(&keys, &ratios),
        ratios: Some(ratio_table(&keys, &ratios)),
        differences: Some(differences(&keys, histories)),
    }
}

fn ratios_of(history: &History) -> BTreeMap<Key, Estimate> {
    let mut ratios = BTreeMap::new();
    for topic in summary(history.newest()).topics {
        for pair in &topic.pairs {
            if let Reading::Measured(ratio) = pair.process_to_thread {
                let key = (topic.name.clone(), labelled(&pair.label, &pair.parameters), pair.metric);
                ratios.insert(key, ratio);
            }
        }
    }
    ratios
}

fn columns(first: &[&str], keys: &[&str], numeric: bool) -> Vec<ColumnView> {
    let texts = first.iter().map(|name| ColumnView::new(name, false));
    texts.chain(keys.iter().map(|key| ColumnView::new(key, numeric))).collect()
}

fn means(keys: &[&str], ratios: &[BTreeMap<Key, Estimate>]) -> Option<Means> {
    let common = |key: &&Key| ratios.iter().all(|ratios| ratios.contains_key(*key));
    let shared: Vec<&Key> = ratios[0].keys().filter(common).collect();
    let topics: BTreeSet<&str> = shared.iter().map(|(topic, _, _)| topic.as_str()).collect();
    let mut found = Vec::new();
    for topic in topics {
        let pairs: Vec<&&Key> = shared.iter().filter(|key| key.0 == topic).collect();
        for (machine, ratios) in keys.iter().zip(ratios) {
            let centers: Vec<f64> = pairs.iter().map(|key| ratios[**key].center()).collect();
            found.extend(geometric_mean(&centers).map(|mean| (topic, *machine, pairs.len(), mean)));
        }
    }
    let scale = Scale::in_factors(found.iter().map(|(.., mean)| *mean).chain([0.8, 1.25]));
    let row = |(topic, machine, pairs, mean): &(&str, &str, usize, f64)| {
        let [even, end] = [1.0, *mean].map(|factor| scale.share(factor));
        Mean {
            topic: (*topic).to_owned(),
            machine: (*machine).to_owned(),
            pairs: *pairs,
            start: percent(even.min(end)),
            width: percent((end - even).abs()),
            class: if *mean < 1.0 { "thread" } else { "process" },
            text: quantity(*mean, FACTOR),
        }
    };
    let rows: Vec<Mean> = found.iter().map(row).collect();
    (!rows.is_empty()).then(|| Means { ticks: scale.ticks(FACTOR), even: scale.percent(1.0), rows })
}

fn ratio_table(keys: &[&str], ratios: &[BTreeMap<Key, Estimate>]) -> TableView {
    let all: BTreeSet<&Key> = ratios.iter().flat_map(BTreeMap::keys).collect();
    let row = |key: &Key| {
        let cell = |ratios: &BTreeMap<Key, Estimate>| {
            CellView::number(ratios.get(key).map_or("not measured".to_owned(), |ratio| interval(*ratio, FACTOR)))
        };
        let head = [CellView::text(&key.0), CellView::text(&key.1)];
        head.into_iter().chain(ratios.iter().map(cell)).collect()
    };
    TableView { columns: columns(&["topic", "what"], keys, true), rows: all.into_iter().map(row).collect() }
}

fn differences(keys: &[&str], histories: &[History]) -> TableView {
    let facts = |history: &History| -> BTreeMap<String, Fact> {
        let run = history.newest();
        let all = run.machine.hardware.iter().chain(&run.machine.software).chain(&run.toolchain.facts);
        all.map(|(name, fact)| (name.clone(), fact.clone())).collect()
    };
    let facts: Vec<_> = histories.iter().map(facts).collect();
    let names: BTreeSet<&String> = facts.iter().flat_map(BTreeMap::keys).collect();
    let differ = |name: &&String| facts.iter().any(|others| others.get(*name) != facts[0].get(*name));
    let row = |name: &String| {
        let cells = facts.iter().map(|facts| CellView::text(fact(facts.get(name))));
        [CellView::name(name)].into_iter().chain(cells).collect()
    };
    TableView { columns: columns(&["fact"], keys, false), rows: names.into_iter().filter(differ).map(row).collect() }
}
