//! What is built for both sides, and what makes them the same.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::gated::{append, commit, edit, gate, gate_outside, outcome, repository, set, stored};
use crate::program::{git, program};

#[test]
fn settings_of_one_side_are_not_built_into_the_other() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    fs::create_dir(here.join(".cargo")).unwrap();
    fs::write(here.join(".cargo/config.toml"), "[term]\nverbose = false\n").unwrap();
    set(here, r#"("a/b", 120.0)"#);
    commit(here, "settings");
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    let pieces = [
        ".cargo/config.toml: cargo reads it for both sides",
        "the baseline has different settings",
        "CARGO_TARGET_DIR",
    ];
    assert!(code == 3 && pieces.iter().all(|piece| said.contains(piece)), "{code} {said}");

    // Out of its reach, as the message says.
    let (code, said) = gate_outside(here);
    assert_eq!(code, Some(1), "{said}");

    // A file that no revision holds is the user's own, and adds the same to both.
    git(here, &["rm", "--quiet", "--cached", ".cargo/config.toml"]);
    git(here, &["commit", "--quiet", "--message=no settings"]);
    set(here, r#"("a/b", 150.0)"#);
    git(here, &["add", "benchmarks.in"]);
    git(here, &["commit", "--quiet", "--message=slower"]);
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!(code, 1, "{said}");
}

#[test]
fn a_change_that_makes_the_package_a_workspace_is_gated_outside_of_it() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    fs::create_dir_all(here.join("part/src")).unwrap();
    fs::write(here.join("part/src/lib.rs"), "").unwrap();
    fs::write(here.join("part/Cargo.toml"), "[package]\nname = \"part\"\n").unwrap();
    append(here, "Cargo.toml", "\n[workspace]\nmembers = [\"part\"]\n");
    set(here, r#"("a/b", 120.0)"#);
    commit(here, "a workspace");
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("set CARGO_TARGET_DIR to a folder outside"), "{code} {said}");
    let (code, said) = gate_outside(here);
    assert_eq!(code, Some(1), "{said}");
}

#[test]
fn identical_programs_are_not_measured_unless_in_an_a_a_test() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 100.0)"#]);
    let (code, rows, said) = gate(folder.path(), &["--base", "HEAD~1"]);
    assert_eq!((code, &rows["outcome"]), (0, &Value::from("pass")), "{said}");
    let (code, rows, said) = gate(folder.path(), &["--base", "HEAD", "--aa", "--budget", "auto"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (0, "unchanged"), "{said}");
    assert!(said.contains("`parcost gate --clean` removes"), "{said}");

    // What was built goes, what was stored stays.
    let gates = folder.path().join("target/parcost/gate");
    let (code, _, said) = gate(folder.path(), &["--clean"]);
    assert!(code == 0 && !gates.join("base").exists() && gates.join("results").exists(), "{code} {said}");
}

#[test]
fn only_documentation_leaves_both_sides_identical() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let cases = [
        ("README.md", "absent"),
        ("docs/guide.md", "absent"),
        // A bench may read it, or start a program that is made of it.
        ("data.csv", "unchanged"),
        ("input.md", "unchanged"),
        ("src/lib.rs", "unchanged"),
    ];
    fs::create_dir(folder.path().join("docs")).unwrap();
    for (file, expected) in cases {
        fs::write(folder.path().join(file), "// Another line.\n").unwrap();
        commit(folder.path(), "a file");
        let (code, rows, said) = gate(folder.path(), &["--base", "HEAD~1"]);
        assert_eq!((code, outcome(&rows, "a/b").as_str()), (0, expected), "{file}: {said}");
    }
    // What a bench reads is none.
    let here = folder.path();
    let reads = "fn main() {\n    let _ = fs::read(Path::new(\"docs\").join(\"guide.md\"));\n";
    edit(here, "benches/made_up.rs", "fn main() {\n", reads);
    commit(here, "it reads");
    let (_, rows, said) = gate(here, &["--base", "HEAD~1", "--evidence", "pairs"]);
    let text = String::from_utf8_lossy(&fs::read(stored(&said)).unwrap()).into_owned();
    assert!(text.contains("`benches/made_up.rs` of the bench changed"), "{rows:#} {text}");
    fs::write(here.join("docs/guide.md"), "Another line.\n").unwrap();
    commit(here, "what is read");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (0, "unchanged"), "{said}");
}

