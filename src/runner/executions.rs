//! What one execution of a Criterion benchmark executes: instructions, system calls and allocations, of the bench target as
//! it is, under callgrind.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::plan::Runner;
use super::{Error, Plan, Program, Side, Sides, Subject};
use crate::ingest::CallGraph;
use crate::model::{FunctionChange, Metric, Omission, PairedCount};
use crate::process::{self, Reach};

/// How often each side is counted.
const ROUNDS: usize = 2;
/// And where the process starts a thread: who waits for whom makes one count of two, each as likely as not, and two rounds
/// of one side agree by chance.
const ROUNDS_OF_THREADS: usize = 5;
/// Longest that one execution may take under callgrind.
const EXECUTION_MAX: Duration = Duration::from_secs(60);
const NO_TIME: &str = "the budget left no time for it";
/// Benchmarks of a target that are worth a process of their own together: it starts three times, as that of each would.
const TOGETHER_MIN: usize = 3;
/// The share of the time that is left which each of these processes may take, as a divisor.
const TOGETHER_SHARE: u32 = 5;
/// The most instructions by which the work before a benchmark may differ between the sides: the seeds of Criterion's hash maps
/// alone make it differ by up to 340 between two processes of one program.
const BEFORE_MAX: u64 = 500;
/// Lines of a profile in which it says why it was written.
const HEAD_LINES: usize = 30;
/// The functions that every version of Criterion enters to execute a benchmark.
const ENTRY: &str = "criterion::bencher::Bencher*iter*";
/// The allocator of the C library, which that of Rust calls by default.
const ALLOCATORS: [&str; 6] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"];
/// Functions of the C library whose system calls always cost about the same, clocks and numbers, and those by which allocators
/// get memory. All others may wait, or have the kernel or another process do the work.
const COUNTED: [&str; 13] = [
    "brk",
    "clock_gettime",
    "getpid",
    "getrandom",
    "gettid",
    "gettimeofday",
    "madvise",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "sbrk",
    "time",
];
/// Those of them that cost more the longer they are, which no count shows: an allocator's are near enough to what it is asked
/// for, those of a program that maps by itself (a file, or memory with all its pages) are not.
const MAPPING: [&str; 5] = ["madvise", "mmap", "mprotect", "mremap", "munmap"];
/// Functions whose difference is kept.
const FUNCTIONS_MAX: usize = 5;

/// What one execution executed.
type Execution = CallGraph;

/// The entries of each program that its benchmarks reached so far, by its path.
#[derive(Default)]
pub(super) struct Entries(Mutex<BTreeMap<PathBuf, BTreeSet<String>>>);

/// A process under callgrind: the benchmarks whose names match, by the names it prints, and a part of the profile for each
/// time that an entry was reached or left.
struct Profile {
    tested: Vec<String>,
    parts: Vec<Part>,
    /// The entries that the process reached.
    entries: BTreeSet<String>,
    /// Whether it started a thread, up to the end of the last entry.
    has_threads: bool,
}

struct Part {
    /// Whether it is what an entry executed, and not what came before one.
    is_inside: bool,
    graph: CallGraph,
}

/// A benchmark among others of one process.
struct Counted {
    name: String,
    /// Instructions between the benchmark before it and its entry, in each round.
    before: Vec<u64>,
    executions: Vec<Execution>,
}

impl Entries {
    fn of(&self, program: &Program) -> BTreeSet<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&program.path).cloned().unwrap_or_default()
    }

    fn add(&self, program: &Program, entries: BTreeSet<String>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(program.path.clone()).or_default().extend(entries);
    }
}

impl Profile {
    /// From the parts at the entries, and what came after the last.
    fn of(tested: Vec<String>, mut parts: Vec<Part>, end: Part) -> Self {
        let names =
            parts.iter().chain([&end]).flat_map(|part| part.graph.calls.keys().chain(part.graph.instructions.keys()));
        let entries = names.filter(|name| is_entry(name)).cloned().collect();
        // What follows the last entry belongs to none.
        while parts.len() > 1 && parts.last().is_some_and(|part| !part.is_inside) {
            parts.pop();
        }
        if parts.is_empty() {
            parts.push(end);
        }
        let starts_thread = |part: &Part| part.graph.calls.keys().any(|name| name.starts_with("pthread_create"));
        let has_threads = parts.iter().any(starts_thread);
        Self { tested, parts, entries, has_threads }
    }
}

