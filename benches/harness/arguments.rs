//! What a bench target was asked to do: Criterion's command line, understood the same way by every target.
//!
//! Cargo hands the arguments behind `--` to all targets alike, so a target without Criterion in it has to take
//! Criterion's options too: it acts on those that concern it and passes over the others.

use std::time::Duration;

use parcost::bench::budget;
use regex::Regex;

/// How the benchmarks are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Measure and record: `cargo bench`.
    Measure,
    /// Run every benchmark once and record nothing: `cargo test --benches`, or `--test`.
    Test,
    /// Print the names: `--list`.
    List,
}

/// Set when a target has started itself anew because Criterion must not see `--quick`.
pub(crate) const QUICK: &str = "PARCOST_QUICK";

/// The same of `--budget`, with its time.
pub(crate) const BUDGET: &str = "PARCOST_BUDGET";

/// The arguments of one bench target.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    /// How the benchmarks are run.
    pub(crate) mode: Mode,
    /// Whether the short profile was asked for.
    pub(crate) quick: bool,
    /// Time for the whole run, spent on further rounds.
    pub(crate) budget: Option<Duration>,
    /// Whether the command line names one of these two, which Criterion must not see.
    pub(crate) names_ours: bool,
    /// The benchmarks wanted; with `exact` it matches the whole name and nothing else.
    pub(crate) filter: Option<Regex>,
    /// Whether the filter was given as a whole name.
    pub(crate) exact: bool,
    /// Whether only ignored benchmarks are wanted, of which there are none.
    pub(crate) ignored: bool,
    /// Name under which the results are to be kept.
    pub(crate) save_baseline: Option<String>,
    /// Name of the results to compare with.
    pub(crate) baseline: Option<String>,
}

/// Options that take a value, long and short; all but the first are Criterion's.
const WITH_VALUE: [&str; 20] = [
    "--budget",
    "--color",
    "--colour",
    "-c",
    "--save-baseline",
    "-s",
    "--baseline",
    "-b",
    "--baseline-lenient",
    "--load-baseline",
    "--profile-time",
    "--sample-size",
    "--warm-up-time",
    "--measurement-time",
    "--nresamples",
    "--noise-threshold",
    "--confidence-level",
    "--significance-level",
    "--plotting-backend",
    "--output-format",
];

/// Criterion's options that would make benchmarks unlike each other.
const FIXED: [&str; 4] = ["--sample-size", "--warm-up-time", "--measurement-time", "--nresamples"];

/// What `--help` prints.
const HELP: &str = "\
Usage: cargo bench [--bench TOPIC] -- [OPTIONS] [FILTER]

  FILTER                    only benchmarks whose name matches this regular expression
  --exact                   FILTER is a whole name
  --quick                   fewer and shorter samples, fewer parameters
  --budget TIME             go on with ratios wider than their target, until so long in all: 10m
  --test                    run every benchmark once, measure nothing
  --list                    print the names
  --save-baseline NAME      also keep Criterion's and callgrind's own baseline NAME
  --baseline NAME           have Criterion and callgrind compare with that baseline
  --noplot, --color WHEN, --output-format FORMAT and the like are handed to Criterion";

/// Options without a value that concern only Criterion or the test harness.
const PASSED_OVER: [&str; 10] = [
    "--noplot",
    "-n",
    "--discard-baseline",
    "--verbose",
    "-v",
    "--quiet",
    "--nocapture",
    "--show-output",
    "--include-ignored",
    "--",
];

