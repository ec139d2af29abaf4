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
        ("bmf", r#"{"a":{"beauty":{"value":1}}}"#.to_owned(), "which way `a` is better"),
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
fn files_are_read_as_the_snapshot_says() {
    let mut all = String::new();
    for case in include_str!("read.txt").split("\n=== ").skip(1) {
        let (head, content) = case.split_once('\n').unwrap();
        let (form, _) = head.split_once(" | ").unwrap();
        let file = || text("file", &format!("{content}\n"));
        let history = read(form, file(), &Assumed::default()).or_else(|error| match error {
            ingest::Error::Direction { .. } => read(form, file(), &lower()),
            error => Err(error),
        });
        let history = history.unwrap_or_else(|error| panic!("{case}: {error}"));
        let found = detect(&file()).unwrap_or("nothing that is known");
        let items = history.remarks.iter().flat_map(|remark| &remark.items).map(|it| (&it.file, &it.series, &it.entry));
        let items: String = items.map(|item| format!("    at {item:?}\n")).collect();
        all += &format!("=== {head}; it looks like {found}\n{}\n{items}\n", lines(&history));
    }
    insta::assert_snapshot!("cases", all);
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
fn a_series_without_a_direction_is_named_as_the_others_are() {
    let undirected = |content: &str| {
        let remarks = read("bmf", text("file", content), &Assumed::default()).unwrap().remarks;
        remarks
            .into_iter()
            .filter(|remark| remark.text.contains("which way it is better"))
            .flat_map(|remark| remark.about)
            .collect::<Vec<_>>()
    };
    let value = r#"{"value":1}"#;
    let all = format!(
        r#"{{"a":{{"beauty":{value},"latency":{value}}},"b":{{"beauty":{value},"charm":{value}}},"c":{{"charm":{value}}}}}"#
    );
    assert_eq!(undirected(&all), ["a beauty", "b beauty", "b charm", "c"]);
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
fn more_than_a_history_may_hold_is_refused_with_the_bound() {
    let rows: String = (0..=100_000).map(|row| format!("s{row},0,1\n")).collect();
    let error = read("csv", text("file", &format!("series,index,value\n{rows}")), &lower()).unwrap_err().to_string();
    assert!(error.contains("file holds more than 100000 series"), "{error}");
    let error = Source::of("file", "1,".repeat(6_000_001).into_bytes()).unwrap_err().to_string();
    assert!(error.contains("file holds more than 6000000 commas, semicolons, tabs and line ends"), "{error}");
    let name = "n".repeat(5_000);
    let named = read("csv", text("file", &format!("series,index,value\n{name},0,1\na,0,1\n")), &lower()).unwrap();
    assert_eq!(named.series.len(), 1);
    let bounded =
        r#"{"benchmark":"a","mode":"avgt","primaryMetric":{"score":5,"scoreUnit":"ns/op","scoreConfidence":[4,1]}}"#;
    let remarks =
        read("jmh", text("file", &format!("[{}]", vec![bounded; 1_100].join(","))), &lower()).unwrap().remarks;
    assert!(remarks.iter().all(|remark| remark.about != ["100 more items"]), "{:?}", remarks.len());
    let bad: String = (0..2_000).map(|row| format!("a,{row},x{row}\n")).collect();
    let remarks = read("csv", text("file", &format!("series,index,value\na,0,1\n{bad}")), &lower()).unwrap().remarks;
    assert_eq!(remarks.len(), 1_001);
    assert_eq!(remarks[1_000].about, ["1000 more items"]);
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
fn configurations_of_go_that_differ_between_files_are_said() {
    let rows = |toolchain: &str, ns: u32| format!("toolchain: {toolchain}\nBenchmarkA-8 1 {ns} ns/op\n");
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
