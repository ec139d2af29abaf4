//! Checks of what lies between the measured code and the metal, of how the CPUs belong together, and of their clocks.

use super::check::{Affects, Check, Finding, HostState, always, warn_if};

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
        Check::of(
            "frequency governor",
            &host.software("frequency_governor"),
            (Affects::Timing, "another governor than `performance` lowers the clock between samples"),
            |governor| warn_if(governor != "performance", host.write("performance", GOVERNOR)),
        ),
        Check::of(
            "turbo",
            &host.software("turbo"),
            (Affects::Timing, "with turbo the clock depends on heat, and on how many cores are busy"),
            |turbo| warn_if(turbo == "on", turbo_off),
        ),
        Check::of(
            "clocksource",
            &always(host.software("clocksource")),
            (Affects::Timing, "another clock costs a call of the kernel for every reading"),
            |clock| {
                let step = host.write("tsc", CLOCKSOURCE);
                let fix = format!("if `available_clocksource` beside it lists tsc, {step}");
                warn_if(!QUICK_CLOCKS.contains(&clock), fix)
            },
        ),
        Check::of_number(
            "slowed by heat",
            &host.growth("heat_throttles_total"),
            (Affects::Ratios, "a core that slows down meanwhile makes ratios of what ran before and after"),
            |times| times > 0.0,
            "let the machine cool, check its fans, and measure again".to_owned(),
        )
        .in_unit(" times meanwhile"),
        Check::of(
            "battery",
            &host.condition("on_battery"),
            (Affects::Timing, "on battery the firmware lowers the clock"),
            |is_on_battery| match is_on_battery {
                "yes" => Finding::Warning(Some("connect the mains".to_owned())),
                "no" => Finding::Fine,
                _ => Finding::Odd,
            },
        ),
    ]
}
