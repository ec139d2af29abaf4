//! The house map, kept true: which room may import which, and what no room may do.
//!
//! Source files are read as tokens, without comments and literals; the rules are data, and a breach is printed as
//! `file:line` with the rule that it breaks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};

/// Every room, and the rooms it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("stats", &[]),
    ("workloads", &[]),
    ("counters", &["workloads"]),
    ("ingest", &["model", "stats"]),
    ("host", &["model", "process"]),
    ("git", &["model", "process"]),
    ("store", &["model"]),
    ("export", &["model"]),
    // Runs a command within bounds; whoever starts other people's programs does so through it.
    ("process", &[]),
    ("runner", &["ingest", "git", "model", "process", "workloads"]),
    ("python", &["ingest", "model", "process", "workloads"]),
    // What all judges share; the judges themselves do not meet.
    ("verdict", &["model", "stats"]),
    ("gate", &["model", "stats", "verdict"]),
    ("compare", &["model", "stats", "verdict"]),
    ("trend", &["model", "stats", "verdict"]),
    ("advise", &["model", "stats", "verdict"]),
    ("doctor", &["model", "verdict"]),
    ("report", &["advise", "compare", "doctor", "gate", "model", "trend", "verdict"]),
    (
        "cli",
        &[
            "advise", "compare", "doctor", "ingest", "export", "gate", "git", "host", "model", "python", "report",
            "runner", "stats", "store", "trend", "verdict",
        ],
    ),
    ("main", &["cli"]),
    // The facade opens these to tests and examples, and by `bench` the timed ones to benches and the worker.
    (
        "lib",
        &[
            "advise",
            "cli",
            "compare",
            "counters",
            "export",
            "gate",
            "host",
            "ingest",
            "model",
            "process",
            "python",
            "stats",
            "store",
            "trend",
            "verdict",
            "workloads",
        ],
    ),
    ("bench", &["lib"]),
    // It holds nothing but the crate of what is timed.
    ("worker", &["counters", "workloads"]),
    ("benches", &["bench"]),
    // The last bench target is no benchmark: it hands over to the verb that harvests and records.
    ("benches/summary", &["cli"]),
];

/// Tokens that may stand in some places only.
struct Ban {
    tokens: &'static [&'static str],
    /// Path prefixes that the ban covers; the empty prefix is everything.
    within: &'static [&'static str],
    /// Path prefixes that it spares.
    except: &'static [&'static str],
    reason: &'static str,
}

const PRINTS: &[&str] = &["src/cli/", "src/main.rs", "src/bin/"];
const PRINTING: &str = "only the command line and the binaries print and exit";
const TIMED: &[&str] = &["src/workloads/", "src/counters/"];

const BANS: &[Ban] = &[
    Ban { tokens: &["unsafe"], within: &[""], except: TIMED, reason: "unsafe code lives in workloads and counters" },
    Ban { tokens: &["print", "!"], within: &["src/"], except: PRINTS, reason: PRINTING },
    Ban { tokens: &["println", "!"], within: &["src/"], except: PRINTS, reason: PRINTING },
    Ban { tokens: &["eprint", "!"], within: &["src/"], except: PRINTS, reason: PRINTING },
    Ban { tokens: &["eprintln", "!"], within: &["src/"], except: PRINTS, reason: PRINTING },
    Ban { tokens: &["process", "::", "exit"], within: &["src/"], except: PRINTS, reason: PRINTING },
    Ban { tokens: &["serde"], within: TIMED, except: &[], reason: "timed code knows nothing of JSON" },
    Ban { tokens: &["serde_json"], within: TIMED, except: &[], reason: "timed code knows nothing of JSON" },
];

/// A word or a punctuation mark, and the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    text: String,
    line: usize,
}

/// The tokens of a source text: `::` is one token, comments and literals are none.
fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    flatten(source.parse().unwrap_or_else(|error| panic!("{error}: {source}")), &mut found);
    found
}

