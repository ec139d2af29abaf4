//! Files of other tools: read as expected, refused aloud, written and read back, and never a panic.
//!
//! The bytes of every reader can be spoiled for as long as wanted, ten minutes with
//! `PROPTEST_CASES=200000 cargo test --test formats spoiled`.

use std::fs;
use std::path::{Path, PathBuf};

use parcost::rooms::ingest::{self, Assumed, ImportFormat, Source};
use parcost::rooms::model::{Direction, Interchange, InterchangePoint, InterchangeSeries, Remark, made};
use parcost::rooms::{export, ingest::FORMATS};
use proptest::prelude::*;
use proptest::sample::Index;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The fixture of a format: the file that is called like it, of any extension; for Criterion the folder of a session.
fn path(format: &ImportFormat) -> PathBuf {
    if format.name == "criterion" {
        return fixtures().join("ingest/criterion");
    }
    let entries = std::fs::read_dir(fixtures().join("formats")).expect("the fixtures can be listed");
    let mut paths = entries.map(|entry| entry.expect("the fixtures can be listed").path());
    paths
        .find(|path| path.file_stem().is_some_and(|stem| stem == format.name))
        .unwrap_or_else(|| panic!("add a fixture tests/fixtures/formats/{}.*", format.name))
}

fn source(format: &ImportFormat) -> Source {
    Source::open(&path(format)).expect("the fixture is there")
}

fn read(format: &str, source: Source, assumed: &Assumed) -> Result<Interchange, ingest::Error> {
    ingest::read(ingest::format(format).expect("a name in the list"), &[source], assumed)
}

fn write(format: &str, history: &Interchange) -> Result<export::Written, export::Error> {
    export::write(export::format(format).expect("a name in the list"), history)
}

fn detect(source: &Source) -> Result<&'static str, ingest::Error> {
    ingest::detect(source).map(|format| format.name)
}

fn lower() -> Assumed {
    Assumed { better: Some(Direction::LowerIsBetter), unit: None }
}

fn text(name: &str, text: &str) -> Source {
    Source::of(name, text.as_bytes().to_vec()).expect("it is small")
}

#[test]
fn every_fixture_is_read_as_the_snapshot_says() {
    let mut all = String::new();
    for format in FORMATS {
        let assumed = if format.name == "github-action-benchmark" { Assumed::default() } else { lower() };
        let history = read(format.name, source(format), &assumed).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(history.check(), Ok(()));
        all += &format!("{}\n\n", lines(&history));
    }
    insta::assert_snapshot!("read", all);
}

/// A history in lines: a series with all that distinguishes it from others, its points, and what was done to it.
fn lines(history: &Interchange) -> String {
    let mut lines = vec![format!("format {}", history.source)];
    for InterchangeSeries { suite, name, metric, machine, branch, unit, direction, points } in &history.series {
        let parts = [("suite", suite), ("metric", metric), ("machine", machine), ("branch", branch), ("unit", unit)];
        let parts = parts.iter().filter_map(|(title, part)| Some(format!("{title} {}", part.as_ref()?)));
        lines.push(format!("{name}: {}, {} is better", parts.collect::<Vec<_>>().join(", "), direction.better()));
        for InterchangePoint { order, commit, time, value, low, high, samples } in points {
            let commit = commit.as_ref().map(|commit| commit.trim_start_matches('0'));
            let parts = [order.map(|order| format!("#{order}")), commit.map(str::to_owned), time.clone()];
            let mut line: Vec<String> = parts.into_iter().flatten().collect();
            line.push(format!("{value}"));
            line.extend(low.zip(*high).map(|(low, high)| format!("({low} to {high})")));
            line.extend((!samples.is_empty()).then(|| format!("of {samples:?}")));
            lines.push(format!("    {}", line.join(" ")));
        }
    }
    let remarks = history.remarks.iter();
    let folder = format!("{}/", fixtures().join("formats").display());
    lines.extend(remarks.map(|remark| format!("{:?} {}: {}", remark.kind, remark.about.join(", "), remark.text)));
    lines.join("\n").replace(&folder, "")
}

#[test]
fn every_fixture_is_recognized_by_its_content() {
    for format in FORMATS {
        assert_eq!(detect(&source(format)).ok(), Some(format.name));
    }
    assert_eq!(detect(&Source::Folder(fixtures().join("ingest/iai"))).ok(), Some("iai-callgrind"));
}

#[test]
fn the_docs_list_every_format() {
    let docs = include_str!("../docs/formats.md");
    let rows: Vec<Vec<&str>> = docs.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    let names = || FORMATS.iter().map(|format| format.name).chain(export::FORMATS.iter().map(|format| format.name));
    for name in names() {
        let row = rows.iter().find(|row| row.get(1) == Some(&format!("`{name}`").as_str()));
        let row = row.unwrap_or_else(|| panic!("docs/formats.md: add a row for `{name}`"));
        let says =
            [ingest::format(name).is_some(), export::format(name).is_some()].map(|is| if is { "yes" } else { "no" });
        assert_eq!(row[3..5], says, "docs/formats.md: `{name}`");
    }
}

