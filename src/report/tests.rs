use super::page::{Cell, NoteKind, Section, Table};
use super::*;
use crate::advise::answer;
use crate::advise::machines::{METRICS, MachineRuns, NormalizeBy, machines};
use crate::compare::{Comparison, Side, Source, compare};
use crate::doctor::{Affects, Check, State, fitness};
use crate::gate::{Gate, GatePolicy, Sensitivity, gate};
use crate::model::{
    self, CheckedFolder, Checkup, Fact, Fault, Finding, InterchangePoint, NotMeasured, NotMeasuredReason,
    PairedBenchmark, PairedRun, Run, RunHeader, StoredFolder, StoredRuns, UnusableFile,
};
use crate::trend::{Histories, History, Selection, imported_history, tests as made};
use crate::verdict::{Sessions, fixture, rules};

fn pages() -> Vec<(&'static str, Page)> {
    let run = fixture::run();
    vec![
        ("summary", summed(&run)),
        ("answer", answered()),
        ("run", run_page(&RunData::new(&Sessions::new(&run, []), None))),
        ("python", interpreters()),
        ("summary_python", summed(&fixture::python_run())),
        ("list", list_page(&listed(&run))),
        (
            "machine",
            machine_page(&MachineData::new(run.machine.clone(), run.conditions_after.clone(), run.toolchain.clone())),
        ),
        ("doctor", doctor_page(&examined())),
        ("trend", trend_page(&imported_trend())),
        ("history", trend_page(&made_history())),
        ("fsck", fsck_page(&checkup())),
        ("fsck_clean", fsck_page(&Checkup { findings: Vec::new(), ..checkup() })),
        ("gate", gate_of(&fixture::paired_run())),
        ("compare", compare_page(&CompareData { sides: &sides(), comparison: &compared() })),
        ("machines", several_machines(3, None)),
        ("machines_normalized", several_machines(2, Some(NormalizeBy::LowerBound))),
        ("imported_runs", imported_runs_page(&imported())),
    ]
}

/// The answer with something of everything: what holds, what does not, what is inconclusive, and a program.
fn answered() -> Page {
    let mut run = fixture::run();
    run.machine.hardware.insert("cpus_usable".to_owned(), Fact::Value("2".to_owned()));
    for (bytes, arc, clone) in [(64, 45e3, 20e3), (1_048_576, 60e3, 300e3)] {
        run.measurements.push(fixture::time("memory", &format!("hand_over/arc/bytes={bytes}"), arc, arc, arc));
        let name = format!("hand_over/channel_clone/bytes={bytes}");
        run.measurements.push(fixture::time("memory", &name, clone, clone, clone));
    }
    let mut answer = answer::answer(&Sessions::new(&run, []));
    for crossover in &mut answer.crossovers {
        let found: Vec<_> = crossover.positions().into_iter().map(|at| (at, [1e6 / at as f64, 30.0])).collect();
        crossover.checked(&found);
    }
    let program = answer::Program {
        work_ns: 5e6,
        workers: 8,
        payload_bytes: Some(65_536),
        rss_mib: Some(512.0),
        io_wait_ns: 1e7,
    };
    let forecast = answer::forecast(&Sessions::new(&run, []), program);
    answer_page(&AnswerData::new(&Sessions::new(&run, []), String::new(), &answer, Some(forecast)))
}

/// Machines of which the second says the opposite of the first where it can.
fn several_machines(count: usize, yardstick: Option<NormalizeBy>) -> Page {
    let run = |place: usize| {
        let mut run = fixture::run();
        run.machine.hardware.insert("cpu_name".to_owned(), Fact::Value(format!("Abacus | {place} \u{1b}[31m<b>")));
        run.machine.hardware.insert("product".to_owned(), Fact::Unknown("not readable".to_owned()));
        if place == 1 {
            let times = [("spawn/fork/count=1", 1_000.0), ("spawn/posix_spawn/count=1", 500.0)];
            for (name, ns) in times {
                let id = name.parse().unwrap();
                let found = run.measurements.iter_mut().find(|it| it.benchmark == id).unwrap();
                *found = model::Measurement {
                    lower_bound: found.lower_bound.clone(),
                    ..fixture::time("spawn", name, ns, ns, ns)
                };
            }
            run.machine.software.insert("kernel".to_owned(), Fact::Value("6.18.0".to_owned()));
            run.measurements.retain(|it| it.benchmark.group != "calc");
        }
        run
    };
    let runs: Vec<Run> = (0..count).map(run).collect();
    let parties: Vec<MachineRuns> = runs.iter().map(|run| MachineRuns { run, others: Vec::new() }).collect();
    let compared = |(place, run): (usize, &Run)| ComparedMachine {
        key: format!("x86_64-made-up-{place}"),
        run: format!("run {}", run.id),
        others: place,
        fitness: run.fitness.clone().filter(|_| place == 0),
    };
    let compared: Vec<ComparedMachine> = runs.iter().enumerate().map(compared).collect();
    machines_page(&compared, &machines(&parties, &METRICS, yardstick, &|_| true), &sides().remarks)
}

