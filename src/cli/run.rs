//! `parcost run`: the benches, from a checkout.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::Exit;
use super::arguments::Run;
use super::print::note;

/// Where the summary target stores the run, when it is not to choose itself.
const RESULTS: &str = "PARCOST_RESULTS";

/// Runs `cargo bench` in the current folder; its last target records the run and prints the summary.
pub(super) fn run(arguments: &Run) -> Result<Exit> {
    ensure!(
        fs::read_to_string("Cargo.toml").is_ok_and(|manifest| is_ours(&manifest)),
        "the current folder does not hold parcost's own Cargo.toml; run this inside a checkout of parcost"
    );
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut bench = Command::new(&cargo);
    bench.args(cargo_arguments(arguments)).stdin(Stdio::null());
    if let Some(folder) = &arguments.results.folder {
        let folder = std::path::absolute(folder).with_context(|| format!("{} is no path", folder.display()))?;
        bench.env(RESULTS, folder);
    }
    let status = bench.status().with_context(|| format!("`{}` cannot be run; is it installed?", cargo.display()))?;
    if status.success() {
        return Ok(Exit::Done);
    }
    // Cargo has exit codes of its own, which mean other things than ours.
    note(&format!("cargo bench ended with {status}"));
    Ok(Exit::CouldNot)
}

fn cargo_arguments(arguments: &Run) -> Vec<String> {
    let mut words = vec!["bench".to_owned(), "--no-fail-fast".to_owned()];
    let topics = arguments.bench.iter().map(|topic| topic.name());
    for target in topics.chain((!arguments.bench.is_empty()).then_some("summary")) {
        words.extend(["--bench".to_owned(), target.to_owned()]);
    }
    words.push("--".to_owned());
    words.extend(arguments.quick.then(|| "--quick".to_owned()));
    words.extend(arguments.filter.clone());
    words
}

/// True for the manifest of the package that this program comes from.
fn is_ours(manifest: &str) -> bool {
    let after = manifest.lines().map(str::trim).skip_while(|line| *line != "[package]").skip(1);
    let mut package = after.take_while(|line| !line.starts_with('['));
    package.any(|line| {
        line.split_once('=').is_some_and(|(name, value)| {
            name.trim() == "name" && value.trim().trim_matches('"') == env!("CARGO_PKG_NAME")
        })
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::arguments::{Arguments, Verb};

    #[test]
    fn cargo_is_told_what_was_asked_for() {
        let cases: [(&[&str], &str); 3] = [
            (&["run"], "bench --no-fail-fast --"),
            (&["run", "--quick", "spawn/fork"], "bench --no-fail-fast -- --quick spawn/fork"),
            (
                &["run", "--bench", "spawn", "--bench", "cpu"],
                "bench --no-fail-fast --bench spawn --bench cpu --bench summary --",
            ),
        ];
        for (given, expected) in cases {
            let words = [&["parcost"], given].concat();
            let Verb::Run(run) = Arguments::try_parse_from(words).unwrap().verb else { panic!("another verb") };
            assert_eq!(cargo_arguments(&run).join(" "), expected);
        }
    }

    #[test]
    fn only_our_own_manifest_will_do() {
        let ours = "# comment\n[package]\nname = \"parcost\"\n\n[[bin]]\nname = \"worker\"\n";
        assert!(is_ours(ours));
        for other in ["", "[package]\nname = \"other\"\n[lib]\nname = \"parcost\"\n", "name = \"parcost\""] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
