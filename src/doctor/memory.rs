//! Checks of memory: how much there is, and what moves or merges it behind the measured code's back.

use super::check::{Check, Harm, poor_if};
use super::patient::{Patient, always};
use crate::model::Fact;

/// Free memory that the benchmarks want, MiB: the largest parent of `spawn` holds 1 GiB, and its copy may be written.
const FREE_MIB_MIN: f64 = 2_560.0;

/// Swap in use that may be nothing but two sizes that were rounded to MiB, each for itself.
const SWAPPED_MIB_MAX: f64 = 1.0;

pub(super) fn checks(patient: &Patient<'_>) -> Vec<Check> {
    vec![
        Check::of_number(
            "free memory",
            &always(patient.condition("memory_available_mib")),
            (Harm::Timing, "where memory is short the kernel reclaims pages while it is measured"),
            |mib| mib < FREE_MIB_MIN,
            format!("end what holds memory (`top -o %MEM`): {FREE_MIB_MIN} MiB are wanted"),
        )
        .in_unit(" MiB"),
        Check::of(
            "memory limit",
            &patient.hardware("memory_limit_mib"),
            (Harm::Coverage, "a group that reaches its limit has its processes killed"),
            |limit| {
                let is_low = limit.parse::<f64>().is_ok_and(|mib| mib < FREE_MIB_MIN);
                poor_if(is_low, format!("raise it: `docker run --memory={FREE_MIB_MIN}m`, or the group's `memory.max`"))
            },
        ),
        Check::of_number(
            "swapped out",
            &swapped_mib(patient),
            (Harm::Timing, "a page that was swapped out is read back from the disk while it is measured"),
            |mib| mib > SWAPPED_MIB_MAX,
            format!("end what holds memory (`top -o %MEM`), then {}", patient.as_root("sh -c 'swapoff -a; swapon -a'")),
        )
        .in_unit(" MiB"),
        Check::of(
            "huge pages",
            &patient.software("huge_pages"),
            (Harm::Timing, "with `always`, whether a block becomes a huge page depends on how memory lies today"),
            |chosen| {
                poor_if(chosen == "always", patient.write("madvise", "/sys/kernel/mm/transparent_hugepage/enabled"))
            },
        ),
        Check::of(
            "same-page merging",
            &patient.software("same_page_merging"),
            (Harm::Timing, "the kernel merges equal pages, which are then copied when they are written"),
            |run| poor_if(run == "1", patient.write("0", "/sys/kernel/mm/ksm/run")),
        ),
        Check::of(
            "overcommit",
            &always(patient.software("overcommit")),
            (Harm::Coverage, "with 2, a fork of a large parent is refused although it would copy nothing"),
            |mode| poor_if(mode == "2", patient.set("vm.overcommit_memory=0")),
        ),
        Check::of(
            "address randomisation",
            &always(patient.software("address_randomisation")),
            (Harm::Little, "without it every process has one and the same layout, whose luck looks like a change"),
            |mode| poor_if(mode == "0", patient.set("kernel.randomize_va_space=2")),
        ),
        Check::of(
            "allocator",
            &patient.software("allocator"),
            (Harm::Little, "a preloaded allocator is what the benchmarks of allocation then measure"),
            |name| poor_if(name != "libc", "`unset LD_PRELOAD`".to_owned()),
        ),
        Check::of(
            "libc tunables",
            &patient.software("libc_tunables"),
            (Harm::Little, "they choose other allocation or string functions than other runs have"),
            |told| poor_if(told != "none", "unset the variables that are named".to_owned()),
        ),
    ]
}

/// How much of the swap is in use.
fn swapped_mib(patient: &Patient<'_>) -> Fact {
    let (all, free) = (patient.software("swap_kib"), patient.condition("swap_free_mib"));
    let number = |fact: &Fact| fact.value().and_then(|text| text.parse::<u64>().ok());
    match (number(&all), number(&free)) {
        (Some(all_kib), Some(free_mib)) => Fact::Value((all_kib / 1024).saturating_sub(free_mib).to_string()),
        (None, _) => all,
        (_, None) => free,
    }
}
