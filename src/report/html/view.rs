//! What the templates print: texts and places, with everything decided.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::Metric;
use crate::report::Page;
use crate::trend::SeriesKey;

#[derive(Clone, Serialize)]
pub(super) struct Tags {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) topic: String,
    pub(super) metric: String,
    pub(super) machine: String,
}

/// A page, where it stands and which machine it is about.
#[derive(Serialize)]
pub(super) struct PageView {
    pub(super) id: String,
    pub(super) machine: String,
    #[serde(flatten)]
    pub(super) page: Page,
}

impl Tags {
    /// The tags of a chart; its name in addresses is made of them and stays the same from one report to the next.
    pub(super) fn new(kind: &str, name: &str, [topic, metric, machine]: [&str; 3]) -> Self {
        let id = id(kind, name, &[topic, metric, machine]);
        let [topic, metric, machine] = [topic, metric, machine].map(str::to_owned);
        Self { id, name: name.to_owned(), topic, metric, machine }
    }
}

/// A name for a place of the page: letters, digits and dashes that say what is there, and some digits that keep two such
/// places apart.
pub(super) fn id(kind: &str, name: &str, more: &[&str]) -> String {
    let word: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let words: Vec<&str> = word.split('-').filter(|word| !word.is_empty()).collect();
    let hash = Sha256::digest([&[kind, name], more].concat().join("\0").as_bytes());
    let digits: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let words: String = words.join("-").chars().take(60).collect();
    format!("{kind}-{words}-{digits}")
}

/// The name of a series in addresses: the same from one report to the next.
pub(super) fn series_id(machine: &str, key: &SeriesKey, topic: &str) -> String {
    id("history", &key.benchmark(), &[topic, key.metric().map_or("", Metric::name), machine])
}

pub(super) fn page(id: String, machine: &str, page: Page) -> PageView {
    PageView { id, machine: machine.to_owned(), page }
}
