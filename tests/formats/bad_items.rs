//! What is wrong in a file: refused with its place, or skipped and named, and what is never merged.

use super::*;

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
        (
            "csv",
            "series,index,value\na,0,1\n\"b,1,1\nc,2,1\n".to_owned(),
            "a quote that begins behind line 3 has no end",
        ),
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
    let tables = [
        ("command,mean,stddev,median,user,system,min,max\nx,1,1,1,1,1,1,1", "--export-json"),
        ("Benchmark   Time   CPU   Iterations\nBM_x   5 ns   5 ns   100", "--benchmark_out_format=json"),
        ("Benchmark  Mode  Cnt  Score  Units\nB.m  avgt  5  5.0  ns/op", "-rf json"),
        ("   │ sec/op │ sec/op   vs base │\nA-8   5n ± 1%   9n ± 2%", "go test -bench"),
        ("Method,Job,Runtime,Mean,Error\nA,DefaultJob,x,33.1 ns,2.1 ns", "--exporters json"),
        ("a x 1,431 ops/sec ±0.74% (93 runs sampled)", "`benchmarkjs`"),
        ("[{\"Julia\":\"1.9\",\"BenchmarkTools\":\"1.0\"},[]]", "`julia`"),
        ("a::b::c short:10\n  Instructions:                1734|1650", "--save-summary=json"),
        ("running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured", "without a benchmark"),
        ("name   old time/op   new time/op  delta\nA-8   10ns ± 1%  12ns ± 2%", "go test -bench"),
        ("PASS\nok  \tp\t0.01s", "run it with -bench"),
        ("Method;Job;Mean;Error\na;DefaultJob;1.5 ns;0.1 ns", "--exporters json"),
        ("<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        ("{\"sampling_mode\":\"Flat\",\"iters\":[1],\"times\":[5]}", "import the folder"),
        ("{\"results\":[{\"command\":\"a\"", "not whole JSON (EOF while parsing"),
    ];
    let unknown = [
        ("# note\na,0,1.5\na,1,1.6", "without a header"),
        ("2026-01-31;1,5\n2026-02-01;1,6", "without a header"),
        ("bench,ts,ms\na,b,1.5", "its columns are not known"),
        ("series,when,value\na,b,1.5", "it is a table, and it has no column `index`"),
        ("benchmark,spent\na,1.5", "it is a table, and it has no column `value`"),
        ("date,a\n2026-01-31,1.5 ms\n2026-02-01,2 ms", "write numbers alone"),
    ];
    for (content, expected) in cases.into_iter().chain(tables).chain(unknown) {
        let error = detect(&text("file", content)).unwrap_err().to_string();
        assert!(error.starts_with("file: it is ") && error.contains(expected), "{error}");
    }
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("data/main/a");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("benchmark.cbor"), [0xa1]).unwrap();
    let error = detect(&Source::Folder(root.path().to_owned())).unwrap_err().to_string();
    assert!(error.contains("`cargo criterion` keeps"), "{error}");
}

#[test]
fn a_file_that_is_read_as_another_format_says_its_own() {
    let event = "{\"Action\":\"output\",\"Package\":\"p\",\"Output\":\"BenchmarkA 1 5 ns/op\\n\"}\n";
    let bmf = r#"{"a":[{"measures":{"latency":{"value":1}}}]}"#;
    for (form, content, own) in [("go", event, "go-json"), ("bmf", bmf, "bmf-1"), ("csv", "a\n", "")] {
        let error = read(form, text("file", content), &Assumed::default()).unwrap_err().to_string();
        assert_eq!(
            error.contains(&format!("(it looks like {own}: read it with --from {own})")),
            !own.is_empty(),
            "{error}"
        );
    }
}

