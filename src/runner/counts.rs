//! Counts the instructions of both sides, twice each: what differs between two counts of one side is jitter.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use regex::Regex;

use super::build::{align, cargo};
use super::plan::{changed_itself, has_other_form, removed};
use super::{Build, Error, Plan, Program, Sides};
use crate::ingest::callgrind::{self, Age};
use crate::model::{Failure, Metric, PairedCount};
use crate::process::{self, Reach};

const ROUNDS: usize = 2;

/// Time for one count of one bench target: valgrind runs a program tens of times slower, and a target that has not ended
/// by then hangs. Without a limit it would hold a runner until the job's own limit, which is hours, without a message.
const COUNTING_MAX: Duration = Duration::from_secs(15 * 60);

#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub counts: Vec<PairedCount>,
    /// Bench targets that could not be run, and summaries that could not be read.
    pub failures: Vec<Failure>,
    pub added: Vec<String>,
}

/// The counts of one side: by benchmark, one for each round.
type Rounds = BTreeMap<String, Vec<u64>>;

/// Runs every bench target that counts, both sides at once: a count does not depend on what else the machine does.
///
/// Fails when a folder of summaries cannot be read or emptied.
pub fn count(builds: &Sides<Build>, plan: &Plan, filter: Option<&Regex>, scratch: &Path) -> Result<Counted, Error> {
    let mut counted = Counted::default();
    for programs in &plan.counted {
        let Sides { baseline, candidate } =
            Sides::at_once(|side| rounds(builds.of(side), programs.of(side), &scratch.join(side.folder())));
        let topic = &programs.candidate.topic;
        match (baseline?, candidate?) {
            (Ok(baseline), Ok(candidate)) => {
                let wanted = |name: &str| filter.is_none_or(|filter| filter.is_match(name));
                // A setting of the candidate alone does not raise the threshold.
                let threaded =
                    |name: &str| [&builds.baseline, &builds.candidate].iter().all(|it| it.settings.is_threaded(name));
                let (baseline, candidate) = (chosen(baseline, wanted), chosen(candidate, wanted));
                counted.added.extend(candidate.keys().filter(|name| !baseline.contains_key(*name)).cloned());
                let gone = baseline.keys().filter(|name| !candidate.contains_key(*name));
                counted.failures.extend(gone.map(|name| removed(topic, name)));
                let (changed, candidate): (Rounds, Rounds) =
                    candidate.into_iter().partition(|(name, _)| has_other_form(builds, name));
                let changed = changed.keys().filter(|name| baseline.contains_key(*name));
                counted.failures.extend(changed.map(|name| changed_itself(topic, name)));
                counted.counts.extend(common(topic, baseline, candidate, threaded));
            }
            (Err(reason), _) | (_, Err(reason)) => {
                let (topic, benchmark) = (topic.clone(), topic.clone());
                counted.failures.push(Failure { topic, benchmark, reason });
            }
        }
    }
    Ok(counted)
}

fn chosen(rounds: Rounds, wanted: impl Fn(&str) -> bool) -> Rounds {
    rounds.into_iter().filter(|(name, _)| wanted(name)).collect()
}

fn common(topic: &str, mut baseline: Rounds, candidate: Rounds, threaded: impl Fn(&str) -> bool) -> Vec<PairedCount> {
    let both = candidate.into_iter().filter_map(|(benchmark, candidate)| {
        let baseline = baseline.remove(&benchmark)?;
        let threaded = threaded(&benchmark);
        let (topic, metric) = (topic.to_owned(), Metric::CallgrindInstructions);
        Some(PairedCount { topic, benchmark, metric, threaded, baseline, candidate, ..PairedCount::default() })
    });
    both.collect()
}

/// Runs one bench target as often as it takes; why it failed, where it did.
fn rounds(build: &Build, program: &Program, home: &Path) -> Result<Result<Rounds, String>, Error> {
    let mut rounds = Rounds::new();
    for _ in 0..ROUNDS {
        // What an earlier run left does not belong to this one.
        if home.exists() {
            fs::remove_dir_all(home).map_err(Error::file(home))?;
        }
        let mut command = cargo(&build.checkout);
        let manifest = program.folder.join("Cargo.toml");
        command.arg("bench").arg("--manifest-path").arg(manifest).args(["--bench", &program.target]).args(&build.cargo);
        align(&mut command);
        command.arg("--").args(&build.settings.count_arguments).envs(&program.environment);
        for library in ["IAI_CALLGRIND", "GUNGRAUN"] {
            command.env(format!("{library}_HOME"), home).env(format!("{library}_SAVE_SUMMARY"), "json");
            // Counts do not depend on addresses, and containers do not allow to fix them.
            command.env(format!("{library}_ALLOW_ASLR"), "yes");
            // The pipes of its debugger would be left behind by every process that it starts.
            let name = format!("{library}_VALGRIND_ARGS");
            let given = env::var(&name).unwrap_or_default();
            command.env(name, format!("--vgdb=no {given}").trim());
        }
        command.env("CARGO_INCREMENTAL", "0");
        if let Err(reason) = process::answer(command, COUNTING_MAX, Reach::Group) {
            return Ok(Err(format!("counting with --bench {} failed: {reason}", program.target)));
        }
        let read = callgrind::read(home, Age::New).map_err(|error| Error::Nothing(error.to_string()))?;
        if let Some(refused) = read.refused.first() {
            return Ok(Err(refused.to_string()));
        }
        if read.counts.is_empty() {
            return Ok(Err("it left no summary; is valgrind installed?".to_owned()));
        }
        for count in read.counts {
            rounds.entry(count.benchmark).or_default().push(count.instructions);
        }
    }
    Ok(Ok(rounds))
}