#[test]
fn an_ambiguous_or_unknown_file_asks_for_the_format() {
    let both = "test a ... bench: 1 ns/iter (+/- 0)\nBenchmarkA 1 1 ns/op\n";
    let cases = [
        (both, "x: it could be bencher or go; say which with --from"),
        ("hello", "x: unknown format; `parcost import --help` lists those that are read; say which it is with --from"),
        (" \n", "x: it is empty"),
        ("{}", "unknown format"),
        ("{\"a\":1}", "unknown format"),
        (r#"{"mean":{"point_estimate":1},"median":{"point_estimate":1},"slope":null}"#, "unknown format"),
        ("\u{1f}\u{0}", "unknown format"),
    ];
    for (content, expected) in cases {
        let error = detect(&text("x", content)).expect_err(content).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// The history with what no reader of the form could know taken away: remarks, source, the order of the series.
fn essence(mut history: Interchange) -> Interchange {
    history.source.clear();
    history.remarks.clear();
    let key = |series: &InterchangeSeries| format!("{:?}", InterchangeSeries { points: Vec::new(), ..series.clone() });
    history.series.sort_by_key(key);
    history
}

/// Equal but for the last bits of numbers, which units that are no power of two apart cost.
fn alike(a: &Interchange, b: &Interchange) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * a.abs().max(b.abs());
    let near_end = |a: Option<f64>, b: Option<f64>| match (a, b) {
        // The end of a spread is as exact as the value that it was computed from.
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        (a, b) => a == b,
    };
    let point = |(a, b): (&InterchangePoint, &InterchangePoint)| {
        (&a.order, &a.commit, &a.time) == (&b.order, &b.commit, &b.time)
            && near(a.value, b.value)
            && near_end(a.low, b.low)
            && near_end(a.high, b.high)
            && a.samples.len() == b.samples.len()
            && a.samples.iter().zip(&b.samples).all(|(a, b)| near(*a, *b))
    };
    let series = |(a, b): (&InterchangeSeries, &InterchangeSeries)| {
        let bare = |series: &InterchangeSeries| InterchangeSeries { points: Vec::new(), ..series.clone() };
        bare(a) == bare(b) && a.points.len() == b.points.len() && a.points.iter().zip(&b.points).all(point)
    };
    a.series.len() == b.series.len() && a.series.iter().zip(&b.series).all(series)
}

/// Removes from a history what its format says that it does not store.
fn stored(format: &str, mut history: Interchange) -> Interchange {
    if format == "pyperf" {
        history.series.iter_mut().for_each(|series| series.machine = None);
    }
    for point in history.series.iter_mut().flat_map(|series| &mut series.points) {
        // A point of several entries; its spread is not as wide on both sides.
        if format == "github-action-benchmark" && !point.samples.is_empty() {
            *point = InterchangePoint { low: None, high: None, samples: Vec::new(), ..point.clone() };
        }
    }
    history
}

#[test]
fn what_is_read_and_written_is_the_same_when_it_is_read_again() {
    for format in FORMATS.iter().filter(|format| export::format(format.name).is_some()) {
        let first = read(format.name, source(format), &lower()).unwrap();
        let written = write(format.name, &first).unwrap_or_else(|error| panic!("{error}"));
        let again = Source::of("again", written.bytes).unwrap();
        assert_eq!(detect(&again).ok(), Some(format.name));
        let second = read(format.name, again, &lower()).unwrap_or_else(|error| panic!("{error}"));
        let (first, second) = (essence(stored(format.name, first)), essence(second));
        assert!(alike(&first, &second), "{}:\n{}\n{}", format.name, lines(&first), lines(&second));
    }
}

#[test]
fn a_history_is_stored_without_loss() {
    for format in FORMATS {
        let history = read(format.name, source(format), &lower()).unwrap();
        let again = Source::of("history.json", write("history", &history).unwrap().bytes).unwrap();
        assert_eq!(read("history", again, &Assumed::default()).unwrap(), history, "{}", format.name);
    }
}

#[test]
fn runs_of_one_file_each_become_a_history() {
    let run = |ns: f64| text("run.txt", &format!("test a ... bench: {ns} ns/iter (+/- 1)\n"));
    let format = ingest::format("bencher").unwrap();
    let history = ingest::read(format, &[run(10.0), run(11.0), run(12.0)], &Assumed::default()).unwrap();
    let values: Vec<f64> = history.series[0].points.iter().map(|point| point.value).collect();
    assert_eq!(values, [10.0, 11.0, 12.0]);
}

#[test]
fn one_benchmark_has_one_name_whoever_reads_its_count() {
    let iai = fixtures().join("ingest/iai");
    let ids = |names: Vec<String>| names.into_iter().collect::<std::collections::BTreeSet<_>>();
    let own = ingest::callgrind::read_own(&iai, std::time::SystemTime::UNIX_EPOCH).unwrap();
    let harvested = ids(own.into_iter().map(|count| count.unwrap().0.to_string()).collect());
    let compared = ingest::callgrind::read(&iai, ingest::callgrind::Age::New).unwrap().counts;
    let imported = read("iai-callgrind", Source::Folder(iai), &Assumed::default()).unwrap().series;
    assert!(harvested.contains("requests/threads/delay_ms=10,workers=5"), "{harvested:?}");
    assert_eq!(ids(compared.into_iter().map(|count| count.benchmark).collect()), harvested);
    assert_eq!(ids(imported.into_iter().map(|series| series.name).collect()), harvested);
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let cases: Vec<(&str, String, &str)> = vec![
        ("github-action-benchmark-array", "[]".to_owned(), "holds no benchmark"),
        ("github-action-benchmark", "window.BENCHMARK_DATA = {".to_owned(), "EOF while parsing"),
        ("github-action-benchmark", "{\"entries\":{\"a\":[]}}".to_owned(), "holds no benchmark"),
        ("bencher", "test a ... bench: fast\n".to_owned(), "`a`: file, line 1: expected"),
        ("bencher", "nothing\n".to_owned(), "holds no benchmark"),
        ("bmf", r#"{"a":{"beauty":{"value":1}}}"#.to_owned(), "which way `a (beauty)` is better"),
        ("criterion", "{}".to_owned(), "name the folder"),
        ("iai-callgrind", r#"{"version":"5","module_path":"a","profiles":[]}"#.to_owned(), "its schema is version 5"),
        ("pyperf", r#"{"version":"2.0","benchmarks":[]}"#.to_owned(), "its version is 2.0"),
        ("hyperfine", r#"{"results":[{"command":"a","mean":-1}]}"#.to_owned(), "`a`: file, entry 0: -1"),
        ("go", "BenchmarkA 1 NaN ns/op\n".to_owned(), "`A`: file, line 1: NaN is not a finite number"),
        ("go", "BenchmarkA 1 +Inf ns/op\n".to_owned(), "inf is not a finite number"),
        ("csv", "series,index,value\na,0,inf\n".to_owned(), "`a`: file, line 2: inf"),
        ("csv", "a,b\n1,2\n".to_owned(), "expected a header"),
        ("csv-wide", "day,a\n1,2\n".to_owned(), "--better"),
        ("history", r#"{"schema_version":2,"source":"","series":[],"remarks":[]}"#.to_owned(), "schema version is 2"),
        (
            "history",
            r#"{"schema_version":1,"source":"","series":[],"remarks":[],"more":1}"#.to_owned(),
            "unknown field `more`",
        ),
    ];
    for (form, content, expected) in cases {
        let error = read(form, text("file", &content), &Assumed::default()).expect_err(&content);
        let error = error.to_string();
        assert!(error.contains("file") && error.contains(expected), "{form}: {error}");
    }
}

#[test]
fn what_is_known_and_not_read_is_named() {
    let cases = [
        ("Benchmarking g/a: Collecting 100 samples in 5 s\ng/a     time:   [1.0 ns 1.1 ns 1.2 ns]", "target/criterion"),
        ("spawn     fastest  │ slowest │ median │ mean │ samples │ iters\n├─ thread  1 ns │ 2 ns", "divan"),
    ];
    for (content, expected) in cases {
        let error = detect(&text("file", content)).unwrap_err().to_string();
        assert!(error.starts_with("file: it is ") && error.contains(expected), "{error}");
    }
}

#[test]
fn a_benchmark_of_criterion_that_was_interrupted_loses_itself_alone() {
    let root = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        let folder = root.path().join("g").join(name).join("new");
        fs::create_dir_all(&folder).unwrap();
        let put = |file: &str, text: &str| fs::write(folder.join(file), text).unwrap();
        put("benchmark.json", &format!(r#"{{"group_id":"g","function_id":"{name}","full_id":"g/{name}"}}"#));
        put("estimates.json", r#"{"median":{"point_estimate":5.0}}"#);
        if name == "a" {
            put("sample.json", r#"{"sampling_mode":"Flat","iters":[1.0,1.0],"times":[5.0,5.0]}"#);
        }
    }
    let history = read("criterion", Source::Folder(root.path().to_owned()), &Assumed::default()).unwrap();
    assert_eq!(history.series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>(), ["g/a"]);
    assert!(history.remarks.iter().any(|it| it.about == ["g/b"] && it.text.contains("sample.json")));
}

#[test]
fn one_bad_item_loses_one_item_and_is_named() {
    let array =
        |value: &str| format!(r#"[{{"name":"a","value":1,"unit":"ns"}},{{"name":"b","value":{value},"unit":"ns"}}]"#);
    let failed = r#"{"results":[
        {"command":"a","mean":1,"times":[1,1,9],"exit_codes":[0,0,1]},
        {"command":"b","mean":1,"times":[1],"exit_codes":[127]}]}"#;
    let google = r#"{"context":{"host_name":"box","library_build_type":"debug"},"benchmarks":[
        {"name":"a","real_time":1,"cpu_time":1,"time_unit":"ns","counter":nan},
        {"name":"a_mean","real_time":9,"cpu_time":9,"time_unit":"ns"},
        {"name":"a_stddev","real_time":1,"cpu_time":1,"time_unit":"ns"},
        {"name":"b_BigO","cpu_coefficient":1,"big_o":"N"}]}"#;
    let tail = r#"[{"name":"a","value":1,"unit":"ns/op\t 64 B/op\t 2 allocs/op"}]"#;
    let cases: Vec<(&str, String, &str, &str)> = vec![
        ("github-action-benchmark-array", array("null"), "a", "null is not a finite number"),
        ("github-action-benchmark-array", array("-1"), "a", "-1 is not a finite number from zero on"),
        ("github-action-benchmark-array", array("NaN"), "a", "null is not a finite number"),
        ("github-action-benchmark-array", array("1e999"), "a", "null is not a finite number"),
        ("github-action-benchmark-array", tail.to_owned(), "a a a", ""),
        ("bmf", r#"{"a":{"latency":{"value":1,"lower_value":2}}}"#.to_owned(), "a", "not a spread around 1"),
        ("bmf", r#"{"a":{"latency":{"value":1}},"b":{"latency":{"value":null}}}"#.to_owned(), "a", "null is not"),
        (
            "bmf",
            r#"{"a":{"latency":{"value":1}},"a":{"latency":{"value":2}}}"#.to_owned(),
            "a",
            "`latency` twice; the first is kept",
        ),
        ("hyperfine", failed.to_owned(), "a", "1 of its 1 runs failed"),
        ("google-benchmark", google.to_owned(), "a a", "built for debugging"),
        (
            "google-benchmark",
            r#"{"context":{},"benchmarks":[{"name":"BM","real_time":1,"time_unit":"ns"},
                {"name":"BM_mean","real_time":2,"time_unit":"ns"}]}"#
                .to_owned(),
            "BM BM_mean",
            "",
        ),
        (
            "github-action-benchmark",
            r#"{"lastUpdate":1,"entries":{"s":[{"commit":{"id":"01"},"benches":[{"name":"a","value":1,"unit":"iter/sec"}]}]}}"#
                .to_owned(),
            "a",
            "",
        ),
        (
            "pytest-benchmark",
            r#"{"machine_info":{},"benchmarks":[{"fullname":"a","stats":{"median":1,"data":["omitted"]}}]}"#.to_owned(),
            "a",
            "",
        ),
        ("go", "BenchmarkA 1 5 ns/op\n--- FAIL: BenchmarkB-8\n".to_owned(), "A", "it failed"),
        ("go", "Benchmark_a 1 5 ns/op\nBenchmarking a b c d\n".to_owned(), "_a", ""),
        ("csv-long", "time,benchmark,value,unit\n2024.01.31 3:00:00 +0100,a,1,ns\n".to_owned(), "a", ""),
        ("csv-long", "time,benchmark,value,unit\n2024-01-31,a,1,ns\n".to_owned(), "a", "taken as UTC"),
        ("csv-long", "benchmark,value,unit,better\na,1,ns,more\n".to_owned(), "a", "`more`, not lower or higher"),
        ("csv-long", "time,benchmark,value,unit\nsoon,a,1,ns\n".to_owned(), "a", "cannot be read as a time"),
    ];
    for (form, content, names, remark) in cases {
        let history = read(form, text("file", &content), &Assumed::default()).unwrap_or_else(|error| panic!("{error}"));
        let found: Vec<&str> = history.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(found.join(" "), names, "{form} {content}");
        let said = history.remarks.iter().any(|it| it.text.contains(remark));
        assert!(said || remark.is_empty(), "{form} {content}: {:?}", history.remarks);
    }
}

#[test]
fn more_than_a_history_may_hold_is_refused_with_the_bound() {
    let rows: String = (0..=100_000).map(|row| format!("s{row},0,1\n")).collect();
    let error = read("csv", text("file", &format!("series,index,value\n{rows}")), &lower()).unwrap_err().to_string();
    assert!(error.contains("file holds more than 100000 series"), "{error}");
    let error = Source::of("file", "1,".repeat(6_000_001).into_bytes()).unwrap_err().to_string();
    assert!(error.contains("file holds more than 6000000 commas, semicolons, tabs and line ends"), "{error}");
    let name = "n".repeat(5_000);
    let named = read("csv", text("file", &format!("series,index,value\n{name},0,1\na,0,1\n")), &lower()).unwrap();
    assert_eq!(named.series.len(), 1);
    let bad: String = (0..2_000).map(|row| format!("a,{row},x{row}\n")).collect();
    let remarks = read("csv", text("file", &format!("series,index,value\na,0,1\n{bad}")), &lower()).unwrap().remarks;
    assert_eq!(remarks.len(), 1_001);
    assert_eq!(remarks[1_000].about, ["1000 more items"]);
}

#[test]
fn a_remark_names_file_series_and_entry_as_data() {
    let read = |form: &str, content: &str| {
        let remarks = read(form, text("file", content), &lower()).unwrap().remarks;
        let items =
            remarks.into_iter().filter(|remark| format!("{:?}", remark.kind) == "Skipped").flat_map(|it| it.items);
        items.map(|it| [it.file, it.series.unwrap_or_default(), it.entry.unwrap_or_default()]).collect::<Vec<_>>()
    };
    assert_eq!(read("csv", "series,index,value\na,0,1\nb,1,x\n"), [["file", "b", "line 3"]]);
    assert_eq!(read("go", "BenchmarkA 1 5 ns/op\n--- FAIL: BenchmarkB\n"), [["file", "B", "line 2"]]);
    let runs = r#"{"results":[{"command":"a","mean":1},{"command":"b","mean":1,"times":[1],"exit_codes":[1]}]}"#;
    assert_eq!(read("hyperfine", runs), [["file", "b", "entry 1"]]);
}

/// An item of another shape in each format whose items stand beside each other: what the file is, what it skips and where.
#[test]
fn an_item_of_another_shape_is_skipped_and_costs_no_other() {
    let jmh = r#"[{"benchmark":"a","mode":"avgt","primaryMetric":{"score":1,"scoreUnit":"ns/op"}},
        {"benchmark":"b","mode":"avgt","primaryMetric":{"score":1}}]"#;
    let dot_net = r#"{"HostEnvironmentInfo":{},"Benchmarks":[{"FullName":"a","Statistics":{"Mean":1}},
        {"FullName":"b","Statistics":{"Mean":"1"}}]}"#;
    let asv = r#"{"commit_hash":"01","result_columns":["result"],"results":{"time_a":[[1]],"time_b":1}}"#;
    let bmf_1 = r#"{"a":[{"measures":{"latency":{"value":1}}}],"b":[{"measures":{"latency":1}}]}"#;
    let critcmp = r#"{"name":"x","benchmarks":{
        "a":{"fullname":"a","criterion_estimates_v1":{"median":{"point_estimate":1}}},
        "b":{"fullname":"b","criterion_estimates_v1":{"median":{"point_estimate":null}}}}}"#;
    let hyperfine = r#"{"results":[{"command":"a","mean":1},{"command":"b","mean":null}]}"#;
    let google = r#"{"context":{},"benchmarks":[{"name":"a","real_time":1,"time_unit":"ns"},7]}"#;
    let pyperf = r#"{"version":"1.0","benchmarks":[{"metadata":{"name":"a"},"runs":[{"values":[1]}]},
        {"metadata":{"name":"b"},"runs":[{"values":["1"]}]}]}"#;
    let pytest =
        r#"{"machine_info":{},"benchmarks":[{"fullname":"a","stats":{"median":1}},{"fullname":"b","stats":1}]}"#;
    let array = r#"[{"name":"a","value":1,"unit":"ns"},{"name":"b"}]"#;
    let data = format!(
        r#"{{"lastUpdate":1,"entries":{{"s":[{{"commit":{{"id":"01"}},"tool":"cargo","benches":{array}}},7]}}}}"#
    );
    let go = "{\"Action\":\"output\",\"Package\":\"p\",\"Output\":\"BenchmarkA 1 1 ns/op\\n\"}\n{\"Package\":7}\n";
    let libtest =
        "{\"type\":\"bench\",\"name\":\"a\",\"median\":1}\n{\"type\":\"bench\",\"name\":\"b\",\"median\":\"1\"}\n";
    let iai = r#"{"version":"6","module_path":"a","profiles":[{"tool":"Callgrind","summaries":{"total":
        {"summary":{"Callgrind":{"Ir":{"metrics":{"Left":1}},"EstimatedCycles":{"metrics":{"Left":"many"}}}}}}}]}
        {"version":"5","module_path":"b","profiles":[]} {"module_path":"c"}"#;
    let cases = [
        ("jmh", jmh, [["b", "entry 1"]].as_slice()),
        ("benchmark-dot-net", dot_net, &[["b", "entry 1"]]),
        ("asv", asv, &[["time_b", "entry 1"]]),
        ("bmf", r#"{"a":{"latency":{"value":1}},"b":{"latency":1}}"#, &[["b", "entry 1"]]),
        ("bmf-1", bmf_1, &[["b", "entry 1"]]),
        ("critcmp", critcmp, &[["b", "entry 1"]]),
        ("hyperfine", hyperfine, &[["b", "entry 1"]]),
        ("google-benchmark", google, &[["", "entry 1"]]),
        ("pyperf", pyperf, &[["", "entry 1"]]),
        ("pytest-benchmark", pytest, &[["b", "entry 1"]]),
        ("github-action-benchmark-array", array, &[["b", "entry 1"]]),
        ("github-action-benchmark", &data, &[["b", "entry 0"], ["entry 1 of s", "entry 1"]]),
        ("go-json", go, &[["", "line 2"]]),
        ("libtest-json", libtest, &[["b", "line 2"]]),
        ("iai-callgrind", iai, &[["/a", "entry 0"], ["b", "entry 1"], ["c", "entry 2"]]),
    ];
    for (form, content, skipped) in cases {
        let history = read(form, text("file", content), &lower()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(history.series.len(), 1, "{form}");
        let items = history.remarks.iter().filter(|remark| format!("{:?}", remark.kind) == "Skipped");
        let mut items: Vec<[String; 3]> = items
            .flat_map(|remark| remark.items.clone())
            .map(|item| [item.file, item.series.unwrap_or_default(), item.entry.unwrap_or_default()])
            .filter(|[_, series, _]| form != "critcmp" || series != "x")
            .collect();
        items.sort_by(|a, b| a[2].cmp(&b[2]));
        let expected: Vec<[String; 3]> =
            skipped.iter().map(|[series, entry]| ["file", series, entry].map(str::to_owned)).collect();
        assert_eq!(items, expected, "{form}: {:?}", history.remarks);
    }
}

#[test]
fn results_of_one_name_in_one_run_are_series_of_their_own() {
    let libtest = "{\"type\":\"bench\",\"name\":\"a\",\"median\":1}\n".repeat(2);
    let jmh = |mode: &str| {
        format!(r#"{{"benchmark":"a","mode":"{mode}","primaryMetric":{{"score":1,"scoreUnit":"ns/op"}}}}"#)
    };
    let jmh = format!("[{},{},{}]", jmh("avgt"), jmh("avgt"), jmh("sample"));
    let pytest = r#"{"machine_info":{},"benchmarks":[{"fullname":"a","stats":{"median":1}},{"fullname":"a","stats":{"median":2}}]}"#;
    let google = r#"{"context":{},"benchmarks":[
        {"name":"a","family_index":0,"per_family_instance_index":0,"real_time":1,"time_unit":"ns"},
        {"name":"a","family_index":0,"per_family_instance_index":0,"real_time":1,"time_unit":"ns"},
        {"name":"a","family_index":1,"per_family_instance_index":0,"real_time":2,"time_unit":"ns"}]}"#;
    let hyperfine = r#"{"results":[{"command":"a","mean":1,"parameters":{"n":"1"}},
        {"command":"a","mean":2,"parameters":{"n":"2"}},{"command":"b","mean":2,"parameters":{"n":"2"}}]}"#;
    let array =
        r#"[{"name":"a","value":1,"unit":"ns"},{"name":"a","value":1,"unit":"MB"},{"name":"a","value":2,"unit":"us"}]"#;
    let cases = [
        ("libtest-json", libtest.as_str(), "a|a #2"),
        ("jmh", &jmh, "a|a #2|a"),
        ("pytest-benchmark", pytest, "a|a #2"),
        ("google-benchmark", google, "a|a #2"),
        ("hyperfine", hyperfine, "a/n=1|a/n=2|b"),
        // By quantity and not by place: one more result before it renames no other.
        ("github-action-benchmark-array", array, "a|a|a #2"),
    ];
    for (form, content, expected) in cases {
        let history = read(form, text("file", content), &lower()).unwrap_or_else(|error| panic!("{error}"));
        let names: Vec<&str> = history.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names.join("|"), expected, "{form}");
        assert!(history.series.iter().all(|series| series.points.len() == 1), "{form}");
    }
}

