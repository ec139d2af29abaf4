//! Checks of memory: how much there is, and what moves or merges it meanwhile.

use super::check::{Affects, Check, warn_if};
use super::host_state::{HostState, always};
use crate::model::Fact;

/// Free memory that the benchmarks need, MiB: the largest parent of `spawn` holds 1 GiB, and its copy may be written.
const FREE_MIB_MIN: f64 = 2_560.0;

/// Swap in use that may be nothing but two sizes that were rounded to MiB, each for itself.
const SWAPPED_MIB_MAX: f64 = 1.0;

pub(super) fn checks(host: &HostState<'_>) -> Vec<Check> {
    vec![
        Check::of_number(
            "free memory",
            &always(host.condition("memory_available_mib")),
            (Affects::Timing, "where memory is short the kernel reclaims pages while it is measured"),
            |mib| mib < FREE_MIB_MIN,
            format!("end what holds memory (`top -o %MEM`): {FREE_MIB_MIN} MiB are needed"),
        )
        .in_unit(" MiB"),
        Check::of(
            "memory limit",
            &host.hardware("memory_limit_mib"),
            (Affects::Coverage, "a group that reaches its limit has its processes killed"),
            |limit| {
                let is_low = limit.parse::<f64>().is_ok_and(|mib| mib < FREE_MIB_MIN);
                warn_if(is_low, format!("raise it: `docker run --memory={FREE_MIB_MIN}m`, or the group's `memory.max`"))
            },
        ),
        Check::of_number(
            "swapped out",
            &swapped_mib(host),
            (Affects::Timing, "a page that was swapped out is read back from the disk while it is measured"),
            |mib| mib > SWAPPED_MIB_MAX,
            format!("end what holds memory (`top -o %MEM`), then {}", host.as_root("sh -c 'swapoff -a; swapon -a'")),
        )
        .in_unit(" MiB"),
        Check::of(
            "huge pages",
            &host.software("huge_pages"),
            (Affects::Timing, "with `always`, whether a block becomes a huge page depends on how memory lies today"),
            |chosen| warn_if(chosen == "always", host.write("madvise", "/sys/kernel/mm/transparent_hugepage/enabled")),
        ),
        Check::of(
            "same-page merging",
            &host.software("same_page_merging"),
            (Affects::Timing, "the kernel merges equal pages, which are then copied when they are written"),
            |run| warn_if(run == "1", host.write("0", "/sys/kernel/mm/ksm/run")),
        ),
        Check::of(
            "overcommit",
            &always(host.software("overcommit")),
            (Affects::Coverage, "with 2, a fork of a large parent is refused although it would copy nothing"),
            |mode| warn_if(mode == "2", host.set("vm.overcommit_memory=0")),
        ),
        Check::of(
            "address randomisation",
            &always(host.software("address_randomisation")),
            (Affects::Little, "without it every process has one and the same layout, whose luck looks like a change"),
            |mode| warn_if(mode == "0", host.set("kernel.randomize_va_space=2")),
        ),
        Check::of(
            "allocator",
            &host.software("allocator"),
            (Affects::Little, "a preloaded allocator is what the benchmarks of allocation then measure"),
            |name| warn_if(name != "libc", "`unset LD_PRELOAD`".to_owned()),
        ),
        Check::of(
            "libc tunables",
            &host.software("libc_tunables"),
            (Affects::Little, "they choose other allocation or string functions than other runs have"),
            |names| warn_if(names != "none", "unset the named variables".to_owned()),
        ),
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
