//! Every workload runs once through the worker as the benchmarks run it; nothing is left behind, whatever happens.

#[allow(dead_code, reason = "the tests use their part of it")]
#[path = "../benches/harness/launcher.rs"]
mod launcher;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use launcher::{Launcher, worker};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use parcost::bench::WorkerError;
use parcost::bench::protocol::{Reply, Task};

/// The worker with its output open to us; everything it starts holds the same end of the pipe.
fn worker_with_pipes() -> Child {
    worker_at(Path::new(env!("CARGO_TARGET_TMPDIR"))).spawn().expect("the worker was built with us")
}

fn worker_at(folder: &Path) -> Command {
    let mut command = Command::new(worker());
    command.args(["launch", &std::process::id().to_string()]).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Runs a workload twice and lets the worker go, which checks that every child was reaped.
fn runs(id: &str) {
    let mut launcher = Launcher::start("launch").expect("the worker was built with us");
    for iterations in [1, 3] {
        match launcher.run(id, iterations) {
            Ok(answer) => assert!(answer.work >= iterations, "{id}: {} units of work", answer.work),
            // Huge pages, a second processor or another's memory are not to be had everywhere.
            Err(WorkerError::Refused(reason)) => eprintln!("{id}: left out: {reason}"),
            Err(error) => panic!("{id}: {error}"),
        }
    }
    launcher.finish().unwrap_or_else(|error| panic!("{id}: {error}"));
}

#[test]
fn starts_a_worker_in_every_way() {
    let threads = [
        "floor_thread",
        "pthread",
        "thread",
        "scoped_thread",
        "small_stack_thread",
        "large_stack_thread",
        "pooled_thread",
    ];
    let processes = ["floor_process", "fork", "fork_server", "pooled_process"];
    let programs = ["floor_exec", "posix_spawn_minimal", "posix_spawn", "command", "command_fork", "fork_exec"];
    for function in threads.iter().chain(&processes).chain(&programs) {
        for count in [1, 8] {
            runs(&format!("spawn/{function}/count={count}"));
        }
        runs(&format!("spawn/{function}/count=1,pinned=0"));
    }
    for function in ["thread", "fork", "pooled_thread", "pooled_process"] {
        runs(&format!("spawn/{function}/count=1,cpus=2"));
    }
}

#[test]
fn workers_stamp_their_first_instruction_in_starts_of_their_own() {
    let mut launcher = Launcher::start("launch").unwrap();
    for (function, can_stamp) in
        [("thread", true), ("fork", true), ("fork_server", true), ("posix_spawn_minimal", false)]
    {
        let id = format!("spawn/{function}/count=1");
        // Every second request, if it is one for a sample; four are asked of each function.
        let asked = [(Task::Run, false), (Task::Run, can_stamp), (Task::Run, false), (Task::Time, false)];
        for (task, is_stamped) in asked {
            let Reply::Sample(readings) = launcher.ask(task, &id, 3).unwrap() else { panic!("{id}: no sample") };
            let reading = |name: &str| readings.iter().find(|(found, _)| found == name).map(|(_, value)| *value);
            assert!(reading("call_ns") > Some(0.0) && reading("work") == Some(3.0), "{id}: {readings:?}");
            assert_eq!(reading("first_ns").is_some_and(|ns| ns > 0.0), is_stamped, "{id}: {readings:?}");
        }
    }
    launcher.finish().unwrap();
}

#[test]
fn starts_anew_what_has_crashed() {
    for function in ["floor", "threads", "processes"] {
        for workers in [1, 4] {
            runs(&format!("crash/{function}/workers={workers}"));
        }
    }
}

#[test]
fn splits_a_job_in_every_way() {
    for function in ["alone", "thread", "pooled_thread", "work_stealing", "fork", "pooled_process"] {
        for roots in [2, 10_001] {
            runs(&format!("split/{function}/roots={roots}"));
        }
    }
}

#[test]
fn forks_under_every_load() {
    for load in ["rss_mib=1", "mappings=10", "threads=2"] {
        runs(&format!("fork_price/fork/{load}"));
        runs(&format!("fork_price/posix_spawn/{load}"));
    }
    runs("fork_price/fork_huge_pages/rss_mib=16");
    runs("fork_price/fork_shared_mapping/rss_mib=1");
    runs("fork_price/fork_reading/rss_mib=1");
}

#[test]
fn hands_bytes_over_in_every_way() {
    let ways = [
        "floor_wake",
        "arc",
        "channel_clone",
        "shared_mapping",
        "shared_mapping_fresh",
        "pipe",
        "socket_pair",
        "process_vm_readv",
    ];
    for way in ways {
        for bytes in [64, 1 << 20] {
            runs(&format!("hand_over/{way}/bytes={bytes}"));
        }
    }
}

#[test]
fn hands_an_open_file_over_in_every_way() {
    for function in ["floor_wake", "threads", "processes"] {
        runs(&format!("descriptor/{function}"));
    }
}

#[test]
fn makes_a_round_trip_over_every_channel() {
    for channel in ["spin", "ring", "futex", "eventfd", "pipe", "socket_pair"] {
        for worker in ["threads", "processes"] {
            // Two that spin on one processor only wait for each other.
            for cpus in if ["spin", "ring"].contains(&channel) { 2..=2 } else { 1..=2 } {
                runs(&format!("round_trip/{channel}_{worker}/cpus={cpus}"));
            }
        }
    }
}

#[test]
fn takes_turns_over_working_sets() {
    for function in ["floor", "threads", "processes"] {
        for bytes in [64, 65_536] {
            runs(&format!("context_switch/{function}/bytes={bytes}"));
        }
    }
}

#[test]
fn what_threads_alone_have_stands_beside_what_processes_have() {
    for function in ["lock/mutex", "lock/parking_lot", "lock_read/mutex", "lock_read/rwlock"] {
        runs(&format!("{function}/workers=3"));
    }
    runs("lock_read/floor");
    runs("counter_padded/adjacent/workers=3");
    runs("counter_padded/next_line/workers=3");
    for (channel, cpus) in [("mpsc", 1), ("mpsc", 2), ("condvar", 1), ("condvar", 2)] {
        runs(&format!("round_trip/{channel}_threads/cpus={cpus}"));
    }
    for function in
        ["floor", "ring_threads", "ring_processes", "mpsc_threads", "pipe_processes", "pipe_blocks_processes"]
    {
        runs(&format!("stream/{function}/bytes=64"));
    }
}

#[test]
fn writes_to_pages_of_every_kind() {
    for function in ["floor", "thread", "copy_on_write", "shared_pages"] {
        runs(&format!("rewrite/{function}/dirty_percent=10"));
    }
    for function in ["floor", "small_pages", "huge_pages"] {
        runs(&format!("first_touch/{function}/bytes=4194304"));
    }
}

#[test]
fn keeps_processors_busy_with_every_kernel() {
    for kernel in ["calc", "triad", "fault", "map", "open", "open_own", "allocate", "counter", "counter_padded", "lock"]
    {
        runs(&format!("{kernel}/floor"));
        for mechanism in ["threads", "processes"] {
            for workers in [1, 2, 3] {
                runs(&format!("{kernel}/{mechanism}/workers={workers}"));
            }
        }
    }
}

#[test]
fn takes_memory_away_beside_others() {
    for function in ["threads/workers=2", "processes/workers=2", "idle_threads/workers=2"] {
        runs(&format!("unmap/{function}"));
        runs(&format!("protect/{function}"));
    }
    // The gate judges the CPU time that the workload itself tells: neither the preparation nor who is busy beside it.
    let mut launcher = Launcher::start("launch").unwrap();
    let Ok(Reply::Sample(readings)) = launcher.ask(Task::Time, "unmap/threads/workers=2", 20) else { return };
    let reading = |name: &str| readings.iter().find(|(found, _)| found == name).unwrap().1;
    assert_eq!(reading("process_cpu_ns"), reading("cpu_ns"));
}

#[test]
fn refuses_what_it_does_not_know() {
    for id in [
        "spawn/telepathy/count=1",
        "nothing/at/all=1",
        "spawn/thread",
        "spawn/thread/count=0",
        "spawn/posix_spawn/count=1,cpus=2",
        "spawn",
        "unmap/floor",
        "round_trip/spin_threads/cpus=1",
        "round_trip/mpsc_processes/cpus=1",
        "round_trip/condvar_processes/cpus=1",
        "crash/threads/workers=65",
        "counter/mutex/workers=1",
        "lock_read/processes/workers=1",
        "counter/adjacent/workers=1",
        "hand_over/floor/bytes=64",
        "stream/ring_threads/bytes=128",
        "context_switch/threads/bytes=0",
        "context_switch/threads/bytes=100",
    ] {
        let mut launcher = Launcher::start("launch").unwrap();
        assert!(matches!(launcher.run(id, 1), Err(WorkerError::Failed(_))), "{id}");
    }
}

/// A killed worker takes its children along: the pipe that all of them hold ends when the last is gone.
#[test]
fn leaves_no_process_behind_when_killed() {
    for id in [
        "calc/processes/workers=3",
        "spawn/pooled_process/count=8",
        "spawn/fork_server/count=8",
        "hand_over/pipe/bytes=65536",
        "round_trip/pipe_processes/cpus=1",
    ] {
        let mut child = worker_with_pipes();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        writeln!(stdin, "run {id} 1").unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert!(answer.starts_with("sample "), "{id}: {answer}");
        writeln!(stdin, "run {id} 1000000").unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest).unwrap();
    }
}

