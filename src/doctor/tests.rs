//! Each check both ways, and the rules of the verdict.

use std::collections::BTreeMap;

use super::*;
use crate::model::{Conditions, Fact, FitFor, Machine, Toolchain, made};

/// Facts of a quiet machine of metal, all in one: each room of facts holds them all.
const QUIET: [(&str, &str); 45] = [
    ("virtualisation", "none"),
    ("container", "none"),
    ("system_call_filter", "none"),
    ("threads_per_core", "1"),
    ("numa_nodes", "1"),
    ("numa_balancing", "0"),
    ("mitigations", "vulnerable: none; mitigated: spectre_v1"),
    ("frequency_governor", "performance"),
    ("frequency_driver", "intel_pstate"),
    ("turbo", "off"),
    ("clocksource", "tsc"),
    ("heat_throttles_total", "7"),
    ("on_battery", "no"),
    ("load_1m", "0.10"),
    ("cpus_online", "4"),
    ("cpus_allowed", "4"),
    ("cpus_usable", "4"),
    ("cpus_quota", "unlimited"),
    ("cpu_ticks_total", "1000"),
    ("cpu_steal_ticks_total", "5"),
    ("cpu_steal_ratio", "0.005"),
    ("throttled_us_total", "0"),
    ("autogroup", "0"),
    ("pressure_cpu_some_percent", "0.00"),
    ("pressure_io_some_percent", "0.00"),
    ("pressure_memory_some_percent", "0.00"),
    ("memory_available_mib", "8000"),
    ("memory_limit_mib", "unlimited"),
    ("swap_kib", "0"),
    ("swap_free_mib", "0"),
    ("huge_pages", "madvise"),
    ("same_page_merging", "0"),
    ("overcommit", "0"),
    ("address_randomisation", "2"),
    ("allocator", "libc"),
    ("libc_tunables", "none"),
    ("processes_limit", "unlimited"),
    ("open_files_limit", "1024"),
    ("tasks_limit", "unlimited"),
    ("stack_bytes_limit", "8388608"),
    ("work_folder_free_mib", "20000"),
    ("file_system", "ext4"),
    ("perf_event_paranoid", "1"),
    ("debug_assertions", "no"),
    ("profile_overrides", "none"),
];

struct Looked {
    machine: Machine,
    before: Conditions,
    after: Conditions,
    toolchain: Toolchain,
}

impl Looked {
    fn at(first: &BTreeMap<String, Fact>, last: &BTreeMap<String, Fact>) -> Self {
        let conditions = |facts: &BTreeMap<String, Fact>| Conditions { facts: facts.clone(), ..made::conditions("") };
        Self {
            machine: Machine { hardware: first.clone(), software: first.clone(), ..made::machine("made-up") },
            before: conditions(first),
            after: conditions(last),
            toolchain: Toolchain { facts: first.clone() },
        }
    }

    fn checks(&self) -> Vec<Check> {
        let Self { machine, before, after, toolchain } = self;
        checks(&HostState { machine, before, after, toolchain })
    }
}

fn quiet() -> BTreeMap<String, Fact> {
    let tools = [("valgrind", "valgrind-3.19.0"), ("rustc", "rustc 1.95.0")];
    made::facts(&[&QUIET[..], &tools].concat())
}

fn with(first: &[(&str, &str)], last: &[(&str, &str)]) -> Vec<Check> {
    let put = |mut facts: BTreeMap<String, Fact>, others: &[(&str, &str)]| {
        facts.extend(made::facts(others));
        facts
    };
    let first = put(quiet(), first);
    Looked::at(&first, &put(first.clone(), last)).checks()
}

fn named<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("there is no check of {name}"))
}

#[test]
fn a_quiet_bare_metal_machine_is_suitable_for_timing() {
    let checks = with(&[], &[]);
    assert!(checks.len() >= 20, "{}", checks.len());
    for check in &checks {
        assert_eq!((check.state, &check.fix), (State::Fine, &None), "{}: {}", check.name, check.found);
    }
    assert_eq!(fitness(&checks).fit_for, FitFor::Timing);
    assert!(fitness(&checks).reasons.is_empty());
}

