//! The verbs: the only room that parses, prints and decides how the program ends.
//!
//! A verb is one file, with its arguments and its `run`, and one line of [`verbs!`]. Files of verbs import the others of
//! this room, never one another and never this file.

mod ab_test;
mod accepted;
mod answer;
mod charset;
mod comment;
mod compare;
mod compare_machines;
mod confirm;
mod doctor;
mod exit;
mod export;
mod fsck;
mod gate;
mod history;
mod import;
mod inputs;
mod interchange;
mod list;
mod machine;
mod output;
mod program;
mod python;
mod record;
mod report;
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
use clap::{Parser, Subcommand};

use exit::EXIT_CODES;
pub use exit::Exit;

/// What parallelism costs on this machine: threads vs. processes
#[derive(Debug, Parser)]
#[command(name = "parcost", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    /// Print ASCII only; the default where LC_ALL, LC_CTYPE or LANG names a locale without UTF-8
    #[arg(long, global = true)]
    ascii: bool,
    #[command(subcommand)]
    verb: Verb,
}

/// Lists the verbs, in the order of the help.
macro_rules! verbs {
    ($($module:ident::$verb:ident),+ $(,)?) => {
        #[derive(Debug, Subcommand)]
        enum Verb {
            $($verb(Box<$module::$verb>),)+
        }

        impl Verb {
            fn run(&self) -> Result<Exit> {
                match self {
                    $(Verb::$verb(arguments) => $module::run(arguments),)+
                }
            }
        }
    };
}

verbs! {
    run::Run,
    record::Record,
    list::List,
    show::Show,
    answer::Answer,
    compare::Compare,
    trend::Trend,
    report::Report,
    fsck::Fsck,
    gate::Gate,
    selftest::Selftest,
    python::Python,
    import::Import,
    export::Export,
    comment::Comment,
    history::History,
    machine::Machine,
    doctor::Doctor,
    session_start::SessionStart,
}

/// Does what the command line asks.
pub fn main() -> Exit {
    main_with(std::env::args_os())
}

/// Does what these arguments ask; the first is the name of the program.
pub fn main_with(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    charset::set(arguments.iter().any(|argument| argument == "--ascii"));
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            output::usage(&error);
            return if error.use_stderr() { Exit::Usage } else { Exit::Success };
        }
    };
    charset::set(arguments.ascii);
    arguments.verb.run().unwrap_or_else(|error| {
        output::error(&format!("{error:#}"));
        Exit::Failure
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
