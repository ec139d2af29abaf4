//! The witness file: what a bench target saw, line by line, beside whatever its harness writes.
//!
//! `<target>/parcost/<session>/<topic>.tsv`, UTF-8, one record a line, fields separated by tabs, the first one the kind
//! of record. A file whose last record is not `done` was ended early; what stands in it is still true.

use std::fs::{self, File};
use std::io::{self, LineWriter, Write};
use std::os::unix::fs::symlink;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use parcost::bench::form_of;

/// Version of the file's form.
const VERSION: &str = "1";

/// A witness file being written; every record is on its way to the disk when the call returns.
pub(crate) struct Witness {
    topic: String,
    file: LineWriter<File>,
}

impl Witness {
    /// Starts the file of `topic` in this session's folder; `profile` is [`Arguments::profile`](super::arguments::Arguments::profile).
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be made; the error names it.
    pub(crate) fn open(topic: &str, profile: &str) -> io::Result<Self> {
        let folder = session_folder()?;
        let witness = Self::open_in(&folder, topic, profile)?;
        begin(&folder)?;
        link(&folder, topic, &std::env::current_exe()?)?;
        link(&folder, "worker", Path::new(env!("CARGO_BIN_EXE_worker")))?;
        Ok(witness)
    }

    /// As [`Witness::open`], in a folder of the caller's choice.
    pub(crate) fn open_in(folder: &Path, topic: &str, profile: &str) -> io::Result<Self> {
        let path = folder.join(format!("{topic}.tsv"));
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        fs::create_dir_all(folder).map_err(named)?;
        let file = File::create(&path).map_err(named)?;
        let mut witness = Self { topic: topic.to_owned(), file: LineWriter::new(file) };
        witness.record(&["witness", VERSION, topic, profile])?;
        Ok(witness)
    }

    /// Announces a benchmark, the function of its group that is its lower bound, and the reference workload that normalizes it.
    pub(crate) fn benchmark(&mut self, id: &str, lower_bound: Option<&str>, reference: Option<&str>) -> io::Result<()> {
        let lower_bound = format!("floor={}", lower_bound.unwrap_or("-"));
        let reference = format!("calibrator={}", reference.unwrap_or("-"));
        let form = format!("form={}", form_of(id.split('/').next().unwrap_or_default()));
        self.record(&["benchmark", id, &lower_bound, &reference, &form])
    }

    /// Begins a round of benchmarks that take turns, in the order that the seed gives.
    pub(crate) fn round(&mut self, order_seed: u64) -> io::Result<()> {
        self.record(&["round", &order_seed.to_string()])
    }

    /// One sample: how many operations the `process`-th process of this benchmark ran, how long they took together, how
    /// much work they did, and further readings by name.
    pub(crate) fn sample(
        &mut self,
        id: &str,
        process: u64,
        iterations: u64,
        elapsed_ns: u64,
        work: u64,
        readings: &[(String, f64)],
    ) -> io::Result<()> {
        let numbers = [process, iterations, elapsed_ns, work].map(|number| number.to_string());
        let readings: Vec<String> = readings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let fields = ["sample", id].into_iter().chain(numbers.iter().chain(&readings).map(String::as_str));
        self.record(&fields.collect::<Vec<_>>())
    }

    /// What was counted for one operation in one round, in the metric's unit; rounds are numbered from 1.
    pub(crate) fn count(&mut self, id: &str, metric: &str, round: u64, value: f64) -> io::Result<()> {
        self.record(&["count", id, metric, &round.to_string(), &value.to_string()])
    }

    /// What a program reports that one operation took, in one of its rounds, numbered from 1, with its CPU availability.
    pub(crate) fn time(&mut self, id: &str, metric: &str, round: u64, ns: u64, granted: f64) -> io::Result<()> {
        self.record(&["time", id, metric, &round.to_string(), &ns.to_string(), &format!("granted={granted:.4}")])
    }

