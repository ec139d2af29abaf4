//! What git remembers of files that never change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::command::Git;
use super::error::Error;

/// Files that git is asked about at once: far from the longest command line.
const FILES_MAX: usize = 100;

/// What became of the files below a folder that are not what they were when they were first committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHistory {
    /// False for a shallow clone, which does not know what came before.
    pub is_complete: bool,
    pub changed: Vec<ChangedFile>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// The file, below the folder that git was asked about.
    pub path: PathBuf,
    pub change: FileChange,
    /// The first commit that did so; none when it is not committed yet.
    pub commit: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileChange {
    /// Its content, or what kind of file it is, was changed.
    Modified,
    Deleted,
    Renamed(PathBuf),
}

/// A file that changed, and the hash that git knows the content before it by.
struct Touched {
    file: ChangedFile,
    original: String,
}

/// What was done to the files in the folders `below` of `folder`; `None` outside a repository, and where it has none of them.
///
/// A file that is there again, or under its new name, with the content of its first commit is left out: it is what it was.
///
/// Fails when there is a repository that git cannot read, or does not go through in time; the reason.
pub fn file_history(folder: &Path, below: &[&str]) -> Result<Option<FileHistory>, String> {
    let git = Git::new(folder);
    if git.query(&["rev-parse", "--is-inside-work-tree"]).is_ok_and(|answer| answer == "true") {
        return file_history_of(&git, folder, below).map_err(|error| error.to_string());
    }
    let folder = folder.canonicalize().map_err(|error| error.to_string())?;
    if folder.ancestors().any(|above| above.join(".git").exists()) {
        return Err("git is missing, or cannot read the repository around this folder".to_owned());
    }
    Ok(None)
}

fn file_history_of(git: &Git, folder: &Path, below: &[&str]) -> Result<Option<FileHistory>, Error> {
    let is_complete = git.query(&["rev-parse", "--is-shallow-repository"])? == "false";
    if git.query(&["rev-parse", "--verify", "--quiet", "HEAD"]).is_err() {
        return Ok(None);
    }
    let raw = ["--raw", "--no-abbrev", "-z", "-M", "--relative", "--diff-filter=MDRT"];
    let log = ["log", "--no-show-signature", "--topo-order", "-m", "--format=format:%H"];
    let committed = git.query(&[&log[..], &raw, &["--"], below].concat())?;
    let uncommitted = git.query(&[&["diff", "--no-ext-diff"], &raw[..], &["HEAD", "--"], below].concat())?;
    let has_none = committed.is_empty() && uncommitted.is_empty();
    if has_none && git.query(&[&["ls-files", "--"], below].concat())?.is_empty() {
        return Ok(None);
    }
    let mut touched: BTreeMap<PathBuf, Touched> = BTreeMap::new();
    // The newest come first, so that the first thing that was ever done to a file remains in the end.
    for entry in entries(&uncommitted).chain(entries(&committed)) {
        touched.insert(entry.file.path.clone(), entry);
    }
    let now = hashes(git, folder, touched.values().flat_map(places).collect());
    let is_as_it_was =
        |touched: &Touched| places(touched).any(|place| now.get(place).is_some_and(|hash| *hash == touched.original));
    let changed = touched.values().filter(|touched| !is_as_it_was(touched)).map(|touched| touched.file.clone());
    Ok(Some(FileHistory { is_complete, changed: changed.collect() }))
}

/// The hashes that git would know these files by, as they are now; files that are not there have none.
fn hashes<'a>(git: &Git, folder: &Path, files: Vec<&'a Path>) -> BTreeMap<&'a Path, String> {
    let is_file = |file: &&&Path| folder.join(file).symlink_metadata().is_ok_and(|file| file.is_file());
    let files: Vec<&Path> = files.iter().filter(is_file).copied().collect();
    let mut hashes = BTreeMap::new();
    for files in files.chunks(FILES_MAX) {
        let names: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let answer = git.query(&[&["hash-object", "--no-filters", "--"], names.as_slice()].concat());
        hashes.extend(files.iter().copied().zip(answer.unwrap_or_default().lines().map(str::to_owned)));
    }
    hashes
}