#[test]
fn a_google_benchmark_of_aggregates_alone_is_its_median_else_its_mean() {
    let row = |of: &str, kind: &str, time: u8| {
        format!(
            r#"{{"name":"{of}_{kind}","run_name":"{of}","run_type":"aggregate","aggregate_name":"{kind}","real_time":{time},"time_unit":"ns"}}"#
        )
    };
    let old = r#"{"name":"c_mean","real_time":7,"time_unit":"ns"},{"name":"c_stddev","real_time":1,"time_unit":"ns"}"#;
    let failed = r#"{"name":"a","run_name":"a","run_type":"iteration","error_occurred":true}"#;
    let rows = [row("a", "mean", 3), row("a", "median", 4), row("b", "cv", 1), row("b", "mean", 6)].join(",");
    let json = format!(r#"{{"context":{{}},"benchmarks":[{failed},{rows},{old}]}}"#);
    let read = read("google-benchmark", text("x", &json), &lower()).unwrap();
    let values: Vec<_> = read.series.iter().map(|it| (it.name.as_str(), it.points[0].value)).collect();
    assert_eq!(values, [("a", 4.0), ("b", 6.0), ("c", 7.0)]);
    let means: Vec<_> = read.remarks.iter().filter(|it| it.text.contains("its mean")).map(|it| &it.about).collect();
    assert_eq!(means, [&["b", "c"]]);
}

#[test]
fn a_benchmark_of_bmf_without_measures_costs_no_other() {
    let json =
        r#"{"a":{"latency":{"value":1}},"b":{},"c":{"latency":{"value":2}},"d":null,"e":{"latency":{"value":3}}}"#;
    assert_eq!(detect(&text("x", json)).ok(), Some("bmf"));
    let read = read("bmf", text("x", json), &lower()).unwrap();
    assert_eq!(read.series.len(), 3);
    let skipped: Vec<_> = read.remarks.iter().flat_map(|remark| &remark.about).collect();
    assert_eq!(skipped, ["b", "d"]);
}

#[test]
fn environments_of_asv_are_never_merged() {
    let of = |environment: &str, seconds: u32| {
        let content = format!(
            r#"{{"commit_hash":"01","env_name":"{environment}","result_columns":["result"],"results":{{"time_a":[[{seconds}]]}}}}"#
        );
        text(environment, &content)
    };
    let asv = ingest::format("asv").unwrap();
    let history = ingest::read(asv, &[of("py3.9", 1), of("py3.14", 2)], &Assumed::default()).unwrap();
    let found: Vec<_> = history.series.iter().map(|it| (it.suite.as_deref().unwrap(), it.points[0].value)).collect();
    assert_eq!(found, [("py3.9", 1e9), ("py3.14", 2e9)]);
}

#[test]
fn asv_of_version_1_is_read() {
    let content = r#"{"commit_hash":"01","date":1386688801000,"python":"2.7","requirements":{"numpy":"1.8"},
        "params":{"machine":"box"},"results":{"time_a":0.5,"time_b":null,
        "time_c":{"result":[1,2],"params":[["x","y"]],"stats":[{"ci_99":[0.5,1.5]},null]}}}"#;
    assert_eq!(detect(&text("file", content)).ok(), Some("asv"));
    let history = read("asv", text("file", content), &Assumed::default()).unwrap();
    let points = history.series.iter().map(|it| (it.name.as_str(), it.points[0].value, it.points[0].low));
    let expected = [("time_a", 5e8, None), ("time_c(x)", 1e9, Some(5e8)), ("time_c(y)", 2e9, None)];
    assert_eq!(points.collect::<Vec<_>>(), expected);
    assert_eq!(history.series[0].suite.as_deref(), Some("py2.7-numpy1.8"));
    assert!(history.remarks.iter().any(|remark| remark.about == ["time_b"]), "{:?}", history.remarks);
}

