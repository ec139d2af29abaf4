//! The commits that led to the one that is checked out, in their order.

use std::path::Path;

use super::command::Git;

/// The ids of the commits that led to the tip of `branch`, or to what is checked out, the oldest first and every commit
/// after all its parents.
///
/// Fails with the reason, when the order cannot be relied on: without `git`, outside a repository, in a shallow clone, which
/// does not know the older ones, without this branch, and where the answer is longer than a program's may be.
pub fn commit_order(folder: &Path, branch: Option<&str>) -> Result<Vec<String>, String> {
    let git = whole(folder)?;
    let tips = match branch {
        None => vec!["HEAD".to_owned()],
        Some(name) => vec![format!("refs/heads/{name}"), format!("refs/remotes/origin/{name}")],
    };
    for tip in &tips {
        let Ok(id) = git.query(&["rev-parse", "--verify", "--quiet", &format!("{tip}^{{commit}}")]) else { continue };
        return list(&git, &[&id]);
    }
    Err(match branch {
        None => "the repository has no commit".to_owned(),
        Some(name) => format!("the repository has no branch `{name}`"),
    })
}

/// The same of what led to the tip of any branch or tag, or to what is checked out.
pub fn order_of_all_commits(folder: &Path) -> Result<Vec<String>, String> {
    list(&whole(folder)?, &["--all", "HEAD"])
}

/// The repository, if it knows all commits.
fn whole(folder: &Path) -> Result<Git, String> {
    let git = Git::new(folder);
    match git.query(&["rev-parse", "--is-shallow-repository"]).as_deref() {
        Ok("false") => Ok(git),
        Ok(_) => Err("the clone is shallow; `git fetch --unshallow` completes it".to_owned()),
        Err(_) => Err("this folder is not in a git repository".to_owned()),
    }
}

fn list(git: &Git, tips: &[&str]) -> Result<Vec<String>, String> {
    let listed = git.query(&[&["rev-list", "--topo-order", "--reverse"], tips].concat());
    let listed = listed.map_err(|_| "git cannot list the commits".to_owned())?;
    Ok(listed.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::super::command::tests::{git, repository, shallow_clone};
    use super::*;

    #[test]
    fn a_commit_comes_after_its_parents_whatever_its_clock_said() {
        let folder = repository();
        let path = folder.path();
        git(path, &["checkout", "--quiet", "-b", "side"]);
        git(path, &["commit", "--quiet", "--allow-empty", "--message=aside"]);
        git(path, &["checkout", "--quiet", "trunk"]);
        git(path, &["commit", "--quiet", "--allow-empty", "--message=two"]);
        let trunk = commit_order(path, None).unwrap();
        assert_eq!(trunk.len(), 2);
        assert_eq!(commit_order(path, Some("trunk")), Ok(trunk.clone()));
        let side = commit_order(path, Some("side")).unwrap();
        assert_eq!((side.len(), &side[0]), (2, &trunk[0]));
        assert_eq!(order_of_all_commits(path).map(|all| (all.len(), all[0].clone())), Ok((3, trunk[0].clone())));
        assert_ne!(side[1], trunk[1]);
        assert!(commit_order(path, Some("none")).unwrap_err().contains("`none`"));
        git(path, &["merge", "--quiet", "--no-edit", "side"]);
        assert_eq!(commit_order(path, None).map(|order| order.len()), Ok(4));
    }

    #[test]
    fn where_git_cannot_tell_it_says_why() {
        let [_folder, clone] = shallow_clone();
        assert!(commit_order(clone.path(), None).unwrap_err().contains("shallow"));
        assert!(commit_order(Path::new("/nonexistent"), None).unwrap_err().contains("not in a git repository"));
    }
}
