use std::collections::BTreeMap;

use super::document::embedded;
use super::document::policy;
use super::*;
use crate::model::{Fact, MachineKey, Run};
use crate::trend::{self, History, RunIndex, Selection};
use crate::verdict::fixture;

/// Markup, quotes, ends of scripts, and marks that turn the direction of reading.
const HOSTILE: &str =
    "<img src=x onerror=alert(1)>\"'`--></script><script>alert(1)</script>]]>\u{202e}\u{5d0}&amp;{{ 7 }}";

fn report(runs: &[Run]) -> String {
    page_with(runs, &[], Some("https://example.org/owner/name"))
}

fn page_with(runs: &[Run], lines: &[(String, String)], repository: Option<&str>) -> String {
    let histories = histories_of(runs);
    html(&Stored {
        runs: &runs.iter().collect::<Vec<_>>(),
        sessions: &[],
        histories: &histories.iter().collect::<Vec<_>>(),
        gates: &[],
        lines,
        comparison: None,
        repository,
        pages: lines,
    })
}

fn histories_of(runs: &[Run]) -> Vec<History> {
    let mut by_machine: BTreeMap<&MachineKey, RunIndex> = BTreeMap::new();
    for run in runs {
        let excerpt = serde_json::from_value(serde_json::to_value(run).unwrap()).unwrap();
        by_machine.entry(&run.machine.key).or_default().insert(&run.id, excerpt);
    }
    let selection = Selection { dirty: true, partial: true, ..Selection::default() };
    let history = |(machine, index): (&MachineKey, RunIndex)| {
        trend::history(machine.clone(), "results", index, Err("no git"), &selection, &[])
    };
    by_machine.into_iter().map(history).collect()
}

/// A run at a place of a history: one commit and one hour after the one before.
fn run_at(place: usize) -> Run {
    let mut run = fixture::empty_run();
    run.id = format!("{place:016x}");
    run.commit.id = Some(format!("{place:012x}{:028x}", 0));
    let time = format!("2026-{:02}-{:02}T{:02}:00:00Z", place / 672 % 12 + 1, place / 24 % 28 + 1, place % 24);
    (run.commit.time, run.started) = (Some(time.clone()), time);
    run.commit.dirty = false;
    run
}

fn noise(seed: usize) -> f64 {
    fastrand::Rng::with_seed(seed as u64).f64() * 2.0 - 1.0
}

/// A history of so many series and runs, each with a step in its last third.
fn history(series: usize, runs: usize) -> Vec<Run> {
    stepped(series, runs, 1)
}

/// The same, where only each `every`th series has the step.
fn stepped(series: usize, runs: usize, every: usize) -> Vec<Run> {
    let measured = |place: usize, number: usize| {
        let step = if place > runs * 2 / 3 && number.is_multiple_of(every) { 1.2 } else { 1.0 };
        let center = 10_000.0 * (number + 1) as f64 * step * (1.0 + 0.02 * noise(place * 997 + number));
        let reach = 0.01 * center;
        fixture::time("spawn", &format!("spawn/thread/count={number}"), center, center - reach, center + reach)
    };
    let run = |place| {
        let mut run = run_at(place);
        run.measurements = (0..series).map(|number| measured(place, number)).collect();
        run
    };
    (0..runs).map(run).collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let begin = text.find(start).unwrap() + start.len();
    &text[begin..begin + text[begin..].find(end).unwrap()]
}

/// The page without its style and script, which have files of their own.
fn without_code(page: &str) -> String {
    let [style, script] = [between(page, "<style>", "</style>"), between(page, "<script>", "</script>")];
    page.replace(style, "…").replace(script, "…").replace(between(page, "style-src ", "\""), "…")
}

