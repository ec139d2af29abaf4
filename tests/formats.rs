//! Files of other tools: read as expected, refused aloud, written and read back, and never a panic.
//!
//! The bytes of every reader can be spoiled for as long as wanted, ten minutes a form with
//! `PROPTEST_CASES=200000 cargo test --test formats spoiled`.

use std::path::{Path, PathBuf};

use parcost::formats::{self, Assumed, Error, Form, Input, Source};
use parcost::model::{Direction, INTERCHANGE_SCHEMA_VERSION, Interchange, InterchangePoint, InterchangeSeries};
use proptest::prelude::*;
use proptest::sample::Index;

/// The fixture of every form that is read; a folder where the form is one.
const FIXTURES: [(Form, &str); 15] = [
    (Form::GithubActionBenchmark, "formats/data.js"),
    (Form::GithubActionBenchmarkArray, "formats/array.json"),
    (Form::Bencher, "formats/bencher.txt"),
    (Form::Bmf, "formats/bmf.json"),
    (Form::Criterion, "engines/criterion"),
    (Form::Critcmp, "formats/critcmp.json"),
    (Form::IaiCallgrind, "formats/iai-callgrind.json"),
    (Form::Gungraun, "formats/gungraun.json"),
    (Form::Hyperfine, "formats/hyperfine.json"),
    (Form::Pyperf, "formats/pyperf.json"),
    (Form::GoogleBenchmark, "formats/google-benchmark.json"),
    (Form::Go, "formats/go.txt"),
    (Form::Csv, "formats/series.csv"),
    (Form::CsvLong, "formats/long.csv"),
    (Form::History, "formats/history.json"),
];

fn source(fixture: &str) -> Source {
    let fixtures: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut source = formats::open(&fixtures.join(fixture)).expect("the fixture is there");
    let prefix = format!("{}/", fixtures.display());
    source.name = fixture.to_owned();
    for file in &mut source.files {
        file.name = file.name.replace(&prefix, "");
    }
    source
}

fn lower() -> Assumed {
    Assumed { better: Some(Direction::LowerIsBetter), unit: None }
}

fn text(name: &str, text: &str) -> Source {
    Source::of(name, text.as_bytes().to_vec()).expect("it is small")
}

#[test]
fn every_fixture_is_read_as_it_stands_here() {
    for (form, fixture) in FIXTURES {
        let assumed = if form == Form::GithubActionBenchmark { Assumed::default() } else { lower() };
        let history = formats::read(form, &[source(fixture)], &assumed).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(history.check(), Ok(()));
        insta::assert_snapshot!(format!("read_{}", form.name()), told(&history));
    }
}

/// A history in lines: a series with all that tells it from others, its points, and what was done to it.
fn told(history: &Interchange) -> String {
    let mut lines = vec![format!("form {}", history.source)];
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
    lines.extend(remarks.map(|remark| format!("{:?} {}: {}", remark.kind, remark.about.join(", "), remark.text)));
    lines.join("\n")
}

#[test]
fn every_fixture_is_told_by_its_content() {
    for (form, fixture) in FIXTURES {
        assert_eq!(formats::detect(&source(fixture)).ok(), Some(form), "{fixture}");
    }
    assert_eq!(formats::detect(&source("engines/iai")).ok(), Some(Form::IaiCallgrind));
}

