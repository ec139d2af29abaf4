//! `parcost comment` over what anyone may have put into an artifact.

mod stored;

use std::fs;
use std::path::Path;

use parcost::rooms::model::PairedRun;
use stored::program::program;
use stored::{Folder, paired_run, sealed};

/// The run as the store writes it.
fn stored_text(run: &PairedRun) -> String {
    let json = serde_json::to_string(run).expect("it is plain data");
    sealed(json.strip_suffix('}').expect("JSON ends so"))
}

fn comment(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = program(folder).arg("comment").args(arguments).output().expect("it can be started");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn the_exit_code_says_whether_there_is_anything_to_write() {
    let folder = Folder::new();
    let top = folder.top.path();
    let same = stored_text(&PairedRun { identical: true, benchmarks: Vec::new(), counts: Vec::new(), ..paired_run() });
    fs::write(top.join("same.json"), same).unwrap();
    let candidate = paired_run().candidate.id.unwrap();
    let (head, marker) = ("f".repeat(40), |sha: &str| format!("<!-- parcost gate sha={sha} -->\n### x\n"));
    fs::write(top.join("empty"), "\n").unwrap();
    fs::write(top.join("of_candidate"), marker(&candidate)).unwrap();
    fs::write(top.join("of_head"), marker(&head)).unwrap();
    let cases: [(&str, &[&str], i32, &str); 7] = [
        ("always written", &["same.json"], 0, "identical programs"),
        ("nothing there", &["same.json", "--existing", "empty"], 4, ""),
        ("nothing there at all", &["same.json", "--existing", "none"], 4, ""),
        ("one to edit", &["same.json", "--existing", "of_candidate", "--head", &candidate], 0, "identical programs"),
        ("one that is stale", &["same.json", "--existing", "of_candidate", "--head", &head], 0, "Stale"),
        ("a newer one", &["same.json", "--existing", "of_head", "--head", &head], 4, ""),
        ("stale and new", &["results", "--existing", "none", "--head", &head], 4, ""),
    ];
    for (what, arguments, expected, piece) in cases {
        let (code, text, said) = comment(top, arguments);
        assert!(code == expected && text.contains(piece), "{what}: {code} {text} {said}");
        assert_eq!(text.is_empty(), expected != 0, "{what}");
    }
    let (code, text, said) = comment(top, &["results"]);
    assert!(code == 0 && text.starts_with("<!-- parcost gate sha="), "{said}");
}

#[test]
fn a_commit_that_could_not_be_measured_takes_the_place_of_an_older_result() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path();
    let (measured, older, newer) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
    fs::create_dir_all(top.join("noted")).unwrap();
    fs::create_dir_all(top.join("empty")).unwrap();
    let note = r#"{"schema_version":1,"reason":"baseline_build","machine":"m`m","message":"@all\nnot here"}"#;
    fs::write(top.join("noted/not-measured-m.json"), note).unwrap();
    fs::create_dir_all(top.join("cut")).unwrap();
    fs::write(top.join("cut/not-measured-m.json"), &note[..20]).unwrap();
    fs::write(top.join("older"), format!("<!-- parcost gate sha={older} -->\n### x\n")).unwrap();
    let cases: [(&str, &[&str], i32, &str); 7] = [
        ("a note", &["noted"], 0, "? could not be measured: the base does not build"),
        ("no comment yet", &["noted", "--existing", "none", "--head", &measured], 0, "    not here"),
        ("an older comment", &["noted", "--existing", "older"], 0, "`bbbbbbbbbbbb`, an older commit"),
        ("a newer commit", &["noted", "--existing", "older", "--head", &newer], 4, ""),
        ("a note that is cut off", &["cut"], 0, "? could not be measured: the gate was interrupted"),
        ("nothing, and a failure", &["empty", "--failed"], 0, "the workflow left no result"),
        ("nothing", &["empty"], 3, ""),
    ];
    for (what, arguments, expected, piece) in cases {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--measured", &measured]).collect();
        let (code, text, said) = comment(top, &arguments);
        assert!(code == expected && text.contains(piece), "{what}: {code} {text} {said}");
    }
    let (code, text, said) = comment(top, &["noted"]);
    assert!(code == 0 && text.contains("The candidate could not be measured on `"), "{code} {text} {said}");
}

#[test]
fn invalid_evidence_is_rejected() {
    let folder = Folder::new();
    let top = folder.top.path();
    let text = stored_text(&paired_run());
    let put = |name: &str, text: &str| fs::write(top.join(name), text).unwrap();
    put("edited", &text.replace("1000.25", "900.25"));
    put("half", &text[..text.len() / 2]);
    put("other", "{\"verdict\":\"green\"}");
    put("deep", &"[".repeat(100_000));
    put("of_run", &fs::read_to_string(&folder.runs[0]).unwrap());
    let many = vec!["x".to_owned(); 10_001];
    put("many", &stored_text(&PairedRun { added: many, ..paired_run() }));
    fs::File::create(top.join("large")).unwrap().set_len(1 << 30).unwrap();
    std::os::unix::fs::symlink("/dev/zero", top.join("link")).unwrap();
    fs::create_dir(top.join("empty")).unwrap();
    for name in ["edited", "half", "other", "deep", "of_run", "many", "large", "link", "empty", "absent"] {
        let (code, text, said) = comment(top, &[name]);
        assert!(code == 3 && text.is_empty() && said.contains("error"), "{name}: {code} {said}");
    }
    let (code, text, said) = comment(top, &["results", &format!("--measured={}", "f".repeat(40))]);
    assert!(code == 3 && text.is_empty() && said.contains("neither is nor contains ffff"), "{code} {said}");
    let bad = ["--head=main", "--measured=abc", "--repository=a/b/c/d", "--repository=a/b)](c", "--repository=../x"];
    for argument in bad {
        assert_eq!(comment(top, &["results", argument]).0, 2, "{argument}");
    }
}
