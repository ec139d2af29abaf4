//! How work that keeps processors busy scales with workers, threads against processes, the same work for each worker.

mod harness;

fn main() -> std::process::ExitCode {
    harness::run("cpu", |suite| {
        let kernels = [
            ("calc", "clock"),
            ("triad", "copy"),
            ("fault", "syscall"),
            ("map", "clock"),
            ("open", "syscall"),
            ("allocate", "clock"),
            ("counter", "clock"),
            ("counter_padded", "clock"),
            ("lock", "clock"),
        ];
        for (kernel, calibrator) in kernels {
            let mut group = suite.group(kernel, calibrator);
            group.floor("floor").bench(&["floor"], &[]);
            for workers in harness::worker_axis() {
                group.bench(&["threads", "processes"], &[("workers", workers)]);
            }
        }
    })
}
