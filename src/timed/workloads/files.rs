//! Files: reading one that is cached, and writing to the disk itself.
//!
//! The files have no name, so that nothing is left behind however a measurement ends, but for those that are opened by it.
//! They lie in the current folder of the launcher, and are made and filled outside the clock.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::sys::statfs::{FsType, TMPFS_MAGIC, fstatfs};

use super::mechanism::Mechanism;
use super::worker_group::{Job, group_workload, workers};
use super::{Parameters, Sample, WorkerError, Workload};

/// The file that is read, bytes: small enough to stay cached.
const FILE_BYTES: usize = 4 << 20;

const BLOCK_BYTES: usize = 64 << 10;

/// Reads of one worker in one operation.
const READS: usize = 256;

/// Distance of the numbers that are written into the file and summed up when it is read, bytes.
const MARK_EVERY: usize = 4 << 10;

const WRITE_BYTES: usize = 4 << 10;

/// Writes of one worker in one operation, each followed by `fsync`.
const WRITES: u64 = 4;

/// A file system in memory as old as tmpfs, which also has nothing to sync to; see statfs(2).
const RAMFS_MAGIC: FsType = FsType(0x8584_58f6);

/// The workloads of the group `read`: `workers` at once read one cached file, block by block.
///
/// Inside the clock: `pread` of 64 KiB and adding up a number from each 4 KiB of it, 256 times a worker. Threads share
/// the open file and the table of descriptors, processes the open file alone.
pub(super) fn prepare_read(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let mechanism = Mechanism::named("read", function)?;
    let workers = workers(parameters)?;
    let file = nameless_file()?;
    file.write_all_at(&marked(), 0)
        .map_err(|error| WorkerError::refused(format!("a file of 4 MiB cannot be written: {error}")))?;
    let file = Arc::new(file);
    Ok(group_workload(mechanism, workers, move |index| reader(file.clone(), index)))
}

/// The content of the file: at every [`MARK_EVERY`] bytes a number, counted from 1.
fn marked() -> Vec<u8> {
    let mut content = vec![0; FILE_BYTES];
    for (number, page) in (1u64..).zip(content.chunks_exact_mut(MARK_EVERY)) {
        page[..size_of::<u64>()].copy_from_slice(&number.to_le_bytes());
    }
    content
}

/// The sum of the numbers in a part of the file.
fn sum_of_marks(part: &[u8]) -> u64 {
    part.chunks_exact(MARK_EVERY)
        .filter_map(|page| page.first_chunk::<{ size_of::<u64>() }>())
        .map(|mark| u64::from_le_bytes(*mark))
        .sum()
}

/// The job of one reader; each begins at another block. The work is counted in blocks.
fn reader(file: Arc<File>, index: usize) -> Job {
    const BLOCKS: usize = FILE_BYTES / BLOCK_BYTES;
    const MARKS: u64 = (FILE_BYTES / MARK_EVERY) as u64;
    const SUM: u64 = (READS / BLOCKS) as u64 * (MARKS * (MARKS + 1) / 2);
    let mut block = vec![0; BLOCK_BYTES];
    Box::new(move || {
        let mut sum = 0;
        for read in 0..READS {
            let offset = (index + read) % BLOCKS * BLOCK_BYTES;
            file.read_exact_at(&mut block, offset as u64).expect("the file can be read to its end");
            sum += sum_of_marks(&block);
        }
        assert_eq!(sum, SUM, "the file has another content than was written");
        READS as u64
    })
}

/// The workloads of the group `sync`: `workers` at once, each with a file of its own, write and have it on the disk.
///
/// Inside the clock: `pwrite` of 4 KiB over a part of the file that is there already, and `fsync`, 4 times a worker.
pub(super) fn prepare_sync(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let mechanism = Mechanism::named("sync", function)?;
    let workers = workers(parameters)?;
    let files: Vec<Arc<File>> = (0..workers).map(|_| file_on_disk().map(Arc::new)).collect::<Result<_, _>>()?;
    let mut group = group_workload(mechanism, workers, move |index| writer(files[index].clone()));
    // The kernel writes to the disk on the very processors: that a worker waits for it is the work itself.
    Ok(Box::new(move |iterations| Sample { cpu_availability: None, ..group(iterations) }))
}

/// A file with all its blocks on the disk, so that later only their content has to be written.
fn file_on_disk() -> Result<File, WorkerError> {
    let refused = |what: &str, error: &dyn std::fmt::Display| {
        WorkerError::refused(format!("the file system of the current folder refuses {what}: {error}"))
    };
    let file = nameless_file()?;
    let kind = fstatfs(&file).map_err(|error| refused("fstatfs", &error))?.filesystem_type();
    if kind == TMPFS_MAGIC || kind == RAMFS_MAGIC {
        return Err(WorkerError::refused(
            "the current folder lies in memory, where fsync has nothing to do".to_owned(),
        ));
    }
    let content = [0; WRITE_BYTES * WRITES as usize];
    file.write_all_at(&content, 0).map_err(|error| refused("a write", &error))?;
    file.sync_all().map_err(|error| refused("fsync", &error))?;
    Ok(file)
}

/// The job of one writer: every block written differs from the one before. The work is counted in blocks on the disk.
fn writer(file: Arc<File>) -> Job {
    let mut number = 0u64;
    Box::new(move || {
        for write in 0..WRITES {
            number += 1;
            let mut block = [0; WRITE_BYTES];
            block[..size_of::<u64>()].copy_from_slice(&number.to_le_bytes());
            file.write_all_at(&block, write * WRITE_BYTES as u64).expect("the file can be written over");
            file.sync_all().expect("the disk takes what was written");
        }
        WRITES
    })
}

/// The name of a file in the current folder, which has it until this is dropped.
pub(super) struct NamedFile {
    pub(super) path: PathBuf,
}

impl NamedFile {
    pub(super) fn new() -> Result<Self, WorkerError> {
        Self::with_file().map(|(named, _)| named)
    }

    fn with_file() -> Result<(Self, File), WorkerError> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(format!(".parcost-{}-{}-{number}", std::process::id(), super::now_ns()));
        let file = options().create_new(true).open(&path).map_err(no_file)?;
        Ok((Self { path }, file))
    }
}

impl Drop for NamedFile {
    fn drop(&mut self) {
        // It is gone where somebody has emptied the folder.
        std::fs::remove_file(&self.path).ok();
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

fn no_file(error: std::io::Error) -> WorkerError {
    WorkerError::refused(format!("cannot create a file in the current folder: {error}"))
}

/// A new file in the current folder without a name.
fn nameless_file() -> Result<File, WorkerError> {
    match options().custom_flags(libc::O_TMPFILE).open(".") {
        // Not every file system has files without a name; there the name is removed at once.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EISDIR | libc::EINVAL)) => {
            NamedFile::with_file().map(|(_, file)| file)
        }
        opened => opened.map_err(no_file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_the_whole_file_add_up() {
        let pages = (FILE_BYTES / MARK_EVERY) as u64;
        assert_eq!(sum_of_marks(&marked()), (1..=pages).sum::<u64>());
    }
}
