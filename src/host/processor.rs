//! The processor, as `/proc/cpuinfo` describes it on x86 and on Arm.

use std::collections::{BTreeMap, BTreeSet};

use super::fact::{Answer, fact, not_applicable, unknown};
use super::system::System;
use crate::model::{EMULATED, Fact};

/// Flags that the processor itself has, or that the hypervisor lets through, and that every kernel since 5.12 can name.
///
/// Kernels add names of their own (`retpoline`, `pti`), microcode adds and removes others (`md_clear`, `rtm`), and a
/// newer kernel names what an older one kept quiet about. None of this is another machine, so only these count.
const STABLE_FLAGS: &str = "
    fpu tsc cx8 sep cmov clflush mmx fxsr sse sse2 ht syscall nx mmxext fxsr_opt pdpe1gb rdtscp lm constant_tsc
    nonstop_tsc pni pclmulqdq ssse3 fma cx16 pcid sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave avx
    f16c rdrand hypervisor lahf_lm abm sse4a misalignsse 3dnowprefetch fma4 xop tbm fsgsbase bmi1 avx2 bmi2 erms invpcid
    avx512f avx512dq rdseed adx avx512ifma clflushopt clwb avx512cd sha_ni avx512bw avx512vl xsaveopt xsavec xgetbv1
    clzero avx512vbmi avx512_vbmi2 gfni vaes vpclmulqdq avx512_vnni avx512_bitalg avx512_vpopcntdq rdpid movdiri
    movdir64b fsrm avx512_bf16 serialize
    fp asimd pmull sha1 sha2 crc32 atomics fphp asimdhp asimdrdm jscvt fcma lrcpc dcpop sha3 sm3 sm4 asimddp sha512 sve
    asimdfhm dit uscat ilrcpc flagm dcpodp sve2 flagm2 frint i8mm bf16 rng";

/// The processor of QEMU's own design for Arm, that no maker sells.
pub(super) const QEMU_ARM: &str = "QEMU";

/// What the CPUs of a host are. Unlike CPUs in one host (big and little cores) are joined by ` + `.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Processor {
    /// Who made it: `AuthenticAMD`, `Arm`.
    pub(super) vendor: Option<String>,
    /// What it is sold as: `AMD EPYC 7763 64-Core Processor`, `Neoverse-N1`.
    pub(super) name: Option<String>,
    /// Family (x86) or architecture version (Arm).
    pub(super) family: Option<String>,
    /// Model (x86) or part number (Arm).
    pub(super) model: Option<String>,
    /// Stepping (x86) or variant and revision (Arm).
    pub(super) stepping: Option<String>,
    pub(super) microcode: Option<String>,
    /// Flags that every CPU of the host has.
    pub(super) flags: BTreeSet<String>,
    /// Clock of each CPU at the moment, MHz. It jitters, and must never be part of an identity.
    pub(super) clocks_mhz: Vec<f64>,
    pub(super) cpus: usize,
}

impl Processor {
    pub(super) fn of(host: &System) -> Answer<Self> {
        let processor = Self::parse(&host.text("/proc/cpuinfo")?);
        if processor.cpus == 0 { Err(unknown("/proc/cpuinfo describes no CPU")) } else { Ok(processor) }
    }

    /// Reads the text of `/proc/cpuinfo`: blocks of `name : value`, one block a CPU.
    pub(super) fn parse(text: &str) -> Self {
        let blocks: Vec<BTreeMap<&str, &str>> = text.split("\n\n").map(block).collect();
        let cpus: Vec<_> = blocks.into_iter().filter(|block| block.contains_key("processor")).collect();
        let each = |describe: fn(&BTreeMap<&str, &str>) -> Option<String>| distinct(cpus.iter().filter_map(describe));
        Self {
            vendor: each(|cpu| field(cpu, "vendor_id").or_else(|| implementer(cpu))),
            name: each(|cpu| field(cpu, "model name").or_else(|| part(cpu)).or_else(|| field(cpu, "cpu"))),
            family: each(|cpu| field(cpu, "cpu family").or_else(|| field(cpu, "CPU architecture"))),
            model: each(|cpu| field(cpu, "model").or_else(|| field(cpu, "CPU part"))),
            stepping: each(|cpu| field(cpu, "stepping").or_else(|| revision(cpu))),
            microcode: each(|cpu| field(cpu, "microcode")),
            flags: common_flags(&cpus),
            clocks_mhz: cpus.iter().filter_map(|cpu| cpu.get("cpu MHz")?.parse().ok()).collect(),
            cpus: cpus.len(),
        }
    }

