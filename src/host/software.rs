//! Facts of the system's software and settings: recorded, never hashed, and the first suspects when a series moves.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Fact;

use super::control_group::ControlGroups;
use super::fact::{Answer, fact, facts, not_applicable, sha256, unknown, value, words};
use super::processor::{Processor, described};
use super::system::System;
use super::virtualisation::status_field;

const CPU: &str = "/sys/devices/system/cpu";
const HUGE_PAGES: &str = "/sys/kernel/mm/transparent_hugepage";
const VULNERABILITIES: &str = "/sys/devices/system/cpu/vulnerabilities";

/// What an update or an administrator may change on the same machine.
pub(super) fn software(host: &System) -> BTreeMap<String, Fact> {
    let processor = Processor::of(host);
    let described = |pick| described(&processor, pick);
    let line = |path: &str| fact(host.line(path));
    let chosen = |path: &str| fact(host.line(path).map(|text| bracketed(&text).to_owned()));
    let frequency = |file: &str| fact(frequency_setting(host, file));
    let limits = host.text("/proc/self/limits");
    let limit = |name: &str| fact(limits.clone().and_then(|text| soft_limit(&text, name)));
    let groups = ControlGroups::of(host);
    let config = kernel_config(host);
    let status = host.text("/proc/self/status").unwrap_or_default();

    let mut all = facts([
        ("kernel_release", line("/proc/sys/kernel/osrelease")),
        ("kernel_build", line("/proc/sys/kernel/version")),
        ("kernel_hz", fact(config.clone().and_then(|text| kernel_hz(&text)))),
        ("preemption", fact(preemption(host, &config))),
        ("operating_system", fact(host.text("/etc/os-release").and_then(|text| operating_system(&text)))),
        ("runner_image", fact(runner_image(host))),
        ("libc", fact(libc(host))),
        ("libc_dispatch", described(Processor::dispatch_class)),
        ("libc_tunables", fact(variables(host, |name| name == "GLIBC_TUNABLES" || name.starts_with("MALLOC_")))),
        ("allocator", fact(host.text("/proc/self/maps").map(|maps| allocator(&maps)))),
        ("microcode", described(|p| p.microcode.clone())),
        ("cpu_flags_all_hash", described(|p| Some(sha256(&p.flags.iter().cloned().collect::<Vec<_>>().join(" "))))),
        ("frequency_driver", frequency("scaling_driver")),
        ("frequency_governor", frequency("scaling_governor")),
        ("frequency_preference", frequency("energy_performance_preference")),
        ("frequency_khz_min", frequency("cpuinfo_min_freq")),
        ("frequency_khz_max", frequency("cpuinfo_max_freq")),
        ("frequency_khz_limit", frequency("scaling_max_freq")),
        ("turbo", fact(turbo(host))),
        ("idle_driver", line(&format!("{CPU}/cpuidle/current_driver"))),
        ("idle_governor", line(&format!("{CPU}/cpuidle/current_governor"))),
        ("cpus_isolated", fact(isolated(host))),
        ("clocksource", line("/sys/devices/system/clocksource/clocksource0/current_clocksource")),
        ("huge_pages", chosen(&format!("{HUGE_PAGES}/enabled"))),
        ("huge_pages_defrag", chosen(&format!("{HUGE_PAGES}/defrag"))),
        ("huge_pages_shared", chosen(&format!("{HUGE_PAGES}/shmem_enabled"))),
        ("same_page_merging", line("/sys/kernel/mm/ksm/run")),
        ("swap_kib", fact(host.text("/proc/swaps").map(|text| swap_kib(&text)))),
        ("swappiness", line("/proc/sys/vm/swappiness")),
        ("overcommit", line("/proc/sys/vm/overcommit_memory")),
        ("mappings_limit", line("/proc/sys/vm/max_map_count")),
        ("address_randomisation", line("/proc/sys/kernel/randomize_va_space")),
        ("perf_event_paranoid", line("/proc/sys/kernel/perf_event_paranoid")),
        ("autogroup", line("/proc/sys/kernel/sched_autogroup_enabled")),
        ("numa_balancing", line("/proc/sys/kernel/numa_balancing")),
        ("timer_slack_ns", line("/proc/self/timerslack_ns")),
        ("control_groups", fact(groups.clone().map(|groups| groups.version()))),
        ("tasks_limit", fact(groups.map(|groups| unlimited(groups.tasks(host))))),
        ("threads_limit", line("/proc/sys/kernel/threads-max")),
        ("process_ids_limit", line("/proc/sys/kernel/pid_max")),
        ("open_files_limit", limit("Max open files")),
        ("stack_bytes_limit", limit("Max stack size")),
        ("processes_limit", limit("Max processes")),
        ("system_call_filters", fact(status_field(&status, "Seccomp_filters").ok_or_else(no_count))),
        ("file_system", fact(file_system(host))),
    ]);
    all.extend(mitigations(host));
    all
}

