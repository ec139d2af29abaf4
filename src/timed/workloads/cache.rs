//! How much memory no cache of this machine holds.

use std::fs;
use std::path::Path;

/// No cache holds so many times the last-level cache: what is written once around has left it by then, whatever it replaces.
pub const CACHES: usize = 4;

/// Taken for the last-level cache where the kernel reports none, as on some virtual machines.
const CACHE_BYTES: usize = 32 << 20;

/// Names the bytes that a worker goes around in: decided once for all workers of a run, since threads and processes have to do
/// the same.
pub const UNCACHED_BYTES: &str = "PARCOST_UNCACHED_BYTES";

/// The last-level cache of this machine, bytes.
pub fn last_level_cache() -> usize {
    last_level(Path::new("/sys/devices/system/cpu/cpu0/cache")).unwrap_or(CACHE_BYTES)
}

/// The bytes that this worker goes around in.
pub(super) fn bytes_to_go_around() -> usize {
    let named = std::env::var(UNCACHED_BYTES).ok().and_then(|bytes| bytes.parse().ok());
    named.unwrap_or_else(|| CACHES * last_level_cache())
}

/// The largest cache of a CPU, bytes: `index3/size` is `32768K`; see the kernel's sysfs-devices-system-cpu.
fn last_level(folder: &Path) -> Option<usize> {
    let sizes = fs::read_dir(folder).ok()?.filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("size")).ok());
    sizes.filter_map(|size| Some(size.trim().strip_suffix('K')?.parse::<usize>().ok()? << 10)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

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
