//! Mechanisms of a group whose order is not the same on every machine.

use std::collections::{BTreeMap, BTreeSet};

use super::party::Party;
use super::question::{Question, QuestionKind, Said};
use super::ratios::Keeps;
use crate::advise::answer::{Answer, Sessions};
use crate::advise::reference::rank;
use crate::model::topics::is_lower_bound;
use crate::model::{BenchmarkId, Metric};
use crate::verdict::Reading;

/// Every two mechanisms, at equal parameters, of which one machine surely says that the one is dearer and another machine
/// that the other is; those that are farthest apart first. What a claim asks already is not asked again, and the same two at
/// other parameters are told once. One of the two has to be among what `keeps` lets pass.
pub(super) fn orders(parties: &[Party], answers: &[Answer], metrics: &[Metric], keeps: Keeps) -> Vec<Question> {
    let kept: BTreeSet<&BenchmarkId> = parties
        .iter()
        .flat_map(|party| party.run.measurements.iter().filter(|it| keeps(it)).map(|it| &it.benchmark))
        .collect();
    let sessions: Vec<Sessions> = parties.iter().map(Party::sessions).collect();
    let claims = answers.iter().flat_map(|answer| &answer.claims);
    let claimed: BTreeSet<[String; 2]> = claims.map(|claim| sorted(claim.rests_on.clone())).collect();
    let mut found: Vec<Order> = Vec::new();
    for ((topic, metric, _), ways) in works(parties, metrics) {
        for (place, one) in ways.iter().enumerate() {
            for other in &ways[..place] {
                if !kept.contains(one) && !kept.contains(other) {
                    continue;
                }
                let names = sorted([one.to_string(), other.to_string()]);
                if metric == Metric::WallTime && claimed.contains(&names) || !is_turned(parties, metric, [one, other]) {
                    continue;
                }
                let said = parties
                    .iter()
                    .zip(&sessions)
                    .map(|(party, sessions)| Said::of_factor(&party.ratio(sessions, &topic, metric, [one, other])));
                let question = Question {
                    kind: QuestionKind::Order,
                    subject: subject(metric, one, &other.function),
                    also_at: Vec::new(),
                    answers: said.collect(),
                };
                if question.is_change() {
                    let two = (metric, one.group.clone(), [one, other].map(|id| id.function.clone()));
                    found.push(Order { two, parameters: one.parameter_text(), margin: margin(&question), question });
                }
            }
        }
    }
    found.sort_by(|a, b| b.margin.total_cmp(&a.margin).then_with(|| a.question.subject.cmp(&b.question.subject)));
    folded(found)
}

/// A question about an order, and what it is about.
struct Order {
    /// The metric, the group and the two functions.
    two: (Metric, String, [String; 2]),
    parameters: String,
    margin: f64,
    question: Question,
}

/// The first question of each two mechanisms, with the parameters of the others that split the machines as it does.
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

/// Whether the order is one thing on a machine and another on the next, for sure or not: most are not, and need no more.
fn is_turned(parties: &[Party], metric: Metric, ids: [&BenchmarkId; 2]) -> bool {
    let centers = parties.iter().filter_map(|party| match party.plain_ratio(metric, ids) {
        Reading::Measured(factor) => Some(factor.center()),
        Reading::Inconclusive(_) | Reading::Missing(_) => None,
    });
    let (dearer, cheaper): (Vec<f64>, Vec<f64>) = centers.partition(|factor| *factor > 1.0);
    !dearer.is_empty() && !cheaper.is_empty()
}

/// A topic, a metric, and a work without the mechanism that does it.
type Work = (String, Metric, BenchmarkId);

/// The mechanisms of every work, the one that others are held against first.
fn works(parties: &[Party], metrics: &[Metric]) -> BTreeMap<Work, Vec<BenchmarkId>> {
    let mut works: BTreeMap<Work, Vec<BenchmarkId>> = BTreeMap::new();
    for measurement in parties.iter().flat_map(|party| &party.run.measurements) {
        let id = &measurement.benchmark;
        if !metrics.contains(&measurement.metric) || is_lower_bound(&id.function) {
            continue;
        }
        let work = (measurement.topic.clone(), measurement.metric, id.with_function(""));
        let ways = works.entry(work).or_default();
        if !ways.contains(id) {
            ways.push(id.clone());
        }
    }
    for ((.., work), ways) in &mut works {
        ways.sort_by(|a, b| rank(&work.group, &a.function).cmp(&rank(&work.group, &b.function)));
    }
    works
}

/// `spawn/fork is dearer than thread at count=1`.
fn subject(metric: Metric, one: &BenchmarkId, other: &str) -> String {
    let mut text = format!("{}/{} is dearer than {other}", one.group, one.function);
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
    let farthest = |side: fn(&Said) -> Option<f64>| question.answers.iter().filter_map(side).fold(0.0, f64::max);
    let dearer = farthest(|said| match said {
        Said::Dearer(factor) => Some(libm::log(factor.low())),
        _ => None,
    });
    let cheaper = farthest(|said| match said {
        Said::Cheaper(factor) => Some(-libm::log(factor.high())),
        _ => None,
    });
    dearer.min(cheaper)
}

fn sorted(mut two: [String; 2]) -> [String; 2] {
    two.sort();
    two
}
