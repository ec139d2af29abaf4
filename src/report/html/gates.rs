//! The newest gates: what each said of its two commits, and which benchmarks changed.

use super::view::{PageView, id, page};
use crate::gate::{GatePolicy, gate};
use crate::model::PairedRun;
use crate::report::pages::gate_overview;

/// The most gates that are shown: older ones are read with `parcost gate --replay`.
pub(super) const GATES_MAX: usize = 5;
/// The newest gates, the newest first, judged by what holds for every gate.
pub(super) fn gates(runs: &[&PairedRun]) -> Vec<PageView> {
    let mut newest: Vec<&PairedRun> = runs.to_vec();
    newest.sort_by(|a, b| (&b.started, &b.id).cmp(&(&a.started, &a.id)));
    newest.into_iter().take(GATES_MAX).map(view).collect()
}

fn view(run: &PairedRun) -> PageView {
    let overview = gate_overview(run, &gate(run, &GatePolicy::default()));
    page(id("gate", &run.id, &[]), run.machine.key.as_str(), overview)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fixture::paired_run;

    #[test]
    fn the_newest_gates_are_listed_with_what_changed() {
        let runs: Vec<PairedRun> = (0..GATES_MAX + 2)
            .map(|day| PairedRun { started: format!("2026-02-{:02}T00:00:00Z", day + 1), ..paired_run() })
            .collect();
        let views = gates(&runs.iter().collect::<Vec<_>>());
        assert_eq!(views.len(), GATES_MAX);
        assert_eq!(views[0].page.title, "Gate of 2026-02-07T00:00:00Z");
        assert!(views[0].page.lines.iter().any(|line| line.name == "outcome"), "{:?}", views[0].page.lines);
        assert_eq!(views[0].page.sections.len(), 2);
    }
}
