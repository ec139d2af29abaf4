//! Checks of what makes the clock of the CPUs move, and of the clock that times are read from.

use super::check::{Check, Finding, Harm, poor_if};
use super::patient::{Patient, always};

const GOVERNOR: &str = "/sys/devices/system/cpu/cpufreq/policy*/scaling_governor";
const INTEL_NO_TURBO: &str = "/sys/devices/system/cpu/intel_pstate/no_turbo";
const BOOST: &str = "/sys/devices/system/cpu/cpufreq/boost";
const CLOCKSOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/// Clocks that are read without a call of the kernel: of the processor, and those that a hypervisor keeps for guests.
const QUICK_CLOCKS: [&str; 5] =
    ["tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "riscv_clocksource"];

pub(super) fn checks(patient: &Patient<'_>) -> Vec<Check> {
    let is_intel = patient.software("frequency_driver").value().is_some_and(|driver| driver.starts_with("intel"));
    let turbo_off = if is_intel { patient.write("1", INTEL_NO_TURBO) } else { patient.write("0", BOOST) };
    vec![
        Check::of(
            "frequency governor",
            &patient.software("frequency_governor"),
            (Harm::Timing, "another governor than `performance` lowers the clock between samples"),
            |governor| poor_if(governor != "performance", patient.write("performance", GOVERNOR)),
        ),
        Check::of(
            "turbo",
            &patient.software("turbo"),
            (Harm::Timing, "with turbo the clock depends on heat, and on how many cores are busy"),
            |turbo| poor_if(turbo == "on", turbo_off),
        ),
        Check::of(
            "clocksource",
            &always(patient.software("clocksource")),
            (Harm::Timing, "another clock costs a call of the kernel for every reading"),
            |clock| {
                let step = patient.write("tsc", CLOCKSOURCE);
                let fix = format!("if `available_clocksource` beside it lists tsc, {step}");
                poor_if(!QUICK_CLOCKS.contains(&clock), fix)
            },
        ),
        Check::of_number(
            "slowed by heat",
            &patient.growth("heat_throttles_total"),
            (Harm::Ratios, "a core that slows down meanwhile makes ratios of what ran before and after"),
            |times| times > 0.0,
            "let the machine cool, see to its fans, and measure again".to_owned(),
        )
        .in_unit(" times meanwhile"),
        Check::of(
            "battery",
            &patient.condition("on_battery"),
            (Harm::Timing, "on battery the firmware holds the clock down"),
            |is_on_battery| match is_on_battery {
                "yes" => Finding::Poor(Some("connect the mains".to_owned())),
                "no" => Finding::Fine,
                _ => Finding::Odd,
            },
        ),
    ]
}
