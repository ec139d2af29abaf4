//! Checks of limits, of the work folder, of the programs that measure and of how the code is built.

use super::check::Affects::{Coverage, Little, Ratios, Timing};
use super::check::{Check, Finding, HostState, always, check, warn_if};
use crate::model::Fact;

/// Tasks that must be allowed: some hundred workers at once, and all else of the user.
const TASKS_MIN: f64 = 1_024.0;
/// Files that must be allowed open: two pipes for each of some hundred workers.
const OPEN_FILES_MIN: f64 = 1_024.0;
/// Smallest and largest stack, bytes, with which memory is laid out as it commonly is.
const STACK_BYTES: std::ops::RangeInclusive<f64> = 1_048_576.0..=67_108_864.0;
/// Room for the target folder of a release build with its results, MiB.
const FREE_DISK_MIB_MIN: f64 = 2_048.0;
/// File systems beyond a network, whose times are the network's.
const REMOTE: [&str; 9] = ["nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "fuse.sshfs", "fuse.gcsfuse"];
/// File systems that keep nothing on a disk, or add a layer to it.
const LAYERED: [&str; 4] = ["tmpfs", "ramfs", "overlay", "fuse.fuse-overlayfs"];

pub(super) fn checks(host: &HostState<'_>) -> Vec<Check> {
    vec![
        at_least(
            "processes limit",
            host,
            "processes_limit",
            TASKS_MIN,
            "`ulimit -u 1024`; where that is refused, raise `nproc` in /etc/security/limits.conf and log in again",
        ),
        at_least(
            "open files limit",
            host,
            "open_files_limit",
            OPEN_FILES_MIN,
            "`ulimit -n 1024`; where that is refused, raise `nofile` in /etc/security/limits.conf and log in again",
        ),
        at_least(
            "group's tasks limit",
            host,
            "tasks_limit",
            TASKS_MIN,
            "raise it: `docker run --pids-limit=1024`, `systemd-run --user -p TasksMax=1024`, or the group's `pids.max`",
        ),
        check("stack limit", always(host.software("stack_bytes_limit")))
            .affects(Timing, "it is the size of a thread's stack, and decides where the kernel lays out memory")
            .judged(|text| match (text, text.parse::<f64>()) {
                ("unlimited", _) => Finding::Warning(Some("`ulimit -S -s 8192`".to_owned())),
                (_, Ok(bytes)) => {
                    let fix = "`ulimit -S -s 8192`; where that is refused, raise `stack` in /etc/security/limits.conf";
                    warn_if(!STACK_BYTES.contains(&bytes), fix.to_owned())
                }
                _ => Finding::Odd,
            })
            .in_mebibytes(),
        check("free disk", host.condition("work_folder_free_mib"))
            .affects(Coverage, "a build or a benchmark of files that finds the disk full fails")
            .exceeds(
                |mib| mib < FREE_DISK_MIB_MIN,
                "`cargo clean`, or name another disk: `export CARGO_TARGET_DIR=/a/folder/on/it`".to_owned(),
            )
            .in_unit(" MiB"),
        file_system(host),
    ]
}

fn at_least(name: &'static str, host: &HostState<'_>, fact: &str, least: f64, fix: &str) -> Check {
    let (affects, why) = (Coverage, "benchmarks with many workers fail where it is reached");
    check(name, host.software(fact)).affects(affects, why).judged(|text| match (text, text.parse::<f64>()) {
        ("unlimited", _) => Finding::Fine,
        (_, Ok(number)) => warn_if(number < least, fix.to_owned()),
        _ => Finding::Odd,
    })
}

fn file_system(host: &HostState<'_>) -> Check {
    let fact = host.software("file_system");
    let is_remote = fact.value().is_some_and(|kind| REMOTE.contains(&kind));
    let (affects, why) = if is_remote {
        (Timing, "reads and flushes of files time the network and another machine")
    } else {
        (Little, "reads and flushes of files measure this file system alone")
    };
    let fix = "work in a folder on a local disk; in a container, on a volume: `docker run -v /a/folder:/work -w /work`";
    check("work folder", fact)
        .affects(affects, why)
        .warn_if(|kind| is_remote || LAYERED.contains(&kind), fix.to_owned())
}

/// Settings of cargo's profiles by which a measured program is not the one that users get.
const SLOWING: [&str; 4] = ["OPT_LEVEL=0", "OPT_LEVEL=1", "DEBUG_ASSERTIONS=true", "OVERFLOW_CHECKS=true"];
/// Oldest valgrind that the counts are tested with.
const VALGRIND_MIN: (u32, u32) = (3, 19);
/// Kernel instructions of one's own processes are counted up to this.
const PARANOID_MAX: f64 = 1.0;

/// The words in which the toolchain's facts say that a program is not on the search path.
const ABSENT: &str = "not installed";

pub(super) fn tool_checks(host: &HostState<'_>) -> Vec<Check> {
    vec![
        check("debug build", host.tool("debug_assertions"))
            .affects(Little, "a debug build of parcost works, slowly; `cargo bench` builds what it measures anew")
            .warn_if(
                |is_debug| is_debug == "yes",
                "`cargo install --path .`, or `cargo run --release -- …`".to_owned(),
            ),
        check("profile overrides", host.tool("profile_overrides"))
            .affects(Ratios, "a program that is not optimised spends its time elsewhere than the one that users get")
            .judged(|names| {
                let is_slowed = SLOWING.iter().any(|setting| names.contains(setting));
                warn_if(is_slowed, "unset the named variables `CARGO_PROFILE_…`".to_owned())
            }),
        check("valgrind", present(host.tool("valgrind")))
            .affects(Coverage, "without it no instructions are counted, and an older one is not tested")
            .judged(|text| match version(text) {
                _ if text == ABSENT => Finding::Warning(Some(host.install("valgrind"))),
                Some(version) => warn_if(version < VALGRIND_MIN, host.install("valgrind")),
                None => Finding::Odd,
            }),
        check("perf_event_paranoid", host.software("perf_event_paranoid"))
            .affects(Coverage, "above 1 the kernel's share of an operation is not counted")
            .exceeds(|level| level > PARANOID_MAX, host.set("kernel.perf_event_paranoid=1")),
        check("compiler", present(always(host.tool("rustc"))))
            .affects(Coverage, "without it nothing can be built and measured")
            .warn_if(|text| text == ABSENT, "install Rust with rustup".to_owned()),
    ]
}

impl HostState<'_> {
    /// Installs a package; that is allowed inside a container too.
    fn install(&self, package: &str) -> String {
        format!("`sudo apt-get install -y {package}`, or a newer one from its own site")
    }
}

/// A tool that is known to be absent is not an unknown fact: that is what was found, and it can be fixed.
fn present(fact: Fact) -> Fact {
    match fact {
        Fact::Unknown(reason) if reason.contains(ABSENT) => Fact::Value(ABSENT.to_owned()),
        fact => fact,
    }
}

/// `3.19` of `valgrind-3.19.0`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim_start_matches(|c: char| !c.is_ascii_digit()).split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
