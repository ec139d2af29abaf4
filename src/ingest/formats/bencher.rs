//! Lines of libtest, and of Criterion with `--output-format bencher`.

use crate::ingest::builder::{Builder, Observation, Place};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::ImportFormat;
use crate::ingest::spread::{Spread, number, spread};

pub(super) const FORMAT: ImportFormat = ImportFormat {
    name: "bencher",
    about: "lines of libtest, and of Criterion with --output-format bencher",
    detect: |probe| probe.has_line(|line| line.starts_with("test ") && line.contains(MARK)),
    read,
};

const MARK: &str = "... bench:";
const FAILED: &str = "... FAILED";

fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    for (line, text) in builder.text(source)?.lines().enumerate() {
        builder.stand_at(Place::Line(line + 1));
        let Some(test) = text.trim().strip_prefix("test ") else { continue };
        if let Some(name) = test.strip_suffix(FAILED) {
            builder.skip(name.trim(), "it failed");
        }
        let Some((name, result)) = test.split_once(MARK) else { continue };
        let name = builder.number(name.trim(), "");
        let Some((value, unit, half)) = parse(result.trim()) else {
            builder.skip(&name, &format!("expected `1,234 ns/iter (+/- 56)` after `{MARK}`"));
            continue;
        };
        let (low, high) = (half.map(|half| value - half), half.map(|half| value + half));
        let unit = Some(unit.to_owned());
        builder.add(Observation { name, unit, value, low, high, ..Observation::default() })?;
    }
    Ok(())
}

/// `1,234.5 ns/iter (+/- 56)`, and what may follow it.
fn parse(text: &str) -> Option<(f64, &str, Option<f64>)> {
    let (value, rest) = text.split_once(char::is_whitespace)?;
    let (unit, rest) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
    let half = match rest.trim().strip_prefix('(') {
        Some(rest) => match spread(rest.split_once(')')?.0)? {
            Spread::Absolute(half) => Some(half),
            Spread::Share(_) | Spread::Deviation(_) => return None,
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
        let source = Source::of("x", "test a ... bench: 1 ns/iter (+/- 0)\ntest b ... FAILED\ntest c ... ok\n".into());
        let mut builder = Builder::new(FORMAT.name, &Assumed { better: None, unit: None });
        read(&source.unwrap(), &mut builder).unwrap();
        let read = builder.finish().unwrap();
        assert_eq!(read.remarks.iter().map(|remark| &remark.about).collect::<Vec<_>>(), [&["b"]]);
    }

    #[test]
    fn lines_have_a_value_a_unit_and_maybe_a_spread() {
        assert_eq!(parse("1,234 ns/iter (+/- 56)"), Some((1234.0, "ns/iter", Some(56.0))));
        assert_eq!(parse("1.5 ns/iter (+/- 0.25) = 8 MB/s"), Some((1.5, "ns/iter", Some(0.25))));
        assert_eq!(parse("7 us/iter"), Some((7.0, "us/iter", None)));
        for text in ["", "12", "x ns/iter", "1 ns/iter (+/- x)", "1 ns/iter (+/- 1", "NaN ns/iter (+/- 1)"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
