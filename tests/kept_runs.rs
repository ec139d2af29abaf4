//! Everything that was ever stored still gives the same numbers, whatever words surround them.
//!
//! Each verb prints Markdown; of each table row the benchmark's id and the numbers with their units are compared with
//! `tests/fixtures/kept/numbers.txt`. Columns may be added, reordered and renamed; a number may not change unnoticed.

mod program;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use parcost::rooms::compare::{Comparison, Row, Side, Source, compare};
use parcost::rooms::model::{Metric, Run};
use parcost::rooms::store;
use parcost::rooms::verdict::{Sessions, Verdict};

const RECORD: &str = "PARCOST_KEPT=write cargo test --test kept_runs";
const UNITS: &[&str] = &["ns", "µs", "ms", "s", "B", "KiB", "MiB", "GiB", "k", "M", "G", "%", "×", "k×", "M×"];

/// The command lines whose numbers are kept: `RESULTS` is the folder of real runs, `HISTORY` that of made ones.
const COMMANDS: &[&str] = &[
    "list --results RESULTS",
    "fsck RESULTS",
    "show 49036d555c199dbe --all --results RESULTS",
    "show 9d12719075584038 --all --results RESULTS",
    "show 9d12719075584038 --results RESULTS",
    "answer 49036d555c199dbe --all --results RESULTS",
    "answer 9d12719075584038 --all --results RESULTS",
    "compare run:49036d555c199dbe run:9d12719075584038 --all --results RESULTS",
    "list --results HISTORY",
    "fsck HISTORY",
    "show 0000000000000014 --all --results HISTORY",
    "compare run:0000000000000006,run:0000000000000007,run:0000000000000008 \
     run:0000000000000014,run:0000000000000015,run:0000000000000016 --all --results HISTORY",
    "trend --results HISTORY",
    "comment HISTORY",
];

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a verb prints, run in an empty folder in which git finds no repository.
fn output(command: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let place = |word: &str| match word {
        "RESULTS" => top().join("results"),
        "HISTORY" => top().join("tests/fixtures/kept/history"),
        other => PathBuf::from(other),
    };
    let mut parcost = program::program(folder.path());
    parcost.args(command.split_whitespace().map(place));
    if !command.starts_with("comment") {
        parcost.args(["--format", "markdown"]);
    }
    let assert = parcost.assert();
    let output = assert.get_output();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("parcost prints UTF-8")
}

/// The benchmark's id and the numbers of each row that holds a number: of tables, and of the lists that `fsck` prints.
fn rows(text: &str) -> Vec<Vec<String>> {
    let rows = text.lines().filter_map(|line| {
        let line = line.replace(['\\', '`'], "");
        match line.strip_prefix('|') {
            Some(row) => Some(row.split('|').flat_map(values).collect()),
            None => line.strip_prefix("- ")?.split_once(": ").map(|(_, text)| values(text)),
        }
    });
    rows.filter(|row: &Vec<String>| row.iter().any(|value| !value.contains('/'))).collect()
}

/// The benchmark's id and the numbers in a cell. Between words only numbers with a unit count: others may be part of a
/// sentence.
fn values(cell: &str) -> Vec<String> {
    let words: Vec<&str> = cell.split([' ', '(', ')', ',', ';', '–']).filter(|word| !word.is_empty()).collect();
    let is_number = |word: &str| word.trim_end_matches(['×', '%']).parse::<f64>().is_ok_and(f64::is_finite);
    let is_bare = words.iter().all(|word| is_number(word) || UNITS.contains(word) || *word == "to");
    let mut found = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let unit = words.get(place + 1).filter(|next| UNITS.contains(next));
        match unit {
            _ if place == 0 && word.contains('/') && word.starts_with(|c: char| c.is_ascii_lowercase()) => {
                found.push((*word).to_owned());
            }
            Some(unit) if is_number(word) => found.push(format!("{word} {unit}")),
            None if is_number(word) && (is_bare || word.ends_with(['×', '%'])) => found.push((*word).to_owned()),
            _ => {}
        }
    }
    found
}

/// The expected rows that none of the rows at hand contains, each of which stands for one.
fn missing(expected: &[Vec<String>], mut found: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let contains = |row: &[String], values: &[String]| {
        let mut left = row.to_vec();
        values.iter().all(|value| left.iter().position(|one| one == value).map(|at| left.remove(at)).is_some())
    };
    let mut expected = expected.to_vec();
    expected.sort_by_key(|row| std::cmp::Reverse(row.len()));
    expected.retain(|values| match found.iter().position(|row| contains(row, values)) {
        Some(place) => {
            found.remove(place);
            false
        }
        None => true,
    });
    expected
}

#[test]
fn every_stored_run_gives_the_numbers_that_it_gave() {
    let kept = top().join("tests/fixtures/kept/numbers.txt");
    let found: Vec<_> = COMMANDS.iter().map(|command| (*command, rows(&output(command)))).collect();
    if std::env::var_os("PARCOST_KEPT").is_some() {
        let mut text = String::new();
        for (command, rows) in &found {
            writeln!(text, "$ {command}").expect("a string takes all");
            rows.iter().for_each(|row| writeln!(text, "{}", row.join("  ")).expect("a string takes all"));
        }
        return fs::write(&kept, text).expect("the fixture can be written");
    }
    let text = fs::read_to_string(&kept).expect("the fixture is part of the package");
    for (command, rows) in found {
        let block = text.split("$ ").find_map(|block| block.strip_prefix(command)?.strip_prefix('\n'));
        let block = block.unwrap_or_else(|| panic!("no numbers of `{command}` are kept; {RECORD}"));
        let expected: Vec<Vec<String>> =
            block.lines().map(|line| line.split("  ").map(str::to_owned).collect()).collect();
        assert!(!expected.is_empty(), "`{command}`: nothing is kept");
        let missing = missing(&expected, rows);
        assert!(missing.is_empty(), "`{command}` no longer prints these rows: {missing:#?}\non purpose? {RECORD}");
    }
}

