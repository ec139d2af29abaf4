//! One history: `trend`, its JSON and the report are views of it and cannot disagree.

mod made;
mod program;

use std::fs;
use std::path::Path;

use made::{commit_id, measurement, run};
use parcost::rooms::model::{Measurement, Metric, Run};
use parcost::rooms::store;
use program::output;
use serde_json::Value;

const MACHINE: &str = "x86_64-made-up-2c-00000000";
/// Where something happens, and how many commits there are.
const AT: usize = 30;
const COMMITS: usize = 60;

fn parcost(folder: &Path, arguments: &[&str], code: i32) -> String {
    output(&program::parcost(folder, arguments).code(code))
}

/// A history of one wall time, and of the reference workloads as a multiple of what they take.
fn history(level: impl Fn(usize) -> f64, machine: impl Fn(usize) -> f64, commits: usize) -> Vec<Run> {
    let made = |commit: usize| {
        let mut run = run(MACHINE, commit);
        let ripple = 1.0 + 0.001 * (commit * 7 % 5) as f64;
        let benchmark = "spawn/thread/count=1".parse().expect("a benchmark's name");
        let ns = 12_000.0 * level(commit) * ripple;
        let percentiles = vec![ns, 1.1 * ns, 1.2 * ns, 1.3 * ns, 1.5 * ns];
        let measured = measurement("spawn", benchmark, Metric::WallTime, ns, 6, machine(commit));
        run.measurements = vec![Measurement { percentiles, ..measured }];
        run
    };
    (0..commits).map(made).collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let begin = text.find(start).expect("it begins") + start.len();
    &text[begin..begin + text[begin..].find(end).expect("it ends")]
}

/// The numbers that the report packs for its script: low, center and high of each commit.
fn unpacked(packed: &Value) -> Vec<f64> {
    let number = |name: &str| packed[name].as_f64().expect("a number");
    let (low, high, reach) = (number("low"), number("high"), number("reach"));
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let points: Vec<char> = packed["points"].as_str().expect("text").chars().collect();
    let whole = |digit: &[char]| digit.iter().fold(0, |sum, c| sum * 64 + digits.find(*c).expect("a digit"));
    let value = |point: &[char]| {
        let center = low * (high / low).powf(whole(&point[..2]) as f64 / 4095.0);
        // Exact values have no ends.
        let ends = whole(&point[2..]);
        let [below, above] = [ends >> 9, ends & 511].map(|steps| (steps as f64 / 511.0 * reach).exp());
        [center / below, center, center * above]
    };
    points.chunks(if reach > 0.0 { 5 } else { 2 }).flat_map(value).collect()
}

