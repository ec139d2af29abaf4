//! How much memory no cache of this machine holds.

use std::fs;
use std::path::Path;

use super::cpus;

/// How many times the last-level cache: what is written once around has left the cache by then, whatever it replaces.
const CACHES: usize = 4;

/// Taken for the last-level cache where the kernel reports none, as on some virtual machines.
const CACHE_BYTES: usize = 32 << 20;

/// The bytes that a worker goes around in, so that it finds none of them in a cache; less where the memory that is free
/// does not hold twice as much for each worker, or for two a CPU where there are fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncached {
    pub wanted_bytes: usize,
    pub bytes: usize,
}

/// By what the kernel reports now.
pub fn uncached(workers: usize) -> Uncached {
    let cache = last_level(Path::new("/sys/devices/system/cpu/cpu0/cache")).unwrap_or(CACHE_BYTES);
    share(cache, free_bytes(), workers.max(2 * cpus::cores()))
}

fn share(cache: usize, free: usize, workers: usize) -> Uncached {
    let wanted_bytes = CACHES * cache;
    Uncached { wanted_bytes, bytes: wanted_bytes.min(free / 2 / workers) }
}

/// The largest cache of a CPU, bytes: `index3/size` is `32768K`; see the kernel's sysfs-devices-system-cpu.
fn last_level(folder: &Path) -> Option<usize> {
    let sizes = fs::read_dir(folder).ok()?.filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("size")).ok());
    sizes.filter_map(|size| Some(size.trim().strip_suffix('K')?.parse::<usize>().ok()? << 10)).max()
}

/// What may be allocated now: by the whole system, and by the control groups that have a limit.
fn free_bytes() -> usize {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let memory = text("/proc/meminfo");
    let available =
        memory.lines().find_map(|line| line.strip_prefix("MemAvailable:")?.strip_suffix("kB")?.trim().parse().ok());
    let available = available.map_or(usize::MAX, |kib: usize| kib << 10);
    available.min(free_in_groups(Path::new("/sys/fs/cgroup"), &text("/proc/self/cgroup")).unwrap_or(usize::MAX))
}

/// The least that is free in the groups of a process and those above, of version 2 or 1; file pages that are not in use are
/// free. See the kernel's cgroup-v2 and cgroup-v1/memory.
fn free_in_groups(root: &Path, memberships: &str) -> Option<usize> {
    let number = |path: &Path| fs::read_to_string(path).ok()?.trim().parse::<usize>().ok();
    let unused = |folder: &Path, name: &str| {
        let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        stat.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0)
    };
    let free_in = |folder: &Path, [limit, usage, inactive]: [&str; 3]| {
        let used = number(&folder.join(usage)).unwrap_or(0).saturating_sub(unused(folder, inactive));
        Some(number(&folder.join(limit))?.saturating_sub(used))
    };
    let free_above = |line: &str| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let (top, files) = match controllers {
            "" => (root.to_owned(), ["memory.max", "memory.current", "inactive_file "]),
            _ if controllers.split(',').any(|name| name == "memory") => {
                let files = ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "];
                (root.join("memory"), files)
            }
            _ => return None,
        };
        let folder = top.join(path.trim_start_matches('/'));
        folder.ancestors().take_while(|it| it.starts_with(&top)).filter_map(|it| free_in(it, files)).min()
    };
    memberships.lines().filter_map(free_above).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_goes_around_in_more_than_the_cache_holds_where_memory_allows() {
        let uncached = |wanted_bytes, bytes| Uncached { wanted_bytes, bytes };
        assert_eq!(share(32, 10_000, 4), uncached(128, 128));
        assert_eq!(share(32, 400, 4), uncached(128, 50));
    }

    #[test]
    fn the_tightest_group_decides_what_is_free() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let free = |memberships| free_in_groups(root.path(), memberships);
        write("a/b/memory.max", "max\n");
        assert_eq!(free("0::/a/b\n"), None);
        write("a/memory.max", "1000\n");
        write("a/memory.current", "700\n");
        write("a/memory.stat", "anon 600\ninactive_file 100\n");
        write("memory/memory.limit_in_bytes", "500\n");
        assert_eq!(free("0::/a/b\n"), Some(400));
        assert_eq!(free("5:cpu,memory:/not/seen/here\n0::/a\n"), Some(400));
        assert_eq!(free("5:memory:/\n1:cpu:/\n"), Some(500));
    }

    #[test]
    fn the_last_level_cache_is_the_largest() {
        let folder = tempfile::tempdir().unwrap();
        for (index, size) in [("index0", "32K\n"), ("index3", "32768K\n"), ("index2", "1024K\n")] {
            fs::create_dir(folder.path().join(index)).unwrap();
            fs::write(folder.path().join(index).join("size"), size).unwrap();
        }
        fs::write(folder.path().join("uevent"), "").unwrap();
        assert_eq!(last_level(folder.path()), Some(32 << 20));
        assert_eq!(last_level(&folder.path().join("none")), None);
    }
}