fn imported() -> ImportedRunsData {
    let (mut run, empty) = (fixture::run(), fixture::empty_run());
    run.follows = Some("00000000000000bb".to_owned());
    let missing = run.follows.clone();
    let file = |run: &Run| format!("results/v1/machine={}/{}.json", run.machine.key, run.id);
    let imported = [(run, missing), (empty, None)]
        .map(|(run, missing)| ImportedRun { missing, ..ImportedRun::new(file(&run), run) });
    ImportedRunsData { folder: "results".to_owned(), imported: imported.into(), refused: Vec::new() }
}

fn summed(run: &Run) -> Page {
    summary_page(&SummaryData::new(&Sessions::new(run, []), String::new()))
}

fn gate_of(run: &PairedRun) -> Page {
    gate_page(&GateData::new(run, &gated(run)))
}

fn interpreters() -> Page {
    let (run, model) = (fixture::python_run(), fixture::python_model());
    python_page(&PythonData::new(&run, String::new(), Some(&model)))
}

#[test]
fn without_the_native_model_the_page_says_what_measures_it() {
    let run = fixture::python_run();
    let text = markdown(&python_page(&PythonData::new(&run, String::new(), None))).replace('\\', "");
    assert!(text.contains("native model: no stored run of this machine has it; `cargo bench` measures it"), "{text}");
}

/// Something of everything: a regression, one that is accepted, a drift, one of the machine, and what was skipped.
fn made_history() -> History {
    let (worse, accepted, machine) = (made::step(40, 1.5), made::step(20, 1.1), made::step(60, 1.2));
    let drift = |commit: usize| 1_000.0 * (1.0 + 0.005 * commit.saturating_sub(40) as f64);
    let mut runs = made::runs(&[&worse, &worse, &accepted, &drift, &machine, &made::flat], Some(&machine));
    for run in &mut runs[40..] {
        run.toolchain.facts = made::facts(&[("rustc", "1.91 \u{1b}[31m"), ("valgrind", "3.19")]);
    }
    runs[3].commit.dirty = true;
    runs[4].measurements[5].quality = model::Quality::Inconclusive("noise".to_owned());
    runs[5].measurements[5].rounds.minima = vec![0.0; 3];
    let text = format!(
        "[[accepted]]\nbenchmark = \"spawn/way2\"\ncommit = \"{}\"\nfactor = 1.1\nreason = \"safer | <b>\"",
        &made::id(20)[..12]
    );
    made::judged(runs, &rules(&text).unwrap().changes)
}

fn gated(run: &PairedRun) -> Gate {
    let allowed_missing = vec!["spawn/retired".to_owned()];
    gate(run, &GatePolicy { allowed_missing, ..GatePolicy::default() })
}

fn examined() -> DoctorData {
    let check = |name, state, found: &str, affects, fix: Option<&str>| Check {
        name,
        state,
        found: found.to_owned(),
        why: "it moves what is measured beside it",
        affects,
        fix: fix.map(str::to_owned),
    };
    let checks = vec![
        check("container", State::Warning, "made <up> | \u{1b}[31m", Affects::Little, Some("run it outside")),
        check("load", State::Unknown, "/proc/loadavg has another form", Affects::Timing, None),
        check("turbo", State::NotApplicable, "this kernel does not control turbo", Affects::Timing, None),
        check("steal", State::Warning, "20.00 % meanwhile", Affects::Ratios, None),
        check("swapped out", State::Fine, "0 MiB", Affects::Timing, None),
    ];
    DoctorData::new(fitness(&checks), checks)
}

