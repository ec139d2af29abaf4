//! What it costs to let another worker have one's data: handing it over, waking each other, writing after a fork.

mod harness;

fn main() -> std::process::ExitCode {
    harness::run("memory", |suite| {
        let sizes = suite.axis(&[64, 4 << 10, 64 << 10, 1 << 20, 16 << 20], &[64, 64 << 10]);
        let mut hand_over = suite.group("hand_over", "syscall");
        for bytes in sizes {
            let shared = ["arc", "shared_mapping", "shared_mapping_fresh"];
            let copied = ["channel_clone", "pipe", "socket_pair", "process_vm_readv"];
            hand_over.lower_bound("floor_wake").bench(&["floor_wake"], &[("bytes", bytes)]);
            hand_over.bench(&shared, &[("bytes", bytes)]).bench(&copied, &[("bytes", bytes)]);
        }

        let descriptor = ["floor_wake", "threads", "processes"];
        suite.group("descriptor", "syscall").lower_bound("floor_wake").full(&descriptor, &[]);

        let mut round_trip = suite.group("round_trip", "syscall");
        // Two that spin on one processor would only wait for each other.
        round_trip.lower_bound("spin_threads").bench(&["spin_threads", "spin_processes"], &[("cpus", 2)]);
        round_trip.full(&["ring_threads", "ring_processes"], &[("cpus", 2)]);
        for cpus in [1, 2] {
            for channel in ["futex", "eventfd", "pipe", "socket_pair"] {
                let pair = [format!("{channel}_threads"), format!("{channel}_processes")];
                let lower_bound = if cpus == 1 { "futex_threads" } else { "spin_threads" };
                round_trip.lower_bound(lower_bound).bench(&[&pair[0], &pair[1]], &[("cpus", cpus)]);
            }
        }

        round_trip.lower_bound("futex_threads");
        for cpus in [1, 2] {
            round_trip.bench(&["mpsc_threads"], &[("cpus", cpus)]).full(&["condvar_threads"], &[("cpus", cpus)]);
        }

        let mut switch = suite.group("context_switch", "syscall");
        for bytes in [64 << 10, 1 << 20] {
            switch.lower_bound("floor").full(&["floor", "threads", "processes"], &[("bytes", bytes)]);
        }

        let streams = ["floor", "ring_threads", "ring_processes", "mpsc_threads", "pipe_processes"];
        let mut stream = suite.group("stream", "clock");
        stream
            .lower_bound("floor")
            .bench(&streams, &[("bytes", 64)])
            .full(&["pipe_blocks_processes"], &[("bytes", 64)]);

        let percents = suite.axis(&[1, 10, 50, 100], &[1, 100]);
        let mut rewrite = suite.group("rewrite", "copy");
        for percent in percents {
            // Beside what a thread takes for 41 pages the clock would show.
            let thread: &[&str] = if percent > 1 { &["thread"] } else { &[] };
            let functions = [&["floor"], thread, &["copy_on_write", "shared_pages"]].concat();
            rewrite.lower_bound("floor").bench(&functions, &[("dirty_percent", percent)]);
        }
        let touch = ["floor", "small_pages", "huge_pages"];
        suite.group("first_touch", "copy").lower_bound("floor").bench(&touch, &[("bytes", 16 << 20)]);
    })
}
