//! The forms of the groups: which of their measurements are of one and the same benchmark.
//!
//! A group keeps its name when what its clock spans, or the work inside it, changes; its form goes up by one then. Values of
//! unlike forms are never compared, nor taken for sessions or for one series.

use std::collections::BTreeMap;

use super::Omission;
use super::topics::topic_of;

/// A change of what groups measure under their names.
#[derive(Debug)]
struct FormChange {
    groups: &'static [&'static str],
    what: &'static str,
    /// The last of [`COMMITS`] without it; none of a change since runs store their forms.
    after: Option<&'static str>,
}

/// What was measured before runs stored their forms, and kept: in order, the first digits of the commits.
const COMMITS: [&str; 6] =
    ["b816949aea72", "d1d27d18dab2", "8bf8a0f26f01", "a0f7c95f2b2c", "08d0d81539d8", "120e46584a6f"];

/// All changes, in order. A new one goes to the end, and the forms of its groups into Cargo.toml, where a gate reads them.
static FORM_CHANGES: &[FormChange] = &[
    change(&["hand_over"], "each message is written anew", "d1d27d18dab2"),
    change(
        &["hand_over", "lock", "round_trip", "spawn", "split"],
        "threads wait at private futexes, and what is not kept on a CPU is placed by the scheduler",
        "d1d27d18dab2",
    ),
    change(
        &["calc", "echo", "gil_calc", "read", "sync"],
        "the clock starts when all workers are awake, at a barrier",
        "8bf8a0f26f01",
    ),
    change(
        &["allocate", "counter", "counter_padded", "lock", "map", "open"],
        "the clock spans the time in which all workers are at work",
        "8bf8a0f26f01",
    ),
    change(
        &["fault", "triad"],
        "memory is four times what the caches hold, and the clock starts or ends with all workers at work",
        "8bf8a0f26f01",
    ),
    change(&["lock"], "what is under way when the time of all workers begins counts by its share", "a0f7c95f2b2c"),
    change(
        &["python_calc", "python_hash"],
        "interpreters of a pool import nothing else inside the clock",
        "08d0d81539d8",
    ),
    change(&["fork_price", "spawn"], "what is started does nothing but end", "120e46584a6f"),
    change(&["python_requests"], "requests go to the server of the native ones", "120e46584a6f"),
    change(&["python_worker_memory"], "only pages that the worker has written count", "120e46584a6f"),
    FormChange {
        groups: &["round_trip", "stream"],
        what: "the two ends share no cache line but those of the channel",
        after: None,
    },
    FormChange {
        groups: &["split"],
        what: "the starter gives both halves away and waits, and the roots are of signed numbers",
        after: None,
    },
    FormChange { groups: &["calc", "gil_calc"], what: "the roots are of signed numbers", after: None },
    FormChange { groups: &["hand_over"], what: "two messages go before the first that is measured", after: None },
    FormChange {
        groups: &["python_calc", "python_hash", "python_requests"],
        what: "a way has imported what it needs before the clock starts",
        after: None,
    },
    FormChange {
        groups: &["rewrite"],
        what: "the pages that are written are chosen before the clock starts",
        after: None,
    },
    FormChange {
        groups: &["lock", "lock_read"],
        what: "a lock has cache lines of its own, with what it guards",
        after: None,
    },
];

const fn change(groups: &'static [&'static str], what: &'static str, after: &'static str) -> FormChange {
    FormChange { groups, what, after: Some(after) }
}

fn changes(group: &str) -> impl Iterator<Item = &'static FormChange> {
    FORM_CHANGES.iter().filter(move |change| change.groups.contains(&group))
}

/// The form in which a group is measured now: 1, and one more for each change since runs store their forms.
pub fn form_of(group: &str) -> i16 {
    1 + changes(group).filter(|change| change.after.is_none()).count() as i16
}

