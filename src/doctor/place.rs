//! Checks of what lies between the measured code and the metal, and of how the CPUs belong together.

use super::check::{Affects, Check, Finding, warn_if};
use super::host_state::{HostState, always};

pub(super) fn checks(host: &HostState<'_>) -> Vec<Check> {
    let smt_off = || (!host.is_guest()).then(|| host.write("off", "/sys/devices/system/cpu/smt/control"));
    let (about, elsewhere) = if host.is_emulated() {
        (
            (Affects::Ratios, "a program plays the processor: its times, and their ratios, are those of no processor"),
            "count instructions here; for times and ratios use a real machine",
        )
    } else {
        (
            (Affects::Timing, "the clock and the caches of a guest are shared with others that it cannot see"),
            "compare ratios or use `parcost gate`, which pairs; for times, use bare metal",
        )
    };
    let nodes = host.hardware_number("numa_nodes").unwrap_or(1.0);
    vec![
        Check::of("virtualisation", &always(host.hardware("virtualisation")), about, |kind| {
            warn_if(kind != "none", elsewhere.to_owned())
        }),
        Check::of(
            "container",
            &always(host.hardware("container")),
            (Affects::Little, "its layers of mounts and network are in the numbers, and settings are its host's"),
            |kind| {
                warn_if(
                    kind != "none",
                    "run the program outside of it, if its layers are not to be measured".to_owned(),
                )
            },
        ),
        Check::of(
            "system call filter",
            &always(host.hardware("system_call_filter")),
            (Affects::Little, "a filter makes every system call more expensive"),
            |kind| {
                warn_if(
                    kind != "none",
                    "`docker run --security-opt seccomp=unconfined`, or start it without the sandbox".to_owned(),
                )
            },
        ),
        Check::of_number(
            "threads of one core",
            &host.hardware("threads_per_core"),
            (Affects::Little, "two workers on one core share it, so a speed-up bends before the CPUs are used up"),
            |threads| threads > 1.0,
            smt_off(),
        ),
        Check::of_number(
            "NUMA nodes",
            &host.hardware("numa_nodes"),
            (Affects::Little, "memory is nearer to some CPUs, and where a worker starts is chance"),
            |nodes| nodes > 1.0,
            "`numactl --cpunodebind=0 --membind=0 cargo bench`".to_owned(),
        ),
        Check::of(
            "NUMA balancing",
            &host.software("numa_balancing"),
            (Affects::Timing, "the kernel takes pages away to see who uses them, and moves them"),
            |mode| warn_if(nodes > 1.0 && mode != "0", host.set("kernel.numa_balancing=0")),
        ),
        Check::of(
            "mitigations",
            &host.software("mitigations"),
            (Affects::Little, "they make system calls and switches more expensive; users have them, too"),
            |_| Finding::Fine,
        ),
    ]
}