impl Arguments {
    /// The arguments of this process; a command line that cannot be understood ends it with exit code 2.
    pub(crate) fn from_command_line() -> Self {
        let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
        let arguments: Vec<String> = arguments.collect();
        if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
            println!("{HELP}");
            std::process::exit(0)
        }
        for fixed in FIXED.iter().filter(|fixed| arguments.iter().any(|argument| argument.starts_with(**fixed))) {
            eprintln!("note: `{fixed}` is not obeyed: the suite samples every benchmark alike");
        }
        let mut read = Self::parse(arguments).unwrap_or_else(|reason| {
            eprintln!("error: {reason}");
            std::process::exit(2)
        });
        read.names_ours = read.quick || read.budget.is_some();
        read.quick |= std::env::var_os(QUICK).is_some();
        read.budget = read.budget.or_else(|| budget(&std::env::var(BUDGET).ok()?).ok());
        read
    }

    /// Reads the arguments behind the program's name.
    ///
    /// # Errors
    ///
    /// An option that neither Criterion nor the test harness has, a value that is missing, a second filter, or a filter
    /// that is no regular expression; the reason, for the user.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let (mut bench, mut test, mut list) = (false, false, false);
        let mut filter: Option<String> = None;
        let mut read = Self {
            mode: Mode::Measure,
            quick: false,
            budget: None,
            names_ours: false,
            filter: None,
            exact: false,
            ignored: false,
            save_baseline: None,
            baseline: None,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, attached) = split(&argument);
            match name {
                "--bench" => bench = true,
                "--test" => test = true,
                "--list" => list = true,
                "--quick" => read.quick = true,
                "--exact" => read.exact = true,
                "--ignored" => read.ignored = true,
                _ if PASSED_OVER.contains(&name) => {}
                _ if name == "--format" || WITH_VALUE.contains(&name) => {
                    let value = attached
                        .map(str::to_owned)
                        .or_else(|| arguments.next())
                        .ok_or_else(|| format!("the option `{name}` needs a value"))?;
                    match name {
                        "--budget" => {
                            let named = |reason| format!("`--budget {value}`: {reason}");
                            read.budget = Some(budget(&value).map_err(named)?);
                        }
                        "--save-baseline" | "-s" => read.save_baseline = Some(value),
                        "--baseline" | "-b" | "--baseline-lenient" => read.baseline = Some(value),
                        // Nothing new is recorded under these two.
                        "--load-baseline" | "--profile-time" => test = true,
                        _ => {}
                    }
                }
                _ if name.starts_with('-') => {
                    return Err(format!("there is no option `{argument}`; see `cargo bench -- --help`"));
                }
                _ if filter.is_some() => {
                    return Err(format!("`{argument}` is a second filter; join the two as a regular expression, a|b"));
                }
                _ => filter = Some(argument),
            }
        }
        read.mode = match (list, test || !bench) {
            (true, _) => Mode::List,
            (false, true) => Mode::Test,
            (false, false) => Mode::Measure,
        };
        read.filter = filter.map(|text| pattern(&text, read.exact)).transpose()?;
        Ok(read)
    }

    /// Whether the benchmark of that name is wanted.
    pub(crate) fn selects(&self, id: &str) -> bool {
        !self.ignored && self.filter.as_ref().is_none_or(|filter| filter.is_match(id))
    }

    /// How much is measured, as the witness file names it: `full`, `quick`, `filtered` or `filtered, quick`.
    pub(crate) fn profile(&self) -> &'static str {
        match (&self.filter, self.quick) {
            (Some(_), true) => "filtered, quick",
            (Some(_), false) => "filtered",
            (None, true) => "quick",
            (None, false) => "full",
        }
    }
}

/// `--name=value` and `-nvalue` in two; a filter may hold `=` and stays whole.
fn split(argument: &str) -> (&str, Option<&str>) {
    if argument.starts_with("--") {
        match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (argument, None),
        }
    } else if let Some(name) = argument.get(..2).filter(|name| argument.len() > 2 && WITH_VALUE.contains(name)) {
        let value = &argument[2..];
        (name, Some(value.strip_prefix('=').unwrap_or(value)))
    } else {
        (argument, None)
    }
}

fn pattern(text: &str, exact: bool) -> Result<Regex, String> {
    let source = if exact { format!("^{}$", regex::escape(text)) } else { text.to_owned() };
    Regex::new(&source).map_err(|error| format!("the filter `{text}` is no regular expression: {error}"))
}