#[test]
fn entries_of_one_commit_and_units_that_cannot_be_repeats_are_pointed_out() {
    let said = |values: [[f64; 2]; 2], units: [&str; 2], part: &str| {
        let row = |commit: usize, place: usize| format!("0{commit},a,{},{}\n", values[commit][place], units[place]);
        let rows: String = (0..2).flat_map(|commit| (0..2).map(move |place| row(commit, place))).collect();
        let content = format!("commit,benchmark,value,unit\n{rows}");
        let history = read("csv-long", text("file", &content), &lower()).unwrap();
        assert_eq!((history.series.len(), history.series[0].points.len()), (1, 2));
        history.remarks.iter().any(|remark| remark.about == ["a"] && remark.text.contains(part))
    };
    assert!(said([[100.0, 160.0], [101.0, 161.6]], ["ns", "ns"], "60 % apart"));
    assert!(!said([[100.0, 110.0], [100.0, 130.0]], ["ns", "ns"], "apart, which"), "in one of them alone it is");
    assert!(said([[3.9, 3.9], [3.8, 3.9]], ["kB", "MB"], "its values in MB are 1000 or more times those in kB"));
    assert!(!said([[3.9, 0.0039], [3.8, 0.0038]], ["kB", "MB"], "check its units"));
}

#[test]
fn a_remark_on_go_names_the_line_of_its_row() {
    let places = |form: &str, content: &str| {
        let history = read(form, text("file", content), &Assumed::default()).unwrap();
        history.remarks.into_iter().flat_map(|remark| remark.items).filter_map(|item| item.entry).collect::<Vec<_>>()
    };
    assert_eq!(places("go", "BenchmarkA 1 5 ns/op\n\nBenchmarkB 1 -5 ns/op\n"), ["line 3"]);
    assert_eq!(places("go", "BenchmarkA 1 5 ns/op\nBenchmarkB 1 5\nBenchmarkC 1 5 ns/op 7\n"), ["line 3"]);
    let event = |package: &str, output: &str| {
        format!("{{\"Action\":\"output\",\"Package\":\"{package}\",\"Output\":\"{output}\"}}\n")
    };
    let events = [
        event("p", "BenchmarkA 1 5 ns/op\\n"),
        event("q", "BenchmarkB \\t"),
        event("p", "BenchmarkC 1 -5 ns/op\\n"),
        event("q", "1 -5 ns/op\\n"),
    ];
    assert_eq!(places("go-json", &events.concat()), ["line 2", "line 3"]);
}

