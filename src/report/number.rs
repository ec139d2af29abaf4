//! Numbers as they are printed: three significant digits in the unit that suits them.

use std::collections::BTreeMap;

use crate::model::Estimate;
use crate::model::topics::axis_of;
use crate::verdict::policy::DETECTABLE_MAX;

/// A unit's name and how many of the stored unit it holds.
type Step = (&'static str, f64);

const TIME: [Step; 4] = [("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];
const MEMORY: [Step; 3] = [("KiB", 1.0), ("MiB", 1024.0), ("GiB", 1024.0 * 1024.0)];
const BYTES: [Step; 4] = [("B", 1.0), ("KiB", 1024.0), ("MiB", 1024.0 * 1024.0), ("GiB", 1024.0 * 1024.0 * 1024.0)];
const COUNT: [Step; 4] = [("", 1.0), ("k", 1e3), ("M", 1e6), ("G", 1e9)];

/// A larger power of ten is printed as one: no column has room for its zeros.
const DIGITS_MAX: i32 = 9;

/// A number that has chosen its unit; others can be printed in the same.
struct Scale {
    divisor: f64,
    /// With the space before it, if it takes one.
    suffix: String,
}

/// `12.3 µs`, `1.48 MiB`, `1.23 M`, `4.94×`: counts are printed without their unit, which the metric's name says.
pub(super) fn quantity(value: f64, unit: &str) -> String {
    let scale = Scale::of(value, unit);
    format!("{}{}", scale.digits(value), scale.suffix)
}

/// `12.3 µs (12.0–12.9)`, all three in the same unit; an interval of no width is not printed. A value within
/// a hundredth of the width from zero, in an interval around zero, is 0: its digits say nothing.
pub(super) fn interval(estimate: Estimate, unit: &str) -> String {
    let scale = Scale::of(estimate.center(), unit);
    let is_zero = estimate.low() < 0.0 && estimate.center().abs() < (estimate.high() - estimate.low()) / 100.0;
    let center = format!("{}{}", scale.digits(if is_zero { 0.0 } else { estimate.center() }), scale.suffix);
    if estimate.low() == estimate.high() {
        return center;
    }
    // A dash would be read as a sign.
    let to = if estimate.low() < 0.0 { " to " } else { "–" };
    format!("{center} ({}{to}{})", scale.bound(estimate.low()), scale.bound(estimate.high()))
}

/// A change as a share: `+31.0 % (+29.4 to +32.6)`, `-0.24 %`, and from ten times on `40.0×`.
pub(super) fn signed_change(share: Estimate) -> String {
    if share.center() >= 10.0 {
        return quantity(1.0 + share.center(), "×");
    }
    let center = format!("{} %", signed_percent(share.center()));
    if share.low() == share.high() {
        return center;
    }
    format!("{center} ({} to {})", signed_percent(share.low()), signed_percent(share.high()))
}

/// `+31.0`: hundredths below ten per cent, tenths above.
fn signed_percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = if percent.abs() < 9.995 { 2 } else { 1 };
    let text = format!("{percent:+.decimals$}");
    if text.trim_matches(['+', '-', '0', '.']).is_empty() { "0".to_owned() } else { text }
}

/// `1,234,567`: a count in full.
pub(super) fn count(count: f64) -> String {
    let digits = format!("{count:.0}");
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|it| std::str::from_utf8(it).unwrap_or("")).collect();
    groups.join(",")
}

/// Whether a minimum detectable change is small enough to be printed as a percentage.
pub(super) fn is_detectable(share: f64) -> bool {
    share < DETECTABLE_MAX - 1.0
}

/// `1 run`, `2 runs`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Values from the least to the largest, each in the unit that suits the largest, with as many digits as tell them apart.
pub(super) fn ladder(values: &[f64], unit: &str) -> Vec<String> {
    let scale = Scale::of(values.last().copied().unwrap_or_default(), unit);
    let steps = values.windows(2).map(|pair| (pair[1] - pair[0]) / scale.divisor);
    let needed = steps.map(|step| -step.log10().floor()).fold(0.0, f64::max).min(9.0) as usize;
    let whole: Vec<String> = values.iter().map(|&value| scale.digits(value)).collect();
    let is_apart = whole.windows(2).all(|pair| pair[0] != pair[1]);
    let digits =
        |(whole, value): (String, &f64)| if is_apart { whole } else { format!("{:.needed$}", value / scale.divisor) };
    whole.into_iter().zip(values).map(digits).map(|digits| format!("{digits}{}", scale.suffix)).collect()
}

/// `12.1, 12.3, 12.9 µs`, all in the unit of the largest.
pub(super) fn several(values: &[f64], unit: &str) -> String {
    let largest = values.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
    let scale = Scale::of(largest, unit);
    let digits: Vec<String> = values.iter().map(|&value| scale.digits(value)).collect();
    format!("{}{}", digits.join(", "), scale.suffix)
}

/// A benchmark's parameter in a few words: `bytes=65536` is printed `64 KiB`, `count=8` `×8`; one that is not known here
/// is printed as it is named.
pub(super) fn parameter(name: &str, value: u64) -> String {
    match (axis_of(name).map_or("", |axis| axis.unit), value) {
        ("B", _) => bytes(value),
        ("×", _) => format!("×{value}"),
        ("CPUs", 1) => "same CPU".to_owned(),
        ("", _) => format!("{name}={value}"),
        (unit, _) => format!("{value} {unit}"),
    }
}

/// `fork, ×8`: what a row is about, and at which parameters.
pub(super) fn labelled(label: &str, parameters: &BTreeMap<String, u64>) -> String {
    let mut text = label.to_owned();
    for (name, &value) in parameters {
        text.push_str(&format!(", {}", parameter(name, value)));
    }
    text
}

fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let whole_steps = (value.trailing_zeros() / 10) as usize;
    let step = if value == 0 { 0 } else { whole_steps.min(UNITS.len() - 1) };
    format!("{} {}", value >> (10 * step), UNITS[step])
}