/// The form of a group in a run: as it says, else by its commit, for the runs that are older.
pub(super) fn form_in(forms: &BTreeMap<String, i16>, commit: Option<&str>, group: &str) -> i16 {
    let place = |id: &str| COMMITS.iter().position(|commit| id.starts_with(commit));
    let is_missing = |measured, change: &FormChange| change.after.and_then(place).is_some_and(|last| measured <= last);
    let by_commit = || {
        let missing = commit.and_then(place);
        1 - missing.map_or(0, |measured| changes(group).filter(|change| is_missing(measured, change)).count() as i16)
    };
    forms.get(group).copied().unwrap_or_else(by_commit)
}

/// In words what changed in a group from one form to the other; of forms that only another version knows, their numbers.
pub fn changed_between(group: &str, one: i16, other: i16) -> String {
    let first = 2 - changes(group).filter(|change| change.after.is_some()).count() as i16;
    let led_to = (first..).zip(changes(group));
    let between = led_to.filter(|(form, _)| one.min(other) < *form && *form <= one.max(other));
    let words = between.map(|(_, change)| change.what).collect::<Vec<_>>().join("; ");
    if words.is_empty() { format!("from form {one} to form {other}") } else { words }
}

/// How the reason begins where a run lacks a group for its form.
const CHANGED: &str = "the benchmark itself changed: ";

impl Omission {
    /// A group that was measured, and not in the form of what it is compared with: what changed between the two.
    pub fn of_form(group: &str, one: i16, other: i16) -> Self {
        let topic = topic_of(group).unwrap_or_default().to_owned();
        let reason = format!("{CHANGED}{}", changed_between(group, one, other));
        Self { topic, what: group.to_owned(), reason }
    }

    pub fn is_of_form(&self) -> bool {
        self.reason.starts_with(CHANGED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_what_a_run_says_or_what_its_commit_had() {
        let of = |commit: &str, forms: &[(&str, i16)], group: &str| {
            let forms = forms.iter().map(|&(group, form)| (group.to_owned(), form)).collect();
            form_in(&forms, Some(&format!("{commit}{}", "0".repeat(28))), group)
        };
        let [first, last, other] = ["b816949aea72", "120e46584a6f", "012345678901"];
        assert_eq!([first, last, other].map(|commit| of(commit, &[], "spawn")), [-1, 0, 1]);
        assert_eq!([first, last, other].map(|commit| of(commit, &[], "requests")), [1, 1, 1]);
        assert_eq!(of(first, &[("spawn", 7)], "spawn"), 7);
        assert_eq!(form_in(&BTreeMap::new(), None, "lock"), 1);
        assert_eq!(changed_between("hand_over", 1, 0), changed_between("hand_over", 0, 1));
        assert_eq!(changed_between("hand_over", 0, -1), "each message is written anew");
        assert_eq!(changed_between("requests", 1, 2), "from form 1 to form 2");
    }

    #[test]
    fn a_gate_and_the_documentation_know_every_change() {
        let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
        let stated = manifest["package"]["metadata"]["parcost"].get("forms").and_then(toml::Value::as_table);
        let stated = stated.into_iter().flatten().map(|(group, form)| (group.as_str(), form.as_integer().unwrap()));
        let groups = FORM_CHANGES.iter().flat_map(|change| change.groups);
        let known = groups.map(|group| (*group, form_of(group).into())).filter(|(_, form)| *form != 1);
        assert_eq!(stated.collect::<BTreeMap<&str, i64>>(), known.collect(), "`forms` of [package.metadata.parcost]");
        let row = |change: &FormChange| format!("| {} | `{}` |\n", change.what, change.groups.join("`, `"));
        let table: String = FORM_CHANGES.iter().map(row).collect();
        assert!(include_str!("../../docs/method.md").contains(&table), "docs/method.md has another table:\n{table}");
    }

    #[test]
    fn every_change_is_of_known_groups_after_a_known_commit() {
        for change in FORM_CHANGES {
            assert!(change.after.is_none_or(|after| COMMITS.contains(&after)), "{change:?}");
            for group in change.groups {
                assert!(crate::model::topics::group_of(group).is_some() || group.starts_with("python_"), "{group}");
            }
        }
    }
}
