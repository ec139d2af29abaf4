//! Damaged evidence, and what every verb says of it: a table of how a good folder of stored runs is spoiled, which verb
//! meets it, how that one has to end and what it has to say.

mod stored;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use stored::program::ended;
use stored::{Folder, IDS, commit_all, edit, forge, unseal};

/// How a folder is damaged, the verb that meets it, its exit code, and pieces of what it says.
type Case<'a> = (&'a str, Damage, &'a [&'a str], i32, &'a [&'a str]);
type Damage = fn(&Folder);

const LIST: &[&str] = &["list"];
const FSCK: &[&str] = &["fsck", "results"];
const SHOW: &[&str] = &["show", "20260201"];
const REPORT: &[&str] = &["report", "--output", "page.html"];

fn check(cases: &[Case]) {
    for &(name, damage, arguments, code, pieces) in cases {
        let folder = Folder::new();
        damage(&folder);
        let (ended, text) = ended(folder.top.path(), arguments);
        assert_eq!(ended, code, "{name}, {arguments:?}: {text}");
        for piece in pieces {
            assert!(text.contains(piece), "{name}, {arguments:?}: no `{piece}` in: {text}");
        }
    }
}

/// What `fsck` finds.
fn found(cases: &[(&str, Damage, &[&str])]) {
    cases.iter().for_each(|&(name, damage, pieces)| check(&[(name, damage, FSCK, 3, pieces)]));
}

#[test]
fn nothing_is_said_of_a_good_folder() {
    let wrong = &["wrong 0", "Every file is as it was written."];
    check(&[
        ("as stored", |_| {}, LIST, 0, &IDS),
        ("as stored", |_| {}, SHOW, 0, &[IDS[0]]),
        ("as stored", |_| {}, FSCK, 0, wrong),
        ("as stored", |_| {}, &["fsck"], 0, wrong),
        ("committed", |f| commit_all(f.top.path()), FSCK, 0, &["git history checked", "wrong 0", "in git's history"]),
        ("not committed", untracked, FSCK, 0, &["git history not under version control by git", "left behind."]),
        ("with notes beside", |f| fs::write(f.results.join("README.md"), "notes").unwrap(), FSCK, 0, wrong),
        ("with other ends of lines", |f| edit(&f.runs[1], "\n", "\r\n"), FSCK, 0, wrong),
        ("from before seals", |f| f.runs.iter().for_each(|run| unseal(run)), FSCK, 0, &["3 without a seal", "wrong 0"]),
        ("from before seals", |f| f.runs.iter().for_each(|run| unseal(run)), SHOW, 0, &[IDS[0]]),
    ]);
}

#[test]
fn nothing_to_check_is_an_error() {
    let nothing = &["there is nothing to check"];
    let gone: Damage = |f| fs::remove_dir_all(&f.results).unwrap();
    let measure = &["none in results", "`parcost run`, in a checkout of parcost, measures and stores one"];
    check(&[
        ("no folder", gone, &["fsck"], 3, nothing),
        ("no folder", gone, &["list", "--results", "results"], 3, &["is not a folder"]),
        ("no folder", gone, &["show", "last"], 3, &["no run is stored in"]),
        ("empty folder", empty, SHOW, 3, &["is not a stored run"]),
        ("empty folder", empty, LIST, 0, measure),
        ("too deep", |_| {}, &["fsck", "results/v1"], 3, &["there is nothing to check", "the folder that holds v1"]),
        ("a file", |f| fs::write(f.top.path().join("file"), "").unwrap(), &["fsck", "file"], 3, nothing),
    ]);
    found(&[("no folder", gone, nothing), ("empty folder", empty, nothing)]);
}

