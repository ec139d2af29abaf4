//! Revisions of a repository, each in a work tree of its own.

use std::fs;
use std::path::{Path, PathBuf};

use super::command::Git;
use super::error::Error;

/// Most commits between two revisions that are listed: nobody reviews a longer change.
const COMMITS_MAX: usize = 1_000;

#[derive(Clone, Debug)]
pub struct Repository {
    top: PathBuf,
    /// Path of the package below the top.
    package: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Full hexadecimal id of what is built.
    pub id: String,
    /// Full hexadecimal id of the commit it stands for: another one where changes were not committed.
    pub commit: String,
    pub dirty: bool,
}

#[derive(Clone, Debug)]
pub struct Checkout {
    pub tree: PathBuf,
    pub package: PathBuf,
    pub target: PathBuf,
    pub revision: Revision,
}

impl Repository {
    /// The repository around the package in `folder`.
    ///
    /// Fails outside a repository, or where git is missing.
    pub fn around(folder: &Path) -> Result<Self, Error> {
        let git = Git::new(folder);
        let top = git.run(&["rev-parse", "--show-toplevel"])?;
        let prefix = git.run(&["rev-parse", "--show-prefix"])?;
        Ok(Self { top: PathBuf::from(top), package: PathBuf::from(prefix) })
    }

    pub fn top(&self) -> &Path {
        &self.top
    }

    fn git(&self) -> Git {
        Git::new(&self.top)
    }

    /// The branch that others start from: that of the remote `origin`, else `main`, `master` or the one that git is set to
    /// begin with, whichever exists first, else the one that is checked out, else `main`.
    pub fn main_branch(&self) -> String {
        let answer = |arguments: &[&str]| self.git().run(arguments).ok();
        let named = |reference: &str| answer(&["symbolic-ref", "--quiet", "--short", reference]);
        let of_origin =
            named("refs/remotes/origin/HEAD").and_then(|name| Some(name.strip_prefix("origin/")?.to_owned()));
        let usual = ["main", "master"].map(str::to_owned).into_iter();
        let exists = |name: &String| {
            let is_there = |place| answer(&["show-ref", "--verify", "--quiet", &format!("{place}/{name}")]).is_some();
            ["refs/heads", "refs/remotes/origin"].into_iter().any(is_there)
        };
        let usual = || usual.chain(answer(&["config", "init.defaultBranch"])).find(exists);
        of_origin.or_else(usual).or_else(|| named("HEAD")).unwrap_or_else(|| "main".to_owned())
    }

    /// The commit that a name stands for: a branch, a tag, `HEAD~1`, the beginning of an id.
    pub fn revision(&self, name: &str) -> Result<Revision, Error> {
        let id = self.id(name).map_err(|error| {
            let reason = match error {
                Error::Git { reason, .. } if !reason.is_empty() => reason,
                _ => "git does not know it".to_owned(),
            };
            Error::NoRevision { name: name.to_owned(), reason, advice: self.advice(name) }
        })?;
        Ok(Revision { commit: id.clone(), id, dirty: false })
    }

