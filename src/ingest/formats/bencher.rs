//! Lines of libtest, and of Criterion with `--output-format bencher`.

use crate::ingest::builder::{Builder, Observation, Place};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::spread::{Spread, number, spread};
use crate::model::RemarkKind;

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "bencher",
    about: "lines of libtest, and of Criterion with --output-format bencher",
    detect: |probe| probe.has_line(|line| line.starts_with("test ") && line.contains(MARK)),
    read,
};

const MARK: &str = "... bench:";

/// What is said of the bytes per second that stand behind a time.
pub(super) const THROUGHPUT: &str = "its throughput is not read: it follows from its time";

fn read(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    // The benchmark that runs, and whether a line ends it: what it prints stands between its name and its result.
    let mut running: Option<(Place, &str, bool)> = None;
    for (line, text) in builder.text(source)?.lines().enumerate() {
        let place = Place::Line(line + 1);
        let test = text.trim().strip_prefix("test ").and_then(name_and_rest);
        if let Some((name, _)) = test {
            say_lost(running.replace((place, name.trim(), false)), builder);
        }
        builder.stand_at(place);
        let (Some((_, name, has_ended)), rest) = (&mut running, test.map_or(text, |(_, rest)| rest)) else { continue };
        let name: &str = name;
        // What stands alone in a line may be printed; beside the name of the test it is the result, and its time follows.
        let end = if test.is_some() { rest.split_whitespace().next() } else { Some(rest.trim()) };
        match end.map(|end| end.trim_end_matches(',')) {
            Some("FAILED") => {
                running = None;
                builder.skip(name, "it failed");
            }
            Some("ok" | "ignored") => *has_ended = true,
            _ => {}
        }
        let Some((printed, result)) = rest.rsplit_once("bench:") else { continue };
        let result = parse(result.trim());
        if result.is_none() && !printed.trim().is_empty() {
            continue;
        }
        running = None;
        let name = builder.number(name, "");
        let Some((value, unit, half)) = result else {
            builder.skip(&name, &format!("expected `1,234 ns/iter (+/- 56)` after `{MARK}`"));
            continue;
        };
        if rest.contains(") = ") {
            builder.remark(RemarkKind::Skipped, &name, THROUGHPUT);
        }
        let (low, high) = half.map(|half| (value - half, value + half)).unzip();
        let unit = Some(unit.to_owned());
        builder.add(Observation { name, unit, value, low, high, ..Observation::default() })?;
    }
    say_lost(running, builder);
    Ok(())
}

/// The name of a test and what follows it; before a measurement the name itself may have ` ... ` in it.
fn name_and_rest(test: &str) -> Option<(&str, &str)> {
    let measured = test.rsplit_once(MARK).filter(|(_, result)| parse(result.trim()).is_some());
    match measured.and_then(|(name, _)| name.strip_suffix(' ')) {
        Some(name) => Some((name, &test[name.len()..])),
        None => test.split_once(" ... ").or_else(|| Some((test.strip_suffix(" ...")?, ""))),
    }
}

pub(super) fn say_lost(running: Option<(Place, &str, bool)>, builder: &mut Builder) {
    if let Some((place, name, false)) = running {
        builder.stand_at(place);
        builder.skip(name, "it has no result: it failed, or its output hides it");
    }
}

/// `1,234.5 ns/iter (+/- 56)`, and what may follow it.
fn parse(text: &str) -> Option<(f64, &str, Option<f64>)> {
    let (value, rest) = text.split_once(char::is_whitespace)?;
    let (unit, rest) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
    let half = match rest.trim().strip_prefix('(') {
        Some(rest) => match spread(rest.split_once(')')?.0) {
            Some(Spread::Absolute(half)) => Some(half),
            // The builder says that it is none.
            _ => Some(f64::NAN),
        },
        None => None,
    };
    (!unit.is_empty()).then_some(())?;
    Some((number(value)?, unit, half))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::builder::Assumed;

    #[test]
    fn what_failed_is_named() {
        let source = Source::of("x", "test a ... bench: 1 ns/iter (+/- 0)\ntest b ... FAILED\ntest c ... ok\ntest d ... ok <0.001s>\ntest e ... ignored, why\n".into());
        let mut builder = Builder::new(FORMAT.name, &Assumed::default());
        read(&source.unwrap(), &mut builder).unwrap();
        let read = builder.finish().unwrap();
        assert_eq!(read.remarks.iter().map(|remark| &remark.about).collect::<Vec<_>>(), [&["b"]]);
    }

    #[test]
    fn lines_have_a_value_a_unit_and_maybe_a_spread() {
        assert_eq!(parse("1,234 ns/iter (+/- 56)"), Some((1234.0, "ns/iter", Some(56.0))));
        assert_eq!(parse("1.5 ns/iter (+/- 0.25) = 8 MB/s"), Some((1.5, "ns/iter", Some(0.25))));
        assert_eq!(parse("7 us/iter"), Some((7.0, "us/iter", None)));
        assert!(parse("1 ns/iter (+/- x)").is_some_and(|(value, _, half)| value == 1.0 && half.unwrap().is_nan()));
        for text in ["", "12", "x ns/iter", "1 ns/iter (+/- 1", "NaN ns/iter (+/- 1)"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
