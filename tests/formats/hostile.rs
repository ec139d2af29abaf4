//! What an export makes of names that are hostile, and of what a format cannot store.

use super::*;

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
    assert!(written("csv", &history(&[("#1", Some("ns"), 1.0)])).contains("\n\"#1\",0,1,ns,lower\n"));
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
        ("hyperfine", "commits, times", "does not store them"),
        ("pyperf", "zero", "no zeros"),
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
