//! The child process of every process workload: small, single-threaded, and it keeps its own time.
//!
//! `worker launch PARENT` serves measurements on its standard streams; `worker stamp INDEX` is what the workloads
//! execute; `worker count` and `worker idle` belong to the counting pass.

use std::process::ExitCode;

use parcost::workloads::{launcher, stamp_as_program};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_default();
    let number = arguments.next().and_then(|text| text.parse::<u64>().ok());
    match (mode.as_str(), number) {
        ("stamp", Some(index)) => {
            stamp_as_program(index);
            ExitCode::from(42)
        }
        ("launch", Some(parent)) => {
            launcher::die_with(parent as i32);
            let worker = std::env::current_exe().expect("a program knows its own file");
            match launcher::serve(std::io::stdin().lock(), std::io::stdout().lock(), &worker) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("worker: {error}");
                    ExitCode::FAILURE
                }
            }
        }
        _ => {
            eprintln!("worker: started by the benchmarks of parcost, of no use by itself");
            ExitCode::from(2)
        }
    }
}
