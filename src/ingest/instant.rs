//! A time in any of the shapes in which tools write one.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

/// An instant, and whether its zone was missing and taken to be UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instant {
    /// RFC 3339 in UTC.
    pub(super) text: String,
    pub(super) is_zone_assumed: bool,
}

/// Dates with a time and an offset; `.` and `/` of a date are brought to `-` before.
const ZONED: [&str; 6] = [
    "%Y-%m-%d %H:%M:%S%.f %z",
    "%Y-%m-%d %H:%M:%S%.f %:z",
    "%Y-%m-%dT%H:%M:%S%.f%z",
    "%Y-%m-%dT%H:%M:%S%.f%:z",
    "%Y-%m-%d %H:%M %z",
    "%a %b %d %H:%M:%S %Y %z",
];
const LOCAL: [&str; 14] = [
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%a %b %d %H:%M:%S %Y",
    "%Y%m%d-%H%M%S",
    "%Y-%m-%d",
    "%Y/%m/%d-%H:%M:%S",
    "%Y%m%d",
    "%Y-%b-%d",
    "%d %b %Y",
    "%b %d, %Y",
];

/// Reads RFC 3339 and 2822, ISO dates with and without a time and a zone, what git and Otava write, and the seconds,
/// milli-, micro- or nanoseconds since 1970; none where the text is none of these.
pub(super) fn instant(text: &str) -> Option<Instant> {
    let text = text.trim();
    let known = |time: Timestamp| Some(Instant { text: time.to_string(), is_zone_assumed: false });
    if let Some(time) = text.parse().ok().or_else(|| unix(text)) {
        return known(time);
    }
    if let Ok(zoned) = rfc2822::parse(text) {
        return known(zoned.timestamp());
    }
    let text = with_dashes(&text.trim_end_matches(" UTC").trim_end_matches(" GMT").replace(" UTC ", " "));
    let parsed = |format: &&str| BrokenDownTime::parse(format, &text).ok();
    if let Some(time) = ZONED.iter().filter_map(parsed).find_map(|time| time.to_timestamp().ok()) {
        return known(time);
    }
    let day = |time: BrokenDownTime| time.to_datetime().ok().or_else(|| Some(time.to_date().ok()?.at(0, 0, 0, 0)));
    let civil = LOCAL.iter().filter_map(parsed).find_map(day)?;
    let time = TimeZone::UTC.to_timestamp(civil).ok()?;
    Some(Instant { text: time.to_string(), is_zone_assumed: true })
}

/// Digits that name a moment between 1973 and the year 5138, in the unit that their number says.
fn unix(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i128 = whole.parse().ok()?;
    let nanoseconds = match whole.len() {
        9..=11 => (text.parse::<f64>().ok()? * 1e9) as i128,
        12..=14 => number * 1_000_000,
        15..=17 => number * 1_000,
        18..=19 => number,
        _ => return None,
    };
    Timestamp::from_nanosecond(nanoseconds).ok()
}

/// `2024.1.31 …`, `2024/1/31 …` and `31.1.2024 …` with dashes; what has its year behind slashes could begin with the month.
fn with_dashes(text: &str) -> String {
    let (date, rest) = text.split_at(text.find([' ', 'T']).unwrap_or(text.len()));
    let mut parts: Vec<&str> = date.split(['.', '/', '-']).collect();
    if date.matches('.').count() == 2 && parts.last().is_some_and(|part| part.len() == 4) {
        parts.reverse();
    }
    let is_date = parts.len() == 3
        && parts[0].len() == 4
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if is_date { format!("{}{rest}", parts.join("-")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_shapes_that_tools_write() {
        let cases = [
            ("2024-03-01T02:03:04Z", "2024-03-01T02:03:04Z", false),
            ("2024-03-01T03:03:04+01:00", "2024-03-01T02:03:04Z", false),
            ("2024-03-01T03:03:04+0100", "2024-03-01T02:03:04Z", false),
            ("2024.03.01 3:03:04 +0100", "2024-03-01T02:03:04Z", false),
            ("2024/3/1 03:03:04 +0100", "2024-03-01T02:03:04Z", false),
            ("2024-03-01 03:03:04.5 +01:00", "2024-03-01T02:03:04.5Z", false),
            ("Fri, 01 Mar 2024 02:03:04 +0000", "2024-03-01T02:03:04Z", false),
            ("Fri Mar 1 03:03:04 2024 +0100", "2024-03-01T02:03:04Z", false),
            ("1709258584", "2024-03-01T02:03:04Z", false),
            ("1709258584000", "2024-03-01T02:03:04Z", false),
            ("1709258584.5", "2024-03-01T02:03:04.5Z", false),
            ("2024-03-01 02:03:04", "2024-03-01T02:03:04Z", true),
            ("Fri Mar  1 02:03:04 UTC 2024", "2024-03-01T02:03:04Z", true),
            ("2024-03-01T02:03:04.25", "2024-03-01T02:03:04.25Z", true),
            ("2024-03-01", "2024-03-01T00:00:00Z", true),
            ("2024.03.01", "2024-03-01T00:00:00Z", true),
            ("2024/03/01-02:03:04", "2024-03-01T02:03:04Z", true),
            ("31.1.2024 02:03", "2024-01-31T02:03:00Z", true),
            ("2024-03-01 02:03", "2024-03-01T02:03:00Z", true),
            ("2024-03-01 2:03 PM", "2024-03-01T14:03:00Z", true),
            ("20240301-020304", "2024-03-01T02:03:04Z", true),
            ("20240301", "2024-03-01T00:00:00Z", true),
            ("2024-Mar-01", "2024-03-01T00:00:00Z", true),
            ("1 Mar 2024", "2024-03-01T00:00:00Z", true),
            ("Mar 1, 2024", "2024-03-01T00:00:00Z", true),
        ];
        for (text, expected, is_zone_assumed) in cases {
            let found = instant(text);
            assert_eq!(found, Some(Instant { text: expected.to_owned(), is_zone_assumed }), "{text}");
        }
        for text in ["", "soon", "7", "c0012", "2024-13-01", "v1.2.3", "12/31/2024"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
