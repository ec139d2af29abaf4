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
fn the_history_is_of_the_main_branch_whatever_is_checked_out() {
    for (forge, path) in [("github", ".github/workflows/parcost.yml"), ("forgejo", ".forgejo/workflows/parcost.yml")] {
        for main in ["main", "master"] {
            let folder = fresh();
            let top = folder.path();
            let identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
            let git = |arguments: &[&str]| {
                let git = Command::new("git").arg("-C").arg(top).args(identity).args(arguments).status();
                assert!(git.unwrap().success(), "{arguments:?}");
            };
            git(&["checkout", "--quiet", "-b", main]);
            git(&["commit", "--quiet", "--allow-empty", "--message=one"]);
            git(&["checkout", "--quiet", "-b", "feature/y"]);
            let (code, text, said) = init(&top.join("a b"), &["--ci", forge, "--tool", "someone/parcost"]);
            assert!(code == 0 && text.contains(&format!("keep a history of {main}\n")), "{code} {text} {said}");
            let written = fs::read_to_string(top.join(path)).unwrap();
            assert!(written.contains(&format!("branches: [\"{main}\"]")), "{forge}: {written}");
        }
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

/// The lines of a workflow from the one that has `first` to the next with less indentation, as a script.
fn script(workflow: &str, first: &str) -> String {
    let lines: Vec<&str> = workflow.lines().collect();
    let start = lines.iter().position(|line| line.contains(first)).unwrap();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let within = lines[start..].iter().take_while(|line| line.is_empty() || indent(line) >= indent(lines[start]));
    within.map(|line| format!("{line}\n")).collect()
}

/// What the comment's script of a forge asks of its server, which has one comment by somebody else, and then one of its own.
fn asked(script: &str, listed: &str, fails: bool) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let fake = |name: &str, text: &str| {
        let path = here.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    fs::write(here.join("listed"), listed).unwrap();
    fake("parcost", "echo '<!-- parcost gate -->'");
    let answer =
        "case \"$*\" in *PATCH*|*PUT*|*POST*|*--json*) ;; */user) echo '{\"id\":7}' ;; *) cat \"$HERE/listed\" ;; esac";
    let fails = if fails { "exit 22" } else { answer };
    fake("curl", &format!("echo \"$@\" >>\"$HERE/asked\"\n{fails}"));
    let output = Command::new("sh")
        .args(["-c", script])
        .env("PATH", format!("{}:{}", here.display(), std::env::var("PATH").unwrap()))
        .envs([("HERE", here), ("GITHUB_WORKSPACE", here), ("CI_PROJECT_DIR", here), ("DIRECTORY", here)])
        .envs([("GITHUB_SERVER_URL", "https://x"), ("GITHUB_REPOSITORY", "a/b"), ("NUMBER", "3"), ("TOKEN", "t")])
        .envs([("CI_API_V4_URL", "https://x/api"), ("CI_PROJECT_ID", "1"), ("CI_MERGE_REQUEST_IID", "3")])
        .envs([("CI_COMMIT_SHA", "0123"), ("PARCOST_TOKEN", "t")])
        .output()
        .unwrap();
    (output.status.success(), fs::read_to_string(here.join("asked")).unwrap_or_default())
}

#[test]
fn a_comment_is_replaced_where_it_is_its_own_and_never_written_twice() {
    if Command::new("jq").arg("--version").output().is_err() {
        return;
    }
    let forges = [
        (
            "forgejo",
            include_str!("../src/cli/init/forgejo.yml"),
            "evidence=$GITHUB_WORKSPACE",
            "PATCH",
            "user",
            "login",
        ),
        ("gitlab", include_str!("../src/cli/init/gitlab.yml"), "evidence=$CI_PROJECT_DIR", "PUT", "author", "id"),
    ];
    for (forge, workflow, first, replaces, author, key) in forges {
        let script = format!("set -eu\n{}", script(workflow, first));
        let comment = |id: u32, by: &str| {
            format!(r#"{{"id":{id},"{author}":{{"{key}":{by}}},"body":"<!-- parcost gate sha=1 -->"}}"#)
        };
        let (other, own) = if key == "id" { ("8", "7") } else { ("\"somebody\"", "\"forgejo-actions\"") };
        let (done, requests) = asked(&script, &format!("[{}]", comment(11, other)), false);
        assert!(done && !requests.contains(replaces), "{forge} replaces somebody else's: {requests}");
        let (done, requests) = asked(&script, &format!("[{},{}]", comment(11, other), comment(12, own)), false);
        let last = requests.lines().last().unwrap_or_default();
        assert!(done && last.contains(replaces) && last.ends_with("/12"), "{forge}: {requests}");
        let (done, requests) = asked(&script, "[]", true);
        assert!(!done && requests.lines().count() == 1, "{forge} writes although it knows nothing: {requests}");
    }
}

#[test]
fn the_history_of_gitlab_is_pushed_to_the_address_of_the_server_itself() {
    let workflow = include_str!("../src/cli/init/gitlab.yml");
    assert!(workflow.contains("\"$CI_SERVER_PROTOCOL://parcost:$PARCOST_TOKEN@$CI_SERVER_FQDN/$CI_PROJECT_PATH.git\""));
}
