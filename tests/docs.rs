//! The README and `docs/` describe the program that is built: every verb, option, format and exit code in them exists, every
//! verb and format is described, and every link leads somewhere.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise, in its helpers, too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The README holds the essentials; the reference is in `docs/`.
const README_WORDS_MAX: usize = 900;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document, with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let mut paths: Vec<PathBuf> =
        ["README.md", "results/README.md", ".github/CONTRIBUTING.md"].iter().map(|file| root().join(file)).collect();
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    paths.extend(docs.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn parcost(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_parcost")).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// The names that a help lists below `Commands:`.
fn verbs(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().unwrap().to_owned()).filter(|name| name != "help").collect()
}

/// What stands in code: whole lines of fenced blocks without their comments, and spans between backquotes.
fn code(text: &str) -> Vec<String> {
    let (mut found, mut fenced) = (Vec::new(), false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            found.push(line.split(" #").next().unwrap().to_owned());
        }
    }
    let prose: String = text.split("```").step_by(2).collect();
    found.extend(prose.split('`').skip(1).step_by(2).map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")));
    found
}

/// The words after each `parcost` in a piece of code.
fn commands(code: &str) -> Vec<Vec<&str>> {
    let words: Vec<&str> = code.split_whitespace().collect();
    let starts = (0..words.len()).filter(|&i| words[i] == "parcost" || words[i].ends_with("/parcost"));
    starts.map(|i| words[i + 1..].to_vec()).filter(|rest| !rest.is_empty()).collect()
}

#[test]
fn every_verb_and_option_in_the_documents_exists_and_every_verb_is_documented() {
    let verbs_of_program = verbs(&parcost(&["--help"]));
    assert!(verbs_of_program.len() > 10, "{verbs_of_program:?}");
    let (mut documented, mut wrong) = (BTreeSet::new(), Vec::new());
    for (path, text) in documents() {
        for code in code(&text) {
            for words in commands(&code) {
                let Some(verb) = words.first().filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase())) else {
                    continue;
                };
                let place = format!("{}: `{code}`", path.display());
                if !verbs_of_program.iter().any(|known| known == verb) {
                    wrong.push(format!("{place}: `{verb}` is not a verb"));
                    continue;
                }
                documented.insert((*verb).to_owned());
                let mut help = parcost(&[verb, "--help"]);
                if let Some(inner) = words.get(1).filter(|word| verbs(&help).iter().any(|known| known == **word)) {
                    help = parcost(&[verb, inner, "--help"]);
                }
                for option in words.iter().filter(|word| word.starts_with("--") && word.len() > 2) {
                    let option = option.split(['=', ')', ',', ';']).next().unwrap();
                    let known = help.split(|c: char| c.is_whitespace() || c == ',').any(|word| word == option);
                    if !known {
                        wrong.push(format!("{place}: {verb} has no option {option}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let undocumented: Vec<_> = verbs_of_program.iter().filter(|verb| !documented.contains(*verb)).collect();
    assert!(undocumented.is_empty(), "no document shows `parcost {undocumented:?}`");
}

#[test]
fn the_documents_name_the_exit_codes_of_the_program() {
    let help = parcost(&["--help"]);
    let (_, codes) = help.split_once("Exit codes: ").expect("the help ends with the exit codes");
    let codes: BTreeSet<&str> = codes.split_whitespace().filter(|word| word.parse::<u8>().is_ok()).collect();
    for file in ["docs/README.md", "docs/gate.md", "docs/compare.md", "docs/trend.md"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
        let named: BTreeSet<&str> = rows.filter(|cell| cell.parse::<u8>().is_ok()).collect();
        assert_eq!(named, codes, "{file}");
    }
}

#[test]
fn every_link_of_the_documents_leads_to_a_file_and_a_heading() {
    for (path, text) in documents() {
        let prose: String = text.split("```").step_by(2).collect();
        for target in prose.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if target.starts_with("http") {
                continue;
            }
            let (file, heading) =
                target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
            let linked = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(linked.exists(), "{}: {target} does not exist", path.display());
            if let Some(heading) = heading {
                let headings = fs::read_to_string(&linked).unwrap();
                let found = headings.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading);
                assert!(found, "{}: {target} names no heading", path.display());
            }
        }
    }
}

/// The anchor that a forge gives a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars().filter(|c| c.is_alphanumeric() || " -".contains(*c)).collect::<String>().replace(' ', "-")
}

#[test]
fn the_readme_holds_the_essentials_and_no_more() {
    let words = fs::read_to_string(root().join("README.md")).unwrap().split_whitespace().count();
    assert!(words <= README_WORDS_MAX, "the README has {words} words; move reference text to docs/");
}
