//! User-space instructions of one operation, counted by callgrind: the same benchmarks as in the other topics.
//!
//! iai-callgrind does the work, but takes other arguments than Criterion does, ends the whole run where valgrind is
//! missing, and prints pages. So this program stands before it: it understands Criterion's arguments, and starts itself
//! anew for each group of benchmarks that is wanted. In that second life, and in the third one under valgrind, it is
//! what iai-callgrind's macros make of it.
//!
//! Callgrind sees no kernel and runs one thread at a time, so these counts say nothing of waiting and of contention.
//! Counted are the maker's side of a start, with the end of a forked child, the workers of a group, and of a hand-over the
//! sender's side.

mod harness;

use std::hint::black_box;
use std::io;
use std::os::unix::process::parent_id;
use std::process::{Command, ExitCode};

use harness::{Arguments, Mode, Witness, iai_home, target_folder, worker};
use nix::unistd::alarm;
use parcost::bench::{Parameters, WorkerError, launcher, prepare, toggle};

/// Groups that take longer than all of a quick run may: of millions of square roots and increments, and of five starts of valgrind
/// for each of two sizes.
const SLOW: [&str; 4] = ["cpu", "gil", "gil_floor", "hand_over"];

/// Names the group of the second life.
const GROUP: &str = "PARCOST_CALLGRIND_GROUP";

/// The axes of one benchmark.
type Axes = &'static [(&'static str, u64)];

/// A group of benchmarks for iai-callgrind: the parameters by the name they have there, then the functions by theirs.
macro_rules! group {
    ($group:ident $parameters:tt $($function:ident)+) => {
        #[allow(non_snake_case, unreachable_pub, reason = "the macros of iai-callgrind expand here")]
        mod $group {
            use iai_callgrind::{
                Callgrind, EntryPoint, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main,
            };

            $( group!(@function $function $parameters); )+

            library_benchmark_group!(name = $group; benchmarks = $($function),+);

            main!(
                config = LibraryBenchmarkConfig::default().tool(
                    Callgrind::with_args(["--collect-atstart=no", "--cache-sim=no"]).entry_point(EntryPoint::None)
                );
                library_benchmark_groups = $group
            );

            /// Hands this process over to iai-callgrind.
            pub(super) fn enter() {
                main();
            }

            /// The names of the functions.
            pub(super) const FUNCTIONS: &[&str] = &[$(stringify!($function)),+];
            group!(@axes $parameters);
        }
    };
    (@function $function:ident { $($id:ident: $axes:expr),+ }) => {
        #[library_benchmark]
        $(#[bench::$id($axes)])+
        fn $function(axes: crate::Axes) {
            crate::count(stringify!($function), axes);
        }
    };
    (@axes { $($id:ident: $axes:expr),+ }) => {
        /// The parameters that each function is run at.
        pub(super) const AXES: &[crate::Axes] = &[$($axes),+];
    };
}

group!(spawn { count_1: &[("count", 1)] }
    spawn__thread spawn__scoped_thread spawn__pooled_thread spawn__floor_thread
    spawn__fork spawn__posix_spawn spawn__command);
group!(hand_over { bytes_64: &[("bytes", 64)], bytes_65536: &[("bytes", 65536)] }
    hand_over__floor_wake hand_over__arc hand_over__channel_clone hand_over__pipe hand_over__shared_mapping);
group!(cpu { workers_1: &[("workers", 1)] }
    calc__threads calc__processes counter__threads counter__processes counter_padded__threads counter_padded__processes
    lock__threads lock__processes allocate__threads allocate__processes map__threads map__processes
    open__threads open__processes);
group!(gil { workers_1: &[("workers", 1)] } gil_calc__one_lock gil_calc__lock_each);
group!(gil_floor { plain: &[] } gil_calc__floor);

/// One group, as this program knows it.
struct Group {
    name: &'static str,
    enter: fn(),
    functions: &'static [&'static str],
    axes: &'static [Axes],
}

const GROUPS: &[Group] = &[
    Group { name: "spawn", enter: spawn::enter, functions: spawn::FUNCTIONS, axes: spawn::AXES },
    Group { name: "hand_over", enter: hand_over::enter, functions: hand_over::FUNCTIONS, axes: hand_over::AXES },
    Group { name: "cpu", enter: cpu::enter, functions: cpu::FUNCTIONS, axes: cpu::AXES },
    Group { name: "gil", enter: gil::enter, functions: gil::FUNCTIONS, axes: gil::AXES },
    Group { name: "gil_floor", enter: gil_floor::enter, functions: gil_floor::FUNCTIONS, axes: gil_floor::AXES },
];

fn main() -> ExitCode {
    // Under valgrind iai-callgrind names the group behind its own flag; before that we name it ourselves.
    let words: Vec<String> = std::env::args().skip(1).take(2).collect();
    let group = if words.first().is_some_and(|word| word == "--iai-run") {
        words.get(1).cloned()
    } else {
        std::env::var(GROUP).ok()
    };
    if group.is_some() {
        // Neither this life nor the one under valgrind outlasts who has started it, or a workload that hangs.
        launcher::die_with(parent_id() as i32);
        alarm::set(launcher::DEADLINE_S);
    }
    match group {
        Some(name) => match GROUPS.iter().find(|group| group.name == name) {
            Some(group) => {
                (group.enter)();
                ExitCode::SUCCESS
            }
            None => {
                eprintln!("error: callgrind: there is no group `{name}`; unset {GROUP}");
                ExitCode::FAILURE
            }
        },
        None => obey(&harness::arguments()),
    }
}