fn listed(run: &Run) -> StoredRuns {
    let results = StoredFolder {
        folder: "results".to_owned(),
        runs: vec![RunHeader::new("a.json".to_owned(), run.clone())],
        gates: 0,
        unusable: vec![UnusableFile { file: "b\u{1b}.json".to_owned(), reason: "it ends early".to_owned() }],
    };
    let target = StoredFolder { folder: "target/parcost/results".to_owned(), ..StoredFolder::default() };
    StoredRuns { folders: vec![results, target] }
}

fn checkup() -> Checkup {
    let folder = CheckedFolder {
        folder: "results".to_owned(),
        runs: 3,
        gates: 1,
        unsealed: vec!["results/v1/machine=a/1.json".to_owned()],
        git_history: "checked".to_owned(),
    };
    let finding = |file: &str, fault: Fault, what: &str| {
        let file = format!("results/v1/machine=x86_64-made-up-2c-00000000/{file}.json");
        Finding::new(file.as_ref(), fault, what, "restore it from version control")
    };
    let findings = vec![
        finding("2", Fault::Edited, "it was edited since it was written"),
        finding("3", Fault::Missing, "it was deleted in commit 0123456789ab"),
        finding("4\u{1b}[31m|", Fault::Edited, "it was edited since it was written"),
    ];
    Checkup { folders: vec![folder], findings, ..Checkup::default() }
}

fn sides() -> Sides {
    let remark =
        |invalid, subject: &str, text: &str| Remark { invalid, subject: subject.to_owned(), text: text.to_owned() };
    Sides {
        baseline: "run 1 of <b>".to_owned(),
        candidate: "run 2 \u{1b}[31m".to_owned(),
        remarks: vec![
            remark(true, "target/criterion@new", "sample.json cannot be used: 0 ns is not a duration of a sample"),
            remark(false, "g/old", "stale folder: it is 5.0 hours older than the newest"),
        ],
        revision: Some("0123456789ab".to_owned()),
    }
}

/// One of everything: regressed, improved, unchanged, inconclusive, invalid, new and missing.
fn compared() -> Comparison {
    let values = [99.0, 100.0, 101.0, 100.5, 99.5, 100.2];
    let run = |id: &str, factors: &[(&str, f64)]| {
        let mut run = fixture::empty_run();
        run.id = id.to_owned();
        for &(name, factor) in factors {
            let mut measurement = fixture::time("spawn", name, 1.0, 1.0, 1.0);
            let round = measurement.rounds.remove(0);
            let value = |value: &f64| model::Round { min: value * factor, median: value * factor, ..round.clone() };
            measurement.rounds = values.iter().map(value).collect();
            run.measurements.push(measurement);
        }
        Source::of_run(&format!("{id}.json"), &run, &Sessions::new(&run, []))
    };
    let side = |name: &str, source| Side { name: name.to_owned(), sources: vec![source], ..Side::default() };
    let names = ["spawn/a", "spawn/b", "spawn/c", "spawn/d", "spawn/e"];
    let mut baseline: Vec<(&str, f64)> = names.iter().map(|&name| (name, 100.0)).collect();
    let mut candidate: Vec<(&str, f64)> = names.into_iter().zip([150.0, 200.0, 50.0, 101.0, -1.0]).collect();
    baseline.push(("spawn/gone", 1.0));
    candidate.push(("spawn/new|<b>", 1.0));
    let (mut baseline, mut candidate) = (run("1", &baseline), run("2", &candidate));
    for (side, count) in [(&mut baseline, 1), (&mut candidate, 1)] {
        let mut lonely = side.series[0].clone();
        lonely.benchmark = "spawn/once".to_owned();
        lonely.processes.truncate(count);
        side.series.push(lonely);
    }
    compare(&side("A", baseline), &side("B", candidate), &|_| true).unwrap()
}

