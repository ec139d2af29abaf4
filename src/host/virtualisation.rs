//! What lies between this program and the metal: a hypervisor, a container, a filter of system calls.

use super::fact::{Answer, not_applicable, unknown};
use super::processor::{Processor, QEMU_ARM};
use super::system::System;
use crate::model::EMULATED;

/// The hypervisor's kind, or `none`; the emulator where there is one.
pub(super) fn hypervisor(host: &System, processor: &Processor) -> Answer<String> {
    if let Ok(kind) = host.line("/sys/hypervisor/type") {
        return Ok(kind);
    }
    if let Some(emulator) = emulator(host, processor) {
        return Ok(format!("{EMULATED} ({emulator})"));
    }
    let vendor = host.line("/sys/class/dmi/id/sys_vendor").unwrap_or_default();
    let product = host.line("/sys/class/dmi/id/product_name").unwrap_or_default();
    let board = host.line("/proc/device-tree/compatible").unwrap_or_default();
    let names = format!("{vendor} {product} {board}").to_lowercase();
    let clocks = host.line("/sys/devices/system/clocksource/clocksource0/available_clocksource").unwrap_or_default();
    let is_guest = processor.has("hypervisor") || host.holds("/proc/device-tree/hypervisor");
    // On Arm there is no flag: a guest shows by its maker's name, or by its board, alone.
    let by_name = [
        ("amazon ec2", "kvm (amazon)"),
        ("google", "kvm (google)"),
        ("qemu", "kvm or qemu"),
        ("linux,dummy-virt", "kvm or qemu"),
        ("microsoft corporation virtual machine", "hyper-v"),
        ("vmware", "vmware"),
        ("innotek", "virtualbox"),
        ("xen", "xen"),
        ("parallels", "parallels"),
        ("apple virtualization", "apple"),
    ];
    let named = by_name.iter().find(|(name, _)| names.contains(name)).map(|(_, kind)| (*kind).to_owned());
    match (is_guest, named) {
        (true, Some(kind)) => Ok(kind),
        // An instance of metal is sold under the same maker's name, but has no hypervisor's flag.
        (false, Some(kind)) if processor.has("asimd") && !names.contains("metal") => Ok(kind),
        (true, None) if clocks.contains("kvm-clock") => Ok("kvm".to_owned()),
        (true, None) if clocks.contains("hyperv") => Ok("hyper-v".to_owned()),
        (true, None) => Ok("hypervisor of unknown kind".to_owned()),
        (false, _) if processor.flags.is_empty() => Err(unknown("the processor shows no flags")),
        (false, _) => Ok("none".to_owned()),
    }
}

/// The program that plays the processor, if one does.
///
/// It may play any processor by name. QEMU then shows by its signature, and an emulator of single programs by a
/// processor of another architecture than the program's.
fn emulator(host: &System, processor: &Processor) -> Option<&'static str> {
    let name = processor.name.as_deref().unwrap_or_default();
    if host.is_emulated || name.starts_with("QEMU TCG") || name == QEMU_ARM {
        Some("qemu")
    } else if name.starts_with("VirtualApple") {
        Some("rosetta")
    } else {
        let is_other = |shown: &str| shown != host.architecture && (shown, host.architecture) != ("x86_64", "x86");
        processor.architecture().is_some_and(is_other).then_some("of another architecture")
    }
}

/// What the machine is sold as: an instance type of a cloud, a server's or laptop's model. No serial number.
pub(super) fn product(host: &System) -> Answer<String> {
    let name =
        ["/sys/class/dmi/id/product_name", "/proc/device-tree/model"].iter().find_map(|path| host.line(path).ok());
    name.ok_or_else(|| not_applicable("the firmware gives no name"))
}

/// The container's kind, or `none`.
pub(super) fn container(host: &System) -> String {
    let groups = host.text("/proc/self/cgroup").unwrap_or_default();
    let named = host.variable("container").or_else(|| host.line("/run/systemd/container").ok());
    let kind = if host.variable("KUBERNETES_SERVICE_HOST").is_some() || groups.contains("kubepods") {
        "kubernetes"
    } else if host.holds("/run/.containerenv") {
        "podman"
    } else if host.holds("/.dockerenv") || groups.contains("/docker/") {
        "docker"
    } else {
        return named.unwrap_or_else(|| "none".to_owned());
    };
    kind.to_owned()
}

