//! Checks of who else takes time from the measured code, and of how much of the machine it may use.

use super::check::{Affects, Check, Finding, warn_if};
use super::host_state::{HostState, always};
use crate::model::Fact;
use crate::verdict::policy::{
    LOAD_PER_CPU_MAX, PRESSURE_PERCENT_MAX, STEAL_RATIOS_MAX, STEAL_TICKS_MIN, STEAL_TIMING_MAX,
};

pub(super) fn checks(host: &HostState<'_>) -> Vec<Check> {
    let cpus = host.hardware_number("cpus_online").unwrap_or(1.0).max(1.0);
    let mut checks = vec![
        Check::of_number(
            "load",
            &always(host.condition("load_1m")),
            (Affects::Timing, "what else runs takes CPUs and caches from what is measured"),
            |load| load / cpus > LOAD_PER_CPU_MAX,
            "build first (`cargo bench --no-run`), end what else runs (`top`), wait a minute".to_owned(),
        ),
        steal(host),
        Check::of(
            "CPU quota",
            &host.hardware("cpus_quota"),
            (Affects::Timing, "a quota stops all workers in the middle of a sample when it is used up"),
            |quota| {
                let fix = "give whole CPUs instead: `docker run --cpuset-cpus=0-1` without `--cpus`, or no `cpu.max`";
                warn_if(quota != "unlimited", fix.to_owned())
            },
        ),
        Check::of_number(
            "stopped by quota",
            &host.growth("throttled_us_total"),
            (Affects::Ratios, "workers that are stopped together make ratios of the quota, not of the work"),
            |us| us > 0.0,
            "raise or remove the group's CPU quota (`cpu.max`), or use fewer workers".to_owned(),
        )
        .in_unit(" µs meanwhile"),
        affinity(host),
        Check::of(
            "autogroup",
            &host.software("autogroup"),
            (Affects::Little, "the kernel shares CPUs by session, so a busy neighbour weighs as much as all workers"),
            |on| warn_if(on == "1", host.set("kernel.sched_autogroup_enabled=0")),
        ),
    ];
    for (name, reading, fix) in [
        ("CPU pressure", "pressure_cpu_some_percent", "end what else runs (`top`), and wait half a minute"),
        ("IO pressure", "pressure_io_some_percent", "end what reads and writes (`iotop`), and wait half a minute"),
        ("memory pressure", "pressure_memory_some_percent", "end what holds memory (`top -o %MEM`)"),
    ] {
        let about = (Affects::Timing, "tasks waited for it before anything was measured");
        let exceeds = |percent| percent > PRESSURE_PERCENT_MAX;
        checks.push(Check::of_number(name, &host.condition(reading), about, exceeds, fix.to_owned()).in_unit(" %"));
    }
    checks
}

/// Time that a hypervisor gave to others: between the two readings where they lie far enough apart, else since the
/// start.
fn steal(host: &HostState<'_>) -> Check {
    let number = |fact: Fact| fact.value().and_then(|text| text.parse::<f64>().ok());
    let ticks = number(host.growth("cpu_ticks_total")).filter(|ticks| *ticks >= STEAL_TICKS_MIN);
    let share = match (ticks, number(host.growth("cpu_steal_ticks_total"))) {
        (Some(all), Some(stolen)) => Fact::Value((stolen / all).to_string()),
        _ => always(host.condition("cpu_steal_ratio")),
    };
    let why = "a hypervisor gives the time of these CPUs to other guests";
    let affects = match number(share.clone()) {
        Some(share) if share > STEAL_RATIOS_MAX => Affects::Ratios,
        _ => Affects::Timing,
    };
    let fix = "measure at another hour, or on an instance with its own CPUs (dedicated or metal)".to_owned();
    let mut check = Check::of_number("steal", &share, (affects, why), |share| share > STEAL_TIMING_MAX, fix);
    if let Some(share) = number(share) {
        let since = if ticks.is_some() { "meanwhile" } else { "since the start" };
        check.found = format!("{:.2} % {since}", share * 100.0);
    }
    check
}

fn affinity(host: &HostState<'_>) -> Check {
    let usable = host.hardware_number("cpus_usable");
    let (allowed, online) = (host.hardware_number("cpus_allowed"), host.hardware_number("cpus_online"));
    let is_alone = usable.is_some_and(|usable| usable <= 1.0);
    let about = if is_alone {
        (Affects::Ratios, "on one CPU nothing runs in parallel, so ratios of scaling measure waiting in turn")
    } else {
        (Affects::Little, "what is left out may share caches with what is measured, and the key is another machine's")
    };
    let fact = match (allowed, online) {
        (Some(allowed), Some(online)) => Fact::Value(format!("{allowed} of {online} CPUs")),
        _ => always(host.hardware("cpus_allowed")),
    };
    Check::of("affinity", &fact, about, |_| match (allowed, online) {
        (Some(allowed), Some(online)) if allowed < online => {
            let last = online - 1.0;
            Finding::Warning(Some(format!(
                "start it without `taskset`, or `taskset -c 0-{last}`; in a container widen `--cpuset-cpus`"
            )))
        }
        (Some(_), Some(_)) => warn_if(is_alone, "give the machine, or the quota of its group, a second CPU".to_owned()),
        _ => Finding::Odd,
    })
}