#[test]
fn the_commit_the_machine_and_the_branch_are_read_where_tools_and_users_put_them() {
    let pyperf = r#"{"version":"1.0","benchmarks":[{"metadata":{"name":"a"},"runs":[{"values":[1],"metadata":
        {"hostname":"box","commit_id":"abcdef01","commit_branch":"main"}}]}]}"#;
    let google = r#"{"context":{"host_name":"box","git_commit":"abcdef01","git_branch":"main"},
        "benchmarks":[{"name":"a","real_time":1,"time_unit":"ns"}]}"#;
    for (form, content) in [("pyperf", pyperf), ("google-benchmark", google)] {
        let series = &read(form, text("file", content), &Assumed::default()).unwrap().series[0];
        let found = [&series.machine, &series.branch, &series.points[0].commit].map(Option::as_deref);
        assert_eq!(found, [Some("box"), Some("main"), Some("abcdef01")], "{form}");
    }
}

#[test]
fn a_deviation_of_pytest_is_one_of_seconds_unless_iterations_are_counted() {
    let data = |value: f64, unit: &str| {
        format!(
            r#"{{"lastUpdate":1,"entries":{{"s":[{{"commit":{{"id":"01"}},"date":1735725600,"tool":"pytest",
                "benches":[{{"name":"a","value":{value},"unit":"{unit}","range":"stddev: 0.001"}}]}}]}}}}"#
        )
    };
    for (value, unit, high) in [(0.1, "seconds", 0.101e9), (10.0, "iter/sec", 10.1)] {
        let history = read("github-action-benchmark", text("file", &data(value, unit)), &Assumed::default()).unwrap();
        let point = &history.series[0].points[0];
        assert!((point.high.unwrap() - high).abs() < 1e-6 * high, "{unit}: {point:?}");
        assert_eq!(point.time.as_deref(), Some("2025-01-01T10:00:00Z"), "seconds are no milliseconds");
    }
}

#[test]
fn what_is_skipped_for_one_reason_is_one_remark_with_its_first_place() {
    let rows: String = (1..=7).map(|row| format!("s{row},0,\n")).collect();
    let read = read("csv", text("file", &format!("series,index,value\na,0,1\n{rows}")), &lower()).unwrap();
    let [remark] = &read.remarks[..] else { panic!("{:?}", read.remarks) };
    assert_eq!((remark.about.len(), remark.items.len()), (7, 7));
    assert_eq!(remark.text_and_place(), "its value is missing (file, line 3, and 6 more)");
}

#[test]
fn a_folder_of_asv_is_a_history_in_the_order_of_its_dates() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("box");
    fs::create_dir_all(&folder).unwrap();
    let put = |file: &str, content: &str| fs::write(folder.join(file), content).unwrap();
    fs::write(root.path().join("benchmarks.json"), r#"{"version":2}"#).unwrap();
    put("machine.json", r#"{"machine":"box"}"#);
    put("damaged-py3.json", "{");
    // Commits of one rebase share their time.
    for (commit, date, seconds) in [("0a", 3, 3), ("0b", 1, 1), ("0c", 2, 2), ("0d", 1, 4)] {
        let date = 1_700_000_000_000_u64 + date;
        let content = format!(
            r#"{{"commit_hash":"{commit}","date":{date},"python":"3","requirements":{{"numpy":null}},
                "params":{{"machine":"box"}},"results":{{"time_a":{seconds},"time_b":null}},"version":1}}"#
        );
        put(&format!("{commit}-py3.json"), &content);
    }
    let source = Source::Folder(root.path().to_owned());
    assert_eq!(detect(&source).unwrap(), "asv");
    let read = read("asv", source, &Assumed::default()).unwrap();
    let [series] = &read.series[..] else { panic!("{:?}", read.series) };
    assert_eq!(series.suite.as_deref(), Some("py3-numpy"));
    assert_eq!(series.points.iter().map(|point| point.value).collect::<Vec<_>>(), [1e9, 4e9, 2e9, 3e9]);
    let said = |part: &str| read.remarks.iter().filter(|it| format!("{it:?}").contains(part)).count();
    assert_eq!([said("damaged-py3.json"), said("it has no result"), said("the same ones in that")], [1, 1, 1]);
}

#[test]
fn a_spread_ends_at_zero() {
    let report = r#"{"machine_info":{},"benchmarks":[{"fullname":"a","stats":{"median":2,"stddev":5}}]}"#;
    let read = read("pytest-benchmark", text("file", report), &Assumed::default()).unwrap();
    let point = &read.series[0].points[0];
    assert_eq!((point.low, point.high), (Some(0.0), Some(7e9)));
}

