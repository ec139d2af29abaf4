//! The child process of every process workload: small, single-threaded, and it keeps its own time.
//!
//! `worker launch PARENT` serves measurements on its standard streams; `worker stamp INDEX FD` is what the workloads
//! execute; `worker count PARENT` answers one request to count and `worker idle` is a program that only waits.

use std::process::ExitCode;

use parcost_timed::counters::{memory::idle, serve as count};
use parcost_timed::workloads::{launcher, now_ns, stamp_as_program};

fn main() -> ExitCode {
    let began_ns = now_ns();
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_default();
    let number = arguments.next().and_then(|text| text.parse::<u64>().ok());
    match (mode.as_str(), number) {
        ("stamp", Some(index)) => {
            let fd =
                arguments.next().and_then(|text| text.parse().ok()).expect("the workload that starts us passes it");
            stamp_as_program(began_ns, index, fd);
            ExitCode::from(42)
        }
        ("launch", Some(parent)) => {
            launcher::die_with(parent as i32);
            let worker = std::env::current_exe().expect("a program knows its own file");
            report(launcher::serve(std::io::stdin().lock(), std::io::stdout().lock(), &worker))
        }
        ("count", Some(parent)) => {
            launcher::die_with(parent as i32);
            let worker = std::env::current_exe().expect("a program knows its own file");
            let mut request = String::new();
            report(std::io::stdin().read_line(&mut request).map(|_| println!("{}", count(&request, &worker))))
        }
        ("idle", None) => report(idle()),
        _ => {
            eprintln!("worker: the benchmarks of parcost start this program; it does nothing by itself");
            ExitCode::from(2)
        }
    }
}

fn report(outcome: std::io::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {error}");
            ExitCode::FAILURE
        }
    }
}
