//! The program as people meet it who come with a history, or leave with one.

mod program;

use std::fs;
use std::path::Path;

use parcost::rooms::model::{
    Estimate, Interchange, InterchangePoint, Machine, Measurement, Metric, Quality, Run, made,
};
use parcost::rooms::{export, store};
use program::{complaint, output, parcost};

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats").join(name).display().to_string()
}

/// A folder with two stored runs of each machine.
fn stored(machines: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (place, machine) in machines.iter().enumerate() {
        for commit in 1..=2 {
            let run = run(machine, commit, &format!("{:016x}", 16 * place + commit));
            store::append(&folder.path().join("results"), &run).expect("the folder is new");
        }
    }
    folder
}

fn run(machine: &str, commit: usize, id: &str) -> Run {
    let time = format!("2026-03-0{commit}T10:00:00Z");
    let values = [(Metric::WallTime, 12_000.0), (Metric::UniqueMemory, 24.0), (Metric::TimePerThread, -3.0)];
    Run {
        id: id.to_owned(),
        started: time.clone(),
        commit: made::commit(&format!("{commit:040x}"), &time, commit as u64),
        machine: Machine { hardware: made::facts(&[("cores", "2")]), ..made::machine(machine) },
        conditions_before: made::conditions(&time),
        conditions_after: made::conditions(&time),
        measurements: values.map(|(metric, value)| measurement(metric, value)).into(),
        ..made::run(0)
    }
}

fn measurement(metric: Metric, value: f64) -> Measurement {
    let measurement = made::measurement("spawn/thread/count=1", metric, &[value - 1.0, value, value + 1.0]);
    let estimate = Estimate::new(value, value - 1.0, value + 1.0).expect("in order");
    Measurement { estimate, samples: 20, ..measurement }
}

#[test]
fn an_import_is_a_history_and_a_page_of_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let data = fixture("github-action-benchmark.js");
    let assert = parcost(folder.path(), &["import", "--from", "github-action-benchmark", &data]).success();
    let history: Interchange = serde_json::from_str(&output(&assert)).unwrap();
    assert!(history.check().is_ok() && complaint(&assert).contains("What was changed or skipped"));

    let page = output(&parcost(folder.path(), &["import", &data, "--format", "markdown"]).success());
    assert!(page.starts_with("## Imported") || page.contains("| series |"), "{page}");

    let to = ["import", &data, "--output", "history.json", "--format", "markdown"];
    let page = output(&parcost(folder.path(), &to).success());
    assert!(page.contains("entry 0 of Rust") && page.contains("ops/s"), "{page}");
    let kept: Interchange = serde_json::from_slice(&fs::read(folder.path().join("history.json")).unwrap()).unwrap();
    assert_eq!(kept, history);
    assert!(complaint(&parcost(folder.path(), &to).code(3)).contains("--force"));
    parcost(folder.path(), &[&to[..], &["--force"]].concat()).success();
}

#[test]
fn what_the_file_does_not_say_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let table = fixture("csv.csv");
    fs::write(folder.path().join("rate.csv"), "series,index,value\nthroughput_rps,0,100\nthroughput_rps,1,112\n")
        .unwrap();
    for verb in [&["trend"][..], &["import"], &["export", "--to", "csv-long"]] {
        let refused = complaint(&parcost(folder.path(), &[verb, &["rate.csv"]].concat()).code(3));
        assert!(refused.contains("`throughput_rps` is better; add --better lower"), "{refused}");
        let told = parcost(folder.path(), &[verb, &[&table]].concat()).success();
        let told = format!("{}{}", output(&told), complaint(&told)).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("no direction is stated; lower is taken as better"), "{told}");
    }
    let assert = parcost(folder.path(), &["import", &table, "--better", "higher", "--unit", "MiB/s"]).success();
    let history: Interchange = serde_json::from_str(&output(&assert)).unwrap();
    assert_eq!(history.series[0].unit.as_deref(), Some("B/s"));
    assert_eq!(history.series[0].points[0].value, 12.5 * 1024.0 * 1024.0);
    let rows: String = (0..40).map(|row| format!("a,{row},{}\n", if row < 20 { 100 } else { 80 })).collect();
    fs::write(folder.path().join("speeds.csv"), format!("series,index,value\n{rows}")).unwrap();
    parcost(folder.path(), &["trend", "speeds.csv", "--fail-on", "worse"]).success();
    parcost(folder.path(), &["trend", "speeds.csv", "--fail-on", "worse", "--unit", "MiB/s"]).code(1);
    parcost(folder.path(), &["import", "--from", "openmetrics", &table]).code(2);
    parcost(folder.path(), &["import", "nowhere.json"]).code(3);
    parcost(folder.path(), &["import"]).code(2);
}

