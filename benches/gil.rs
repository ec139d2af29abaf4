//! What one lock around an interpreter costs, against a lock each: computing, waiting, and getting hold of it.

mod harness;

fn main() -> std::process::ExitCode {
    harness::run("gil", |suite| {
        let axis = harness::worker_axis(suite);
        let mut calc = suite.group("gil_calc", "clock");
        calc.along("workers").lower_bound("floor").bench(&["floor"], &[]);
        for workers in axis {
            calc.bench(&["one_lock", "lock_each"], &[("workers", workers)]);
        }

        let crews = suite.axis(&[1, 5, 10, 20], &[20]);
        let mut requests = suite.group("gil_requests", None);
        for workers in crews {
            requests.along("workers").bench(&["one_lock", "lock_each"], &[("delay_ms", 10), ("workers", workers)]);
        }

        let intervals = suite.axis(&[500, 5_000, 20_000], &[5_000]);
        let mut wake = suite.group("gil_wake", None);
        for interval_us in intervals {
            wake.bench(&["one_lock"], &[("interval_us", interval_us)]);
        }
    })
}
