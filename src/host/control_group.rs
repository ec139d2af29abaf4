//! The control groups that this process lives in, and the limits that they set, of versions 1 and 2.

use std::collections::BTreeMap;

use super::fact::{Answer, not_applicable};
use super::system::System;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ControlGroups {
    /// The one hierarchy of version 2.
    unified: Option<Vec<String>>,
    /// The hierarchies of version 1, by controller.
    separate: BTreeMap<String, Vec<String>>,
}

/// What has been taken away from this process's groups since they were made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Throttling {
    /// Periods in which a group had used up its quota.
    pub(super) periods: u64,
    /// Time that its tasks were held back, µs.
    pub(super) time_us: u64,
}

impl ControlGroups {
    pub(super) fn of(host: &System) -> Answer<Self> {
        let groups = Self::parse(&host.text("/proc/self/cgroup")?, &host.text("/proc/self/mountinfo")?);
        let none = groups.unified.is_none() && groups.separate.is_empty();
        if none { Err(not_applicable("no control groups are mounted here")) } else { Ok(groups) }
    }

    fn parse(memberships: &str, mounts: &str) -> Self {
        let mut groups = Self::default();
        let mounts: Vec<Mount> = mounts.lines().filter_map(Mount::parse).collect();
        for line in memberships.lines() {
            let mut fields = line.splitn(3, ':').skip(1);
            let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
            if controllers.is_empty() {
                let mount = mounts.iter().find(|mount| mount.kind == "cgroup2");
                groups.unified = mount.map(|mount| mount.folders(path));
            }
            for controller in controllers.split(',').filter(|name| !name.is_empty()) {
                let offers =
                    |mount: &&Mount| mount.kind == "cgroup" && mount.options.split(',').any(|o| o == controller);
                if let Some(mount) = mounts.iter().find(offers) {
                    groups.separate.insert(controller.to_owned(), mount.folders(path));
                }
            }
        }
        groups
    }

    /// `v1`, `v2`, or `v1 with v2`.
    pub(super) fn version(&self) -> &'static str {
        match (self.unified.is_some(), self.separate.is_empty()) {
            (true, false) => "v1 with v2",
            (false, false) => "v1",
            (_, true) => "v2",
        }
    }

    /// CPUs' worth of time that the tightest group may use; `None` without a limit.
    pub(super) fn quota_cpus(&self, host: &System) -> Option<f64> {
        let quotas = self.folders("cpu").iter().filter_map(|folder| {
            let (quota, period) = match host.line(&format!("{folder}/cpu.max")) {
                Ok(line) => {
                    let (quota, period) = line.split_once(' ')?;
                    (quota.parse::<f64>().ok()?, period.parse::<f64>().ok()?)
                }
                Err(_) => {
                    let quota = host.number(&format!("{folder}/cpu.cfs_quota_us")).ok()?;
                    (quota as f64, host.number(&format!("{folder}/cpu.cfs_period_us")).ok()? as f64)
                }
            };
            (quota > 0.0 && period > 0.0).then_some(quota / period)
        });
        quotas.reduce(f64::min)
    }

    /// Memory that the tightest group may use, bytes; `None` without a limit.
    pub(super) fn memory_bytes(&self, host: &System) -> Option<u64> {
        self.smallest(host, "memory", &["memory.max", "memory.limit_in_bytes"])
    }

    /// Memory that is free in the group with the least, bytes; file pages that are not in use are free. `None` without a
    /// limit.
    pub(super) fn memory_free(&self, host: &System) -> Option<u64> {
        let free = |folder: &String| {
            let number = |files: [&str; 2]| files.iter().find_map(|file| host.number(&format!("{folder}/{file}")).ok());
            let limit = number(["memory.max", "memory.limit_in_bytes"])?;
            let used = number(["memory.current", "memory.usage_in_bytes"]).unwrap_or(0);
            let stat = host.text(&format!("{folder}/memory.stat")).unwrap_or_default();
            // Version 1 sums the groups below in a field of its own.
            let field = |name: &str| stat.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
            let unused = field("total_inactive_file ").or_else(|| field("inactive_file ")).unwrap_or(0);
            Some(limit.saturating_sub(used.saturating_sub(unused)))
        };
        self.folders("memory").iter().filter_map(free).min()
    }

    /// Tasks that the tightest group may have; `None` without a limit.
    pub(super) fn tasks(&self, host: &System) -> Option<u64> {
        self.smallest(host, "pids", &["pids.max"])
    }

    /// Throttling of all groups around this process; `None` where none of them counts it.
    pub(super) fn throttling(&self, host: &System) -> Option<Throttling> {
        let stats = self.folders("cpu").iter().filter_map(|folder| host.text(&format!("{folder}/cpu.stat")).ok());
        stats.filter_map(|text| throttling(&text)).reduce(|sum, group| Throttling {
            periods: sum.periods.saturating_add(group.periods),
            time_us: sum.time_us.saturating_add(group.time_us),
        })
    }

    fn folders(&self, controller: &str) -> &[String] {
        self.separate.get(controller).or(self.unified.as_ref()).map_or(&[], Vec::as_slice)
    }

    /// The smallest number in any of `files` in any folder; `max` does not parse, and sets no limit.
    fn smallest(&self, host: &System, controller: &str, files: &[&str]) -> Option<u64> {
        let paths =
            self.folders(controller).iter().flat_map(|folder| files.iter().map(move |f| format!("{folder}/{f}")));
        paths.filter_map(|path| host.number(&path).ok()).min()
    }
}