#[test]
fn stored_runs_are_exported_in_every_format() {
    let folder = stored(&["box-1"]);
    // Parquet is a folder, and no text.
    for form in export::FORMATS.iter().map(|format| format.name).filter(|name| *name != "parquet") {
        let arguments = ["export", "--to", form, "--metric", "wall_time"];
        let text = output(&parcost(folder.path(), &arguments).success());
        assert!(text.to_lowercase().contains("spawn/thread/count=1"), "{form}: {text}");
    }
    let all = parcost(folder.path(), &["export", "--to", "history"]).success();
    let history: Interchange = serde_json::from_str(&output(&all)).unwrap();
    let units: Vec<_> = history.series.iter().map(|series| (series.unit.as_deref(), series.points[0].value)).collect();
    assert_eq!(units, [(Some("ns"), 12_000.0), (Some("B"), 24.0 * 1024.0)]);
    assert_eq!(history.series[0].points.iter().map(|point| point.order).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert!(history.remarks[0].about[0].contains("time_per_thread"), "{:?}", history.remarks);
    // Of several machines, too, what there is to remark is said once.
    let two = stored(&["box-1", "other"]);
    parcost(two.path(), &["export", "--to", "history", "--output", "two.json"]).success();
    let judged = output(&parcost(two.path(), &["trend", "two.json", "--format", "json"]).success());
    let judged: serde_json::Value = serde_json::from_str(&judged).unwrap();
    let remarks = [0, 1].map(|machine| judged["histories"][machine]["remarks"].as_array().map_or(0, Vec::len));
    assert_eq!(remarks, [history.remarks.len(), 0], "{judged}");
    let notes = complaint(&parcost(folder.path(), &["export", "--to", "bmf"]).success());
    assert!(notes.contains("skipped") && notes.contains("the machine"), "{notes}");
}

#[test]
fn exports_from_before_and_after_a_change_of_form_are_never_one_series() {
    let (old, new) = (stored(&["box-1"]), tempfile::tempdir().unwrap());
    let measured = |commit: usize, form: i16, quality: Quality| {
        let mut run = run("box-1", commit, &format!("{commit:016x}"));
        run.forms.insert("spawn".to_owned(), form);
        run.measurements = vec![Measurement { quality, ..measurement(Metric::WallTime, 90_000.0) }];
        store::append(&new.path().join("results"), &run).expect("the run is new");
    };
    measured(3, 2, Quality::Good);
    // What is inconclusive says nothing of the newest form.
    measured(4, 3, Quality::Inconclusive("disturbed".to_owned()));
    let values = |format: &str| {
        let files = [("old.txt", &old), ("new.txt", &new)].map(|(name, folder)| {
            let export = ["export", "--to", format, "--metric", "wall_time", "--output", name];
            parcost(folder.path(), &export).success();
            folder.path().join(name).display().to_string()
        });
        let read = output(&parcost(old.path(), &["import", "--better", "lower", &files[0], &files[1]]).success());
        for file in &files {
            fs::remove_file(file).unwrap();
        }
        let history: Interchange = serde_json::from_str(&read).unwrap();
        let points = |points: &[InterchangePoint]| points.iter().map(|point| point.value).collect::<Vec<f64>>();
        history.series.iter().map(|series| (series.name.clone(), points(&series.points))).collect::<Vec<_>>()
    };
    let (name, renamed) = ("spawn/thread/count=1", "spawn/thread/count=1 (form 2)");
    for format in ["history", "csv-long"] {
        assert_eq!(values(format), [(name.to_owned(), vec![90_000.0])], "{format}");
    }
    for format in ["csv", "github-action-benchmark", "bencher"] {
        let found = values(format);
        let of = |name: &str| found.iter().find(|(found, _)| found == name).map(|(_, points)| points.last().copied());
        assert_eq!([of(name), of(renamed)], [Some(Some(12_000.0)), Some(Some(90_000.0))], "{format}: {found:?}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn runs_of_all_machines_become_a_table_with_a_file_for_each() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    let folder = stored(&["box-1", "other"]);
    let export = ["export", "--to", "parquet", "--output", "table"];
    parcost(folder.path(), &export[..3]).code(2);
    parcost(folder.path(), &export).success();
    for machine in ["box-1", "other"] {
        let place = folder.path().join(format!("table/machine={machine}/runs.parquet"));
        let reader = SerializedFileReader::new(std::fs::File::open(place).unwrap()).unwrap();
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), reader.metadata().file_metadata().num_rows() as usize);
        let times = rows.iter().filter(|row| row.get_string(10).unwrap() == "wall_time");
        let times: Vec<f64> = times.map(|row| row.get_double(13).unwrap()).collect();
        assert_eq!(times[0], 12_000.0, "{machine}: {times:?}");
        assert!(rows.iter().all(|row| row.get_int(16).unwrap() == 1), "no run here has another form");
    }
    assert!(complaint(&parcost(folder.path(), &export).code(3)).contains("--force"));
    parcost(folder.path(), &[&export[..], &["--force", "--machine", "other", "--metric", "wall_time"]].concat())
        .success();
    parcost(folder.path(), &[&export[..], &["--force", "--metric", "speed"]].concat()).code(3);
}

#[test]
fn an_export_asks_for_one_machine_and_never_overwrites_unasked() {
    let folder = stored(&["box-1", "other"]);
    assert!(complaint(&parcost(folder.path(), &["export", "--to", "go"]).code(3)).contains("--machine: box-1, other"));
    let json = output(&parcost(folder.path(), &["machine", "--format", "json"]).success());
    let own = serde_json::from_str::<serde_json::Value>(&json).unwrap()["machine"].as_str().unwrap().to_owned();
    let several = stored(&[&own, "other"]);
    let assert = parcost(several.path(), &["export", "--to", "go"]).success();
    assert!(output(&assert).contains(&format!("machine: {own}")) && complaint(&assert).contains("--machine chooses"));
    let one = ["export", "--to", "go", "--machine", "box", "--output", "new/folder/go.txt"];
    let said = complaint(&parcost(folder.path(), &one).success());
    assert!(said.contains("wrote new/folder/go.txt"), "{said}");
    let text = fs::read_to_string(folder.path().join(one[6])).unwrap();
    assert!(text.contains("machine: box-1") && !text.contains("other"), "{text}");
    assert!(complaint(&parcost(folder.path(), &one).code(3)).contains("--force"));
    parcost(folder.path(), &[&one[..], &["--force"]].concat()).success();
    for arguments in [&["--metric", "beauty"][..], &["--machine", "nobody"], &["--results", "nowhere"]] {
        parcost(folder.path(), &[&["export", "--to", "go"], arguments].concat()).code(3);
    }
    parcost(folder.path(), &["export", "--to", "criterion"]).code(2);
}

#[test]
fn an_exported_history_is_judged_machine_by_machine() {
    let folder = stored(&["box-1", "other"]);
    parcost(folder.path(), &["export", "--to", "history", "--output", "h.json"]).success();
    let judged = |arguments: &[&str]| {
        let printed = output(&parcost(folder.path(), &[&["trend", "--format", "json"], arguments].concat()).success());
        let data: serde_json::Value = serde_json::from_str(&printed).unwrap();
        let histories = data["histories"].as_array().unwrap().clone();
        let names = |history: &serde_json::Value| {
            let series = history["series"].as_array().unwrap().iter();
            let names: Vec<String> = series.map(|it| format!("{} {}", it["benchmark"], it["metric"])).collect();
            (history["machine"].to_string(), names, history["ended"].as_array().unwrap().len())
        };
        histories.iter().map(names).collect::<Vec<_>>()
    };
    let of_file = judged(&["h.json"]);
    let without_growth = |mut all: Vec<(String, Vec<String>, usize)>| {
        all.iter_mut().for_each(|(_, names, _)| names.retain(|name| !name.contains("time_per_thread")));
        all
    };
    assert_eq!(of_file, without_growth(judged(&["--all-machines"])));
    assert_eq!(judged(&["h.json", "--machine", "oth"]), without_growth(judged(&["--machine", "other"])));
    let refused = complaint(&parcost(folder.path(), &["trend", "h.json", "--metric", "beauty"]).code(3));
    assert!(refused.contains("there are the metrics unique_memory, wall_time"), "{refused}");
}

#[test]
fn a_table_keeps_units_directions_and_the_names_of_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rates.csv"), "series,index,value,unit,better\na,0,5,ops/s,higher\n").unwrap();
    let table = output(&parcost(folder.path(), &["export", "--to", "csv", "rates.csv"]).success());
    assert!(table.contains("a,0,5,ops/s,higher"), "{table}");
    for name in ["go-0.txt", "go-1.txt"] {
        fs::write(folder.path().join(name), "BenchmarkA 1 5 ns/op\n").unwrap();
    }
    let export = |form| parcost(folder.path(), &["export", "--to", form, "go-0.txt", "go-1.txt"]).success();
    assert!(output(&export("csv-long")).contains(",go-1.txt,"));
    assert!(complaint(&export("csv")).contains("names of files in place of commits"));
}

