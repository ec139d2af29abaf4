//! What is true of the host only now: load, stolen time, pressure, frequency, temperature, throttling.

use std::collections::BTreeMap;

use std::time::SystemTime;

use jiff::Timestamp;

use crate::model::{Conditions, Fact};

use super::control_group::ControlGroups;
use super::fact::{Answer, fact, facts, not_applicable, unknown, yes_no};
use super::hardware::memory_field;
use super::processor::Processor;
use super::system::System;

/// Sensors of the processor, by the name of their driver. Others are not asked: a disk's may wake the disk.
const PROCESSOR_SENSORS: [&str; 5] = ["coretemp", "k10temp", "zenpower", "cpu_thermal", "scpi_sensors"];

/// What is true now; every number is plain decimal text in the unit that its name ends with.
///
/// Names that end with `_total` are counters since the host's start or the control group's making: two readings can be
/// subtracted, which gives the time that was stolen from a run. CPU time is in ticks of 10 ms (`USER_HZ`).
pub fn conditions() -> Conditions {
    conditions_of(&System::here())
}

fn conditions_of(host: &System) -> Conditions {
    Conditions { time: second(SystemTime::now()), facts: readings(host) }
}

/// A time in whole seconds. A clock beyond the year 9999 is a wrong one, not the end of the program.
fn second(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or_default();
    Timestamp::from_second(time.as_second()).unwrap_or_default().to_string()
}

fn readings(host: &System) -> BTreeMap<String, Fact> {
    let load = host.line("/proc/loadavg");
    let loaded = |index| fact(load.clone().and_then(|line| load_field(&line, index)));
    let stat = host.text("/proc/stat");
    let counted = |read: fn(&str) -> Option<String>| {
        fact(stat.clone().and_then(|text| read(&text).ok_or_else(|| unknown("/proc/stat does not count it"))))
    };
    let memory = host.text("/proc/meminfo");
    let mebibytes = |name: &str| {
        let bytes = |text: String| memory_field(&text, name).ok_or_else(|| unknown("/proc/meminfo does not list it"));
        fact(memory.clone().and_then(bytes).map(|bytes| bytes >> 20))
    };
    let pressed = |of: &str, kind: &str| fact(pressure(host, of, kind));
    let throttling = ControlGroups::of(host)
        .and_then(|groups| groups.throttling(host).ok_or_else(|| not_applicable("no control group counts throttling")));
    let clocks = clocks_mhz(host);
    let clock = |pick: fn(f64, f64) -> f64| {
        fact(clocks.clone().map(|all| format!("{:.0}", all.into_iter().reduce(pick).unwrap_or_default())))
    };

    facts([
        ("load_1m", loaded(0)),
        ("load_5m", loaded(1)),
        ("load_15m", loaded(2)),
        ("tasks_running", fact(load.clone().and_then(|line| tasks(&line).map(|(running, _)| running)))),
        ("tasks", fact(load.clone().and_then(|line| tasks(&line).map(|(_, all)| all)))),
        ("cpu_ticks_total", counted(|text| cpu_ticks(text).map(|ticks| ticks.all.to_string()))),
        ("cpu_idle_ticks_total", counted(|text| cpu_ticks(text).map(|ticks| ticks.idle.to_string()))),
        ("cpu_steal_ticks_total", counted(|text| cpu_ticks(text).map(|ticks| ticks.steal.to_string()))),
        ("cpu_steal_ratio", counted(|text| cpu_ticks(text).map(|ticks| format!("{:.6}", ticks.steal_ratio())))),
        ("context_switches_total", counted(|text| counter(text, "ctxt"))),
        ("processes_started_total", counted(|text| counter(text, "processes"))),
        ("tasks_blocked", counted(|text| counter(text, "procs_blocked"))),
        ("pressure_cpu_some_percent", pressed("cpu", "some")),
        ("pressure_io_some_percent", pressed("io", "some")),
        ("pressure_io_full_percent", pressed("io", "full")),
        ("pressure_memory_some_percent", pressed("memory", "some")),
        ("pressure_memory_full_percent", pressed("memory", "full")),
        ("frequency_mhz_min", clock(f64::min)),
        ("frequency_mhz_max", clock(f64::max)),
        ("temperature_c_max", fact(temperature_c(host))),
        ("heat_throttles_total", fact(heat_throttles(host))),
        ("memory_available_mib", mebibytes("MemAvailable")),
        ("swap_free_mib", mebibytes("SwapFree")),
        ("work_folder_free_mib", fact(host.free_bytes_here().map(|bytes| bytes >> 20))),
        ("throttled_periods_total", fact(throttling.clone().map(|throttling| throttling.periods))),
        ("throttled_us_total", fact(throttling.map(|throttling| throttling.time_us))),
        ("uptime_s", fact(uptime_s(host))),
        ("on_battery", fact(on_battery(host).map(yes_no))),
    ])
}