impl Counted {
    /// The fewest instructions before its entry, and inside.
    fn least(&self) -> [u64; 2] {
        let inside = self.executions.iter().map(|execution| totals_of(execution)[0]);
        [self.before.iter().copied().min(), inside.min()].map(Option::unwrap_or_default)
    }
}

/// Counts one execution of every benchmark of both sides, until the time is over; and what could not be counted, and why.
///
/// Those of a bench target are counted in one process first. What executes the same there on both sides, after the same
/// work, does the same; the others are counted alone, since what ran before may have changed what they execute.
pub fn count_executions(
    plan: &Plan,
    scratch: &Path,
    until: Instant,
) -> Result<(Vec<PairedCount>, Vec<Omission>), Error> {
    let known = Entries::default();
    let mut counts = same_executions(plan, &known, scratch, until)?;
    let mut omissions = Vec::new();
    let mut omit = |subject: &Subject, what: &str, reason: String| {
        let reason = format!("not counted: {reason}");
        omissions.push(Omission { topic: subject.topic.clone(), what: what.to_owned(), reason });
    };
    let same: BTreeSet<(String, String)> =
        counts.iter().map(|count| (count.topic.clone(), count.benchmark.clone())).collect();
    for subject in &plan.subjects {
        let Runner::Criterion(programs) = &subject.runner else { continue };
        if same.contains(&(subject.topic.clone(), subject.benchmark.clone())) {
            continue;
        }
        if Instant::now() >= until {
            omit(subject, &subject.benchmark, NO_TIME.to_owned());
            continue;
        }
        let Sides { baseline, candidate } = Sides::at_once(|side| {
            executed(programs.of(side), subject.name(side), &known, &scratch.join(side.folder()), until)
        });
        match (baseline?, candidate?) {
            (Ok(baseline), Ok(candidate)) => counts.extend(paired(subject, &Sides { baseline, candidate })),
            (Err(reason), _) | (_, Err(reason)) if reason.ends_with("is not installed") => {
                omit(subject, "counts", reason);
                break;
            }
            (Err(reason), _) | (_, Err(reason)) => omit(subject, &subject.benchmark, reason),
        }
    }
    Ok((counts, omissions))
}

/// The counts of those that execute the same on both sides when all of their bench target run one after the other.
///
/// What one of them made and the next finds made, a table or a list of free memory, is in the count of neither. So they count
/// only as far as all that ran before them is the same on both sides, too.
fn same_executions(plan: &Plan, known: &Entries, scratch: &Path, until: Instant) -> Result<Vec<PairedCount>, Error> {
    let mut targets: BTreeMap<&Path, (&Sides<Program>, BTreeMap<&str, &Subject>)> = BTreeMap::new();
    for subject in &plan.subjects {
        if let Runner::Criterion(programs) = &subject.runner {
            let target = targets.entry(&programs.baseline.path).or_insert_with(|| (programs, BTreeMap::new()));
            target.1.insert(subject.name(Side::Baseline), subject);
        }
    }
    let mut counts = Vec::new();
    for (programs, subjects) in targets.values().filter(|(_, subjects)| subjects.len() >= TOGETHER_MIN) {
        let limit = until.saturating_duration_since(Instant::now()) / TOGETHER_SHARE;
        let side = |side: Side| -> Result<Result<Vec<Counted>, String>, Error> {
            let home = scratch.join(side.folder());
            fs::create_dir_all(&home).map_err(Error::file(&home))?;
            let names = subjects.values().map(|subject| subject.name(side));
            Ok(together(programs.of(side), names, known, &home, limit))
        };
        let Sides { baseline, candidate } = Sides::at_once(side);
        // Where one of them fails, or is not entered once, they are counted alone.
        let (Ok(baseline), Ok(candidate)) = (baseline?, candidate?) else { continue };
        for (baseline, candidate) in baseline.into_iter().zip(candidate) {
            let subject = subjects.get(baseline.name.as_str());
            let Some(subject) = subject.filter(|it| it.name(Side::Candidate) == candidate.name) else { break };
            let ([before, inside], [before_after, inside_after]) = (baseline.least(), candidate.least());
            if before.abs_diff(before_after) > BEFORE_MAX {
                break;
            }
            let is_last = inside.abs_diff(inside_after) > BEFORE_MAX;
            let same = totals_of(&baseline.executions[0]);
            if baseline.executions.iter().chain(&candidate.executions).all(|it| totals_of(it) == same) {
                let sides = Sides { baseline: baseline.executions, candidate: candidate.executions };
                counts.extend(paired(subject, &sides));
            }
            // It is what ran before the next.
            if is_last {
                break;
            }
        }
    }
    Ok(counts)
}