#[test]
fn each_check_finds_what_exceeds_and_says_what_it_affects() {
    use FitFor::{CountsOnly, RatiosOnly, Timing};
    type Facts<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&str, Facts, FitFor); 43] = [
        ("virtualisation", &[("virtualisation", "kvm")], RatiosOnly),
        ("virtualisation", &[("virtualisation", "emulated (qemu)")], CountsOnly),
        ("container", &[("container", "docker")], Timing),
        ("system call filter", &[("system_call_filter", "filter")], Timing),
        ("threads of one core", &[("threads_per_core", "2")], Timing),
        ("NUMA nodes", &[("numa_nodes", "2")], Timing),
        ("NUMA balancing", &[("numa_nodes", "2"), ("numa_balancing", "1")], RatiosOnly),
        ("frequency governor", &[("frequency_governor", "performance + powersave")], RatiosOnly),
        ("turbo", &[("turbo", "on")], RatiosOnly),
        ("clocksource", &[("clocksource", "hpet")], RatiosOnly),
        ("battery", &[("on_battery", "yes")], RatiosOnly),
        ("load", &[("load_1m", "0.41")], RatiosOnly),
        ("steal", &[("cpu_steal_ratio", "0.02")], RatiosOnly),
        ("steal", &[("cpu_steal_ratio", "0.11")], CountsOnly),
        ("CPU quota", &[("cpus_quota", "1.50")], RatiosOnly),
        ("affinity", &[("cpus_allowed", "2"), ("cpus_usable", "2")], Timing),
        ("affinity", &[("cpus_allowed", "1"), ("cpus_usable", "1")], CountsOnly),
        ("affinity", &[("cpus_quota", "1.00"), ("cpus_usable", "1")], CountsOnly),
        ("autogroup", &[("autogroup", "1")], Timing),
        ("CPU pressure", &[("pressure_cpu_some_percent", "5.01")], RatiosOnly),
        ("IO pressure", &[("pressure_io_some_percent", "80.00")], RatiosOnly),
        ("memory pressure", &[("pressure_memory_some_percent", "6")], RatiosOnly),
        ("free memory", &[("memory_available_mib", "2559")], RatiosOnly),
        ("memory limit", &[("memory_limit_mib", "512")], Timing),
        ("swapped out", &[("swap_kib", "102400")], RatiosOnly),
        ("huge pages", &[("huge_pages", "always")], RatiosOnly),
        ("same-page merging", &[("same_page_merging", "1")], RatiosOnly),
        ("overcommit", &[("overcommit", "2")], Timing),
        ("address randomisation", &[("address_randomisation", "0")], Timing),
        ("allocator", &[("allocator", "jemalloc")], Timing),
        ("libc tunables", &[("libc_tunables", "MALLOC_ARENA_MAX=1")], Timing),
        ("processes limit", &[("processes_limit", "100")], Timing),
        ("open files limit", &[("open_files_limit", "256")], Timing),
        ("group's tasks limit", &[("tasks_limit", "64")], Timing),
        ("stack limit", &[("stack_bytes_limit", "unlimited")], RatiosOnly),
        ("stack limit", &[("stack_bytes_limit", "65536")], RatiosOnly),
        ("free disk", &[("work_folder_free_mib", "12")], Timing),
        ("work folder", &[("file_system", "tmpfs")], Timing),
        ("work folder", &[("file_system", "nfs4")], RatiosOnly),
        ("debug build", &[("debug_assertions", "yes")], Timing),
        ("profile overrides", &[("profile_overrides", "CARGO_PROFILE_BENCH_OPT_LEVEL=0")], CountsOnly),
        ("valgrind", &[("valgrind", "valgrind-3.9.0")], Timing),
        ("perf_event_paranoid", &[("perf_event_paranoid", "2")], Timing),
    ];
    for (name, facts, expected) in cases {
        let checks = with(facts, &[]);
        let check = named(&checks, name);
        assert_eq!(check.state, State::Warning, "{name}");
        assert!(check.fix.as_ref().is_some_and(|fix| !fix.is_empty()), "{name} has its fix");
        // A quota of one CPU is a warning by itself, too.
        assert_eq!(fitness(&checks).fit_for, expected, "{name} {facts:?}");
    }
}

