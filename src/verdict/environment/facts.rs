//! What is known of the machine, its software and the toolchain, and how it differs between two sides.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::change::{EnvironmentChange, EnvironmentKind, changed};
use crate::model::{COUNT_FACTS, Fact, Metric};

/// The end of the name of a fact that only says whether another is the same in full.
const HASH: &str = "_hash";

/// What is known of the hardware, the system software and the toolchain of a run, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts(BTreeMap<String, (EnvironmentKind, Fact)>);

impl Facts {
    /// All facts; where several know a name, the toolchain's.
    pub fn new(
        hardware: BTreeMap<String, Fact>,
        software: BTreeMap<String, Fact>,
        toolchain: BTreeMap<String, Fact>,
    ) -> Self {
        let mut facts = BTreeMap::new();
        facts.extend(hardware.into_iter().map(|(name, fact)| (name, (EnvironmentKind::Hardware, fact))));
        let software = software.into_iter().map(|(name, fact)| {
            let kind = EnvironmentKind::of_software(&name);
            (name, (kind, fact))
        });
        facts.extend(software);
        for (name, fact) in toolchain {
            let kind = if name == "libc" { EnvironmentKind::Libc } else { EnvironmentKind::Toolchain };
            facts.insert(name, (kind, fact));
        }
        Self(facts)
    }

    /// What differs in `later`. Of an unknown fact only that it is unknown: the words of its reason may change.
    pub(crate) fn changes(&self, later: &Facts) -> Vec<EnvironmentChange> {
        Self::between(&[self], &[later])
    }

    /// What differs in the facts `after` from those `before`: names of which not the same values are known.
    pub(crate) fn between(before: &[&Facts], after: &[&Facts]) -> Vec<EnvironmentChange> {
        let all = before.iter().chain(after).flat_map(|facts| &facts.0);
        let kinds: BTreeMap<&str, EnvironmentKind> = all.map(|(name, (kind, _))| (name.as_str(), *kind)).collect();
        let change = |(name, kind)| changed(kind, name, &values(before, name), &values(after, name));
        let mut changes: Vec<EnvironmentChange> = kinds.into_iter().filter_map(change).collect();
        changes.sort();
        let names: BTreeSet<String> = changes.iter().map(|changed| changed.name.clone()).collect();
        changes.retain(|changed| changed.name.strip_suffix(HASH).is_none_or(|what| !names.contains(what)));
        changes
    }

    /// Why counts in `metric` cannot be compared with those of `later`; none where they can.
    pub(crate) fn parts(&self, later: &Facts, metric: Metric) -> Option<EnvironmentChange> {
        let counted = metric == Metric::CallgrindInstructions;
        let named = COUNT_FACTS.into_iter().filter(|_| counted);
        let mut parted = named.filter(|name| self.value(name) != later.value(name));
        let name = parted.next()?;
        let kind = [later, self]
            .iter()
            .find_map(|facts| facts.0.get(name))
            .map_or(EnvironmentKind::Toolchain, |(kind, _)| *kind);
        changed(kind, name, &values(&[self], name), &values(&[later], name))
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|(_, fact)| fact.value())
    }
}

fn values<'a>(side: &[&'a Facts], name: &str) -> BTreeSet<&'a str> {
    side.iter().filter_map(|facts| facts.value(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(facts: &[(&str, Fact)]) -> Facts {
        let facts = facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.clone())).collect();
        Facts::new(BTreeMap::new(), BTreeMap::new(), facts)
    }

    fn value(text: &str) -> Fact {
        Fact::Value(text.to_owned())
    }

    #[test]
    fn values_count_and_reasons_do_not() {
        let before = facts(&[("rustc", value("1")), ("perf", Fact::Unknown("why".to_owned())), ("hz", value("250"))]);
        let after =
            facts(&[("rustc", value("2")), ("perf", Fact::NotApplicable("none".to_owned())), ("hz", value("250"))]);
        let (before_text, after_text) = ("1".to_owned(), "2".to_owned());
        let expected = EnvironmentChange {
            kind: EnvironmentKind::Toolchain,
            name: "rustc".to_owned(),
            baseline: before_text,
            candidate: after_text,
        };
        assert_eq!(before.parts(&after, Metric::CallgrindInstructions).as_ref(), Some(&expected));
        assert_eq!(before.changes(&after), [expected]);
        assert_eq!(before.parts(&after, Metric::WallTime), None);
        assert_eq!(before.changes(&facts(&[])).len(), 2, "what is no longer recorded is unknown");
    }

    #[test]
    fn each_kind_of_thing_has_its_place_and_a_hash_only_where_it_says_more() {
        let with = |version: &str, hash: &str| {
            let all = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), value(version))).collect();
            let mut software: BTreeMap<String, Fact> =
                all(&["libc", "kernel_release", "mitigations", "frequency_governor", "operating_system"]);
            software.insert("mitigations_hash".to_owned(), value(hash));
            Facts::new(all(&["cpu_name"]), software, all(&["rustc", "libc"]))
        };
        let listed = |changes: Vec<EnvironmentChange>| {
            changes.into_iter().map(|it| format!("{} {}", it.kind, it.name)).collect::<Vec<_>>()
        };
        let all = [
            "hardware cpu_name",
            "kernel kernel_release",
            "mitigations mitigations",
            "libc libc",
            "system operating_system",
            "toolchain rustc",
            "conditions frequency_governor",
        ];
        assert_eq!(listed(with("1", "a").changes(&with("2", "b"))), all);
        assert_eq!(listed(with("1", "a").changes(&with("1", "b"))), ["mitigations mitigations_hash"]);
    }

    #[test]
    fn a_side_of_several_runs_has_all_their_values() {
        let [one, other] = ["1", "2"].map(|version| facts(&[("rustc", value(version))]));
        assert_eq!(Facts::between(&[&one, &other], &[&other, &one]), []);
        let [changed] = &Facts::between(&[&one, &other], &[&other])[..] else { panic!("one fact differs") };
        assert_eq!((changed.baseline.as_str(), changed.candidate.as_str()), ("1, 2", "2"));
    }
}
