//! What else changed where a series did: compilers, system software, locked dependencies, and the measured code itself.

use std::collections::BTreeMap;

use crate::model::{Fact, Metric};

/// Facts without which counts of instructions cannot be compared: another valgrind counts otherwise, another libc or
/// another class of its functions runs other code, and another compiler writes it.
const OF_COUNTS: [&str; 9] =
    ["valgrind", "libc", "libc_dispatch", "libc_tunables", "rustc", "llvm", "target", "rustflags", "profile"];

/// What is known of the toolchain and the system software of a run, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<String, Fact>);

/// One thing that was otherwise after a change than before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Changed {
    /// Its name: a fact of the toolchain or the system software, or `Cargo.lock`.
    pub name: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}

impl Facts {
    /// The facts of both; where both know a name, the toolchain's.
    pub fn new(toolchain: BTreeMap<String, Fact>, software: BTreeMap<String, Fact>) -> Self {
        let mut facts = software;
        facts.extend(toolchain);
        Self(facts)
    }

    /// What is otherwise in `later`. Why a fact is unknown is told in words that may be improved: only that it is.
    pub(super) fn changes(&self, later: &Facts) -> Vec<Changed> {
        let mut names: Vec<&String> = self.0.keys().chain(later.0.keys()).collect();
        names.sort();
        names.dedup();
        names.into_iter().filter_map(|name| change(name, self.0.get(name), later.0.get(name))).collect()
    }

    /// Why counts in `metric` cannot be held against those of `later`; none where they can.
    pub(super) fn parts(&self, later: &Facts, metric: Metric) -> Option<Changed> {
        let counted = metric == Metric::CallgrindInstructions;
        let named = OF_COUNTS.iter().filter(|_| counted);
        named.filter_map(|&name| change(name, self.0.get(name), later.0.get(name))).next()
    }
}

fn change(name: &str, before: Option<&Fact>, after: Option<&Fact>) -> Option<Changed> {
    let value = |fact: Option<&Fact>| fact.and_then(Fact::value).map(str::to_owned);
    let (before, after) = (value(before), value(after));
    let told = |value: Option<String>| value.unwrap_or_else(|| "unknown".to_owned());
    (before != after).then(|| Changed { name: name.to_owned(), before: told(before), after: told(after) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(facts: &[(&str, Fact)]) -> Facts {
        Facts::new(facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.clone())).collect(), BTreeMap::new())
    }

    #[test]
    fn values_count_and_reasons_do_not() {
        let value = |text: &str| Fact::Value(text.to_owned());
        let before = facts(&[("rustc", value("1")), ("perf", Fact::Unknown("why".to_owned())), ("hz", value("250"))]);
        let after =
            facts(&[("rustc", value("2")), ("perf", Fact::NotApplicable("none".to_owned())), ("hz", value("250"))]);
        let expected = Changed { name: "rustc".to_owned(), before: "1".to_owned(), after: "2".to_owned() };
        assert_eq!(before.parts(&after, Metric::CallgrindInstructions).as_ref(), Some(&expected));
        assert_eq!(before.changes(&after), [expected]);
        assert_eq!(before.parts(&after, Metric::WallTime), None);
        assert_eq!(before.changes(&facts(&[])).len(), 2, "what is no longer told is told to be unknown");
    }
}
