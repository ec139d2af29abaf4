//! What every machine was asked, and what each of them answered.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use strum::Display;

use super::overview::MachineRuns;
use crate::advise::answer::claims::{Claim, is_above_one};
use crate::advise::answer::{Answer, Choice};
use crate::advise::crossover::Crossing;
use crate::model::topics::PYTHON;
use crate::model::{BenchmarkId, Estimate, Fact, Metric, Run};
use crate::verdict::{Sessions, Value, ValueOrReason};

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Question {
    pub kind: QuestionKind,
    /// A kind of work, a claim, where a strategy becomes the cheaper one, or whether one costs more than another.
    pub question: String,
    /// Other parameters at which the machines are split alike by it, less far apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_at: Vec<String>,
    /// In the order of the machines.
    #[serde(with = "ValueOrReason::<Vec<Value<MachineAnswer>>>")]
    pub answers: Vec<Value<MachineAnswer>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    Advice,
    Claim,
    Crossover,
    /// Whether one mechanism of a group costs more than another.
    Order,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MachineAnswer {
    /// The first named costs more, by this ratio.
    MoreExpensive(Estimate),
    /// The first named costs less, by this ratio.
    Cheaper(Estimate),
    Crosses {
        crossing: Crossing,
        axis: String,
    },
    Advises(Choice),
}

/// On which side of a fact a machine is: that of a value, or that of those which have nothing of the kind.
pub(super) type Side<'a> = Option<&'a str>;

impl MachineAnswer {
    /// What a ratio says whose interval is that of another session.
    pub(super) fn of_ratio(ratio: &Value) -> Value<Self> {
        let ratio = ratio.clone()?;
        Ok(if is_above_one(ratio)? { MachineAnswer::MoreExpensive(ratio) } else { MachineAnswer::Cheaper(ratio) })
    }

    /// Whether the answers of two machines exclude each other: threads here and processes there, two costs in the opposite
    /// order, or crossings whose intervals do not meet. Nothing where the answers overlap in part.
    fn differs(&self, other: &Self) -> Option<bool> {
        use MachineAnswer::{Advises, Cheaper, Crosses, MoreExpensive};
        match (self, other) {
            (Crosses { crossing, .. }, Crosses { crossing: another, .. }) => {
                let ((low, high), (other_low, other_high)) = (span(crossing), span(another));
                Some(high < other_low || other_high < low)
            }
            (Advises(choice), Advises(another)) => match (choice, another) {
                (Choice::Threads, Choice::Processes) | (Choice::Processes, Choice::Threads) => Some(true),
                (
                    Choice::ThreadsCheaperToStart(_) | Choice::Threads,
                    Choice::ThreadsCheaperToStart(_) | Choice::Threads,
                ) => Some(false),
                (choice, another) => (choice == another).then_some(false),
            },
            (MoreExpensive(_), MoreExpensive(_)) | (Cheaper(_), Cheaper(_)) => Some(false),
            _ => Some(true),
        }
    }
}

/// The same of answers that may be absent: nothing where one is.
pub(super) fn differ(one: &Value<MachineAnswer>, other: &Value<MachineAnswer>) -> Option<bool> {
    one.as_ref().ok()?.differs(other.as_ref().ok()?)
}

/// Between which positions a crossing lies.
fn span(crossing: &Crossing) -> (f64, f64) {
    match crossing {
        Crossing::At { position, open_low, open_high } => {
            (if *open_low { 0.0 } else { position.low() }, if *open_high { f64::INFINITY } else { position.high() })
        }
        Crossing::Always(first) => (0.0, *first),
        Crossing::Never(last) => (*last, f64::INFINITY),
    }
}

impl Question {
    pub fn is_disagreement(&self) -> bool {
        self.answers.iter().any(|one| self.answers.iter().any(|other| differ(one, other) == Some(true)))
    }

    pub(super) fn is_agreed(&self) -> bool {
        self.answers.iter().all(|one| self.answers.iter().all(|other| differ(one, other) == Some(false)))
    }

    pub(super) fn splits_like(&self, other: &Question) -> bool {
        let split = |question: &Question| -> Vec<Option<bool>> {
            let answers = &question.answers;
            answers.iter().flat_map(|one| answers.iter().map(|another| differ(one, another))).collect()
        };
        split(self) == split(other)
    }

    /// Whether a property that splits the machines into `sides` splits them as the answers do. Machines that do not answer
    /// take no part; where one that answers is on no side, it is unknown.
    pub(super) fn is_split_like(&self, sides: &[Option<Side>]) -> bool {
        let answered: Vec<_> = self.answers.iter().zip(sides).filter(|(answer, _)| answer.is_ok()).collect();
        answered.iter().all(|(_, side)| side.is_some())
            && answered.iter().all(|(one, here)| {
                answered
                    .iter()
                    .all(|(other, there)| differ(one, other).is_none_or(|differs| differs == (here != there)))
            })
    }
}

/// The advice, the claims and the crossovers, as every machine gives them.
pub(super) fn questions(sessions: &[Sessions], answers: &[Answer]) -> Vec<Question> {
    let Some(first) = answers.first() else { return Vec::new() };
    let asked = |kind, question: &str, of: &dyn Fn(&Answer) -> Value<MachineAnswer>| Question {
        kind,
        question: question.to_owned(),
        also_at: Vec::new(),
        answers: answers.iter().map(of).collect(),
    };
    let advice = first.advice.iter().enumerate().map(|(index, advice)| {
        asked(QuestionKind::Advice, advice.work, &|answer| {
            answer.advice[index].choice.clone().map(MachineAnswer::Advises)
        })
    });
    // Not all have the same interpreters.
    let mut all: Vec<&Claim> = Vec::new();
    for claim in answers.iter().flat_map(|answer| &answer.claims) {
        if all.iter().all(|other| other.claim != claim.claim) {
            all.push(claim);
        }
    }
    let claims = all.into_iter().map(|claim| Question {
        kind: QuestionKind::Claim,
        question: claim.claim.clone(),
        also_at: Vec::new(),
        answers: answers.iter().zip(sessions).map(|(answer, machine)| answer_to(claim, answer, machine)).collect(),
    });
    let crossovers = first.crossovers.iter().enumerate().map(|(index, row)| {
        asked(QuestionKind::Crossover, row.question, &|answer| {
            let crossing = answer.crossovers[index].crossing.clone()?;
            Ok(MachineAnswer::Crosses { crossing, axis: row.axis.clone() })
        })
    });
    advice.chain(claims).chain(crossovers).collect()
}

fn answer_to(claim: &Claim, answer: &Answer, machine: &Sessions) -> Value<MachineAnswer> {
    let own = answer.claims.iter().find(|own| own.claim == claim.claim);
    let absent = || {
        let id: BenchmarkId = claim.benchmarks[0].parse().expect("a benchmark's name");
        machine.find(PYTHON, &id, Metric::WallTime)
    };
    MachineAnswer::of_ratio(&own.map_or_else(absent, |own| own.ratio.clone()))
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Difference {
    pub kind: FactKind,
    pub name: String,
    /// None where it was not recorded.
    pub values: Vec<Option<Fact>>,
    /// Number of disagreements that it splits the machines by exactly as their answers do. With two machines every fact
    /// does, so that it says nothing then.
    pub explains: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FactKind {
    Hardware,
    Software,
    Toolchain,
}

impl FactKind {
    fn facts(self, run: &Run) -> &BTreeMap<String, Fact> {
        match self {
            FactKind::Hardware => &run.machine.hardware,
            FactKind::Software => &run.machine.software,
            FactKind::Toolchain => &run.toolchain.facts,
        }
    }
}

pub(super) fn differences(machines: &[MachineRuns], disagreements: &[Question]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for kind in [FactKind::Hardware, FactKind::Software, FactKind::Toolchain] {
        let names: BTreeSet<&String> = machines.iter().flat_map(|machine| kind.facts(machine.run).keys()).collect();
        for name in names {
            let values: Vec<Option<Fact>> =
                machines.iter().map(|machine| kind.facts(machine.run).get(name).cloned()).collect();
            let sides: Vec<Option<Side>> = values.iter().map(|fact| side(fact.as_ref())).collect();
            if sides.iter().all(|side| side == &sides[0]) {
                continue;
            }
            let explains = disagreements.iter().filter(|question| question.is_split_like(&sides)).count();
            differences.push(Difference { kind, name: name.clone(), values, explains });
        }
    }
    differences.sort_by(|a, b| b.explains.cmp(&a.explains).then(a.kind.cmp(&b.kind)).then_with(|| a.name.cmp(&b.name)));
    differences
}

/// What distinguishes machines: the value, or that there is nothing of the kind. What could not be read does not.
fn side(fact: Option<&Fact>) -> Option<Side<'_>> {
    match fact {
        Some(Fact::Value(value)) => Some(Some(value)),
        Some(Fact::NotApplicable(_)) => Some(None),
        Some(Fact::Unknown(_)) | None => None,
    }
}
