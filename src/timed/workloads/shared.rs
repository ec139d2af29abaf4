//! Memory that forked workers and their launcher share, and the futex that wakes them.

use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

use super::mechanism::Mechanism;

/// A value in a shared anonymous mapping: children forked later see the same memory at the same address.
///
/// A clone is a handle to the same memory, which lives as long as the last of them in its process.
pub(crate) struct Shared<T: Zeroed> {
    memory: Arc<Mapped<T>>,
}

struct Mapped<T: Zeroed> {
    value: NonNull<T>,
}

/// A type that is valid when all its bytes are zero, and that is safe to use from several processes at once.
///
/// # Safety
///
/// The implementor promises both.
pub(crate) unsafe trait Zeroed: Sync + 'static {}

// SAFETY: an atomic is valid as zero and made for concurrent use.
unsafe impl Zeroed for AtomicU32 {}
// SAFETY: as above.
unsafe impl Zeroed for AtomicU64 {}

/// A value with two cache lines to itself, because neighbours are fetched in pairs.
#[repr(C, align(128))]
pub(crate) struct CacheLines<T>(pub(crate) T);

impl<T: Zeroed> Shared<T> {
    pub(crate) fn new() -> Self {
        let length = std::num::NonZeroUsize::new(size_of::<T>()).expect("shared types have a size");
        // SAFETY: a new anonymous mapping overlaps nothing that exists.
        let address = unsafe {
            mmap_anonymous(
                None,
                length,
                ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
                MapFlags::MAP_SHARED | MapFlags::MAP_POPULATE,
            )
        };
        let value = address.expect("a few shared pages can be mapped").cast();
        Self { memory: Arc::new(Mapped { value }) }
    }
}

impl<T: Zeroed> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self { memory: self.memory.clone() }
    }
}

impl<T: Zeroed> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the mapping lives as long as self, is large enough and aligned to a page, and zero is a valid T.
        unsafe { self.memory.value.as_ref() }
    }
}

impl<T: Zeroed> Drop for Mapped<T> {
    fn drop(&mut self) {
        // SAFETY: mapped in `Shared::new` with this size, and this was the last handle.
        unsafe { munmap(self.value.cast(), size_of::<T>()) }.expect("our own mapping can be unmapped");
    }
}

// SAFETY: it only gives out `&T`, and `T: Sync` by the bound of `Zeroed`.
unsafe impl<T: Zeroed> Send for Mapped<T> {}
// SAFETY: as above.
unsafe impl<T: Zeroed> Sync for Mapped<T> {}

/// Sleeps while `*word == expected`; returns at a wake, a change or a signal.
///
/// See futex(2). A wait for a child that was killed ends with the launcher, which watches its children.
pub(crate) fn futex_wait(word: &AtomicU32, expected: u32, between: Mechanism) {
    let forever = std::ptr::null::<libc::timespec>();
    let wait = libc::FUTEX_WAIT | privacy(between);
    // SAFETY: the word is a live, aligned u32, and no time-out is given.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), wait, expected, forever) };
}

pub(crate) fn futex_wake(word: &AtomicU32, count: u32, between: Mechanism) {
    let wake = libc::FUTEX_WAKE | privacy(between);
    // SAFETY: the word is a live, aligned u32; waking takes no other pointer.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), wake, count) };
}

/// Threads of one process find each other by the address, as the locks of every library do; between processes the kernel
/// looks up the page behind it.
fn privacy(between: Mechanism) -> i32 {
    match between {
        Mechanism::Threads => libc::FUTEX_PRIVATE_FLAG,
        Mechanism::Processes => 0,
    }
}

/// Sleeps until the word differs from `seen` and returns what it became.
pub(crate) fn wait_for_change(word: &AtomicU32, seen: u32, between: Mechanism) -> u32 {
    loop {
        let now = word.load(Ordering::Acquire);
        if now != seen {
            return now;
        }
        futex_wait(word, seen, between);
    }
}
