//! What starting one more unit of execution costs, and what makes `fork` more expensive.

mod harness;

fn main() -> std::process::ExitCode {
    harness::run("spawn", |suite| {
        suite.note(harness::sizes);
        let counts = suite.axis(&[1, 8, 64], &[1, 8]);
        let mut spawn = suite.group("spawn", "syscall");
        for count in counts {
            let at = [("count", count)];
            let threads = ["floor_thread", "thread", "scoped_thread", "small_stack_thread", "large_stack_thread"];
            spawn.lower_bound("floor_thread").bench(&threads, &at);
            spawn.lower_bound("floor_process").bench(&["floor_process", "fork", "fork_server"], &at);
            // Nothing is created here, so what creating takes at least is not its lower bound.
            spawn.without_lower_bound().bench(&["pooled_thread", "pooled_process"], &at);
            let programs = ["floor_exec", "posix_spawn_minimal", "posix_spawn", "command", "command_fork", "fork_exec"];
            spawn.lower_bound("floor_exec").bench(&programs, &at);
        }
        // The C library's thread, once: std's share of a thread is the same at any count.
        spawn.lower_bound("floor_thread").bench(&["pthread"], &[("count", 1)]);
        // One at a time stays on its maker's processor; on another one, or where the scheduler puts it, it costs more. The last is
        // what programs get, and no program can be moved before it runs. The worker of a pool the scheduler leaves for a while
        // wherever it was, so that the number would be of that.
        spawn.without_lower_bound().bench(&["thread", "fork", "posix_spawn"], &[("count", 1), ("pinned", 0)]);
        let apart = [("count", 1), ("cpus", 2)];
        spawn.bench(&["pooled_thread", "pooled_process"], &apart).full(&["thread", "fork"], &apart);

        let crash = ["floor", "threads", "processes"];
        suite.group("crash", "syscall").lower_bound("floor").full(&crash, &[("workers", 4)]);

        let mut memory = suite.axis(&[1, 4, 16, 64, 256], &[1, 16, 64]);
        // 1 GiB takes a while: `-- rss_mib=1024` asks for it.
        memory.extend(suite.asked_for("rss_mib=1024").then_some(1024));
        let mappings = suite.axis(&[10, 1_000, 4_000], &[10, 500, 1_000]);
        let threads = suite.axis(&[0, 8, 64], &[0, 8, 16]);
        let mut price = suite.group("fork_price", "copy");
        for rss_mib in memory {
            price
                .along("rss_mib")
                .bench(&["fork", "fork_reading", "fork_shared_mapping", "posix_spawn"], &[("rss_mib", rss_mib)]);
            // Less memory than this cannot be sure to hold a huge page.
            if rss_mib >= 16 {
                price.along("rss_mib").bench(&["fork_huge_pages"], &[("rss_mib", rss_mib)]);
            }
        }
        for mappings in mappings {
            price.along("mappings").bench(&["fork", "posix_spawn"], &[("mappings", mappings)]);
        }
        for threads in threads {
            price.along("threads").bench(&["fork", "posix_spawn"], &[("threads", threads)]);
        }
    })
}
