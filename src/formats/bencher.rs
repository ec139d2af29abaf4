//! Lines of libtest, and of Criterion with `--output-format bencher`.

use std::collections::BTreeMap;

use super::builder::{Builder, Observation};
use super::newest::{half_width, is_cost_in_time, newest, say_lost};
use super::remarks::Remarks;
use super::spread::{Spread, number, spread};
use super::{Error, Source, Written};
use crate::model::{Interchange, RemarkKind};

/// Between a name and its numbers.
const MARK: &str = "... bench:";

pub(super) fn read(source: &Source, builder: &mut Builder<'_>) -> Result<(), Error> {
    let mut given = BTreeMap::new();
    for (line, text) in source.text(builder.form)?.lines().enumerate() {
        let Some((name, result)) = text.trim().strip_prefix("test ").and_then(|text| text.split_once(MARK)) else {
            continue;
        };
        let name = builder.number(name.trim(), &mut given);
        let Some((value, unit, half)) = parse(result.trim()) else {
            let reason = format!("line {}: expected `1,234 ns/iter (+/- 56)` behind `{MARK}`", line + 1);
            return Err(builder.value(&name, reason));
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

pub(super) fn write(history: &Interchange) -> Result<Written, String> {
    let mut remarks = Remarks::default();
    let mut text = String::new();
    for (series, label, point) in newest(history, &mut remarks)? {
        if !is_cost_in_time(series) {
            remarks.add(RemarkKind::LeftOut, &label, "the form holds times only, of which lower is better");
            continue;
        }
        if label.contains(char::is_control) || label.contains(MARK) || label.trim() != label {
            return Err(format!(
                "`{}` is no name for a line of this form; rename it",
                super::builder::one_line(&label)
            ));
        }
        let half = half_width(point).unwrap_or_else(|| {
            remarks.add(
                RemarkKind::Changed,
                &label,
                "its spread is not known to be as wide on both sides: +/- 0 stands for it",
            );
            0.0
        });
        text.push_str(&format!("test {label} {MARK} {} ns/iter (+/- {})\n", grouped(point.value), grouped(half)));
    }
    if text.is_empty() {
        return Err("no series is a time, and the form holds times only".to_owned());
    }
    say_lost(history, true, &mut remarks);
    Ok(Written { bytes: text.into_bytes(), remarks: remarks.list() })
}

/// A number in full, with a comma before every three digits.
fn grouped(value: f64) -> String {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), ""), |(whole, _)| text.split_at(whole.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_read_back() {
        for (value, expected) in
            [(0.0, "0"), (999.0, "999"), (1000.0, "1,000"), (1_234_567.25, "1,234,567.25"), (0.125, "0.125")]
        {
            assert_eq!(grouped(value), expected);
            assert_eq!(number(expected), Some(value));
        }
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
