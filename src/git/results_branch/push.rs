//! Adds files to the branch.

use std::thread;
use std::time::Duration;

use super::super::error::Error;
use super::branch::Branch;

/// Eight writers at once needed six tries at most; this is for a hundred.
const TRIES_MAX: usize = 100;
/// A remote that refuses while no other writer is faster has a reason of its own; a few tries bridge a short failure.
const REFUSALS_MAX: usize = 3;
/// Fetches that may fail: two writers in one clone get in each other's way.
const FAILURES_MAX: usize = 8;
/// The longest pause before the second try; it doubles from try to try.
const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(4);
/// Objects and entries of an index are plain files.
const MODE: &str = "100644";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub place: String,
    pub bytes: Vec<u8>,
    /// True where a file of that name may be there already, with any content.
    pub may_exist: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    pub added: Vec<String>,
    pub present: Vec<String>,
    /// The commit that the branch stands at, or stood at when it held all of them.
    pub commit: String,
    pub tries: usize,
}

struct Blob<'a> {
    place: &'a str,
    id: String,
    may_exist: bool,
}

impl Branch {
    /// Adds `entries` in one commit on top of the branch, which is made where there is none; with nothing new, nothing is
    /// committed. Either all of them are added or none.
    ///
    /// Fails when a place is taken by other content, or the remote cannot be reached or refuses.
    pub fn push(&self, entries: &[Entry], message: &str) -> Result<Pushed, Error> {
        let blob =
            |entry: &Entry| self.git.run_with_input(&["hash-object", "-w", "--no-filters", "--stdin"], &entry.bytes);
        let mut blobs = Vec::new();
        for entry in entries {
            let id = String::from_utf8_lossy(&blob(entry)?).trim().to_owned();
            blobs.push(Blob { place: &entry.place, id, may_exist: entry.may_exist });
        }
        let (mut failures, mut refusals) = (0, 0);
        for tries in 1..=TRIES_MAX {
            let tip = self.tip()?;
            if let Some(tip) = &tip {
                match self.fetch(tip) {
                    Ok(true) => {}
                    Err(error) if failures == FAILURES_MAX => return Err(error),
                    outcome => {
                        failures += usize::from(outcome.is_err());
                        pause(tries);
                        continue;
                    }
                }
            }
            let (new, present) = self.sorted(tip.as_deref(), &blobs)?;
            let places = |blobs: &[&Blob]| blobs.iter().map(|blob| blob.place.to_owned()).collect();
            if let (Some(tip), true) = (&tip, new.is_empty()) {
                return Ok(Pushed { added: Vec::new(), present: places(&present), commit: tip.clone(), tries });
            }
            let commit = self.commit(tip.as_deref(), &new, message)?;
            match self.git.run(&["push", "--quiet", "--", &self.remote, &format!("{commit}:{}", self.reference())]) {
                Ok(_) => return Ok(Pushed { added: places(&new), present: places(&present), commit, tries }),
                Err(Error::Git { reason, .. }) if self.tip()? == tip => {
                    refusals += 1;
                    if refusals == REFUSALS_MAX {
                        return Err(Error::Refused { remote: self.remote.clone(), branch: self.name.clone(), reason });
                    }
                }
                Err(Error::Git { .. }) => refusals = 0,
                Err(error) => return Err(error),
            }
            pause(tries);
        }
        Err(Error::Crowded { branch: self.name.clone(), tries: TRIES_MAX })
    }

    /// The blobs that the branch does not have, and those that it has.
    fn sorted<'a, 'b>(
        &self,
        tip: Option<&str>,
        blobs: &'a [Blob<'b>],
    ) -> Result<(Vec<&'a Blob<'b>>, Vec<&'a Blob<'b>>), Error> {
        let Some(tip) = tip else { return Ok((blobs.iter().collect(), Vec::new())) };
        let (mut new, mut present) = (Vec::new(), Vec::new());
        for blob in blobs {
            let listed =
                self.git.run(&["--literal-pathspecs", "ls-tree", "--full-tree", "-z", tip, "--", blob.place])?;
            if listed.is_empty() {
                new.push(blob);
            } else if blob.may_exist || listed.starts_with(&format!("{MODE} blob {}\t", blob.id)) {
                present.push(blob);
            } else {
                return Err(Error::Taken { place: blob.place.to_owned(), branch: self.name.clone() });
            }
        }
        Ok((new, present))
    }

    /// A commit that adds the blobs to `tip`, and does nothing else.
    fn commit(&self, tip: Option<&str>, new: &[&Blob], message: &str) -> Result<String, Error> {
        self.git.run(&["read-tree", tip.unwrap_or("--empty")])?;
        let listed: String = new.iter().map(|blob| format!("{MODE} {}\t{}\0", blob.id, blob.place)).collect();
        self.git.run_with_input(&["update-index", "--add", "-z", "--index-info"], listed.as_bytes())?;
        let tree = self.git.run(&["write-tree"])?;
        let Some(tip) = tip else { return self.git.run(&["commit-tree", "-m", message, &tree]) };
        // Anything but an addition is a defect of this function, also a file in the place of a folder.
        let compared = ["diff-tree", "-r", "--no-renames", "--name-only", "--diff-filter=a", tip, &tree];
        let touched = self.git.run(&compared)?;
        match touched.lines().next() {
            Some(place) => Err(Error::Touched { place: place.to_owned(), branch: self.name.clone() }),
            None => self.git.run(&["commit-tree", "-m", message, "-p", tip, &tree]),
        }
    }
}

/// Waits for a random time, so that writers who met do not meet again.
fn pause(tries: usize) {
    let doublings = u32::try_from(tries - 1).unwrap_or(u32::MAX).min(16);
    let longest = PAUSE.saturating_mul(1 << doublings).min(PAUSE_MAX);
    thread::sleep(longest.mul_f64(fastrand::f64()));
}
