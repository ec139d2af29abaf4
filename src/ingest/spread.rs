//! A number's spread, in all the ways in which it is written beside it.

use std::borrow::Cow;

/// What may stand between thousands, and cannot be a decimal sign: blanks, also narrow ones and such that break no line.
const GAPS: [char; 6] = [' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '\u{2019}'];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spread {
    /// In the unit of the number.
    Absolute(f64),
    Share(f64),
    /// A standard deviation that the tool names as such.
    Deviation(f64),
}

/// Reads `+/- 12`, `+/- 1,234`, `± 12`, `±1.2%`, `1.2%`, `stddev: 0.1` and a number alone; none where it is none of these.
pub(super) fn spread(text: &str) -> Option<Spread> {
    let text = text.trim();
    if let Some(deviation) = text.strip_prefix("stddev:") {
        return number(deviation.trim()).map(Spread::Deviation);
    }
    let signs = ["+/-", "+-", "±"];
    let text = signs.iter().find_map(|sign| text.strip_prefix(sign)).unwrap_or(text).trim();
    match text.strip_suffix('%') {
        Some(percent) => number(percent.trim()).map(|percent| Spread::Share(percent / 100.0)),
        None => number(text).map(Spread::Absolute),
    }
}

/// A number without the gaps between its thousands: `1000,5` of `1 000,5`; any other text as it is.
pub(super) fn without_gaps(text: &str) -> Cow<'_, str> {
    let (whole, fraction) = text.split_at(text.find(['.', ',']).unwrap_or(text.len()));
    let Some(gap) = whole.chars().find(|c| GAPS.contains(c)).filter(|_| !fraction.contains(GAPS)) else {
        return Cow::Borrowed(text);
    };
    let mut groups = whole.trim_start_matches(['-', '+']).split(gap);
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let is_first = |group: &str| (1..=3).contains(&group.len()) && is_digits(group);
    if groups.next().is_some_and(is_first) && groups.all(|group| group.len() == 3 && is_digits(group)) {
        return Cow::Owned(text.replace(gap, ""));
    }
    Cow::Borrowed(text)
}

/// A number from zero on, with or without a comma or a gap before every three digits.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = &without_gaps(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = groups.all(|group| group.len() == 3) && (first.len() <= 3 || !whole.contains(','));
    if !grouped || fraction.contains(',') || !first.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number: f64 = text.replace(',', "").parse().ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_spelling() {
        let cases = [
            ("+/- 12", Some(Spread::Absolute(12.0))),
            ("+/- 1,234", Some(Spread::Absolute(1234.0))),
            ("+/- 1,234,567.5", Some(Spread::Absolute(1_234_567.5))),
            ("± 1 234\u{202f}567", None),
            ("± 1\u{202f}234\u{202f}567.5", Some(Spread::Absolute(1_234_567.5))),
            ("1'234", Some(Spread::Absolute(1234.0))),
            ("1 23", None),
            ("1234 567", None),
            ("± 12", Some(Spread::Absolute(12.0))),
            ("±12.5", Some(Spread::Absolute(12.5))),
            ("±1.5%", Some(Spread::Share(0.015))),
            ("+-1.5 %", Some(Spread::Share(0.015))),
            ("2%", Some(Spread::Share(0.02))),
            ("12", Some(Spread::Absolute(12.0))),
            ("1e-3", Some(Spread::Absolute(0.001))),
            ("stddev: 0.25", Some(Spread::Deviation(0.25))),
            ("", None),
            ("±", None),
            ("± 12 ns", None),
            ("1.234,5", None),
            ("12,34", None),
            ("± -1", None),
            ("± NaN", None),
            ("1e999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(spread(text), expected, "{text}");
        }
    }
}
