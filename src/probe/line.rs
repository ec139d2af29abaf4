//! The commits that led to the one that is checked out, in their order.

use std::path::Path;

use super::host::Host;

/// Asks `git` for the ids of the commits that led to the tip of `branch`, or to what is checked out, the oldest first
/// and every commit after all its parents.
///
/// # Errors
///
/// With the reason, when the order cannot be relied on: without `git`, outside a repository, in a shallow clone, which
/// does not know the older ones, without such a branch, and where the answer is longer than a program's may be.
pub fn line(folder: &Path, branch: Option<&str>) -> Result<Vec<String>, String> {
    let host = Host::here();
    let folder = folder.to_string_lossy();
    let ask =
        |arguments: &[&str]| host.answer("git", &[&["--no-optional-locks", "-C", folder.as_ref()], arguments].concat());
    match ask(&["rev-parse", "--is-shallow-repository"]).as_deref().map(str::trim) {
        Ok("false") => {}
        Ok(_) => return Err("the clone is shallow; `git fetch --unshallow` completes it".to_owned()),
        Err(_) => return Err("git knows no repository here".to_owned()),
    }
    let tips = match branch {
        None => vec!["HEAD".to_owned()],
        Some(name) => vec![format!("refs/heads/{name}"), format!("refs/remotes/origin/{name}")],
    };
    for tip in &tips {
        let known = ask(&["rev-parse", "--verify", "--quiet", &format!("{tip}^{{commit}}")]);
        let Ok(id) = known else { continue };
        let listed = ask(&["rev-list", "--topo-order", "--reverse", id.trim()])
            .map_err(|_| "git did not list the commits".to_owned())?;
        return Ok(listed.lines().map(str::to_owned).collect());
    }
    Err(match branch {
        None => "the repository has no commit".to_owned(),
        Some(name) => format!("git knows no branch `{name}`"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::revision::tests::{git, repository};
    use super::*;

    #[test]
    fn a_commit_comes_after_its_parents_whatever_its_clock_said() {
        let folder = repository();
        let path = folder.path();
        git(path, &["checkout", "--quiet", "-b", "side"]);
        git(path, &["commit", "--quiet", "--allow-empty", "--message=aside"]);
        git(path, &["checkout", "--quiet", "trunk"]);
        git(path, &["commit", "--quiet", "--allow-empty", "--message=two"]);
        let trunk = line(path, None).unwrap();
        assert_eq!(trunk.len(), 2);
        assert_eq!(line(path, Some("trunk")), Ok(trunk.clone()));
        let side = line(path, Some("side")).unwrap();
        assert_eq!((side.len(), &side[0]), (2, &trunk[0]));
        assert_ne!(side[1], trunk[1]);
        assert!(line(path, Some("none")).unwrap_err().contains("`none`"));
        git(path, &["merge", "--quiet", "--no-edit", "side"]);
        assert_eq!(line(path, None).map(|line| line.len()), Ok(4));
    }

    #[test]
    fn where_git_cannot_tell_it_says_why() {
        let folder = repository();
        git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=two"]);
        let clone = tempfile::tempdir().unwrap();
        let source = format!("file://{}", folder.path().display());
        git(clone.path(), &["clone", "--quiet", "--depth=1", &source, "."]);
        assert!(line(clone.path(), None).unwrap_err().contains("shallow"));
        assert!(line(Path::new("/nonexistent"), None).unwrap_err().contains("no repository"));
    }
}
