//! The harvest of a session, on real files of the harnesses, kept under `fixtures/ingest`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use parcost::rooms::ingest::criterion::{Sampling, Tree};
use parcost::rooms::ingest::{Error, Harvest, callgrind, harvest, sample_log};
use parcost::rooms::model::{BenchmarkId, Estimate, Fact, Measurement, Metric, Omission, Quality};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use tempfile::TempDir;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/ingest");
const COUNT_1: &str = "criterion/spawn/thread/count=1/new";
const COUNT_4: &str = "criterion/spawn/thread/count=4/new";
const FLOOR_SUMMARY: &str = "iai/parcost/callgrind/a/spawn__floor.plain/summary.json";

/// A copy of the fixtures that a test may damage.
struct Target(TempDir);

impl Target {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        copy(Path::new(FIXTURES), folder.path());
        Target(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the fixtures are text")
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("the copy is ours to write");
    }

    /// Replaces a text that must be there.
    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} holds no {from}");
        self.write(name, text.replacen(from, to, 1));
    }

    fn copy(&self, from: &str, to: &str) {
        copy(&self.path(from), &self.path(to));
    }

    fn remove(&self, name: &str) {
        fs::remove_dir_all(self.path(name)).expect("the copy is ours to remove from");
    }

    fn harvest_since(&self, start: SystemTime) -> Result<Harvest, Error> {
        harvest(&self.path("session"), &self.path("criterion"), &self.path("iai"), start)
    }

    fn harvest(&self) -> Result<Harvest, Error> {
        self.harvest_since(SystemTime::UNIX_EPOCH)
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("the copy is ours to write");
        for entry in fs::read_dir(from).expect("the fixtures can be listed") {
            let name = entry.expect("the fixtures can be listed").file_name();
            copy(&from.join(&name), &to.join(&name));
        }
    } else {
        fs::copy(from, to).expect("the fixtures can be copied");
    }
}

fn find(harvest: &Harvest, benchmark: &str, metric: Metric) -> Option<Measurement> {
    let found = |it: &&Measurement| it.benchmark.to_string() == benchmark && it.metric == metric;
    harvest.measurements.iter().find(found).cloned()
}

fn estimate(center: f64, low: f64, high: f64) -> Estimate {
    Estimate::new(center, low, high).expect("the test gives them in order")
}

#[test]
fn a_whole_session_is_harvested() {
    let harvest = Target::new().harvest().unwrap();
    assert_eq!((harvest.profile.as_str(), harvest.failures.as_slice()), ("quick", &[][..]));
    assert_eq!(harvest.topics, ["callgrind", "spawn"]);
    // Six benchmarks by wall time, two of them with two phases more, three counts and one line.
    assert_eq!(harvest.measurements.len(), 6 + 2 * 2 + 3 + 1);
    let (topic, what) = ("spawn".to_owned(), "fork_price/fork_huge".to_owned());
    assert_eq!(harvest.omissions, [Omission { topic, what, reason: "the host has no huge pages".to_owned() }]);

    let thread = find(&harvest, "spawn/thread/count=4", Metric::WallTime).unwrap();
    assert_eq!(thread.estimate, estimate(80_100.0, 80_080.0, 80_120.0));
    assert_eq!(thread.rounds.iter().map(|round| round.samples).collect::<Vec<_>>(), [3, 5, 4]);
    assert_eq!((thread.samples, thread.quality), (12, Quality::Good));
    assert_eq!(thread.operations.map(u64::from), Some(1));
    assert_eq!(thread.lower_bound, Some(BenchmarkId::new("spawn", "floor", &[])));
    assert_eq!(thread.reference.as_deref(), Some("syscall"));
    assert_eq!(thread.normalized, Some(estimate(801.0, 800.8, 801.2)));
    assert_eq!(thread.rounds[1].references["copy"], 202.0);

    let call = find(&harvest, "spawn/thread/count=4", Metric::CallTime).unwrap();
    assert_eq!((call.estimate.center(), call.lower_bound), (40_050.0, None));
    assert!(find(&harvest, "spawn/floor", Metric::CallTime).is_none());

    let price = find(&harvest, "fork_price/fork", Metric::TimePerMebibyte).unwrap();
    assert!((price.estimate.center() - 2000.0).abs() < 10.0, "{:?}", price.estimate);
}

