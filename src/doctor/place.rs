//! Checks of what lies between the measured code and the metal, and of how the CPUs belong together.

use super::check::{Check, Finding, Harm, poor_if};
use super::patient::{Patient, always};

pub(super) fn checks(patient: &Patient<'_>) -> Vec<Check> {
    let smt_off = || (!patient.is_guest()).then(|| patient.write("off", "/sys/devices/system/cpu/smt/control"));
    let nodes = patient.hardware_number("numa_nodes").unwrap_or(1.0);
    vec![
        Check::of(
            "virtualisation",
            &always(patient.hardware("virtualisation")),
            (Harm::Timing, "the clock and the caches of a guest are shared with others that it cannot see"),
            |kind| {
                let fix = "compare ratios or use `parcost gate`, which pairs; for times, rent the metal";
                poor_if(kind != "none", fix.to_owned())
            },
        ),
        Check::of(
            "container",
            &always(patient.hardware("container")),
            (Harm::Little, "its layers of mounts and network are in the numbers, and settings are its host's"),
            |kind| {
                poor_if(
                    kind != "none",
                    "run the program outside of it, if its layers are not to be measured".to_owned(),
                )
            },
        ),
        Check::of(
            "system call filter",
            &always(patient.hardware("system_call_filter")),
            (Harm::Little, "a filter is paid for in every system call"),
            |kind| {
                poor_if(
                    kind != "none",
                    "`docker run --security-opt seccomp=unconfined`, or start it without the sandbox".to_owned(),
                )
            },
        ),
        Check::of_number(
            "threads of one core",
            &patient.hardware("threads_per_core"),
            (Harm::Little, "two workers on one core share it, so a speed-up bends before the CPUs are used up"),
            |threads| threads > 1.0,
            smt_off(),
        ),
        Check::of_number(
            "NUMA nodes",
            &patient.hardware("numa_nodes"),
            (Harm::Little, "memory is nearer to some CPUs, and where a worker starts is chance"),
            |nodes| nodes > 1.0,
            "`numactl --cpunodebind=0 --membind=0 cargo bench`".to_owned(),
        ),
        Check::of(
            "NUMA balancing",
            &patient.software("numa_balancing"),
            (Harm::Timing, "the kernel takes pages away to see who uses them, and moves them"),
            |mode| poor_if(nodes > 1.0 && mode != "0", patient.set("kernel.numa_balancing=0")),
        ),
        Check::of(
            "mitigations",
            &patient.software("mitigations"),
            (Harm::Little, "they are paid for in system calls and switches; what users pay too is left as it is"),
            |_| Finding::Fine,
        ),
    ]
}