#[test]
fn trend_its_json_and_the_report_have_the_same_findings_and_series() {
    let same = |_: usize| 1.0;
    let step = |commit: usize| if commit < AT { 1.0 } else { 1.2 };
    let drift = |commit: usize| 1.0 + 0.01 * commit.saturating_sub(AT) as f64;
    let rule = format!(
        "[[accepted]]\nreason = \"safer\"\nbenchmark = \"spawn/*\"\ncommit = \"{}\"\nfactor = 1.2\n",
        &commit_id(AT)[..12]
    );
    let cases = [
        ("nothing", history(same, same, COMMITS), "", "regressed 0 · improved 0 · machine 0 · drifts 0"),
        ("a step of the code", history(step, same, COMMITS), "", "regressed 1 · improved 0 · machine 0 · drifts 0"),
        ("a step of the machine", history(step, step, COMMITS), "", "regressed 0 · improved 0 · machine 1 · drifts 0"),
        ("a drift", history(drift, same, COMMITS), "", "regressed 0 · improved 0 · machine 0 · drifts 1"),
        (
            "an accepted change",
            history(step, same, COMMITS),
            &rule,
            "regressed 0 · improved 0 · machine 0 · accepted 1 · drifts 0",
        ),
        ("one run", history(same, same, 1), "", "regressed 0 · improved 0 · machine 0 · drifts 0"),
    ];
    for (name, runs, rules, expected) in cases {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path();
        for run in &runs {
            let place = store::layout::machine_folder(&path.join("results"), &run.machine.key);
            fs::create_dir_all(&place).expect("the folder is ours");
            let file = place.join(store::layout::file_name(run).expect("made with a name"));
            fs::write(file, serde_json::to_string(run).expect("made to be stored")).expect("the folder is ours");
        }
        fs::write(path.join("rules.toml"), rules).expect("the folder is ours");
        let trend = |format| parcost(path, &["trend", "--accepted", "rules.toml", "--format", format], 0);
        let in_a_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = ["terminal", "markdown"].map(|format| in_a_line(trend(format)));
        assert!(words.iter().all(|words| words.contains(expected)), "{name}: {words:?}");

        let json = trend("json");
        let data: Value = serde_json::from_str(&json).expect("JSON");
        let history = &data["histories"][0];
        let found = history["findings"].as_array().expect("findings");
        for (word, count) in [("regressed", "regressed"), ("machine", "machine"), ("accepted", "accepted")] {
            let wanted: u64 = expected.split(word).nth(1).map_or(0, |rest| rest[1..2].parse().expect("a digit"));
            assert_eq!(history["counts"][count], wanted, "{name}");
        }
        assert!(found.iter().all(|finding| finding["culprit"] == commit_id(AT).as_str()), "{name}: {found:?}");
        let drifts = history["drifts"].as_array().expect("drifts");
        let change = |finding: &Value| finding["change"]["center"].as_f64().expect("a number") * 100.0;
        let changes: Vec<String> = found.iter().chain(drifts).map(|it| format!("{:+.1} %", change(it))).collect();
        assert!(changes.iter().all(|change| words.iter().all(|words| words.contains(change))), "{name}: {changes:?}");

        parcost(path, &["report", "--output", "page.html", "--accepted", "rules.toml"], 0);
        let page = fs::read_to_string(path.join("page.html")).expect("it was written");
        assert!(changes.iter().all(|change| page.contains(change)), "{name}: {changes:?}");
        let open = if expected.contains("regressed 1") { "1 regression open" } else { "0 regressions open" };
        if runs.len() > 1 {
            assert!(between(&page, "<p class=\"counts quiet\">", "</p>").contains(expected), "{name}");
            assert!(name == "a drift" || between(&page, "class=\"headline\">", "</p>").contains(open), "{name}");
        } else {
            assert!(!page.contains("class=\"headline\""), "{name}: one commit is no history");
        }
        let drawn: Value = serde_json::from_str(between(&page, "id=\"data\">", "</script>")).expect("JSON");
        for chart in drawn["histories"].as_array().expect("charts") {
            let observations = history["series"][0]["observations"].as_array().expect("observations");
            let stored: Vec<f64> = (observations.iter())
                .flat_map(|it| ["low", "center", "high"].map(|end| it[end].as_f64().expect("a number")))
                .collect();
            let drawn = unpacked(chart);
            assert_eq!(drawn.len(), stored.len(), "{name}");
            assert!(drawn.iter().zip(&stored).all(|(a, b)| (a / b - 1.0).abs() < 1e-3), "{name}");
            let boxes = chart["boxes"].as_array().expect("samples were stored");
            assert_eq!(boxes.len(), runs.len().min(3), "{name}");
            assert_eq!(
                boxes[0]["ends"][2].as_f64(),
                runs.last().map(|run| run.measurements[0].percentiles[2]),
                "{name}"
            );
            let marks: Vec<&Value> = chart["marks"].as_array().into_iter().flatten().map(|mark| &mark["at"]).collect();
            if !found.is_empty() {
                assert_eq!(marks, [AT], "{name}");
            }
        }
    }
}

