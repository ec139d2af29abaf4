//! Runs that were stored elsewhere, and what `parcost import` makes of them: a table of how a good file is spoiled, and what
//! has to be said of it.

mod stored;

use std::fs;
use std::path::{Path, PathBuf};

use parcost::rooms::model::{Fact, FitFor, Fitness, Run};
use parcost::rooms::{host, store};
use stored::program::ended;
use stored::{edit, forge, run, unseal};

/// Two folders: results of another machine, and a package that is to have them.
struct Elsewhere {
    top: tempfile::TempDir,
    /// The files of the other machine's runs.
    runs: Vec<PathBuf>,
}

/// A run of a machine with as many processors, whose key is what its facts make.
fn run_of(place: usize, cpus: &str) -> Run {
    let mut run = run(place);
    run.id = format!("{place}{cpus:0>15}");
    let value = |text: &str| Fact::Value(text.to_owned());
    run.machine.hardware = [("architecture", "made_up"), ("cpu_name", "Abacus"), ("cpus_usable", cpus)]
        .map(|(name, text)| (name.to_owned(), value(text)))
        .into();
    run.machine.key = host::machine_key(&run.machine.hardware);
    run.conditions_before.facts.insert("load_1m".to_owned(), value("0.25"));
    run.fitness =
        Some(Fitness { fit_for: FitFor::RatiosOnly, reasons: vec!["virtualisation: of abacuses".to_owned()] });
    run
}

impl Elsewhere {
    fn new() -> Self {
        let top = tempfile::tempdir().expect("a temporary folder can be made");
        let other = top.path().join("elsewhere");
        let runs = (0..2).map(|place| store::append(&other, &run_of(place, "8")).expect("the folder is new"));
        let runs = runs.collect();
        fs::create_dir(top.path().join("here")).expect("it is new");
        Self { top, runs }
    }

    fn here(&self) -> PathBuf {
        self.top.path().join("here")
    }

    /// Every file below the package's folder of results, with its content.
    fn stored(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.here().join("results")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("it can be listed").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.clone(), fs::read(&path).expect("it can be read")));
                }
            }
        }
        found.sort();
        found
    }

    /// What `parcost` prints, with one space wherever its lines are broken, and how it ends.
    fn output(&self, arguments: &[&str]) -> (i32, String) {
        ended(&self.here(), arguments)
    }

    fn import(&self, files: &[&Path]) -> (i32, String) {
        let files: Vec<&str> = files.iter().map(|file| file.to_str().expect("a plain path")).collect();
        self.output(&[&["import"], files.as_slice()].concat())
    }
}

fn name(path: &Path) -> &std::ffi::OsStr {
    path.file_name().expect("it is the path of a file")
}

#[test]
fn a_good_run_is_stored_unchanged_and_shown_with_what_it_is_suitable_for() {
    let elsewhere = Elsewhere::new();
    let [first, second] = [&elsewhere.runs[0], &elsewhere.runs[1]];
    let (code, text) = elsewhere.import(&[first, second]);
    assert_eq!(code, 0, "{text}");
    for piece in [
        "added 2",
        "machine made_up-abacus-8c-",
        "suitable for ratios only (virtualisation: of abacuses)",
        "load 1m 0.25 before, unknown after",
        "scope full",
    ] {
        assert!(text.contains(piece), "no `{piece}` in: {text}");
    }
    let stored = elsewhere.stored();
    assert_eq!(stored.len(), 3, "the runs, and what their machine is");
    for path in [first, second] {
        let placed = stored.iter().find(|(place, _)| name(place) == name(path)).expect("it bears the name that it had");
        assert_eq!(placed.1, fs::read(path).unwrap(), "byte for byte");
    }
    assert_eq!(elsewhere.output(&["fsck"]).0, 0, "{:?}", elsewhere.output(&["fsck"]));
    assert!(elsewhere.output(&["list"]).1.contains("made_up-abacus-8c-"));
}

#[test]
fn the_name_of_a_copy_does_not_matter_and_a_missing_predecessor_is_reported() {
    let elsewhere = Elsewhere::new();
    let copy = elsewhere.here().join("copy.json");
    fs::copy(&elsewhere.runs[1], &copy).unwrap();
    let (code, text) = elsewhere.import(&[&copy]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("it follows run 0000000000000008, which is not stored here"), "{text}");
    let (code, text) = elsewhere.output(&["fsck"]);
    assert!(code == 0 && text.contains("it was imported without run `0000000000000008`"), "{text}");
    // Once it was here, its loss is one; however it came.
    let beside = elsewhere.stored()[0].0.with_file_name(name(&elsewhere.runs[0]));
    fs::copy(&elsewhere.runs[0], &beside).unwrap();
    let (code, text) = elsewhere.output(&["fsck"]);
    assert!(code == 3 && text.contains(".elsewhere") && text.contains("it would hide its loss"), "{text}");
    fs::remove_file(beside).unwrap();
    let (code, text) = elsewhere.import(&[&elsewhere.runs[0]]);
    assert_eq!((code, elsewhere.output(&["fsck"]).0), (0, 0), "{text}");
    let named = |path: &PathBuf| path.display().to_string().contains("0000000000000008");
    fs::remove_file(elsewhere.stored().into_iter().map(|(path, _)| path).find(named).unwrap()).unwrap();
    let (code, text) = elsewhere.output(&["fsck"]);
    assert!(code == 3 && text.contains("follows run `0000000000000008`, which is missing"), "{text}");
    let (code, text) = elsewhere.output(&["import", "--results", "mine", elsewhere.runs[0].to_str().unwrap()]);
    assert!(code == 0 && text.contains("mine/v1/machine=made_up-ab") && !text.contains("follows"), "{text}");
}

