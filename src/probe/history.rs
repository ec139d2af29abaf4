//! What version control remembers of files that were never to change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::Fact;

use super::host::Host;

/// Longest that git may take to go through the history: some ten times what the largest public ones take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Files that git is asked about at once: far from the longest command line.
const FILES_MAX: usize = 100;

/// What became of the files below a folder, as far as they are not what they were when they were first committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// False for a shallow clone: what came before is not there to be asked.
    pub is_whole: bool,
    /// One entry for every file that was touched, by path.
    pub changes: Vec<Change>,
}

/// What was done to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file, below the folder that was asked about.
    pub path: PathBuf,
    /// What was done.
    pub deed: Deed,
    /// The first commit that did so; none when it is not committed yet.
    pub commit: Option<String>,
}

/// What can be done to a committed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Its content, or what kind of file it is, was changed.
    Modified,
    /// It was deleted.
    Deleted,
    /// It was given this name.
    Renamed(PathBuf),
}

/// A change, and the hash that git knows the content before it by.
struct Touched {
    change: Change,
    original: String,
}

/// Asks git what was done to the files in the folders `below` of `folder`; `None` where no repository is around.
///
/// A file that is there again, or under its new name, with the content of its first commit is not told: it is what it was.
/// Git takes no lock, writes no index and believes no replaced objects.
///
/// # Errors
///
/// When there is a repository that git cannot read, or does not go through in time; the reason.
pub fn history(folder: &Path, below: &[&str]) -> Result<Option<History>, String> {
    let git = Git { folder };
    if git.ask(&["rev-parse", "--is-inside-work-tree"]).is_ok_and(|answer| answer.trim() == "true") {
        let is_whole = git.ask(&["rev-parse", "--is-shallow-repository"])?.trim() == "false";
        let changes = if git.ask(&["rev-parse", "--verify", "--quiet", "HEAD"]).is_ok() {
            git.changes(below)?
        } else {
            Vec::new()
        };
        return Ok(Some(History { is_whole, changes }));
    }
    let place = folder.canonicalize().map_err(|error| error.to_string())?;
    if place.ancestors().any(|above| above.join(".git").exists()) {
        return Err("git is missing, or does not read the repository around it".to_owned());
    }
    Ok(None)
}

struct Git<'a> {
    folder: &'a Path,
}

impl Git<'_> {
    fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        let folder = self.folder.to_string_lossy();
        let safely = ["--no-optional-locks", "--no-replace-objects", "--literal-pathspecs", "-C", &folder];
        let answer = Host::here().answer_within(PATIENCE, "git", &[&safely, arguments].concat());
        answer.map_err(|fact| match fact {
            Fact::Unknown(reason) | Fact::NotApplicable(reason) | Fact::Value(reason) => reason,
        })
    }

    fn changes(&self, below: &[&str]) -> Result<Vec<Change>, String> {
        let raw = ["--raw", "--no-abbrev", "-z", "-M", "--relative", "--diff-filter=MDRT"];
        let log = ["log", "--no-show-signature", "--topo-order", "-m", "--format=format:%H"];
        let diff = ["diff", "--no-ext-diff"];
        let committed = self.ask(&[&log[..], &raw, &["--"], below].concat())?;
        let uncommitted = self.ask(&[&diff[..], &raw, &["HEAD", "--"], below].concat())?;
        let mut touched: BTreeMap<PathBuf, Touched> = BTreeMap::new();
        // The newest come first, so that the first thing that was ever done to a file stands in the end.
        for entry in entries(&uncommitted).chain(entries(&committed)) {
            touched.insert(entry.change.path.clone(), entry);
        }
        let now = self.hashes(touched.values().flat_map(places).collect());
        let is_as_it_was = |touched: &Touched| {
            places(touched).any(|place| now.get(place).is_some_and(|hash| *hash == touched.original))
        };
        let changed = touched.values().filter(|touched| !is_as_it_was(touched));
        Ok(changed.map(|touched| touched.change.clone()).collect())
    }

    /// The hashes that git would know these files by, as they are now; files that are not there have none.
    fn hashes<'a>(&self, files: Vec<&'a Path>) -> BTreeMap<&'a Path, String> {
        let is_file = |file: &&&Path| self.folder.join(file).symlink_metadata().is_ok_and(|file| file.is_file());
        let files: Vec<&Path> = files.iter().filter(is_file).copied().collect();
        let mut hashes = BTreeMap::new();
        for files in files.chunks(FILES_MAX) {
            let names: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
            let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            let answer = self.ask(&[&["hash-object", "--no-filters", "--"], names.as_slice()].concat());
            let answer = answer.unwrap_or_default();
            hashes.extend(files.iter().copied().zip(answer.lines().map(str::to_owned)));
        }
        hashes
    }
}

/// Where the content of a file that was touched may lie now.
fn places(touched: &Touched) -> impl Iterator<Item = &Path> {
    let new = match &touched.change.deed {
        Deed::Renamed(new) => Some(new.as_path()),
        Deed::Modified | Deed::Deleted => None,
    };
    std::iter::once(touched.change.path.as_path()).chain(new)
}

