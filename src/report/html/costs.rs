//! What threads and processes cost on each machine, pair by pair, and the rest of what a run says of them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::Figures;
use super::ladder::{Ladder, ladder};
use crate::advise::Pair;
use crate::advise::machines::MachineRuns;
use crate::model::Metric;
use crate::report::Section;
use crate::report::pages::{SummaryData, intervals_text, summary_page};

#[derive(Serialize)]
pub(super) struct MachineCosts {
    key: String,
    run: String,
    ladders: Vec<Ladder>,
    sections: Vec<Section>,
}

pub(super) fn machine_costs(machine: &MachineRuns, figures: &mut Figures) -> MachineCosts {
    let run = machine.run;
    let summary_data = SummaryData::new(&machine.sessions(), String::new());
    let key = run.machine.key.as_str();
    let mut ladders = Vec::new();
    for topic in &summary_data.summary.topics {
        let mut by_metric: BTreeMap<Metric, Vec<&Pair>> = BTreeMap::new();
        for pair in &topic.pairs {
            by_metric.entry(pair.metric).or_default().push(pair);
        }
        ladders.extend(by_metric.values().filter_map(|pairs| ladder(&topic.topic, key, pairs, figures)));
    }
    let has_more = |section: &Section| section.table.is_some() || !section.notes.is_empty();
    MachineCosts {
        key: key.to_owned(),
        run: format!(
            "run {} of {}; intervals: {}",
            run.id,
            run.started,
            intervals_text(&summary_data.summary.intervals)
        ),
        ladders,
        sections: summary_page(&summary_data).sections.into_iter().filter(has_more).collect(),
    }
}
