//! `parcost init` in a fresh crate.

#![expect(clippy::unwrap_used, reason = "what prepares a test may stop at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::Command as Parcost;
use tempfile::TempDir;

/// A package below the top of a repository, on a branch with a name of its own.
fn fresh() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let init = ["init", "--quiet", "--initial-branch=trunk\"x"];
    assert!(Command::new("git").arg("-C").arg(folder.path()).args(init).status().unwrap().success());
    fs::create_dir_all(folder.path().join("a b")).unwrap();
    fs::write(folder.path().join("a b/Cargo.toml"), "[package]\nname = \"fresh\"\n").unwrap();
    folder
}

fn init(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output =
        Parcost::new(env!("CARGO_BIN_EXE_parcost")).current_dir(folder).arg("init").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn the_workflows_of_each_forge_are_written_for_the_project_and_stay() {
    let cases: [(&str, &[&str]); 3] = [
        ("github", &[".github/workflows/parcost.yml", ".github/workflows/parcost-comment.yml"]),
        ("gitlab", &[".gitlab/parcost.yml", ".gitlab-ci.yml"]),
        ("forgejo", &[".forgejo/workflows/parcost.yml"]),
    ];
    for (forge, paths) in cases {
        let folder = fresh();
        let (top, here) = (folder.path(), folder.path().join("a b"));
        let (code, text, said) = init(&here, &["--ci", forge, "--tool", "someone/parcost"]);
        assert_eq!(code, 0, "{forge}: {said}");
        for path in paths {
            assert!(text.contains(&format!("{path}: ")), "{forge}: {text}");
            let written = fs::read_to_string(top.join(path)).unwrap();
            for open in ["OWNER", "COMMIT #", "VERSION", "REVISION", "[BRANCH]", ": DIRECTORY"] {
                assert!(!written.contains(open), "{path} leaves {open} open: {written}");
            }
        }
        let first = fs::read_to_string(top.join(paths[0])).unwrap();
        assert!(first.contains("\"a b\"") && first.contains("someone/parcost"), "{first}");
        assert!(forge == "gitlab" || first.contains(r#"branches: ["trunk\"x"]"#), "{first}");

        // Nothing that exists is changed, also where only one of the files does.
        fs::write(top.join(paths[0]), "mine").unwrap();
        let (code, text, said) = init(&here, &["--ci", forge]);
        assert!(code == 3 && text.is_empty() && said.contains("--force"), "{forge}: {code} {said}");
        assert_eq!(fs::read_to_string(top.join(paths[0])).unwrap(), "mine");
        let (code, _, said) = init(&here, &["--ci", forge, "--tool", "someone/parcost", "--force"]);
        assert_eq!((code, fs::read_to_string(top.join(paths[0])).unwrap()), (0, first), "{said}");
    }
}

#[test]
fn a_pipeline_that_exists_gets_the_line_to_add() {
    let folder = fresh();
    fs::write(folder.path().join(".gitlab-ci.yml"), "mine: {}\n").unwrap();
    let (code, text, said) = init(&folder.path().join("a b"), &["--ci", "gitlab", "--force"]);
    assert!(code == 0 && text.contains("- local: .gitlab/parcost.yml"), "{code} {text} {said}");
    assert_eq!(fs::read_to_string(folder.path().join(".gitlab-ci.yml")).unwrap(), "mine: {}\n");
}

#[test]
fn a_folder_without_a_package_or_a_repository_is_refused() {
    let folder = fresh();
    let (code, _, said) = init(folder.path(), &[]);
    assert!(code == 3 && said.contains("no Cargo.toml"), "{code} {said}");
    let (code, _, said) = init(&folder.path().join("a b"), &["--tool", "https://code.example/a/b"]);
    assert!(code == 3 && said.contains("github.com"), "{code} {said}");
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("Cargo.toml"), "[package]\n").unwrap();
    assert_eq!(init(outside.path(), &[]).0, 3);
}
