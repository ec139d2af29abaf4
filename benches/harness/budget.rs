//! The time of a run, dealt out over its topics.

use std::time::Duration;

/// The targets in cargo's order, and the seconds that each takes on two CPUs without a budget. Those of which the last word is
/// false take no longer with one.
const TARGETS: [(&str, u64, bool); 8] = [
    ("callgrind", 10, false),
    ("counters", 25, false),
    ("cpu", 75, true),
    ("gil", 30, true),
    ("io", 25, true),
    ("memory", 50, true),
    ("python", 30, false),
    ("spawn", 35, true),
];

/// The part of the time left of a run that is this topic's: by what it takes of the time of all that are still to come, where
/// those that take no longer have theirs first. None of `chosen` means all.
pub(crate) fn of(topic: &str, left: Duration, chosen: &[String]) -> Duration {
    let to_come = TARGETS.iter().skip_while(|(name, ..)| *name != topic);
    let to_come = to_come.filter(|(name, ..)| chosen.is_empty() || chosen.iter().any(|other| other == name));
    let (mut fixed, mut own, mut all) = (0, 0, 0);
    for &(name, seconds, goes_on) in to_come {
        if goes_on {
            all += seconds
        } else {
            fixed += seconds
        }
        if name == topic {
            own = seconds
        }
    }
    left.saturating_sub(Duration::from_secs(fixed)).mul_f64(own as f64 / all.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_shared_by_the_topics_to_come() {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let of = |topic, left, chosen: &[&str]| {
            of(topic, left, &chosen.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).as_secs()
        };
        assert_eq!(of("memory", minutes(2), &["memory"]), 120);
        assert_eq!(of("spawn", minutes(2), &[]), 120);
        // 30 s are left to python, and 75 of 215 parts are its own.
        assert_eq!(of("cpu", minutes(10), &[]), 570 * 75 / 215);
        assert_eq!(of("cpu", minutes(10), &["cpu", "memory"]), 360);
        assert_eq!(of("cpu", Duration::ZERO, &[]), 0);
    }

    #[test]
    fn every_target_that_measures_is_listed_in_cargos_order() {
        let manifest = include_str!("../../Cargo.toml");
        let names = manifest.split("[[bench]]").skip(1).filter_map(|part| part.split('"').nth(1));
        let names: Vec<&str> = names.filter(|name| *name != "summary").collect();
        assert_eq!(TARGETS.map(|(name, ..)| name).to_vec(), names);
    }
}
