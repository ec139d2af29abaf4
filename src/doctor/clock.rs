//! Checks of what makes the clock of the CPUs move, and of the clock that times are read from.

use super::check::{Affects, Check, Finding, warn_if};
use super::host_state::{HostState, always};

const GOVERNOR: &str = "/sys/devices/system/cpu/cpufreq/policy*/scaling_governor";
const INTEL_NO_TURBO: &str = "/sys/devices/system/cpu/intel_pstate/no_turbo";
const BOOST: &str = "/sys/devices/system/cpu/cpufreq/boost";
const CLOCKSOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/// Clocks that are read without a call of the kernel: of the processor, and those that a hypervisor keeps for guests.
const QUICK_CLOCKS: [&str; 5] =
    ["tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "riscv_clocksource"];

pub(super) fn checks(host: &HostState<'_>) -> Vec<Check> {
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
