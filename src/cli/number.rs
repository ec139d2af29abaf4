//! Numbers on the command line: what they may be, in one sentence with an example.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use clap::Command;
use jiff::SignedDuration;

/// What arguments that take a number call their value.
const NUMBERS: [&str; 3] = ["NUMBER", "SIZE", "TIME"];

/// Makes a number below zero the value of its argument, which says what it may be, and no unknown option.
pub(super) fn below_zero(command: Command) -> Command {
    command.mut_subcommands(|verb| {
        verb.mut_args(|argument| {
            let is_number = argument.get_value_names().is_some_and(|names| NUMBERS.contains(&names[0].as_str()));
            if is_number { argument.allow_hyphen_values(true) } else { argument }
        })
    })
}

/// Reads a whole number of a range.
pub(super) fn whole<N>(range: RangeInclusive<N>, example: N) -> impl Fn(&str) -> Result<N, String> + Clone
where
    N: Clone + Display + FromStr + PartialOrd,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let expected =
            || format!("expected a whole number from {} to {}, for example {example}", range.start(), range.end());
        number.ok_or_else(expected)
    }
}

/// Longest time that a job computes or waits, nanoseconds: a day.
const DAY_NS: f64 = 86_400e9;

/// Reads the time that a job computes, in nanoseconds; a plain number is of microseconds.
pub(super) fn work_ns(text: &str) -> Result<f64, String> {
    let plain = text.parse().ok().map(|us: f64| us * 1e3);
    plain
        .or_else(|| nanoseconds(text))
        .filter(|ns| *ns > 0.0 && *ns <= DAY_NS)
        .ok_or_else(|| "expected a time above 0 and up to 24h: 200us, 5ms, or a number of microseconds".to_owned())
}

/// Reads the time that a job waits, in nanoseconds.
pub(super) fn wait_ns(text: &str) -> Result<f64, String> {
    let wait = if text == "0" { Some(0.0) } else { nanoseconds(text) };
    wait.filter(|ns| (0.0..=DAY_NS).contains(ns))
        .ok_or_else(|| "expected 0, or a time with its unit, up to 24h: 10ms, 2s".to_owned())
}

fn nanoseconds(text: &str) -> Option<f64> {
    text.parse().ok().map(|time: SignedDuration| time.as_nanos() as f64)
}

/// Reads a time with its unit, above nothing: `90s`, `1m30s`; else says what is expected, for the user.
pub fn budget(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().and_then(|time: SignedDuration| Duration::try_from(time).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| "expected a time above 0, with its unit: 90s, 10m".to_owned())
}

pub(super) fn size(text: &str) -> Result<ByteSize, String> {
    text.parse().map_err(|_| "expected a size, 0 or more: 64KiB, 512MiB, 10MB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_allowed_is_answered_by_what_is() {
        let workers = whole(1..=100u32, 8);
        let read = |kind: &str, text: &str| match kind {
            "work" => work_ns(text),
            "wait" => wait_ns(text),
            "budget" => budget(text).map(|time| time.as_nanos() as f64),
            "size" => size(text).map(|size| size.as_u64() as f64),
            _ => workers(text).map(f64::from),
        };
        for (kind, text, value) in [
            ("work", "200", 200e3),
            ("work", "200us", 200e3),
            ("work", "200µs", 200e3),
            ("work", "1.5ms", 1.5e6),
            ("wait", "0", 0.0),
            ("wait", "10ms", 10e6),
            ("budget", "1m30s", 90e9),
            ("size", "64KiB", 65_536.0),
            ("size", "0", 0.0),
            ("workers", "8", 8.0),
        ] {
            assert_eq!(read(kind, text), Ok(value), "{kind} {text}");
        }
        for (kind, texts) in [
            ("work", &["0", "0us", "-1", "-1us", "2d", "NaN", "inf", "1e99", "x", ""][..]),
            ("wait", &["-1s", "2d", "10", "x"]),
            ("budget", &["0s", "-5m", "10", "x"]),
            ("size", &["-3", "lots"]),
            ("workers", &["0", "-1", "101", "1.5", "x", ""]),
        ] {
            for text in texts {
                let expected = read(kind, text).unwrap_err();
                assert!(
                    expected.starts_with("expected ") && expected.contains([':', '8']),
                    "{kind} {text}: {expected}"
                );
            }
        }
        assert_eq!(workers("0"), Err("expected a whole number from 1 to 100, for example 8".to_owned()));
    }
}