#[test]
fn what_is_no_run_is_never_taken_for_one() {
    let all_cut: Damage = |f| f.runs.iter().chain([&f.paired]).for_each(|run| cut(run));
    check(&[
        ("all truncated", all_cut, REPORT, 3, &["4 stored files in results", "cannot be used", "parcost fsck"]),
        ("nothing", empty, REPORT, 3, &["no run is stored"]),
    ]);
    type Spoilt<'a> = (&'a str, Damage, &'a str, &'a [&'a str]);
    let not_utf_8: Damage = |f| fs::write(&f.runs[0], b"{\"schema_version\":1,\"id\":\"\xff\"}").unwrap();
    let id_twice: Damage = |f| forge(&f.runs[0], "\"profile\"", "\"id\":\"0\",\"profile\"");
    let cases: [Spoilt; 19] = [
        ("truncated", |f| cut(&f.runs[0]), "truncated", &["it ends early"]),
        ("emptied", |f| fs::write(&f.runs[0], "").unwrap(), "truncated", &["it ends early"]),
        ("foreign text", |f| fs::write(&f.runs[0], "# notes").unwrap(), "foreign", &["not a stored run"]),
        ("foreign JSON", |f| fs::write(&f.runs[0], "{\"a\":1}").unwrap(), "foreign", &["missing field"]),
        ("not UTF-8", not_utf_8, "foreign", &["not a stored run"]),
        ("deep", |f| fs::write(&f.runs[0], "[".repeat(100_000)).unwrap(), "foreign", &["not a stored run"]),
        ("future", |f| edit(&f.runs[0], "_version\":1", "_version\":2"), "future", &["use a newer parcost"]),
        ("NaN", |f| put(f, "min", "NaN"), "foreign", &["line 1 column"]),
        ("infinite", |f| put(f, "min", "1e999"), "foreign", &["out of range"]),
        ("null", |f| put(f, "min", "null"), "foreign", &["expected f64"]),
        (
            "negative",
            |f| put(f, "min", "-1.0"),
            "foreign",
            &["wall_time of spawn/thread/count=1", "round 1: min is -1"],
        ),
        ("zero", |f| put(f, "median", "0"), "foreign", &["median is 0, not above zero"]),
        ("no estimate", |f| put(f, "low", "13000.0"), "foreign", &["form no estimate"]),
        ("negative duration", |f| forge(&f.runs[0], "300.5", "-300.5"), "foreign", &["duration_s is -300.5"]),
        (
            "unknown metric",
            |f| forge(&f.runs[0], "wall_time", "wall_hours"),
            "foreign",
            &["unknown variant `wall_hours`"],
        ),
        ("twice a field", id_twice, "foreign", &["duplicate field"]),
        ("a folder", |f| in_place(&f.runs[0], |path| fs::create_dir(path)), "foreign", &["not a regular file"]),
        ("a circle of links", |f| in_place(&f.runs[0], |path| symlink(path, path)), "unreadable", &["cannot be read"]),
        ("huge", |f| huge(&f.runs[0]), "foreign", &["more than any run"]),
    ];
    for (name, damage, fault, pieces) in cases {
        let named = |place: &'static str| [&[place], pieces].concat();
        check(&[
            (name, damage, LIST, 0, &named("unusable: results/v1/machine=")),
            (name, damage, SHOW, 3, &named("20260201T000000Z-012345678")),
        ]);
        let folder = Folder::new();
        damage(&folder);
        let (code, json) = ended(folder.top.path(), &["fsck", "--format", "json"]);
        let printed: serde_json::Value = serde_json::from_str(&json).unwrap();
        let findings = printed["findings"].as_array().unwrap();
        assert_eq!((code, findings.len()), (3, 1), "{name}: {json}");
        assert_eq!(findings[0]["fault"], fault, "{name}");
        assert!(findings[0]["file"].as_str().unwrap().contains("20260201"), "{name}");
    }
}

#[test]
fn an_edited_run_is_not_believed() {
    let slower: Damage = |f| edit(&f.runs[0], "12000.0", "13000.0");
    let newest: Damage = |f| edit(&f.runs[2], "12002.0", "13000.0");
    let spaced: Damage = |f| edit(&f.runs[0], ",", ", ");
    let no_seal: Damage = |f| edit(&f.runs[1], ",\"seal\":\"", ",\"veal\":\"");
    let unsealed: Damage = |f| unseal(&f.runs[2]);
    check(&[
        ("edited", slower, LIST, 0, &["it was edited since it was written", "parcost fsck"]),
        ("edited", slower, SHOW, 3, &["it was edited since it was written", "parcost fsck"]),
        ("the newest edited", newest, &["show", "last"], 0, &["00a3.json: it was edited since it was written", IDS[1]]),
        ("the newest edited", newest, &["answer"], 0, &["00a3.json: it was edited since it was written"]),
        ("the newest edited", newest, REPORT, 0, &["1 of the stored files cannot be used"]),
        ("without its seal", no_seal, &["show", IDS[1]], 3, &["edited since"]),
        ("without its seal", no_seal, &["show", "20260202"], 3, &["edited since"]),
    ]);
    found(&[
        ("edited", slower, &["wrong: results/v1", "edited since", "restore it from version control"]),
        ("spaced", spaced, &["edited since"]),
        ("without its seal", no_seal, &["edited since"]),
        ("unsealed among sealed", unsealed, &["it has no seal, though an earlier run of this machine has one"]),
        ("with another seal", |f| edit(&f.runs[0], "seal\":\"", "seal\":\"0"), &["edited since"]),
        ("edited pairs", |f| edit(&f.paired, "1000.25", "900.25"), &["results/paired/v1", "edited since"]),
        ("unsealed pairs", |f| unseal(&f.paired), &["results/paired/v1", "edited since"]),
    ]);
}

#[test]
fn what_is_gone_or_somewhere_else_is_found() {
    let elsewhere: Damage = |f| {
        let other = f.machine().with_file_name("machine=other");
        fs::create_dir(&other).unwrap();
        fs::copy(f.machine().join("machine.json"), other.join("machine.json")).unwrap();
        fs::rename(&f.runs[1], other.join(f.runs[1].file_name().unwrap())).unwrap();
    };
    let twice: Damage = |f| {
        let mut other = stored::run(0);
        other.commit.time = Some("2026-02-07T00:00:00Z".to_owned());
        parcost::rooms::store::append(&f.results, &other).unwrap();
    };
    let copied: Damage = |f| {
        fs::create_dir_all(f.top.path().join("target/parcost/results/v1")).unwrap();
        let folder = f.top.path().join("target/parcost/results/v1").join(f.machine().file_name().unwrap());
        fs::create_dir(&folder).unwrap();
        fs::copy(f.machine().join("machine.json"), folder.join("machine.json")).unwrap();
        fs::copy(&f.runs[0], folder.join(f.runs[0].file_name().unwrap())).unwrap();
    };
    let renamed: Damage = |f| {
        fs::rename(&f.runs[0], f.runs[0].with_file_name("20260101T000000Z-nocommit-00000000000000a1.json")).unwrap()
    };
    let stray: Damage = |f| fs::write(f.results.join("v1/notes.txt"), "notes").unwrap();
    let run_gone: Damage = |f| fs::remove_file(&f.runs[0]).unwrap();
    let machine_gone: Damage = |f| fs::remove_file(f.machine().join("machine.json")).unwrap();
    let other_machine: Damage = |f| edit(&f.machine().join("machine.json"), "-2c-", "-4c-");
    let pairs_renamed: Damage = |f| fs::rename(&f.paired, f.paired.with_file_name("x.json")).unwrap();
    let stray_folder: Damage = |f| fs::create_dir(f.results.join("v1/old")).unwrap();
    let left: Damage = |f| fs::write(f.machine().join(".00000000000000a4.1-0.partial"), "{").unwrap();
    check(&[
        ("the wrong machine's folder", elsewhere, LIST, 0, &["wrong place"]),
        ("an id twice", twice, &["show", IDS[0]], 3, &["names 2 stored runs"]),
        ("a run in two folders", copied, &["fsck"], 3, &["duplicated"]),
        ("a stray file beside the machines", stray, LIST, 0, &["notes.txt"]),
        ("a leftover", left, SHOW, 0, &[IDS[0]]),
    ]);
    found(&[
        ("a run gone", run_gone, &["missing", "follows run `00000000000000a1`, which is missing"]),
        ("a machine's file gone", machine_gone, &["missing", "machine.json", "is missing"]),
        ("another machine's file", other_machine, &["misplaced", "wrong place"]),
        ("a spoiled machine's file", |f| cut(&f.machine().join("machine.json")), &["truncated", "machine.json"]),
        (
            "the wrong machine's folder",
            elsewhere,
            &["misplaced", "machine=other", "by its content it belongs to v1/machine=x86_64-made-up"],
        ),
        ("a wrong name", renamed, &["misplaced", "belongs to v1/machine="]),
        ("pairs with a wrong name", pairs_renamed, &["belongs to paired/v1/machine="]),
        ("an id twice", twice, &["duplicated", "it is the run of results/v1", "once more"]),
        ("a stray file", |f| fs::write(f.machine().join("notes.txt"), "notes").unwrap(), &["foreign", "notes.txt"]),
        ("a stray folder", stray_folder, &["foreign", "it is not a folder machine=<key>"]),
        ("another version", |f| fs::create_dir(f.results.join("v2")).unwrap(), &["future", "schema version 2"]),
        ("a leftover", left, &["leftover", "00000000000000a4.1-0.partial", "remove it when nothing is being stored"]),
    ]);
}

#[test]
fn a_clock_that_went_backwards_is_found() {
    let before: Damage = |f| {
        forge(&f.runs[2], "\"started\":\"2026-03-01T12", "\"started\":\"2026-03-01T09");
    };
    let endless: Damage = |f| forge(&f.runs[2], "2026-03-01T12:05:00Z", "2026-03-01T11:59:59Z");
    found(&[
        (
            "a later commit before an earlier one",
            before,
            &["clock", "later commit than run `00000000000000a2`", "started before it"],
        ),
        ("an end before the start", endless, &["clock", "ended at 2026-03-01T11:59:59Z, before it started"]),
    ]);
}

#[test]
fn a_history_that_was_rewritten_is_found() {
    let modified: Damage = |f| {
        commit_all(f.top.path());
        // Whoever forges the seal as well is found by the history.
        forge(&f.runs[2], r#""center":12002.0,"low":12002.0"#, r#""center":11000.0,"low":11000.0"#);
        commit_all(f.top.path());
    };
    let all_deleted: Damage = |f| {
        fs::write(f.results.join("README.md"), "notes").unwrap();
        delete_committed(f);
        fs::remove_dir_all(f.results.join("v1")).unwrap();
        fs::remove_dir_all(f.results.join("paired")).unwrap();
    };
    let renamed: Damage = |f| {
        commit_all(f.top.path());
        let new = f.runs[2].with_file_name("20260209T000000Z-2123456789ab-00000000000000a3.json");
        forge(&f.runs[2], "2026-02-03T00:00:00Z", "2026-02-09T00:00:00Z");
        fs::rename(&f.runs[2], new).unwrap();
        commit_all(f.top.path());
    };
    let uncommitted: Damage = |f| {
        commit_all(f.top.path());
        fs::remove_file(&f.paired).unwrap();
    };
    let restored: Damage = |f| {
        let text = fs::read(&f.runs[2]).unwrap();
        delete_committed(f);
        fs::write(&f.runs[2], text).unwrap();
    };
    let unreadable: Damage = |f| fs::create_dir(f.top.path().join(".git")).unwrap();
    check(&[("restored", restored, FSCK, 0, &["wrong 0"])]);
    found(&[
        ("modified", modified, &["edited", "it was modified in commit", "git restore --source="]),
        ("deleted", delete_committed, &["missing", "it was deleted in commit", "git restore --source="]),
        ("all deleted", all_deleted, &["missing", "it was deleted in commit", "since the last commit"]),
        ("renamed", renamed, &["misplaced", "changed and renamed to results/v1", "in commit"]),
        ("not yet committed", uncommitted, &["missing", "paired", "it was deleted since the last commit"]),
        ("a broken repository", unreadable, &["unchecked", "cannot read its history in git"]),
    ]);
}

#[test]
fn what_may_not_be_read_is_said() {
    let denied: Damage = |f| fs::set_permissions(&f.runs[0], fs::Permissions::from_mode(0o000)).unwrap();
    let folder = Folder::new();
    denied(&folder);
    if fs::read(&folder.runs[0]).is_ok() {
        // Nothing is denied to this user.
        return;
    }
    check(&[
        ("denied", denied, LIST, 0, &["cannot be read", "check its permissions"]),
        ("denied", denied, SHOW, 3, &["cannot be read", "check its permissions"]),
        ("denied", denied, FSCK, 3, &["unreadable", "check its permissions"]),
    ]);
}

/// The repository has a commit, and nothing of the folder.
fn untracked(folder: &Folder) {
    let top = folder.top.path();
    fs::write(top.join(".gitignore"), "results\n").expect("it can be written");
    commit_all(top);
}

fn empty(folder: &Folder) {
    fs::remove_dir_all(&folder.results).expect("the folder is our own");
    fs::create_dir(&folder.results).expect("the folder is our own");
}

fn delete_committed(folder: &Folder) {
    commit_all(folder.top.path());
    fs::remove_file(&folder.runs[2]).expect("the folder is our own");
    commit_all(folder.top.path());
}

fn cut(path: &Path) {
    let text = fs::read(path).expect("the folder is our own");
    fs::write(path, &text[..text.len() / 2]).expect("the folder is our own");
}

/// Gives the first value of this name in a run's rounds another.
fn put(folder: &Folder, name: &str, value: &str) {
    forge(&folder.runs[0], &format!("\"{name}\":12000.0"), &format!("\"{name}\":{value}"));
}

fn in_place(path: &Path, make: fn(&Path) -> std::io::Result<()>) {
    fs::remove_file(path).expect("the folder is our own");
    make(path).expect("the folder is our own");
}

/// Larger than any run, and without a byte on the disk.
fn huge(path: &Path) {
    fs::File::create(path).expect("the folder is our own").set_len(65 << 20).expect("the folder is our own");
}
