//! Each benchmark as a whole: what was measured and what was counted of it, under its worst verdict.

use std::collections::BTreeMap;

use super::judge::Gate;
use super::series::SeriesVerdict;
use crate::verdict::Verdict;

/// All results of one benchmark.
#[derive(Clone, Debug)]
pub struct BenchmarkVerdict<'a> {
    /// The result that decides: a regression before what is undecided, that before an improvement, pairs before counts. Fewer
    /// instructions improve nothing that was timed.
    pub lead: &'a SeriesVerdict,
    pub others: Vec<&'a SeriesVerdict>,
}

impl Gate {
    /// All benchmarks that have a result, ordered by topic and name. A count of another target joins the benchmark of its
    /// name where one alone was measured in pairs.
    pub fn by_benchmark(&self) -> Vec<BenchmarkVerdict<'_>> {
        let mut topics: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for series in self.benchmarks.iter().filter(|series| !series.is_other_clock) {
            topics.entry(&series.benchmark).or_default().push(&series.topic);
        }
        let topic = |series: &'_ SeriesVerdict| match topics.get(series.benchmark.as_str()).map(Vec::as_slice) {
            Some([only]) => (*only).to_owned(),
            _ => series.topic.clone(),
        };
        let mut all: BTreeMap<(String, &str), Vec<&SeriesVerdict>> = BTreeMap::new();
        for series in self.results() {
            all.entry((topic(series), &series.benchmark)).or_default().push(series);
        }
        all.into_values().filter_map(whole).collect()
    }
}

impl BenchmarkVerdict<'_> {
    /// Whether it has that verdict, and no rule accepts it.
    pub fn is(&self, verdict: Verdict) -> bool {
        self.lead.verdict == verdict && self.lead.accepted.is_none()
    }

    pub fn all(&self) -> impl Iterator<Item = &SeriesVerdict> {
        [self.lead].into_iter().chain(self.others.iter().copied())
    }
}

fn whole(mut results: Vec<&SeriesVerdict>) -> Option<BenchmarkVerdict<'_>> {
    let is_timed = results.iter().any(|series| series.class.is_some());
    let place = (0..results.len()).min_by_key(|&place| rank(results[place], is_timed))?;
    Some(BenchmarkVerdict { lead: results.remove(place), others: results })
}

/// The worst first; of equal ones the first decides.
fn rank(series: &SeriesVerdict, is_timed: bool) -> u8 {
    match series.verdict {
        Verdict::Regressed if series.accepted.is_none() => 0,
        Verdict::Invalid => 1,
        Verdict::Inconclusive if series.accepted.is_none() => 2,
        Verdict::Regressed | Verdict::Inconclusive => 3,
        Verdict::Improved if series.class.is_some() || !is_timed => 4,
        Verdict::Improved | Verdict::Unchanged => 5,
    }
}

#[cfg(test)]
mod tests {
    use crate::gate::{GatePolicy, gate};
    use crate::model::PairedRun;
    use crate::verdict::Verdict;
    use crate::verdict::fixture::{count, empty_paired_run, execution, paired};

    #[test]
    fn a_benchmark_is_what_its_worst_result_is() {
        let mut counts = execution("t", "b", [1_000_000, 4, 20], [1_100_000, 4, 20]);
        counts.push(count("alone", 1_000, 1_000));
        counts.push(count("c", 1_000, 1_000));
        counts.push(count("e", 1_000_000, 900_000));
        counts.push(count("fewer", 1_000_000, 900_000));
        let paired = |topic, name, change| paired(topic, name, change, 0.01, 15);
        let benchmarks =
            vec![paired("t", "b", 0.0), paired("t", "c", 0.2), paired("u", "d", -0.2), paired("t", "e", 0.0)];
        let gate = gate(&PairedRun { benchmarks, counts, ..empty_paired_run() }, &GatePolicy::default());
        let wholes: Vec<_> = gate
            .by_benchmark()
            .iter()
            .map(|it| (it.lead.benchmark.clone(), it.lead.verdict, it.all().count()))
            .collect();
        let expected = [
            ("alone".to_owned(), Verdict::Unchanged, 1),
            ("fewer".to_owned(), Verdict::Improved, 1),
            ("b".to_owned(), Verdict::Regressed, 4),
            ("c".to_owned(), Verdict::Regressed, 2),
            ("e".to_owned(), Verdict::Unchanged, 2),
            ("d".to_owned(), Verdict::Improved, 1),
        ];
        assert_eq!(wholes, expected);
    }
}