#[test]
fn configurations_of_go_are_never_merged() {
    let rows = |toolchain: &str, ns: u32| format!("toolchain: {toolchain}\nBenchmarkA-8 1 {ns} ns/op\n");
    let both =
        read("go", text("file", &format!("{}{}", rows("base", 5), rows("tip", 7))), &Assumed::default()).unwrap();
    let found: Vec<_> = both.series.iter().map(|series| (series.name.as_str(), series.points[0].value)).collect();
    assert_eq!(found, [("A/toolchain=base", 5.0), ("A/toolchain=tip", 7.0)]);
    assert!(both.remarks.iter().any(|remark| remark.about == ["toolchain"]), "{:?}", both.remarks);
    let commits = format!("commit: 01\n{}commit: 02\n{}", rows("base", 5), rows("tip", 7));
    let history = read("go", text("file", &commits), &Assumed::default()).unwrap();
    assert_eq!(history.series.len(), 1);
    assert_eq!(history.series[0].points.len(), 2);
}

#[test]
fn deep_json_is_refused_and_not_followed() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    for form in FORMATS.iter().map(|format| format.name) {
        for content in [deep.clone(), format!("{{\"entries\":{{\"a\":{deep}}}}}"), format!("{{\"a\":{deep}}}")] {
            assert!(read(form, text("deep", &content), &lower()).is_err(), "{form}");
            let _ = detect(&text("deep", &content));
        }
    }
}

