//! What waiting costs: twenty requests to a slow server, echoes, cached files, and the disk.

mod harness;

fn main() -> std::process::ExitCode {
    harness::run("io", |suite| {
        let mut delays = vec![10];
        // What a timer decides says the same at 50 ms, in five times as long: `-- delay_ms=50` asks for it.
        delays.extend(suite.asked_for("delay_ms=50").then_some(50));
        let crews = suite.axis(&[1, 5, 10, 20], &[20]);
        let mut requests = suite.group("requests", None);
        requests.along("workers").lower_bound("floor");
        for delay_ms in delays {
            requests
                .bench(&["floor", "event_loop"], &[("delay_ms", delay_ms)])
                .full(&["sequential"], &[("delay_ms", delay_ms)]);
            // One worker asks one request after the other, a second each time at the longer delay: there `sequential`
            // stands for both, and what starting one worker adds is measured at the shorter delay.
            for &workers in crews.iter().filter(|&&workers| workers > 1 || delay_ms == 10) {
                requests.bench(&["threads", "processes"], &[("delay_ms", delay_ms), ("workers", workers)]);
                // All at once, as tasks commonly are.
                if workers == 20 {
                    requests.bench(&["tokio"], &[("delay_ms", delay_ms), ("workers", workers)]);
                    requests.full(&["tokio_current_thread"], &[("delay_ms", delay_ms), ("workers", workers)]);
                }
            }
        }

        for workers in harness::worker_axis(suite) {
            let at = [("workers", workers)];
            for (group, reference) in [("echo", "syscall"), ("read", "clock"), ("sync", "syscall")] {
                suite.group(group, reference).along("workers").bench(&["threads", "processes"], &at);
            }
        }
    })
}