/// A series that got slower and came back, one that is steady, one that is too short and one that drifts.
fn imported_trend() -> History {
    let rippled = |(number, level): (usize, f64)| level * (1.0 + 0.001 * ((number * 7) % 5) as f64);
    let levels = [vec![100.0; 40], vec![110.0; 30], vec![100.0; 30]].concat();
    let drift = (0..100).map(|commit: u32| 100.0 + f64::from(commit.saturating_sub(50)) / 2.0).collect();
    let series = [("spawn/thread \u{1b}[31m", levels), ("b", vec![5.0; 20]), ("c", vec![5.0; 3]), ("drift", drift)];
    let point = |(order, value)| InterchangePoint { order: Some(order), value, ..InterchangePoint::default() };
    let points = |levels: Vec<f64>| (1000..).zip(levels.into_iter().enumerate().map(rippled)).map(point).collect();
    let series = series.map(|(name, levels)| model::made::series(name, None, points(levels)));
    let imported = model::made::interchange("csv", series.into());
    imported_history(None, "history.csv", &imported, Err("no git"), &Selection::default(), &[])
}

/// Lists and objects of plain values have a line each.
fn json<T: serde::Serialize>(value: &T) -> String {
    let mut written = Vec::new();
    write_json(&mut written, value, false).unwrap();
    let innermost = regex::Regex::new(r"[\[{]\n[^\[\]{}]*[\]}]").unwrap();
    let on_one_line = |found: &regex::Captures| found[0].lines().map(str::trim).collect::<Vec<_>>().join(" ");
    innermost.replace_all(&String::from_utf8(written).unwrap(), on_one_line).into_owned()
}

#[test]
fn series_with_too_few_values_are_one_note_with_some_of_their_names() {
    let point = |order| InterchangePoint { order: Some(order), value: 5.0, ..InterchangePoint::default() };
    let series = |values| model::made::series(&format!("s{values}"), None, (0..values).map(point).collect());
    let imported = model::made::interchange("csv", (1..=12).map(series).collect());
    let history = imported_history(None, "history.csv", &imported, Err("no git"), &Selection::default(), &[]);
    let page = terminal(&trend_page(&history), TERMINAL_WIDTH);
    let notes: Vec<String> =
        without_colours(&page).split("inconclusive: ").skip(1).map(|note| note.replace("\n  ", " ")).collect();
    assert_eq!(notes.len(), 1, "{page}");
    assert!(notes[0].starts_with("s1, s2, s3, s4, s5, s6, s7, s8, 4 more: 1 to 12 of the 20 values"), "{page}");
}

#[test]
fn rules_and_commands_to_copy_are_never_wrapped() {
    let rule = format!("benchmark = \"{}\"", "a b/".repeat(30));
    let command = format!("`sudo sysctl -w {}=1`", "kernel.".repeat(12));
    let row = vec![Cell::text("perf"), Cell::text(format!("above 1 nothing is counted. Fix: {command}"))];
    let mut section = Section::new("Acceptance").tabled(None, Table::of(&["check", "fix"], [row]));
    section.note(NoteKind::Note, "add", &format!("each with its reason:\n{rule}"));
    let text = without_colours(&terminal(&Page { sections: vec![section], ..Page::default() }, TERMINAL_WIDTH));
    assert!(text.contains(&rule) && text.contains(&command), "{text}");
}

