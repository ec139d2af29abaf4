//! Checks of who else takes time and memory from the measured code, and of how much of the machine it may use.

use super::check::Affects::{Coverage, Little, Ratios, Timing};
use super::check::{Check, Finding, HostState, always, check, warn_if};
use crate::model::Fact;
use crate::verdict::policy::{
    LOAD_PER_CPU_MAX, PRESSURE_PERCENT_MAX, STEAL_RATIOS_MAX, STEAL_TICKS_MIN, STEAL_TIMING_MAX,
};

pub(super) fn checks(host: &HostState<'_>) -> Vec<Check> {
    let cpus = host.hardware_number("cpus_online").unwrap_or(1.0).max(1.0);
    let mut checks = vec![
        check("load", always(host.condition("load_1m")))
            .affects(Timing, "what else runs takes CPUs and caches from what is measured")
            .exceeds(
                |load| load / cpus > LOAD_PER_CPU_MAX,
                "build first (`cargo bench --no-run`), end what else runs (`top`), wait a minute".to_owned(),
            ),
        steal(host),
        check("CPU quota", host.hardware("cpus_quota"))
            .affects(Timing, "a quota stops all workers in the middle of a sample when it is used up")
            .judged(|quota| {
                let fix = "give whole CPUs instead: `docker run --cpuset-cpus=0-1` without `--cpus`, or no `cpu.max`";
                warn_if(quota != "unlimited", fix.to_owned())
            }),
        check("stopped by quota", host.growth("throttled_us_total"))
            .affects(Ratios, "workers that are stopped together make ratios of the quota, not of the work")
            .exceeds(
                |us| us > 0.0,
                "raise or remove the group's CPU quota (`cpu.max`), or use fewer workers".to_owned(),
            )
            .in_unit(" µs meanwhile"),
        affinity(host),
        check("autogroup", host.software("autogroup"))
            .affects(Little, "the kernel shares CPUs by session, so a busy neighbour weighs as much as all workers")
            .warn_if(|on| on == "1", host.set("kernel.sched_autogroup_enabled=0")),
    ];
    for (name, reading, fix) in [
        ("CPU pressure", "pressure_cpu_some_percent", "end what else runs (`top`), and wait half a minute"),
        ("IO pressure", "pressure_io_some_percent", "end what reads and writes (`iotop`), and wait half a minute"),
        ("memory pressure", "pressure_memory_some_percent", "end what holds memory (`top -o %MEM`)"),
    ] {
        let (affects, why) = (Timing, "tasks waited for it before anything was measured");
        let exceeds = |percent| percent > PRESSURE_PERCENT_MAX;
        checks.push(
            check(name, host.condition(reading)).affects(affects, why).exceeds(exceeds, fix.to_owned()).in_unit(" %"),
        );
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
    let stolen_share = number(share.clone());
    let affects = if stolen_share.is_some_and(|share| share > STEAL_RATIOS_MAX) { Ratios } else { Timing };
    let fix = "measure at another hour, or on an instance with its own CPUs (dedicated or metal)".to_owned();
    let mut check = check("steal", share).affects(affects, why).exceeds(|share| share > STEAL_TIMING_MAX, fix);
    if let Some(share) = stolen_share {
        let since = if ticks.is_some() { "meanwhile" } else { "since the start" };
        check.found = format!("{:.2} % {since}", share * 100.0);
    }
    check
}

fn affinity(host: &HostState<'_>) -> Check {
    let usable = host.hardware_number("cpus_usable");
    let (allowed, online) = (host.hardware_number("cpus_allowed"), host.hardware_number("cpus_online"));
    let is_alone = usable.is_some_and(|usable| usable <= 1.0);
    let (affects, why) = if is_alone {
        (Ratios, "on one CPU nothing runs in parallel, so ratios of scaling measure waiting in turn")
    } else {
        (Little, "what is left out may share caches with what is measured, and the key is another machine's")
    };
    let fact = match (allowed, online) {
        (Some(allowed), Some(online)) => Fact::Value(format!("{allowed} of {online} CPUs")),
        _ => always(host.hardware("cpus_allowed")),
    };
    check("affinity", fact).affects(affects, why).judged(|_| match (allowed, online) {
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

/// Free memory that the benchmarks need, MiB: the largest parent of `spawn` holds 1 GiB, and its copy may be written.
const FREE_MIB_MIN: f64 = 2_560.0;

/// Swap in use that may be nothing but two sizes that were rounded to MiB, each for itself.
const SWAPPED_MIB_MAX: f64 = 1.0;

pub(super) fn memory_checks(host: &HostState<'_>) -> Vec<Check> {
    vec![
        check("free memory", always(host.condition("memory_available_mib")))
            .affects(Timing, "where memory is short the kernel reclaims pages while it is measured")
            .exceeds(
                |mib| mib < FREE_MIB_MIN,
                format!("end what holds memory (`top -o %MEM`): {FREE_MIB_MIN} MiB are needed"),
            )
            .in_unit(" MiB"),
        check("memory limit", host.hardware("memory_limit_mib"))
            .affects(Coverage, "a group that reaches its limit has its processes killed")
            .judged(|limit| {
                let is_low = limit.parse::<f64>().is_ok_and(|mib| mib < FREE_MIB_MIN);
                warn_if(is_low, format!("raise it: `docker run --memory={FREE_MIB_MIN}m`, or the group's `memory.max`"))
            }),
        check("swapped out", swapped_mib(host))
            .affects(Timing, "a page that was swapped out is read back from the disk while it is measured")
            .exceeds(
                |mib| mib > SWAPPED_MIB_MAX,
                format!(
                    "end what holds memory (`top -o %MEM`), then {}",
                    host.as_root("sh -c 'swapoff -a; swapon -a'")
                ),
            )
            .in_unit(" MiB"),
        check("huge pages", host.software("huge_pages"))
            .affects(Timing, "with `always`, whether a block becomes a huge page depends on how memory lies today")
            .warn_if(|chosen| chosen == "always", host.write("madvise", "/sys/kernel/mm/transparent_hugepage/enabled")),
        check("same-page merging", host.software("same_page_merging"))
            .affects(Timing, "the kernel merges equal pages, which are then copied when they are written")
            .warn_if(|run| run == "1", host.write("0", "/sys/kernel/mm/ksm/run")),
        check("overcommit", always(host.software("overcommit")))
            .affects(Coverage, "with 2, a fork of a large parent is refused although it would copy nothing")
            .warn_if(|mode| mode == "2", host.set("vm.overcommit_memory=0")),
        check("address randomisation", always(host.software("address_randomisation")))
            .affects(Little, "without it every process has one and the same layout, whose luck looks like a change")
            .warn_if(|mode| mode == "0", host.set("kernel.randomize_va_space=2")),
        check("allocator", host.software("allocator"))
            .affects(Little, "a preloaded allocator is what the benchmarks of allocation then measure")
            .warn_if(|name| name != "libc", "`unset LD_PRELOAD`".to_owned()),
        check("libc tunables", host.software("libc_tunables"))
            .affects(Little, "they choose other allocation or string functions than other runs have")
            .warn_if(|names| names != "none", "unset the named variables".to_owned()),
    ]
}

fn swapped_mib(host: &HostState<'_>) -> Fact {
    let (all, free) = (host.software("swap_kib"), host.condition("swap_free_mib"));
    let number = |fact: &Fact| fact.value().and_then(|text| text.parse::<u64>().ok());
    match (number(&all), number(&free)) {
        (Some(all_kib), Some(free_mib)) => Fact::Value((all_kib / 1024).saturating_sub(free_mib).to_string()),
        (None, _) => all,
        (_, None) => free,
    }
}