#[test]
fn a_benchmark_of_criterion_that_was_interrupted_loses_itself_alone() {
    let root = tempfile::tempdir().unwrap();
    let read = || read("criterion", Source::Folder(root.path().to_owned()), &Assumed::default());
    for (name, missing) in [("a", ""), ("b", "sample.json"), ("c", "benchmark.json")] {
        let folder = root.path().join("g").join(name).join("new");
        fs::create_dir_all(&folder).unwrap();
        let put = |file: &str, text: &str| {
            if file != missing {
                fs::write(folder.join(file), text).unwrap()
            }
        };
        put("benchmark.json", &format!(r#"{{"group_id":"g","function_id":"{name}","full_id":"g/{name}"}}"#));
        put("estimates.json", r#"{"median":{"point_estimate":5.0,"confidence_interval":{"lower_bound":null}}}"#);
        put("sample.json", r#"{"sampling_mode":"Flat","iters":[1.0,1.0],"times":[5.0,5.0]}"#);
    }
    let history = read().unwrap();
    assert_eq!(history.series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>(), ["g/a"]);
    let said = |name: &str, file: &str| history.remarks.iter().any(|it| it.about == [name] && it.text.contains(file));
    assert!(said("g/b", "sample.json") && said("g/c", "benchmark.json"), "{:?}", history.remarks);
    fs::rename(root.path().join("g/a/new"), root.path().join("g/a/main")).unwrap();
    ["b", "c"].iter().for_each(|name| fs::remove_dir_all(root.path().join("g").join(name)).unwrap());
    assert!(read().unwrap_err().to_string().contains("no baseline `new`, which is read, but main"));
}

#[test]
fn one_bad_item_loses_one_item_and_is_named() {
    let cases = include_str!("bad_items.txt").split("\n=== ").skip(1);
    for case in cases {
        let (head, content) = case.split_once('\n').unwrap();
        let [form, expected, remark] = head.splitn(3, '|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{head}")
        };
        let history = read(form, text("file", &format!("{content}\n")), &Assumed::default());
        let history = history.or_else(|error| match error {
            ingest::Error::Direction { .. } => read(form, text("file", &format!("{content}\n")), &lower()),
            error => Err(error),
        });
        let history = history.unwrap_or_else(|error| panic!("{case}: {error}"));
        let values =
            |points: &[InterchangePoint]| points.iter().map(|it| it.value.to_string()).collect::<Vec<_>>().join(" ");
        let whole = |series: &InterchangeSeries| format!("{} => {}", series.name, values(&series.points));
        let found: Vec<String> = history.series.iter().map(whole).collect();
        let expected: Vec<&str> = expected.split("; ").collect();
        let is_same =
            |(found, expected): (&String, &&str)| found == expected || found.split(" => ").next() == Some(*expected);
        assert!(found.len() == expected.len() && found.iter().zip(&expected).all(is_same), "{case}: {found:?}");
        let said = history.remarks.iter().any(|it| it.text.contains(remark));
        assert!(said || remark.is_empty(), "{case}: {:?}", history.remarks);
    }
}

#[test]
fn entries_of_a_commit_that_is_not_known_stay_apart() {
    for placeholder in ["unversioned", "(unknown)", "undefined", "HEAD", "0000000"] {
        let table = format!("commit,benchmark,value,unit\n{placeholder},a,1,ns\n{placeholder},a,2,ns\n");
        let history = read("csv-long", text("file", &table), &Assumed::default()).unwrap();
        assert_eq!(history.series[0].points.len(), 2, "{placeholder}");
        assert!(history.remarks.iter().any(|it| it.about == [placeholder]), "{:?}", history.remarks);
    }
}

#[test]
fn what_a_benchmark_of_go_prints_is_not_its_configuration() {
    let rows = "BenchmarkA \tstart\nprogress: 50%\n 100\t5 ns/op\nBenchmarkB \tpanic: boom\nFAIL\npkg: q\nBenchmarkC 1 5 ns/op\n";
    let history = read("go", text("file", rows), &Assumed::default()).unwrap();
    let found: Vec<_> = history.series.iter().map(|it| (it.suite.as_deref(), it.name.as_str())).collect();
    assert_eq!(found, [(None, "A"), (Some("q"), "C")]);
    let about: Vec<_> = history.remarks.iter().map(|remark| &remark.about).collect();
    assert_eq!(about, [&["B"]]);
}

#[test]
fn the_first_place_of_what_is_skipped_is_the_first_of_the_file() {
    let rows: String =
        (0..9).map(|row| format!("a,{row},1\n")).chain((0..4).map(|row| format!("b{row},0,\n"))).collect();
    let bad = read("csv", text("file", &format!("series,index,value\n{rows}")), &lower()).unwrap();
    assert_eq!(bad.remarks[0].text_and_place(), "its value is missing (file, line 11, and 3 more)");
    let bad = read("csv", text("file", "series,index,value\na,0,1\nz,0,\nb,0,\n"), &lower()).unwrap();
    assert_eq!(bad.remarks[0].place().as_deref(), Some("file, line 3"));
}

#[test]
fn which_way_is_better_is_read_where_a_tool_says_it_beside_an_unknown_unit() {
    let jmh = |mode: &str| {
        format!(r#"[{{"benchmark":"a","mode":"{mode}","primaryMetric":{{"score":1,"scoreUnit":"fish/week"}}}}]"#)
    };
    let data = |is_bigger: bool| {
        format!(
            r#"{{"lastUpdate":1,"entries":{{"s":[{{"commit":{{"id":"01"}},"bigger_is_better":{is_bigger},
                "benches":[{{"name":"a","value":1,"unit":"fish/week"}}]}}]}}}}"#
        )
    };
    let cases = [
        ("jmh", jmh("thrpt"), Direction::HigherIsBetter),
        ("jmh", jmh("ss"), Direction::LowerIsBetter),
        ("github-action-benchmark", data(true), Direction::HigherIsBetter),
        ("github-action-benchmark", data(false), Direction::LowerIsBetter),
    ];
    for (form, content, direction) in cases {
        let history = read(form, text("file", &content), &Assumed::default()).unwrap();
        assert_eq!(history.series[0].direction, direction, "{form} {content}");
    }
}

