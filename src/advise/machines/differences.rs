//! How machines differ, and how many of their disagreements each fact would explain.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::machine_runs::MachineRuns;
use super::questions::{Question, Side};
use crate::model::{Fact, Run};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FactKind {
    Hardware,
    Software,
    Toolchain,
}

impl FactKind {
    pub fn word(self) -> &'static str {
        self.into()
    }

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
