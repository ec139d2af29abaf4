//! What waiting costs: twenty requests to a slow server, echoes, cached files, and the disk.

mod harness;

fn main() -> std::process::ExitCode {
    harness::run("io", |suite| {
        let delays = suite.axis(&[10, 50], &[10]);
        let crews = suite.axis(&[1, 5, 10, 20], &[5, 20]);
        let mut requests = suite.group("requests", "syscall");
        // Here and below, one after the other at the shorter delay only: at the longer one it takes a second each time,
        // and says nothing more.
        requests.floor("floor").bench(&["sequential"], &[("delay_ms", 10)]);
        for delay_ms in delays {
            requests.bench(&["floor", "event_loop"], &[("delay_ms", delay_ms)]);
            for &workers in crews.iter().filter(|&&workers| workers > 1 || delay_ms == 10) {
                requests.bench(&["threads", "processes"], &[("delay_ms", delay_ms), ("workers", workers)]);
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