/// Time of all CPUs since the start that a hypervisor gave to others, and all their time, ticks; none where the kernel
/// does not report it.
pub fn stolen() -> Option<(u64, u64)> {
    let ticks = cpu_ticks(&System::here().text("/proc/stat").ok()?)?;
    Some((ticks.steal, ticks.all))
}

struct CpuTicks {
    all: u64,
    idle: u64,
    steal: u64,
}

impl CpuTicks {
    /// Share of the time that a hypervisor gave to others although this host wanted it.
    fn steal_ratio(&self) -> f64 {
        if self.all == 0 { 0.0 } else { self.steal as f64 / self.all as f64 }
    }
}

fn cpu_ticks(text: &str) -> Option<CpuTicks> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> = line.split_whitespace().map_while(|word| word.parse().ok()).collect();
    // Guests' time, in the columns after the eighth, is already part of the first two.
    let all = ticks.iter().take(8).fold(0, |sum: u64, ticks| sum.saturating_add(*ticks));
    Some(CpuTicks { all, idle: ticks.get(3)?.saturating_add(*ticks.get(4)?), steal: *ticks.get(7)? })
}

fn counter(text: &str, name: &str) -> Option<String> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    rest.trim().parse::<u64>().ok().map(|count| count.to_string())
}

fn load_field(line: &str, index: usize) -> Answer<String> {
    let field = line.split_whitespace().nth(index).filter(|field| field.parse::<f64>().is_ok());
    field.map(str::to_owned).ok_or_else(|| unknown("/proc/loadavg has an unexpected form"))
}

/// Running and all tasks of the text of `/proc/loadavg`; the reader itself is one of the running.
fn tasks(line: &str) -> Answer<(u64, u64)> {
    let pair = line.split_whitespace().nth(3).and_then(|field| field.split_once('/'));
    let numbers = pair.and_then(|(running, all)| Some((running.parse().ok()?, all.parse().ok()?)));
    numbers.ok_or_else(|| unknown("/proc/loadavg has an unexpected form"))
}

/// Share of the last 10 s in which some, or all, tasks had to wait for a resource, percent.
fn pressure(host: &System, of: &str, kind: &str) -> Answer<String> {
    let path = format!("/proc/pressure/{of}");
    let text = host.text(&path)?;
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(kind));
    let average = line.and_then(|line| line.split_whitespace().find_map(|word| word.strip_prefix("avg10=")));
    let number = average.filter(|number| number.parse::<f64>().is_ok());
    number.map(str::to_owned).ok_or_else(|| not_applicable(format!("{path} has no line for {kind}")))
}

fn uptime_s(host: &System) -> Answer<u64> {
    let line = host.line("/proc/uptime")?;
    let seconds = line.split('.').next().and_then(|whole| whole.parse().ok());
    seconds.ok_or_else(|| unknown("/proc/uptime has an unexpected form"))
}

/// Clock of each CPU now, MHz. Guests see the nominal clock.
fn clocks_mhz(host: &System) -> Answer<Vec<f64>> {
    let described = Processor::of(host)?.clocks_mhz;
    if !described.is_empty() {
        return Ok(described);
    }
    const POLICIES: &str = "/sys/devices/system/cpu/cpufreq";
    let names = host.names(POLICIES).into_iter();
    let khz = names.filter_map(|policy| host.number(&format!("{POLICIES}/{policy}/scaling_cur_freq")).ok());
    let mhz: Vec<f64> = khz.map(|khz| khz as f64 / 1000.0).collect();
    if mhz.is_empty() { Err(not_applicable("this kernel does not report the clock of its CPUs")) } else { Ok(mhz) }
}

/// The hottest sensor of the processor, degrees Celsius.
fn temperature_c(host: &System) -> Answer<String> {
    const ZONES: &str = "/sys/class/thermal";
    const MONITORS: &str = "/sys/class/hwmon";
    // Zones of the wireless card or the battery say nothing of the processor.
    let is_processor = |zone: &String| {
        host.line(&format!("{ZONES}/{zone}/type"))
            .is_ok_and(|kind| ["cpu", "pkg", "soc"].iter().any(|k| kind.contains(k)))
    };
    let zones = host.names(ZONES).into_iter().filter(is_processor);
    let mut paths: Vec<String> = zones.map(|zone| format!("{ZONES}/{zone}/temp")).collect();
    for monitor in host.names(MONITORS) {
        let folder = format!("{MONITORS}/{monitor}");
        if host.line(&format!("{folder}/name")).is_ok_and(|name| PROCESSOR_SENSORS.contains(&name.as_str())) {
            let inputs = host.names(&folder).into_iter().filter(|n| n.starts_with("temp") && n.ends_with("_input"));
            paths.extend(inputs.map(|input| format!("{folder}/{input}")));
        }
    }
    if paths.is_empty() {
        return Err(not_applicable("the processor has no sensor that this kernel can see"));
    }
    let hottest = paths.iter().filter_map(|path| host.number(path).ok()).max();
    hottest
        .map(|m| format!("{:.1}", m as f64 / 1000.0))
        .ok_or_else(|| unknown("no sensor of the processor can be read"))
}