#[test]
fn what_a_benchmark_of_jmh_allocates_is_read_once() {
    let of = |mode: &str, allocated: u8| {
        format!(
            r#"{{"benchmark":"a","mode":"{mode}","primaryMetric":{{"score":1,"scoreUnit":"ns/op"}},
                "secondaryMetrics":{{"gc.alloc.rate.norm":{{"score":{allocated}}}}}}}"#
        )
    };
    let history = read("jmh", text("file", &format!("[{},{}]", of("avgt", 8), of("sample", 9))), &lower()).unwrap();
    let found: Vec<_> = history.series.iter().map(|it| (it.name.as_str(), it.metric.as_deref())).collect();
    assert_eq!(found, [("a", Some("allocated")), ("a", Some("avgt")), ("a", Some("sample"))]);
    assert!(history.remarks.iter().any(|it| it.text.contains("of its first mode alone")));
}

#[test]
fn a_folder_of_asv_with_more_than_a_history_may_hold_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let rows: String = (0..=100_000).map(|row| format!(r#","time_{row}":1"#)).collect();
    fs::write(root.path().join("machine.json"), r#"{"machine":"box","num_cpu":"4","version":1}"#).unwrap();
    fs::write(root.path().join("01.json"), format!(r#"{{"commit_hash":"01","results":{{"time":1{rows}}}}}"#)).unwrap();
    let source = Source::Folder(root.path().to_owned());
    assert_eq!(detect(&source).unwrap(), "asv");
    let error = read("asv", source, &lower()).unwrap_err().to_string();
    assert!(error.contains("holds more than 100000 series"), "{error}");
}

#[test]
fn summaries_are_found_between_the_lines_that_a_bench_prints() {
    let of = |module: &str, space: &str| {
        format!(
            r#"{{{space}"version":"6",{space}"module_path":"a::{module}",{space}"profiles":[{{"tool":"Callgrind","summaries":{{"total":
            {{"summary":{{"Callgrind":{{"Ir":{{"metrics":{{"Left":1}}}}}}}}}}}}}}]}}"#
        )
    };
    let damaged = "{\n  \"version\": \"6\",\n  \"profiles\": [\n    {\n";
    let content =
        format!("running 0 tests\n\n{}\n{damaged}{}\nok\n  {}\n", of("b", ""), of("c", ""), of("d", "\n    "));
    assert_eq!(detect(&text("x", &content)).ok(), Some("iai-callgrind"));
    let history = read("iai-callgrind", text("x", &content), &lower()).unwrap();
    let names: Vec<&str> = history.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(names, ["a/b", "a/c", "a/d"]);
    let [remark] = &history.remarks[..] else { panic!("{:?}", history.remarks) };
    assert!(remark.text.contains("it is not whole"), "{remark:?}");
}