fn flatten(stream: TokenStream, found: &mut Vec<Token>) {
    let token = |text: String, span: Span| Token { text, line: span.start().line };
    let mut after_colon = false;
    for tree in stream {
        match &tree {
            TokenTree::Ident(word) => found.push(token(word.to_string(), word.span())),
            TokenTree::Literal(_) => {}
            TokenTree::Punct(mark) if after_colon && mark.as_char() == ':' => {
                found.pop();
                found.push(token("::".to_owned(), mark.span()));
            }
            TokenTree::Punct(mark) => found.push(token(mark.to_string(), mark.span())),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                found.push(token(open.to_owned(), group.span_open()));
                flatten(group.stream(), found);
                found.push(token(close.to_owned(), group.span_close()));
            }
        }
        after_colon = matches!(&tree, TokenTree::Punct(it) if it.as_char() == ':' && it.spacing() == Spacing::Joint);
    }
}

/// The room that a file belongs to, named by its path from the top of the repository.
fn room_of(path: &str) -> Option<&'static str> {
    let stem = path.strip_suffix(".rs")?;
    let name = match stem.split('/').collect::<Vec<_>>()[..] {
        ["src", "bin", name] => name,
        ["src", name, ..] => name,
        ["benches", "summary"] => "benches/summary",
        ["benches", ..] => "benches",
        _ => return None,
    };
    ROOMS.iter().map(|&(room, _)| room).find(|&room| room == name)
}

/// The names that a file takes from the root of the library, with their lines.
///
/// `*` and `self` come back as they stand: a room imports rooms by name.
fn imports(path: &str, tokens: &[Token]) -> Vec<Token> {
    let in_library = path.starts_with("src/") && !path.starts_with("src/bin/") && path != "src/main.rs";
    let module = module_of(path);
    let first =
        |named: Named| Token { text: named.path.first().map_or("self", String::as_str).to_owned(), line: named.line };
    named(&module, in_library, tokens).into_iter().map(first).filter(|name| name.text != module[0]).collect()
}

/// Everything in a file that the house does not allow, one line each.
fn breaches(path: &str, source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    if path.starts_with("src/") || path.starts_with("benches/") {
        found.extend(imports(path, &tokens).iter().filter_map(|import| import_breach(path, import)));
    }
    for ban in BANS {
        let covered = ban.within.iter().any(|prefix| path.starts_with(prefix));
        if !covered || ban.except.iter().any(|prefix| path.starts_with(prefix)) {
            continue;
        }
        for place in tokens.windows(ban.tokens.len()) {
            if place.iter().map(|token| token.text.as_str()).eq(ban.tokens.iter().copied()) {
                found.push(format!("{path}:{}: `{}`: {}", place[0].line, ban.tokens.concat(), ban.reason));
            }
        }
    }
    found
}

/// What is wrong with one import of a file, if anything is.
fn import_breach(path: &str, import: &Token) -> Option<String> {
    let place = format!("{path}:{}", import.line);
    let name = import.text.as_str();
    let Some(room) = room_of(path) else {
        return Some(format!(
            "{place}: imports `{name}`, but the file is in no room; rooms are listed in tests/house.rs"
        ));
    };
    if !ROOMS.iter().any(|&(known, _)| known == name) {
        return Some(format!("{place}: `{name}` is no room; rooms import each other by name"));
    }
    let allowed = allowed(room);
    (room != name && !allowed.contains(&name))
        .then(|| format!("{place}: `{room}` may not know `{name}`, only {allowed:?}"))
}

/// The rooms that `room` may import.
fn allowed(room: &str) -> &'static [&'static str] {
    ROOMS.iter().find(|&&(name, _)| name == room).map_or(&[], |&(_, allowed)| allowed)
}

/// Rooms that can be reached from themselves along the arrows of a map.
fn on_a_circle<'a>(map: &BTreeMap<&'a str, Vec<&'a str>>) -> Vec<&'a str> {
    let reaches_itself = |start: &str| {
        let mut seen: Vec<&str> = Vec::new();
        let mut next: Vec<&str> = map.get(start).cloned().unwrap_or_default();
        while let Some(room) = next.pop() {
            if !seen.contains(&room) {
                seen.push(room);
                next.extend(map.get(room).into_iter().flatten());
            }
        }
        seen.contains(&start)
    };
    map.keys().copied().filter(|room| reaches_itself(room)).collect()
}

