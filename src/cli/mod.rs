//! The verbs: the only room that parses, prints and decides how the program ends.
//!
//! A verb is one file, with its arguments and its `run`, and one line of `verbs!`. Files of verbs import the others of
//! this room, never one another and never this file.

mod ab_test;
mod accepted;
mod answer;
mod comment;
mod compare;
mod completions;
mod doctor;
mod evidence;
mod exit;
mod export;
mod fsck;
mod gate;
mod history;
mod import;
mod init;
mod inputs;
mod interchange;
mod list;
mod machine;
mod man;
mod number;
mod output;
mod python;
mod record;
mod report;
mod repository;
mod results;
mod run;
mod run_builder;
mod select;
mod selftest;
mod session_start;
mod show;
mod trend;
mod trend_runs;

use std::ffi::OsString;

use anyhow::Result;
use clap::{ColorChoice, CommandFactory, FromArgMatches as _, Parser, Subcommand};
use nix::sys::resource::{Resource, getrlimit};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};

use crate::model::{Checkup, StoredRuns};
use crate::report::{
    AnswerData, CompareData, DoctorData, GateData, ImportData, ImportedRunsData, MachineComparisonRows, MachineData,
    PythonData, RunData, SelfTestData, SummaryData,
};
use crate::trend::Histories;
use exit::EXIT_CODES;
pub use exit::Exit;
pub use number::budget;

/// With less address space the system refuses memory in the middle of anything, which ends a program without a word. The
/// readers' threads reserve most of it.
const ADDRESS_SPACE_MIN: u64 = 256 << 20;

/// Measure what threads and processes cost on this machine, and gate changes of code in CI
#[derive(Debug, Parser)]
#[command(name = "parcost", version = env!("PARCOST_VERSION"), max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    /// Print ASCII only; the default where LC_ALL, LC_CTYPE or LANG names a locale without UTF-8
    #[arg(long, global = true, display_order = 900)]
    ascii: bool,
    /// When to use colors
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto, display_order = 901)]
    color: ColorChoice,
    #[command(subcommand)]
    verb: Verb,
}

/// Lists the verbs, in the order of the help, each with what it prints with `--format json`.
macro_rules! verbs {
    ($($module:ident::$verb:ident $(=> [$($json:ty),+])?),+ $(,)?) => {
        #[derive(Debug, Subcommand)]
        enum Verb {
            $($verb(Box<$module::$verb>),)+
            Completions(completions::Completions),
            Man(man::Man),
        }

        impl Verb {
            fn run(&self) -> Result<Exit> {
                match self {
                    $(Verb::$verb(arguments) => $module::run(arguments),)+
                    Verb::Completions(arguments) => completions::run(arguments, Arguments::command()),
                    Verb::Man(arguments) => man::run(arguments, Arguments::command()),
                }
            }
        }

        /// The JSON schema of what each verb prints with `--format json`, by the verb's name.
        pub fn schemas() -> Vec<(&'static str, Schema)> {
            vec![$($((stringify!($module), schema(&[$(SchemaGenerator::subschema_for::<$json>),+])),)?)+]
        }
    };
}

verbs! {
    run::Run,
    record::Record => [RunData],
    list::List => [StoredRuns],
    show::Show => [RunData, SummaryData],
    answer::Answer => [AnswerData],
    compare::Compare => [CompareData<'static>, MachineComparisonRows<'static>],
    trend::Trend => [Histories],
    report::Report,
    fsck::Fsck => [Checkup],
    gate::Gate => [GateData<'static>],
    init::Init,
    selftest::Selftest => [SelfTestData],
    python::Python => [PythonData],
    import::Import => [ImportData, ImportedRunsData],
    export::Export,
    comment::Comment,
    history::History,
    machine::Machine => [MachineData],
    doctor::Doctor => [DoctorData],
    session_start::SessionStart,
}

fn schema(types: &[fn(&mut SchemaGenerator) -> Schema]) -> Schema {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let any: Vec<Schema> = types.iter().map(|of| of(&mut generator)).collect();
    json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "anyOf": any,
        "$defs": generator.take_definitions(true),
    })
}

/// Does what the command line asks.
pub fn main() -> Exit {
    match getrlimit(Resource::RLIMIT_AS) {
        Ok((soft, _)) if soft < ADDRESS_SPACE_MIN => {
            let found = soft >> 20;
            output::error(&format!(
                "this process may use {found} MiB of memory, and parcost needs 256; raise `ulimit -v`"
            ));
            Exit::Failure
        }
        _ => main_with(std::env::args_os()),
    }
}

/// Whether a command line is valid; the first word is the name of the program.
pub fn parses(words: &[String]) -> bool {
    Arguments::try_parse_from(words).is_ok()
}

/// Does what these arguments ask; the first is the name of the program.
pub fn main_with(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    output::set_ascii(arguments.iter().any(|argument| argument == "--ascii"));
    let parsed = number::below_zero(Arguments::command()).try_get_matches_from(arguments).and_then(|matches| {
        let machine = matches.subcommand().and_then(|(_, of_verb)| of_verb.try_get_one("machine").ok()?);
        output::set_machine(machine);
        Arguments::from_arg_matches(&matches)
    });
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            output::usage(&error);
            return if error.use_stderr() { Exit::Usage } else { Exit::Success };
        }
    };
    output::set_ascii(arguments.ascii);
    output::set_color(arguments.color);
    arguments.verb.run().unwrap_or_else(|error| {
        output::error(&output::causes(&error));
        Exit::Failure
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