/// The executions of several benchmarks of one side, in their order, where each enters Criterion once.
fn together<'a>(
    program: &Program,
    names: impl Iterator<Item = &'a str>,
    known: &Entries,
    home: &Path,
    limit: Duration,
) -> Result<Vec<Counted>, String> {
    let names: Vec<String> = names.map(regex::escape).collect();
    let pattern = format!("^({})$", names.join("|"));
    let entries = entries(program, &pattern, home, limit)?;
    let options = parting(&entries);
    known.add(program, entries);
    apart(names.len(), (0..ROUNDS).map(|_| callgrind(program, &pattern, home, &options, limit)))
}

/// The executions of so many benchmarks from the profiles of processes that executed all of them.
fn apart(benchmarks: usize, rounds: impl Iterator<Item = Result<Profile, String>>) -> Result<Vec<Counted>, String> {
    let mut all: Vec<Counted> = Vec::new();
    for round in rounds {
        let Profile { tested, parts, has_threads, .. } = round?;
        if has_threads {
            return Err("it starts a thread, so that two rounds are too few".to_owned());
        }
        let is_pair = |pair: &[Part]| matches!(pair, [before, inside] if !before.is_inside && inside.is_inside);
        if tested.len() != benchmarks || parts.len() != 2 * benchmarks || !parts.chunks(2).all(is_pair) {
            return Err("not every benchmark enters Criterion once".to_owned());
        }
        if all.is_empty() {
            let counted = |name: &String| Counted { name: name.clone(), before: Vec::new(), executions: Vec::new() };
            all = tested.iter().map(counted).collect();
        }
        let mut parts = parts.into_iter().map(|part| part.graph);
        for (counted, name) in all.iter_mut().zip(tested) {
            let (Some(before), Some(inside)) = (parts.next(), parts.next()) else { break };
            if counted.name != name {
                return Err("their order is not always the same".to_owned());
            }
            counted.before.push(totals_of(&before)[0]);
            counted.executions.push(inside);
        }
    }
    Ok(all)
}

/// The executions of one side in a folder of their own, or why there are none.
///
/// The entries that other benchmarks of the program reached are tried first; those of this one are found where it reaches
/// another, or none of them.
fn executed(
    program: &Program,
    benchmark: &str,
    known: &Entries,
    home: &Path,
    until: Instant,
) -> Result<Result<Vec<Execution>, String>, Error> {
    fs::create_dir_all(home).map_err(Error::file(home))?;
    let pattern = format!("^{}$", regex::escape(benchmark));
    let round = |entries: &BTreeSet<String>| {
        let limit = EXECUTION_MAX.min(until.saturating_duration_since(Instant::now()));
        if limit.is_zero() {
            return Err(NO_TIME.to_owned());
        }
        let profile = callgrind(program, &pattern, home, &parting(entries), limit)?;
        let inside = profile.parts.into_iter().filter(|part| part.is_inside).map(|part| part.graph);
        let is_whole = profile.entries.is_subset(entries);
        let inside = inside.reduce(sum).filter(|_| is_whole).ok_or("nothing was executed in it".to_owned())?;
        Ok::<_, String>((inside, profile.has_threads))
    };
    let of_others = known.of(program);
    if !of_others.is_empty()
        && let Ok(executions) = repeated(|| round(&of_others))
    {
        return Ok(Ok(executions));
    }
    Ok(entries(program, &pattern, home, EXECUTION_MAX).and_then(|entries| {
        let executions = repeated(|| round(&entries));
        known.add(program, entries);
        executions
    }))
}