fn without_colours(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn terminal_pages_look_like_this() {
    for (name, page) in pages() {
        insta::assert_snapshot!(format!("{name}_terminal"), without_colours(&terminal(&page, TERMINAL_WIDTH)));
    }
}

#[test]
fn markdown_pages_look_like_this() {
    for (name, page) in pages() {
        insta::assert_snapshot!(format!("{name}_markdown"), markdown(&page));
    }
}

#[test]
fn the_data_of_a_trend_looks_like_this() {
    insta::assert_snapshot!("trend_data", json(&Histories { histories: vec![imported_trend()], unusable: Vec::new() }));
}

#[test]
fn the_data_of_a_gate_and_a_comparison_look_like_this() {
    let run = fixture::paired_run();
    insta::assert_snapshot!("gate_data", json(&GateData::new(&run, &gated(&run))));
    insta::assert_snapshot!("compare_data", json(&CompareData { sides: &sides(), comparison: &compared() }));
}

#[test]
fn a_gate_begins_with_its_outcome() {
    let outcome = |run: &PairedRun| gate_overview(run, &gated(run)).lines[0].value.clone();
    let mut run = fixture::empty_paired_run();
    assert_eq!(outcome(&run), "? nothing was measured");
    run.benchmarks.push(fixture::paired("t", "b", 0.0, 0.01, 15));
    assert_eq!(outcome(&run), "✓ 1 unchanged");
    run.removed.push("c".to_owned());
    assert_eq!(outcome(&run), "? 1 missing, 1 unchanged");
    run.benchmarks.push(fixture::paired("t", "d", 0.1, 0.01, 15));
    assert_eq!(outcome(&run), "✗ 1 regressed (worst +10.0 % d), 1 missing, 1 unchanged");
    let sensitivity = Some(Sensitivity { median: 0.02, p90: 12.0, benchmarks: 2 });
    let text = markdown(&gate_overview(&run, &Gate { sensitivity, ..gated(&run) }));
    assert!(text.contains("half of the benchmarks, none below 10× in one of ten"), "{text}");
    assert_eq!([0.5, 12.0].map(|share| Cell::detectable(share).printed()), ["50.0 %", "none below 10×"]);
}

#[test]
fn a_gate_says_what_counts_decide_and_what_they_do_not() {
    let few = |after| fixture::execution("t", "b", [1_600, 4, 20], [after, 4, 20]);
    let page = |benchmarks, counts| {
        let run = PairedRun { benchmarks, counts, ..fixture::empty_paired_run() };
        markdown(&gate_overview(&run, &gated(&run)))
    };
    let said = "counts rose by 5.2 % (83 instructions), no more than 100: too few to";
    let timed = page(vec![fixture::paired("t", "b", 0.03, 0.1, 15)], few(1_683));
    assert!(timed.contains("a larger --budget decides") && timed.contains(&format!("{said} be a change")), "{timed}");
    let counted = page(Vec::new(), few(1_683));
    assert!(counted.contains(&format!("{said} decide; pairs decide it")), "{counted}");

    let by_counts = "6.25 % more instructions would have been found in the one counted benchmark";
    assert!(!counted.contains("would have been found"), "only in what is decided: {counted}");
    assert!(timed.contains("by time, a slowdown") && timed.contains(&format!("; by counts, {by_counts}")), "{timed}");

    let untimed = page(vec![fixture::paired("t", "b", 0.0, 0.1, 0)], few(1_600));
    assert!(untimed.contains("1 benchmark, in counts of one execution, 1 of them not timed"), "{untimed}");
}

#[test]
fn terminal_pages_fit_their_width() {
    for (name, page) in pages() {
        for width in [80, 120] {
            for text in [terminal(&page, width), terminal_in_ascii(&page, width)] {
                for line in without_colours(&text).lines() {
                    assert!(line.chars().count() <= width, "{name}: {line}");
                }
            }
        }
    }
}

#[test]
fn no_name_of_a_row_is_shortened_however_narrow_the_terminal_is() {
    for (name, page) in pages() {
        let text = without_colours(&terminal(&page, 60));
        let tables = page.sections.iter().filter_map(|section| section.table.as_ref());
        for cell in tables.flat_map(|table| &table.rows).filter_map(|row| row.first()) {
            let called = plain(&cell.printed());
            let is_whole = match cell {
                Cell::Name(_) => text.contains(&called),
                _ => called.split_whitespace().all(|word| text.contains(word)),
            };
            assert!(is_whole || called.chars().count() > 60, "{name}: {called}: {text}");
        }
    }
}

#[test]
fn the_next_command_is_copied_from_one_line_however_long_it_is() {
    let command = format!("parcost gate --base main --filter '^({})$'", "spawn/thread|".repeat(9));
    let page = Page { title: "A page".to_owned(), ..Page::default() }.with_next(format!("`{command}` measures again"));
    let text = without_colours(&terminal(&page, TERMINAL_WIDTH));
    assert!(text.lines().any(|line| line.contains(&command)), "{text}");
}

#[test]
fn the_command_that_measures_a_gate_again_chooses_what_that_gate_did() {
    let options = ["--package=a", "--bench=b c", "--cargo=--features=x,y", "--filter=^gone$", "--cargo=`d`"];
    let run = PairedRun { options: options.map(str::to_owned).to_vec(), ..fixture::paired_run() };
    let next = gate_of(&run).next.unwrap();
    assert!(next.contains(" --package=a '--bench=b c' --cargo=--features=x,y"), "{next}");
    assert!(!next.contains("`d`"), "{next}");
}

#[test]
fn every_page_can_be_told_in_ascii_alone() {
    for (name, mut page) in pages() {
        page.line("naïve \u{1f980}", "日本 \u{202e}");
        page.sections[0].note(NoteKind::Failed, "größe|@me`", "…");
        for text in [terminal_in_ascii(&page, TERMINAL_WIDTH), markdown_in_ascii(&page)] {
            assert!(text.is_ascii(), "{name}: {text}");
        }
        let text = terminal_in_ascii(&page, TERMINAL_WIDTH);
        assert!(text.contains("na\\u{ef}ve \\u{1f980}") && text.contains("gr\\u{f6}\\u{df}e"), "{name}: {text}");
    }
    let text = |page: &Page| without_colours(&terminal_in_ascii(page, TERMINAL_WIDTH));
    insta::assert_snapshot!("history_ascii", text(&trend_page(&made_history())));
    insta::assert_snapshot!("gate_ascii", text(&gate_of(&fixture::paired_run())));
}

#[test]
fn a_verdict_has_a_sign_and_a_word_beside_its_colour_which_can_be_taken_away() {
    let text = [gate_of(&fixture::paired_run()), summed(&fixture::run())].map(|page| terminal(&page, TERMINAL_WIDTH));
    let text = text.concat();
    for cell in [
        "\u{1b}[31m✗ regressed",
        "\u{1b}[32m✓ improved",
        "\u{1b}[32mimproved\u{1b}[0m",
        "\u{1b}[33minconclusive\u{1b}[0m",
    ] {
        assert!(text.contains(cell), "{text}");
    }
    assert!(!without_colours(&text).contains('\u{1b}'));
}

#[test]
fn an_inconclusive_number_is_printed_nowhere() {
    let mut run = fixture::empty_run();
    let measured = fixture::time("spawn", "spawn/command/count=1", 77_700.0, 77_700.0, 77_700.0);
    run.measurements.push(fixture::inconclusive(measured, "the CPU was given to others"));
    for page in [summed(&run), run_page(&RunData::new(&Sessions::new(&run, []), None))] {
        for text in [terminal(&page, TERMINAL_WIDTH), markdown(&page)] {
            assert!(!text.contains("77.7") && !text.contains("77700"), "{text}");
            assert!(text.contains("inconclusive") && text.contains("the CPU was given to others"));
        }
    }
}

#[test]
fn a_run_with_nothing_in_it_has_its_pages() {
    let run = fixture::empty_run();
    for page in
        [summed(&run), run_page(&RunData::new(&Sessions::new(&run, []), None)), list_page(&StoredRuns::default())]
    {
        assert!(!terminal(&page, TERMINAL_WIDTH).is_empty() && !markdown(&page).is_empty());
    }
}

#[test]
fn json_keeps_all_digits_and_has_no_number_that_cannot_be_relied_on() {
    let run = fixture::run();
    for text in [
        json(&RunData::new(&Sessions::new(&run, []), None)),
        json(&SummaryData::new(&Sessions::new(&run, []), String::new())),
    ] {
        assert!(text.contains("12345.0") && !text.contains("77.7"), "{text}");
    }
}

#[test]
fn the_data_of_a_history_looks_like_this() {
    let mut history = made_history();
    // Of the values a few are enough.
    history.series.iter_mut().for_each(|series| series.observations.truncate(2));
    history.commits.measured.truncate(2);
    insta::assert_snapshot!("history_data", json(&history));
}

fn held(run: PairedRun) -> Held {
    Held { gate: gated(&run), run, file: "20260301T100000Z-0123456789ab-fedcba987654-00000000000000bb.json".to_owned() }
}

fn around() -> Surroundings {
    Surroundings {
        address: Some("https://github.com/owner/name".to_owned()),
        workflow_run: Some(7),
        measured: Some("abcdef0123456789abcdef0123456789abcdef01".to_owned()),
        ..Surroundings::default()
    }
}

fn steady() -> PairedRun {
    let benchmarks = vec![fixture::paired("t", "b", 0.0, 0.01, 15), fixture::paired("t", "c", 0.0, 0.01, 15)];
    PairedRun { benchmarks, ..fixture::empty_paired_run() }
}

#[test]
fn comments_look_like_this() {
    let hostile =
        "x` | \\| </details><img src=x onerror=alert(1)> @everyone #1 GH-1 [a](http://b.example) www.c.example";
    let mut worse = fixture::paired_run();
    worse.benchmarks.push(fixture::paired("io", hostile, 0.2, 0.01, 15));
    worse.benchmarks.push(fixture::paired("io", &format!("{hostile} again"), 0.2, 0.4, 22));
    worse.added.push(hostile.to_owned());
    worse.omissions.push(fixture::omission("io", hostile, hostile));
    let stale = Surroundings { head: Some("0".repeat(40)), is_allowed: true, ..around() };
    let cases = [
        ("comment_worse", vec![held(worse)], around()),
        ("comment_steady", vec![held(steady())], around()),
        ("comment_stale_of_two_machines", vec![held(steady()), held(fixture::paired_run())], stale),
        ("comment_of_nothing", vec![held(fixture::empty_paired_run())], Surroundings::default()),
    ];
    for (name, held, around) in cases {
        let made = gate_comment(&held, &[], &around);
        assert!(comment_in_ascii(&made, COMMENT_BYTES_MAX).is_ascii(), "{name}");
        insta::assert_snapshot!(name, comment(&made, COMMENT_BYTES_MAX));
    }
}

#[test]
fn a_comment_says_what_could_not_be_measured_and_why() {
    let message = "the candidate does not build:\nerror[E0425] ``` @all <img src=x>\n  --> src/lib.rs:1:14";
    let note = NotMeasured {
        reason: NotMeasuredReason::CandidateBuild,
        machine: "x86_64-2cpu".to_owned(),
        message: message.to_owned(),
        ..NotMeasured::default()
    };
    let around = Surroundings { earlier: Some("0".repeat(40)), is_failed: true, ..around() };
    let partial = gate_comment(&[held(steady())], std::slice::from_ref(&note), &around);
    assert!(comment(&partial, COMMENT_BYTES_MAX).contains("### parcost: ? incomplete"), "{:?}", partial.heading);
    let made = gate_comment(&[], &[note], &around);
    assert!(comment_in_ascii(&made, COMMENT_BYTES_MAX).is_ascii());
    insta::assert_snapshot!("comment_not_measured", comment(&made, COMMENT_BYTES_MAX));
}

#[test]
fn a_comment_fits_whatever_there_is_to_say() {
    let mut run = fixture::empty_paired_run();
    for place in 0..1_500 {
        let name = format!("{place}/{}", "ü|".repeat(3_000));
        run.benchmarks.push(fixture::paired("t", &name, [0.0, 0.2, 0.01][place % 3], [0.01, 0.01, 0.4][place % 3], 15));
        run.removed.push(name);
    }
    let said = gate_comment(&[held(run.clone()), held(run)], &[], &around());
    for bytes_max in [COMMENT_BYTES_MAX, SUMMARY_BYTES_MAX] {
        assert!(comment_in_ascii(&said, bytes_max).len() <= bytes_max);
        let text = comment(&said, bytes_max);
        assert!(text.len() <= bytes_max && text.len() > bytes_max / 3, "{}", text.len());
        assert!(text.contains("do not fit here") && text.contains("The first 15 of 500"), "{}", &text[..3_000]);
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert!(rows.iter().all(|row| row.ends_with(" |")), "a row is whole or not there");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
}

#[test]
fn what_decides_an_inconclusive_gate_comes_first_and_no_name_lacks_its_change() {
    let mut run = fixture::empty_paired_run();
    run.benchmarks = (0..20).map(|place| fixture::paired("t", &format!("faster {place:02}"), -0.2, 0.01, 15)).collect();
    run.benchmarks.push(fixture::paired("t", "open", 0.02, 0.4, 15));
    let control = fixture::paired("t", "faster 00", 0.2, 0.01, 15);
    run.benchmarks.push(PairedBenchmark { is_control: true, ..control });
    let text = markdown(&gate_of(&run));
    assert!(text.contains("? the machine is unfit; 1 inconclusive, 20 improved"), "{text}");
    let place = |word: &str| text.find(word).unwrap_or_else(|| panic!("no {word}: {text}"));
    assert!(
        place("**inconclusive**") < place("**improved**") && text.contains("5 more are among all results"),
        "{text}"
    );
    let improved = text.lines().find(|line| line.contains("**improved**")).unwrap();
    assert_eq!((improved.matches("faster").count(), improved.matches(" to ").count()), (15, 15), "{improved}");
}