#[test]
fn bounds_of_which_one_is_on_the_wrong_side_cost_themselves_alone() {
    let item = r#"{"benchmark":"a","mode":"avgt","primaryMetric":{"score":5,"scoreUnit":"ns/op","scoreConfidence":[4,1],
        "rawData":[[5,5]]}}"#;
    let history = read("jmh", text("file", &format!("[{item}]")), &Assumed::default()).unwrap();
    let point = &history.series[0].points[0];
    assert_eq!((point.low, point.high, point.samples.as_slice()), (None, None, &[5.0, 5.0][..]));
    let many = format!("[{}]", vec![item; 1_100].join(","));
    let remarks = read("jmh", text("file", &many), &Assumed::default()).unwrap().remarks;
    assert!(remarks.iter().all(|remark| remark.about != ["100 more items"]), "{:?}", remarks.len());
}

#[test]
fn rows_of_one_commit_that_differ_in_a_name_are_series_of_that_name() {
    let tables = [
        "commit,time,name,size\nc1,2024-05-01 10:00:01,a,1\nc1,2024-05-01 10:00:02,404,5\n",
        "commit,name,test,size\nc1,s,a,1\nc1,s,404,5\n",
    ];
    for table in tables {
        let history = read("csv-wide", text("file", table), &lower()).unwrap();
        let found: Vec<_> = history.series.iter().map(|it| (it.name.as_str(), it.metric.as_deref())).collect();
        assert_eq!(found, [("a", Some("size")), ("404", Some("size"))], "{table}");
    }
}

#[test]
fn runs_with_other_parameters_are_never_one_series() {
    let hyperfine = r#"{"results":[{"command":"a","mean":1,"median":1,"parameters":{"n":"7"}},{"command":"b 7","mean":1,"median":1,
           "parameters":{"n":"7"}}]}"#;
    let jmh = r#"[{"benchmark":"a","mode":"avgt","threads":4,"primaryMetric":{"score":1,"scoreUnit":"ns/op"}}]"#;
    let inside = r#"{"results":[{"command":"v12","mean":1,"median":1,"parameters":{"n":"1"}}]}"#;
    let before_1_10 =
        r#"{"results":[{"command":"a","mean":1,"parameter":"1"},{"command":"a","mean":1,"parameter":"2"}]}"#;
    let dot_net = r#"{"HostEnvironmentInfo":{},"Benchmarks":[
        {"FullName":"a","DisplayInfo":"A.a: DefaultJob","Statistics":{"Mean":5}},
        {"FullName":"a","DisplayInfo":"A.a: Net8(Runtime=x) [n=1]","Statistics":{"Mean":5}}]}"#;
    let of_parts = r#"{"HostEnvironmentInfo":{},"Benchmarks":[
        {"Namespace":"N","Type":"A","Method":"a","Parameters":"n=1","Statistics":{"Mean":5}},
        {"Namespace":null,"Method":"b","Parameters":"","Statistics":{"Mean":5}}]}"#;
    let cases = [
        ("benchmark-dot-net", of_parts, "N.A.a(n=1) b"),
        ("hyperfine", hyperfine, "a/n=7 b 7"),
        ("hyperfine", inside, "v12/n=1"),
        ("hyperfine", before_1_10, "a/parameter=1 a/parameter=2"),
        ("jmh", jmh, "a/threads=4"),
        ("benchmark-dot-net", dot_net, "a a/job=Net8"),
    ];
    for (form, content, names) in cases {
        let history = read(form, text("file", content), &Assumed::default()).unwrap();
        let found: Vec<&str> = history.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(found.join(" "), names);
    }
}