/// Every Rust file under a folder, in order.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|e| panic!("{}: {e}", folder.display())).path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every Rust file of ours: its path from the top, and its text. The rooms of what is timed have a crate of their own, and the same
/// rules as the others.
fn package() -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["src", "benches", "tests"].iter().flat_map(|folder| rust_files(&top.join(folder)));
    files
        .filter(|file| !file.ends_with("timed/lib.rs"))
        .map(|file| {
            let name = file.strip_prefix(top).expect("the file was found under it").display().to_string();
            let name = name.replacen("src/timed/", "src/", 1);
            let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            (name, text)
        })
        .collect()
}

#[test]
fn every_file_keeps_the_rules_of_the_house() {
    let files = package();
    assert!(files.iter().any(|(path, _)| path == "src/lib.rs"), "the package was not found");
    let found: Vec<String> = files.iter().flat_map(|(path, source)| breaches(path, source)).collect();
    assert!(found.is_empty(), "{} breaches:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_map_names_the_rooms_that_there_are() {
    let source = package().into_iter().find(|(path, _)| path == "src/lib.rs").unwrap().1;
    let tokens = tokens(&source);
    for it in tokens.windows(3).filter(|it| it[0].text == "mod" && it[2].text == ";") {
        assert!(ROOMS.iter().any(|&(room, _)| room == it[1].text), "`{}` is not on the map", it[1].text);
    }
    for &(room, allowed) in ROOMS {
        for name in allowed {
            assert!(ROOMS.iter().any(|(known, _)| known == name), "{room} may know {name}, which is no room");
        }
    }
}

#[test]
fn the_gate_asks_no_interpreter() {
    let manifest: toml::Table = include_str!("../Cargo.toml").parse().unwrap();
    let gated = manifest["package"]["metadata"]["parcost"]["benches"].as_array().unwrap();
    assert!(!gated.is_empty() && !gated.iter().any(|bench| bench.as_str() == Some("python")), "{gated:?}");
}

/// A crate that is timed and built without optimisation would cost more, and nobody would see why.
#[test]
fn what_is_timed_is_optimised() {
    let on_linux = ["--offline", "--filter-platform", "x86_64-unknown-linux-gnu"].map(str::to_owned).to_vec();
    let metadata = cargo_metadata::MetadataCommand::new().other_options(on_linux).exec().unwrap();
    let resolved: BTreeMap<_, _> = metadata.resolve.as_ref().unwrap().nodes.iter().map(|it| (&it.id, it)).collect();
    let mut timed = vec![&metadata.packages.iter().find(|it| it.name == "parcost-timed").unwrap().id];
    let mut next = 0;
    while let Some(id) = timed.get(next) {
        for dependency in &resolved[*id].deps {
            let linked = dependency.dep_kinds.iter().any(|it| it.kind == cargo_metadata::DependencyKind::Normal);
            if linked && !metadata[&dependency.pkg].targets.iter().any(cargo_metadata::Target::is_proc_macro) {
                timed.extend(Some(&dependency.pkg).filter(|it| !timed.contains(it)));
            }
        }
        next += 1;
    }
    let manifest: toml::Table = include_str!("../Cargo.toml").parse().unwrap();
    let levels = manifest["profile"]["bench"]["package"].as_table().unwrap();
    let optimised: BTreeSet<_> = levels.keys().filter(|it| levels[*it]["opt-level"].as_integer() == Some(3)).collect();
    let wanted: BTreeSet<_> = timed.iter().map(|it| &*metadata[*it].name).collect();
    assert_eq!(
        optimised.iter().map(|it| it.as_str()).collect::<BTreeSet<_>>(),
        wanted,
        "Cargo.toml, [profile.bench.package]"
    );
}

#[test]
fn no_arrow_leads_back() {
    let arrows = ROOMS.iter().map(|&(room, allowed)| (room, allowed.to_vec())).collect();
    assert_eq!(on_a_circle(&arrows), [""; 0]);
    let with_a_circle = BTreeMap::from([("a", vec!["b"]), ("b", vec!["c"]), ("c", vec!["b"]), ("d", vec!["d"])]);
    assert_eq!(on_a_circle(&with_a_circle), ["b", "c", "d"]);
}

#[test]
fn a_breach_is_found_whatever_its_dress() {
    let cases = [
        ("plain import", "src/model/run.rs", "use crate::store::Layout;", 1),
        ("path in the middle of code", "src/stats/rank.rs", "fn f() { crate::model::Metric::ALL; }", 1),
        ("group", "src/gate/mod.rs", "use crate::{model::{Run, Metric}, cli, stats};", 1),
        ("group over lines", "src/report/page.rs", "use crate::{\n    ingest::Harvest,\n    store,\n};", 2),
        ("glob", "src/cli/mod.rs", "use crate::*;", 1),
        ("the root under another name", "src/cli/mod.rs", "use crate as house;", 1),
        ("the root in a group", "src/cli/mod.rs", "use crate::{self as house};", 1),
        ("by super from mod.rs", "src/host/mod.rs", "use super::store;", 1),
        ("by super from a noun", "src/host/cpu.rs", "use super::super::store;", 1),
        ("by super from tests", "src/host/cpu.rs", "mod tests { use super::super::super::store; }", 1),
        ("after an inline module", "src/host/mod.rs", "mod a { use super::b; } use super::store;", 1),
        ("from a bench", "benches/spawn.rs", "use parcost::model::Run;", 1),
        ("from a bench's module", "benches/harness/mod.rs", "let _ = parcost::ingest::read;", 1),
        ("from the worker", "src/bin/worker.rs", "use parcost::{bench, cli};", 2),
        ("from a binary off the map", "src/bin/other.rs", "use parcost::workloads;", 1),
        ("a room off the map", "src/misc/mod.rs", "use crate::model;", 1),
        ("past the library", "src/report/mod.rs", "use parcost_timed::workloads::Sample;", 1),
        ("timed code that knows data", "src/workloads/spawn.rs", "use crate::model::BenchmarkId;", 1),
        ("unsafe block", "src/host/cpu.rs", "let n = unsafe { sysconf() };", 1),
        ("unsafe in a test", "tests/cli.rs", "unsafe { kill() }", 1),
        ("printing", "src/store/mod.rs", "println!(); eprintln!(); print!(); eprint!();", 4),
        ("exit", "src/ingest/mod.rs", "std::process::exit(1)", 1),
        ("serde in timed code", "src/workloads/sample.rs", "use serde::Serialize;", 1),
    ];
    for (name, path, source, expected) in cases {
        let found = breaches(path, source);
        assert_eq!(found.len(), expected, "{name}: {found:?}");
        assert!(found.iter().all(|line| line.starts_with(&format!("{path}:"))), "{name}: {found:?}");
    }
}

#[test]
fn what_is_allowed_is_left_alone() {
    let cases = [
        ("its own room", "src/model/run.rs", "use super::Commit; use crate::model::Fact;"),
        ("down the street", "src/cli/mod.rs", "use crate::{ingest, trend::judge, report::{Page, html}};"),
        ("tests inside a noun", "src/host/cpu.rs", "mod tests { use super::*; use super::super::Facts; }"),
        ("a visibility", "src/store/mod.rs", "pub(crate) fn f() {} pub(super) fn g() {}"),
        ("a comment", "src/stats/mod.rs", "// crate::model\n/* unsafe /* nested */ crate::cli */ /// [`crate::gate`]"),
        ("a string", "src/stats/mod.rs", r##"("crate::model", r#"println!("unsafe")"#, "\"unsafe", b"unsafe")"##),
        ("a character", "src/stats/mod.rs", r#"let (a, b, c) = ('"', '\'', b'"');"#),
        ("a lifetime", "src/stats/mod.rs", "fn f<'a>(x: &'a str) -> &'a str { x }"),
        ("a lint", "src/lib.rs", "#![deny(unsafe_op_in_unsafe_fn)]"),
        ("a bench's own module", "benches/spawn.rs", "use crate::harness; use parcost::bench::prepare;"),
        ("the summary", "benches/summary.rs", "parcost::cli::summary()"),
        ("a noun called parcost", "src/cli/mod.rs", "let parcost = 1; f(parcost);"),
        ("a printing binary", "src/bin/worker.rs", "println!(); std::process::exit(0);"),
        ("unsafe where it belongs", "src/workloads/futex.rs", "unsafe { syscall() }"),
    ];
    for (name, path, source) in cases {
        assert_eq!(breaches(path, source), [""; 0], "{name}");
    }
}

#[test]
fn a_breach_names_its_line() {
    let source = "//! Docs.\n\nconst TEXT: &str = \"a\nb\";\n/* c\nd */\nuse crate::cli;\n";
    let found = breaches("src/model/run.rs", source);
    assert_eq!(found, ["src/model/run.rs:7: `model` may not know `cli`, only []"]);
}

/// The tokens of a file without its tests: what stands behind `#[cfg(test)]` ends with the block or the semicolon there.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    const TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let is_test =
        |i: usize| TEST.iter().enumerate().all(|(k, text)| tokens.get(i + k).is_some_and(|it| it.text == *text));
    let (mut kept, mut i) = (Vec::new(), 0);
    while i < tokens.len() {
        if !is_test(i) {
            kept.push(tokens[i].clone());
            i += 1;
            continue;
        }
        let mut depth = 0;
        i += TEST.len();
        while i < tokens.len() {
            match tokens[i].text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            i += 1;
            if depth == 0 && matches!(tokens[i - 1].text.as_str(), "}" | ";") {
                break;
            }
        }
    }
    kept
}

/// The module that a file of the library is: `gate::looks` for `src/gate/looks.rs`, `gate` for `src/gate/mod.rs`.
fn module_of(path: &str) -> Vec<String> {
    let stem = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    stem.split('/').map(str::to_owned).collect()
}

/// A path of names from the root of the library, and whether it is only passed on by `pub use`.
struct Named {
    path: Vec<String>,
    passed_on: bool,
    line: usize,
}

/// The paths that a file names by `use`, `parcost::`, `parcost_timed::`, `crate::`, `super::` or `self::`, groups taken apart; outside the
/// library, what is not of `parcost` is the file's own.
fn named(module: &[String], in_library: bool, tokens: &[Token]) -> Vec<Named> {
    let text = |i: usize| tokens.get(i).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    // The modules around a token, and the brace depth at which each inline one opened.
    let (mut module, mut inline, mut braces) = (module.to_vec(), Vec::new(), 0_usize);
    for i in 0..tokens.len() {
        match text(i) {
            "{" => {
                if i >= 2 && text(i - 2) == "mod" {
                    inline.push(braces);
                    module.push(text(i - 1).to_owned());
                }
                braces += 1;
            }
            "}" => {
                braces -= 1;
                if inline.pop_if(|opened| *opened == braces).is_some() {
                    module.pop();
                }
            }
            _ => {}
        }
        if i > 0 && text(i - 1) == "::" {
            continue;
        }
        let is_use = i > 0 && text(i - 1) == "use";
        let begins = matches!(text(i), "parcost" | "parcost_timed" | "crate" | "super" | "self") && text(i + 1) == "::";
        if !is_use && (!begins || in_use(tokens, i)) {
            continue;
        }
        let passed_on = is_use && i > 1 && matches!(text(i - 2), "pub" | ")");
        let mut paths = Vec::new();
        branches(tokens, i, Vec::new(), &mut paths);
        for path in paths {
            let path = match path[0].as_str() {
                "parcost" | "parcost_timed" => path[1..].to_vec(),
                "crate" if in_library => path[1..].to_vec(),
                "super" if in_library => {
                    let climbed = path.iter().take_while(|name| *name == "super").count();
                    [&module[..module.len().saturating_sub(climbed)], &path[climbed..]].concat()
                }
                "self" => [&module[..], &path[1..]].concat(),
                _ => [&module[..], &path[..]].concat(),
            };
            found.push(Named { path, passed_on, line: tokens[i].line });
        }
    }
    found
}

/// Whether the token stands inside a `use`, whose paths are read from its beginning.
fn in_use(tokens: &[Token], i: usize) -> bool {
    let start = tokens[..i].iter().rposition(|token| matches!(token.text.as_str(), ";" | "use"));
    start.is_some_and(|start| tokens[start].text == "use" && tokens[start + 1..i].iter().all(|it| it.text != "("))
}

/// Every path that begins at a token: one, or one for each branch of its groups. Returns the place behind it.
fn branches(tokens: &[Token], mut i: usize, mut path: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    loop {
        match tokens.get(i).map(|token| token.text.as_str()) {
            Some("{") => {
                i += 1;
                while tokens.get(i).is_some_and(|token| token.text != "}") {
                    i = branches(tokens, i, path.clone(), found);
                    if tokens.get(i).is_some_and(|token| token.text == ",") {
                        i += 1;
                    }
                }
                return i + 1;
            }
            Some(name) if name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '*') => {
                path.push(name.to_owned());
                if tokens.get(i + 1).is_some_and(|token| token.text == "::") {
                    i += 2;
                    continue;
                }
                i += 1;
                if tokens.get(i).is_some_and(|token| token.text == "as") {
                    i += 2;
                }
                found.push(path);
                return i;
            }
            _ => {
                if !path.is_empty() {
                    found.push(path);
                }
                return i + 1;
            }
        }
    }
}

/// The arrows between the files of each room, by the files that define what is imported: what a `mod.rs` only passes on
/// belongs to the file it comes from.
fn arrows_inside(files: &[(String, String)]) -> BTreeMap<String, Vec<String>> {
    let library: Vec<(Vec<String>, &str, Vec<Named>)> = files
        .iter()
        .filter(|(path, _)| path.starts_with("src/") && path.matches('/').count() > 1 && !path.starts_with("src/bin/"))
        .filter(|(path, _)| !path.contains("/tests") && !path.contains("/fixture"))
        .map(|(path, source)| {
            let module = module_of(path);
            let named = named(&module, true, &without_tests(&tokens(source)));
            (module, path.as_str(), named)
        })
        .collect();
    let home = |path: &[String]| -> Option<(&Vec<String>, &str)> {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let at = |(module, ..): &&(Vec<String>, &str, Vec<Named>)| path.starts_with(module);
            let (module, file, named) = library.iter().filter(at).max_by_key(|(module, ..)| module.len())?;
            let item = path.get(module.len())?;
            let source = named.iter().find(|it| it.passed_on && it.path.last() == Some(item) && it.path != path);
            match source {
                Some(source) => path = source.path.clone(),
                None => return Some((module, file)),
            }
        }
        None
    };
    let mut arrows = BTreeMap::new();
    for (module, file, named) in &library {
        let targets: &mut Vec<String> = arrows.entry((*file).to_owned()).or_default();
        for it in named.iter().filter(|it| !it.passed_on) {
            let Some((target, path)) = home(&it.path) else { continue };
            if target[0] == module[0] && path != *file && !targets.iter().any(|known| known == path) {
                targets.push(path.to_owned());
            }
        }
    }
    arrows
}