/// The executions of as many rounds as it takes; a round says whether the process started a thread.
fn repeated(round: impl Fn() -> Result<(Execution, bool), String>) -> Result<Vec<Execution>, String> {
    let (first, has_threads) = round()?;
    let rest = 1..if has_threads { ROUNDS_OF_THREADS } else { ROUNDS };
    iter::once(Ok(first)).chain(rest.map(|_| Ok(round()?.0))).collect()
}

/// The options that part a profile at these entries.
///
/// Callgrind loses an option of a function whose name another one continues, as `iter_batched` does `iter`, and takes all
/// that ran before for its own. So each name starts with as many wildcards as there are names before it.
fn parting(entries: &BTreeSet<String>) -> Vec<String> {
    let pattern = |(place, name): (usize, &String)| "?".repeat(place) + &name.chars().skip(place).collect::<String>();
    let patterns = entries.iter().enumerate().map(pattern);
    patterns.flat_map(|it| [format!("--dump-before={it}"), format!("--dump-after={it}")]).collect()
}

/// The entries that the benchmarks that match a pattern reach. A pattern of functions takes one option alone, so a run of its
/// own finds their names.
fn entries(program: &Program, pattern: &str, home: &Path, limit: Duration) -> Result<BTreeSet<String>, String> {
    let options = [format!("--toggle-collect={ENTRY}"), "--collect-atstart=no".to_owned()];
    let entries = callgrind(program, pattern, home, &options, limit)?.entries;
    if entries.is_empty() {
        return Err("its entry, a function `Bencher::iter` of Criterion, is inlined or not reached".to_owned());
    }
    Ok(entries)
}

fn is_entry(name: &str) -> bool {
    name.starts_with("criterion::bencher::") && name.contains("::iter")
}

fn sum(mut all: CallGraph, part: CallGraph) -> CallGraph {
    for (sums, more) in
        [(&mut all.instructions, part.instructions), (&mut all.calls, part.calls), (&mut all.totals, part.totals)]
    {
        more.into_iter().for_each(|(name, count)| *sums.entry(name).or_default() += count);
    }
    all.system_callers.extend(part.system_callers);
    part.callees.into_iter().for_each(|(name, callees)| all.callees.entry(name).or_default().extend(callees));
    all
}

/// The profile of one process, without the part that it ends with where there are others.
fn callgrind(
    program: &Program,
    pattern: &str,
    home: &Path,
    options: &[String],
    limit: Duration,
) -> Result<Profile, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", home.display());
    fs::remove_dir_all(home).and_then(|()| fs::create_dir_all(home)).map_err(failed)?;
    let out = home.join("profile");
    let mut command = program.prepared(Command::new("valgrind"));
    command.args(["--tool=callgrind", "--vgdb=no", "--collect-systime=yes"]).args(options);
    command.arg(format!("--callgrind-out-file={}", out.display()));
    command.arg(&program.path).arg("--test").arg(pattern);
    // Named, or Criterion starts cargo to find a folder.
    command.env("CRITERION_HOME", home.join("criterion"));
    let printed = process::answer(command, limit, Reach::Group)?;
    let printed = String::from_utf8_lossy(&printed);
    let tested = printed.lines().filter_map(|line| line.strip_prefix("Testing ")).map(str::to_owned).collect();
    let read = |path: &Path| {
        let text = fs::read_to_string(path).map_err(failed)?;
        let is_inside = text.lines().take(HEAD_LINES).any(|line| line.starts_with("desc: Trigger: --dump-after"));
        Ok(Part { is_inside, graph: CallGraph::of(&text) })
    };
    let numbered = (1..).map(|number| home.join(format!("profile.{number}"))).take_while(|path| path.exists());
    let parts = numbered.map(|path| read(&path)).collect::<Result<Vec<Part>, String>>()?;
    Ok(Profile::of(tested, parts, read(&out)?))
}

