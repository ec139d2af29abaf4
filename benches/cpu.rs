//! How work that keeps processors busy scales with workers, threads against processes, the same work for each worker.

mod harness;

use std::collections::BTreeSet;

use parcost::bench::cores;

fn main() -> std::process::ExitCode {
    harness::run("cpu", |suite| {
        suite.note(|| {
            let [bytes, wanted] = [harness::bytes_to_go_around(), harness::uncached_bytes()].map(|bytes| bytes >> 20);
            let note = format!(
                "each worker goes around in {bytes} MiB in place of {wanted}, which the free memory does not hold"
            );
            (bytes < wanted).then(|| format!("triad and fault: {note}"))
        });

        // The ends of a curve with a CPU for each worker.
        let ends = [1, cores() as u64];
        let kernels = [
            ("calc", "clock"),
            ("triad", "copy"),
            ("fault", "syscall"),
            ("map", "clock"),
            ("open", "syscall"),
            ("open_own", "syscall"),
            ("allocate", "clock"),
            ("counter", "clock"),
            ("counter_padded", "clock"),
            ("lock", "clock"),
        ];
        let axis = harness::worker_axis(suite);
        for (kernel, reference) in kernels {
            let mut group = suite.group(kernel, reference);
            group.along("workers").lower_bound("floor").bench(&["floor"], &[]);
            for &workers in &axis {
                group.bench(&["threads", "processes"], &[("workers", workers)]);
                if kernel == "lock" {
                    group.bench(&["mutex"], &[("workers", workers)]);
                }
                if kernel == "lock" && ends.contains(&workers) {
                    group.full(&["parking_lot"], &[("workers", workers)]);
                }
                // One worker has its cache line to itself.
                if kernel == "counter_padded" && workers > 1 {
                    group.full(&["adjacent", "next_line"], &[("workers", workers)]);
                }
            }
        }

        for (group, functions) in
            [("unmap", &["threads", "processes", "idle_threads"][..]), ("protect", &["threads", "processes"])]
        {
            let mut taken = suite.group(group, "syscall");
            taken.lower_bound("processes").full(functions, &[("workers", cores().max(2) as u64)]);
        }

        let mut readers = suite.group("lock_read", "clock");
        readers.along("workers").lower_bound("floor").full(&["floor"], &[]);
        for workers in BTreeSet::from(ends) {
            readers.full(&["mutex", "rwlock"], &[("workers", workers)]);
        }

        // From a job that no start is worth to one that every start is, no more than a factor of two apart where starts usually
        // begin to be.
        let jobs = suite.axis(
            &[1_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000, 2_000_000],
            &[8_000, 64_000, 512_000],
        );
        let mut split = suite.group("split", "clock");
        for roots in jobs {
            split.bench(&["alone", "thread", "pooled_thread", "fork", "pooled_process"], &[("roots", roots)]);
            split.full(&["work_stealing"], &[("roots", roots)]);
        }
    })
}
