//! The stable facts, that are hashed into the machine's key.
//!
//! A fact is here when a change of it makes runs incomparable, and when it stays the same through reboots, updates and
//! idle weeks. What fails the second test is recorded as software or as conditions instead.
//!
//! | facts | why they are part of the key |
//! |---|---|
//! | `architecture`, `cpu_vendor`, `cpu_name`, `cpu_family`, `cpu_model`, `cpu_stepping` | another processor |
//! | `cpu_flags_hash` | the same processor with other instructions let through by its hypervisor |
//! | `cpus_online`, `cores_physical`, `threads_per_core`, `sockets`, `numa_nodes` | what runs at once, and how far apart |
//! | `cpus_allowed`, `cpus_quota`, `cpus_usable` | a container of 2 CPUs on a host of 64 is a machine of 2 |
//! | `cache_*` | decide where memory-bound work bends |
//! | `memory_gib`, `memory_limit_mib` | decide what fits; rounded, because every kernel keeps another few MiB |
//! | `page_bytes` | the grain of copy-on-write and page faults |
//! | `virtualisation`, `product` | exits and nested page tables; instance types differ under one processor |
//! | `container`, `system_call_filter` | mount and network layers; a filter slows every system call |
//!
//! Left out on purpose: kernel release, libc, microcode and mitigations (an update is the same machine, and seeing
//! what it costs is what a series is for), clock rates (`cpu MHz` and `bogomips` jitter), flags that only the kernel made
//! up, memory to the byte. A fact added here or taken away makes every machine a new one.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{EMULATED, Fact};

use super::control_group::ControlGroups;
use super::fact::{Answer, fact, facts, not_applicable, sha256, unknown, value};
use super::processor::{Processor, described};
use super::system::System;
use super::virtualisation::{container, hypervisor, product, status_field, system_call_filter};

const CPU: &str = "/sys/devices/system/cpu";

/// Most CPUs that are believed in: the kernel's own limit. A list of more is nonsense and is cut short.
const CPUS_MAX: usize = 8192;

pub(super) fn hardware(host: &System) -> BTreeMap<String, Fact> {
    let mut processor = Processor::of(host);
    let virtualisation = processor.as_ref().map_err(Clone::clone).and_then(|p| hypervisor(host, p));
    if virtualisation.as_ref().is_ok_and(|kind| kind.starts_with(EMULATED)) {
        processor = processor.map(|shown| shown.emulated(host.architecture));
    }
    let described = |pick| described(&processor, pick);
    let online = cpus_online(host, &processor);
    let topology = Topology::of(host, &online);
    let counted = |pick: fn(&Topology) -> usize| fact(topology.as_ref().map(pick).map_err(Clone::clone));
    let status = host.text("/proc/self/status").unwrap_or_default();
    let allowed =
        status_field(&status, "Cpus_allowed_list").map(|list| cpu_list(list).len()).filter(|count| *count > 0);
    let groups = ControlGroups::of(host);
    let quota = groups.as_ref().ok().and_then(|groups| groups.quota_cpus(host));
    let memory = memory_bytes(host);

    facts([
        ("architecture", value(host.architecture)),
        ("cpu_vendor", described(|p| p.vendor.clone())),
        ("cpu_name", described(|p| p.name.clone())),
        ("cpu_family", described(|p| p.family.clone())),
        ("cpu_model", described(|p| p.model.clone())),
        ("cpu_stepping", described(|p| p.stepping.clone())),
        ("cpu_flags_hash", described(|p| (!p.flags.is_empty()).then(|| sha256(&p.stable_flags().join(" "))))),
        ("cpus_online", fact(online.as_ref().map(Vec::len).map_err(Clone::clone))),
        ("cpus_allowed", fact(allowed.ok_or_else(|| unknown("/proc/self/status lists no CPUs")))),
        ("cpus_quota", limit(&groups, quota.map(|cpus| format!("{cpus:.2}")))),
        ("cpus_usable", fact(cpus_usable(allowed, online.as_ref().map(Vec::len).ok(), quota))),
        ("cores_physical", counted(|t| t.cores)),
        ("threads_per_core", counted(|t| t.threads_per_core)),
        ("sockets", counted(|t| t.sockets)),
        ("numa_nodes", fact(host.line("/sys/devices/system/node/online").map(|list| cpu_list(&list).len()))),
        ("cache_l1d_kib", cache(host, "1", "Data", "size")),
        ("cache_l1i_kib", cache(host, "1", "Instruction", "size")),
        ("cache_l2_kib", cache(host, "2", "Unified", "size")),
        ("cache_l3_kib", cache(host, "3", "Unified", "size")),
        ("cache_l3_cpus", cache(host, "3", "Unified", "shared_cpu_list")),
        ("memory_gib", fact(memory.clone().map(rounded_gib))),
        ("memory_limit_mib", limit(&groups, memory_limit(host, &groups, memory.ok()))),
        ("page_bytes", fact(page_bytes(host))),
        ("virtualisation", fact(virtualisation)),
        ("product", fact(product(host))),
        ("container", value(container(host))),
        ("system_call_filter", fact(system_call_filter(&status))),
    ])
}

/// Numbers in a list as the kernel writes it: `0-3,8,10-11`.
pub(super) fn cpu_list(text: &str) -> Vec<usize> {
    let ranges = text.trim().split(',').filter_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.trim().parse::<usize>().ok()?..=last.trim().parse::<usize>().ok()?)
    });
    ranges.flatten().take(CPUS_MAX).collect()
}

/// Memory of the machine as its kernel counts it, bytes.
pub(super) fn memory_bytes(host: &System) -> Answer<u64> {
    memory_field(&host.text("/proc/meminfo")?, "MemTotal").ok_or_else(|| unknown("/proc/meminfo gives no total"))
}

