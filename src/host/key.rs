//! The machine's key: a name that a reader recognises, and a hash of all stable facts.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::model::{Fact, MachineKey};

use super::fact::sha256;

/// Longest part of the key that comes from the host, characters.
const PART_MAX: usize = 40;

/// The key of a machine of which these are the facts of hardware: `x86_64-amd-epyc-7763-4c-1a2b3c4d`.
pub fn key(hardware: &BTreeMap<String, Fact>) -> MachineKey {
    let value = |name: &str| hardware.get(name).and_then(Fact::value);
    let architecture = slug(value("architecture").unwrap_or("unknown"));
    let cpu = slug(&shortened(value("cpu_name").unwrap_or("unknown")));
    let cpus = slug(value("cpus_usable").unwrap_or("0"));
    let hash = sha256(&canonical(hardware));
    let slug = format!("{architecture}-{cpu}-{:.9}c-{:.8}", cpus, hash);
    MachineKey::new(&slug).expect("made of two short parts, nine digits and a hash, all of plain characters")
}

/// What is hashed: one line a fact, `name=kind:value`, by name. The words of a reason may be improved, so only
/// that a fact is missing counts.
fn canonical(hardware: &BTreeMap<String, Fact>) -> String {
    hardware.iter().fold(String::new(), |mut text, (name, fact)| {
        let _ = match fact {
            Fact::Value(value) => writeln!(text, "{}=value:{}", name.escape_default(), value.escape_default()),
            Fact::Unknown(_) => writeln!(text, "{}=unknown:", name.escape_default()),
            Fact::NotApplicable(_) => writeln!(text, "{}=not_applicable:", name.escape_default()),
        };
        text
    })
}

/// A processor's name without what says nothing: marks, `CPU`, the number of cores, the clock.
fn shortened(name: &str) -> String {
    let lower = name.to_lowercase().replace("(r)", " ").replace("(tm)", " ");
    let named = lower.split('@').next().unwrap_or_default();
    let idle = |word: &&str| !matches!(*word, "cpu" | "processor") && !word.ends_with("-core");
    named.split_whitespace().filter(idle).collect::<Vec<_>>().join(" ")
}

/// Letters, digits and `_`; everything between them becomes one `-`.
fn slug(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { ' ' }).collect();
    let slug = plain.split_whitespace().collect::<Vec<_>>().join("-");
    let cut = &slug[..slug.len().min(PART_MAX)];
    if cut.is_empty() { "unknown".to_owned() } else { cut.trim_end_matches('-').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::fact::{facts, not_applicable, unknown, value};
    use super::*;

    fn example() -> BTreeMap<String, Fact> {
        facts([
            ("architecture", value("x86_64")),
            ("cpu_name", value("AMD EPYC 7763 64-Core Processor")),
            ("cpus_usable", value(4)),
            ("product", not_applicable("the firmware gives no name")),
            ("numa_nodes", unknown("may not be read")),
        ])
    }

    #[test]
    fn the_key_of_given_facts_never_changes() {
        assert_eq!(
            canonical(&example()),
            "architecture=value:x86_64\ncpu_name=value:AMD EPYC 7763 64-Core Processor\ncpus_usable=value:4\n\
             numa_nodes=unknown:\nproduct=not_applicable:\n"
        );
        assert_eq!(key(&example()).as_str(), "x86_64-amd-epyc-7763-4c-eac24bf4");
    }

    #[test]
    fn every_fact_counts_but_not_the_words_of_a_reason() {
        let mut reworded = example();
        reworded.insert("product".to_owned(), not_applicable("it has none"));
        assert_eq!(key(&reworded), key(&example()));
        for (name, _) in example() {
            let mut changed = example();
            changed.insert(name.clone(), value("another"));
            assert_ne!(key(&changed), key(&example()), "{name}");
        }
    }

    #[test]
    fn a_value_cannot_pose_as_two_facts() {
        let one = BTreeMap::from([("a".to_owned(), Fact::Value("1\nb=value:2".to_owned()))]);
        let two = facts([("a", value(1)), ("b", value(2))]);
        assert_ne!(key(&one), key(&two));
    }

    #[test]
    fn names_of_processors_become_short_slugs() {
        let cases = [
            ("Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", "intel-xeon-platinum-8370c"),
            ("AMD EPYC", "amd-epyc"),
            ("Neoverse-N1", "neoverse-n1"),
            ("12th Gen Intel(R) Core(TM) i7-1260P", "12th-gen-intel-core-i7-1260p"),
            ("../../etc", "etc"),
            ("日本", "unknown"),
            ("", "unknown"),
        ];
        for (name, expected) in cases {
            assert_eq!(slug(&shortened(name)), expected, "{name}");
        }
        let hostile = facts([("architecture", value("é".repeat(300))), ("cpu_name", value("a-".repeat(300)))]);
        assert!(key(&hostile).as_str().len() <= 100);
    }
}