/// Name and version of the C library that this program is linked with.
pub(super) fn libc(host: &System) -> Answer<String> {
    if cfg!(target_env = "musl") {
        return Ok("musl, linked statically".to_owned());
    }
    let by_name = host.answer("getconf", &["GNU_LIBC_VERSION"]);
    let printed = by_name.or_else(|_| host.answer("ldd", &["--version"]))?;
    printed
        .lines()
        .next()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| unknown("it does not print a version"))
}

/// Environment variables that `wanted` picks, as `name=value`, sorted.
pub(super) fn variables(host: &System, wanted: fn(&str) -> bool) -> Answer<String> {
    let found = host.variables().into_iter().filter(|(name, _)| wanted(name));
    let found: BTreeSet<String> = found.map(|(name, value)| format!("{name}={value}")).collect();
    Ok(words(found))
}

/// The chosen word of `always [madvise] never`; all of the text when none is marked.
fn bracketed(text: &str) -> &str {
    text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or(text, |(chosen, _)| chosen)
}

fn unlimited(limit: Option<u64>) -> String {
    limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string())
}

fn no_count() -> Fact {
    not_applicable("this kernel does not count the filters of system calls")
}

/// One setting of all frequency policies; unlike ones are joined by ` + `.
fn frequency_setting(host: &System, file: &str) -> Answer<String> {
    let folder = format!("{CPU}/cpufreq");
    let policies = host.names(&folder).into_iter().filter(|name| name.starts_with("policy"));
    let settings: Vec<Answer<String>> =
        policies.map(|policy| host.line(&format!("{folder}/{policy}/{file}"))).collect();
    if settings.is_empty() {
        return Err(not_applicable("this kernel does not control the frequency of its CPUs"));
    }
    let distinct = settings.into_iter().collect::<Answer<BTreeSet<String>>>()?;
    Ok(distinct.into_iter().collect::<Vec<_>>().join(" + "))
}

fn turbo(host: &System) -> Answer<&'static str> {
    if let Ok(no_turbo) = host.number(&format!("{CPU}/intel_pstate/no_turbo")) {
        return Ok(if no_turbo == 0 { "on" } else { "off" });
    }
    match host.number(&format!("{CPU}/cpufreq/boost")) {
        Ok(0) => Ok("off"),
        Ok(_) => Ok("on"),
        Err(_) => Err(not_applicable("this kernel does not control turbo")),
    }
}

fn isolated(host: &System) -> Answer<String> {
    let text = host.text(&format!("{CPU}/isolated"))?;
    Ok(if text.trim().is_empty() { "none".to_owned() } else { text })
}

fn kernel_config(host: &System) -> Answer<String> {
    let release = host.line("/proc/sys/kernel/osrelease")?;
    if let Ok(text) = host.text(&format!("/boot/config-{release}")) {
        return Ok(text);
    }
    if host.holds("/proc/config.gz") {
        return host.answer("zcat", &["/proc/config.gz"]);
    }
    Err(unknown("the kernel's build settings are neither in /boot nor in /proc"))
}

fn kernel_hz(config: &str) -> Answer<String> {
    let hz = config.lines().find_map(|line| line.strip_prefix("CONFIG_HZ="));
    hz.map(str::to_owned).ok_or_else(|| unknown("the kernel's build settings name no HZ"))
}

/// How readily the kernel interrupts itself: as it was built, since the mode of the day is root's to read.
fn preemption(host: &System, config: &Answer<String>) -> Answer<String> {
    let build = host.line("/proc/sys/kernel/version")?;
    if let Some(word) = build.split_whitespace().find(|word| word.starts_with("PREEMPT")) {
        return Ok(word.to_lowercase());
    }
    let has = |name: &str| config.as_ref().is_ok_and(|text| text.lines().any(|line| line == name));
    if has("CONFIG_PREEMPT_VOLUNTARY=y") {
        Ok("voluntary".to_owned())
    } else if has("CONFIG_PREEMPT_NONE=y") {
        Ok("none".to_owned())
    } else {
        Ok("none or voluntary".to_owned())
    }
}

fn operating_system(text: &str) -> Answer<String> {
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.map(|name| name.trim_matches('"').to_owned()).ok_or_else(|| unknown("/etc/os-release gives no name"))
}

/// The image of a CI runner: a new one may bring another kernel and other tools.
fn runner_image(host: &System) -> Answer<String> {
    match (host.variable("ImageOS"), host.variable("ImageVersion")) {
        (Some(system), Some(version)) => Ok(format!("{system} {version}")),
        (Some(only), None) | (None, Some(only)) => Ok(only),
        (None, None) if host.variable("CI").is_some() => Err(unknown("this CI runner does not name its image")),
        (None, None) => Err(not_applicable("this is not a CI runner")),
    }
}

fn allocator(maps: &str) -> String {
    let preloaded = ["jemalloc", "tcmalloc", "mimalloc", "snmalloc"];
    let found = preloaded.iter().find(|name| maps.lines().any(|line| line.contains(&format!("/lib{name}"))));
    found.map_or_else(|| "libc".to_owned(), |name| (*name).to_owned())
}

fn swap_kib(text: &str) -> u64 {
    text.lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(2)?.parse::<u64>().ok())
        .fold(0, u64::saturating_add)
}

