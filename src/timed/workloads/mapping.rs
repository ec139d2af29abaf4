//! Memory mapped for a workload: private or shared, touched or not, in small or huge pages.

use std::fs;
use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::sync::atomic::{Ordering, fence};

use nix::sys::mman::{MapFlags, MmapAdvise, ProtFlags, madvise, mmap_anonymous, mprotect, munmap};

use super::WorkerError;

/// Whether a child forked later writes to a copy of the pages or to the pages themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Copied on the first write after a fork.
    Private,
    Shared,
}

pub struct Mapping {
    address: NonNull<u8>,
    bytes: usize,
}

/// A mapping, and which of every hundred of its small pages are to be written.
pub(crate) struct SomePages {
    mapping: Mapping,
    page_bytes: usize,
    of_a_hundred: Vec<usize>,
}

impl SomePages {
    /// Writes one byte in each and returns how many they are, once the memory has them: a few dozen would still wait in the CPU.
    pub(crate) fn write(&self) -> u64 {
        let pages = self.mapping.bytes / self.page_bytes;
        let mut written = 0;
        for first in (0..pages).step_by(100) {
            for index in self.of_a_hundred.iter().map(|place| first + place).take_while(|index| *index < pages) {
                self.mapping.write_page(index, self.page_bytes);
                written += 1;
            }
        }
        fence(Ordering::SeqCst);
        written
    }
}

pub(crate) fn page_bytes() -> usize {
    nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten().map_or(4096, |bytes| bytes as usize)
}

impl Mapping {
    pub fn new(bytes: usize, sharing: Sharing) -> Result<Self, WorkerError> {
        let length =
            NonZeroUsize::new(bytes).ok_or_else(|| WorkerError::refused("a mapping of no bytes".to_owned()))?;
        let flags = match sharing {
            Sharing::Private => MapFlags::MAP_PRIVATE,
            Sharing::Shared => MapFlags::MAP_SHARED,
        };
        let rights = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new anonymous mapping overlaps nothing that exists.
        let address = unsafe { mmap_anonymous(None, length, rights, flags) };
        let address =
            address.map_err(|error| WorkerError::refused(format!("{bytes} bytes cannot be mapped: {error}")))?;
        Ok(Self { address: address.cast(), bytes })
    }

    /// Advises the kernel on the whole mapping; advice that this kernel does not know is refused.
    pub(crate) fn advise(&self, advice: MmapAdvise) -> Result<(), WorkerError> {
        // SAFETY: the range is our own mapping; the advice used here never takes pages away.
        let result = unsafe { madvise(self.address.cast(), self.bytes, advice) };
        result.map_err(|error| WorkerError::refused(format!("the kernel rejects the advice {advice:?}: {error}")))
    }

    /// Writes one byte in every small page and returns how many pages there are.
    pub(crate) fn touch(&self) -> u64 {
        let (page, count) = (page_bytes(), self.bytes / page_bytes());
        (0..count).for_each(|index| self.write_page(index, page));
        count as u64
    }

    /// With `percent` of every hundred of its small pages, in their order, but seldom next to each other.
    pub(crate) fn some_pages(self, percent: u64) -> SomePages {
        let page_bytes = page_bytes();
        let is_one = |place: &usize| (*place as u64 * 37) % 100 < percent;
        SomePages { of_a_hundred: (0..100).filter(is_one).collect(), page_bytes, mapping: self }
    }

    fn write_page(&self, index: usize, page_bytes: usize) {
        // SAFETY: callers count the pages of this mapping.
        let place = unsafe { self.address.add(index * page_bytes) };
        // SAFETY: the mapping is writable, and any other writer is another process.
        unsafe { place.write_volatile(index as u8 | 1) };
    }

    /// Takes all rights from one page, which makes a mapping of its own of it.
    pub(crate) fn forbid_page(&self, page: usize) -> Result<(), WorkerError> {
        assert!((page + 1) * page_bytes() <= self.bytes);
        // SAFETY: inside the mapping by the line above.
        let address = unsafe { self.address.add(page * page_bytes()) };
        // SAFETY: nothing reads or writes the pages of such a mapping.
        let result = unsafe { mprotect(address.cast(), page_bytes(), ProtFlags::PROT_NONE) };
        result.map_err(|error| WorkerError::refused(format!("the kernel allows no more mappings: {error}")))
    }

    /// Refuses a touched mapping of which less than half is in huge pages: that is another measurement.
    pub(crate) fn require_huge_pages(&self) -> Result<(), WorkerError> {
        let (huge, all) = (self.huge_bytes(), self.bytes);
        if huge * 2 < all {
            return Err(WorkerError::refused(format!("the kernel gave {huge} of {all} bytes in huge pages")));
        }
        Ok(())
    }

    /// How many of its bytes are in huge pages, as the kernel reports in smaps; see proc_pid_smaps(5).
    fn huge_bytes(&self) -> usize {
        let smaps = fs::read_to_string("/proc/self/smaps").unwrap_or_default();
        let first = self.address.as_ptr() as usize;
        let mut inside = false;
        let mut kib = 0;
        for line in smaps.lines() {
            if let Some(start) = line.split_once('-').and_then(|(start, _)| usize::from_str_radix(start, 16).ok()) {
                inside = (first..first + self.bytes).contains(&start);
            } else if let Some(value) = line.strip_prefix("AnonHugePages:").filter(|_| inside) {
                kib += value.trim().trim_end_matches(" kB").parse::<usize>().unwrap_or(0);
            }
        }
        kib << 10
    }

    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: the mapping is readable and writable in all its length, and borrowed for as long as the slice.
        unsafe { std::slice::from_raw_parts_mut(self.address.as_ptr(), self.bytes) }
    }

    /// A second handle to the same bytes for the other side of a fork, which does not unmap them.
    pub(crate) fn alias(&self) -> std::mem::ManuallyDrop<Mapping> {
        std::mem::ManuallyDrop::new(Self { address: self.address, bytes: self.bytes })
    }
}

// SAFETY: a mapping belongs to the process, not to a thread.
unsafe impl Send for Mapping {}
// SAFETY: what writes through a shared reference writes single bytes that nothing reads.
unsafe impl Sync for Mapping {}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `new` with this length, and borrowed slices cannot outlive self.
        unsafe { munmap(self.address.cast(), self.bytes) }.expect("our own mapping can be unmapped");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_every_hundred_pages_so_many_are_written_as_asked_for() {
        for percent in [1, 37, 100] {
            let mapping = Mapping::new(200 * page_bytes(), Sharing::Private).unwrap();
            let mut pages = mapping.some_pages(percent);
            assert_eq!(pages.write(), 2 * percent);
            let written = pages.mapping.as_mut_slice().chunks(page_bytes()).filter(|page| page[0] != 0);
            assert_eq!(written.count() as u64, 2 * percent);
        }
    }
}
