//! The workloads of the topics `io` and `gil`, each once: they do the work they promise and leave nothing behind.
//!
//! Workloads with processes of their own run in the worker, as the benchmarks have it: nothing forks in a test.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use parcost::bench::{prepare, protocol::parse_id};

/// The worker in the scratch folder of the tests, which lies beside the build and hence on a disk as a rule.
fn worker(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_worker"));
    command
        .args(["launch", &std::process::id().to_string()])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("the build has a scratch folder");
    folder
}

/// The worker's answers. Its output ends when the last process that has it is gone, so nothing has been left behind.
fn answers(folder: &Path, requests: &[String]) -> Vec<String> {
    let mut child = worker(folder).spawn().expect("the worker was built with the tests");
    let mut input = child.stdin.take().expect("its input is a pipe");
    input.write_all((requests.join("\n") + "\n").as_bytes()).expect("the worker listens");
    drop(input);
    let output = child.wait_with_output().expect("the worker can be waited for");
    assert!(output.status.success(), "the worker ended with {}", output.status);
    String::from_utf8(output.stdout).expect("the worker speaks UTF-8").lines().map(str::to_owned).collect()
}

#[test]
fn every_workload_does_its_work() {
    let cases = [
        ("requests/floor/delay_ms=1", 1),
        ("requests/sequential/delay_ms=1", 20),
        ("requests/event_loop/delay_ms=1", 20),
        ("requests/threads/delay_ms=1,workers=1", 20),
        ("requests/threads/delay_ms=1,workers=20", 20),
        // Their threads have ended before others fork.
        ("requests/tokio/delay_ms=1,workers=20", 20),
        ("requests/tokio_current_thread/delay_ms=1,workers=20", 20),
        ("requests/processes/delay_ms=1,workers=1", 20),
        ("requests/processes/delay_ms=1,workers=20", 20),
        ("echo/threads/workers=1", 200),
        ("echo/threads/workers=3", 600),
        ("echo/processes/workers=1", 200),
        ("echo/processes/workers=3", 600),
        ("read/threads/workers=1", 256),
        ("read/processes/workers=3", 768),
        ("sync/threads/workers=1", 4),
        ("sync/processes/workers=2", 8),
        ("gil_calc/floor", 4_000_000),
        ("gil_calc/one_lock/workers=2", 8_000_000),
        ("gil_calc/lock_each/workers=2", 8_000_000),
        ("gil_requests/one_lock/delay_ms=1,workers=5", 20),
        ("gil_requests/lock_each/delay_ms=1,workers=5", 20),
        ("gil_wake/one_lock/interval_us=100", 1),
    ];
    let folder = folder("workloads_io");
    let requests: Vec<String> = cases.iter().map(|(id, _)| format!("run {id} 2")).collect();
    let answers = answers(&folder, &requests);
    assert_eq!(answers.len(), cases.len());
    for ((id, work), answer) in cases.iter().zip(answers) {
        // Where the build lies in memory there is no disk to wait for, and the workload says so.
        let no_disk = id.starts_with("sync/") && answer.starts_with("refused the current folder lies in memory");
        let done = answer.split(' ').any(|word| word == format!("work={}", 2 * work));
        assert!(no_disk || done, "{id}: {answer}");
    }
    let left: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    assert!(left.is_empty(), "files were left behind: {left:?}");
}

#[test]
fn threads_need_no_worker() {
    let cases = [
        ("gil_calc/one_lock/workers=1", 4_000_000),
        ("gil_wake/one_lock/interval_us=1", 1),
        ("read/threads/workers=2", 512),
    ];
    for (id, work) in cases {
        let (group, function, parameters) = parse_id(id).unwrap();
        let mut workload = prepare(&group, &function, &parameters, Path::new("")).unwrap();
        assert_eq!(workload(3).work, 3 * work, "{id}");
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason() {
    let cases = [
        ("requests/thread/delay_ms=1", "there is no workload requests/thread"),
        ("requests/threads/delay_ms=1", "the parameter `workers` is missing"),
        ("requests/processes/delay_ms=1,workers=21", "workers must be 1 to 20, not 21"),
        ("requests/tokio/delay_ms=1", "the parameter `workers` is missing"),
        ("requests/floor/delay_ms=0", "delay_ms must be 1 to 1000, not 0"),
        ("echo/floor/workers=1", "there is no workload echo/floor"),
        ("echo/threads/workers=2049", "workers must be 1 to 2048, not 2049"),
        ("read/threads/workers=0", "workers must be 1 to 2048, not 0"),
        ("sync/threads", "the parameter `workers` is missing"),
        ("gil_calc/threads/workers=1", "there is no workload gil_calc/threads"),
        ("gil_requests/one_lock/delay_ms=1", "the parameter `workers` is missing"),
        ("gil_wake/one_lock/interval_us=0", "interval_us must be 1 to 1000000, not 0"),
    ];
    for (id, reason) in cases {
        let (group, function, parameters) = parse_id(id).unwrap();
        let refused = prepare(&group, &function, &parameters, Path::new("")).err();
        assert_eq!(refused.map(|refused| refused.reason().to_owned()).as_deref(), Some(reason), "{id}");
    }
}

#[test]
fn servers_and_workers_die_with_a_launcher_that_is_killed() {
    let mut child = worker(&folder("workloads_io_killed")).spawn().unwrap();
    let mut requests = child.stdin.take().unwrap();
    writeln!(requests, "run requests/processes/delay_ms=1000,workers=5 1000").unwrap();
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    // The server and at least one worker. A kernel without this file shows nothing; the launcher is killed early then.
    while fs::read_to_string(&children).is_ok_and(|list| list.split_whitespace().count() < 2) {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    let mut answers = String::new();
    child.stdout.take().unwrap().read_to_string(&mut answers).unwrap();
    assert_eq!(answers, "", "it was killed before it could answer, and all who had its output are gone");
    child.wait().unwrap();
}