#[test]
fn a_file_that_fails_a_check_is_refused_and_nothing_is_written() {
    type Case = (&'static str, fn(&Path), &'static [&'static str]);
    let cases: [Case; 13] = [
        (
            "edited",
            |f| edit(f, "12000", "11000"),
            &["was edited since it was written", "copy the run as it was written"],
        ),
        ("reformatted", |f| edit(f, "\"id\":", "\"id\": "), &["was edited since it was written"]),
        ("truncated", truncate, &["it ends early; copy it again, whole"]),
        ("without its seal", unseal, &["it has no seal", "with a parcost that seals"]),
        ("of a future schema", |f| forge(f, "\"schema_version\":1", "\"schema_version\":2"), &["use a newer parcost"]),
        ("of no schema", |f| forge(f, "\"schema_version\":1", "\"schema_version\":0"), &["no schema version 0"]),
        ("another facts' key", |f| forge(f, "Abacus", "Slide rule"), &["its machine key is made_up-abacus-8c-"]),
        (
            "another key",
            |f| forge(f, "\"key\":\"made_up", "\"key\":\"made-up"),
            &["the facts of its machine make made_up-"],
        ),
        (
            "a hostile key",
            |f| forge(f, "\"key\":\"made_up", "\"key\":\"../made_up"),
            &["its machine key holds more than"],
        ),
        ("a hostile id", |f| forge(f, "\"id\":\"0", "\"id\":\"/"), &["its id is not 16"]),
        (
            "what it follows is hostile",
            |f| forge(f, "\"profile\":", "\"follows\":\"/../../a\",\"profile\":"),
            &["what it follows is not the id of a run"],
        ),
        ("an impossible time", |f| forge(f, "\"min\":12000.0", "\"min\":-1.0"), &["an impossible value"]),
        ("a gate", |f| forge(f, "\"profile\"", "\"budget_s\""), &["it is not a stored run", "missing field `profile`"]),
    ];
    for (case, spoil, pieces) in cases {
        let elsewhere = Elsewhere::new();
        spoil(&elsewhere.runs[0]);
        let (code, text) = elsewhere.import(&[&elsewhere.runs[0]]);
        assert_eq!(code, 3, "{case}: {text}");
        for piece in ["is not imported: "].iter().chain(pieces) {
            assert!(text.contains(piece), "{case}: no `{piece}` in: {text}");
        }
        assert_eq!(elsewhere.stored(), [], "{case}");
    }
}

fn truncate(file: &Path) {
    let text = fs::read_to_string(file).expect("a stored file is text");
    fs::write(file, &text[..text.len() / 2]).expect("it can be written");
}

#[test]
fn a_run_is_stored_once_and_no_file_is_touched() {
    let elsewhere = Elsewhere::new();
    let file = &elsewhere.runs[0];
    assert_eq!(elsewhere.import(&[file]).0, 0);
    let stored = elsewhere.stored();
    let (code, text) = elsewhere.import(&[file]);
    assert!(code == 0 && text.contains("is stored already, in results/v1/machine="), "{text}");

    // Another content under the same id, of the same machine and of another one.
    for cpus in ["8", "4"] {
        let mut twin = run_of(0, cpus);
        twin.id = "0000000000000008".to_owned();
        twin.duration_s += 1.0;
        let twin = store::append(&elsewhere.top.path().join(format!("twin{cpus}")), &twin).unwrap();
        let (code, text) = elsewhere.import(&[&twin]);
        assert!(code == 3 && text.contains("another run of its id is stored, in results/v1"), "{text}");
    }
    assert_eq!(elsewhere.stored(), stored);
}

#[test]
fn a_refused_run_does_not_keep_the_others_out() {
    let elsewhere = Elsewhere::new();
    edit(&elsewhere.runs[0], "12000", "11000");
    let (code, text) = elsewhere.import(&[&elsewhere.runs[0], &elsewhere.runs[1]]);
    assert!(code == 3 && text.contains("added 1") && text.contains("was edited"), "{text}");
    let stored: Vec<String> = elsewhere.stored().iter().map(|(path, _)| path.display().to_string()).collect();
    let note = |path: &String| path.ends_with("/.0000000000000008.elsewhere");
    assert_eq!(
        (stored.len(), stored.iter().filter(|path| note(path)).count()),
        (3, 1),
        "run, machine, note: {stored:?}"
    );
}

#[test]
fn runs_are_not_mixed_with_results_of_other_tools() {
    let elsewhere = Elsewhere::new();
    let run = elsewhere.runs[0].to_str().unwrap();
    let other = elsewhere.here().join("data.json");
    fs::write(&other, "{\"schema_version\":1,\"series\":[]}").unwrap();
    let (code, text) = elsewhere.output(&["import", run, "data.json"]);
    assert!(code == 3 && text.contains("import the runs by themselves"), "{text}");
    let (code, text) = elsewhere.output(&["import", run, "--output", "history.json"]);
    assert!(code == 3 && text.contains("--output applies to results of other tools only"), "{text}");
    // Who names the folder means runs.
    for (file, piece) in
        [("data.json", "it is not a stored run"), ("nowhere.json", "cannot be read"), (".", "not a regular file")]
    {
        let (code, text) = elsewhere.output(&["import", "--results", "results", file]);
        assert!(code == 3 && text.contains(piece), "{file}: {text}");
    }
    assert_eq!(elsewhere.output(&["import", run, "--results", "results", "--output", "x"]).0, 2);
    assert_eq!(elsewhere.stored(), []);
}
