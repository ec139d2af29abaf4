//! What an earlier measuring left behind, recognized by its age.

use std::time::{Duration, SystemTime};

/// How much older than the newest file of a folder a file may be to be of the same measuring. The longest suites take an
/// hour or two; harnesses never remove what a benchmark that is gone has left.
pub const STALE_AFTER: Duration = Duration::from_secs(3 * 60 * 60);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    pub benchmark: String,
    /// How much older than the newest it is.
    pub older: Duration,
}

/// Parts what is of one measuring from what earlier ones left.
pub(super) fn part<T>(dated: Vec<(SystemTime, T)>, name: impl Fn(&T) -> &str) -> (Vec<T>, Vec<Stale>) {
    let newest = dated.iter().map(|(time, _)| *time).max();
    let (mut fresh, mut stale) = (Vec::new(), Vec::new());
    for (time, item) in dated {
        let older = newest.and_then(|newest| newest.duration_since(time).ok()).unwrap_or_default();
        if older > STALE_AFTER {
            stale.push(Stale { benchmark: name(&item).to_owned(), older });
        } else {
            fresh.push(item);
        }
    }
    (fresh, stale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_much_older_than_the_newest_is_stale() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let limit = STALE_AFTER.as_secs();
        let dated = vec![(at(0), "a"), (at(1), "b"), (at(limit + 1), "c")];
        let (fresh, stale) = part(dated, |name| name);
        assert_eq!(fresh, ["b", "c"]);
        let older = STALE_AFTER + Duration::from_secs(1);
        assert_eq!(stale, [Stale { benchmark: "a".to_owned(), older }]);
        assert_eq!(part(Vec::<(SystemTime, &str)>::new(), |name| name), (Vec::new(), Vec::new()));
    }
}
