//! The benchmark's side of the worker: started fresh, asked line by line, collected at the end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use object::{Object, ObjectSegment};
use parcost::bench::launcher::DEADLINE_S;
use parcost::bench::protocol::{Reply, Request, Task, decode};
use parcost::bench::{
    CACHES, Conversation, Scratch, UNCACHED_BYTES, WorkerError, cores, free_memory, last_level_cache,
};

/// A little longer than the worker gives itself.
const LIMIT: Duration = Duration::from_secs(DEADLINE_S as u64 + 10);

/// The program that runs the workloads.
pub(crate) fn worker() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_worker"))
}

/// Caches that a worker goes around in where time is short: with 32 MiB of cache they measured the same as [`CACHES`] to 1.3 %.
const CACHES_QUICK: usize = 2;

static IS_SHORT: AtomicBool = AtomicBool::new(false);

/// The bytes that each worker of `triad` and `fault` is to go around in, so that it finds none of them in a cache.
pub(crate) fn uncached_bytes() -> usize {
    last_level_cache() * if IS_SHORT.load(Ordering::Relaxed) { CACHES_QUICK } else { CACHES }
}

/// From here on workers fill [`CACHES_QUICK`] caches; to be called before the first one starts.
pub(crate) fn fill_fewer_caches() {
    IS_SHORT.store(true, Ordering::Relaxed);
}

/// The bytes that each goes around in: these, or where half of the free memory does not hold that for two workers a CPU, their
/// share of it. Decided once, so that threads and processes do the same.
pub(crate) fn bytes_to_go_around() -> usize {
    static BYTES: OnceLock<usize> = OnceLock::new();
    *BYTES.get_or_init(|| {
        let free = free_memory().map_or(usize::MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        uncached_bytes().min(free / 2 / (2 * cores()))
    })
}

/// How large the program is that a start executes, and the worker that makes it; nothing where the system does not say.
pub(crate) fn sizes() -> Option<String> {
    let program = std::fs::read(worker()).ok()?;
    let segments = object::File::parse(&*program).ok()?;
    let loaded: u64 = segments.segments().map(|segment| segment.file_range().1).sum();
    let mut maker = Launcher::start("launch").ok()?;
    maker.run("spawn/fork/count=1", 1).ok()?;
    let status = std::fs::read_to_string(format!("/proc/{}/status", maker.conversation.id())).ok()?;
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix(" kB")
    };
    let (resident, own) = (kib("VmRSS")?, kib("RssAnon")?);
    maker.finish().ok()?;
    Some(format!(
        "starts: of the program, `worker`, {loaded} bytes can be loaded; its maker has {resident} KiB resident, {own} KiB of them its own"
    ))
}

/// A running worker. It dies with this process, and its children with it.
pub(crate) struct Launcher {
    conversation: Conversation,
    /// Where it works. What is in it when this process is killed, the next worker removes.
    _scratch: Scratch,
}

/// One answer to `run`.
pub(crate) struct Answer {
    /// Inside the clock, ns.
    pub(crate) elapsed_ns: u64,
    /// Work done.
    pub(crate) work: u64,
    /// Everything else, by name.
    pub(crate) readings: Vec<(String, f64)>,
}

impl Answer {
    pub(crate) fn reading(&self, name: &str) -> Option<f64> {
        self.readings.iter().find(|(found, _)| found == name).map(|(_, value)| *value)
    }
}

impl Launcher {
    /// Starts a worker in `mode` with an environment that has nothing but its share of the memory, in a folder for scratch files.
    pub(crate) fn start(mode: &str) -> Result<Self, WorkerError> {
        Self::start_with(mode, bytes_to_go_around())
    }

    /// The same for what need not miss every cache, such as counts, or a trial of how long an operation takes about.
    pub(crate) fn start_small(mode: &str) -> Result<Self, WorkerError> {
        Self::start_with(mode, bytes_to_go_around().min(last_level_cache()))
    }

    fn start_with(mode: &str, bytes: usize) -> Result<Self, WorkerError> {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let no_place = |error| WorkerError::Failed(format!("{}: {error}", place.display()));
        let scratch = Scratch::new(place, "scratch").map_err(no_place)?;
        let mut command = Command::new(worker());
        command.arg(mode).arg(std::process::id().to_string()).env_clear();
        command.env(UNCACHED_BYTES, bytes.to_string());
        command.current_dir(&*scratch).stderr(Stdio::piped());
        let conversation = Conversation::start(command, LIMIT).map_err(WorkerError::Failed)?;
        Ok(Self { conversation, _scratch: scratch })
    }

    /// Runs `iterations` operations of a benchmark.
    pub(crate) fn run(&mut self, id: &str, iterations: u64) -> Result<Answer, WorkerError> {
        let unexpected = || WorkerError::Failed("the worker answered without a sample".to_owned());
        let Reply::Sample(mut readings) = self.ask(Task::Run, id, iterations)? else { return Err(unexpected()) };
        let mut take = |name: &str| {
            let index = readings.iter().position(|(found, _)| found == name).ok_or_else(unexpected)?;
            Ok(readings.remove(index).1 as u64)
        };
        Ok(Answer { elapsed_ns: take("elapsed_ns")?, work: take("work")?, readings })
    }

    /// Sends one request and waits for the reply.
    pub(crate) fn ask(&mut self, task: Task, id: &str, iterations: u64) -> Result<Reply, WorkerError> {
        let request = Request { task, benchmark: id.to_owned(), iterations };
        decode(&self.conversation.ask(&request.to_string()).map_err(failed)?)
    }

    /// Has the worker end, and waits for it.
    pub(crate) fn finish(self) -> Result<(), WorkerError> {
        self.conversation.finish().map_err(failed)
    }
}

fn failed(reason: String) -> WorkerError {
    WorkerError::Failed(format!("worker: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_of_program_and_maker_are_stated() {
        let sizes = sizes().unwrap();
        let numbers: Vec<u64> = sizes.split(' ').filter_map(|word| word.parse().ok()).collect();
        assert!(
            numbers.len() == 3 && numbers[0] < std::fs::metadata(worker()).unwrap().len() && numbers[1] > numbers[2],
            "{sizes}"
        );
    }

    #[test]
    fn the_folder_of_a_killed_worker_is_removed_with_its_files() {
        let mut launcher = Launcher::start("launch").unwrap();
        launcher.run("open_own/processes/workers=2", 1).unwrap();
        let folder = launcher._scratch.to_path_buf();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
        drop(launcher);
        assert!(!folder.exists());
    }
}
