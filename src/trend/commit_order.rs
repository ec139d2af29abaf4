//! The order of the commits: by topology where git knows it, by recorded counts or times where it does not.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Commit;

/// What git knows of the commits: those that led to the tip, the oldest first; or why it does not know them.
pub type GitOrder<'a> = Result<&'a [String], &'a str>;

/// Where the order of the commits comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "by", content = "reason")]
pub enum OrderedBy {
    /// The commit graph.
    Git,
    /// The number of commits behind each, as it was recorded with the runs: on one line of history it grows with every
    /// commit. With the reason why git was not used.
    Recorded(String),
    /// The times of the commits, with the reason why nothing better was used.
    Time(String),
    /// The file that the history was read from.
    File,
}

pub(super) type Position = (u64, i64);

/// The order of `commits`, each described by one of its runs: the position of each, and none of those that have none.
pub(super) fn order(commits: &BTreeMap<&str, &Commit>, git: GitOrder) -> (OrderedBy, BTreeMap<String, Position>) {
    let why_not_git = match git {
        Ok(line) => {
            let positions: BTreeMap<String, Position> = (0..)
                .zip(line)
                .filter(|(_, id)| commits.contains_key(id.as_str()))
                .map(|(position, id)| (id.clone(), (position, 0)))
                .collect();
            if !positions.is_empty() {
                return (OrderedBy::Git, positions);
            }
            "none of them is among the commits that git lists here".to_owned()
        }
        Err(reason) => reason.to_owned(),
    };
    let time = |commit: &Commit| commit.time.as_deref().and_then(second);
    let recorded = commits.iter().map(|(id, commit)| Some(((*id).to_owned(), (commit.order?, time(commit)?))));
    if let Some(positions) = recorded.collect::<Option<BTreeMap<_, _>>>() {
        return (OrderedBy::Recorded(why_not_git), positions);
    }
    let timed = commits.iter().filter_map(|(id, commit)| Some(((*id).to_owned(), (0, time(commit)?))));
    let reason = format!("{why_not_git}, and not every run recorded how many commits are behind its own");
    (OrderedBy::Time(reason), timed.collect())
}

/// Seconds since 1970.
pub(super) fn second(rfc_3339: &str) -> Option<i64> {
    rfc_3339.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(order: Option<u64>, time: Option<&str>) -> Commit {
        Commit {
            id: None,
            branch: None,
            time: time.map(str::to_owned),
            order,
            dirty: false,
            lock_hash: None,
            binaries_hash: None,
        }
    }

    fn ids(positions: BTreeMap<String, Position>) -> String {
        let mut ids: Vec<(Position, String)> = positions.into_iter().map(|(id, position)| (position, id)).collect();
        ids.sort();
        ids.into_iter().map(|(_, id)| id).collect()
    }

    #[test]
    fn topology_goes_before_counts_and_counts_before_clocks() {
        let (early, late) = (Some("2026-01-01T00:00:00Z"), Some("2026-01-02T00:00:00+01:00"));
        let a = commit(Some(2), early);
        let b = commit(Some(1), late);
        let unordered = commit(None, late);
        let line = ["b", "x", "a"].map(str::to_owned);
        let both = BTreeMap::from([("a", &a), ("b", &b)]);
        let (by, positions) = order(&both, Ok(&line));
        assert_eq!((by, ids(positions)), (OrderedBy::Git, "ba".to_owned()));
        let (by, positions) = order(&both, Err("the clone is shallow"));
        assert_eq!((by, ids(positions)), (OrderedBy::Recorded("the clone is shallow".to_owned()), "ba".to_owned()));
        let (by, positions) = order(&BTreeMap::from([("a", &a), ("c", &unordered)]), Ok(&line[..2]));
        assert!(matches!(by, OrderedBy::Time(reason) if reason.contains("none of them is among")));
        assert_eq!(ids(positions), "ac");
        let (_, positions) = order(&BTreeMap::from([("a", &a), ("d", &commit(None, None))]), Err("no git"));
        assert_eq!(ids(positions), "a", "without a time it has no position");
    }
}