#[test]
fn what_files_are_measured_with_and_how_much_one_operation_does_is_said_where_it_changes() {
    let jmh = |java: u8| {
        format!(
            r#"[{{"benchmark":"a","mode":"avgt","jdkVersion":"{java}","primaryMetric":{{"score":1,"scoreUnit":"ns/op"}}}}]"#
        )
    };
    let dot_net = |runtime: u8| {
        format!(
            r#"{{"HostEnvironmentInfo":{{"RuntimeVersion":"{runtime}"}},"Benchmarks":[{{"FullName":"a","Statistics":{{"Mean":5}}}}]}}"#
        )
    };
    let pyperf = |python: u8| {
        format!(
            r#"{{"version":"1.0","metadata":{{"name":"a","python_version":"{python}"}},"benchmarks":[{{"runs":[{{"values":[1]}}]}}]}}"#
        )
    };
    let pytest = |python: u8| {
        format!(
            r#"{{"machine_info":{{"python_version":"{python}"}},"benchmarks":[{{"fullname":"a","stats":{{"median":1}}}}]}}"#
        )
    };
    let critcmp = |bytes: u8| {
        format!(
            r#"{{"name":"x","benchmarks":{{"a":{{"fullname":"a","criterion_benchmark_v1":{{"throughput":{{"Bytes":{bytes}}}}},
                "criterion_estimates_v1":{{"median":{{"point_estimate":1}}}}}}}}}}"#
        )
    };
    let asv = |version: u8| {
        format!(
            r#"{{"commit_hash":"0{version}","result_columns":["result","version"],"results":{{"time_a":[[1],"{version}"]}}}}"#
        )
    };
    let go = |processors: u8| format!("BenchmarkA-{processors} 1 5 ns/op\n");
    let cases = [
        ("jmh", [17, 21].map(jmh), "jdkVersion"),
        ("benchmark-dot-net", [17, 21].map(dot_net), "RuntimeVersion"),
        ("pyperf", [17, 21].map(pyperf), "python_version"),
        ("pytest-benchmark", [17, 21].map(pytest), "python_version"),
        ("critcmp", [17, 21].map(critcmp), "does not always do the same"),
        ("asv", [17, 21].map(asv), "does not always do the same"),
        ("go", [17, 21].map(go), "GOMAXPROCS"),
    ];
    for (form, [before, after], part) in cases {
        let is_said = |files: [&String; 2]| {
            let files = files.map(|file| text("file", file));
            let history = ingest::read(ingest::format(form).unwrap(), &files, &Assumed::default()).unwrap();
            format!("{:?}", history.remarks).contains(part)
        };
        assert_eq!([is_said([&before, &before]), is_said([&before, &after])], [false, true], "{form}");
    }
}

