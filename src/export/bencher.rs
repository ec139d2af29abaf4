//! Lines of libtest, and of Criterion with `--output-format bencher`.

use super::format::ExportFormat;
use super::format::Part::{Branch, Commits, Machine, Metric, Order, Samples, Suite, Times};
use super::timeline::{half_width, newest_times};
use crate::model::{Interchange, RemarkKind, Remarks};

pub(super) const FORMAT: ExportFormat = ExportFormat::new(
    "bencher",
    "lines of libtest",
    write,
    &[Suite, Metric, Machine, Branch, Commits, Times, Order, Samples],
);

/// Between a name and its numbers.
const MARK: &str = "... bench:";

fn write(history: &Interchange, remarks: &mut Remarks) -> Result<String, String> {
    let mut text = String::new();
    for (_, label, point) in newest_times(history, remarks)? {
        if label.contains(char::is_control) || label.contains(MARK) || label.trim() != label {
            return Err(format!("`{}` cannot be the name on a line of this format; rename it", label.escape_debug()));
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
    Ok(text)
}

/// A number in full, with a comma before every three digits.
fn grouped(value: f64) -> String {
    let text = value.to_string();
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), ""), |(whole, _)| text.split_at(whole.len()));
    let groups: Vec<String> =
        whole.as_bytes().rchunks(3).rev().map(|digits| String::from_utf8_lossy(digits).into_owned()).collect();
    format!("{}{fraction}", groups.join(","))
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
            assert_eq!(expected.replace(',', "").parse(), Ok(value));
        }
    }
}
