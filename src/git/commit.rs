//! The state of the source: commit, lock file and the binaries that were measured.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::model::Commit;

use super::command::Git;

/// The commit that is checked out in `package_dir`, with hashes of its `Cargo.lock` and of `binaries`.
///
/// Never fails: without `git`, outside a repository, or in a folder that the repository around it does not track, the
/// commit is unknown. In a shallow clone its order is unknown, since counting would give a small and wrong number.
/// Git takes no lock and writes no index.
pub fn commit(package_dir: &Path, binaries: &[PathBuf]) -> Commit {
    let git = Git::new(package_dir);
    // A source archive unpacked inside another repository is not that repository's commit.
    let is_tracked = git.query(&["ls-files", "--error-unmatch", "Cargo.toml"]).is_ok();
    let id = if is_tracked { git.query(&["rev-parse", "--verify", "HEAD"]).ok() } else { None };
    let is_known = id.is_some();
    let query = |arguments: &[&str]| if is_known { git.query(arguments).ok() } else { None };
    let is_complete = query(&["rev-parse", "--is-shallow-repository"]).as_deref() == Some("false");
    let changes = ["status", "--porcelain", "--untracked-files=no"];

    Commit {
        id: id.filter(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit())),
        branch: query(&["symbolic-ref", "--short", "--quiet", "HEAD"]),
        time: query(&["show", "--no-patch", "--format=%ct", "HEAD"]).and_then(|seconds| utc(&seconds)),
        order: query(&["rev-list", "--count", "HEAD"]).filter(|_| is_complete).and_then(|count| count.parse().ok()),
        // A commit whose changes git cannot list counts as changed.
        dirty: is_known && query(&changes).is_none_or(|changes| !changes.is_empty()),
        lock_hash: fs::read(package_dir.join("Cargo.lock")).ok().map(|bytes| HEXLOWER.encode(&Sha256::digest(bytes))),
        binaries_hash: binaries_hash(binaries).ok().flatten(),
    }
}

/// The full id of the commit that `revision` names in the repository around `folder`: a branch, a tag, `HEAD~1`, the
/// beginning of an id. `None` without `git`, outside a repository, or where that commit does not exist.
pub fn resolve(folder: &Path, revision: &str) -> Option<String> {
    let git = Git::new(folder);
    // What a user typed is never an option.
    let commit = format!("{revision}^{{commit}}");
    let id = git.query(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).ok()?;
    let id = id.lines().last()?.to_owned();
    id.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(id)
}

fn utc(seconds: &str) -> Option<String> {
    Timestamp::from_second(seconds.parse().ok()?).ok().map(|time| time.to_string())
}

/// A hash over the names and contents of all binaries, in whatever order they are given; `None` without any.
fn binaries_hash(binaries: &[PathBuf]) -> io::Result<Option<String>> {
    let mut parts = Vec::new();
    for binary in binaries {
        parts.push((target_name(binary), Sha256::digest(fs::read(binary)?)));
    }
    parts.sort();
    let mut all = Sha256::new();
    for (name, hash) in &parts {
        all.update(format!("{}:{name}", name.len()).as_bytes());
        all.update(hash);
    }
    Ok((!parts.is_empty()).then(|| HEXLOWER.encode(&all.finalize())))
}

/// A binary's name without the hash that cargo puts behind it: `spawn` of `spawn-0123456789abcdef`.
fn target_name(binary: &Path) -> String {
    let stem = binary.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    match stem.rsplit_once('-') {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => name.to_owned(),
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::tests::{git, repository, shallow_clone};
    use super::*;

    #[test]
    fn a_revision_is_resolved_where_there_is_one() {
        let folder = repository();
        let id = commit(folder.path(), &[]).id;
        assert!(id.is_some());
        for revision in ["HEAD", "trunk", &id.as_ref().unwrap()[..8]] {
            assert_eq!(resolve(folder.path(), revision), id, "{revision}");
        }
        for revision in ["HEAD~1", "nothing", "", "--all", "-h"] {
            assert_eq!(resolve(folder.path(), revision), None, "{revision}");
        }
        assert_eq!(resolve(tempfile::tempdir().unwrap().path(), "HEAD"), None);
    }

    #[test]
    fn describes_the_commit_that_is_checked_out() {
        let folder = repository();
        git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=two"]);
        let clean = commit(folder.path(), &[]);
        assert_eq!(clean.id.as_ref().map(String::len), Some(40));
        assert_eq!(clean.branch.as_deref(), Some("trunk"));
        assert_eq!(clean.time.as_deref(), Some("2026-01-02T01:04:05Z"));
        assert_eq!(clean.order, Some(2));
        assert!(!clean.dirty);
        assert_eq!(clean.lock_hash, Some(HEXLOWER.encode(&Sha256::digest(b"lock\n"))));
        assert_eq!(clean.binaries_hash, None);

        fs::write(folder.path().join("results.json"), "{}").unwrap();
        assert!(!commit(folder.path(), &[]).dirty, "an untracked file does not count");
        fs::write(folder.path().join("Cargo.toml"), "[package]\nname = 'x'\n").unwrap();
        git(folder.path(), &["checkout", "--quiet", "--detach"]);
        let changed = commit(folder.path(), &[]);
        assert!(changed.dirty);
        assert_eq!(changed.branch, None);
    }

    #[test]
    fn a_shallow_clone_has_no_order() {
        let [folder, clone] = shallow_clone();
        let shallow = commit(clone.path(), &[]);
        assert_eq!(shallow.id, commit(folder.path(), &[]).id);
        assert_eq!(shallow.order, None);
    }

    #[test]
    fn a_source_archive_has_no_commit_even_inside_another_repository() {
        let folder = repository();
        let archive = folder.path().join("archive");
        fs::create_dir(&archive).unwrap();
        fs::write(archive.join("Cargo.toml"), "[package]\n").unwrap();
        for place in [archive.as_path(), Path::new("/nonexistent")] {
            let unknown = commit(place, &[]);
            assert_eq!((unknown.id, unknown.branch, unknown.time, unknown.order), (None, None, None, None));
            assert!(!unknown.dirty && unknown.lock_hash.is_none());
        }
    }

    #[test]
    fn binaries_differ_by_name_and_content_but_not_by_order_or_cargos_hash() {
        let folder = tempfile::tempdir().unwrap();
        let binary = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            path
        };
        let spawn = binary("spawn-0123456789abcdef", "a");
        let rebuilt = binary("spawn-fedcba9876543210", "a");
        let changed = binary("spawn-0000000000000000", "b");
        let worker = binary("worker", "w");
        let hash = |binaries: &[&PathBuf]| {
            commit(folder.path(), &binaries.iter().copied().cloned().collect::<Vec<_>>()).binaries_hash
        };
        let known = hash(&[&spawn, &worker]);
        assert!(known.is_some());
        assert_eq!(hash(&[&worker, &rebuilt]), known);
        assert_ne!(hash(&[&worker, &changed]), known);
        assert_ne!(hash(&[&worker]), known);
        assert_eq!(hash(&[&worker, &folder.path().join("missing")]), None);
        assert_eq!(target_name(Path::new("/t/fork-server")), "fork-server");
    }
}
