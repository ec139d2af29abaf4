//! What a program takes by each strategy of `parcost answer`, of the mechanisms that the forecast reckons with.

use std::error::Error;
use std::hint::black_box;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::process::{Child as Spawned, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use parcost_timed::workloads::{Child, Mapping, Sharing};

pub type Outcome<T> = Result<T, Box<dyn Error>>;

const REPEATS: usize = 21;
/// The argument by which this program is started as one that does a single job.
pub const JOB: &str = "--job";

/// So many jobs at once, each of so much work on a payload of its own that the starter has.
#[derive(Clone, Copy)]
pub struct Jobs {
    pub roots: u64,
    pub workers: usize,
    pub payload: usize,
}

type Strategy = fn(Jobs) -> Outcome<Duration>;

/// By the names that the forecast has for them.
pub const STRATEGIES: [(&str, Strategy); 7] = [
    ("one after the other", one_after_the_other),
    ("pooled threads", pooled_threads),
    ("new threads", new_threads),
    ("pooled processes", pooled_processes),
    ("forked processes", forked_processes),
    ("spawned programs", spawned_programs),
    ("new threads, one lock", one_lock),
];

/// Reads the whole payload and forms a sum of square roots; the same code wherever it runs.
#[inline(never)]
pub fn job(roots: u64, payload: &[u8]) -> f64 {
    let words = payload.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default()));
    let read = words.fold(0, u64::wrapping_add);
    (0..roots as i64).fold(read as f64, |sum, number| sum + black_box(number as f64).sqrt())
}

/// The median of what it takes, after once in vain.
pub fn median(mut work: impl FnMut() -> Outcome<()>) -> Outcome<Duration> {
    let mut took = Vec::new();
    for _ in 0..=REPEATS {
        let start = Instant::now();
        work()?;
        took.push(start.elapsed());
    }
    took.remove(0);
    took.sort();
    Ok(took[REPEATS / 2])
}

/// A program that does one job: reads its payload, and computes.
pub fn serve(roots: u64, bytes: usize) -> Outcome<()> {
    let mut payload = Vec::with_capacity(bytes);
    std::io::stdin().read_to_end(&mut payload)?;
    black_box(job(roots, &payload));
    Ok(())
}

fn payloads(jobs: Jobs) -> Vec<Arc<[u8]>> {
    (0..jobs.workers).map(|_| vec![1; jobs.payload].into()).collect()
}

fn one_after_the_other(jobs: Jobs) -> Outcome<Duration> {
    let payloads = payloads(jobs);
    median(|| {
        payloads.iter().for_each(|payload| {
            black_box(job(jobs.roots, payload));
        });
        Ok(())
    })
}

fn pooled_threads(jobs: Jobs) -> Outcome<Duration> {
    let payloads = payloads(jobs);
    let (done, answers) = mpsc::channel();
    let start = |_| {
        let (sender, asked) = mpsc::channel::<Arc<[u8]>>();
        let done = done.clone();
        thread::spawn(move || asked.iter().try_for_each(|payload| done.send(job(jobs.roots, &payload))));
        sender
    };
    let pool: Vec<mpsc::Sender<Arc<[u8]>>> = (0..jobs.workers).map(start).collect();
    // What is left are the workers' own: without them no answer is waited for.
    drop(done);
    median(|| {
        pool.iter().zip(&payloads).try_for_each(|(worker, payload)| worker.send(payload.clone()))?;
        for _ in &pool {
            black_box(answers.recv()?);
        }
        Ok(())
    })
}

fn new_threads(jobs: Jobs) -> Outcome<Duration> {
    threads(jobs, job)
}

fn one_lock(jobs: Jobs) -> Outcome<Duration> {
    static LOCK: Mutex<()> = Mutex::new(());
    threads(jobs, |roots, payload| {
        let _held = LOCK.lock().expect("a job does not panic");
        job(roots, payload)
    })
}

fn threads(jobs: Jobs, work: fn(u64, &[u8]) -> f64) -> Outcome<Duration> {
    let payloads = payloads(jobs);
    median(|| {
        let start = |payload: &Arc<[u8]>| {
            let payload = payload.clone();
            thread::spawn(move || black_box(work(jobs.roots, &payload)))
        };
        let threads: Vec<_> = payloads.iter().map(start).collect();
        for thread in threads {
            black_box(thread.join().expect("a job does not panic"));
        }
        Ok(())
    })
}

/// Their payloads lie in memory that they share with the starter; a byte through a pipe asks for a job, another one answers.
fn pooled_processes(jobs: Jobs) -> Outcome<Duration> {
    let start = |_| -> Outcome<(Child, PipeWriter, PipeReader)> {
        let mut payload = Mapping::new(jobs.payload.max(1), Sharing::Shared)?;
        payload.as_mut_slice().fill(1);
        let ((mut asked, ask), (answer, mut answered)) = (std::io::pipe()?, std::io::pipe()?);
        // A copy of `ask` in the child itself would keep it waiting for ever.
        let mut ask = Some(ask);
        let child = Child::start(|| {
            drop(ask.take());
            while asked.read_exact(&mut [0]).is_ok() {
                black_box(job(jobs.roots, payload.as_mut_slice()));
                answered.write_all(&[0]).expect("the starter waits for it");
            }
        });
        Ok((child, ask.ok_or("the starter keeps its end")?, answer))
    };
    let mut pool = (0..jobs.workers).map(start).collect::<Outcome<Vec<_>>>()?;
    let took = median(|| {
        pool.iter_mut().try_for_each(|(_, ask, _)| ask.write_all(&[0]))?;
        pool.iter_mut().try_for_each(|(_, _, answer)| answer.read_exact(&mut [0]))?;
        Ok(())
    })?;
    // The later ones hold copies of the pipes of the earlier ones, and end first.
    while let Some((child, ask, _)) = pool.pop() {
        drop(ask);
        child.finish();
    }
    Ok(took)
}

/// Each inherits its payload.
fn forked_processes(jobs: Jobs) -> Outcome<Duration> {
    let payloads = payloads(jobs);
    median(|| {
        let work = |payload: &[u8]| {
            black_box(job(jobs.roots, payload));
        };
        let children: Vec<Child> = payloads.iter().map(|payload| Child::start(|| work(payload))).collect();
        children.into_iter().for_each(Child::finish);
        Ok(())
    })
}

/// Each is given its payload through a pipe.
fn spawned_programs(jobs: Jobs) -> Outcome<Duration> {
    let (itself, payloads) = (std::env::current_exe()?, payloads(jobs));
    let start = |_| -> Outcome<Spawned> {
        let mut command = Command::new(&itself);
        command.args([JOB, &jobs.roots.to_string(), &jobs.payload.to_string()]);
        Ok(command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?)
    };
    median(|| {
        let mut children = (0..jobs.workers).map(start).collect::<Outcome<Vec<Spawned>>>()?;
        for (child, payload) in children.iter_mut().zip(&payloads) {
            child.stdin.take().ok_or("the child has an input")?.write_all(payload)?;
        }
        let ended =
            children.into_iter().map(|mut child| Ok(child.wait()?.success())).collect::<Outcome<Vec<bool>>>()?;
        ended.iter().all(|&is_good| is_good).then_some(()).ok_or_else(|| "a program failed".into())
    })
}