/// Soft limit of the text of `/proc/self/limits`.
fn soft_limit(text: &str, name: &str) -> Answer<String> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name));
    let soft = rest.and_then(|rest| rest.split_whitespace().next());
    soft.map(str::to_owned).ok_or_else(|| unknown(format!("/proc/self/limits has no line for {name}")))
}

/// Kind of the file system that the working folder lies on, and so the bench target's files.
fn file_system(host: &System) -> Answer<String> {
    let mounts = host.text("/proc/self/mountinfo")?;
    let here = std::env::current_dir().map_err(|error| unknown(format!("no working folder: {}", error.kind())))?;
    let entries = mounts.lines().filter_map(|line| {
        let (place, source) = line.split_once(" - ")?;
        Some((place.split(' ').nth(4)?, source.split(' ').next()?))
    });
    // Of two mounts at one place, the later covers the earlier.
    let nearest = entries.filter(|(point, _)| here.starts_with(point)).max_by_key(|(point, _)| point.len());
    nearest.map(|(_, kind)| kind.to_owned()).ok_or_else(|| unknown("no mount holds the working folder"))
}

/// What the kernel does against vulnerabilities of the processor: in short, and as a hash of all its words.
fn mitigations(host: &System) -> BTreeMap<String, Fact> {
    let names = host.names(VULNERABILITIES);
    let states: Vec<(String, String)> = names
        .into_iter()
        .filter_map(|name| host.line(&format!("{VULNERABILITIES}/{name}")).ok().map(|state| (name, state)))
        .collect();
    if states.is_empty() {
        let absent = not_applicable("this kernel does not report the processor's vulnerabilities");
        return facts([("mitigations", absent.clone()), ("mitigations_hash", absent)]);
    }
    let lines: Vec<String> = states.iter().map(|(name, state)| format!("{name}: {state}")).collect();
    facts([("mitigations", value(mitigation_summary(&states))), ("mitigations_hash", value(sha256(&lines.join("\n"))))])
}

fn mitigation_summary(states: &[(String, String)]) -> String {
    let named = |start: &str| words(states.iter().filter(|(_, state)| state.starts_with(start)).map(|(name, _)| name));
    format!("vulnerable: {}; mitigated: {}", named("Vulnerable"), named("Mitigation"))
}

#[cfg(test)]
mod tests {
    use super::super::system::tests::host_of;
    use super::*;

    #[test]
    fn reads_the_chosen_word() {
        assert_eq!(bracketed("always [madvise] never"), "madvise");
        assert_eq!(bracketed("plain"), "plain");
    }

    #[test]
    fn reads_limits_swap_and_names() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
            Max stack size            8388608              unlimited            bytes     \n";
        assert_eq!(soft_limit(limits, "Max stack size").as_deref(), Ok("8388608"));
        assert!(soft_limit(limits, "Max open files").is_err());
        assert_eq!(swap_kib("Filename Type Size Used Priority\n/dev/a partition 100 0 -2\n/dev/b file 23 0 -3\n"), 123);
        assert_eq!(operating_system("A=1\nPRETTY_NAME=\"Debian 12\"\n").as_deref(), Ok("Debian 12"));
        assert_eq!(kernel_hz("# x\nCONFIG_HZ_250=y\nCONFIG_HZ=250\n").as_deref(), Ok("250"));
        assert_eq!(allocator("7f00 r-xp 00 /usr/lib/libjemalloc.so.2\n"), "jemalloc");
    }

    #[test]
    fn reads_frequency_policies_and_turbo() {
        let (_folder, host) = host_of(&[
            ("/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave\n"),
            ("/sys/devices/system/cpu/cpufreq/policy1/scaling_governor", "performance\n"),
            ("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"),
        ]);
        assert_eq!(frequency_setting(&host, "scaling_governor").as_deref(), Ok("performance + powersave"));
        assert_eq!(turbo(&host), Ok("off"));
    }

    #[test]
    fn sums_up_mitigations() {
        let (_folder, host) = host_of(&[
            ("/sys/devices/system/cpu/vulnerabilities/mds", "Not affected\n"),
            ("/sys/devices/system/cpu/vulnerabilities/retbleed", "Vulnerable\n"),
            ("/sys/devices/system/cpu/vulnerabilities/spectre_v1", "Mitigation: barriers\n"),
        ]);
        let states = mitigations(&host);
        assert_eq!(states["mitigations"].value(), Some("vulnerable: retbleed; mitigated: spectre_v1"));
        assert_eq!(states["mitigations_hash"].value().map(str::len), Some(64));
    }

    #[test]
    fn a_runner_names_its_image_and_a_laptop_has_none() {
        let cases = [
            ("ImageOS=ubuntu24\0ImageVersion=20260101.1\0", Some("ubuntu24 20260101.1")),
            ("CI=true\0", None),
            ("A=b\0", None),
        ];
        for (environment, expected) in cases {
            let (_folder, host) = host_of(&[("/proc/self/environ", environment)]);
            assert_eq!(fact(runner_image(&host)).value(), expected, "{environment:?}");
        }
    }
}