/// Does what Criterion's arguments ask for.
fn obey(arguments: &Arguments) -> ExitCode {
    let wanted: Vec<&Group> =
        GROUPS.iter().filter(|group| group.cases().any(|case| arguments.selects(&case.id()))).collect();
    match arguments.mode {
        Mode::List => {
            let cases = GROUPS.iter().flat_map(Group::cases).filter(|case| arguments.selects(&case.id()));
            cases.for_each(|case| println!("{}: benchmark", case.id()));
            ExitCode::SUCCESS
        }
        _ if wanted.is_empty() => ExitCode::SUCCESS,
        Mode::Test => try_each(arguments),
        Mode::Measure => measure(&wanted, arguments).unwrap_or_else(|error| {
            eprintln!("error: callgrind: the record of this run cannot be written: {error}");
            ExitCode::FAILURE
        }),
    }
}

/// One benchmark.
struct Case {
    function: &'static str,
    axes: Axes,
}

impl Group {
    fn cases(&self) -> impl Iterator<Item = Case> {
        self.functions.iter().flat_map(|function| self.axes.iter().map(move |axes| Case { function, axes }))
    }
}

impl Case {
    /// Its name in the other topics.
    fn id(&self) -> String {
        let pairs: Vec<String> = self.axes.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (group, function) = split(self.function);
        let separator = if pairs.is_empty() { "" } else { "/" };
        format!("{group}/{function}{separator}{}", pairs.join(","))
    }
}

/// `group__function` in two.
fn split(function: &'static str) -> (&'static str, &'static str) {
    function.split_once("__").expect("every function is named so above")
}

/// Runs one operation between two toggles: only what lies between them, and what workers do between theirs, is counted.
///
/// A first operation stays uncounted where it does what later ones do not, such as to read the environment for the size
/// of stacks. Where the system refuses, nothing is counted, and a count of nothing is no result.
fn count(name: &'static str, axes: Axes) {
    if let Err(refused) = run(name, axes) {
        eprintln!("{name}: {refused}");
    }
}

fn run(name: &'static str, axes: Axes) -> Result<(), WorkerError> {
    let (group, function) = split(name);
    let mut workload = prepare(group, function, &Parameters::new(axes), worker())?;
    if group == "spawn" {
        toggle::uncounted(|| workload(1));
    }
    let counted = toggle::guard();
    black_box(workload(1));
    drop(counted);
    Ok(())
}

/// Runs every benchmark once, natively, and records nothing.
fn try_each(arguments: &Arguments) -> ExitCode {
    for case in GROUPS.iter().flat_map(Group::cases).filter(|case| arguments.selects(&case.id())) {
        match run(case.function, case.axes) {
            Ok(()) => println!("{}: ok", case.id()),
            Err(refused) => println!("{}: skipped: {refused}", case.id()),
        }
    }
    ExitCode::SUCCESS
}

/// Has iai-callgrind count the groups that are wanted; its summaries are what is kept.
fn measure(wanted: &[&Group], arguments: &Arguments) -> io::Result<ExitCode> {
    let mut witness = Witness::open("callgrind", arguments.profile())?;
    if let Err(reason) = find_valgrind() {
        eprintln!("callgrind: skipped: {reason}");
        witness.omission("callgrind", &reason)?;
        witness.done()?;
        let demanded = std::env::var_os("CI").is_some_and(|value| value == "true");
        return Ok(if demanded { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    witness.omission(
        "callgrind of descriptor, fork_price, round_trip, context_switch, stream, rewrite, first_touch, fault, unmap, protect, requests, echo, read and sync",
        "nearly all of their work is the kernel's, which callgrind does not see",
    )?;
    let mut failures = 0;
    for group in wanted {
        if arguments.quick && SLOW.contains(&group.name) {
            witness.omission(&format!("callgrind of the group {}", group.name), "it takes too long for --quick")?;
            continue;
        }
        if let Err(reason) = count_group(group, arguments)? {
            eprintln!("callgrind: {} failed:\n{reason}", group.name);
            let last = reason.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it ended without a word");
            witness.failure("callgrind", &format!("{}: {last}", group.name))?;
            failures += 1;
        }
    }
    witness.done()?;
    let counted: usize = wanted.iter().map(|group| group.cases().count()).sum();
    println!("callgrind: {counted} benchmarks tried");
    harness::record_without_summary("callgrind")?;
    Ok(if failures > 0 && !harness::summary_follows() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Whether valgrind can be started; else why not, and what to do.
fn find_valgrind() -> Result<(), String> {
    match Command::new("valgrind").arg("--version").output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("`valgrind --version` ended with {}", output.status)),
        Err(error) => Err(format!("valgrind cannot be started ({error}); `sudo apt-get install valgrind` brings it")),
    }
}

/// This program's second life, in which it is a bench of iai-callgrind; what that printed when it failed.
fn count_group(group: &Group, arguments: &Arguments) -> io::Result<Result<(), String>> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("--bench")
        .env(GROUP, group.name)
        .env("IAI_CALLGRIND_HOME", iai_home(&target_folder()?))
        .env("IAI_CALLGRIND_SAVE_SUMMARY", "json")
        // Counts do not depend on addresses, and containers forbid to fix them.
        .env("IAI_CALLGRIND_ALLOW_ASLR", "yes")
        // The pipes of its debugger would be left behind by every process that it starts.
        .env("IAI_CALLGRIND_VALGRIND_ARGS", "--vgdb=no");
    command.args(arguments.save_baseline.iter().map(|name| format!("--save-baseline={name}")));
    command.args(arguments.baseline.iter().map(|name| format!("--baseline={name}")));
    let output = command.output()?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Ok(if output.status.success() { Ok(()) } else { Err(said) })
}
