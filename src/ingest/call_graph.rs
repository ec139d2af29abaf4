//! Reads what callgrind itself writes: what was executed, by function.

use std::collections::{BTreeMap, BTreeSet};

/// One part of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallGraph {
    /// Instructions of a function and of everything it called, by its name.
    pub instructions: BTreeMap<String, u64>,
    /// How often a function was called, by its name.
    pub calls: BTreeMap<String, u64>,
    /// What a function called, by its name.
    pub callees: BTreeMap<String, BTreeSet<String>>,
    /// The functions that made a system call themselves.
    pub system_callers: BTreeSet<String>,
    /// What was counted in all, by event: `Ir`, `sysCount`.
    pub totals: BTreeMap<String, u64>,
}

impl CallGraph {
    /// From the text of a file; what is not understood is skipped, as the format asks its readers to.
    pub fn of(text: &str) -> Self {
        let mut graph = Self::default();
        let mut names: BTreeMap<&str, &str> = BTreeMap::new();
        let mut events: Vec<&str> = Vec::new();
        let (mut function, mut callee, mut called) = ("", "", None);
        for line in text.lines() {
            if let Some(found) = line.strip_prefix("events:") {
                events = found.split_whitespace().collect();
            } else if let Some(costs) = line.strip_prefix("totals:") {
                let costs = costs.split_whitespace().filter_map(|cost| cost.parse().ok());
                graph.totals = events.iter().map(|&event| event.to_owned()).zip(costs).collect();
            } else if let Some(name) = line.strip_prefix("fn=") {
                function = resolve(&mut names, name);
            } else if let Some(name) = line.strip_prefix("cfn=") {
                callee = resolve(&mut names, name);
            } else if let Some(count) = line.strip_prefix("calls=") {
                called = count.split_whitespace().next().and_then(|count| count.parse::<u64>().ok());
            } else if line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) {
                let cost = line.split_whitespace().nth(1).and_then(|cost| cost.parse().ok()).unwrap_or(0);
                let count = called.take();
                let place = events.iter().position(|event| *event == "sysCount");
                let calls = place.and_then(|place| line.split_whitespace().nth(place + 1));
                if count.is_none() && calls.is_some_and(|calls| calls != "0") {
                    graph.system_callers.insert(function.to_owned());
                }
                // A function that calls itself has the inner cost already.
                if count.is_none() || callee != function {
                    add(&mut graph.instructions, function, cost);
                }
                if let Some(count) = count {
                    add(&mut graph.calls, callee, count);
                    graph.callees.entry(function.to_owned()).or_default().insert(callee.to_owned());
                }
            }
        }
        graph
    }
}

impl CallGraph {
    /// The functions that these called, and those called by them.
    pub fn below<'a>(&'a self, functions: impl IntoIterator<Item = &'a String>) -> BTreeSet<&'a String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&String> = functions.into_iter().collect();
        while let Some(callees) = open.pop().map(|name| self.callees.get(name)) {
            open.extend(callees.into_iter().flatten().filter(|name| found.insert(*name)));
        }
        found
    }
}

fn add(sums: &mut BTreeMap<String, u64>, name: &str, more: u64) {
    match sums.get_mut(name) {
        Some(sum) => *sum = sum.saturating_add(more),
        None => drop(sums.insert(name.to_owned(), more)),
    }
}

/// The name that `(3) name` gives to 3 and `(3)` repeats, without the mark of a recursion.
fn resolve<'a>(names: &mut BTreeMap<&'a str, &'a str>, text: &'a str) -> &'a str {
    let (number, name) = text.split_once(')').unwrap_or(("", text));
    match name.trim() {
        "" => names.get(number).copied().unwrap_or_default(),
        name => {
            let name = name.rsplit_once('\'').filter(|(_, n)| n.parse::<u32>().is_ok()).map_or(name, |(name, _)| name);
            names.insert(number, name);
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_inclusive_and_names_are_repeated_by_number() {
        let text = "events: Ir sysCount\n\nfl=(1) a.rs\nfn=(1) outer\n1 10 1\ncfn=(2) inner\ncalls=3 0\n2 30\n+1 5\n\n\
                    fn=(2)\n9 30\ncfn=(2)\ncalls=2 0\n* 7\ncfn=(3) malloc\ncalls=4 0\n-1 0\n\ntotals: 45 1\n";
        let graph = CallGraph::of(text);
        let of = |pairs: &[(&str, u64)]| pairs.iter().map(|&(name, sum)| (name.to_owned(), sum)).collect();
        assert_eq!(graph.instructions, of(&[("outer", 45), ("inner", 30)]));
        assert_eq!(graph.calls, of(&[("inner", 5), ("malloc", 4)]));
        assert_eq!(graph.totals, of(&[("Ir", 45), ("sysCount", 1)]));
        assert_eq!(graph.system_callers.iter().collect::<Vec<_>>(), ["outer"]);
        assert_eq!(graph.below([&"inner".to_owned()]).into_iter().collect::<Vec<_>>(), ["inner", "malloc"]);
        assert_eq!(CallGraph::of("no profile"), CallGraph::default());
    }
}
