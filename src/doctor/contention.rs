//! Checks of who else takes time from the measured code, and of how much of the machine it may use.

use super::check::{Check, Finding, Harm, poor_if};
use super::patient::{Patient, always};
use crate::model::Fact;
use crate::verdict::policy::{LOAD_PER_CPU_MAX, PRESSURE_PERCENT_MAX, STEAL_TICKS_MIN, STEAL_TIMING_MAX};

/// Share from which the two sides of a ratio no longer meet the same machine; the gate's limit for invalid data.
const STEAL_RATIO_RATIOS: f64 = 0.1;

pub(super) fn checks(patient: &Patient<'_>) -> Vec<Check> {
    let cpus = patient.hardware_number("cpus_online").unwrap_or(1.0).max(1.0);
    let mut checks = vec![
        Check::of_number(
            "load",
            &always(patient.condition("load_1m")),
            (Harm::Timing, "what else runs takes CPUs and caches from what is measured"),
            |load| load / cpus > LOAD_PER_CPU_MAX,
            "build first (`cargo bench --no-run`), end what else runs (`top`), wait a minute".to_owned(),
        ),
        steal(patient),
        Check::of(
            "CPU quota",
            &patient.hardware("cpus_quota"),
            (Harm::Timing, "a quota stops all workers in the middle of a sample when it is used up"),
            |quota| {
                let fix = "give whole CPUs instead: `docker run --cpuset-cpus=0-1` without `--cpus`, or no `cpu.max`";
                poor_if(quota != "unlimited", fix.to_owned())
            },
        ),
        Check::of_number(
            "stopped by quota",
            &patient.growth("throttled_us_total"),
            (Harm::Ratios, "workers that are stopped together make ratios of the quota, not of the work"),
            |us| us > 0.0,
            "raise or remove the group's CPU quota (`cpu.max`), or use fewer workers".to_owned(),
        )
        .in_unit(" µs meanwhile"),
        affinity(patient),
        Check::of(
            "autogroup",
            &patient.software("autogroup"),
            (Harm::Little, "the kernel shares CPUs by session, so a busy neighbour weighs as much as all workers"),
            |on| poor_if(on == "1", patient.set("kernel.sched_autogroup_enabled=0")),
        ),
    ];
    for (name, reading, fix) in [
        ("CPU pressure", "pressure_cpu_some_percent", "end what else runs (`top`), and wait half a minute"),
        ("IO pressure", "pressure_io_some_percent", "end what reads and writes (`iotop`), and wait half a minute"),
        ("memory pressure", "pressure_memory_some_percent", "end what holds memory (`top -o %MEM`)"),
    ] {
        let about = (Harm::Timing, "tasks waited for it before anything was measured");
        let is_poor = |percent| percent > PRESSURE_PERCENT_MAX;
        checks.push(Check::of_number(name, &patient.condition(reading), about, is_poor, fix.to_owned()).in_unit(" %"));
    }
    checks
}

/// Time that a hypervisor gave to others: between the two readings where they lie far enough apart, else since the
/// start.
fn steal(patient: &Patient<'_>) -> Check {
    let number = |fact: Fact| fact.value().and_then(|text| text.parse::<f64>().ok());
    let ticks = number(patient.growth("cpu_ticks_total")).filter(|ticks| *ticks >= STEAL_TICKS_MIN);
    let share = match (ticks, number(patient.growth("cpu_steal_ticks_total"))) {
        (Some(all), Some(stolen)) => Fact::Value((stolen / all).to_string()),
        _ => always(patient.condition("cpu_steal_ratio")),
    };
    let why = "a hypervisor gives the time of these CPUs to other guests";
    let harms = match number(share.clone()) {
        Some(share) if share > STEAL_RATIO_RATIOS => Harm::Ratios,
        _ => Harm::Timing,
    };
    let fix = "measure at another hour, or on an instance with CPUs of its own (dedicated or metal)".to_owned();
    let mut check = Check::of_number("steal", &share, (harms, why), |share| share > STEAL_TIMING_MAX, fix);
    if let Some(share) = number(share) {
        let since = if ticks.is_some() { "meanwhile" } else { "since the start" };
        check.found = format!("{:.2} % {since}", share * 100.0);
    }
    check
}

/// On how many of the CPUs this process may run.
fn affinity(patient: &Patient<'_>) -> Check {
    let usable = patient.hardware_number("cpus_usable");
    let (allowed, online) = (patient.hardware_number("cpus_allowed"), patient.hardware_number("cpus_online"));
    let is_alone = usable.is_some_and(|usable| usable <= 1.0);
    let about = if is_alone {
        (Harm::Ratios, "on one CPU nothing runs in parallel, so ratios of scaling tell of waiting in turn")
    } else {
        (Harm::Little, "what is left out may share caches with what is measured, and the key is another machine's")
    };
    let fact = match (allowed, online) {
        (Some(allowed), Some(online)) => Fact::Value(format!("{allowed} of {online} CPUs")),
        _ => always(patient.hardware("cpus_allowed")),
    };
    Check::of("affinity", &fact, about, |_| match (allowed, online) {
        (Some(allowed), Some(online)) if allowed < online => {
            let last = online - 1.0;
            Finding::Poor(Some(format!(
                "start it without `taskset`, or `taskset -c 0-{last}`; in a container widen `--cpuset-cpus`"
            )))
        }
        (Some(_), Some(_)) => poor_if(is_alone, "give the machine, or the quota of its group, a second CPU".to_owned()),
        _ => Finding::Odd,
    })
}
