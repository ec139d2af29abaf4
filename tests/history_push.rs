//! `parcost history` against repositories on this disk: many writers, a remote that says no, and names that mean harm.

mod stored;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use parcost::rooms::model::Run;
use parcost::rooms::store;
use stored::program::{git, program};
use stored::{Folder, paired_run, run};

const BRANCH: &str = "refs/heads/bench-history";

/// A remote repository with one commit on main, and clones of it.
struct Remote {
    top: tempfile::TempDir,
}

impl Remote {
    fn new() -> Self {
        let top = tempfile::tempdir().expect("a temporary folder can be made");
        git(top.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
        let remote = Self { top };
        let seed = remote.clone("seed");
        fs::write(seed.join("code"), "code").expect("it can be written");
        git(&seed, &["add", "code"]);
        git(&seed, &["commit", "--quiet", "--message=code"]);
        git(&seed, &["push", "--quiet", "origin", "HEAD:refs/heads/main"]);
        remote
    }

    fn bare(&self) -> PathBuf {
        self.top.path().join("remote.git")
    }

    fn clone(&self, name: &str) -> PathBuf {
        git(self.top.path(), &["clone", "--quiet", "remote.git", name]);
        self.top.path().join(name)
    }

    /// A clone as a workflow has it: the last commit alone.
    fn shallow_clone(&self, name: &str) -> PathBuf {
        let address = format!("file://{}", self.bare().display());
        git(self.top.path(), &["clone", "--quiet", "--depth=1", &address, name]);
        self.top.path().join(name)
    }

    /// The places on the branch, sorted.
    fn places(&self) -> Vec<String> {
        let listed = git(&self.bare(), &["ls-tree", "-r", "--name-only", BRANCH]);
        listed.lines().map(str::to_owned).collect()
    }

    /// Has every push to the branch answered by a script first.
    fn asks(&self, script: &str) {
        let hook = self.bare().join("hooks/update");
        fs::create_dir_all(self.bare().join("hooks")).expect("it can be made");
        fs::write(&hook, format!("#!/bin/sh\n{script}\n")).expect("it can be written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
}

fn parcost(folder: &Path, arguments: &[&str]) -> Output {
    program(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").args(arguments).output().expect("it can be started")
}

fn push(folder: &Path, file: &Path) -> (i32, String) {
    exit_and_output(&parcost(folder, &["history", "push", &file.to_string_lossy()]))
}

fn exit_and_output(output: &Output) -> (i32, String) {
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A stored run of an id and a start of its own, in a folder of its own.
fn stored_run(top: &Path, number: usize) -> PathBuf {
    let (id, started) = (format!("{number:016x}"), format!("2026-03-01T10:00:{:02}Z", number % 60));
    store::append(&top.join(format!("runs{number}")), &Run { id, started, ..run(0) }).expect("the folder is new")
}

#[test]
fn eight_writers_at_once_lose_nothing() {
    let remote = Remote::new();
    let clones = [remote.clone("a"), remote.shallow_clone("b"), remote.shallow_clone("c"), remote.clone("d")];
    let files: Vec<PathBuf> = (0..8).map(|number| stored_run(remote.top.path(), number)).collect();
    thread::scope(|scope| {
        for (number, file) in files.iter().enumerate() {
            let clone = &clones[number % clones.len()];
            scope.spawn(move || {
                let (code, said) = push(clone, file);
                assert_eq!(code, 0, "{said}");
            });
        }
    });
    assert_eq!(git(&remote.bare(), &["rev-list", "--count", BRANCH]), "8");
    assert_eq!(git(&remote.bare(), &["log", "--diff-filter=a", "--format=%H", BRANCH]), "", "nothing was rewritten");
    assert!(Command::new("git").arg("-C").arg(remote.bare()).args(["fsck", "--strict"]).status().unwrap().success());

    let into = remote.top.path().join("pulled");
    for written in [9, 0] {
        let (code, said) =
            exit_and_output(&parcost(&clones[0], &["history", "pull", "--into", &into.to_string_lossy()]));
        assert!(code == 0 && said.contains(&format!("{written} written")), "{said}");
    }
    for file in &files {
        let pulled = into.join("v1").join(file.strip_prefix(file.ancestors().nth(2).unwrap()).unwrap());
        assert_eq!(fs::read(file).unwrap(), fs::read(pulled).unwrap());
    }
    let (code, said) = exit_and_output(&parcost(&clones[0], &["fsck", &into.to_string_lossy()]));
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_folder_is_pushed_in_one_commit_and_the_work_tree_stays() {
    let (remote, folder) = (Remote::new(), Folder::new());
    let clone = remote.clone("clone");
    fs::write(clone.join("code"), "changed").unwrap();
    fs::write(clone.join("staged"), "staged").unwrap();
    git(&clone, &["add", "staged"]);
    let seen = || (git(&clone, &["status", "--porcelain"]), git(&clone, &["rev-parse", "HEAD"]));
    let before = seen();
    let (code, said) = push(&clone, &folder.results);
    assert!(code == 0 && said.contains("5 added to the branch bench-history of origin"), "{said}");
    assert_eq!(seen(), before);
    assert_eq!(git(&remote.bare(), &["rev-list", "--count", BRANCH]), "1");
    let machine = "v1/machine=x86_64-made-up-2c-00000000";
    let places = remote.places();
    assert_eq!(places.iter().filter(|place| place.starts_with(machine)).count(), 4, "{places:?}");
    assert!(places[0].starts_with(&format!("paired/{machine}/")), "{places:?}");

    // What is there already is not pushed again, and a later run comes on top.
    let (code, said) = push(&clone, &folder.results);
    assert!(code == 0 && said.contains("0 added") && said.contains("5 already there"), "{said}");
    let (code, said) = push(&clone, &stored_run(remote.top.path(), 9));
    assert_eq!(code, 0, "{said}");
    assert_eq!((remote.places().len(), git(&remote.bare(), &["rev-list", "--count", BRANCH])), (6, "2".to_owned()));
}

#[test]
fn a_push_that_came_second_is_made_again_on_top() {
    let remote = Remote::new();
    let clone = remote.clone("clone");
    assert_eq!(push(&clone, &stored_run(remote.top.path(), 1)).0, 0);
    // While the next push arrives, another writer's commit takes the branch.
    let (tip, tree) = (git(&remote.bare(), &["rev-parse", BRANCH]), format!("{BRANCH}^{{tree}}"));
    let faster = git(&remote.bare(), &["commit-tree", "-p", &tip, "-m", "faster", &tree]);
    remote.asks(&format!("[ -e moved ] || {{ touch moved; git update-ref {BRANCH} {faster}; exit 1; }}"));
    let (code, said) = push(&clone, &stored_run(remote.top.path(), 2));
    assert_eq!(code, 0, "{said}");
    assert_eq!(git(&remote.bare(), &["rev-parse", &format!("{BRANCH}~1")]), faster);
    assert_eq!(remote.places().len(), 3);
}

#[test]
fn a_remote_that_says_no_is_an_error_with_its_reason() {
    let remote = Remote::new();
    let clone = remote.clone("clone");
    let file = stored_run(remote.top.path(), 1);
    remote.asks("echo not today >&2; exit 1");
    let (code, said) = push(&clone, &file);
    assert!(code == 3 && said.contains("refuses") && said.contains("not today"), "{code} {said}");
    let pull = ["history", "pull", "--into", "pulled"];
    let (code, said) = exit_and_output(&parcost(&clone, &pull));
    assert!(code == 4 && said.contains("no branch bench-history yet"), "{code} {said}");
    fs::rename(remote.bare(), remote.top.path().join("gone")).unwrap();
    for (code, said) in [push(&clone, &file), exit_and_output(&parcost(&clone, &pull))] {
        assert!(code == 3 && said.contains("ls-remote"), "a remote out of reach has no branch to make: {code} {said}");
    }
}

#[test]
fn a_temporary_folder_that_is_not_there_is_an_error_with_its_remedy() {
    let remote = Remote::new();
    let clone = remote.clone("clone");
    let run = stored_run(&clone, 1);
    let mut parcost = program(&clone);
    parcost.env("TMPDIR", "/proc/nowhere").args(["history", "push"]).arg(run);
    let (code, said) = exit_and_output(&parcost.output().unwrap());
    assert!(code == 3 && said.contains("set TMPDIR to a folder that can be written"), "{said}");
}

#[test]
fn what_is_no_stored_run_is_refused() {
    let (remote, folder) = (Remote::new(), Folder::new());
    let clone = remote.clone("clone");
    let (top, file) = (folder.top.path(), &folder.runs[0]);
    let text = fs::read_to_string(file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let put = |place: &str, text: &str| {
        fs::create_dir_all(top.join(place).parent().unwrap()).unwrap();
        fs::write(top.join(place), text).unwrap();
        top.join(place)
    };
    symlink(file, top.join("link.json")).unwrap();
    fs::create_dir_all(top.join("linked")).unwrap();
    symlink(file, top.join("linked").join(name)).unwrap();
    let unsealed = |from: &str, to: &str| text[..text.find(",\"seal\"").unwrap()].replace(from, to) + "}";
    let cases = [
        ("another name", put("a.json", &text), "wrong place"),
        ("a name that is an option", put("x/--force", &text), "wrong place"),
        ("a name of two lines", put("x/a\n100644 blob.json", &text), "wrong place"),
        ("a link", top.join("linked").join(name), "not a regular file"),
        ("an edited run", put(&format!("e/{name}"), &text.replace("12000", "11000")), "edited"),
        ("half a run", put(&format!("h/{name}"), &text[..text.len() / 2]), "ends early"),
        ("a key that leaves", put(&format!("k/{name}"), &unsealed("x86_64-made-up", "../../x")), "machine key"),
        ("an id that leaves", put(&format!("i/{name}"), &unsealed("00000000000000a1", "/../../../../../x")), "its id"),
        ("no run", put("n.json", "{}"), "not a stored run"),
        ("nothing", top.join("nothing"), "cannot be read"),
        ("an empty folder", top.join("linked"), "no run is stored"),
    ];
    for (what, path, piece) in cases {
        let (code, said) = push(&clone, &path);
        assert!(code == 3 && said.contains(piece), "{what}: {code} {said}");
    }
    // A folder with one bad file is refused as a whole.
    put(&format!("results/v1/machine=x86_64-made-up-2c-00000000/{}", name.replace("a1", "b7")), &text);
    assert_eq!(push(&clone, &folder.results).0, 3);
    for place in [["--branch", "../x"], ["--branch", "--force"], ["--remote", "--upload-pack=touch x"]] {
        let (code, said) = exit_and_output(&parcost(
            &clone,
            &["history", "push", &file.to_string_lossy(), &format!("{}={}", place[0], place[1])],
        ));
        assert!(code == 3 && said.contains("is not the name of a"), "{place:?}: {code} {said}");
    }
    git(&clone, &["config", "remote.unread.pushurl", "../remote.git"]);
    for (name, piece) in [("nowhere", "has no remote `nowhere`"), ("unread", "'unread' does not appear to be")] {
        let (code, said) =
            exit_and_output(&parcost(&clone, &["history", "push", &file.to_string_lossy(), "--remote", name]));
        assert!(code == 3 && said.contains(piece), "{name}: {code} {said}");
    }
    assert_eq!(git(&remote.bare(), &["for-each-ref", "--format=%(refname)"]), "refs/heads/main", "nothing was pushed");
}

#[test]
fn a_stored_run_is_never_replaced() {
    let remote = Remote::new();
    let clone = remote.clone("clone");
    let of = |folder: &str, duration_s: f64| {
        store::append(&remote.top.path().join(folder), &Run { duration_s, ..run(0) }).unwrap()
    };
    assert_eq!(push(&clone, &of("one", 1.0)).0, 0);
    let before = git(&remote.bare(), &["rev-parse", BRANCH]);
    let (code, said) = push(&clone, &of("two", 2.0));
    assert!(code == 3 && said.contains("with other content"), "{code} {said}");
    assert_eq!(git(&remote.bare(), &["rev-parse", BRANCH]), before);
    // Nor does a pull replace what lies in the folder.
    let (code, said) = exit_and_output(&parcost(
        &clone,
        &["history", "pull", "--into", &remote.top.path().join("two").to_string_lossy()],
    ));
    assert!(code == 3 && said.contains("with other content"), "{code} {said}");
}

#[test]
fn a_pull_ends_the_note_that_a_run_is_elsewhere() {
    let remote = Remote::new();
    let (clone, run) = (remote.clone("clone"), stored_run(remote.top.path(), 1));
    assert_eq!(push(&clone, &run).0, 0);
    let into = remote.top.path().join("pulled");
    let pull = || exit_and_output(&parcost(&clone, &["history", "pull", "--into", &into.to_string_lossy()]));
    assert_eq!(pull().0, 0);
    let folder = into.join("v1").join(run.parent().unwrap().file_name().unwrap());
    let note = folder.join(".0000000000000001.elsewhere");
    for is_new in [false, true] {
        fs::write(&note, "").unwrap();
        if is_new {
            fs::remove_file(folder.join(run.file_name().unwrap())).unwrap();
        }
        let (code, said) = pull();
        assert!(code == 0 && !note.exists(), "{said}");
    }
}

#[test]
fn a_pull_takes_stored_runs_and_nothing_else() {
    let remote = Remote::new();
    let clone = remote.clone("clone");
    let paired = store::paired::append(&remote.top.path().join("p"), &paired_run()).unwrap();
    assert_eq!(push(&clone, &paired).0, 0);
    // Whoever may write to the branch may have put anything there.
    git(&clone, &["fetch", "--quiet", "origin", BRANCH]);
    git(&clone, &["checkout", "--quiet", "--orphan", "hostile"]);
    git(&clone, &["reset", "--quiet", "--hard", "FETCH_HEAD"]);
    let machine = clone.join("v1/machine=a");
    fs::create_dir_all(&machine).unwrap();
    fs::write(machine.join("0-0000000000000001\u{1b}[31m.json"), "{}").unwrap();
    fs::write(clone.join("README.md"), "read me").unwrap();
    symlink("/etc/passwd", machine.join("machine.json")).unwrap();
    git(&clone, &["add", "."]);
    git(&clone, &["commit", "--quiet", "--message=hostile"]);
    git(&clone, &["push", "--quiet", "origin", &format!("HEAD:{BRANCH}")]);
    let into = remote.top.path().join("pulled");
    let (code, said) = exit_and_output(&parcost(&clone, &["history", "pull", "--into", &into.to_string_lossy()]));
    assert!(code == 0 && said.contains("1 written") && !said.contains('\u{1b}'), "{said}");
    for left in ["README.md", "machine.json", "0-0000000000000001"] {
        assert!(said.contains(left), "{left}: {said}");
    }
    assert!(!into.join("v1").exists() && into.join("paired/v1").exists());
}