#[test]
fn files_are_converted_from_one_format_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let text = output(
        &parcost(folder.path(), &["export", "--to", "go", "--from", "hyperfine", &fixture("hyperfine.json")]).success(),
    );
    assert_eq!(text.lines().filter(|line| line.starts_with("BenchmarkSleep_0.1 1 ")).count(), 3, "{text}");
}

/// The level of one series rises by a tenth at its 40th value; in all formats with an order.
#[test]
fn every_format_with_an_order_has_a_trend() {
    let folder = tempfile::tempdir().unwrap();
    let value = |place: usize| (if place < 40 { 100.0 } else { 110.0 }) + (place * 7 % 5) as f64 / 10.0;
    let rows: String = (0..60)
        .map(|place| format!("2026-01-01T00:{place:02}:00Z,c{place:03},a,ns,{},higher\n", value(place)))
        .collect();
    let header = "time,commit,benchmark,unit,value,better\n";
    fs::write(folder.path().join("long.csv"), format!("{header}{rows}")).unwrap();
    for form in ["csv-long", "github-action-benchmark", "go", "history"] {
        let out = format!("{form}.out");
        parcost(folder.path(), &["export", "--to", form, "long.csv", "--output", &out]).success();
        let trend = parcost(folder.path(), &["trend", "--from", form, &out, "--format", "json"]).success();
        let printed: serde_json::Value = serde_json::from_str(&output(&trend)).unwrap();
        let finding = &printed["histories"][0]["findings"][0];
        assert_eq!((&finding["culprit"], &finding["verdict"]), (&"c040".into(), &"improved".into()), "{form}");
    }
}

#[test]
fn zeros_are_not_judged_and_the_page_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let trend =
        parcost(folder.path(), &["trend", "--from", "github-action-benchmark", &fixture("github-action-benchmark.js")])
            .success();
    assert!(output(&trend).contains("skipped: 1 value: of zero"), "{}", output(&trend));
}

#[test]
fn a_file_that_cannot_be_written_to_its_end_leaves_the_one_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..200).map(|index| format!("a,{index},1.5\n")).collect();
    fs::write(folder.path().join("table.csv"), format!("series,index,value\n{rows}")).unwrap();
    fs::write(folder.path().join("out.json"), "the good one").unwrap();
    let parcost = env!("CARGO_BIN_EXE_parcost");
    for verb in ["import --better lower", "export --better lower --to history"] {
        let script = format!("ulimit -f 1; exec '{parcost}' {verb} table.csv --output out.json --force");
        let status =
            std::process::Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
        assert!(!status.status.success(), "{verb}: {status:?}");
        assert_eq!(fs::read_to_string(folder.path().join("out.json")).unwrap(), "the good one", "{verb}");
    }
}