struct Mount<'a> {
    root: &'a str,
    point: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (place, source) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let mut source = source.split(' ');
        Some(Self {
            root: place.next()?,
            point: place.next()?,
            kind: source.next()?,
            options: source.nth(1).unwrap_or_default(),
        })
    }

    /// Folders from the group at `path` up to where the hierarchy is mounted. A container that does not see its own
    /// place in the hierarchy sees its own group at the mount point.
    fn folders(&self, path: &str) -> Vec<String> {
        let below = path.strip_prefix(self.root.trim_end_matches('/')).unwrap_or("/");
        let names: Vec<&str> = below.split('/').filter(|name| !name.is_empty()).collect();
        let names = if names.contains(&"..") { Vec::new() } else { names };
        (0..=names.len()).rev().map(|depth| [&[self.point], &names[..depth]].concat().join("/")).collect()
    }
}

/// Reads the text of `cpu.stat`; version 1 gives ns, version 2 µs.
fn throttling(text: &str) -> Option<Throttling> {
    let number = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse::<u64>().ok())
    };
    let time_us = number("throttled_usec").or_else(|| number("throttled_time").map(|ns| ns / 1000))?;
    Some(Throttling { periods: number("nr_throttled")?, time_us })
}

#[cfg(test)]
mod tests {
    use super::super::system::tests::host_of;
    use super::*;

    const MOUNT_V2: &str = "31 23 0:28 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    const MOUNT_V1: &str = "32 31 0:29 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
        35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

    #[test]
    fn the_tightest_group_on_the_way_up_decides_in_version_2() {
        let (_folder, host) = host_of(&[
            ("/proc/self/cgroup", "0::/a/b\n"),
            ("/proc/self/mountinfo", MOUNT_V2),
            ("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n"),
            ("/sys/fs/cgroup/a/cpu.max", "150000 100000\n"),
            ("/sys/fs/cgroup/a/memory.max", "1073741824\n"),
            ("/sys/fs/cgroup/a/memory.current", "1073741000\n"),
            ("/sys/fs/cgroup/a/memory.stat", "anon 600\ninactive_file 100\n"),
            ("/sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("/sys/fs/cgroup/a/b/pids.max", "77\n"),
            ("/sys/fs/cgroup/a/cpu.stat", "usage_usec 9\nnr_periods 4\nnr_throttled 3\nthrottled_usec 1500\n"),
        ]);
        let groups = ControlGroups::of(&host).unwrap();
        assert_eq!(groups.version(), "v2");
        assert_eq!(groups.quota_cpus(&host), Some(1.5));
        assert_eq!(groups.memory_bytes(&host), Some(1 << 30));
        assert_eq!(groups.memory_free(&host), Some(924));
        assert_eq!(groups.tasks(&host), Some(77));
        assert_eq!(groups.throttling(&host), Some(Throttling { periods: 3, time_us: 1500 }));
    }

    #[test]
    fn a_container_of_version_1_finds_its_own_group_at_the_mount_point() {
        let (_folder, host) = host_of(&[
            ("/proc/self/cgroup", "4:memory:/x/y\n1:cpu,cpuacct:/docker/abc\n"),
            ("/proc/self/mountinfo", MOUNT_V1),
            ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
            ("/sys/fs/cgroup/cpu/cpu.stat", "nr_periods 0\nnr_throttled 2\nthrottled_time 5000000\n"),
            ("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "4096\n"),
            ("/sys/fs/cgroup/memory/x/memory.usage_in_bytes", "4000\n"),
            ("/sys/fs/cgroup/memory/x/memory.stat", "inactive_file 1\ntotal_inactive_file 200\n"),
        ]);
        let groups = ControlGroups::of(&host).unwrap();
        assert_eq!(groups.version(), "v1");
        assert_eq!(groups.quota_cpus(&host), Some(0.5));
        assert_eq!(groups.memory_bytes(&host), Some(4096));
        assert_eq!(groups.memory_free(&host), Some(296));
        assert_eq!(groups.throttling(&host), Some(Throttling { periods: 2, time_us: 5000 }));
    }

    #[test]
    fn no_limit_is_no_number() {
        let (_folder, host) = host_of(&[
            ("/proc/self/cgroup", "0::/../outside\n"),
            ("/proc/self/mountinfo", MOUNT_V2),
            ("/sys/fs/cgroup/cpu.cfs_quota_us", "-1\n"),
        ]);
        let groups = ControlGroups::of(&host).unwrap();
        assert_eq!(groups.quota_cpus(&host), None);
        assert_eq!(groups.memory_bytes(&host), None);
        assert_eq!(groups.throttling(&host), None);
    }
}
