//! One thing that differs between two sides.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::Display;

use crate::model::{short, some_of};

/// Values of one side that are named one by one, before the rest is counted.
const VALUES_MAX: usize = 3;
/// Hexadecimal digits from which on a word is a hash.
const HASH_MIN: usize = 40;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct EnvironmentChange {
    pub kind: EnvironmentKind,
    /// Its name: that of a fact, `Cargo.lock`, or what was read.
    pub name: String,
    pub baseline: String,
    pub candidate: String,
}

/// The kinds of things that may differ, in the order of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EnvironmentKind {
    Hardware,
    /// The kernel, and how it was built.
    Kernel,
    /// What is done about the processor's flaws, by its microcode or the kernel.
    Mitigations,
    /// The C library, and what it chooses by itself.
    Libc,
    /// Other software of the system, and its limits.
    System,
    /// Compilers, their options and the tools that measure.
    Toolchain,
    #[strum(serialize = "lock file")]
    LockFile,
    Binaries,
    Revision,
    /// What is true of a day only: load, frequency, what else ran.
    Conditions,
}

impl EnvironmentKind {
    pub(crate) fn of_software(name: &str) -> Self {
        let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
        match () {
            () if begins(&["kernel", "preemption"]) => EnvironmentKind::Kernel,
            () if begins(&["mitigations", "microcode"]) => EnvironmentKind::Mitigations,
            () if begins(&["libc", "allocator"]) => EnvironmentKind::Libc,
            // Settings that an administrator changes at any time, and that move times at once.
            () if begins(&["frequency", "turbo", "huge_pages", "idle"]) => EnvironmentKind::Conditions,
            () => EnvironmentKind::System,
        }
    }
}

/// The change between the values of two sides, each value once; none where both have the same.
pub(crate) fn changed(
    kind: EnvironmentKind,
    name: &str,
    before: &BTreeSet<&str>,
    after: &BTreeSet<&str>,
) -> Option<EnvironmentChange> {
    (before != after).then(|| EnvironmentChange {
        kind,
        name: name.to_owned(),
        baseline: listed(before),
        candidate: listed(after),
    })
}

/// The changes of what was built: `before` and `after` are the hashes of the locked dependencies and of the benchmark
/// binaries of each side; what one side does not know is not a change.
pub(crate) fn built(before: &[BTreeSet<&str>; 2], after: &[BTreeSet<&str>; 2]) -> Vec<EnvironmentChange> {
    let names = [(EnvironmentKind::LockFile, "Cargo.lock"), (EnvironmentKind::Binaries, "measured binaries")];
    let sides = before.iter().zip(after);
    let known = names.into_iter().zip(sides).filter(|(_, (before, after))| !before.is_empty() && !after.is_empty());
    known.filter_map(|((kind, name), (before, after))| changed(kind, name, before, after)).collect()
}

fn listed(values: &BTreeSet<&str>) -> String {
    if values.is_empty() {
        return "unknown".to_owned();
    }
    some_of(&values.iter().map(|value| shown(value)).collect::<Vec<_>>(), VALUES_MAX)
}

fn shown(value: &str) -> String {
    let is_hash = value.len() >= HASH_MIN && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { short(value) } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_listed_once_and_hashes_by_their_beginning() {
        let hashes = ["a".repeat(64), "b".repeat(64)];
        type Case<'a> = (&'a [&'a str], &'a [&'a str], Option<(&'a str, &'a str)>);
        let cases: [Case; 5] = [
            (&["1"], &["1"], None),
            (&["1"], &["2"], Some(("1", "2"))),
            (&["1", "2"], &["2"], Some(("1, 2", "2"))),
            (&[], &["1", "2", "3", "4", "5"], Some(("unknown", "1, 2, 3 and 2 more"))),
            (&[&hashes[0]], &[&hashes[1]], Some(("aaaaaaaaaaaa", "bbbbbbbbbbbb"))),
        ];
        for (before, after, expected) in cases {
            let [ours, theirs] = [before, after].map(|side| side.iter().copied().collect());
            let found = changed(EnvironmentKind::Kernel, "x", &ours, &theirs);
            let found = found.as_ref().map(|it| (it.baseline.as_str(), it.candidate.as_str()));
            assert_eq!(found, expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn what_one_side_does_not_know_is_not_a_change() {
        let side = |hashes: [&'static [&str]; 2]| hashes.map(|known| known.iter().copied().collect::<BTreeSet<_>>());
        assert_eq!(built(&side([&["1"], &[]]), &side([&["1"], &["2"]])), []);
        let changes = built(&side([&["1"], &["1"]]), &side([&["2"], &["2"]]));
        let names: Vec<EnvironmentKind> = changes.into_iter().map(|changed| changed.kind).collect();
        assert_eq!(names, [EnvironmentKind::LockFile, EnvironmentKind::Binaries]);
    }
}