    /// The flags that make the identity of the processor, sorted; all of them where none of their names is known.
    pub(super) fn stable_flags(&self) -> Vec<&str> {
        let known: BTreeSet<&str> = STABLE_FLAGS.split_whitespace().collect();
        let all = self.flags.iter().map(String::as_str);
        let stable: Vec<&str> = all.clone().filter(|flag| known.contains(flag)).collect();
        if stable.is_empty() { all.collect() } else { stable }
    }

    /// The architecture by its flags, in Rust's words.
    pub(super) fn architecture(&self) -> Option<&'static str> {
        let known = [("lm", "x86_64"), ("asimd", "aarch64")];
        known.into_iter().find(|(flag, _)| self.has(flag)).map(|(_, architecture)| architecture)
    }

    /// The same of an emulator: it is not the processor that it plays, and one of another architecture is not even played.
    pub(super) fn emulated(self, architecture: &str) -> Self {
        if self.architecture().is_some_and(|shown| shown != architecture) {
            return Self { cpus: self.cpus, ..Self::default() };
        }
        Self { name: self.name.map(|name| format!("{EMULATED} {name}")), ..self }
    }

    pub(super) fn has(&self, flags: &str) -> bool {
        flags.split_whitespace().all(|flag| self.flags.contains(flag))
    }

    /// The class by which a C library picks its string functions, and so moves instruction counts: `x86-64-v3 +erms`.
    pub(super) fn dispatch_class(&self) -> Option<String> {
        // Levels as the psABI of x86-64 defines them, in the kernel's names for the flags.
        const V2: &str = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3";
        const V3: &str = "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave";
        const V4: &str = "avx512f avx512bw avx512cd avx512dq avx512vl";
        let (level, extras): (&str, &[&str]) = if self.has("lm sse2") {
            let level = match (self.has(V2), self.has(V3), self.has(V4)) {
                (true, true, true) => "x86-64-v4",
                (true, true, false) => "x86-64-v3",
                (true, false, _) => "x86-64-v2",
                (false, ..) => "x86-64-v1",
            };
            (level, &["erms", "fsrm"])
        } else if self.has("asimd") {
            ("armv8-a", &["atomics", "sve", "sve2", "mops"])
        } else {
            return None;
        };
        let has = extras.iter().filter(|flag| self.flags.contains(**flag));
        Some(has.fold(level.to_owned(), |class, flag| format!("{class} +{flag}")))
    }
}

pub(super) fn described(processor: &Answer<Processor>, pick: fn(&Processor) -> Option<String>) -> Fact {
    let absent = || not_applicable("/proc/cpuinfo does not name it here");
    fact(processor.as_ref().map_err(Clone::clone).and_then(|processor| pick(processor).ok_or_else(absent)))
}

fn block(text: &str) -> BTreeMap<&str, &str> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim(), value.trim())).collect()
}

