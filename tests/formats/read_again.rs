//! What is written and read back, and what several files become.

use super::*;

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
    assert!(!format!("{:?}", history.remarks).contains("the same as a file"));
    let twice = ingest::read(format, &[run(10.0), run(10.0)], &Assumed::default()).unwrap();
    assert!(format!("{:?}", twice.remarks).contains("the same as a file"));
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
