//! `parcost run`: the benches, from a checkout.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::exit::Exit;
use super::number::budget;
use super::output::note;
use crate::model::topics::TOPICS;
use crate::runner;

/// Measure this machine with `cargo bench`, in a checkout of parcost; store the run and summarize it
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost run --quick
  parcost run --bench spawn --bench memory

Exit codes: 0 success · 2 usage · 3 a benchmark failed, or not in a checkout of parcost")]
pub(super) struct Run {
    /// Take fewer and shorter samples
    #[arg(long)]
    quick: bool,
    /// Go on with ratios that are wider than their target, until the run has taken so long: 10m
    #[arg(long, value_name = "TIME", value_parser = budget)]
    budget: Option<Duration>,
    /// Measure only this topic; may be given several times
    #[arg(long, value_name = "TOPIC", value_parser = PossibleValuesParser::new(TOPICS.iter().map(|topic| topic.name)))]
    bench: Vec<String>,
    /// Folder to store the run in [default: results for a full run, else parcost/results in the target folder]
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// Measure only benchmarks whose name matches this regular expression
    #[arg(value_name = "REGEX", value_parser = filter)]
    filter: Option<String>,
}

/// Where the summary target stores the run, when it is not to choose itself.
const RESULTS: &str = "PARCOST_RESULTS";

/// Runs `cargo bench` in the current folder; its last target records the run and prints the summary.
pub(super) fn run(arguments: &Run) -> Result<Exit> {
    ensure!(
        fs::read_to_string("Cargo.toml").is_ok_and(|manifest| is_ours(&manifest)),
        "the current directory is not a checkout of parcost; `parcost run` needs its Cargo.toml"
    );
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut bench = Command::new(&cargo);
    bench.args(cargo_arguments(arguments)).stdin(Stdio::null());
    if let Some(folder) = &arguments.results {
        let folder = std::path::absolute(folder)
            .with_context(|| format!("cannot make {} an absolute path", folder.display()))?;
        bench.env(RESULTS, folder);
    }
    // It measures and stores by itself, and so must not outlive this program.
    let status =
        runner::kept(&mut bench).with_context(|| format!("cannot start `{}`; is it installed?", cargo.display()))?;
    if status.success() {
        return Ok(Exit::Success);
    }
    // Cargo has exit codes of its own, which mean other things than ours.
    note(&format!("cargo bench ended with {status}"));
    Ok(Exit::Failure)
}

fn cargo_arguments(arguments: &Run) -> Vec<String> {
    let mut words = vec!["bench".to_owned(), "--no-fail-fast".to_owned()];
    let topics = arguments.bench.iter().map(String::as_str);
    for target in topics.chain((!arguments.bench.is_empty()).then_some("summary")) {
        words.extend(["--bench".to_owned(), target.to_owned()]);
    }
    words.push("--".to_owned());
    words.extend(arguments.quick.then(|| "--quick".to_owned()));
    words.extend(arguments.budget.map(|time| format!("--budget={}s", time.as_secs_f64())));
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

/// A filter goes to the bench targets as it is, where a dash would make it an option.
fn filter(text: &str) -> Result<String, String> {
    if text.starts_with('-') {
        Err("a filter cannot start with a dash; pass options of Criterion to `cargo bench -- …`".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Parsed {
        #[command(flatten)]
        run: Run,
    }

    #[test]
    fn cargo_gets_the_topics_and_the_filter() {
        let cases: [(&[&str], &str); 4] = [
            (&[], "bench --no-fail-fast --"),
            (&["--budget", "10m"], "bench --no-fail-fast -- --budget=600s"),
            (&["--quick", "spawn/fork"], "bench --no-fail-fast -- --quick spawn/fork"),
            (
                &["--bench", "spawn", "--bench", "cpu"],
                "bench --no-fail-fast --bench spawn --bench cpu --bench summary --",
            ),
        ];
        for (given, expected) in cases {
            let words = [&["parcost"], given].concat();
            let run = Parsed::try_parse_from(words).unwrap().run;
            assert_eq!(cargo_arguments(&run).join(" "), expected);
        }
    }

    #[test]
    fn only_the_manifest_of_parcost_is_accepted() {
        let ours = "# comment\n[package]\nname = \"parcost\"\n\n[[bin]]\nname = \"worker\"\n";
        assert!(is_ours(ours));
        for other in ["", "[package]\nname = \"other\"\n[lib]\nname = \"parcost\"\n", "name = \"parcost\""] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