#[test]
fn dependencies_that_cannot_be_shared_are_built_twice() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let [base, head] =
        ["base", "head"].map(|side| folder.path().join("target/parcost/gate").join(side).join("out/release"));
    for part in [head.join(".fingerprint"), head.join("build/dependency-0123"), base.join("build")] {
        fs::create_dir_all(part).unwrap();
    }
    // A folder takes no link's place.
    std::os::unix::fs::symlink("nowhere", base.join("build/dependency-0123")).unwrap();
    let (code, _, said) = gate(folder.path(), &["--base", "HEAD~1"]);
    assert!(code == 1 && said.contains("the sides share no dependencies"), "{code} {said}");
}

#[test]
fn a_candidate_with_fewer_targets_is_not_identical() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    let manifest = fs::read_to_string(here.join("Cargo.toml")).unwrap();
    let of_manifest = |manifest: &str| {
        fs::write(here.join("Cargo.toml"), manifest).unwrap();
        commit(here, "manifest");
    };
    // The same target once more, and then no longer: what is left is the same code.
    fs::write(here.join("benches/other.rs"), fs::read(here.join("benches/made_up.rs")).unwrap()).unwrap();
    of_manifest(&format!("{manifest}\n[[bench]]\nname = \"other\"\nharness = false\n"));
    fs::remove_file(here.join("benches/other.rs")).unwrap();
    of_manifest(&manifest);
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, &rows["outcome"]), (4, &Value::from("inconclusive")), "{said} {rows:#}");
    let (code, _, said) = gate(here, &["--base", "HEAD~2", "--filter", "nothing"]);
    assert!(code == 3 && said.contains("no benchmark of the candidate matches `nothing`"), "{code} {said}");
    // Nothing is left at all.
    fs::remove_dir_all(here.join("benches")).unwrap();
    of_manifest(manifest.split("[[bench]]").next().unwrap());
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("list no benchmark"), "{code} {said}");
}

#[test]
fn a_work_tree_that_a_killed_gate_left_is_made_anew() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let here = folder.path();
    let first = gate(here, &["--base", "HEAD~1"]);
    assert_eq!(first.0, 1, "{}", first.2);
    let of_git = here.join(".git/worktrees");
    for entry in fs::read_dir(&of_git).unwrap() {
        let entry = entry.unwrap().path();
        fs::write(entry.join("index.lock"), "").unwrap();
        fs::write(entry.join("locked"), "initializing").unwrap();
    }
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!(code, 1, "locked: {said}");
    fs::remove_dir_all(here.join("target/parcost/gate/base/tree/.git")).ok();
    fs::remove_file(here.join("target/parcost/gate/base/tree/.git")).ok();
    fs::remove_dir_all(here.join("target/parcost/gate/head/tree")).unwrap();
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!(code, 1, "gone: {said}");
}