/// Whoever waits for a process that is killed hears of it, with everybody else of the benchmark.
#[test]
fn a_killed_process_ends_its_benchmark_with_its_signal() {
    for id in [
        "calc/processes/workers=3",
        "spawn/pooled_process/count=8",
        "hand_over/shared_mapping/bytes=64",
        "round_trip/eventfd_processes/cpus=1",
        "echo/threads/workers=2",
        "crash/processes/workers=4",
    ] {
        let mut child = worker_at(Path::new(env!("CARGO_TARGET_TMPDIR"))).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "run {id} 1").unwrap();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap();
        // `crash` itself kills the last one.
        let first = children.split_whitespace().next().unwrap().parse().unwrap();
        writeln!(stdin, "run {id} 1000000").unwrap();
        kill(Pid::from_raw(first), Signal::SIGKILL).unwrap();
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        assert!(
            complaint.contains(&format!("process {first} of the benchmark was killed by SIGKILL")),
            "{id}: {complaint}"
        );
        assert_eq!(child.wait().unwrap().code(), Some(1), "{id}");
    }
}

/// The parent alone says so, whether it is woken first or told by the kernel.
#[test]
fn a_process_that_panics_ends_its_benchmark_with_one_complaint() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = worker_at(folder.path()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "run open_own/processes/workers=2 1").unwrap();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    writeln!(stdin, "run open_own/processes/workers=2 1").unwrap();
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert!(complaint.contains("a worker has panicked") && !complaint.contains("exit status"), "{complaint}");
    assert_eq!(child.wait().unwrap().code(), Some(101), "{complaint}");
}

