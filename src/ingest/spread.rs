//! A number's spread, in all the ways in which it is written beside it.

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

/// A number from zero on, with or without a comma before every three digits.
pub(super) fn number(text: &str) -> Option<f64> {
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
