//! The end of `cargo bench`: the answer and one line a topic, on one screen.

use std::path::Path;

use super::answer::choice_text;
use super::doctor::fitness_text;
use crate::advise::answer::{Advice, Answer, Choice};
use crate::advise::{Pair, SpeedUp, Summary, Topic};
use crate::model::topics::{TopicKind, is_lower_bound, topics_of};
use crate::model::{Estimate, Quality, Run};
use crate::report::escape::plain;
use crate::report::number::labelled;
use crate::report::number::{interval, quantity};
use crate::report::page::FACTOR;

const WIDTH: usize = 80;
const WORKS: usize = 36;
const TOPICS: usize = 11;

/// At most 45 lines of 80 columns; `saved` is where the run is stored.
pub fn digest(run: &Run, summary: &Summary, answer: &Answer, saved: &Path, note: Option<&str>) -> String {
    let mut lines = header(run);
    lines.push(String::new());
    lines.push("Threads or processes?".to_owned());
    lines.extend(answer.advice.iter().map(advice));
    lines.push(String::new());
    lines.push("Processes ÷ threads, by topic".to_owned());
    lines.extend(summary.topics.iter().map(topic));
    lines.extend(topics_of(TopicKind::Counted).map(|name| row(name, TOPICS, &counted(run, name))));
    lines.extend(topics_of(TopicKind::External).map(|name| row(name, TOPICS, &counted(run, name))));
    lines.push(String::new());
    let inconclusive = run.measurements.iter().filter(|it| it.quality != Quality::Good).count();
    let (failed, skipped) = (run.failures.len(), run.omissions.len());
    lines.push(format!(
        "{} measurements; {failed} failed, {skipped} skipped, {inconclusive} inconclusive",
        run.measurements.len()
    ));
    lines.extend(run.failures.iter().take(3).map(|it| format!("  failed: {}: {}", it.benchmark, it.reason)));
    let mut lines: Vec<String> = lines.iter().map(|line| fitted(&plain(line))).collect();
    // A path is for copying: it stays whole.
    lines.push(format!("saved: {}", plain(&saved.display().to_string())));
    lines.extend(note.map(|note| fitted(&format!("  {note}"))));
    lines.extend(
        [
            "",
            "More: parcost show last             every table behind this",
            "      parcost answer                claims, crossovers, numbers of workers",
            "      parcost report                one HTML page of all runs",
        ]
        .map(str::to_owned),
    );
    format!("{}\n", lines.join("\n"))
}

fn header(run: &Run) -> Vec<String> {
    let name = run.machine.hardware.get("cpu_name").or(run.machine.hardware.get("cpu")).and_then(|fact| fact.value());
    let suitable = run.fitness.as_ref().map_or("unknown".to_owned(), |it| fitness_text(it.fit_for, &it.reasons));
    let commit = run.commit.id.as_deref().map_or("no commit", |id| id.get(..12).unwrap_or(id));
    vec![
        format!("machine: {}{}", run.machine.key, name.map_or(String::new(), |name| format!(", {name}"))),
        format!("suitable for: {suitable}"),
        format!("duration: {}, scope: {}, commit: {commit}", quantity(run.duration_s * 1e9, "ns"), run.profile),
    ]
}

fn advice(advice: &Advice) -> String {
    let text = match &advice.choice {
        Ok(Choice::ThreadsCheaperToStart(start)) => {
            format!("either: threads start {} cheaper", quantity(start.center(), FACTOR))
        }
        Ok(choice) => choice_text(Some(choice)),
        Err(absent) if absent.is_missing() => format!("missing: {absent}"),
        Err(absent) => format!("inconclusive: {absent}"),
    };
    row(advice.work.trim_end_matches(" a process"), WORKS, &text)
}

/// The first comparison of a topic that has a ratio, at the largest parameters; of a curve at the most workers.
fn topic(topic: &Topic) -> String {
    let text = match (&topic.missing, of_pairs(&topic.pairs).or_else(|| of_curve(&topic.speed_ups))) {
        (Some(reason), _) => format!("missing: {reason}"),
        (None, Some((label, ratio))) => format!("{label:<30} {}", interval(ratio, FACTOR)),
        (None, None) => "no ratio that can be relied on".to_owned(),
    };
    row(&topic.topic, TOPICS, &text)
}

fn of_pairs(pairs: &[Pair]) -> Option<(String, Estimate)> {
    let mechanisms = pairs.iter().filter(|pair| !is_lower_bound(&pair.thread.benchmark.function));
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

fn counted(run: &Run, topic: &str) -> String {
    match run.measurements.iter().filter(|it| it.topic == topic).count() {
        0 => "not measured".to_owned(),
        count => format!("{count} measurements"),
    }
}

fn row(name: &str, width: usize, text: &str) -> String {
    format!("  {name:<width$} {text}")
}

fn fitted(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    let kept: String = line.chars().take(WIDTH - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::answer::answer;
    use crate::advise::summary;

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
            let text = digest(&run, &summary(&run), &answer(&run, []), Path::new("results/v1/run.json"), None);
            assert!(text.lines().count() <= 45, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
            let name = format!("digest_{}", run.id);
            insta::assert_snapshot!(name, text);
        }
    }
}