#[test]
fn counters_are_compared_by_their_growth() {
    let cases = [
        ("slowed by heat", ("heat_throttles_total", "8"), State::Warning, FitFor::CountsOnly),
        ("stopped by quota", ("throttled_us_total", "30"), State::Warning, FitFor::CountsOnly),
        ("slowed by heat", ("heat_throttles_total", "6"), State::Unknown, FitFor::RatiosOnly),
    ];
    for (name, last, state, fit_for) in cases {
        let checks = with(&[], &[last]);
        assert_eq!(named(&checks, name).state, state, "{name} {last:?}");
        assert_eq!(fitness(&checks).fit_for, fit_for, "{name} {last:?}");
    }
}

#[test]
fn steal_is_that_of_the_meantime_if_that_was_long_enough() {
    let since_start = ("cpu_steal_ratio", "0.5");
    let cases = [
        ("1100", "5", State::Fine, "0.00 % meanwhile"),
        ("1100", "25", State::Warning, "20.00 % meanwhile"),
        ("1099", "5", State::Warning, "50.00 % since the start"),
    ];
    for (ticks, stolen, state, found) in cases {
        let checks = with(&[since_start], &[("cpu_ticks_total", ticks), ("cpu_steal_ticks_total", stolen)]);
        let check = named(&checks, "steal");
        assert_eq!((check.state, check.found.as_str()), (state, found));
    }
}

#[test]
fn a_fix_asks_for_nothing_that_cannot_be_done_there() {
    let guest = with(&[("virtualisation", "kvm"), ("threads_per_core", "2")], &[]);
    assert_eq!(named(&guest, "threads of one core").fix, None);
    let fix = |facts: &[(&str, &str)]| named(&with(facts, &[]), "turbo").fix.clone().unwrap();
    assert!(fix(&[("turbo", "on")]).contains("echo 1 > $f") && fix(&[("turbo", "on")]).contains("no_turbo"));
    assert!(fix(&[("turbo", "on"), ("frequency_driver", "acpi-cpufreq")]).contains("cpufreq/boost"));
    assert!(fix(&[("turbo", "on"), ("container", "docker")]).starts_with("outside the container, "));
}

#[test]
fn a_host_of_unknown_facts_is_not_suitable_for_timing() {
    let absent = Fact::NotApplicable("there is no such file here".to_owned());
    let all_absent: BTreeMap<String, Fact> = quiet().into_keys().map(|name| (name, absent.clone())).collect();
    for facts in [BTreeMap::new(), all_absent] {
        let checks = Looked::at(&facts, &facts).checks();
        assert!(checks.iter().all(|check| matches!(check.state, State::Unknown | State::NotApplicable)));
        assert!(checks.iter().all(|check| check.fix.is_none()));
        let fitness = fitness(&checks);
        assert_eq!(fitness.fit_for, FitFor::RatiosOnly);
        assert!(fitness.reasons.iter().any(|reason| reason.starts_with("load is unknown: ")));
    }
}

#[test]
fn what_is_not_understood_is_unknown() {
    let cases = [
        ("load", "load_1m"),
        ("battery", "on_battery"),
        ("valgrind", "valgrind"),
        ("stack limit", "stack_bytes_limit"),
    ];
    for (name, fact) in cases {
        let checks = with(&[(fact, "NaN of \u{1b}[31m")], &[]);
        assert_eq!(named(&checks, name).state, State::Unknown, "{name}");
    }
}

#[test]
fn the_reason_that_affects_most_comes_first() {
    let checks = with(&[("turbo", "on"), ("cpu_steal_ratio", "0.2")], &[]);
    assert_eq!(fitness(&checks).reasons, ["steal: 20.00 % since the start", "turbo: on"]);
}

#[test]
fn a_tool_that_is_absent_exceeds_and_has_its_fix() {
    for (name, tool) in [("valgrind", "valgrind"), ("compiler", "rustc")] {
        let mut facts = quiet();
        facts.insert(tool.to_owned(), Fact::Unknown(format!("{tool} is not installed; install it")));
        let checks = Looked::at(&facts, &facts).checks();
        let check = named(&checks, name);
        assert_eq!((check.state, check.fix.is_some()), (State::Warning, true), "{name}");
        assert_eq!(fitness(&checks).fit_for, FitFor::Timing, "{name}");
    }
}