/// Whether the kernel filters this process's system calls, which makes each of them slower.
pub(super) fn system_call_filter(status: &str) -> Answer<&'static str> {
    match status_field(status, "Seccomp") {
        Some("0") => Ok("none"),
        Some("1") => Ok("strict"),
        Some("2") => Ok("filter"),
        _ => Err(unknown("/proc/self/status does not report a filter")),
    }
}

/// A field of the text of `/proc/self/status`.
pub(super) fn status_field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::super::system::tests::host_of;
    use super::*;

    type Files<'a> = &'a [(&'a str, &'a str)];

    fn processor(flags: &str) -> Processor {
        Processor::parse(&format!("processor : 0\nflags : {flags}\n"))
    }

    #[test]
    fn knows_hypervisors_by_flag_and_name() {
        const VENDOR: &str = "/sys/class/dmi/id/sys_vendor";
        const PRODUCT: &str = "/sys/class/dmi/id/product_name";
        let cases: [(&str, Files, &str); 7] = [
            ("lm", &[(VENDOR, "Dell Inc.\n")], "none"),
            ("lm hypervisor", &[], "hypervisor of unknown kind"),
            ("lm hypervisor", &[(VENDOR, "Microsoft Corporation\n"), (PRODUCT, "Virtual Machine\n")], "hyper-v"),
            ("asimd", &[(VENDOR, "Amazon EC2\n"), (PRODUCT, "c7g.large\n")], "kvm (amazon)"),
            ("asimd", &[(VENDOR, "Amazon EC2\n"), (PRODUCT, "c7g.metal\n")], "none"),
            ("asimd", &[("/proc/device-tree/compatible", "linux,dummy-virt\0")], "kvm or qemu"),
            ("lm", &[("/sys/hypervisor/type", "xen\n")], "xen"),
        ];
        for (flags, files, expected) in cases {
            let (_folder, mut host) = host_of(files);
            host.architecture = if flags == "asimd" { "aarch64" } else { "x86_64" };
            assert_eq!(hypervisor(&host, &processor(flags)).as_deref(), Ok(expected), "{flags} {files:?}");
        }
    }

    /// What the processor and its maker show under QEMU 7.2 with and without KVM, under Rosetta and under `qemu-aarch64`.
    #[test]
    fn recognises_an_emulator_whatever_processor_it_plays() {
        const X86: &str = "flags : lm hypervisor\n";
        const ARM: &str = "Features : fp asimd\n";
        let cases = [
            ("x86_64", false, format!("model name : QEMU TCG CPU version 2.5+\n{X86}"), "emulated (qemu)"),
            ("x86_64", true, format!("model name : AMD EPYC Processor\n{X86}"), "emulated (qemu)"),
            ("x86_64", false, format!("model name : AMD EPYC Processor\n{X86}"), "kvm or qemu"),
            ("x86_64", false, format!("model name : VirtualApple @ 2.50GHz\n{X86}"), "emulated (rosetta)"),
            ("aarch64", false, format!("model name : AMD EPYC\n{X86}"), "emulated (of another architecture)"),
            ("aarch64", false, format!("CPU implementer : 0x00\nCPU part : 0x051\n{ARM}"), "emulated (qemu)"),
            ("aarch64", false, format!("CPU implementer : 0x41\nCPU part : 0xd0c\n{ARM}"), "kvm or qemu"),
        ];
        for (architecture, is_emulated, processor, expected) in cases {
            let (_folder, mut host) = host_of(&[("/sys/class/dmi/id/sys_vendor", "QEMU\n")]);
            (host.architecture, host.is_emulated) = (architecture, is_emulated);
            let processor = Processor::parse(&format!("processor : 0\n{processor}"));
            assert_eq!(hypervisor(&host, &processor).as_deref(), Ok(expected), "{processor:?}");
        }
    }

    #[test]
    fn knows_containers_by_their_marks() {
        let cases: [(Files, &str); 5] = [
            (&[], "none"),
            (&[("/.dockerenv", "")], "docker"),
            (&[("/run/.containerenv", "")], "podman"),
            (&[("/proc/self/environ", "A=1\0container=lxc\0")], "lxc"),
            (&[("/.dockerenv", ""), ("/proc/self/cgroup", "1:cpu:/kubepods/x\n")], "kubernetes"),
        ];
        for (files, expected) in cases {
            let (_folder, host) = host_of(files);
            assert_eq!(container(&host), expected, "{files:?}");
        }
    }

    #[test]
    fn reads_the_filter_of_system_calls() {
        assert_eq!(system_call_filter("Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n"), Ok("filter"));
        assert!(system_call_filter("Name:\tx\n").is_err());
    }
}