#[test]
fn times_are_read_where_tools_put_them() {
    let cases = [
        (
            "pyperf",
            r#"{"version":"1.0","benchmarks":[{"metadata":{"name":"a"},"runs":[{"metadata":{"date":"2025-01-31 10:00:00.5"},
                "values":[1.0]}]}]}"#,
            "2025-01-31T10:00:00.5Z",
        ),
        (
            "benchmark-dot-net",
            r#"{"Title":"A-20250131-100000","HostEnvironmentInfo":{},"Benchmarks":[{"FullName":"a","Statistics":{"Mean":5}}]}"#,
            "2025-01-31T10:00:00Z",
        ),
        (
            "google-benchmark",
            r#"{"context":{"date":"2025/01/31-10:00:00"},"benchmarks":[{"name":"a","real_time":1,"time_unit":"ns"}]}"#,
            "2025-01-31T10:00:00Z",
        ),
    ];
    for (form, content, time) in cases {
        let history = read(form, text("file", content), &Assumed::default()).unwrap();
        assert_eq!(history.series[0].points[0].time.as_deref(), Some(time), "{form}");
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
        {"FullName":"b","Statistics":{"Mean":"many"}}]}"#;
    let asv = r#"{"commit_hash":"01","result_columns":["result"],"results":{"time_a":[[1]],"time_b":1}}"#;
    let bmf_1 = r#"{"a":[{"measures":{"latency":{"value":1}}}],"b":[{"measures":{"latency":1}}]}"#;
    let critcmp = r#"{"name":"x","benchmarks":{
        "a":{"fullname":"a","criterion_estimates_v1":{"median":{"point_estimate":1}}},
        "b":{"fullname":"b","criterion_estimates_v1":{"median":{"point_estimate":null}}}}}"#;
    let hyperfine = r#"{"results":[{"command":"a","mean":1},{"command":"b","mean":null}]}"#;
    let google = r#"{"context":{},"benchmarks":[{"name":"a","real_time":1,"time_unit":"ns"},7]}"#;
    let pyperf = r#"{"version":"1.0","benchmarks":[{"metadata":{"name":"a"},"runs":[{"values":[1]}]},
        {"metadata":{"name":"b"},"runs":[{"values":1}]}]}"#;
    let pytest =
        r#"{"machine_info":{},"benchmarks":[{"fullname":"a","stats":{"median":1}},{"fullname":"b","stats":1}]}"#;
    let array = r#"[{"name":"a","value":1,"unit":"ns"},{"name":"b"}]"#;
    let data = format!(
        r#"{{"lastUpdate":1,"entries":{{"s":[{{"commit":{{"id":"01"}},"tool":"cargo","benches":{array}}},7]}}}}"#
    );
    let go = "{\"Action\":\"output\",\"Package\":\"p\",\"Output\":\"BenchmarkA 1 1 ns/op\\n\"}\n{\"Package\":7}\n";
    let libtest =
        "{\"type\":\"bench\",\"name\":\"a\",\"median\":1}\n{\"type\":\"bench\",\"name\":\"b\",\"median\":\"many\"}\n";
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
fn a_file_without_a_benchmark_among_others_is_named() {
    let perfgate = |samples: &str| format!(r#"{{"run":{{}},"bench":{{"name":"a"}},"samples":[{samples}]}}"#);
    let cases = [
        ("perfgate", perfgate(""), perfgate(r#"{"wall_ms":5}"#)),
        ("hyperfine", r#"{"results":[]}"#.to_owned(), r#"{"results":[{"command":"a","mean":1}]}"#.to_owned()),
    ];
    for (form, nothing, one) in cases {
        let format = ingest::format(form).unwrap();
        let history = ingest::read(format, &[text("none", &nothing), text("one", &one)], &Assumed::default()).unwrap();
        let silent = history.remarks.iter().find(|remark| remark.text == "it holds no benchmark");
        assert_eq!(silent.map(|remark| &remark.about[..]), Some(&["none".to_owned()][..]), "{form}");
        let nothing = [text("none", &nothing), text("more", &nothing)];
        let error = ingest::read(format, &nothing, &Assumed::default()).unwrap_err().to_string();
        assert!(error.contains("none") && error.contains("it holds no benchmark"), "{error}");
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
    let google_of_one_family = r#"{"context":{},"benchmarks":[
        {"name":"a","repetition_index":0,"real_time":1,"time_unit":"ns"},
        {"name":"a","repetition_index":1,"real_time":1,"time_unit":"ns"},
        {"name":"a","repetition_index":0,"real_time":9,"time_unit":"ns"}]}"#;
    let cases = [
        ("google-benchmark", google_of_one_family, "a|a #2"),
        ("libtest-json", libtest.as_str(), "a|a #2"),
        ("jmh", &jmh, "a|a #2|a"),
        ("pytest-benchmark", pytest, "a|a #2"),
        ("google-benchmark", google, "a|a #2"),
        ("hyperfine", hyperfine, "a/n=1|a/n=2|b/n=2"),
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
fn machines_of_forks_of_github_action_benchmark_are_never_merged() {
    let of_results = r#"{"name":"a","value":1,"unit":"ns","platform":{"os":"linux","arch":"A"}},{"name":"a","value":5,"unit":"ns","platform":{"os":"linux","arch":"B"}}"#;
    let entry = |more: &str, benches: &str| format!(r#"{{"commit":{{"id":"01"}},{more}"benches":[{benches}]}}"#);
    let value = |value: u32| format!(r#"{{"name":"a","value":{value},"unit":"ns"}}"#);
    let of_entries = [entry(r#""os":"linux A","#, &value(1)), entry(r#""os":"linux B","#, &value(5))].join(",");
    for entries in [entry("", of_results), of_entries] {
        let json = format!(r#"{{"lastUpdate":1,"entries":{{"s":[{entries}]}}}}"#);
        let read = read("github-action-benchmark", text("data.js", &json), &Assumed::default()).unwrap();
        let found = read.series.iter().map(|it| (it.name.as_str(), it.machine.clone(), it.points[0].value));
        let machine = |letter: char| {
            Some(if entries.contains("arch") { format!("{letter} linux") } else { format!("linux {letter}") })
        };
        assert_eq!(found.collect::<Vec<_>>(), [("a", machine('A'), 1.0), ("a", machine('B'), 5.0)], "{json}");
    }
}

#[test]
fn machines_that_hardly_come_again_are_one_series_and_it_is_said() {
    let read = |machines: [u8; 9]| {
        let row = |(at, machine): (usize, &u8)| format!("c{at},m{machine},a,{},ns\n", at + 1);
        let rows: String = machines.iter().enumerate().map(row).collect();
        read("csv-long", text("file", &format!("commit,host,benchmark,value,unit\n{rows}")), &Assumed::default())
            .unwrap()
    };
    let passing = read([1, 2, 3, 4, 5, 6, 7, 8, 1]);
    let values: Vec<f64> = passing.series[0].points.iter().map(|point| point.value).collect();
    assert_eq!((passing.series.len(), &passing.series[0].machine), (1, &None));
    assert_eq!(values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    assert!(passing.remarks.iter().any(|remark| remark.text.contains("hardly one of which comes again")));
    assert_eq!(read([1, 2, 3, 4, 1, 2, 3, 4, 1]).series.len(), 4);
}

#[test]
fn asv_of_version_1_is_read() {
    let content = r#"{"commit_hash":"01","date":1386688801000,"python":"2.7","requirements":{"cython":null,"numpy":1.8},
        "params":{"machine":"box"},"results":{"time_a":0.5,"time_b":null,
        "time_c":{"result":[1,2],"params":[["x","y"]],"stats":[{"ci_99":[0.5,1.5]},null]}}}"#;
    assert_eq!(detect(&text("file", content)).ok(), Some("asv"));
    let history = read("asv", text("file", content), &Assumed::default()).unwrap();
    let points = history.series.iter().map(|it| (it.name.as_str(), it.points[0].value, it.points[0].low));
    let expected = [("time_a", 5e8, None), ("time_c(x)", 1e9, Some(5e8)), ("time_c(y)", 2e9, None)];
    assert_eq!(points.collect::<Vec<_>>(), expected);
    assert_eq!(history.series[0].suite.as_deref(), Some("py2.7-cython-numpy1.8"));
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
    // Package by package.
    assert_eq!(places("go-json", &events.concat()), ["line 3", "line 2"]);
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
    assert!(history.remarks.iter().any(|it| it.about == ["toolchain"]), "{:?}", history.remarks);
    let files = [text("none", "BenchmarkA-8 1 5 ns/op\n"), text("tip", &rows("tip", 5))];
    let files = ingest::read(ingest::format("go").unwrap(), &files, &Assumed::default()).unwrap();
    assert!(files.remarks.iter().any(|it| it.about == ["toolchain"]), "a key that one file lacks");
    let files = ["base", "tip"].map(|toolchain| text(toolchain, &rows(toolchain, 5)));
    let files = ingest::read(ingest::format("go").unwrap(), &files, &Assumed::default()).unwrap();
    assert!(files.remarks.iter().any(|it| it.about == ["toolchain"] && it.text.contains("several values of it")));
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