fn field(cpu: &BTreeMap<&str, &str>, name: &str) -> Option<String> {
    let words: Vec<&str> = cpu.get(name)?.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn implementer(cpu: &BTreeMap<&str, &str>) -> Option<String> {
    let code = field(cpu, "CPU implementer")?;
    let name = match code.as_str() {
        "0x41" => "Arm",
        "0x46" => "Fujitsu",
        "0x48" => "HiSilicon",
        "0x4e" => "NVIDIA",
        "0x51" => "Qualcomm",
        "0x61" => "Apple",
        "0x6d" => "Microsoft",
        "0xc0" => "Ampere",
        _ => return Some(format!("implementer {code}")),
    };
    Some(name.to_owned())
}

/// Name of an Arm core: the kernel gives numbers only.
fn part(cpu: &BTreeMap<&str, &str>) -> Option<String> {
    let code = field(cpu, "CPU part")?;
    let maker = implementer(cpu)?;
    let name = match (maker.as_str(), code.as_str()) {
        ("implementer 0x00", "0x051") => QEMU_ARM,
        ("Arm", "0xd03") => "Cortex-A53",
        ("Arm", "0xd08") => "Cortex-A72",
        ("Arm", "0xd0b") => "Cortex-A76",
        ("Arm", "0xd0c") => "Neoverse-N1",
        ("Arm", "0xd40") => "Neoverse-V1",
        ("Arm", "0xd49") => "Neoverse-N2",
        ("Arm", "0xd4f") => "Neoverse-V2",
        _ => return Some(format!("{maker} part {code}")),
    };
    Some(name.to_owned())
}

fn revision(cpu: &BTreeMap<&str, &str>) -> Option<String> {
    Some(format!("variant {} revision {}", field(cpu, "CPU variant")?, field(cpu, "CPU revision")?))
}

fn distinct(values: impl Iterator<Item = String>) -> Option<String> {
    let values: BTreeSet<String> = values.collect();
    (!values.is_empty()).then(|| values.into_iter().collect::<Vec<_>>().join(" + "))
}

fn common_flags(cpus: &[BTreeMap<&str, &str>]) -> BTreeSet<String> {
    let lists = cpus.iter().map(|cpu| {
        let list = ["flags", "Features", "features", "isa"].iter().find_map(|name| cpu.get(name)).copied();
        list.unwrap_or_default().split_whitespace().map(str::to_owned).collect::<BTreeSet<String>>()
    });
    lists.reduce(|common, flags| &common & &flags).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARM: &str = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd atomics evtstrm\nCPU implementer\t: 0x41\n\
        CPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n";

    #[test]
    fn names_an_arm_core_by_its_numbers() {
        let arm = Processor::parse(ARM);
        assert_eq!(arm.name.as_deref(), Some("Neoverse-N1"));
        assert_eq!(arm.vendor.as_deref(), Some("Arm"));
        assert_eq!(arm.stepping.as_deref(), Some("variant 0x3 revision 1"));
        assert_eq!(arm.stable_flags(), ["asimd", "atomics", "fp"]);
        assert_eq!(arm.dispatch_class().as_deref(), Some("armv8-a +atomics"));
    }

    #[test]
    fn an_emulator_is_not_the_processor_that_it_plays() {
        let arm = Processor::parse(ARM);
        assert_eq!(arm.clone().emulated("aarch64").name.as_deref(), Some("emulated Neoverse-N1"));
        assert_eq!(arm.emulated("x86_64"), Processor { cpus: 1, ..Processor::default() });
    }

    #[test]
    fn tells_unlike_cores_of_one_host_apart_and_keeps_the_flags_they_share() {
        let little = ARM.replace("0xd0c", "0xd03").replace(" atomics", "");
        let both = Processor::parse(&format!("{ARM}{little}"));
        assert_eq!(both.name.as_deref(), Some("Cortex-A53 + Neoverse-N1"));
        assert_eq!(both.cpus, 2);
        assert!(!both.flags.contains("atomics"));
    }

    #[test]
    fn levels_of_x86_64_follow_from_the_flags() {
        let v2 = "lm sse2 cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3";
        let v3 = format!("{v2} avx avx2 bmi1 bmi2 f16c fma abm movbe xsave");
        let v4 = format!("{v3} avx512f avx512bw avx512cd avx512dq avx512vl");
        let cases = [
            ("lm sse2", Some("x86-64-v1")),
            (v2, Some("x86-64-v2")),
            (&format!("{v3} erms"), Some("x86-64-v3 +erms")),
            (&format!("{v4} erms fsrm"), Some("x86-64-v4 +erms +fsrm")),
            ("rv64imafdc", None),
        ];
        for (flags, expected) in cases {
            let processor = Processor::parse(&format!("processor : 0\nflags : {flags}\n"));
            assert_eq!(processor.dispatch_class().as_deref(), expected, "{flags}");
        }
    }

    #[test]
    fn survives_text_that_is_no_description() {
        for text in ["", "\n\n\n", ":::", "processor", "processor:\ncpu MHz: fast"] {
            let _ = Processor::parse(text).stable_flags();
        }
    }
}