#[test]
fn settings_of_the_candidate_hide_no_benchmark_of_the_baseline() {
    let folder = repository(&[r#"("a/b", 100.0), ("a/c", 100.0)"#]);
    let here = folder.path();
    let bench = fs::read_to_string(here.join("benches/made_up.rs")).unwrap();
    let fewer = bench.replace(
        ".for_each(|(name, _)| println!",
        ".take(if env::var_os(\"FEWER\").is_some() { 1 } else { 9 }).for_each(|(name, _)| println!",
    );
    assert_ne!(bench, fewer);
    fs::write(here.join("benches/made_up.rs"), fewer).unwrap();
    commit(here, "may list fewer");
    let setting = "\n[package.metadata.parcost]\nenvironment = { FEWER = \"1\" }\n";
    append(here, "Cargo.toml", setting);
    set(here, r#"("a/b", 100.0), ("a/c", 200.0)"#);
    commit(here, "hidden");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, &rows["missing"][0]["benchmark"]), (4, &Value::from("a/c")), "{said} {rows:#}");
    assert!(!said.contains("lacks"), "{said}");
    let (_, _, said) = gate(here, &["--base", "HEAD", "--head", "HEAD~1"]);
    assert!(said.contains("the candidate lacks 1 of the baseline's commits"), "{said}");
}

#[test]
fn a_workspace_keeps_its_names_when_a_package_joins() {
    let folder = repository(&[]);
    let here = folder.path();
    let member = |name: &str, time: &str| {
        fs::create_dir_all(here.join(name).join("src")).unwrap();
        fs::create_dir_all(here.join(name).join("benches")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\nbench = false\n\n\
             [[bench]]\nname = \"made_up\"\nharness = false\n"
        );
        fs::write(here.join(name).join("Cargo.toml"), manifest).unwrap();
        fs::write(here.join(name).join("src/lib.rs"), "").unwrap();
        fs::write(here.join(name).join("benches/made_up.rs"), include_str!("../fixtures/gate/bench.rs")).unwrap();
        fs::write(here.join(name).join("benchmarks.in"), format!("&[(\"{name}/b\", {time})]\n")).unwrap();
    };
    for path in ["src", "benches"] {
        fs::remove_dir_all(here.join(path)).unwrap();
    }
    fs::write(here.join("Cargo.toml"), "[workspace]\nresolver = \"2\"\nmembers = [\"one\"]\n").unwrap();
    member("one", "100.0");
    commit(here, "members");
    fs::write(here.join("Cargo.toml"), "[workspace]\nresolver = \"2\"\nmembers = [\"one\", \"two\"]\n").unwrap();
    member("one", "120.0");
    member("two", "100.0");
    commit(here, "members");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, outcome(&rows, "one/b").as_str()), (1, "regressed"), "{said} {rows:#}");
    assert_eq!(rows["added"], serde_json::json!(["two/b"]));
    // The same from the folder of the package.
    let (code, rows, said) = gate(&here.join("one"), &["--base", "HEAD~1"]);
    assert_eq!((code, outcome(&rows, "one/b").as_str()), (1, "regressed"), "{said} {rows:#}");
    let (code, _, said) = gate(&here.join("two"), &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("there is nothing to compare with"), "{code} {said}");
}

#[test]
fn a_launcher_that_is_not_built_is_no_reason_to_do_without() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let here = folder.path();
    append(here, "Cargo.toml", "\n[package.metadata.parcost]\nlauncher = \"worker\"\n");
    commit(here, "launcher");
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("launcher `worker`"), "{code} {said}");
}