/// A history of one run with one series a name.
fn history(names: &[(&str, Option<&str>, f64)]) -> Interchange {
    let series = |&(name, unit, value): &(&str, Option<&str>, f64)| {
        let (commit, time) = (Some("0001".to_owned()), Some("2024-05-01T00:00:00Z".to_owned()));
        made::series(name, unit, vec![InterchangePoint { commit, time, value, ..InterchangePoint::default() }])
    };
    made::interchange("test", names.iter().map(series).collect())
}

fn written(form: &str, history: &Interchange) -> String {
    let written = write(form, history).unwrap_or_else(|error| panic!("{error}"));
    String::from_utf8(written.bytes).expect("all formats are text")
}

#[test]
fn hostile_names_stay_names() {
    let name = "</script><b>\"\\\n\u{2028}&__proto__";
    let hostile = history(&[(name, Some("ns"), 1.0)]);
    for form in ["github-action-benchmark", "github-action-benchmark-array"] {
        let text = written(form, &hostile);
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let again = read(form, self::text("again", &text), &lower()).unwrap();
        assert_eq!(again.series[0].name, name);
    }
    let metrics = written("openmetrics", &hostile);
    assert!(metrics.contains(r#"benchmark="</script><b>\"\\\n"#) && metrics.ends_with("# EOF\n"), "{metrics}");
    let go = written("go", &hostile);
    assert_eq!(go.lines().filter(|line| line.starts_with("Benchmark")).count(), 1, "{go}");
    assert!(write("bencher", &hostile).is_err());
    assert!(written("csv-long", &hostile).contains("\"</script><b>\"\"\\\n"));
    let mut suite = history(&[("a", Some("ns"), 1.0)]);
    suite.series[0].suite = Some("__proto__".to_owned());
    assert!(write("github-action-benchmark", &suite).is_err());
}

#[test]
fn what_a_format_cannot_store_is_refused_or_noted() {
    let plain = history(&[("a", Some("ns"), 1.0), ("b", Some("fish"), 2.0), ("zero", Some("ns"), 0.0)]);
    let mut without_commit = plain.clone();
    without_commit.series.iter_mut().for_each(|series| series.points[0].commit = None);
    let mut two_machines = plain.clone();
    two_machines.series[0].machine = Some("box-1".to_owned());
    let no_unit = history(&[("a", None, 1.0)]);
    let long = history(&[(&"x".repeat(1025), Some("ns"), 1.0)]);
    let mut both_ways = plain.clone();
    both_ways.series[1].direction = Direction::HigherIsBetter;
    let refused = [
        ("github-action-benchmark", &without_commit, "needs one"),
        ("github-action-benchmark", &two_machines, "several machines"),
        ("github-action-benchmark", &no_unit, "--unit"),
        ("github-action-benchmark-array", &both_ways, "one direction"),
        ("bencher", &no_unit, "times only"),
        ("hyperfine", &no_unit, "times only"),
        ("pyperf", &no_unit, "time or a size"),
        ("go", &no_unit, "--unit"),
        ("bmf", &long, "1024 characters"),
    ];
    for (form, history, expected) in refused {
        let error = write(form, history).expect_err(expected).to_string();
        assert!(error.contains(expected) && error.contains(form), "{error}");
    }
    let said = [
        ("bencher", "b", "times only"),
        ("hyperfine", "b", "times only"),
        ("pyperf", "zero", "no zeros"),
        ("csv", "zero", "zeros"),
        ("bmf", "fish", "set them at Bencher"),
        ("go", "a", "capital letter"),
    ];
    for (form, about, expected) in said {
        let remarks = write(form, &plain).unwrap().remarks;
        let is_it = |remark: &&Remark| remark.text.contains(expected);
        let found = remarks.iter().find(is_it).unwrap_or_else(|| panic!("{form}: {remarks:#?}"));
        assert!(found.about.iter().any(|name| name == about), "{form}: {found:?}");
    }
}

/// A modest number of cases, unless `PROPTEST_CASES` says otherwise; nothing is kept between runs.
fn config() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if asked { config } else { ProptestConfig { cases: 64, ..config } }
}

#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    Delete(Index, usize),
    Insert(Index, Vec<u8>),
    Repeat(Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..8),
        "(null|-1|1e999|0|NaN|\"\"|\\{\\}|\\[\\]|,|[0-9]{1,20}|\u{fffd}|\\./|ns|%)".prop_map(String::into_bytes),
    ];
    prop_oneof![
        (any::<Index>(), 1_u8..).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        (any::<Index>(), 1_usize..40).prop_map(|(at, count)| Damage::Delete(at, count)),
        (any::<Index>(), bytes).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (any::<Index>(), 1_usize..400).prop_map(|(at, count)| Damage::Repeat(at, count)),
    ]
}

