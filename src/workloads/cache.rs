//! How much memory no cache of this machine holds.

use std::fs;
use std::path::Path;

use super::cpus;

/// How many times the last-level cache: what is written once around has left the cache by then, whatever it replaces.
const CACHES: usize = 4;

/// Taken for the last-level cache where the kernel reports none, as on some virtual machines.
const CACHE_BYTES: usize = 32 << 20;

/// The bytes that a worker goes around in, so that it finds none of them in a cache; less where the memory that is free
/// does not hold twice as much for each of the most workers, two a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncached {
    pub wanted_bytes: usize,
    pub bytes: usize,
}

/// By what the kernel reports now.
pub fn uncached() -> Uncached {
    let cache = last_level(Path::new("/sys/devices/system/cpu/cpu0/cache")).unwrap_or(CACHE_BYTES);
    share(cache, free_bytes(), 2 * cpus::cores())
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

/// What may be allocated now: by the whole system, and by the control group where it has a limit.
fn free_bytes() -> usize {
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available =
        memory.lines().find_map(|line| line.strip_prefix("MemAvailable:")?.strip_suffix("kB")?.trim().parse().ok());
    let available = available.map_or(usize::MAX, |kib: usize| kib << 10);
    let number = |name| fs::read_to_string(Path::new("/sys/fs/cgroup").join(name)).ok()?.trim().parse::<usize>().ok();
    let limit = number("memory.max").map(|max| max.saturating_sub(number("memory.current").unwrap_or(0)));
    available.min(limit.unwrap_or(usize::MAX))
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