/// Files that have names are gone with the worker that made them.
#[test]
fn leaves_no_file_behind() {
    let folder = tempfile::tempdir().unwrap();
    for id in ["open_own/floor", "open_own/threads/workers=3", "open_own/processes/workers=3"] {
        let mut child = worker_at(folder.path()).stdout(Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "run {id} 1").unwrap();
        assert!(child.wait().unwrap().success(), "{id}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{id}");
    }
}

/// A benchmark that stays on one processor leaves the next one as many as it found.
#[test]
fn the_next_benchmark_has_all_processors_again() {
    let mut child = worker_with_pipes();
    let tasks = PathBuf::from(format!("/proc/{}/task", child.id()));
    let allowed = |task: u32| {
        let status = std::fs::read_to_string(tasks.join(task.to_string()).join("status")).unwrap();
        status.lines().find(|line| line.starts_with("Cpus_allowed:")).unwrap().to_owned()
    };
    let before = allowed(child.id());
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for id in ["spawn/thread/count=1", "calc/floor", "spawn/pooled_thread/count=1", "calc/threads/workers=2"] {
        writeln!(stdin, "run {id} 1").unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert!(answer.starts_with("sample "), "{id}: {answer}");
        if id.starts_with("calc") {
            assert_eq!(allowed(child.id()), before, "{id}");
        }
    }
    // The two workers are on a CPU each where there are two.
    let names = std::fs::read_dir(&tasks).unwrap().map(|task| task.unwrap().file_name().into_string().unwrap());
    let workers = names.map(|name| name.parse().unwrap()).filter(|task| *task != child.id());
    let cpus: BTreeSet<String> = workers.map(allowed).collect();
    assert_eq!(cpus.len(), parcost::bench::cores().min(2), "{cpus:?}");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// The worker ends by itself when the process that asked has gone.
#[test]
fn ends_when_nobody_asks_any_more() {
    let mut child = worker_with_pipes();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
