//! Two machines side by side: never which one is faster, only what costs what on each.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::judge::{Reading, ratio, summary};
use crate::model::{Estimate, Run};
use crate::stats;

/// What two runs of unlike machines have to say to each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shapes {
    /// Process ÷ thread, and speed-ups, at equal parameters on both machines.
    pub rows: Vec<Shape>,
    /// The geometric mean of the quotients of each topic.
    pub means: Vec<ShapeMean>,
}

/// One ratio within each machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shape {
    /// The topic.
    pub topic: String,
    /// What is held against what.
    pub label: String,
    /// At which parameters.
    pub parameters: BTreeMap<String, u64>,
    /// The ratio within the baseline's machine.
    pub baseline: Reading,
    /// The ratio within the candidate's machine.
    pub candidate: Reading,
    /// The candidate's ratio ÷ the baseline's, with the widest interval that both allow: how the shapes differ.
    pub quotient: Reading,
}

/// How far the shapes of a topic differ on the whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShapeMean {
    /// The topic.
    pub topic: String,
    /// Number of rows.
    pub rows: usize,
    /// The geometric mean of the quotients, and of their ends.
    pub quotient: Estimate,
}

type Key = (String, String, BTreeMap<String, u64>);

/// The ratios that both runs have, side by side.
pub fn shapes(baseline: &Run, candidate: &Run) -> Shapes {
    let (ours, mut theirs) = (ratios(baseline), ratios(candidate));
    let both = ours.into_iter().filter_map(|(key, baseline)| Some((theirs.remove(&key)?, key, baseline)));
    let rows: Vec<Shape> = both.map(|(candidate, key, baseline)| shape(key, baseline, candidate)).collect();
    let mut topics: BTreeMap<&str, Vec<Estimate>> = BTreeMap::new();
    for row in &rows {
        if let Reading::Measured(quotient) = row.quotient {
            topics.entry(&row.topic).or_default().push(quotient);
        }
    }
    let means = topics.into_iter().filter_map(|(topic, quotients)| mean(topic, &quotients)).collect();
    Shapes { rows, means }
}

/// Every ratio within a run that has a number.
fn ratios(run: &Run) -> BTreeMap<Key, Reading> {
    let mut ratios = BTreeMap::new();
    for topic in summary(run).topics {
        for pair in topic.pairs {
            let label = format!("{}, process ÷ thread", pair.label);
            ratios.insert((topic.name.clone(), label, pair.parameters), pair.process_to_thread);
        }
        for row in topic.speed_ups {
            let mut parameters = row.parameters;
            parameters.extend(row.workers.map(|workers| ("workers".to_owned(), workers)));
            let name = |what: &str| (topic.name.clone(), format!("{}, {what}", row.label), parameters.clone());
            ratios.insert(name("speed-up of threads"), row.threads);
            ratios.extend(row.processes.map(|it| (name("speed-up of processes"), it)));
            ratios.extend(row.process_to_thread.map(|it| (name("process ÷ thread"), it)));
        }
    }
    ratios.retain(|_, reading| !matches!(reading, Reading::Missing(_)));
    ratios
}

fn shape((topic, label, parameters): Key, baseline: Reading, candidate: Reading) -> Shape {
    let quotient = candidate.combine(&baseline, ratio);
    Shape { topic, label, parameters, baseline, candidate, quotient }
}

fn mean(topic: &str, quotients: &[Estimate]) -> Option<ShapeMean> {
    let ends =
        |end: fn(Estimate) -> f64| stats::geometric_mean(&quotients.iter().map(|it| end(*it)).collect::<Vec<_>>());
    let (center, low, high) = (ends(Estimate::center)?, ends(Estimate::low)?, ends(Estimate::high)?);
    let quotient = Estimate::new(center, low.min(center), high.max(center)).ok()?;
    Some(ShapeMean { topic: topic.to_owned(), rows: quotients.len(), quotient })
}