#[test]
fn the_report_reads_every_stored_run_and_gate() {
    for (results, numbers, pieces) in [
        ("results", ["21", "0"], ["1cb199bcad7668d1", "49036d555c199dbe"]),
        ("tests/fixtures/kept/history", ["36", "1"], ["000000abc009", "000000abc012"]),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut parcost = program::program(folder.path());
        parcost.args(["report", "--output", "report.html"]);
        let assert = parcost.arg("--results").arg(top().join(results)).assert().success();
        let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        let counted: Vec<&str> = said.split_whitespace().filter(|word| word.parse::<u32>().is_ok()).collect();
        assert_eq!(counted, numbers, "{said}");
        let page = fs::read_to_string(folder.path().join("report.html")).expect("it was written");
        for piece in pieces {
            assert!(page.contains(piece), "{results}: no {piece}");
        }
    }
}

/// The stored runs of the machine of the newest one, the newest first.
fn runs() -> Vec<Run> {
    let rows = store::list_as(&top().join("results"), |run| run).expect("results can be read");
    let mut runs: Vec<Run> = rows.into_iter().filter_map(|row| row.content.ok()).collect();
    let newest = runs.iter().map(|run| (run.started.clone(), run.machine.key.clone())).max().expect("there are runs");
    runs.retain(|run| run.machine.key == newest.1);
    runs.sort_by(|a, b| b.started.cmp(&a.started));
    runs
}

/// One run a side, as `parcost compare` compares them.
fn compared(runs: &[Run], baseline: &Run, candidate: &Run) -> Comparison {
    let is_session = |run: &&Run| {
        run.id != candidate.id
            && (run.commit.id == baseline.commit.id
                || run.started <= baseline.started && run.commit.id != candidate.commit.id)
    };
    let sessions = Sessions::new(baseline, runs.iter().filter(is_session));
    let side = |run: &Run| Side { sources: vec![Source::of_run(&run.id, run, &sessions)], ..Side::default() };
    compare(&side(baseline), &side(candidate), &|_| true).expect("the runs are of one machine")
}

#[test]
fn one_code_hardly_changes_from_one_run_to_the_next() {
    let runs = runs();
    let is_pair = |pair: &&[Run]| pair[0].commit.id == pair[1].commit.id;
    let (mut rows, mut changed) = (0, Vec::new());
    for (place, pair) in runs.windows(2).filter(is_pair).enumerate() {
        // Each order in turn: what rises in one falls in the other.
        let (baseline, candidate) = if place % 2 == 0 { (&pair[0], &pair[1]) } else { (&pair[1], &pair[0]) };
        let comparison = compared(&runs, baseline, candidate);
        rows += comparison.rows.len();
        let found = comparison.rows.iter().filter(|row| row.verdict.is_change());
        changed.extend(found.map(|row| format!("{} {} {:?}", row.benchmark, row.metric, row.change)));
    }
    println!("{} of {rows} rows changed: {changed:#?}", changed.len());
    assert!(rows > 5_000, "{rows} rows: there are fewer runs of one commit than there were");
    assert!(changed.len() * 1_000 < rows, "{} of {rows} rows: {changed:#?}", changed.len());
}

#[test]
fn a_benchmark_that_takes_twice_as_long_is_found_with_one_run_a_side() {
    let runs = runs();
    let (baseline, mut candidate) = (&runs[1], runs[0].clone());
    let slowed = ["spawn/thread/count=1", "fault/threads/workers=2"];
    let is_slowed = |name: &str| slowed.contains(&name);
    let times = candidate.measurements.iter_mut().filter(|it| it.metric == Metric::WallTime);
    for round in times.filter(|it| is_slowed(&it.benchmark.to_string())).flat_map(|it| &mut it.rounds) {
        [&mut round.min, &mut round.p10, &mut round.median].into_iter().for_each(|ns| *ns *= 2.0);
    }
    let comparison = compared(&runs, baseline, &candidate);
    let is_wall_time = |row: &&Row| row.metric == Metric::WallTime && is_slowed(&row.benchmark);
    let rows: Vec<_> = comparison.rows.iter().filter(is_wall_time).collect();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.verdict == Verdict::Regressed), "{rows:#?}");
}

#[test]
fn only_the_numbers_of_a_row_are_compared() {
    let text =
        "| `a/b/n=1` | wall\\_time | 1.32 ms (1.30–1.41) | 3.00× | 2 of them: 5 % |\n| x | y |\n- runs: 36 (1 of 7)";
    let expected = [&["a/b/n=1", "1.32 ms", "1.30", "1.41", "3.00×", "5 %"][..], &["36"]];
    let found = rows(text);
    assert_eq!(found[0], expected[0]);
    let more = vec![vec!["9".to_owned()], [&["new".to_owned()], found[0].as_slice()].concat()];
    assert_eq!(missing(&found[..1], more), [[""; 0]; 0]);
    assert_eq!(missing(&found[..1], vec![vec!["a/b/n=1".to_owned()]]), found[..1]);
}