impl Scale {
    fn of(value: f64, unit: &str) -> Self {
        let (base, per) = unit.split_once('/').unwrap_or((unit, ""));
        let steps: &[Step] = match base {
            "ns" => &TIME,
            "KiB" => &MEMORY,
            "B" => &BYTES,
            "×" if rounded(value).0.abs() < 1e4 => return Self { divisor: 1.0, suffix: "×".to_owned() },
            "×" => return Self { suffix: format!("{}×", Self::of(value, "").suffix), ..Self::of(value, "") },
            "%" => return Self { divisor: 1.0, suffix: " %".to_owned() },
            _ => &COUNT,
        };
        let magnitude = rounded(value).0.abs().max(value.abs());
        let (name, divisor) = steps.iter().rev().find(|(_, size)| magnitude >= *size).unwrap_or(&steps[0]);
        let space = if name.is_empty() { "" } else { " " };
        let per = if per.is_empty() { String::new() } else { format!("/{per}") };
        Self { divisor: *divisor, suffix: format!("{space}{name}{per}") }
    }

    /// As [`Scale::digits`]; a factor beside 1 has the digits that show on which side of it, up to six.
    fn bound(&self, value: f64) -> String {
        let is_beside_one = self.suffix == "×" && value != 1.0 && self.digits(value) == "1.00";
        let more = (3..=6).map(|decimals| format!("{value:.decimals$}"));
        let apart = more.filter(|_| is_beside_one).find(|text| text.parse() != Ok(1.0));
        apart.unwrap_or_else(|| self.digits(value))
    }

    fn digits(&self, value: f64) -> String {
        let (value, exponent) = rounded(value / self.divisor);
        // A factor of a tenth or more says enough with a hundredth.
        let most = if self.suffix == "×" && exponent >= -1 { 2 } else { 9 };
        let decimals = usize::try_from(2 - exponent).unwrap_or(0).min(most);
        match value {
            0.0 => "0".to_owned(),
            _ if exponent > DIGITS_MAX => format!("{value:.2e}"),
            _ => format!("{value:.decimals$}"),
        }
    }
}

