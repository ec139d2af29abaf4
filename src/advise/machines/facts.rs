//! What machines differ in, and how many of their unlike answers each fact would explain.

use std::collections::BTreeSet;

use serde::Serialize;

use super::party::Party;
use super::question::{Question, Side};
use crate::model::{Fact, Run};

/// A fact that is not the same on all machines.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Where it stands.
    pub kind: FactKind,
    /// Its name.
    pub name: String,
    /// What it is on each machine, in their order; none where it was not asked.
    pub values: Vec<Option<Fact>>,
    /// Number of changes of rank in which it splits the machines exactly as their answers do. With two machines every fact
    /// does, so that it says nothing then.
    pub explains: usize,
}

/// The parts of a fingerprint, in the order in which they are suspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// What the machine's key is made of.
    Hardware,
    /// The system software.
    Software,
    /// What built and measured.
    Toolchain,
}

impl FactKind {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            FactKind::Hardware => "hardware",
            FactKind::Software => "software",
            FactKind::Toolchain => "toolchain",
        }
    }

    fn facts(self, run: &Run) -> &std::collections::BTreeMap<String, Fact> {
        match self {
            FactKind::Hardware => &run.machine.hardware,
            FactKind::Software => &run.machine.software,
            FactKind::Toolchain => &run.toolchain.facts,
        }
    }
}

/// Every fact that differs, what explains most first.
pub(super) fn differences(parties: &[Party], changes: &[Question]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for kind in [FactKind::Hardware, FactKind::Software, FactKind::Toolchain] {
        let names: BTreeSet<&String> = parties.iter().flat_map(|party| kind.facts(party.run).keys()).collect();
        for name in names {
            let values: Vec<Option<Fact>> =
                parties.iter().map(|party| kind.facts(party.run).get(name).cloned()).collect();
            let sides: Vec<Option<Side>> = values.iter().map(|fact| side(fact.as_ref())).collect();
            if sides.iter().all(|side| side == &sides[0]) {
                continue;
            }
            let explains = changes.iter().filter(|question| question.is_split_like(&sides)).count();
            differences.push(Difference { kind, name: name.clone(), values, explains });
        }
    }
    differences.sort_by(|a, b| b.explains.cmp(&a.explains).then(a.kind.cmp(&b.kind)).then_with(|| a.name.cmp(&b.name)));
    differences
}

/// What tells machines apart: the value, or that there is nothing of the kind. What could not be read tells nothing.
fn side(fact: Option<&Fact>) -> Option<Side<'_>> {
    match fact {
        Some(Fact::Value(value)) => Some(Some(value)),
        Some(Fact::NotApplicable(_)) => Some(None),
        Some(Fact::Unknown(_)) | None => None,
    }
}