#[test]
fn of_an_empty_folder_nothing_is_written_in_any_format() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    fs::create_dir(folder.path().join("results")).expect("the folder is ours");
    for format in ["terminal", "markdown", "json"] {
        assert_eq!(parcost(folder.path(), &["trend", "--format", format], 3), "", "{format}");
    }
    let report = program::parcost(folder.path(), &["report", "--output", "site/"]).code(3);
    assert!(program::complaint(&report).contains("measure one with `parcost run`"));
    let left: Vec<_> = fs::read_dir(folder.path()).expect("the folder is ours").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_report_says_which_runs_are_not_part_of_the_history() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut runs = history(|_| 1.0, |_| 1.0, 3);
    for (run, profile) in runs.iter_mut().zip(["quick", "quick", "filtered: fork"]) {
        run.profile = profile.to_owned();
        store::append(&folder.path().join("results"), run).expect("the folder is ours");
    }
    let report = program::parcost(folder.path(), &["report", "--output", "page.html"]).success();
    assert!(program::complaint(&report).contains("3 runs and 0 gates; 3 skipped in the history"));
    let page = fs::read_to_string(folder.path().join("page.html")).expect("it was written");
    for text in
        ["No run is part of the history", "<code>2 runs</code>: of the quick profile", "<code>1 run</code>: filtered"]
    {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_report_shows_the_history_of_another_tool_as_trend_judges_it() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let rows: String = (0..60).map(|at| format!("send,{at},{}\n", 100 + at % 3 + 50 * (at / 40))).collect();
    fs::write(folder.path().join("h.csv"), format!("series,index,value\n{rows}")).expect("the folder is ours");
    let report = program::parcost(folder.path(), &["report", "h.csv", "--output", "page.html"]).success();
    assert!(program::complaint(&report).contains("the history of h.csv"));
    let page = fs::read_to_string(folder.path().join("page.html")).expect("it was written");
    for text in ["<title>parcost: history</title>", "<code>send</code>", "regressed"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let data = |unit: &str| {
        let rows = format!("benchmark,order,value,unit,better\na,1,1130,{unit},lower\na,2,1130,{unit},lower\n");
        fs::write(folder.path().join("long.csv"), rows).expect("the folder is ours");
        program::parcost(folder.path(), &["report", "long.csv", "--output", "page.html"]).success();
        fs::read_to_string(folder.path().join("page.html")).expect("it was written")
    };
    for (unit, shown) in [("ns", "1.13 µs"), ("KiB", "1.10 MiB"), ("constructor", "1.13 k")] {
        let page = data(unit);
        let kept = if unit == "KiB" { "B" } else { unit };
        assert!(page.contains(shown) && page.contains(&format!("\"unit\":\"{kept}\"")), "{unit}: {page}");
    }
    for refused in [&["report", "h.csv", "--filter", "nothing"][..], &["report", "h.csv", "--machine", "x"]] {
        program::parcost(folder.path(), refused).code(3);
    }
}

/// A run of so many rounds of one lock and a lock each, in which processes take this share of the time of threads.
fn locks(commit: usize, share: f64) -> Run {
    let mut run = run(MACHINE, commit);
    run.machine.hardware = made::facts(&[("cpus_usable", "2")]);
    run.measurements = [("lock_each", share), ("one_lock", 1.0)]
        .map(|(function, factor)| {
            let benchmark = format!("gil_calc/{function}/workers=2").parse().expect("a benchmark's name");
            measurement("gil", benchmark, Metric::WallTime, 2e7 * factor, 6, 1.0)
        })
        .into();
    run
}

#[test]
fn one_run_has_one_interval_in_every_view_and_quick_runs_do_not_count() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let runs: Vec<Run> = [0.5, 0.6, 0.5].iter().enumerate().map(|(commit, share)| locks(commit, *share)).collect();
    let store = |run: &Run| store::append(&folder.path().join("results"), run).expect("the folder is ours");
    runs.iter().for_each(|run| drop(store(run)));
    let [other, run] = [runs[0].id.as_str(), runs[2].id.as_str()];
    let views = || {
        let printed = [&["answer", run][..], &["show", run]].map(|arguments| parcost(folder.path(), arguments, 0));
        let drawn = [&["report", run][..], &["report", other, run], &["report", run, "--filter", "gil"], &["report"]]
            .map(|arguments| {
                parcost(folder.path(), &[arguments, &["--output", "page.html"]].concat(), 0);
                fs::read_to_string(folder.path().join("page.html")).expect("it was written")
            });
        printed.into_iter().chain(drawn).map(|text| {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(" 3 full runs; with under 6"), "{text}");
            between(&text, "0.50× (", ")").to_owned()
        })
    };
    let found: Vec<String> = views().collect();
    assert!(found.iter().all(|interval| *interval == found[0]), "{found:?}");
    let quick = Run { profile: "quick".to_owned(), ..locks(3, 0.9) };
    store(&quick);
    assert_eq!(views().collect::<Vec<_>>(), found, "with a quick run");
}