#[test]
fn a_package_below_the_top_and_a_relative_target_folder_are_found() {
    let inner = repository(&[]);
    let outer = tempfile::tempdir().unwrap();
    let here = outer.path().join("crates/subject");
    fs::create_dir_all(here.parent().unwrap()).unwrap();
    git(outer.path(), &["init", "--quiet", "--initial-branch=main"]);
    fs::remove_dir_all(inner.path().join(".git")).unwrap();
    assert!(Command::new("cp").arg("-r").arg(inner.path()).arg(&here).status().unwrap().success());
    for time in ["100.0", "120.0"] {
        set(&here, &format!("(\"a/b\", {time})"));
        commit(outer.path(), "time");
    }
    let output =
        program(&here).env("CARGO_TARGET_DIR", "target/elsewhere").args(["gate", "--base", "HEAD~1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(here.join("target/elsewhere/parcost/gate/base/tree/crates/subject").is_dir());
}

#[test]
fn a_package_with_an_older_one_of_its_name_among_its_dependencies_is_gated() {
    let folder = repository(&[]);
    let here = folder.path();
    fs::create_dir_all(here.join("older/src")).unwrap();
    let older = "[package]\nname = \"subject\"\nversion = \"0.0.1\"\nedition = \"2021\"\n";
    fs::write(here.join("older/Cargo.toml"), older).unwrap();
    fs::write(here.join("older/src/lib.rs"), "").unwrap();
    let dependency = "\n[dev-dependencies]\nolder = { package = \"subject\", path = \"older\" }\n";
    append(here, "Cargo.toml", dependency);
    for time in ["100.0", "120.0"] {
        set(here, &format!("(\"a/b\", {time})"));
        commit(here, "time");
    }
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (1, "regressed"), "{said}");
}

#[test]
fn changes_that_no_snapshot_holds_are_refused() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    let part = repository(&[r#"("x", 1.0)"#]);
    let source = part.path().display().to_string();
    git(here, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &source, "part"]);
    git(here, &["commit", "--quiet", "--message=part"]);
    fs::write(here.join("part/benchmarks.in"), "&[]\n").unwrap();
    let (code, _, said) = gate(here, &["--base", "HEAD~1", "--allow-dirty"]);
    assert!(code == 3 && said.contains("submodules cannot be measured"), "{code} {said}");
}

#[test]
fn a_path_that_the_linker_cannot_write_to_is_named_with_its_remedy() {
    let folder = repository(&[r#"("a/b", 100.0)"#, r#"("a/b", 120.0)"#]);
    let place = folder.path().join("100%d");
    fs::create_dir(&place).unwrap();
    git(folder.path(), &["clone", "--quiet", ".", "100%d/clone"]);
    let (code, _, said) = gate(&place.join("clone"), &["--base", "HEAD~1", "--budget", "1s"]);
    // Not every linker reads the sign.
    assert!(code != 3 || said.contains("set CARGO_TARGET_DIR to another one"), "{code} {said}");
}

#[test]
fn a_variable_of_cargos_settings_reaches_the_benches_of_its_side() {
    let folder = by_factor(r#"("a/b", 100.0)"#);
    let here = folder.path();
    fs::create_dir(here.join(".cargo")).unwrap();
    fs::write(here.join(".cargo/config.toml"), "[env]\nFACTOR = { value = \"1.5\" }\n").unwrap();
    commit(here, "settings");
    let (code, said) = gate_outside(here);
    assert_eq!(code, Some(1), "{said}");
}

#[test]
fn an_environment_of_the_candidate_hides_no_slowdown() {
    let folder = by_factor(r#"("a/b", 100.0)"#);
    let here = folder.path();
    let setting = "\n[package.metadata.parcost]\nenvironment = { FACTOR = \"0.5\" }\n";
    append(here, "Cargo.toml", setting);
    set(here, r#"("a/b", 200.0)"#);
    commit(here, "hidden");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    assert_eq!((code, outcome(&rows, "a/b").as_str()), (1, "regressed"), "{said} {rows:#}");
    let text = fs::read_to_string(stored(&said)).unwrap();
    assert!(text.contains("both sides run with the candidate's"), "{text}");
}

#[test]
fn a_target_that_needs_a_feature_is_named() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    let more =
        "\n[[bench]]\nname = \"other\"\nharness = false\nrequired-features = [\"extra\"]\n\n[features]\nextra = []\n";
    append(here, "Cargo.toml", more);
    fs::write(here.join("benches/other.rs"), "fn main() {}\n").unwrap();
    commit(here, "a target");
    let (code, rows, said) = gate(here, &["--base", "HEAD~1"]);
    let text = fs::read_to_string(stored(&said)).unwrap();
    assert!(code == 0 && text.contains("--cargo=--features=extra"), "{code} {said} {rows:#}");
}

#[test]
fn a_file_that_a_build_script_does_not_name_is_read_anew() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    let script = "fn main() {\n    println!(\"cargo:rerun-if-env-changed=NOTHING\");\n    \
                  let to = format!(\"{}/benchmarks.in\", std::env::var(\"OUT_DIR\").unwrap());\n    \
                  std::fs::copy(\"benchmarks.in\", to).unwrap();\n}\n";
    fs::write(here.join("build.rs"), script).unwrap();
    let built = "include!(concat!(env!(\"OUT_DIR\"), \"/benchmarks.in\"))";
    edit(here, "benches/made_up.rs", "include!(\"../benchmarks.in\")", built);
    assert_read_anew(here);
}

#[test]
fn a_file_that_a_macro_reads_is_read_anew() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    fs::create_dir_all(here.join("read/src")).unwrap();
    let library = "[package]\nname = \"read\"\nedition = \"2021\"\n\n[lib]\nproc-macro = true\n";
    fs::write(here.join("read/Cargo.toml"), library).unwrap();
    let read = "#[proc_macro]\npub fn list(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    \
                let folder = std::env::var(\"CARGO_MANIFEST_DIR\").unwrap();\n    \
                std::fs::read_to_string(folder + \"/benchmarks.in\").unwrap().parse().unwrap()\n}\n";
    fs::write(here.join("read/src/lib.rs"), read).unwrap();
    append(here, "Cargo.toml", "\n[dependencies]\nread = { path = \"read\" }\n");
    edit(here, "benches/made_up.rs", "include!(\"../benchmarks.in\")", "read::list!()");
    assert_read_anew(here);
}

/// The second of two gates sees the benchmarks of its own revision.
fn assert_read_anew(here: &Path) {
    commit(here, "it reads");
    let (base, faster) = (git(here, &["rev-parse", "HEAD"]), r#"("a/b", 50.0)"#);
    for (benchmarks, expected) in [(faster, 0), (r#"("a/b", 120.0)"#, 1)] {
        set(here, benchmarks);
        commit(here, "next");
        let (code, rows, said) = gate(here, &["--base", &base]);
        assert_eq!(code, expected, "{benchmarks}: {said} {rows:#}");
    }
}

#[test]
fn a_pointer_in_place_of_data_is_refused() {
    let folder = repository(&[r#"("a/b", 100.0)"#]);
    let here = folder.path();
    let reads = "fn main() {\n    let _ = fs::read(\"data/large.txt\");\n";
    edit(here, "benches/made_up.rs", "fn main() {\n", reads);
    fs::create_dir(here.join("data")).unwrap();
    fs::write(here.join(".gitattributes"), "data/*.txt filter=lfs\n").unwrap();
    fs::write(here.join("data/large.txt"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
        .unwrap();
    git(here, &["-c", "filter.lfs.clean=cat", "add", "."]);
    git(here, &["-c", "filter.lfs.clean=cat", "commit", "--quiet", "--message=pointers"]);
    let (code, _, said) = gate(here, &["--base", "HEAD~1"]);
    assert!(code == 3 && said.contains("pointers of Git LFS"), "{code} {said}");
}

/// A repository whose benchmarks take as many times as long as the variable FACTOR says, with a second commit of nothing.
fn by_factor(benchmarks: &str) -> TempDir {
    let folder = repository(&[benchmarks]);
    let here = folder.path();
    let bench = fs::read_to_string(here.join("benches/made_up.rs")).unwrap();
    let factor = "time * env::var(\"FACTOR\").map_or(1.0, |factor| factor.parse().expect(\"a number\")) * jitter *";
    assert!(bench.contains("time * jitter *"));
    fs::write(here.join("benches/made_up.rs"), bench.replace("time * jitter *", factor)).unwrap();
    commit(here, "by a factor");
    folder
}
