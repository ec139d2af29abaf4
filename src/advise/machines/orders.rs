//! Mechanisms of a group whose order is not the same on every machine.

use std::collections::{BTreeMap, BTreeSet};

use super::questions::{MachineAnswer, Question, QuestionKind};
use super::ratios::Filter;
use crate::advise::answer::Answer;
use crate::advise::reference::rank;
use crate::model::topics::is_lower_bound;
use crate::model::{BenchmarkId, Metric};
use crate::verdict::Sessions;

/// Every two mechanisms, at equal parameters, of which one costs significantly more on one machine and the other on another;
/// those that are farthest apart first. What a claim asks already is not asked again, and the same two at other parameters
/// are listed once. One of the two has to pass the filter.
pub(super) fn orders(machines: &[Sessions], answers: &[Answer], metrics: &[Metric], filter: Filter) -> Vec<Question> {
    let passing: BTreeSet<&BenchmarkId> = machines
        .iter()
        .flat_map(|machine| machine.run().measurements.iter().filter(|it| filter(it)).map(|it| &it.benchmark))
        .collect();
    let claims = answers.iter().flat_map(|answer| &answer.claims);
    let claimed: BTreeSet<[String; 2]> = claims.map(|claim| sorted(claim.benchmarks.clone())).collect();
    let mut found: Vec<Order> = Vec::new();
    for ((topic, metric, _), functions) in works(machines, metrics) {
        for (index, one) in functions.iter().enumerate() {
            for other in &functions[..index] {
                if !passing.contains(one) && !passing.contains(other) {
                    continue;
                }
                let names = sorted([one.to_string(), other.to_string()]);
                if metric == Metric::WallTime && claimed.contains(&names) || !is_turned(machines, metric, [one, other])
                {
                    continue;
                }
                let answers = machines
                    .iter()
                    .map(|machine| MachineAnswer::of_ratio(&machine.ratio(&topic, [one, other], metric)));
                let question = Question {
                    kind: QuestionKind::Order,
                    question: costs_more(metric, one, &other.function),
                    also_at: Vec::new(),
                    answers: answers.collect(),
                };
                if question.is_disagreement() {
                    let two = (metric, one.group.clone(), [one, other].map(|id| id.function.clone()));
                    found.push(Order { two, parameters: one.parameter_text(), margin: margin(&question), question });
                }
            }
        }
    }
    found.sort_by(|a, b| b.margin.total_cmp(&a.margin).then_with(|| a.question.question.cmp(&b.question.question)));
    folded(found)
}

struct Order {
    /// The metric, the group and the two functions.
    two: (Metric, String, [String; 2]),
    parameters: String,
    margin: f64,
    question: Question,
}

/// The first question of each two mechanisms, with the parameters of the others that split the machines in the same way.
fn folded(orders: Vec<Order>) -> Vec<Question> {
    let mut folded: Vec<Order> = Vec::new();
    for order in orders {
        let is_same = |first: &&mut Order| first.two == order.two && first.question.splits_like(&order.question);
        match folded.iter_mut().find(is_same) {
            Some(first) => first.question.also_at.push(order.parameters),
            None => folded.push(order),
        }
    }
    folded.into_iter().map(|order| order.question).collect()
}

/// Whether the order differs between machines, significantly or not: most orders do not, and need no more.
fn is_turned(machines: &[Sessions], metric: Metric, ids: [&BenchmarkId; 2]) -> bool {
    let ratios = machines.iter().filter_map(|machine| machine.ratio("", ids, metric).ok());
    let (more, less): (Vec<f64>, Vec<f64>) = ratios.map(|ratio| ratio.center()).partition(|ratio| *ratio > 1.0);
    !more.is_empty() && !less.is_empty()
}

/// A topic, a metric, and a work without the mechanism that does it.
type Work = (String, Metric, BenchmarkId);

fn works(machines: &[Sessions], metrics: &[Metric]) -> BTreeMap<Work, Vec<BenchmarkId>> {
    let mut works: BTreeMap<Work, Vec<BenchmarkId>> = BTreeMap::new();
    for measurement in machines.iter().flat_map(|machine| &machine.run().measurements) {
        let id = &measurement.benchmark;
        if !metrics.contains(&measurement.metric) || is_lower_bound(&id.function) {
            continue;
        }
        let work = (measurement.topic.clone(), measurement.metric, id.with_function(""));
        let functions = works.entry(work).or_default();
        if !functions.contains(id) {
            functions.push(id.clone());
        }
    }
    for ((.., work), functions) in &mut works {
        functions.sort_by(|a, b| rank(&work.group, &a.function).cmp(&rank(&work.group, &b.function)));
    }
    works
}

/// `spawn/fork costs more than thread at count=1`.
fn costs_more(metric: Metric, one: &BenchmarkId, other: &str) -> String {
    let mut text = format!("{}/{} costs more than {other}", one.group, one.function);
    if !one.parameters.is_empty() {
        text.push_str(&format!(" at {}", one.parameter_text()));
    }
    if metric != Metric::WallTime {
        text.push_str(&format!(" in {}", metric.name().replace('_', " ")));
    }
    text
}

/// How far from 1, on a logarithmic scale, the nearest ends of the intervals are on both sides of it: the lesser of both.
fn margin(question: &Question) -> f64 {
    let (mut more, mut less) = (0.0_f64, 0.0_f64);
    for answer in question.answers.iter().flatten() {
        match answer {
            MachineAnswer::MoreExpensive(ratio) => more = more.max(libm::log(ratio.low())),
            MachineAnswer::Cheaper(ratio) => less = less.max(-libm::log(ratio.high())),
            MachineAnswer::Crosses { .. } | MachineAnswer::Advises(_) => {}
        }
    }
    more.min(less)
}

fn sorted(mut two: [String; 2]) -> [String; 2] {
    two.sort();
    two
}