/// How often the CPUs' cores have slowed down because of heat, since the start.
fn heat_throttles(host: &System) -> Answer<u64> {
    const CPUS: &str = "/sys/devices/system/cpu";
    let folders = host.names(CPUS).into_iter();
    let counts =
        folders.filter_map(|cpu| host.number(&format!("{CPUS}/{cpu}/thermal_throttle/core_throttle_count")).ok());
    counts.reduce(u64::saturating_add).ok_or_else(|| not_applicable("this kernel does not count throttling by heat"))
}

fn on_battery(host: &System) -> Answer<bool> {
    const SUPPLIES: &str = "/sys/class/power_supply";
    let supplies = host.names(SUPPLIES);
    if supplies.is_empty() {
        return Err(not_applicable("the machine lists no battery"));
    }
    let is = |supply: &String, file: &str, wanted: &str| {
        host.line(&format!("{SUPPLIES}/{supply}/{file}")).is_ok_and(|found| found == wanted)
    };
    // A mouse has a battery too, but of the scope of a device.
    let batteries = supplies.iter().filter(|s| is(s, "type", "Battery") && !is(s, "scope", "Device"));
    Ok(batteries.into_iter().any(|battery| is(battery, "status", "Discharging")))
}

#[cfg(test)]
mod tests {
    use super::super::system::tests::host_of;
    use super::*;

    #[test]
    fn a_clock_beyond_all_years_has_a_time() {
        let beyond = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(300_000_000_000);
        assert_eq!(second(beyond), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn reads_what_is_true_now() {
        let (_folder, host) = host_of(&[
            ("/proc/loadavg", "0.09 0.35 0.25 3/87 8729\n"),
            ("/proc/stat", "cpu  100 0 50 800 40 0 5 5 9 0\ncpu0 1 2 3\nctxt 305288\nprocesses 77\nprocs_blocked 1\n"),
            ("/proc/pressure/cpu", "some avg10=0.63 avg60=0.73 avg300=1.32 total=18074540\n"),
            ("/proc/cpuinfo", "processor : 0\ncpu MHz : 2596.096\n\nprocessor : 1\ncpu MHz : 3000.4\n"),
            ("/proc/meminfo", "MemAvailable:   2097152 kB\nSwapFree: 0 kB\n"),
            ("/proc/uptime", "1234.56 2000.00\n"),
            ("/sys/class/hwmon/hwmon0/name", "k10temp\n"),
            ("/sys/class/hwmon/hwmon0/temp1_input", "61250\n"),
            ("/sys/class/thermal/thermal_zone0/type", "iwlwifi_1\n"),
            ("/sys/class/thermal/thermal_zone0/temp", "98000\n"),
            ("/sys/class/hwmon/hwmon1/name", "drivetemp\n"),
            ("/sys/class/hwmon/hwmon1/temp1_input", "99000\n"),
            ("/sys/class/power_supply/BAT0/type", "Battery\n"),
            ("/sys/class/power_supply/BAT0/status", "Discharging\n"),
        ]);
        let conditions = conditions_of(&host);
        let expected = [
            ("load_1m", "0.09"),
            ("tasks_running", "3"),
            ("tasks", "87"),
            ("cpu_ticks_total", "1000"),
            ("cpu_idle_ticks_total", "840"),
            ("cpu_steal_ticks_total", "5"),
            ("cpu_steal_ratio", "0.005000"),
            ("context_switches_total", "305288"),
            ("pressure_cpu_some_percent", "0.63"),
            ("frequency_mhz_min", "2596"),
            ("frequency_mhz_max", "3000"),
            ("temperature_c_max", "61.2"),
            ("memory_available_mib", "2048"),
            ("uptime_s", "1234"),
            ("on_battery", "yes"),
        ];
        for (name, text) in expected {
            assert_eq!(conditions.facts[name].value(), Some(text), "{name}");
        }
        assert!(matches!(conditions.facts["throttled_us_total"], Fact::NotApplicable(_)));
        assert!(conditions.time.ends_with('Z') && conditions.time.len() == 20, "{}", conditions.time);
    }

    #[test]
    fn a_host_without_files_still_has_every_fact() {
        let (_folder, host) = host_of(&[]);
        let facts = readings(&host);
        assert!(facts.values().all(|fact| fact.value().is_none()), "{facts:?}");
        assert_eq!(facts.len(), readings(&System::here()).len());
    }

    #[test]
    fn a_text_of_another_form_gives_no_number() {
        for text in ["", "x", "1 2 3", "a b c d/e", "NaN"] {
            let _ = (tasks(text), load_field(text, 0), cpu_ticks(text).map(|ticks| ticks.steal_ratio()));
        }
        assert!(cpu_ticks("cpu  1 2 3\n").is_none());
    }
}