#[test]
fn no_circle_ties_the_files_of_a_room() {
    let files = package();
    let arrows = arrows_inside(&files);
    let map: BTreeMap<&str, Vec<&str>> =
        arrows.iter().map(|(file, targets)| (file.as_str(), targets.iter().map(String::as_str).collect())).collect();
    assert!(map.values().flatten().count() > 100, "hardly an arrow was found: {}", map.values().flatten().count());
    let circles = on_a_circle(&map);
    let tied: Vec<String> = circles.into_iter().map(|file| format!("{file} -> {}", arrows[file].join(", "))).collect();
    assert!(tied.is_empty(), "{} files are on a circle:\n{}", tied.len(), tied.join("\n"));
}

#[test]
fn a_circle_of_files_is_found_through_what_a_room_passes_on() {
    let files: Vec<(String, String)> = [
        ("src/gate/mod.rs", "mod looks; mod pairs; pub use looks::Look; use pairs::Pair;"),
        ("src/gate/looks.rs", "use super::pairs::{self, Pair};"),
        ("src/gate/pairs.rs", "use super::Look; #[cfg(test)] mod tests { use super::super::other; }"),
        ("src/gate/other.rs", "fn f() -> crate::gate::Look { todo }"),
    ]
    .map(|(path, source)| (path.to_owned(), source.to_owned()))
    .to_vec();
    let arrows = arrows_inside(&files);
    let map: BTreeMap<&str, Vec<&str>> =
        arrows.iter().map(|(file, targets)| (file.as_str(), targets.iter().map(String::as_str).collect())).collect();
    assert_eq!(map["src/gate/other.rs"], ["src/gate/looks.rs"]);
    assert_eq!(on_a_circle(&map), ["src/gate/looks.rs", "src/gate/pairs.rs"]);
}