/// Instructions, system calls and allocations of one execution.
pub(super) type Totals = [u64; 3];

/// What every execution of a benchmark of one side comes to, or why it cannot be counted.
pub(super) fn totals(
    program: &Program,
    benchmark: &str,
    home: &Path,
    until: Instant,
) -> Result<Result<Totals, String>, Error> {
    let executions = executed(program, benchmark, &Entries::default(), home, until)?;
    Ok(executions.and_then(|executions| {
        let all: BTreeSet<Totals> = executions.iter().map(totals_of).collect();
        all.first().copied().filter(|_| all.len() == 1).ok_or("its counts differ from time to time".to_owned())
    }))
}

fn totals_of(execution: &Execution) -> Totals {
    let total = |event: &str| execution.totals.get(event).copied().unwrap_or(0);
    let allocations = ALLOCATORS.iter().filter_map(|&name| execution.calls.get(name)).copied().sum();
    [total("Ir"), total("sysCount"), allocations]
}

fn paired(subject: &Subject, sides: &Sides<Vec<Execution>>) -> [PairedCount; 3] {
    let count = |metric, place: usize| PairedCount {
        topic: subject.topic.clone(),
        benchmark: subject.benchmark.clone(),
        metric,
        baseline: sides.baseline.iter().map(|it| totals_of(it)[place]).collect(),
        candidate: sides.candidate.iter().map(|it| totals_of(it)[place]).collect(),
        ..PairedCount::default()
    };
    let instructions = count(Metric::CallgrindInstructions, 0);
    let functions = functions(&sides.baseline[0], &sides.candidate[0]);
    let uncounted = sides.baseline.iter().chain(&sides.candidate).find_map(uncounted);
    [PairedCount { functions, uncounted, ..instructions }, count(Metric::SystemCalls, 1), count(Metric::Allocations, 2)]
}

/// A function that makes a system call of which not all is counted, whatever its name: the C library's, or one of another that
/// goes without.
fn uncounted(execution: &Execution) -> Option<String> {
    // Allocators are written in C.
    let of_rust = execution.callees.iter().filter(|(caller, _)| caller.contains("::")).flat_map(|(_, callees)| callees);
    let mapping = of_rust.filter(|name| MAPPING.contains(&plain(name)));
    let other = execution.system_callers.iter().filter(|name| !COUNTED.contains(&plain(name)));
    other.chain(mapping).next().cloned()
}

/// The name without the version and the marks that the C library writes around it.
fn plain(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or_default().trim_start_matches('_');
    let name = name.strip_prefix("GI_").map_or(name, |name| name.trim_start_matches('_'));
    // Where valgrind hides the clocks that need no system call.
    name.strip_suffix("_syscall").unwrap_or(name).trim_end_matches("64")
}

