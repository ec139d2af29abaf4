//! The verbs: the only room that parses, prints and decides how the program ends.

mod accepted;
mod alphabet;
mod answer;
mod arguments;
mod begin;
mod comment;
mod compare;
mod compare_machines;
mod compose;
mod confirm;
mod contest;
mod doctor;
mod exit;
mod export;
mod foreign;
mod fsck;
mod gate;
mod gate_progress;
mod history;
mod history_branch;
mod import;
mod imported_runs;
mod list;
mod lookup;
mod machine;
mod machine_history;
mod print;
mod program;
mod python;
mod record;
mod report;
mod results;
mod run;
mod save;
mod selftest;
mod sessions;
mod show;
mod side;
mod trend;

use std::ffi::OsString;

use clap::Parser;

use arguments::{Arguments, Verb};
pub use exit::Exit;

/// Does what the command line asks.
pub fn main() -> Exit {
    main_with(std::env::args_os())
}

/// Does what these arguments ask; the first is the name of the program.
pub fn main_with(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    alphabet::set(arguments.iter().any(|argument| argument == "--ascii"));
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            print::usage(&error);
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    alphabet::set(arguments.ascii);
    let outcome = match arguments.verb {
        Verb::Run(run) => run::run(&run),
        Verb::Record(record) => record::record(&record),
        Verb::List(list) => list::list(&list),
        Verb::Show(show) => show::show(&show),
        Verb::Answer(answer) => answer::answer(&answer),
        Verb::Compare(compare) => compare::compare(&compare),
        Verb::Report(report) => report::report(&report),
        Verb::Trend(trend) => trend::trend(&trend),
        Verb::Fsck(fsck) => fsck::fsck(&fsck),
        Verb::Gate(gate) => gate::gate(&gate),
        Verb::Comment(comment) => comment::comment(&comment),
        Verb::History(history) => history_branch::history(&history),
        Verb::Selftest(selftest) => selftest::selftest(&selftest),
        Verb::Python(python) => python::python(&python),
        Verb::Import(import) => import::import(&import),
        Verb::Export(export) => export::export(&export),
        Verb::Machine(machine) => machine::machine(&machine),
        Verb::Doctor(doctor) => doctor::doctor(&doctor),
        Verb::Begin(begin) => begin::begin(&begin),
    };
    outcome.unwrap_or_else(|error| {
        print::error(&format!("{error:#}"));
        Exit::CouldNot
    })
}