#[test]
fn counts_are_read_with_and_without_an_older_run_beside_them() {
    let harvest = Target::new().harvest().unwrap();
    for (benchmark, expected) in
        [("spawn/floor", 80.0), ("spawn/thread/count=1", 152.0), ("requests/threads/delay_ms=10,workers=5", 712.0)]
    {
        let count = find(&harvest, benchmark, Metric::CallgrindInstructions).unwrap();
        assert_eq!((count.topic.as_str(), count.estimate), ("callgrind", Estimate::exact(expected).unwrap()));
        assert_eq!((count.samples, count.normalized), (1, None));
    }
    let thread = find(&harvest, "spawn/thread/count=1", Metric::CallgrindInstructions).unwrap();
    assert_eq!(thread.lower_bound, Some(BenchmarkId::new("spawn", "floor", &[])));
}

#[test]
fn counts_older_than_the_session_are_not_harvested() {
    let target = Target::new();
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for entry in callgrind::read_own(&target.path("iai"), SystemTime::UNIX_EPOCH).unwrap() {
        let path = entry.unwrap().1.path;
        let age = if path == target.path(FLOOR_SUMMARY) { Duration::ZERO } else { Duration::from_secs(1) };
        File::options().write(true).open(path).unwrap().set_modified(start - age).unwrap();
    }
    let counts = callgrind::read_own(&target.path("iai"), start).unwrap();
    assert_eq!(counts.len(), 1);
    assert_eq!(counts[0].as_ref().unwrap().0, BenchmarkId::new("spawn", "floor", &[]));
}

#[test]
fn both_ways_of_sampling_are_read() {
    let tree = Tree::open(&Path::new(FIXTURES).join("criterion")).unwrap();
    let lower_bound = tree.record(&BenchmarkId::new("spawn", "floor", &[])).unwrap();
    let thread = tree.record(&BenchmarkId::new("spawn", "thread", &[("count", 4)])).unwrap();
    assert_eq!((lower_bound.sampling, &lower_bound.iterations[..2]), (Sampling::Linear, &[21.0, 42.0][..]));
    assert_eq!((thread.sampling, &thread.elapsed_ns[..2]), (Sampling::Flat, &[80_040.0, 80_300.0][..]));
}

#[test]
fn a_record_is_found_whatever_its_folder_is_called() {
    let target = Target::new();
    target.copy(COUNT_1, "criterion/sp_wn_2/new");
    target.remove("criterion/spawn/thread/count=1");
    assert!(find(&target.harvest().unwrap(), "spawn/thread/count=1", Metric::WallTime).is_some());
}

#[test]
fn one_damaged_benchmark_fails_alone_and_says_why() {
    type Damage = fn(&Target);
    let of_another: Damage = |target| {
        for file in ["sample.json", "estimates.json"] {
            target.copy(&format!("{COUNT_4}/{file}"), &format!("{COUNT_1}/{file}"));
        }
    };
    let fewer_seen: Damage = |target| {
        let text = target.read("session/spawn.tsv");
        let is_ours = |line: &&str| line.starts_with("sample\tspawn/thread/count=1\t");
        let ours: Vec<&str> = text.lines().filter(is_ours).collect();
        let kept: Vec<&str> = text.lines().filter(|line| !ours[..ours.len() - 11].contains(line)).collect();
        target.write("session/spawn.tsv", kept.join("\n") + "\n");
    };
    let other_samples: Damage =
        |target| target.copy(&format!("{COUNT_4}/sample.json"), &format!("{COUNT_1}/sample.json"));
    let unlike = "count=1/new/estimates.json cannot be used: it was not made of the samples beside it";
    let cases: [(&str, Damage, &str); 15] = [
        ("stale or foreign", of_another, "count=1/new/sample.json is of another run: its sample 1 of 12"),
        ("more samples than the session saw", fewer_seen, "it holds 12 samples where the session saw 11"),
        ("new samples beside older estimates", other_samples, unlike),
        ("truncated samples", |target| target.write(&format!("{COUNT_1}/sample.json"), "{\"iters\":[1"), "EOF"),
        ("truncated estimates", |target| target.write(&format!("{COUNT_1}/estimates.json"), ""), "EOF"),
        ("not UTF-8", |target| target.write(&format!("{COUNT_1}/sample.json"), [0xff]), "cannot be read"),
        ("not a number", |target| times(target, "NaN"), "is not as Criterion writes it"),
        ("nothing", |target| times(target, "null"), "is not as Criterion writes it"),
        ("beyond all numbers", |target| times(target, "1e999"), "is not as Criterion writes it"),
        ("zero time", |target| times(target, "0.0"), "0 ns is not the duration"),
        ("negative time", |target| times(target, "-5.0"), "-5 ns is not the duration"),
        ("one time too many", |target| times(target, "1.0,1.0"), "12 iteration counts and 13 times"),
        (
            "no iterations",
            |target| target.edit(&format!("{COUNT_1}/sample.json"), "\"iters\":[", "\"iters\":[0.5,"),
            "counts",
        ),
        ("gone", |target| target.remove(COUNT_1), "there is no record of spawn/thread/count=1"),
        ("twice", |target| target.copy(COUNT_1, "criterion/other/new"), "both claim to be spawn/thread/count=1"),
    ];
    for (name, damage, expected) in cases {
        let target = Target::new();
        damage(&target);
        let harvest = target.harvest().unwrap();
        assert!(find(&harvest, "spawn/thread/count=1", Metric::WallTime).is_none(), "{name}");
        assert!(find(&harvest, "spawn/thread/count=4", Metric::WallTime).is_some(), "{name}");
        let [failure] = &harvest.failures[..] else { panic!("{name}: {:?}", harvest.failures) };
        assert_eq!(failure.benchmark, "spawn/thread/count=1", "{name}");
        assert!(failure.reason.contains(expected), "{name}: {}", failure.reason);
        assert!(!failure.reason.contains(target.0.path().to_str().unwrap()), "{name}: {}", failure.reason);
    }
}