/// Every element is closed where it was opened, every attribute quoted; nothing is left open.
fn check_form(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find('>').expect("an element ends");
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        let name = tag.split([' ', '\n', '/']).next().unwrap();
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "at {}", &after[..after.len().min(80)]);
            continue;
        }
        if tag.starts_with('!') {
            continue;
        }
        let words = tag[name.len()..].trim_end_matches('/');
        let quotes = words.matches('"').count();
        assert!(quotes % 2 == 0 && words.matches("=\"").count() * 2 == quotes, "{tag}");
        if matches!(name, "style" | "script") {
            rest = &rest[rest.find("</").unwrap()..];
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn a_small_page_looks_like_this() {
    let mut runs = [fixture::run(), fixture::run()];
    runs[1].id = "00000000000000bb".to_owned();
    runs[1].commit.id = Some("fedcba9876543210fedcba9876543210fedcba98".to_owned());
    runs[1].commit.time = Some("2026-02-04T04:05:06Z".to_owned());
    let page = report(&runs);
    check_form(&page);
    insta::assert_snapshot!("html", without_code(&page));
}

#[test]
fn a_page_of_nothing_is_a_page() {
    check_form(&report(&[]));
    check_form(&report(&[fixture::empty_run()]));
}

#[test]
fn no_name_becomes_anything_but_text() {
    let mut runs = history(2, 60);
    for run in &mut runs {
        for measurement in &mut run.measurements {
            measurement.benchmark.function.push_str(HOSTILE);
            measurement.topic = HOSTILE.to_owned();
        }
        run.commit.branch = Some(HOSTILE.to_owned());
        run.commit.id = run.commit.id.as_ref().map(|id| format!("{HOSTILE}{id}"));
        run.profile = HOSTILE.to_owned();
        run.machine.hardware.insert(HOSTILE.to_owned(), Fact::Value(HOSTILE.to_owned()));
        run.omissions.push(fixture::omission(HOSTILE, HOSTILE, HOSTILE));
        run.measurements.push(fixture::time("cpu", "calc/threads/workers=1", 10.0, 10.0, 10.0));
        run.measurements.push(fixture::time("cpu", "calc/threads/workers=2", 10.0, 10.0, 10.0));
        run.measurements.push(fixture::time("spawn", "fork_price/fork/rss_mib=16", 10.0, 10.0, 10.0));
        run.measurements.last_mut().unwrap().benchmark.function = HOSTILE.to_owned();
    }
    let lines = [(HOSTILE.to_owned(), HOSTILE.to_owned())];
    let page = page_with(&runs, &lines, None);
    check_form(&page);
    assert_eq!(page.matches("<script").count(), 2, "the data and the script");
    assert!(!page.contains("<img") && !page.contains('\u{202e}') && page.contains("{{ 7 }}"), "escaped everywhere");
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;"), "and still shown");
    let data: serde_json::Value = serde_json::from_str(between(&page, "id=\"data\">", "</script>")).unwrap();
    assert!(data["commits"][0][0].as_str().unwrap().starts_with("<img"));
    assert!(!embedded("</script>\u{2028}&").contains(['<', '>', '&', '\u{2028}']));
}

#[test]
fn the_policy_allows_this_style_and_this_script_alone() {
    let page = report(&[fixture::run()]);
    let [style, script] = [between(&page, "<style>", "</style>"), between(&page, "<script>", "</script>")];
    assert_eq!(between(&page, "Content-Security-Policy\" content=\"", "\""), policy(style, script));
    for forbidden in ["style=", " on", "http:", "https:", "javascript:", "src=", "<link", "@import", "url("] {
        assert!(
            !without_code(&page).replace("https://example.org", "").split('<').any(|tag| {
                tag.split('>').next().unwrap().contains(forbidden)
                    && !["aria-label", " title="].iter().any(|it| tag.contains(it))
            }),
            "{forbidden}"
        );
        assert!(!["url(", "@import", "http"].iter().any(|word| style.contains(word)));
    }
}

#[test]
fn a_thousand_series_of_two_hundred_commits_are_a_page_of_a_megabyte_and_a_half() {
    let [few, more] = [10, 60].map(|series| report(&stepped(series, 200, 10)));
    assert_eq!(more.matches("<details class=\"series\"").count(), 60, "every series has a card");
    let of_one = (more.len() - few.len()) / 50;
    assert!(few.len() + 990 * of_one <= 1_500_000, "{} bytes, and {of_one} a series", few.len());
    check_form(&more);
}

#[test]
fn a_finding_is_at_its_commit_with_what_else_changed() {
    let mut runs = history(1, 90);
    for run in &mut runs[61..] {
        run.toolchain.facts.insert("rustc".to_owned(), Fact::Value("1.96.0".to_owned()));
    }
    let page = report(&runs);
    assert!(page.contains("1 change in 90 commits: code, 2026-01-03; 1 regression open"), "{}", part_of(&page));
    assert!(page.contains("regressed 1 · improved 0 · machine 0 · drifts 0; 1 of 1 series judged"));
    let finding = between(&page, "<ul class=\"findings\">", "</ul>");
    assert!(finding.matches("<li>").count() == 1 && finding.contains("regressed +2"), "{finding}");
    assert!(finding.contains("rustc: 1.95.0 → 1.96.0"), "{finding}");
    let data: serde_json::Value = serde_json::from_str(between(&page, "id=\"data\">", "</script>")).unwrap();
    let chart = &data["histories"][0];
    assert_eq!((&chart["marks"][0]["at"], &chart["marks"][0]["class"]), (&61.into(), &"worse".into()));
    assert_eq!(data["commit_address"], "https://example.org/owner/name/commit/");
}

/// What the page says of changes.
fn part_of(page: &str) -> &str {
    between(page, "<section id=\"changes\"", "</section>")
}

#[test]
fn what_is_the_machines_is_no_open_regression_and_in_no_colour() {
    let mut runs = history(3, 90);
    for run in &mut runs {
        run.toolchain.facts.insert("binaries".to_owned(), Fact::Value("the same".to_owned()));
        run.commit.binaries_hash = Some("the same".to_owned());
    }
    let page = report(&runs);
    let part = part_of(&page);
    assert!(part.contains("1 change in 90 commits: machine, 2026-01-03; 0 regressions open"), "{part}");
    assert!(!part.contains("status worse") && part.contains("in 3 series, most in"), "{part}");
}

#[test]
fn one_run_is_a_whole_page_without_a_word_on_its_missing_history() {
    let page = report(&[fixture::run()]);
    assert!(!page.contains("id=\"changes\"") && !page.contains("not judged"), "nothing is said of changes");
    assert_eq!(page.matches("<div class=\"card\">").count(), 5, "a card for each kind of work");
    assert!(page.contains("id=\"costs\"") && page.contains("a copy of the parent process, made by fork"));
}

#[test]
fn machines_are_compared_and_their_disagreements_come_first() {
    let mut runs = [fixture::run(), fixture::run()];
    let fork = runs[0].measurements[3].benchmark.to_string();
    runs[0].measurements[3] = fixture::time("spawn", &fork, 1_000.0, 990.0, 1_010.0);
    runs[1].machine.key = crate::model::MachineKey::new("aarch64-made-up-4c-00000000").unwrap();
    runs[1].machine.hardware.insert("cores".to_owned(), Fact::Value("4".to_owned()));
    let page = report(&runs);
    check_form(&page);
    let part = between(&page, "<section id=\"machines\"", "</section>");
    let order = [
        "a forked process costs more",
        "The largest significant differences of ratios",
        "Geometric means",
        "<td class=\"name\">hardware cores</td>",
    ];
    let places = order.map(|piece| part.find(piece).unwrap_or_else(|| panic!("no {piece} in {part}")));
    assert!(places.is_sorted(), "{places:?}");
    assert!(part.contains("<dt>A</dt><dd>aarch64-made-up-4c-00000000, run"), "{part}");
    assert!(!part.contains("<td class=\"name\">hardware cpu</td>"), "what is the same is no difference");
    runs[0].forms.extend(["calc", "spawn"].map(|group| (group.to_owned(), 2)));
    let page = report(&runs);
    for section in ["answer", "machines"] {
        let part = between(&page, &format!("<section id=\"{section}\""), "</section>");
        assert!(part.contains("in another form"), "{part}");
    }
    let answers = between(&page, "<table class=\"sides\"", "<details>");
    assert!(
        answers.contains("*</b>") && answers.contains("* A: of an older form, which measured something else: calc."),
        "{answers}"
    );
}

#[test]
fn an_inconclusive_number_is_nowhere_in_the_page() {
    let mut run = fixture::empty_run();
    let measured = fixture::time("spawn", "spawn/command/count=1", 77_700.0, 77_700.0, 77_700.0);
    run.measurements.push(fixture::inconclusive(measured, "the CPU was given to others"));
    let page = without_code(&report(&[run]));
    assert!(!page.contains("77.7") && page.contains("the CPU was given to others"));
}
