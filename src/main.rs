//! The `parcost` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(parcost::cli::main().code())
}