/// Replaces the first time of a record.
fn times(target: &Target, by: &str) {
    let name = format!("{COUNT_1}/sample.json");
    let text = target.read(&name);
    let (head, tail) = text.split_once("\"times\":[").expect("Criterion stores times");
    let (_, rest) = tail.split_once(',').expect("there are several");
    target.write(&name, format!("{head}\"times\":[{by},{rest}"));
}

#[test]
fn an_unreadable_record_is_named_when_its_benchmark_is_missing() {
    let target = Target::new();
    target.write(&format!("{COUNT_1}/benchmark.json"), "{");
    let harvest = target.harvest().unwrap();
    assert!(
        harvest.failures[0].reason.contains("(but criterion/spawn/thread/count=1/new/benchmark.json cannot be used")
    );
}

#[test]
fn a_sample_that_cannot_be_true_refuses_its_benchmark() {
    let last = "\t4\t8\t162400\t16\tcall_ns=81200\tfirst_ns=121800\tsyscall_ns=100";
    let cases = [
        ("\t16\t", "\t0\t", "it did no work"),
        ("syscall_ns=100", "syscall_ns=0", "its reference workload syscall took 0 ns"),
        ("\tsyscall_ns", "\tgranted=95\tsyscall_ns", "its CPU availability is 95"),
        ("first_ns=121800", "first_ns=0", "first_instruction_time is missing or zero in 1 of 12"),
        ("\tcall_ns=81200", "", "call_time is missing or zero in 1 of 12"),
    ];
    for (was, is, expected) in cases {
        let target = Target::new();
        target.edit("session/spawn.tsv", last, &last.replace(was, is));
        let harvest = target.harvest().unwrap();
        let [failure] = &harvest.failures[..] else { panic!("{expected}: {:?}", harvest.failures) };
        assert_eq!(failure.benchmark, "spawn/thread/count=1");
        assert!(failure.reason.contains(expected), "{}", failure.reason);
    }
}

#[test]
fn a_topic_that_ended_early_keeps_what_it_has() {
    let target = Target::new();
    let text = target.read("session/spawn.tsv");
    let cut = text.find("sample\tfork_price/fork/rss_mib=64").unwrap() + 200;
    target.write("session/spawn.tsv", &text[..cut]);
    let harvest = target.harvest().unwrap();
    let failed: Vec<&str> = harvest.failures.iter().map(|failure| failure.benchmark.as_str()).collect();
    assert_eq!(failed, ["spawn", "fork_price/fork/rss_mib=64"]);
    assert!(find(&harvest, "spawn/thread/count=1", Metric::WallTime).is_some());
    assert!(find(&harvest, "fork_price/fork", Metric::TimePerMebibyte).is_none());
}

