//! The first part of the page: what threads and processes cost on each machine.

use std::collections::BTreeMap;

use serde::Serialize;

use super::drawn::Data;
use super::ladder::{Ladder, ladder};
use super::view::{SectionView, section};
use crate::advise::Pair;
use crate::advise::answer::answer;
use crate::advise::machines::MachineRuns;
use crate::model::Metric;
use crate::report::Section;
use crate::report::pages::{SummaryData, answer_sections, summary_page};

/// The most machines whose costs are drawn: the others are in the table of machines.
pub(super) const MACHINES_MAX: usize = 6;

#[derive(Serialize)]
pub(super) struct MachineView {
    key: String,
    run: String,
    answer: Vec<SectionView>,
    ladders: Vec<Ladder>,
    sections: Vec<SectionView>,
}

pub(super) fn machine(machine: &MachineRuns, data: &mut Data) -> MachineView {
    let run = machine.run;
    let summary_data = SummaryData::new(run, String::new());
    let key = run.machine.key.as_str();
    let mut ladders = Vec::new();
    for topic in &summary_data.summary.topics {
        let mut by_metric: BTreeMap<Metric, Vec<&Pair>> = BTreeMap::new();
        for pair in &topic.pairs {
            by_metric.entry(pair.metric).or_default().push(pair);
        }
        ladders.extend(by_metric.values().filter_map(|pairs| ladder(&topic.topic, key, pairs, data)));
    }
    let page = summary_page(&summary_data);
    let has_more = |section: &&Section| section.table.is_some() || !section.notes.is_empty();
    let answers = answer_sections(&answer(run, machine.others.iter().copied()));
    MachineView {
        key: key.to_owned(),
        run: format!("run {} of {}", run.id, run.started),
        answer: answers.iter().filter(|it| it.table.is_some()).map(section).collect(),
        ladders,
        sections: page.sections.iter().filter(has_more).map(section).collect(),
    }
}