    /// What a tool is that was measured.
    pub(crate) fn fact(&mut self, name: &str, value: &str) -> io::Result<()> {
        self.record(&["fact", name, value])
    }

    /// Something that was tried and failed: a benchmark, or the topic.
    pub(crate) fn failure(&mut self, what: &str, reason: &str) -> io::Result<()> {
        self.record(&["failure", what, reason])
    }

    /// What has to be known to read the results of the topic.
    pub(crate) fn note(&mut self, text: &str) -> io::Result<()> {
        self.record(&["note", text])
    }

    /// Something that was skipped: a benchmark, a metric or the topic.
    pub(crate) fn omission(&mut self, what: &str, reason: &str) -> io::Result<()> {
        self.record(&["omission", what, reason])
    }

    /// Ends the file: everything that was to be measured has been tried.
    pub(crate) fn done(mut self) -> io::Result<()> {
        let topic = self.topic.clone();
        self.record(&["done", &topic])?;
        self.file.flush()
    }

    fn record(&mut self, fields: &[&str]) -> io::Result<()> {
        let fields: Vec<String> = fields.iter().map(|field| on_one_line(field)).collect();
        writeln!(self.file, "{}", fields.join("\t"))
    }
}

/// Where iai-callgrind leaves its summaries: where its own variable says, as a gate sets it, or below the target folder.
pub(crate) fn iai_home(target: &Path) -> PathBuf {
    let named = std::env::var_os("IAI_CALLGRIND_HOME").filter(|folder| !folder.is_empty());
    named.map_or_else(|| target.join("iai"), PathBuf::from)
}

/// The folder that cargo builds into, found as Criterion finds it: by `CARGO_TARGET_DIR`, else by where this program is.
pub(crate) fn target_folder() -> io::Result<PathBuf> {
    if let Some(folder) = std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    let program = std::env::current_exe()?;
    // Cargo marks the top of its folder with this file, whatever the profile or the target triple below it.
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    Ok(marked.map_or_else(|| PathBuf::from("target"), Path::to_owned))
}

/// Has the conditions before the first benchmark noted; the targets that come later change nothing.
fn begin(folder: &Path) -> io::Result<()> {
    let status =
        Command::new(env!("CARGO_BIN_EXE_parcost")).args(["session-start", "--session"]).arg(folder).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("the beginning of the run could not be noted")) }
}

/// Leaves a link to a program under measure, so that the record shows whether two runs measured the same code.
fn link(folder: &Path, name: &str, program: &Path) -> io::Result<()> {
    match symlink(program, folder.join(format!("{name}.binary"))) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// The folder of this `cargo bench`.
pub(crate) fn session_folder() -> io::Result<PathBuf> {
    Ok(target_folder()?.join("parcost").join(session()?))
}

/// How long ago the first target of this `cargo bench` began; nothing where that is not known.
pub(crate) fn session_age() -> Duration {
    let begun = session_folder().and_then(|folder| fs::metadata(folder.join("conditions.json"))?.modified());
    begun.ok().and_then(|begun| begun.elapsed().ok()).unwrap_or_default()
}

/// `<parent>-<its start time>`: the same for all targets of one `cargo bench`, and for no other.
fn session() -> io::Result<String> {
    let parent = parent_id();
    let path = format!("/proc/{parent}/stat");
    let stat = fs::read_to_string(&path).map_err(|error| io::Error::new(error.kind(), format!("{path}: {error}")))?;
    let start = start_time(&stat)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("{path} holds no start time")))?;
    Ok(format!("{parent}-{start}"))
}

/// Field 22 of a `/proc/<pid>/stat` line: clock ticks from boot to the start of the process.
///
/// Field 2 is the program's name in parentheses and may hold anything, so the count starts behind the last one.
pub(crate) fn start_time(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(22 - 3)?.parse().ok()
}

/// The text with every control character replaced by a space, so that it stays one field of one line.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
