//! What a reader of a gate does next: measure it again, or accept the change.

use std::collections::BTreeMap;

use crate::gate::Gate;
use crate::model::{Estimate, Metric, PairedRun, short};
use crate::report::page::{Note, NoteKind, Section};
use crate::verdict::{Outcome, Verdict};

/// More rows than a reader looks at; the others are among all results.
pub(super) const ROWS_MAX: usize = 15;
/// More benchmarks than one command names.
const FILTERED_MAX: usize = 3;

/// What a reader in a terminal does next.
pub(super) fn next(run: &PairedRun, gate: &Gate) -> String {
    let shown = |id: &Option<String>| id.as_ref().map_or("HEAD".to_owned(), |id| short(id));
    match gate.outcome {
        Outcome::Pass => "`--verbose` prints all results, the conditions and the method".to_owned(),
        _ => {
            format!("`{}` measures it again", reproduce([shown(&run.baseline.id), shown(&run.candidate.id)], run, gate))
        }
    }
}

/// The lines that accept what regressed and what is missing.
pub(super) fn acceptance(run: &PairedRun, gate: &Gate) -> Section {
    let mut section = accepting(intended(gate, run.candidate.id.as_deref().unwrap_or_default()));
    for series in gate.results() {
        if let Some(why) = &series.not_accepted {
            section.note(NoteKind::Note, &series.benchmark, &format!("not accepted: {why}"));
        }
    }
    section
}

pub(super) fn accepting(rules: Option<(String, String)>) -> Section {
    let mut section = Section::new("Acceptance");
    section.notes.extend(rules.map(|(what, rules)| Note {
        kind: NoteKind::Note,
        subjects: Vec::new(),
        count: 1,
        text: format!("{what}:\n{rules}"),
    }));
    section
}

/// Measures again what the verdict hangs on. Everything in it was checked when the run was read, or is plain.
pub(super) fn reproduce([base, head]: [String; 2], run: &PairedRun, gate: &Gate) -> String {
    let all = gate.by_benchmark();
    let of = |verdict| all.iter().filter(move |it| it.is(verdict)).map(|it| it.lead.benchmark.as_str());
    let regressed: Vec<&str> = of(Verdict::Regressed).collect();
    let named = if regressed.is_empty() { of(Verdict::Inconclusive).collect() } else { regressed };
    let is_named = (1..=FILTERED_MAX).contains(&named.len()) && named.iter().all(|name| is_plain(name));
    let names: Vec<String> = named.iter().map(|name| name.replace('.', "\\.")).collect();
    let filter = if is_named { format!(" --filter '^({})$'", names.join("|")) } else { String::new() };
    let budget = format!(" --budget {:.0}s", run.budget_needed_s.unwrap_or(run.budget_s).ceil());
    // What is not plain is left to the reader.
    let is_kept = |it: &&String| !(is_named && it.starts_with("--filter=")) && it.chars().all(is_harmless);
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "/_-=.:,".contains(c);
    let quoted = |it: &String| if it.chars().all(is_bare) { format!(" {it}") } else { format!(" '{it}'") };
    let options: String = run.options.iter().filter(is_kept).map(quoted).collect();
    format!("parcost gate --base {base} --head {head}{budget}{options}{filter}")
}

fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || " /_-=.:".contains(c))
}

/// Whether it means nothing to a shell within quotes, and nothing to Markdown within code.
fn is_harmless(c: char) -> bool {
    (c.is_ascii_graphic() || c == ' ') && !['\'', '`'].contains(&c)
}

/// The rules that accept what regressed and what is missing, at the commit that was measured; a name that is not plain has
/// none.
pub(super) fn intended(gate: &Gate, commit: &str) -> Option<(String, String)> {
    // One rule covers all metrics of a benchmark, as far as the one that changed most.
    let mut most: BTreeMap<&str, Estimate> = BTreeMap::new();
    for series in gate.results().filter(|series| series.is_regression()) {
        if let Some(change) = series.change {
            let known = most.entry(&series.benchmark).or_insert(change);
            *known = if change.center() > known.center() { change } else { *known };
        }
    }
    let missing = gate.missing.iter().filter(|missing| is_plain(&missing.benchmark));
    let missing = missing.map(|it| format!("[[missing]]\nbenchmark = \"{}\"\nreason = \"\"\n", it.benchmark));
    let regressed = most.into_iter().filter(|_| !commit.is_empty());
    let regressed = regressed.filter_map(|(benchmark, change)| rule(benchmark, None, commit, change));
    titled(regressed.take(ROWS_MAX).chain(missing.take(ROWS_MAX)).collect())
}

pub(super) fn titled(rules: Vec<String>) -> Option<(String, String)> {
    let title = "intended? add to .github/perf-accepted.toml, each with its reason".to_owned();
    (!rules.is_empty()).then(|| (title, rules.join("\n")))
}

/// The rule that accepts a change for the worse, by how many times it is worse; a name that is not plain has none.
pub(super) fn rule(benchmark: &str, metric: Option<Metric>, commit: &str, change: Estimate) -> Option<String> {
    let ratio = 1.0 + change.center();
    let factor = (ratio.max(ratio.recip()) * 100.0).ceil() / 100.0;
    factor.is_finite().then(|| rule_up_to(benchmark, metric, commit, &format!("factor = {factor:.2}")))?
}

/// The same with its limit: a factor, or a level.
pub(super) fn rule_up_to(benchmark: &str, metric: Option<Metric>, commit: &str, limit: &str) -> Option<String> {
    let is_named = [benchmark, commit].iter().all(|name| is_plain(&name.replace(['(', ')'], "")));
    let metric = metric.map_or(String::new(), |metric| format!("metric = \"{metric}\"\n"));
    (is_named && is_plain(&limit.replace('"', ""))).then(|| {
        format!("[[accepted]]\nbenchmark = \"{benchmark}\"\n{metric}commit = \"{commit}\"\n{limit}\nreason = \"\"\n")
    })
}
