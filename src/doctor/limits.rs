//! Checks of limits of the user and of the control group, and of the work folder.

use super::check::{Affects, Check, Finding, warn_if};
use super::host_state::{HostState, always};

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
        Check::of(
            "stack limit",
            &always(host.software("stack_bytes_limit")),
            (Affects::Timing, "it is the size of a thread's stack, and decides where the kernel lays out memory"),
            |text| match (text, text.parse::<f64>()) {
                ("unlimited", _) => Finding::Warning(Some("`ulimit -S -s 8192`".to_owned())),
                (_, Ok(bytes)) => {
                    let fix = "`ulimit -S -s 8192`; where that is refused, raise `stack` in /etc/security/limits.conf";
                    warn_if(!STACK_BYTES.contains(&bytes), fix.to_owned())
                }
                _ => Finding::Odd,
            },
        )
        .in_unit(" bytes"),
        Check::of_number(
            "free disk",
            &host.condition("work_folder_free_mib"),
            (Affects::Coverage, "a build or a benchmark of files that finds the disk full fails"),
            |mib| mib < FREE_DISK_MIB_MIN,
            "`cargo clean`, or name another disk: `export CARGO_TARGET_DIR=/a/folder/on/it`".to_owned(),
        )
        .in_unit(" MiB"),
        file_system(host),
    ]
}

fn at_least(name: &'static str, host: &HostState<'_>, fact: &str, least: f64, fix: &str) -> Check {
    let about = (Affects::Coverage, "benchmarks with many workers fail where it is reached");
    Check::of(name, &host.software(fact), about, |text| match (text, text.parse::<f64>()) {
        ("unlimited", _) => Finding::Fine,
        (_, Ok(number)) => warn_if(number < least, fix.to_owned()),
        _ => Finding::Odd,
    })
}

fn file_system(host: &HostState<'_>) -> Check {
    let fact = host.software("file_system");
    let is_remote = fact.value().is_some_and(|kind| REMOTE.contains(&kind));
    let about = if is_remote {
        (Affects::Timing, "reads and flushes of files time the network and another machine")
    } else {
        (Affects::Little, "reads and flushes of files measure this file system alone")
    };
    let fix = "work in a folder on a local disk; in a container, on a volume: `docker run -v /a/folder:/work -w /work`";
    Check::of("work folder", &fact, about, |kind| warn_if(is_remote || LAYERED.contains(&kind), fix.to_owned()))
}