/// The entries of what `git log` or `git diff` prints with `--raw -z`.
///
/// Their parts are ended by NUL: `:<mode> <mode> <hash> <hash> <letter>`, a path, and a second one behind `R`. In a log, the
/// first part of a commit begins with its hash on a line of its own.
fn entries(printed: &str) -> impl Iterator<Item = Touched> {
    let mut parts = printed.split('\0');
    let mut commit: Option<String> = None;
    std::iter::from_fn(move || {
        loop {
            let part = parts.next()?;
            let (head, facts) = part.rsplit_once('\n').unwrap_or(("", part));
            if !head.is_empty() {
                commit = Some(head.lines().last().unwrap_or_default().to_owned());
            }
            let Some(facts) = facts.strip_prefix(':') else { continue };
            let facts: Vec<&str> = facts.split(' ').collect();
            let &[_, _, original, _, letter] = facts.as_slice() else { continue };
            let path = PathBuf::from(parts.next()?);
            let deed = match letter.chars().next()? {
                'D' => Deed::Deleted,
                'R' => Deed::Renamed(PathBuf::from(parts.next()?)),
                _ => Deed::Modified,
            };
            let change = Change { path, deed, commit: commit.clone() };
            return Some(Touched { change, original: original.to_owned() });
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::revision::tests::git;
    use super::*;

    /// A repository with `runs/v1/{a,b,c}` in one commit.
    fn repository() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        fs::create_dir_all(runs.join("v1")).unwrap();
        for name in ["a", "b", "c"] {
            fs::write(runs.join("v1").join(name), format!("the run {name}\n").repeat(9)).unwrap();
        }
        git(folder.path(), &["init", "--quiet", "--initial-branch=trunk"]);
        commit(folder.path(), "one");
        (folder, runs)
    }

    fn commit(folder: &Path, message: &str) {
        git(folder, &["add", "--all"]);
        git(folder, &["commit", "--quiet", "--message", message]);
    }

    fn changes(runs: &Path) -> Vec<(String, Deed, bool)> {
        let told = |change: Change| (change.path.display().to_string(), change.deed, change.commit.is_some());
        history(runs, &["v1", "paired"]).unwrap().unwrap().changes.into_iter().map(told).collect()
    }

    #[test]
    fn what_was_only_added_has_no_changes() {
        let (folder, runs) = repository();
        fs::write(runs.join("README.md"), "notes").unwrap();
        fs::write(runs.join("v1/d"), "another").unwrap();
        assert_eq!(changes(&runs), []);
        commit(folder.path(), "two");
        fs::write(runs.join("README.md"), "other notes").unwrap();
        commit(folder.path(), "three");
        assert_eq!(changes(&runs), []);
    }

    #[test]
    fn every_deed_is_told_until_it_is_undone() {
        let (folder, runs) = repository();
        let original = fs::read(runs.join("v1/a")).unwrap();
        fs::write(runs.join("v1/a"), "another").unwrap();
        fs::remove_file(runs.join("v1/b")).unwrap();
        let modified = |committed| ("v1/a".to_owned(), Deed::Modified, committed);
        let deleted = |committed| ("v1/b".to_owned(), Deed::Deleted, committed);
        assert_eq!(changes(&runs), [modified(false), deleted(false)]);
        commit(folder.path(), "two");
        assert_eq!(changes(&runs), [modified(true), deleted(true)]);
        fs::write(runs.join("v1/a"), "a third").unwrap();
        fs::write(runs.join("v1/b"), "another").unwrap();
        commit(folder.path(), "three");
        assert_eq!(changes(&runs), [modified(true), deleted(true)]);
        fs::write(runs.join("v1/a"), original).unwrap();
        assert_eq!(changes(&runs), [deleted(true)]);
    }

    #[test]
    fn a_new_name_is_told_unless_the_content_came_along() {
        let (folder, runs) = repository();
        fs::rename(runs.join("v1/a"), runs.join("v1/moved \u{1b}:\n")).unwrap();
        fs::rename(runs.join("v1/b"), runs.join("v1/changed")).unwrap();
        let longer = [fs::read(runs.join("v1/changed")).unwrap(), b"and more\n".to_vec()].concat();
        fs::write(runs.join("v1/changed"), longer).unwrap();
        commit(folder.path(), "two");
        assert_eq!(changes(&runs), [("v1/b".to_owned(), Deed::Renamed("v1/changed".into()), true)]);
    }

    #[test]
    fn runs_of_two_branches_can_be_merged() {
        let (folder, runs) = repository();
        git(folder.path(), &["checkout", "--quiet", "-b", "branch"]);
        fs::write(runs.join("v1/d"), "one more").unwrap();
        commit(folder.path(), "two");
        git(folder.path(), &["checkout", "--quiet", "trunk"]);
        fs::write(runs.join("v1/e"), "and one more").unwrap();
        commit(folder.path(), "three");
        git(folder.path(), &["merge", "--quiet", "--no-edit", "branch"]);
        assert_eq!(changes(&runs), []);
    }

    #[test]
    fn without_a_repository_there_is_no_history() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(history(folder.path(), &["v1"]), Ok(None));
        fs::create_dir(folder.path().join(".git")).unwrap();
        assert!(history(folder.path(), &["v1"]).is_err(), "a repository that git does not read");
        git(folder.path(), &["init", "--quiet"]);
        assert_eq!(history(folder.path(), &["v1"]), Ok(Some(History { is_whole: true, changes: Vec::new() })));
    }
}