/// Where the content of a file that was touched may lie now.
fn places(touched: &Touched) -> impl Iterator<Item = &Path> {
    let new = match &touched.file.change {
        FileChange::Renamed(new) => Some(new.as_path()),
        FileChange::Modified | FileChange::Deleted => None,
    };
    std::iter::once(touched.file.path.as_path()).chain(new)
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
            let change = match letter.chars().next()? {
                'D' => FileChange::Deleted,
                'R' => FileChange::Renamed(PathBuf::from(parts.next()?)),
                _ => FileChange::Modified,
            };
            let file = ChangedFile { path, change, commit: commit.clone() };
            return Some(Touched { file, original: original.to_owned() });
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::command::tests::git;
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

    fn changes(runs: &Path) -> Vec<(String, FileChange, bool)> {
        let changed = file_history(runs, &["v1", "paired"]).unwrap().unwrap().changed;
        changed.into_iter().map(|file| (file.path.display().to_string(), file.change, file.commit.is_some())).collect()
    }

    #[test]
    fn what_was_only_added_or_merged_has_no_changes() {
        let (folder, runs) = repository();
        fs::write(runs.join("README.md"), "notes").unwrap();
        fs::write(runs.join("v1/d"), "another").unwrap();
        assert_eq!(changes(&runs), []);
        commit(folder.path(), "two");
        fs::write(runs.join("README.md"), "other notes").unwrap();
        git(folder.path(), &["checkout", "--quiet", "-b", "branch"]);
        commit(folder.path(), "three");
        git(folder.path(), &["checkout", "--quiet", "trunk"]);
        fs::write(runs.join("v1/e"), "and one more").unwrap();
        commit(folder.path(), "four");
        git(folder.path(), &["merge", "--quiet", "--no-edit", "branch"]);
        assert_eq!(changes(&runs), []);
    }

    #[test]
    fn every_change_is_reported_until_it_is_undone() {
        let (folder, runs) = repository();
        let original = fs::read(runs.join("v1/a")).unwrap();
        fs::write(runs.join("v1/a"), "another").unwrap();
        fs::remove_file(runs.join("v1/b")).unwrap();
        let modified = |committed| ("v1/a".to_owned(), FileChange::Modified, committed);
        let deleted = |committed| ("v1/b".to_owned(), FileChange::Deleted, committed);
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
    fn a_new_name_is_reported_unless_the_content_is_the_same() {
        let (folder, runs) = repository();
        fs::rename(runs.join("v1/a"), runs.join("v1/moved \u{1b}:\n")).unwrap();
        fs::rename(runs.join("v1/b"), runs.join("v1/changed")).unwrap();
        let longer = [fs::read(runs.join("v1/changed")).unwrap(), b"and more\n".to_vec()].concat();
        fs::write(runs.join("v1/changed"), longer).unwrap();
        commit(folder.path(), "two");
        assert_eq!(changes(&runs), [("v1/b".to_owned(), FileChange::Renamed("v1/changed".into()), true)]);
    }

    #[test]
    fn without_a_repository_there_is_no_history() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(file_history(folder.path(), &["v1"]), Ok(None));
        fs::create_dir(folder.path().join(".git")).unwrap();
        assert!(file_history(folder.path(), &["v1"]).is_err(), "a repository that git does not read");
        git(folder.path(), &["init", "--quiet"]);
        assert_eq!(file_history(folder.path(), &["v1"]), Ok(None));
        fs::create_dir(folder.path().join("v1")).unwrap();
        fs::write(folder.path().join("v1/a"), "a run").unwrap();
        git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=one"]);
        assert_eq!(file_history(folder.path(), &["v1"]), Ok(None), "nothing of it is tracked");
        commit(folder.path(), "two");
        assert_eq!(
            file_history(folder.path(), &["v1"]),
            Ok(Some(FileHistory { is_complete: true, changed: Vec::new() }))
        );
    }
}
