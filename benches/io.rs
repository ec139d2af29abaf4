//! What waiting costs: twenty requests to a slow server, echoes, cached files, and the disk.

mod harness;

fn main() -> std::process::ExitCode {
    harness::run("io", |suite| {
        let delays = suite.axis(&[10, 50], &[10]);
        let mut requests = suite.group("requests", "syscall");
        for delay_ms in delays {
            let alone = [("delay_ms", delay_ms)];
            requests.floor("floor").bench(&["floor", "event_loop", "sequential"], &alone);
            for workers in [1, 5, 10, 20] {
                // One worker asks one request after the other, a second each time at the longer delay: there
                // `sequential` stands for both, and the start of one worker is told at the shorter delay.
                if workers > 1 || delay_ms < 50 {
                    let at = [("delay_ms", delay_ms), ("workers", workers)];
                    requests.floor("floor").bench(&["threads", "processes"], &at);
                }
            }
        }

        for workers in harness::worker_axis() {
            let at = [("workers", workers)];
            suite.group("echo", "syscall").bench(&["threads", "processes"], &at);
            suite.group("read", "copy").bench(&["threads", "processes"], &at);
            suite.group("sync", "syscall").bench(&["threads", "processes"], &at);
        }
    })
}
