//! The machine as a whole: its facts, and the key that follows from them.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::fact::sha256;
use super::hardware::hardware;
use super::software::software;
use super::system::System;
use crate::model::{Fact, Machine, MachineKey};

/// What this host is. Reads files of `/proc`, `/sys` and `/etc`, runs small programs for their versions, and writes
/// nothing.
///
/// `hardware` holds what is hashed into the key and `software` what is recorded in addition; both hold for each fact
/// its value, or why there is none. Sizes and times carry their unit as the last word of their name.
pub fn machine() -> Machine {
    machine_of(&System::here())
}

fn machine_of(host: &System) -> Machine {
    let hardware = hardware(host);
    Machine { key: key(&hardware), hardware, software: software(host) }
}

/// Longest part of the key that comes from the host, characters.
const PART_MAX: usize = 40;

/// The key of a machine of which these are the facts of hardware: `x86_64-amd-epyc-7763-4c-1a2b3c4d`.
pub fn key(hardware: &BTreeMap<String, Fact>) -> MachineKey {
    let value = |name: &str| hardware.get(name).and_then(Fact::value);
    let architecture = slug(value("architecture").unwrap_or("unknown"));
    let cpu = slug(&shortened(value("cpu_name").unwrap_or("unknown")));
    let cpus = slug(value("cpus_usable").unwrap_or("0"));
    let hash = sha256(&canonical(hardware));
    let slug = format!("{architecture}-{cpu}-{:.9}c-{:.8}", cpus, hash);
    MachineKey::new(&slug).expect("made of two short parts, nine digits and a hash, all of plain characters")
}

/// What is hashed: one line a fact, `name=kind:value`, by name. The words of a reason may be improved, so only
/// that a fact is missing counts.
fn canonical(hardware: &BTreeMap<String, Fact>) -> String {
    hardware.iter().fold(String::new(), |mut text, (name, fact)| {
        let _ = match fact {
            Fact::Value(value) => writeln!(text, "{}=value:{}", name.escape_default(), value.escape_default()),
            Fact::Unknown(_) => writeln!(text, "{}=unknown:", name.escape_default()),
            Fact::NotApplicable(_) => writeln!(text, "{}=not_applicable:", name.escape_default()),
        };
        text
    })
}

/// A processor's name without what says nothing: marks, `CPU`, the number of cores, the clock.
fn shortened(name: &str) -> String {
    let lower = name.to_lowercase().replace("(r)", " ").replace("(tm)", " ");
    let named = lower.split('@').next().unwrap_or_default();
    let idle = |word: &&str| !matches!(*word, "cpu" | "processor") && !word.ends_with("-core");
    named.split_whitespace().filter(idle).collect::<Vec<_>>().join(" ")
}