/// What may be allocated now, by the whole system and by the control groups that have a limit, bytes; `None` where neither says.
pub fn free_memory() -> Option<u64> {
    let host = System::here();
    let available = host.text("/proc/meminfo").ok().and_then(|text| memory_field(&text, "MemAvailable"));
    let in_groups = ControlGroups::of(&host).ok().and_then(|groups| groups.memory_free(&host));
    available.into_iter().chain(in_groups).min()
}

/// A field of the text of `/proc/meminfo`, bytes.
pub(super) fn memory_field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn cpus_online(host: &System, processor: &Answer<Processor>) -> Answer<Vec<usize>> {
    match host.line(&format!("{CPU}/online")).map(|list| cpu_list(&list)) {
        Ok(cpus) if !cpus.is_empty() => Ok(cpus),
        _ => processor.as_ref().map(|processor| (0..processor.cpus).collect()).map_err(Clone::clone),
    }
}

/// CPUs that this process can keep busy: what it is allowed, but no more than its quota, and always one.
fn cpus_usable(allowed: Option<usize>, online: Option<usize>, quota: Option<f64>) -> Answer<usize> {
    let cpus = allowed.or(online).ok_or_else(|| unknown("neither the allowed nor the online CPUs are listed"))?;
    Ok(quota.map_or(cpus, |quota| cpus.min(quota as usize)).max(1))
}

struct Topology {
    cores: usize,
    threads_per_core: usize,
    sockets: usize,
}

impl Topology {
    fn of(host: &System, online: &Answer<Vec<usize>>) -> Answer<Self> {
        let (mut cores, mut sockets) = (BTreeSet::new(), BTreeSet::new());
        for cpu in online.as_ref().map_err(Clone::clone)? {
            let folder = format!("{CPU}/cpu{cpu}/topology");
            cores.insert(host.line(&format!("{folder}/thread_siblings_list"))?);
            sockets.insert(host.line(&format!("{folder}/physical_package_id"))?);
        }
        let threads_per_core = cores.iter().map(|siblings| cpu_list(siblings).len()).max().unwrap_or_default();
        Ok(Self { cores: cores.len(), threads_per_core, sockets: sockets.len() })
    }
}

/// Size in KiB, or number of CPUs that share it, of one cache of the first CPU.
fn cache(host: &System, level: &str, kind: &str, file: &str) -> Fact {
    let folder = format!("{CPU}/cpu0/cache");
    let indices = host.names(&folder);
    if indices.is_empty() {
        return unknown("the kernel lists no caches");
    }
    let is = |index: &str, file: &str, wanted: &str| {
        host.line(&format!("{folder}/{index}/{file}")).is_ok_and(|found| found == wanted)
    };
    let index = indices.iter().find(|index| is(index, "level", level) && is(index, "type", kind));
    let Some(index) = index else { return not_applicable("this processor lists no such cache") };
    fact(host.line(&format!("{folder}/{index}/{file}")).map(|text| match text.strip_suffix('K') {
        Some(kib) => kib.to_owned(),
        None => cpu_list(&text).len().to_string(),
    }))
}

/// GiB, to an eighth of the power of two below. The kernel keeps some MiB for itself, more or less with every release:
/// plain rounding would put a machine that lies near the middle between two numbers into two classes.
fn rounded_gib(bytes: u64) -> u64 {
    let gib = bytes as f64 / (1u64 << 30) as f64;
    let step = (gib.max(1.0).log2().floor().exp2() / 8.0).max(1.0);
    ((gib / step).round() * step) as u64
}

/// A limit above what the machine has is none.
fn memory_limit(host: &System, groups: &Answer<ControlGroups>, memory: Option<u64>) -> Option<String> {
    let limit = groups.as_ref().ok()?.memory_bytes(host)?;
    (limit < memory.unwrap_or(u64::MAX >> 1)).then(|| (limit >> 20).to_string())
}

fn limit(groups: &Answer<ControlGroups>, limit: Option<String>) -> Fact {
    fact(groups.as_ref().map(|_| limit.unwrap_or_else(|| "unlimited".to_owned())).map_err(Clone::clone))
}

fn page_bytes(host: &System) -> Answer<u64> {
    let maps = host.text("/proc/self/smaps")?;
    memory_field(&maps, "KernelPageSize").ok_or_else(|| unknown("/proc/self/smaps gives no page size"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_of_cpus_and_is_not_fooled_by_huge_ones() {
        assert_eq!(cpu_list("0-2,8\n"), [0, 1, 2, 8]);
        assert!(cpu_list("").is_empty());
        assert!(cpu_list("x-y,-").is_empty());
        assert_eq!(cpu_list("0-18446744073709551615").len(), CPUS_MAX);
    }

    #[test]
    fn memory_is_rounded_so_that_a_kernel_update_does_not_move_it() {
        let mib = |mib: u64| rounded_gib(mib << 20);
        let cases =
            [(480, 0), (1960, 2), (7957, 8), (15_990, 16), (24_105, 24), (23_800, 24), (64_300, 64), (257_000, 256)];
        for (size, expected) in cases {
            assert_eq!(mib(size), expected, "{size} MiB");
        }
    }

    #[test]
    fn a_quota_below_the_allowed_cpus_decides_but_one_cpu_is_always_usable() {
        let cases = [
            (Some(4), None, None, Ok(4)),
            (Some(4), None, Some(2.5), Ok(2)),
            (Some(4), None, Some(0.5), Ok(1)),
            (None, Some(3), None, Ok(3)),
        ];
        for (allowed, online, quota, expected) in cases {
            assert_eq!(cpus_usable(allowed, online, quota), expected);
        }
        assert!(cpus_usable(None, None, Some(1.0)).is_err());
    }
}
