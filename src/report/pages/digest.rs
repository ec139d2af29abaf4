//! The end of `cargo bench`: the answer, the key costs and one line a topic, on one screen.

use super::answer::{advice_section, costs};
use super::machine::fitness_text;
use super::run::{RunData, measurement_sections};
use super::{intervals_text, run_text};
use crate::advise::answer::answer;
use crate::advise::{Intervals, Pair, SpeedUp, Summary, key_costs, summary};
use crate::model::topics::is_lower_bound;
use crate::model::{Estimate, Metric};
use crate::report::number::{labelled, quantity};
use crate::report::page::{Cell, NoteKind, Page, Section, Table};
use crate::verdict::{Sessions, value_of};

const FAILURES_MAX: usize = 3;
/// So few values, as of a filtered run, are all printed.
const VALUES_MAX: usize = 30;

/// What was measured, and nothing of what was not; `saved` is where the run is stored, and why there.
pub fn digest(sessions: &Sessions, saved: &str) -> Page {
    let run = sessions.run();
    let mut page = Page { title: "Threads or processes?".to_owned(), ..Page::default() };
    let name = run.machine.hardware.get("cpu_name").or(run.machine.hardware.get("cpu")).and_then(|fact| fact.value());
    page.line("machine", format!("{}{}", run.machine.key, name.map_or(String::new(), |name| format!(", {name}"))));
    if let Some(fitness) = &run.fitness {
        page.line("suitable for", fitness_text(fitness.fit_for, &fitness.reasons));
    }
    page.line("run", format!("{}, {}", run_text(run), quantity(run.duration_s * 1e9, "ns")));
    let inconclusive = run.measurements.iter().filter(|it| value_of(it).is_err()).count();
    page.line(
        "measured",
        format!(
            "{} values; {} failed, {} skipped, {inconclusive} inconclusive",
            run.measurements.len(),
            run.failures.len(),
            run.omissions.len()
        ),
    );
    page.line("saved", saved);
    if run.measurements.len() <= VALUES_MAX {
        page.line("intervals", intervals_text(&Intervals::of(sessions)));
        page.sections = measurement_sections(&RunData::new(sessions, None));
    }
    page.sections.extend([advice_section(&answer(sessions)), costs(&key_costs(sessions)), topics(&summary(sessions))]);
    for section in &mut page.sections {
        section.notes.retain(|note| note.kind != NoteKind::NotMeasured);
    }
    let mut failed = Section::new("Failed");
    for failure in run.failures.iter().take(FAILURES_MAX) {
        failed.note(NoteKind::Failed, &failure.benchmark, &failure.reason);
    }
    page.sections.push(failed);
    page.with_next("`parcost answer --all`, `parcost show last` for every table, `parcost report` for a page")
}

/// The first comparison of each topic that has a ratio of times, at the largest parameters; of a curve at the most workers.
fn topics(summary: &Summary) -> Section {
    let rows = summary.topics.iter().filter_map(|topic| {
        let (label, ratio) = of_pairs(&topic.pairs).or_else(|| of_curve(&topic.speed_ups))?;
        Some(vec![Cell::name(&topic.topic), Cell::text(label), Cell::factor(&Ok(ratio), true)])
    });
    Section::new("By topic").tabled(None, Table::of(&["topic", "for example", "#processes ÷ threads"], rows))
}

fn of_pairs(pairs: &[Pair]) -> Option<(String, Estimate)> {
    let is_of_times =
        |pair: &&Pair| pair.metric == Metric::WallTime && !is_lower_bound(&pair.thread.benchmark.function);
    let mechanisms = pairs.iter().filter(is_of_times);
    let measured: Vec<_> = mechanisms.filter_map(|pair| Some((pair, pair.process_to_thread.clone().ok()?))).collect();
    let first = &measured.first()?.0.label;
    // The largest payload says most; how many are started at once is another question.
    let is_typical = |pair: &Pair| pair.label == *first && pair.parameters.get("count").is_none_or(|count| *count == 1);
    measured
        .iter()
        .rfind(|(pair, _)| is_typical(pair))
        .map(|(pair, ratio)| (labelled(&pair.label, &pair.parameters), *ratio))
}

fn of_curve(rows: &[SpeedUp]) -> Option<(String, Estimate)> {
    let ratio = |row: &SpeedUp| row.process_to_thread.clone()?.ok();
    let first = rows.iter().find(|row| ratio(row).is_some())?;
    let last = rows.iter().rfind(|row| row.label == first.label && ratio(row).is_some())?;
    let workers = last.workers.map_or(String::new(), |workers| format!(" ×{workers}"));
    Some((format!("{}{workers}", labelled(&last.label, &last.parameters)), ratio(last)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Run;
    use crate::report::number::interval;
    use crate::report::{TERMINAL_WIDTH, terminal};
    use crate::verdict::fixture;

    #[test]
    fn a_number_has_one_interval_on_the_screen_of_a_few_values() {
        let mut run = fixture::empty_run();
        run.profile = "filtered: fork".to_owned();
        run.measurements = vec![fixture::time("spawn", "spawn/fork/count=1", 61e3, 60e3, 63e3)];
        let sessions = Sessions::new(&run, []);
        let text = anstream::adapter::strip_str(&terminal(&digest(&sessions, "run.json"), TERMINAL_WIDTH)).to_string();
        let cost = sessions.value(&run.measurements[0]).unwrap();
        assert_eq!(text.matches(&interval(cost, "ns")).count(), 2, "{text}");
        assert!(cost.low() < 60e3 && text.contains("for another session"), "{text}");
    }

    #[test]
    fn what_is_printed_as_inconclusive_is_counted() {
        let mut run = fixture::empty_run();
        run.measurements = vec![fixture::time("spawn", "spawn/fork/count=1", 61e3, 30e3, 63e3)];
        let page = digest(&Sessions::new(&run, []), "run.json");
        let text = anstream::adapter::strip_str(&terminal(&page, TERMINAL_WIDTH)).to_string();
        assert!(text.contains(" 1 inconclusive"), "{text}");
    }

    #[test]
    fn the_end_of_a_full_run_fits_on_one_screen() {
        let runs = [
            include_str!(
                "../../../results/v1/machine=x86_64-amd-epyc-2c-5b5fdcec/20261125T105632Z-d1d27d18dab2-9d12719075584038.json"
            ),
            include_str!(
                "../../../results/v1/machine=x86_64-amd-epyc-2c-7ae450de/20261122T181947Z-b816949aea72-49036d555c199dbe.json"
            ),
        ];
        for text in runs {
            let run: Run = serde_json::from_str(text).unwrap();
            let page = digest(&Sessions::new(&run, []), "results/v1/run.json");
            let text = anstream::adapter::strip_str(&terminal(&page, TERMINAL_WIDTH)).to_string();
            assert!(text.lines().count() <= 45, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= TERMINAL_WIDTH), "{text}");
            let name = format!("digest_{}", run.id);
            insta::assert_snapshot!(name, text);
        }
    }
}