fn spoil(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if bytes.is_empty() {
            return bytes;
        }
        let length = bytes.len();
        match damage {
            Damage::Flip(at, mask) => bytes[at.index(length)] ^= mask,
            Damage::Delete(at, count) => {
                let at = at.index(length);
                bytes.drain(at..length.min(at + count));
            }
            Damage::Insert(at, more) => {
                let at = at.index(length);
                bytes.splice(at..at, more.iter().copied());
            }
            Damage::Repeat(at, count) => {
                let at = at.index(length);
                let more = bytes[at..length.min(at + count)].to_vec();
                bytes.splice(at..at, more);
            }
        }
    }
    bytes
}

/// Reads a source every way there is; whatever is accepted must be a history, and be written in every format or refused.
fn survives(format: &ImportFormat, source: &Source) {
    let _ = detect(source);
    let Ok(history) = read(format.name, source.clone(), &lower()) else { return };
    assert_eq!(history.check(), Ok(()), "{}", format.name);
    for other in export::FORMATS {
        if let Ok(written) = export::write(other, &history)
            && ingest::format(other.name).is_some()
            && let Ok(again) = Source::of("again", written.bytes)
        {
            let again = read(other.name, again, &lower());
            assert!(again.is_ok() || other.name == "csv", "{} as {}: {:?}", format.name, other.name, again.err());
        }
    }
}

