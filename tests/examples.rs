//! The examples of the help, the README and the pages in `docs` run as they are printed.

mod stored;

use std::fs;
use std::path::Path;

use stored::Folder;
use stored::program::program;

/// Examples that measure for minutes, or need a repository, a remote or files of the reader's: they must parse, no more.
const NOT_RUN: &[&str] = &[
    "run",
    "record",
    "gate",
    "init",
    "selftest",
    "python",
    "history",
    "import",
    "comment",
    "trend data.js",
    "report data.js",
    "trend --since",
    "compare commit:",
    "compare criterion:",
    "compare a1,",
    "compare x86_64",
    "compare a.json",
    "answer",
    "doctor --require",
];

fn parcost(folder: &Path, arguments: &[&str]) -> std::process::Output {
    program(folder).args(arguments).output().expect("it was built")
}

/// The words of every command, without its comment and what a shell does with its output.
fn commands(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with("parcost "));
    lines
        .map(|line| {
            line.split([' '])
                .filter(|word| !word.is_empty())
                .take_while(|word| !["#", ">", "|"].contains(word))
                .map(str::to_owned)
                .collect()
        })
        .collect()
}

fn verbs(folder: &Path) -> Vec<String> {
    let help = String::from_utf8(parcost(folder, &["--help"]).stdout).expect("the help is UTF-8");
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn check(source: &str, text: &str) -> usize {
    let commands = commands(text);
    for words in &commands {
        let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let line = arguments.join(" ");
        // A format that this build may not have.
        if !cfg!(feature = "parquet") && line.starts_with("export --to parquet") {
            continue;
        }
        if parcost::cli::parses(words) && NOT_RUN.iter().any(|start| line.starts_with(start)) {
            continue;
        }
        let folder = Folder::new();
        let output = parcost(folder.top.path(), &arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code().is_some_and(|code| [0, 4].contains(&code)), "{source}: `{line}`: {said}");
    }
    commands.len()
}

#[test]
fn the_help_of_every_verb_has_two_examples_that_run_and_its_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let verbs = verbs(folder.path());
    assert!(verbs.len() >= 20, "{verbs:?}");
    for verb in verbs {
        let help = String::from_utf8(parcost(folder.path(), &[&verb, "--help"]).stdout).unwrap();
        let examples = help.split_once("Examples:").map(|(_, examples)| examples.to_owned()).unwrap_or_default();
        assert!(examples.contains("Exit codes: 0 "), "{help}");
        assert_eq!(check(&format!("{verb} --help"), &examples), 2, "{help}");
    }
}

#[test]
fn the_examples_of_the_pages_run() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(top.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    for page in docs.chain([top.join("README.md")]).filter(|path| path.extension().is_some_and(|it| it == "md")) {
        let text = fs::read_to_string(&page).unwrap();
        for block in text.split("```sh").skip(1) {
            check(&page.display().to_string(), block.split("```").next().unwrap_or_default());
        }
    }
}