    fn id(&self, name: &str) -> Result<String, Error> {
        let wanted = format!("{name}^{{commit}}");
        self.git().run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])
    }

    /// The ways to a commit that git does not know by this name.
    fn advice(&self, name: &str) -> String {
        let branch = name.strip_prefix("origin/").unwrap_or(name);
        if branch == name && self.id(&format!("origin/{name}")).is_ok() {
            return format!("name `origin/{name}`");
        }
        let older =
            if self.is_shallow() { ", `git fetch --unshallow` the commits that a shallow clone lacks" } else { "" };
        // An id, or a way from another name, is nothing that a remote has by that name.
        let is_branch = !name.contains(['~', '^', '@', ':']) && !name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let refspec = if is_branch { format!("origin {branch}:{branch}") } else { "--all".to_owned() };
        let what = if is_branch { "a branch" } else { "all that the remotes have" };
        format!("`git fetch {refspec}` gets {what}{older}; or name another: `git branch --all` lists them")
    }

    /// Full ids of the commits that `candidate` has and `baseline` has not, the newest first.
    pub fn between(&self, baseline: &Revision, candidate: &Revision) -> Result<Vec<String>, Error> {
        let range = format!("{}..{}", baseline.commit, candidate.commit);
        let listed = self.git().run(&["rev-list", &format!("--max-count={COMMITS_MAX}"), &range])?;
        Ok(listed.lines().map(str::to_owned).collect())
    }

    /// Paths of the files under version control that differ between two revisions.
    pub fn changed_files(&self, baseline: &Revision, candidate: &Revision) -> Result<Vec<String>, Error> {
        let arguments = ["diff", "--name-only", "--no-renames", "-z", &baseline.id, &candidate.id];
        let listed = self.git().query(&arguments)?;
        Ok(listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }

    /// Whether the history is cut off, so that not every commit is known.
    pub fn is_shallow(&self) -> bool {
        self.git().query(&["rev-parse", "--is-shallow-repository"]).map_or(true, |answer| answer == "true")
    }

    /// Paths of the files under version control that differ from the commit that is checked out.
    pub fn uncommitted(&self) -> Result<Vec<String>, Error> {
        let listed = self.git().run(&["status", "--porcelain", "--untracked-files=no", "--no-renames", "-z"])?;
        // Two letters and a space stand before each.
        Ok(listed.split('\0').filter_map(|line| line.get(3..)).map(str::to_owned).collect())
    }

    /// The work tree with its uncommitted changes to files under version control; nothing in it is touched.
    ///
    /// Fails where git fails, or where nothing but a submodule has changes, which a snapshot does not hold.
    pub fn work_tree(&self) -> Result<Revision, Error> {
        let head = self.revision("HEAD")?;
        let snapshot = self.git().run(&["stash", "create"])?;
        if !snapshot.is_empty() {
            return Ok(Revision { id: snapshot, commit: head.id, dirty: true });
        }
        self.uncommitted()?.into_iter().next().map_or(Ok(head), |submodule| Err(Error::DirtySubmodule(submodule)))
    }

    /// Has `revision` checked out below `folder`, in the work tree that is there from the last time where there is one:
    /// what did not change since is not built again.
    ///
    /// Fails where git fails or the package is not in that revision.
    pub fn checkout(&self, folder: &Path, revision: Revision) -> Result<Checkout, Error> {
        let (tree, target) = (folder.join("tree"), folder.join("out"));
        fs::create_dir_all(&target).map_err(Error::file(&target))?;
        if renew(&tree, &revision).is_err() {
            self.make(&tree, &revision)?;
        }
        if tree.join(".gitmodules").exists() {
            Git::new(&tree).run(&["submodule", "--quiet", "update", "--init", "--recursive"])?;
        }
        let package = tree.join(&self.package);
        if !package.join("Cargo.toml").is_file() {
            return Err(Error::NoPackage { path: package.join("Cargo.toml"), revision: revision.commit });
        }
        Ok(Checkout { tree, package, target, revision })
    }

    /// Has git forget the work trees that are gone.
    pub fn forget_work_trees(&self) -> Result<(), Error> {
        self.git().run(&["worktree", "prune"]).map(drop)
    }

    /// Makes a new work tree, whatever stands in its place.
    fn make(&self, tree: &Path, revision: &Revision) -> Result<(), Error> {
        if tree.exists() {
            fs::remove_dir_all(tree).map_err(Error::file(tree))?;
        }
        self.forget_work_trees()?;
        let path = tree.to_string_lossy();
        // Twice: git keeps a work tree locked when it was killed while it made one.
        let arguments = ["worktree", "add", "--quiet", "--force", "--force", "--detach", &path, &revision.id];
        self.git().run(&arguments).map(drop)
    }
}

impl Checkout {
    /// The folder that holds the work tree and the target folder.
    pub fn folder(&self) -> &Path {
        self.tree.parent().unwrap_or(&self.tree)
    }

    /// The files of which Git LFS left only its pointer, as without its filter.
    ///
    /// Fails where git fails.
    pub fn pointers(&self) -> Result<Vec<String>, Error> {
        let files = Git::new(&self.tree).run(&["ls-files", "-z", "--", ":(attr:filter=lfs)"])?;
        let is_pointer =
            |file: &&str| fs::read(self.tree.join(file)).is_ok_and(|text| text.starts_with(b"version https://git-lfs"));
        Ok(files.split('\0').filter(|file| !file.is_empty()).filter(is_pointer).map(str::to_owned).collect())
    }
}

/// Has the work tree of an earlier time hold another revision. That fails where there is none, where it is of another
/// repository, or where its last user was killed and left it locked.
fn renew(tree: &Path, revision: &Revision) -> Result<(), Error> {
    let git = Git::new(tree);
    if !same_folder(Path::new(&git.run(&["rev-parse", "--show-toplevel"])?), tree) {
        return Err(Error::NoWorkTree(tree.to_owned()));
    }
    git.run(&["checkout", "--quiet", "--force", "--detach", &revision.id])?;
    git.run(&["clean", "--quiet", "-ffdx"]).map(drop)
}

fn same_folder(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}