/// A source in which one file is spoiled, and in which it is replaced.
fn spoiled(format: &ImportFormat, which: Index, damages: &[Damage], raw: &[u8]) -> [Source; 2] {
    let path = path(format);
    if path.is_file() {
        let of = |bytes: Vec<u8>| Source::of("spoiled", bytes).unwrap_or_else(|_| text("spoiled", ""));
        let bytes = std::fs::read(path).expect("the fixture can be read");
        return [of(spoil(bytes, damages)), of(raw.to_vec())];
    }
    // Criterion's: one benchmark of it is enough.
    let files = ["benchmark.json", "sample.json", "estimates.json"];
    let name = files[which.index(files.len())];
    let folder = |spoil: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        let folder = tempfile::tempdir().expect("a temporary folder can be made").keep();
        std::fs::create_dir(folder.join("new")).expect("it is empty");
        for file in files {
            let bytes = std::fs::read(path.join("spawn/floor/new").join(file)).expect("the fixture can be read");
            let bytes = if file == name { spoil(bytes) } else { bytes };
            std::fs::write(folder.join("new").join(file), bytes).expect("it is empty");
        }
        Source::Folder(folder)
    };
    [folder(&|bytes| spoil(bytes, damages)), folder(&|_| raw.to_vec())]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_spoiled_file_is_read_or_refused(
        damages in prop::collection::vec(damage(), 0..6), which in any::<Index>(), raw in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        for format in FORMATS {
            for source in spoiled(format, which, &damages, &raw) {
                survives(format, &source);
                if let Source::Folder(folder) = source {
                    std::fs::remove_dir_all(folder).expect("the folder is the test's");
                }
            }
        }
    }
}

/// Any history that a reader could have made.
fn any_history() -> impl Strategy<Value = Interchange> {
    let word = || "[a-zA-Z0-9/=<>\"',;%µ -]{0,8}[a-z]";
    let maybe = move || prop::option::of(word());
    let value = || prop_oneof![Just(0.0), 1e-9..1e15_f64, (1_u32..1000).prop_map(f64::from)];
    let point = (any::<Option<u64>>(), value(), prop::option::of(0.0..1e6_f64), prop::collection::vec(value(), 0..4));
    let series = (maybe(), maybe(), maybe(), any::<bool>(), prop::collection::vec(point, 1..6));
    prop::collection::vec((word(), series), 1..5).prop_map(|all| {
        let series = all.into_iter().enumerate().map(|(place, (name, (suite, metric, branch, lower, points)))| {
            InterchangeSeries {
                suite: suite.map(|text| text.trim().to_owned()),
                // The place keeps two series from being one.
                name: format!("{} {place}", name.trim()),
                metric: metric.map(|text| text.trim().to_owned()),
                machine: None,
                branch: branch.map(|text| text.trim().to_owned()),
                unit: Some("ns".to_owned()),
                direction: if lower { Direction::LowerIsBetter } else { Direction::HigherIsBetter },
                points: points
                    .into_iter()
                    .enumerate()
                    .map(|(place, (order, value, spread, samples))| InterchangePoint {
                        // Ascending: what is not in order is put in order.
                        order: order.map(|_| place as u64),
                        commit: Some(format!("{place:040x}")),
                        time: Some("2024-05-01T00:00:00Z".to_owned()),
                        value,
                        low: spread.map(|spread| value - spread),
                        high: spread.map(|spread| value + spread),
                        samples,
                    })
                    .collect(),
            }
        });
        made::interchange("history", series.collect())
    })
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// Whether a format's name for a series can be of this one: the numbers at the end of the names are different.
fn is_of(label: &str, series: &InterchangeSeries) -> bool {
    let bare = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let name = bare(&series.name);
    bare(label).split(&name).nth(1).is_some()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_history_is_stored_bit_for_bit(history in any_history()) {
        let again = Source::of("again", write("history", &history).unwrap().bytes).unwrap();
        let mut again = read("history", again, &Assumed::default()).unwrap();
        again.remarks.clear();
        prop_assert_eq!(again, history);
    }

    #[test]
    fn what_an_export_loses_is_in_its_remarks_or_in_those_of_the_import(history in any_history()) {
        for format in export::FORMATS.iter().filter(|format| ingest::format(format.name).is_some()) {
            let Ok(written) = export::write(format, &history) else { continue };
            let again = read(format.name, Source::of("again", written.bytes).unwrap(), &lower());
            let (kept, mut remarks) = again.map_or_else(|_| Default::default(), |again| (again.series, again.remarks));
            remarks.extend(written.remarks);
            for series in &history.series {
                let of_it: Vec<&InterchangePoint> =
                    kept.iter().filter(|it| is_of(&it.name, series)).flat_map(|it| &it.points).collect();
                let is_kept = |point: &&InterchangePoint| of_it.iter().any(|it| near(it.value, point.value));
                let lost: Vec<f64> = series.points.iter().filter(|it| !is_kept(it)).map(|it| it.value).collect();
                let is_said = remarks.iter().any(|remark| {
                    remark.about.iter().any(|about| is_of(about, series) || about == "all but the newest point")
                });
                prop_assert!(lost.is_empty() || is_said, "{}: {} lost {lost:?}: {remarks:?}", format.name, series.name);
                let is_newest_kept = series.points.last().is_none_or(|point| is_kept(&point));
                let is_named = remarks.iter().any(|remark| remark.about.iter().any(|about| is_of(about, series)));
                prop_assert!(is_newest_kept || is_named, "{}: {} lost its newest: {remarks:?}", format.name, series.name);
            }
        }
    }

    #[test]
    fn any_history_without_samples_passes_the_long_csv_bit_for_bit(history in any_history()) {
        let mut history = history;
        history.series.iter_mut().flat_map(|series| &mut series.points).for_each(|point| point.samples.clear());
        let again = Source::of("again", write("csv-long", &history).unwrap().bytes).unwrap();
        let again = read("csv-long", again, &Assumed::default()).unwrap();
        prop_assert_eq!(essence(again), essence(history));
    }
}
