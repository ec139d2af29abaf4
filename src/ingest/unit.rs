//! Units as tools write them, brought to base units.

use crate::model::Direction;

/// A unit, and how its numbers become numbers of the base unit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Base {
    /// The base unit: `ns`, `B`, `B/op`, `B/s`, `ops/s`, `elem/s` …; a unit that is not known is its own.
    pub(super) unit: String,
    pub(super) factor: f64,
    /// Which way such a quantity is better, where the unit leaves no doubt.
    pub(super) direction: Option<Direction>,
}

const LOWER: Option<Direction> = Some(Direction::LowerIsBetter);
const HIGHER: Option<Direction> = Some(Direction::HigherIsBetter);

pub(super) const NS_PER_S: f64 = 1e9;

/// A part of a whole, which an efficiency of parcost is.
const SHARE: &str = "share";

const COSTS: [&str; 8] = ["instructions", "cycles", "allocs", "switches", "faults", "calls", "blocks", "misses"];

/// The base of a unit. What is not certain is left as it is: `Mb/s` may be bits or bytes, and stays `Mb/s`.
///
/// One operation is what most tools divide by: `ns/iter`, `ns/op` and `ns` are one unit.
pub(super) fn base(text: &str) -> Base {
    let text = text.trim();
    let as_it_is = || Base { unit: text.to_owned(), factor: 1.0, direction: None };
    let Some((above, below)) = text.split_once('/') else { return whole(text).unwrap_or_else(as_it_is) };
    match (time(above), bytes(above), below) {
        (Some(factor), _, "op" | "ops" | "iter" | "iteration") => {
            Base { unit: "ns".to_owned(), factor, direction: LOWER }
        }
        (None, Some(factor), "op" | "ops" | "iter" | "iteration") => {
            Base { unit: "B/op".to_owned(), factor, direction: LOWER }
        }
        (None, None, "op" | "ops" | "iter" | "iteration") if !above.is_empty() => {
            let direction = if COSTS.contains(&above) { LOWER } else { None };
            Base { unit: format!("{above}/op"), factor: 1.0, direction }
        }
        _ => rate(above, below).unwrap_or_else(as_it_is),
    }
}

/// Whether more is known of a unit than its name.
pub(super) fn is_known(text: &str) -> bool {
    let base = base(text);
    base.direction.is_some() || base.unit != text.trim() || bytes(text.trim()).is_some() || text.trim() == SHARE
}

/// Whether it is a size of which many mean powers of 1,024; rates and `kB` mean powers of 1,000.
pub(super) fn is_ambiguous(text: &str) -> bool {
    let size = text.trim().split('/').next().unwrap_or_default();
    matches!(size, "KB" | "MB" | "GB" | "TB") && base(text).direction != HIGHER
}

/// The unit with which a name ends: `decode_ms`. What may be a word or half of a rate there is none, as the `min` of
/// `latency_min`, the `s` of `mb_s` and the `ms` of `requests_per_ms`.
pub(super) fn of_name(name: &str) -> Option<&str> {
    const SURE: [&str; 6] = ["ns", "us", "ms", "seconds", "bytes", "KiB"];
    let (rest, end) = name.rsplit_once('_')?;
    let last = rest.rsplit('_').next().unwrap_or_default();
    (!last.is_empty() && !last.eq_ignore_ascii_case("per") && SURE.contains(&end)).then_some(end)
}

