//! Whether both sides measured the same code, by the hashes of their binaries.

use std::collections::BTreeSet;

use super::source::Side;

/// Digits of a hash that are told.
const DIGITS: usize = 12;

/// What the binaries of two sides have to do with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Binaries {
    /// All runs measured the same: why both sides are one code.
    Same(String),
    /// Some runs of both sides measured the same: why they are not two codes either.
    Shared(String),
    /// No run of one side measured what one of the other did.
    Other,
    /// A run does not know what it measured.
    Unknown,
}

impl Binaries {
    /// Compares the hashes of both sides.
    pub(super) fn of(baseline: &Side, candidate: &Side) -> Self {
        let known = |side| hashes(side).into_iter().flatten().collect::<BTreeSet<&str>>();
        let (ours, theirs) = (known(baseline), known(candidate));
        let all = [baseline, candidate].iter().all(|side| hashes(side).iter().all(Option::is_some));
        let common: Vec<String> = ours.intersection(&theirs).map(|hash| hash.chars().take(DIGITS).collect()).collect();
        match &common[..] {
            [hash] if all && ours.len() == 1 && theirs.len() == 1 => Binaries::Same(format!(
                "all runs measured the same binaries ({hash}): an A/A comparison, in which whatever moves is noise"
            )),
            [_, ..] => Binaries::Shared(format!(
                "runs of both sides measured the same binaries ({}), so that the sides are not two codes; name runs of one \
                 build on each side",
                common.join(", ")
            )),
            [] if all && !ours.is_empty() && !theirs.is_empty() => Binaries::Other,
            [] => Binaries::Unknown,
        }
    }
}

/// The hash of every source; none of those that do not know it.
fn hashes(side: &Side) -> Vec<Option<&str>> {
    side.sources.iter().map(|source| source.origin.as_ref()?.commit.binaries_hash.as_deref()).collect()
}
