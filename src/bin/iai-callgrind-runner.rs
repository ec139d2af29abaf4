//! The stock runner of iai-callgrind under our own lock file: it starts valgrind for `benches/callgrind.rs`.

use std::process::ExitCode;

use iai_callgrind_runner::error::Error;

/// The runner's own code for a count beyond a limit that was asked for on its command line.
const REGRESSION: u8 = 3;

fn main() -> ExitCode {
    // Nobody reads what valgrind counts for a bench that is gone.
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).expect("every Linux has the parent-death signal");
    match iai_callgrind_runner::runner::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if matches!(error.downcast_ref(), Some(Error::RegressionError(_))) => ExitCode::from(REGRESSION),
        Err(error) => {
            eprintln!("iai-callgrind-runner: {error:#}");
            ExitCode::FAILURE
        }
    }
}