/// Letters, digits and `_`; everything between them becomes one `-`.
fn slug(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { ' ' }).collect();
    let slug = plain.split_whitespace().collect::<Vec<_>>().join("-");
    let cut = &slug[..slug.len().min(PART_MAX)];
    if cut.is_empty() { "unknown".to_owned() } else { cut.trim_end_matches('-').to_owned() }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;
    use crate::host::fact::{facts, not_applicable, unknown, value};
    use crate::host::system::tests::put;
    use crate::model::Fact;

    /// Files of a real guest of 2 CPUs, each after a line `==> path`.
    const GUEST: &str = include_str!("../../tests/fixtures/hosts/guest-of-2-cpus.txt");

    fn guest() -> (TempDir, System) {
        let folder = tempfile::tempdir().unwrap();
        for file in GUEST.split("==> ").skip(1) {
            let (path, text) = file.split_once('\n').unwrap();
            put(folder.path(), path, text);
        }
        let host = System::at(folder.path());
        (folder, host)
    }

    fn rewrite(root: &Path, path: &str, change: impl Fn(&str) -> String) {
        let place = root.join(path);
        let text = fs::read_to_string(&place).unwrap();
        let changed = change(&text);
        assert_ne!(changed, text, "the change is one");
        fs::write(place, changed).unwrap();
    }

    #[test]
    fn reads_a_real_guest() {
        let (_folder, host) = guest();
        let machine = machine_of(&host);
        let expected = [
            ("cpu_vendor", "AuthenticAMD"),
            ("cpu_name", "AMD EPYC"),
            ("cpu_family", "26"),
            ("cpu_model", "2"),
            ("cpu_stepping", "1"),
            ("cpus_online", "2"),
            ("cpus_allowed", "2"),
            ("cpus_quota", "unlimited"),
            ("cpus_usable", "2"),
            ("cores_physical", "2"),
            ("threads_per_core", "1"),
            ("sockets", "1"),
            ("numa_nodes", "1"),
            ("cache_l1d_kib", "48"),
            ("cache_l1i_kib", "32"),
            ("cache_l2_kib", "1024"),
            ("cache_l3_kib", "32768"),
            ("cache_l3_cpus", "2"),
            ("memory_gib", "24"),
            ("memory_limit_mib", "unlimited"),
            ("page_bytes", "4096"),
            ("virtualisation", "kvm"),
            ("container", "docker"),
            ("system_call_filter", "none"),
        ];
        for (name, text) in expected {
            assert_eq!(machine.hardware[name], Fact::Value(text.to_owned()), "{name}");
        }
        assert!(matches!(machine.hardware["product"], Fact::NotApplicable(_)));
        assert!(machine.key.as_str().contains("-amd-epyc-2c-"), "{}", machine.key);
    }

    #[test]
    fn a_thousand_readings_with_jittering_clocks_give_one_key() {
        let (folder, host) = guest();
        let key_before = machine_of(&host).key;
        for reading in 0..1000_u64 {
            let jitter = reading.wrapping_mul(6_364_136_223_846_793_005) >> 52;
            rewrite(folder.path(), "proc/cpuinfo", |text| {
                let lines = text.lines().map(|line| match line.split(':').next().map(str::trim) {
                    Some("cpu MHz") => format!("cpu MHz\t\t: {}.{reading:03}", 1000 + jitter),
                    Some("bogomips") => format!("bogomips\t: {}.{:02}", 2000 + jitter, reading % 100),
                    _ => line.to_owned(),
                });
                lines.map(|line| line + "\n").collect()
            });
            assert_eq!(key(&hardware(&host)), key_before, "reading {reading}");
        }
    }

    #[test]
    fn an_updated_machine_is_the_same_and_another_processor_is_not() {
        let (_folder, host) = guest();
        let key_before = machine_of(&host).key;
        let cases = [
            ("proc/cpuinfo", "microcode\t: 0x1000065", "microcode\t: 0x1000066", true),
            ("proc/cpuinfo", " fsrm", " fsrm retpoline md_clear flag_of_a_newer_kernel", true),
            ("proc/cpuinfo", "fpu vme", "vme fpu", true),
            ("proc/sys/kernel/osrelease", "6.18", "6.19", true),
            ("proc/meminfo", "24684092", "24600000", true),
            ("proc/cpuinfo", "model name\t: AMD EPYC", "model name\t: AMD EPYC 9B45", false),
            ("proc/cpuinfo", " avx512f ", " ", false),
            ("proc/cpuinfo", "stepping\t: 1", "stepping\t: 2", false),
            ("proc/meminfo", "24684092", "49368184", false),
            ("proc/self/status", "Cpus_allowed_list:\t0-1", "Cpus_allowed_list:\t0", false),
        ];
        for (path, from, to, same) in cases {
            let (folder, changed) = guest();
            rewrite(folder.path(), path, |text| text.replace(from, to));
            assert_eq!(machine_of(&changed).key == key_before, same, "{path}: {from} -> {to}");
        }
    }

    #[test]
    fn a_host_without_files_still_has_facts_and_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let machine = machine_of(&System::at(folder.path()));
        assert!(machine.key.as_str().contains("-unknown-0c-"), "{}", machine.key);
        assert!(machine.hardware.len() + machine.software.len() >= 60);
    }

    #[test]
    fn this_host_is_the_same_machine_twice() {
        assert_eq!(machine().key, machine().key);
    }

    fn example() -> BTreeMap<String, Fact> {
        facts([
            ("architecture", value("x86_64")),
            ("cpu_name", value("AMD EPYC 7763 64-Core Processor")),
            ("cpus_usable", value(4)),
            ("product", not_applicable("the firmware gives no name")),
            ("numa_nodes", unknown("may not be read")),
        ])
    }

    #[test]
    fn the_key_of_given_facts_never_changes() {
        assert_eq!(
            canonical(&example()),
            "architecture=value:x86_64\ncpu_name=value:AMD EPYC 7763 64-Core Processor\ncpus_usable=value:4\n\
             numa_nodes=unknown:\nproduct=not_applicable:\n"
        );
        assert_eq!(key(&example()).as_str(), "x86_64-amd-epyc-7763-4c-eac24bf4");
    }

    #[test]
    fn every_fact_counts_but_not_the_words_of_a_reason() {
        let mut reworded = example();
        reworded.insert("product".to_owned(), not_applicable("it has none"));
        assert_eq!(key(&reworded), key(&example()));
        for (name, _) in example() {
            let mut changed = example();
            changed.insert(name.clone(), value("another"));
            assert_ne!(key(&changed), key(&example()), "{name}");
        }
    }

    #[test]
    fn a_value_cannot_pose_as_two_facts() {
        let one = BTreeMap::from([("a".to_owned(), Fact::Value("1\nb=value:2".to_owned()))]);
        let two = facts([("a", value(1)), ("b", value(2))]);
        assert_ne!(key(&one), key(&two));
    }

    #[test]
    fn names_of_processors_become_short_slugs() {
        let cases = [
            ("Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", "intel-xeon-platinum-8370c"),
            ("AMD EPYC", "amd-epyc"),
            ("Neoverse-N1", "neoverse-n1"),
            ("12th Gen Intel(R) Core(TM) i7-1260P", "12th-gen-intel-core-i7-1260p"),
            ("../../etc", "etc"),
            ("日本", "unknown"),
            ("", "unknown"),
        ];
        for (name, expected) in cases {
            assert_eq!(slug(&shortened(name)), expected, "{name}");
        }
        let hostile = facts([("architecture", value("é".repeat(300))), ("cpu_name", value("a-".repeat(300)))]);
        assert!(key(&hostile).as_str().len() <= 100);
    }
}
