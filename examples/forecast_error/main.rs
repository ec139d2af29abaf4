//! How far `parcost answer` is off: forecasts of eleven made programs beside what they take here, when nothing else runs.
//!
//! ```sh
//! cargo build --release && cargo run --release --example forecast_error -- RUN.json
//! ```
//!
//! The run is one of this machine. Each program starts so many jobs at once, each of so much work on a payload that the
//! starter has; the starter waits. A line is the strategy, the program, the forecast, the median of what it took (21 times in
//! a fresh process), and their ratio; the last lines sum up each strategy.

mod strategies;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Duration;

use strategies::{JOB, Jobs, Outcome, STRATEGIES, job, median, serve};

/// The argument by which this program is started to measure one strategy.
const MEASURE: &str = "--measure";

#[derive(Clone, Copy)]
struct Program {
    work_us: u64,
    workers: usize,
    payload: usize,
}

const fn program(work_us: u64, workers: usize, payload: usize) -> Program {
    Program { work_us, workers, payload }
}

const PROGRAMS: [Program; 11] = [
    program(20, 1, 0),
    program(100, 2, 0),
    program(1_000, 2, 0),
    program(1_000, 8, 0),
    program(10_000, 2, 0),
    program(10_000, 4, 0),
    program(100, 1, 65_536),
    program(1_000, 2, 65_536),
    program(100, 1, 1 << 20),
    program(100, 1, 16 << 20),
    program(5_000, 2, 16 << 20),
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [run] => compare(run),
        [measure, strategy, roots, workers, payload] if measure == MEASURE => {
            let jobs = Jobs { roots: roots.parse()?, workers: workers.parse()?, payload: payload.parse()? };
            let (_, took) = STRATEGIES.iter().find(|(name, _)| name == strategy).ok_or("there is no such strategy")?;
            println!("{}", took(jobs)?.as_nanos());
            Ok(())
        }
        [child, roots, bytes] if child == JOB => serve(roots.parse()?, bytes.parse()?),
        _ => Err("name one run of this machine".into()),
    }
}

fn compare(run: &str) -> Outcome<()> {
    let roots_per_us = roots_per_us()?;
    let mut errors: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for program in PROGRAMS {
        let forecasts = forecasts(run, program)?;
        let Program { work_us, workers, payload } = program;
        let jobs = Jobs { roots: (work_us as f64 * roots_per_us) as u64, workers, payload };
        for (strategy, _) in STRATEGIES {
            let Some(&forecast) = forecasts.get(strategy) else { continue };
            let took = measured(strategy, jobs)?;
            let ratio = forecast / took.as_nanos() as f64;
            let forecast = Duration::from_nanos(forecast as u64);
            println!("{strategy}\t{work_us} µs x {workers}, {payload} B\t{forecast:.1?}\t{took:.1?}\t{ratio:.2}");
            errors.entry(strategy).or_default().push(ratio);
        }
    }
    for (strategy, mut ratios) in errors {
        ratios.sort_by(f64::total_cmp);
        let [low, center, high] = [ratios[0], ratios[ratios.len() / 2], ratios[ratios.len() - 1]];
        println!("{strategy}\tforecast ÷ measured: median {center:.2}, {low:.2} to {high:.2}, of {}", ratios.len());
    }
    Ok(())
}

/// The makespan of each strategy in ns, where the run has it.
fn forecasts(run: &str, program: Program) -> Outcome<BTreeMap<String, f64>> {
    let parcost = std::env::current_exe()?.with_file_name("../parcost");
    let mut command = Command::new(parcost);
    command.args(["answer", run, "--format", "json"]);
    command.args([format!("--work-us={}", program.work_us), format!("--workers={}", program.workers)]);
    if program.payload > 0 {
        command.arg(format!("--payload={}", program.payload));
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let strategies = answer["forecast"]["strategies"].as_array().ok_or("the answer has no forecast")?;
    let makespan = |it: &serde_json::Value| Some((it["name"].as_str()?.to_owned(), it["makespan"]["center"].as_f64()?));
    Ok(strategies.iter().filter_map(makespan).collect())
}

/// Of a process of its own: one that forks has a single thread, and none finds what another has left.
fn measured(strategy: &str, jobs: Jobs) -> Outcome<Duration> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args([MEASURE, strategy])
        .args([jobs.roots, jobs.workers as u64, jobs.payload as u64].map(|it| it.to_string()));
    let output = command.stderr(Stdio::inherit()).output()?;
    let took = String::from_utf8(output.stdout)?;
    Ok(Duration::from_nanos(took.trim().parse().map_err(|_| format!("{strategy} was not measured"))?))
}

fn roots_per_us() -> Outcome<f64> {
    const ROOTS: u64 = 2_000_000;
    let took = median(|| {
        black_box(job(ROOTS, &[]));
        Ok(())
    })?;
    Ok(ROOTS as f64 / (took.as_nanos() as f64 / 1e3))
}