#[test]
fn a_damaged_sample_log_fails_its_topic() {
    type Damage = fn(&Target);
    let cases: [(Damage, &str); 4] = [
        (
            |target| target.edit("session/spawn.tsv", "witness\t1", "witness\t2"),
            "123-4/spawn.tsv, line 1: expected version 1",
        ),
        (|target| target.edit("session/spawn.tsv", "\t1\tspawn", "\t1\tmemory"), "expected a benchmark, round, sample"),
        (|target| target.write("session/spawn.tsv", [0xff, 0xfe]), "cannot be read"),
        (|target| target.write("session/spawn.tsv", ""), "line 1: expected the line `witness`"),
    ];
    for (damage, expected) in cases {
        let target = Target::new();
        damage(&target);
        fs::create_dir(target.path("parcost")).unwrap();
        fs::rename(target.path("session"), target.path("parcost/123-4")).unwrap();
        let (session, criterion, iai) = (target.path("parcost/123-4"), target.path("criterion"), target.path("iai"));
        let harvest = harvest(&session, &criterion, &iai, SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!((harvest.failures[0].topic.as_str(), harvest.failures[0].benchmark.as_str()), ("spawn", "spawn"));
        assert!(harvest.failures[0].reason.contains(expected), "{}", harvest.failures[0].reason);
        assert_eq!(harvest.topics, ["callgrind", "spawn"]);
        assert!(harvest.measurements.iter().all(|it| it.topic == "callgrind"));
    }
}

#[test]
fn a_sample_log_of_another_name_is_refused() {
    let target = Target::new();
    fs::rename(target.path("session/spawn.tsv"), target.path("session/memory.tsv")).unwrap();
    let message = sample_log::read(&target.path("session/memory.tsv")).unwrap_err().to_string();
    assert!(message.contains("its first line names the topic `spawn`"), "{message}");
}

#[test]
fn what_the_sample_log_reports_is_harvested() {
    let target = Target::new();
    let done = "failure\tspawn/thread/count=1\tthe worker died\n\
        benchmark\tspawn/pool\tfloor=floor\tcalibrator=-\n\
        benchmark\tspawn/huge\tfloor=-\tcalibrator=-\nomission\tspawn/huge\tno huge pages\n\
        benchmark\tspawn/floor\tfloor=-\tcalibrator=-\n\
        count\tspawn/counted\tpage_faults\t1\t0\ncount\tspawn/counted\tpage_faults\t2\t3.5\n\
        count\tspawn/counted\ttask_clock\t1\t0\ndone\tspawn";
    target.edit("session/spawn.tsv", "done\tspawn", done);
    let harvest = target.harvest().unwrap();
    let failed: Vec<_> = harvest.failures.iter().map(|it| (it.benchmark.as_str(), it.reason.as_str())).collect();
    assert_eq!(
        failed,
        [
            ("spawn/thread/count=1", "the worker died"),
            ("spawn/counted", "task_clock was 0 in round 1, which is impossible"),
            ("spawn/floor", "2 benchmarks have this name; give each its own"),
            ("spawn/pool", "it was started, but not one sample was taken"),
        ]
    );
    assert!(find(&harvest, "spawn/thread/count=1", Metric::WallTime).is_none());
    let thread = find(&harvest, "spawn/thread/count=4", Metric::WallTime).unwrap();
    assert_eq!(thread.lower_bound, None, "the floor was refused");
    let counted = find(&harvest, "spawn/counted", Metric::PageFaults).unwrap();
    assert_eq!((counted.estimate, counted.rounds.len()), (estimate(1.75, 0.0, 3.5), 2));
}

#[test]
fn times_that_an_interpreter_measured_itself_are_harvested() {
    let target = Target::new();
    let calc = "python_calc/threads/gil=1,python=31107,workers=2";
    let lines = [
        "witness\t1\tpython\tquick".to_owned(),
        "fact\tpython_31107_gil_1\tCPython 3.11.7; lock on".to_owned(),
        format!("benchmark\t{calc}\tfloor=-\tcalibrator=-"),
        format!("time\t{calc}\twall_time\t1\t900"),
        format!("time\t{calc}\twall_time\t2\t1100\tgranted=0.98"),
        format!("time\t{calc}\tcpu_time\t1\t1000"),
        "omission\tpython3.9\tCPython 3.9.18 is left to `parcost python`".to_owned(),
        "done\tpython\n".to_owned(),
    ];
    target.write("session/python.tsv", lines.join("\n"));
    let harvest = target.harvest().unwrap();
    assert_eq!((harvest.failures.as_slice(), harvest.omissions.len()), (&[][..], 2));
    assert_eq!(harvest.topics, ["callgrind", "python", "spawn"]);
    assert_eq!(harvest.facts["python_31107_gil_1"], Fact::Value("CPython 3.11.7; lock on".to_owned()));
    let wall = find(&harvest, calc, Metric::WallTime).unwrap();
    assert_eq!((wall.estimate, wall.samples, wall.quality), (estimate(1_000.0, 900.0, 1_100.0), 2, Quality::Good));
    let cpu = find(&harvest, calc, Metric::CpuTime).unwrap();
    assert!(matches!(cpu.quality, Quality::Inconclusive(reason) if reason.contains("1 round")));
}

#[test]
fn where_no_interpreter_is_the_reason_is_kept_and_nothing_failed() {
    let target = Target::new();
    target.write("session/python.tsv", "witness\t1\tpython\tquick\nomission\tpython\tno CPython\ndone\tpython\n");
    let harvest = target.harvest().unwrap();
    assert_eq!((harvest.profile.as_str(), harvest.failures.as_slice()), ("quick", &[][..]));
    assert!(harvest.omissions.iter().any(|omission| omission.what == "python" && omission.reason == "no CPython"));
}

#[test]
fn a_benchmark_that_was_not_selected_is_no_failure() {
    for profile in ["filtered", "filtered, quick"] {
        let target = Target::new();
        target.edit("session/spawn.tsv", "quick", profile);
        target.edit("session/spawn.tsv", "done\t", "benchmark\tspawn/pool\tfloor=-\tcalibrator=-\ndone\t");
        let harvest = target.harvest().unwrap();
        assert_eq!((harvest.profile.as_str(), harvest.failures.as_slice()), (profile, &[][..]));
    }
}

#[test]
fn a_lower_bound_is_found_at_the_most_parameters_shared() {
    let target = Target::new();
    let count = |id: &str| format!("benchmark\t{id}\tfloor=clone\tcalibrator=-\ncount\t{id}\tpage_faults\t1\t1\n");
    let ids = ["x/a/bytes=1,workers=2", "x/a/bytes=2,workers=2", "x/a/bytes=3,workers=3"];
    let lower_bounds = ["x/clone/bytes=1,workers=2", "x/clone/workers=2", "x/clone/bytes=4"];
    let counts: String = ids.iter().chain(&lower_bounds).map(|id| count(id)).collect();
    target.edit("session/spawn.tsv", "done\t", &format!("{counts}done\t"));
    let harvest = target.harvest().unwrap();
    let floor_of = |id: &str| {
        find(&harvest, id, Metric::PageFaults).unwrap().lower_bound.map(|lower_bound| lower_bound.to_string())
    };
    assert_eq!(floor_of(ids[0]).as_deref(), Some(lower_bounds[0]));
    assert_eq!(floor_of(ids[1]).as_deref(), Some(lower_bounds[1]));
    assert_eq!(floor_of(ids[2]), None);
    assert_eq!(floor_of(lower_bounds[0]), None);
}

#[test]
fn the_same_series_from_two_topics_is_refused() {
    let target = Target::new();
    let text = target.read("session/spawn.tsv");
    target.write(
        "session/memory.tsv",
        text.replace("\tspawn\tquick", "\tmemory\tfull").replace("done\tspawn", "done\tmemory"),
    );
    let harvest = target.harvest().unwrap();
    assert_eq!((harvest.profile.as_str(), harvest.failures.len()), ("quick", 6 + 2 * 2));
    assert!(harvest.failures[0].reason.contains("was measured 2 times (in memory, spawn)"));
    assert!(harvest.measurements.iter().all(|it| it.topic == "callgrind"));
}

#[test]
fn an_implausible_count_fails_alone() {
    type Damage = fn(&Target);
    let cases: [(Damage, &str); 6] = [
        (|target| target.edit(FLOOR_SUMMARY, "\"version\":\"6\"", "\"version\":\"8\""), "only 6 and 7 are known"),
        (|target| target.write(FLOOR_SUMMARY, "{\"version\":\"6\""), "EOF"),
        (|target| target.edit(FLOOR_SUMMARY, "\"id\":\"plain\"", "\"id\":\"few\""), "does not name a benchmark"),
        (
            |target| target.write(FLOOR_SUMMARY, target.read(FLOOR_SUMMARY).replace("{\"Int\":80}", "{\"Int\":0}")),
            "is not a number of instructions",
        ),
        (
            |target| {
                let text = target.read(FLOOR_SUMMARY).replace("\"Left\":{\"Int\":80}", "\"Right\":{\"Int\":80}");
                target.write(FLOOR_SUMMARY, text);
            },
            "no count of the newest run",
        ),
        (|target| target.copy("iai/parcost/callgrind/a", "iai/parcost/callgrind/c"), "was measured 2 times"),
    ];
    for (damage, expected) in cases {
        let target = Target::new();
        damage(&target);
        let harvest = target.harvest().unwrap();
        assert!(find(&harvest, "spawn/floor", Metric::CallgrindInstructions).is_none(), "{expected}");
        assert!(find(&harvest, "spawn/floor", Metric::WallTime).is_some(), "{expected}");
        assert!(harvest.failures.iter().all(|it| it.topic == "callgrind"), "{expected}");
        assert!(harvest.failures[0].reason.contains(expected), "{}", harvest.failures[0].reason);
    }
}

#[test]
fn records_of_other_packages_are_passed_over() {
    let target = Target::new();
    target.copy("criterion/spawn", "criterion/theirs");
    for path in ["floor/new", "thread/count=1/new", "thread/count=4/new"] {
        target.edit(
            &format!("criterion/theirs/{path}/benchmark.json"),
            "\"function_id\":\"",
            "\"function_id\":\"their/",
        );
    }
    target.edit(FLOOR_SUMMARY, "benches/callgrind.rs", "benches/theirs.rs");
    let harvest = target.harvest().unwrap();
    assert_eq!(harvest.failures, []);
    assert!(find(&harvest, "spawn/floor", Metric::CallgrindInstructions).is_none());
}

#[test]
fn a_session_without_a_measurement_is_refused() {
    let target = Target::new();
    target.remove("iai");
    target.write("session/spawn.tsv", "witness\t1\tspawn\tfull\nfailure\tspawn\tno worker\ndone\tspawn\n");
    let message = target.harvest().unwrap_err().to_string();
    assert!(message.contains("nothing was measured (1 failed, 0 skipped; the first, spawn: no worker)"), "{message}");
    target.remove("session");
    let message = target.harvest().unwrap_err().to_string();
    assert!(message.contains("nothing was measured (0 failed, 0 skipped); run `cargo bench`"), "{message}");
}

const FILES: [&str; 6] = [
    "session/spawn.tsv",
    "criterion/spawn/thread/count=1/new/sample.json",
    "criterion/spawn/thread/count=1/new/estimates.json",
    "criterion/spawn/thread/count=1/new/benchmark.json",
    FLOOR_SUMMARY,
    "iai/parcost/callgrind/b/requests__threads.delay_ms_10__workers_5/summary.json",
];

/// Harvests with each of many damaged versions of a file in turn; `damage` makes one of the file's bytes.
fn harvest_damaged<S: Strategy>(strategy: S, damage: impl Fn(&mut Vec<u8>, S::Value)) {
    let target = Target::new();
    let wall_time = |harvest: &Harvest| find(harvest, "spawn/thread/count=1", Metric::WallTime);
    let sound = wall_time(&target.harvest().expect("the fixtures are sound"));
    let outcome = TestRunner::default().run(&(0..FILES.len(), strategy), |(file, choice)| {
        let original = target.read(FILES[file]).into_bytes();
        let mut bytes = original.clone();
        damage(&mut bytes, choice);
        target.write(FILES[file], bytes);
        let harvest = target.harvest();
        target.write(FILES[file], original);
        let wall_time = wall_time(&harvest.map_err(|error| TestCaseError::fail(error.to_string()))?);
        // Nothing else can contradict the sample log in everything.
        prop_assert!(file == 0 || wall_time.is_none() || wall_time == sound);
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[test]
fn arbitrary_bytes_are_never_harvested() {
    harvest_damaged(any::<Vec<u8>>(), |bytes, arbitrary| *bytes = arbitrary);
}

#[test]
fn damaged_files_are_never_harvested() {
    harvest_damaged(any::<(prop::sample::Index, u8, bool)>(), |bytes, (at, byte, cut)| {
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
    });
}
