//! Checks of what lies between the measured code and the metal, of how the CPUs belong together, and of their clocks.

use super::check::Affects::{Little, Ratios, Timing};
use super::check::{Check, Finding, HostState, always, check, warn_if};

pub(super) fn checks(host: &HostState<'_>) -> Vec<Check> {
    let smt_off = || (!host.is_guest()).then(|| host.write("off", "/sys/devices/system/cpu/smt/control"));
    let ((affects, why), elsewhere) = if host.is_emulated() {
        (
            (Ratios, "a program plays the processor: its times, and their ratios, are those of no processor"),
            "count instructions here; for times and ratios use a real machine",
        )
    } else {
        (
            (Timing, "the clock and the caches of a guest are shared with others that it cannot see"),
            "compare ratios or use `parcost gate`, which pairs; for times, use bare metal",
        )
    };
    let nodes = host.hardware_number("numa_nodes").unwrap_or(1.0);
    vec![
        check("virtualisation", always(host.hardware("virtualisation")))
            .affects(affects, why)
            .warn_if(|kind| kind != "none", elsewhere.to_owned()),
        check("container", always(host.hardware("container")))
            .affects(Little, "its layers of mounts and network are in the numbers, and settings are its host's")
            .warn_if(
                |kind| kind != "none",
                "run the program outside of it, if its layers are not to be measured".to_owned(),
            ),
        check("system call filter", always(host.hardware("system_call_filter")))
            .affects(Little, "a filter makes every system call more expensive")
            .warn_if(
                |kind| kind != "none",
                "`docker run --security-opt seccomp=unconfined`, or start it without the sandbox".to_owned(),
            ),
        check("threads of one core", host.hardware("threads_per_core"))
            .affects(Little, "two workers on one core share it, so a speed-up bends before the CPUs are used up")
            .exceeds(|threads| threads > 1.0, smt_off()),
        check("NUMA nodes", host.hardware("numa_nodes"))
            .affects(Little, "memory is nearer to some CPUs, and where a worker starts is chance")
            .exceeds(|nodes| nodes > 1.0, "`numactl --cpunodebind=0 --membind=0 cargo bench`".to_owned()),
        check("NUMA balancing", host.software("numa_balancing"))
            .affects(Timing, "the kernel takes pages away to see who uses them, and moves them")
            .warn_if(|mode| nodes > 1.0 && mode != "0", host.set("kernel.numa_balancing=0")),
        check("mitigations", host.software("mitigations"))
            .affects(Little, "they make system calls and switches more expensive; users have them, too")
            .judged(|_| Finding::Fine),
    ]
}

const GOVERNOR: &str = "/sys/devices/system/cpu/cpufreq/policy*/scaling_governor";
const INTEL_NO_TURBO: &str = "/sys/devices/system/cpu/intel_pstate/no_turbo";
const BOOST: &str = "/sys/devices/system/cpu/cpufreq/boost";
const CLOCKSOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/// Clocks that are read without a call of the kernel: of the processor, and those that a hypervisor keeps for guests.
const QUICK_CLOCKS: [&str; 5] =
    ["tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "riscv_clocksource"];

pub(super) fn clock_checks(host: &HostState<'_>) -> Vec<Check> {
    let is_intel = host.software("frequency_driver").value().is_some_and(|driver| driver.starts_with("intel"));
    let turbo_off = if is_intel { host.write("1", INTEL_NO_TURBO) } else { host.write("0", BOOST) };
    vec![
        check("frequency governor", host.software("frequency_governor"))
            .affects(Timing, "another governor than `performance` lowers the clock between samples")
            .warn_if(|governor| governor != "performance", host.write("performance", GOVERNOR)),
        check("turbo", host.software("turbo"))
            .affects(Timing, "with turbo the clock depends on heat, and on how many cores are busy")
            .warn_if(|turbo| turbo == "on", turbo_off),
        check("clocksource", always(host.software("clocksource")))
            .affects(Timing, "another clock costs a call of the kernel for every reading")
            .judged(|clock| {
                let step = host.write("tsc", CLOCKSOURCE);
                let fix = format!("if `available_clocksource` beside it lists tsc, {step}");
                warn_if(!QUICK_CLOCKS.contains(&clock), fix)
            }),
        check("slowed by heat", host.growth("heat_throttles_total"))
            .affects(Ratios, "a core that slows down meanwhile makes ratios of what ran before and after")
            .exceeds(|times| times > 0.0, "let the machine cool, check its fans, and measure again".to_owned())
            .in_unit(" times meanwhile"),
        check("battery", host.condition("on_battery"))
            .affects(Timing, "on battery the firmware lowers the clock")
            .judged(|is_on_battery| match is_on_battery {
                "yes" => Finding::Warning(Some("connect the mains".to_owned())),
                "no" => Finding::Fine,
                _ => Finding::Odd,
            }),
    ]
}