/// The value in three significant digits, and its power of ten after rounding.
pub(super) fn rounded(value: f64) -> (f64, i32) {
    let text = format!("{value:.2e}");
    let exponent = text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    (text.parse().unwrap_or(value), exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_in_the_unit_that_suits() {
        let cases = [
            (0.0, "ns", "0 ns"),
            (0.1234, "ns", "0.123 ns"),
            (9.996, "ns", "10.0 ns"),
            (999.4, "ns", "999 ns"),
            (999.6, "ns", "1.00 µs"),
            (12_345.0, "ns", "12.3 µs"),
            (1.5e9, "ns", "1.50 s"),
            (1.2345e13, "ns", "12300 s"),
            (-900.0, "ns/MiB", "-900 ns/MiB"),
            (1_480.0, "KiB", "1.45 MiB"),
            (1_073_741_824.0, "B", "1.00 GiB"),
            (1_480.0, "B/s", "1.45 KiB/s"),
            (1_234_567.0, "instructions", "1.23 M"),
            (3.0, "switches", "3.00"),
            (0.98765, "×", "0.99×"),
            (0.0536, "×", "0.0536×"),
            (9_994.0, "×", "9990×"),
            (2_210_000.0, "×", "2.21 M×"),
            (4.6, "%", "4.60 %"),
            (1e-300, "ns", "0.000000000 ns"),
            (1e308, "", "1.00e299 G"),
        ];
        for (value, unit, expected) in cases {
            assert_eq!(quantity(value, unit), expected, "{value} {unit}");
        }
    }

    #[test]
    fn an_interval_keeps_the_unit_of_its_center() {
        let estimate = |center, low, high| Estimate::new(center, low, high).unwrap();
        assert_eq!(interval(estimate(1_000.0, 900.0, 1_100.0), "ns"), "1.00 µs (0.900–1.10)");
        assert_eq!(interval(estimate(0.4, -2.0, 3.0), "ns/MiB"), "0.400 ns/MiB (-2.00 to 3.00)");
        assert_eq!(interval(estimate(-0.00006, -0.0117, 0.0116), "%"), "0 % (-0.0117 to 0.0116)");
        assert_eq!(interval(estimate(1.0, 0.9, 900.0), "ns"), "1.00 ns (0.900–900)");
        assert_eq!(interval(estimate(24.0, 24.0, 24.0), "KiB"), "24.0 KiB");
        let factor = |low, high| interval(estimate(0.92, low, high), "×");
        assert_eq!(factor(0.85, 0.998), "0.92× (0.85–0.998)");
        assert_eq!(factor(0.85, 1.00004), "0.92× (0.85–1.00004)");
        assert_eq!(factor(0.85, 1.0), "0.92× (0.85–1.00)");
    }

    #[test]
    fn changes_have_their_sign_and_counts_all_their_digits() {
        let change = |center, low, high| signed_change(Estimate::new(center, low, high).unwrap());
        assert_eq!(change(0.31, 0.294, 0.326), "+31.0 % (+29.4 to +32.6)");
        assert_eq!(change(-0.0024, -0.0024, -0.0024), "-0.24 %");
        assert_eq!(change(0.00001, -0.003, 0.003), "0 % (-0.30 to +0.30)");
        assert_eq!(change(3_999.0, 3_999.0, 3_999.0), "4000×");
        assert_eq!(["7", "1,234", "1,234,567"], [7.0, 1_234.0, 1_234_567.0].map(count));
    }

    #[test]
    fn several_share_the_unit_of_the_largest() {
        assert_eq!(several(&[900.0, 1_100.0], "ns"), "0.900, 1.10 µs");
        assert_eq!(several(&[], "ns"), " ns");
    }

    #[test]
    fn sizes_are_printed_in_whole_units() {
        let cases = [(0, "0 B"), (64, "64 B"), (65_536, "64 KiB"), (1_048_577, "1048577 B"), (16 << 20, "16 MiB")];
        for (bytes, expected) in cases {
            assert_eq!(parameter("bytes", bytes), expected);
        }
        assert_eq!(parameter("workers", 2), "workers=2");
    }
}
