//! How far `parcost answer` is off: forecasts of ten made programs beside what they take here, when nothing else runs.
//!
//! ```sh
//! cargo build --release && cargo run --release --example forecast_error -- RUN.json
//! ```
//!
//! The run is one of this machine. Each program starts so many jobs at once, each of so much work on a payload that the
//! starter has; it is run by threads that are there, by new threads and by new programs. A line is the strategy, the
//! program, the forecast, the median of what it took (21 times), and their ratio; the last lines sum up each strategy.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

const REPEATS: usize = 21;
const CHILD: &str = "--job";

#[derive(Clone, Copy)]
struct Program {
    work_us: u64,
    workers: usize,
    payload: usize,
}

const PROGRAMS: [Program; 10] = [
    Program { work_us: 20, workers: 1, payload: 0 },
    Program { work_us: 100, workers: 2, payload: 0 },
    Program { work_us: 1_000, workers: 2, payload: 0 },
    Program { work_us: 1_000, workers: 8, payload: 0 },
    Program { work_us: 10_000, workers: 2, payload: 0 },
    Program { work_us: 10_000, workers: 4, payload: 0 },
    Program { work_us: 100, workers: 1, payload: 65_536 },
    Program { work_us: 1_000, workers: 2, payload: 65_536 },
    Program { work_us: 100, workers: 1, payload: 1 << 20 },
    Program { work_us: 5_000, workers: 2, payload: 16 << 20 },
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [run] => compare(run),
        [child, roots, bytes] if child == CHILD => serve(roots.parse()?, bytes.parse()?),
        _ => Err("name one run of this machine".into()),
    }
}

fn compare(run: &str) -> Outcome<()> {
    let roots_per_us = roots_per_us();
    let mut errors: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for program in PROGRAMS {
        let forecasts = forecasts(run, program)?;
        let roots = (program.work_us as f64 * roots_per_us) as u64;
        let payload: Arc<[u8]> = vec![1; program.payload].into();
        let measured = [
            ("pooled threads", pooled_threads(program, roots, &payload)),
            ("new threads", median(|| new_threads(program, roots, &payload))),
            ("spawned programs", median(|| programs(program, roots, &payload).expect("the program starts itself"))),
        ];
        for (strategy, took) in measured {
            let Some(&forecast) = forecasts.get(strategy) else { continue };
            let ratio = forecast / (took.as_nanos() as f64);
            let Program { work_us, workers, payload } = program;
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

fn roots_per_us() -> f64 {
    const ROOTS: u64 = 2_000_000;
    let took = median(|| {
        timed(|| {
            black_box(job(ROOTS, &[]));
        })
    });
    ROOTS as f64 / (took.as_nanos() as f64 / 1e3)
}

/// Reads the whole payload and forms a sum of square roots.
fn job(roots: u64, payload: &[u8]) -> f64 {
    let words = payload.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default()));
    let read = words.fold(0, u64::wrapping_add);
    (0..roots).fold(read as f64, |sum, number| sum + black_box(number as f64).sqrt())
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut work: impl FnMut() -> Duration) -> Duration {
    work();
    let mut took: Vec<Duration> = (0..REPEATS).map(|_| work()).collect();
    took.sort();
    took[REPEATS / 2]
}

fn new_threads(program: Program, roots: u64, payload: &Arc<[u8]>) -> Duration {
    timed(|| {
        let start = |_| {
            let payload = payload.clone();
            thread::spawn(move || black_box(job(roots, &payload)))
        };
        let threads: Vec<_> = (0..program.workers).map(start).collect();
        threads.into_iter().for_each(|thread| {
            thread.join().expect("a job does not panic");
        });
    })
}

fn pooled_threads(program: Program, roots: u64, payload: &Arc<[u8]>) -> Duration {
    let (done, answers) = mpsc::channel();
    let pool: Vec<mpsc::Sender<Arc<[u8]>>> = (0..program.workers)
        .map(|_| {
            let (sender, jobs) = mpsc::channel::<Arc<[u8]>>();
            let done = done.clone();
            thread::spawn(move || jobs.iter().try_for_each(|payload| done.send(job(roots, &payload))));
            sender
        })
        .collect();
    // What is left are the workers' own: without them no answer is waited for.
    drop(done);
    median(|| {
        timed(|| {
            pool.iter().for_each(|worker| worker.send(payload.clone()).expect("the worker waits for a job"));
            (0..program.workers).for_each(|_| {
                black_box(answers.recv().expect("every worker answers"));
            });
        })
    })
}

fn programs(program: Program, roots: u64, payload: &[u8]) -> Outcome<Duration> {
    let itself = std::env::current_exe()?;
    let start = Instant::now();
    let begin = |_| -> Outcome<Child> {
        let mut command = Command::new(&itself);
        command.args([CHILD, &roots.to_string(), &payload.len().to_string()]);
        Ok(command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?)
    };
    let mut children = (0..program.workers).map(begin).collect::<Outcome<Vec<Child>>>()?;
    for child in &mut children {
        child.stdin.take().ok_or("the child has an input")?.write_all(payload)?;
    }
    for mut child in children {
        if !child.wait()?.success() {
            return Err("a program failed".into());
        }
    }
    Ok(start.elapsed())
}

fn serve(roots: u64, bytes: usize) -> Outcome<()> {
    let mut payload = Vec::with_capacity(bytes);
    std::io::stdin().read_to_end(&mut payload)?;
    black_box(job(roots, &payload));
    Ok(())
}