#[test]
fn what_could_be_of_several_forms_or_none_is_asked_for() {
    let both = "test a ... bench: 1 ns/iter (+/- 0)\nBenchmarkA 1 1 ns/op\n";
    let cases = [
        (both, "it could be bencher or go; say it with --from"),
        ("", "what form x is of; say it with --from"),
        ("hello", "what form x is of"),
        ("{}", "what form x is of"),
        ("{\"a\":1}", "what form x is of"),
        ("\u{1f}\u{0}", "what form x is of"),
    ];
    for (content, expected) in cases {
        let error = formats::detect(&text("x", content)).expect_err(content).to_string();
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

/// Takes from a history what its form says that it does not hold.
fn held(form: Form, mut history: Interchange) -> Interchange {
    for point in history.series.iter_mut().flat_map(|series| &mut series.points) {
        // A point of several entries; its spread is not as wide on both sides.
        if form == Form::GithubActionBenchmark && !point.samples.is_empty() {
            *point = InterchangePoint { low: None, high: None, samples: Vec::new(), ..point.clone() };
        }
    }
    history
}

#[test]
fn what_is_read_and_written_is_the_same_when_it_is_read_again() {
    for (form, fixture) in FIXTURES.into_iter().filter(|(form, _)| form.is_written()) {
        let first = formats::read(form, &[source(fixture)], &lower()).unwrap();
        let written = formats::write(form, &first).unwrap_or_else(|error| panic!("{error}"));
        let again = Source::of("again", written.bytes).unwrap();
        assert_eq!(formats::detect(&again).ok(), Some(form));
        let second = formats::read(form, &[again], &lower()).unwrap_or_else(|error| panic!("{error}"));
        let (first, second) = (essence(held(form, first)), essence(second));
        assert!(alike(&first, &second), "{form}:\n{}\n{}", told(&first), told(&second));
    }
}

#[test]
fn a_history_is_stored_without_loss() {
    for (form, fixture) in FIXTURES {
        let history = formats::read(form, &[source(fixture)], &lower()).unwrap();
        let stored = formats::write(Form::History, &history).unwrap();
        let again = Source::of("history.json", stored.bytes).unwrap();
        assert_eq!(formats::read(Form::History, &[again], &Assumed::default()).unwrap(), history, "{form}");
    }
}

#[test]
fn runs_of_one_file_each_become_a_history() {
    let run = |ns: f64| text("run.txt", &format!("test a ... bench: {ns} ns/iter (+/- 1)\n"));
    let history = formats::read(Form::Bencher, &[run(10.0), run(11.0), run(12.0)], &Assumed::default()).unwrap();
    let values: Vec<f64> = history.series[0].points.iter().map(|point| point.value).collect();
    assert_eq!(values, [10.0, 11.0, 12.0]);
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let array =
        |value: &str| format!(r#"[{{"name":"a","value":1,"unit":"ns"}},{{"name":"b","value":{value},"unit":"ns"}}]"#);
    let cases: Vec<(Form, String, &str)> = vec![
        (Form::GithubActionBenchmarkArray, array("null"), "series `b`, entry 0: null is no finite number"),
        (Form::GithubActionBenchmarkArray, array("-1"), "series `b`, entry 0: -1 is no finite number from zero on"),
        (Form::GithubActionBenchmarkArray, array("1e999"), "number out of range"),
        (Form::GithubActionBenchmarkArray, "[]".to_owned(), "holds no benchmark"),
        (Form::GithubActionBenchmark, "window.BENCHMARK_DATA = {".to_owned(), "EOF while parsing"),
        (Form::GithubActionBenchmark, "{\"entries\":{\"a\":[]}}".to_owned(), "holds no benchmark"),
        (Form::Bencher, "test a ... bench: fast\n".to_owned(), "series `a`, entry 0: line 1"),
        (Form::Bencher, "nothing\n".to_owned(), "holds no benchmark"),
        (Form::Bmf, r#"{"a":{"latency":{"value":1}},"a":{"latency":{"value":2}}}"#.to_owned(), "`latency` twice"),
        (Form::Bmf, r#"{"a":{"latency":{"value":1,"lower_value":2}}}"#.to_owned(), "no spread around 1"),
        (Form::Bmf, r#"{"a":{"beauty":{"value":1}}}"#.to_owned(), "which way `a (beauty)` is better"),
        (Form::Criterion, "{}".to_owned(), "name the folder"),
        (Form::IaiCallgrind, r#"{"version":"5","module_path":"a","profiles":[]}"#.to_owned(), "its version is 5"),
        (Form::Pyperf, r#"{"version":"2.0","benchmarks":[]}"#.to_owned(), "its version is 2.0"),
        (Form::Hyperfine, r#"{"results":[{"command":"a","mean":-1}]}"#.to_owned(), "series `a`, entry 0"),
        (Form::Go, "BenchmarkA 1 NaN ns/op\n".to_owned(), "series `A`, entry 0: NaN is no finite number"),
        (Form::Go, "BenchmarkA 1 +Inf ns/op\n".to_owned(), "inf is no finite number"),
        (Form::Csv, "series,index,value\na,0,1\na,1,inf\n".to_owned(), "series `a`, entry 1"),
        (Form::Csv, "a,b\n1,2\n".to_owned(), "expected a header"),
        (Form::CsvLong, "benchmark,value,better\na,1,more\n".to_owned(), "not lower or higher"),
        (
            Form::History,
            r#"{"schema_version":2,"source":"","series":[],"remarks":[]}"#.to_owned(),
            "schema version is 2",
        ),
        (
            Form::History,
            r#"{"schema_version":1,"source":"","series":[],"remarks":[],"more":1}"#.to_owned(),
            "unknown field `more`",
        ),
    ];
    for (form, content, expected) in cases {
        let error = formats::read(form, &[text("file", &content)], &Assumed::default()).expect_err(&content);
        let error = error.to_string();
        assert!(error.contains("file") && error.contains(expected), "{form}: {error}");
    }
}

#[test]
fn deep_json_is_refused_and_not_followed() {
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    for (form, _) in FIXTURES {
        for content in [deep.clone(), format!("{{\"entries\":{{\"a\":{deep}}}}}"), format!("{{\"a\":{deep}}}")] {
            assert!(formats::read(form, &[text("deep", &content)], &lower()).is_err(), "{form}");
            let _ = formats::detect(&text("deep", &content));
        }
    }
}

/// A history of one run with one series a name.
fn history(names: &[(&str, Option<&str>, f64)]) -> Interchange {
    let series = |(name, unit, value): &(&str, Option<&str>, f64)| InterchangeSeries {
        suite: None,
        name: (*name).to_owned(),
        metric: None,
        machine: None,
        branch: None,
        unit: unit.map(str::to_owned),
        direction: Direction::LowerIsBetter,
        points: vec![InterchangePoint {
            commit: Some("0001".to_owned()),
            time: Some("2024-05-01T00:00:00Z".to_owned()),
            value: *value,
            ..InterchangePoint::default()
        }],
    };
    let series = names.iter().map(series).collect();
    Interchange { schema_version: INTERCHANGE_SCHEMA_VERSION, source: "test".to_owned(), series, remarks: Vec::new() }
}

fn written(form: Form, history: &Interchange) -> String {
    let written = formats::write(form, history).unwrap_or_else(|error| panic!("{error}"));
    String::from_utf8(written.bytes).expect("all forms are text")
}

#[test]
fn hostile_names_stay_names() {
    let name = "</script><b>\"\\\n\u{2028}&__proto__";
    let hostile = history(&[(name, Some("ns"), 1.0)]);
    for form in [Form::GithubActionBenchmark, Form::GithubActionBenchmarkArray] {
        let text = written(form, &hostile);
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let again = formats::read(form, &[self::text("again", &text)], &lower()).unwrap();
        assert_eq!(again.series[0].name, name);
    }
    let metrics = written(Form::Openmetrics, &hostile);
    assert!(metrics.contains(r#"benchmark="</script><b>\"\\\n"#) && metrics.ends_with("# EOF\n"), "{metrics}");
    let go = written(Form::Go, &hostile);
    assert_eq!(go.lines().filter(|line| line.starts_with("Benchmark")).count(), 1, "{go}");
    assert!(formats::write(Form::Bencher, &hostile).is_err());
    assert!(written(Form::CsvLong, &hostile).contains("\"</script><b>\"\"\\\n"));
    let mut suite = history(&[("a", Some("ns"), 1.0)]);
    suite.series[0].suite = Some("__proto__".to_owned());
    assert!(formats::write(Form::GithubActionBenchmark, &suite).is_err());
}

#[test]
fn what_a_form_cannot_hold_is_refused_or_said() {
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
        (Form::GithubActionBenchmark, &without_commit, "needs one"),
        (Form::GithubActionBenchmark, &two_machines, "several machines"),
        (Form::GithubActionBenchmark, &no_unit, "--unit"),
        (Form::GithubActionBenchmarkArray, &both_ways, "one direction"),
        (Form::Bencher, &no_unit, "times only"),
        (Form::Hyperfine, &no_unit, "times only"),
        (Form::Pyperf, &no_unit, "time or a size"),
        (Form::Go, &no_unit, "--unit"),
        (Form::Bmf, &long, "1024 characters"),
        (Form::Criterion, &plain, "read only"),
    ];
    for (form, history, expected) in refused {
        let error = formats::write(form, history).expect_err(expected).to_string();
        assert!(error.contains(expected) && error.contains(form.name()), "{error}");
    }
    let said = [
        (Form::Bencher, "b", "times only"),
        (Form::Hyperfine, "b", "times only"),
        (Form::Pyperf, "zero", "no zeros"),
        (Form::Csv, "zero", "zeros"),
        (Form::Bmf, "fish", "set them at Bencher"),
        (Form::Go, "a", "capital letter"),
    ];
    for (form, about, expected) in said {
        let remarks = formats::write(form, &plain).unwrap().remarks;
        let is_it = |remark: &&parcost::model::Remark| remark.text.contains(expected);
        let found = remarks.iter().find(is_it).unwrap_or_else(|| panic!("{form}: {remarks:#?}"));
        assert!(found.about.iter().any(|name| name == about), "{form}: {found:?}");
    }
}

#[test]
fn a_written_only_form_is_not_read() {
    let error = formats::read(Form::Openmetrics, &[text("x", "")], &lower()).expect_err("it is written only");
    assert!(matches!(error, Error::OneWay { .. }));
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

/// Reads a source every way there is; whatever is accepted must be a history, and go out in every form or be refused.
fn survives(form: Form, source: &Source) {
    let _ = formats::detect(source);
    let Ok(history) = formats::read(form, std::slice::from_ref(source), &lower()) else { return };
    assert_eq!(history.check(), Ok(()), "{form}");
    for other in Form::ALL {
        if let Ok(written) = formats::write(other, &history)
            && other.is_read()
            && let Ok(again) = Source::of("again", written.bytes)
        {
            let again = formats::read(other, &[again], &lower());
            assert!(again.is_ok() || other == Form::Csv, "{form} as {other}: {:?}", again.err());
        }
    }
}

macro_rules! spoiled {
    ($($name:ident: $place:expr;)*) => {$(
        proptest! {
            #![proptest_config(config())]
            #[test]
            fn $name(
                damages in prop::collection::vec(damage(), 0..6), which in any::<Index>(), raw in prop::collection::vec(any::<u8>(), 0..300),
            ) {
                let (form, fixture) = FIXTURES[$place];
                let mut source = source(fixture);
                let place = which.index(source.files.len());
                let Input { name, bytes } = source.files[place].clone();
                source.files[place] = Input { name: name.clone(), bytes: spoil(bytes, &damages) };
                survives(form, &source);
                source.files[place] = Input { name, bytes: raw };
                survives(form, &source);
            }
        }
    )*};
}

spoiled! {
    a_spoiled_data_js_is_read_or_refused: 0;
    a_spoiled_array_is_read_or_refused: 1;
    a_spoiled_bencher_text_is_read_or_refused: 2;
    a_spoiled_bmf_is_read_or_refused: 3;
    a_spoiled_criterion_folder_is_read_or_refused: 4;
    a_spoiled_critcmp_export_is_read_or_refused: 5;
    a_spoiled_iai_callgrind_summary_is_read_or_refused: 6;
    a_spoiled_gungraun_summary_is_read_or_refused: 7;
    a_spoiled_hyperfine_export_is_read_or_refused: 8;
    a_spoiled_pyperf_file_is_read_or_refused: 9;
    a_spoiled_google_benchmark_report_is_read_or_refused: 10;
    a_spoiled_go_text_is_read_or_refused: 11;
    a_spoiled_csv_is_read_or_refused: 12;
    a_spoiled_long_csv_is_read_or_refused: 13;
    a_spoiled_history_is_read_or_refused: 14;
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
                        order,
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
        let series = series.collect();
        Interchange {
            schema_version: INTERCHANGE_SCHEMA_VERSION,
            source: "history".to_owned(),
            series,
            remarks: Vec::new(),
        }
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_history_is_stored_bit_for_bit(history in any_history()) {
        let again = Source::of("again", formats::write(Form::History, &history).unwrap().bytes).unwrap();
        let mut again = formats::read(Form::History, &[again], &Assumed::default()).unwrap();
        again.remarks.clear();
        prop_assert_eq!(again, history);
    }

    #[test]
    fn any_history_without_samples_passes_the_long_csv_bit_for_bit(history in any_history()) {
        let mut history = history;
        history.series.iter_mut().flat_map(|series| &mut series.points).for_each(|point| point.samples.clear());
        let again = Source::of("again", formats::write(Form::CsvLong, &history).unwrap().bytes).unwrap();
        let again = formats::read(Form::CsvLong, &[again], &Assumed::default()).unwrap();
        prop_assert_eq!(essence(again), essence(history));
    }
}