/// Whether a name or unit may be that of something of which more is better: `throughput`, `requests_per_s`, `reqPerSec`, `Mb/s`.
pub(super) fn is_rate(name: &str) -> bool {
    const WORDS: [&str; 19] = [
        "accuracy",
        "bandwidth",
        "flops",
        "fps",
        "gflops",
        "goodput",
        "hits",
        "iops",
        "mbps",
        "ops",
        "per",
        "qps",
        "rate",
        "ratio",
        "rps",
        "score",
        "speed",
        "throughput",
        "tps",
    ];
    let mut spaced = String::new();
    for c in name.chars() {
        if c.is_uppercase() && spaced.ends_with(char::is_lowercase) {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    let mut words = spaced.split(|c: char| !c.is_alphanumeric());
    words.any(|word| WORDS.iter().any(|other| word.eq_ignore_ascii_case(other)))
        || ["/s", "/sec"].iter().any(|end| name.ends_with(end))
}

fn whole(text: &str) -> Option<Base> {
    if let Some(factor) = time(text) {
        return Some(Base { unit: "ns".to_owned(), factor, direction: LOWER });
    }
    if let Some(factor) = bytes(text) {
        return Some(Base { unit: "B".to_owned(), factor, direction: None });
    }
    COSTS.contains(&text).then(|| Base { unit: text.to_owned(), factor: 1.0, direction: LOWER })
}

/// Something for something else.
fn rate(above: &str, below: &str) -> Option<Base> {
    if let Some(duration) = time(below) {
        let (name, factor) = work(above)?;
        return Some(Base { unit: format!("{name}/s"), factor: factor * (NS_PER_S / duration), direction: HIGHER });
    }
    if below.is_empty() || below.contains('/') {
        return None;
    }
    let factor = time(above)?;
    Some(Base { unit: format!("ns/{below}"), factor, direction: LOWER })
}

fn time(text: &str) -> Option<f64> {
    Some(match text {
        "ps" => 1e-3,
        "ns" | "nsec" | "nanosecond" | "nanoseconds" => 1.0,
        "us" | "µs" | "μs" | "usec" | "microsecond" | "microseconds" => 1e3,
        "ms" | "msec" | "millisecond" | "milliseconds" => 1e6,
        "s" | "sec" | "secs" | "second" | "seconds" => NS_PER_S,
        "min" | "minute" | "minutes" => 60.0 * NS_PER_S,
        "h" | "hr" | "hour" | "hours" => 3600.0 * NS_PER_S,
        _ => return None,
    })
}

fn bytes(text: &str) -> Option<f64> {
    Some(match text {
        "B" | "byte" | "bytes" | "Bytes" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        "TiB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    })
}

fn work(text: &str) -> Option<(&'static str, f64)> {
    if let Some(factor) = bytes(text) {
        return Some(("B", factor));
    }
    Some(match text {
        "op" | "ops" | "operations" | "iter" | "iters" | "iterations" => ("ops", 1.0),
        "elem" | "elems" | "elements" => ("elem", 1.0),
        "Kelem" => ("elem", 1e3),
        "Melem" => ("elem", 1e6),
        "Gelem" => ("elem", 1e9),
        "item" | "items" => ("items", 1.0),
        "req" | "requests" => ("requests", 1.0),
        "bit" | "bits" => ("bit", 1.0),
        "kbit" | "Kbit" => ("bit", 1e3),
        "Mbit" => ("bit", 1e6),
        "Gbit" => ("bit", 1e9),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_with_its_unit_where_that_can_be_nothing_else() {
        let cases = [
            ("decode_ms", Some("ms")),
            ("total_seconds", Some("seconds")),
            ("peak_bytes", Some("bytes")),
            ("latency_min", None),
            ("requests_per_s", None),
            ("requests_per_ms", None),
            ("items_per_seconds", None),
            ("mb_s", None),
            ("ops_sec", None),
            ("_ms", None),
            ("decode", None),
            ("items", None),
        ];
        for (name, unit) in cases {
            assert_eq!(of_name(name), unit, "{name}");
        }
    }

    #[test]
    fn brings_what_is_certain_to_its_base_and_leaves_the_rest() {
        let cases = [
            ("ns", "ns", 1.0, LOWER),
            (" ns/iter ", "ns", 1.0, LOWER),
            ("µs", "ns", 1e3, LOWER),
            ("μs/op", "ns", 1e3, LOWER),
            ("ms/iter", "ns", 1e6, LOWER),
            ("s", "ns", 1e9, LOWER),
            ("sec/op", "ns", 1e9, LOWER),
            ("ns/MiB", "ns/MiB", 1.0, LOWER),
            ("us/thread", "ns/thread", 1e3, LOWER),
            ("ops/sec", "ops/s", 1.0, HIGHER),
            ("ops/ms", "ops/s", 1e3, HIGHER),
            ("iter/sec", "ops/s", 1.0, HIGHER),
            ("ops/hr", "ops/s", 1.0 / 3600.0, HIGHER),
            ("MB/s", "B/s", 1e6, HIGHER),
            ("GiB/s", "B/s", 1_073_741_824.0, HIGHER),
            ("Melem/s", "elem/s", 1e6, HIGHER),
            ("KiB", "B", 1024.0, None),
            ("B/op", "B/op", 1.0, LOWER),
            ("allocs/iter", "allocs/op", 1.0, LOWER),
            ("fish/op", "fish/op", 1.0, None),
            ("Mb/s", "Mb/s", 1.0, None),
            ("fish/s", "fish/s", 1.0, None),
            ("ns/s", "ns/s", 1.0, None),
            ("m", "m", 1.0, None),
            ("%", "%", 1.0, None),
            ("/", "/", 1.0, None),
            ("", "", 1.0, None),
            ("ns/a/b", "ns/a/b", 1.0, None),
        ];
        for (text, unit, factor, direction) in cases {
            let expected = Base { unit: unit.to_owned(), factor, direction };
            assert_eq!(base(text), expected, "{text}");
            assert_eq!(base(unit), Base { factor: 1.0, ..base(text) }, "a base is its own");
        }
    }
}
