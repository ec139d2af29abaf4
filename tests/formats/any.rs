//! Properties of any bytes and of any history.

use parcost::rooms::model::made;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

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
                form: None,
                points: points
                    .into_iter()
                    .enumerate()
                    .map(|(place, (order, value, spread, samples))| InterchangePoint {
                        // Ascending: what is not in order is put in order.
                        order: order.map(|_| place as u64),
                        commit: Some(format!("{:040x}", place + 1)),
                        time: Some("2024-05-01T00:00:00Z".to_owned()),
                        value,
                        low: spread.map(|spread| value - spread),
                        high: spread.map(|spread| value + spread),
                        samples,
                        ..InterchangePoint::default()
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