/// The functions below the entry whose instructions differ most, those of the standard library last: it does what others
/// ask for. Those of the allocator and of C are left to the counts.
fn functions(baseline: &Execution, candidate: &Execution) -> Vec<FunctionChange> {
    let below = |side: &Execution| -> BTreeSet<String> {
        let is_shown =
            |name: &&String| name.contains("::") && !name.starts_with("criterion::") && !name.starts_with("__rust");
        let entries = side.callees.keys().filter(|name| is_entry(name));
        side.below(entries).into_iter().filter(is_shown).cloned().collect()
    };
    let names: BTreeSet<String> = below(baseline).into_iter().chain(below(candidate)).collect();
    let of = |side: &Execution, name: &String| side.instructions.get(name).copied().unwrap_or(0);
    let change = |name: &String| FunctionChange {
        name: name.clone(),
        baseline: of(baseline, name),
        candidate: of(candidate, name),
    };
    let is_std = |name: &str| {
        ["std::", "core::", "alloc::"].iter().any(|library| name.trim_start_matches('<').starts_with(library))
    };
    let size = |change: &FunctionChange| change.baseline.abs_diff(change.candidate);
    let all = totals_of(baseline)[0].abs_diff(totals_of(candidate)[0]);
    // What exceeds the whole difference has its counterpart in a function that it was inlined into.
    let is_shown = |it: &FunctionChange| size(it) > 0 && (size(it) <= all || !is_std(&it.name));
    let mut changes: Vec<FunctionChange> = names.iter().map(change).filter(is_shown).collect();
    changes.sort_by_key(|change| (is_std(&change.name), Reverse(size(change))));
    changes.truncate(FUNCTIONS_MAX);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_iterates_and_a_check_of_it_is_none() {
        let cases = [
            ("criterion::bencher::Bencher<M>::iter", true),
            ("criterion::bencher::Bencher<M>::iter_batched_ref", true),
            ("criterion::bencher::Bencher<M>::assert_iterated", false),
            ("subject::bencher::Bencher::iter", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_entry(name), expected, "{name}");
        }
    }

    #[test]
    fn only_what_always_costs_the_same_is_counted_whole() {
        let cases = [
            ("__GI___clock_gettime", true),
            ("clock_gettime@@GLIBC_2.17", true),
            ("mmap64", true),
            ("__gettimeofday_syscall", true),
            ("time_syscall", true),
            ("syscall", false),
            ("clock_nanosleep@@GLIBC_2.17", false),
            ("rustix::backend::thread::nanosleep", false),
        ];
        for (name, expected) in cases {
            let text = format!("events: Ir sysCount\nfn={name}\n0 7 1\ntotals: 7 1\n");
            assert_eq!(uncounted(&CallGraph::of(&text)).is_none(), expected, "{name}");
        }
        for (caller, expected) in [("sysmalloc", None), ("memmap2::os::MmapInner::new", Some("mmap64"))] {
            let text = format!("events: Ir sysCount\nfn={caller}\ncfn=mmap64\ncalls=1 0\n0 7 1\ntotals: 7 1\n");
            assert_eq!(uncounted(&CallGraph::of(&text)).as_deref(), expected, "{caller}");
        }
    }

    /// Of a process that executes two benchmarks, and calls a function in the second.
    fn profile(tested: [&str; 2], called: &str) -> Profile {
        let part = |is_inside, call: &str| {
            let text = format!("events: Ir\nfn=work\ncfn={call}\ncalls=1 0\n0 7\ntotals: 10\n");
            Part { is_inside, graph: CallGraph::of(&text) }
        };
        let parts = vec![part(false, "a"), part(true, "a"), part(false, "a"), part(true, called), part(false, "a")];
        Profile::of(tested.map(str::to_owned).to_vec(), parts, part(false, "a"))
    }

    #[test]
    fn what_starts_a_thread_is_counted_five_times_and_never_among_others() {
        for (called, rounds) in [("pthread_create@@GLIBC_2.34", 5), ("pthread_self", 2)] {
            let one = || {
                let Profile { mut parts, has_threads, .. } = profile(["a", "b"], called);
                Ok((parts.remove(0).graph, has_threads))
            };
            assert_eq!(repeated(one).map(|all| all.len()), Ok(rounds), "{called}");
            let together = apart(2, (0..2).map(|_| Ok(profile(["a", "b"], called))));
            assert_eq!(together.is_ok(), rounds == 2, "{called}");
        }
    }

    #[test]
    fn benchmarks_of_one_process_are_taken_apart_where_each_enters_once_and_in_one_order() {
        let counted = apart(2, (0..2).map(|_| Ok(profile(["a", "b"], "c")))).unwrap();
        assert_eq!(
            counted.iter().map(|it| (it.name.as_str(), it.before.len())).collect::<Vec<_>>(),
            [("a", 2), ("b", 2)]
        );
        assert!(apart(3, [Ok(profile(["a", "b"], "c"))].into_iter()).is_err());
        let orders = [["a", "b"], ["b", "a"]].map(|order| Ok(profile(order, "c")));
        assert!(apart(2, orders.into_iter()).is_err());
    }
}
