//! The host as its files and its programs show it.

use std::env::consts::ARCH;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::statvfs::statvfs;

use crate::model::Fact;
use crate::process::{self, Reach};

use super::fact::{Answer, not_applicable, unknown};

/// Most that is read of one file, bytes: `/proc/cpuinfo` of 1,024 CPUs has 1.6 MB.
const BYTES_MAX: u64 = 4 << 20;

/// Longest that a program may take to answer: a thousand times what the slowest of them takes.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(3);

/// A host whose files lie under one folder: `/`, or a tree of fixtures.
#[derive(Clone, Debug)]
pub(super) struct System {
    root: PathBuf,
    /// What this program is built for, and so what the processor is unless something plays it.
    pub(super) architecture: &'static str,
    /// Whether the processor gives QEMU's emulation as its hypervisor, which it does whatever processor it plays.
    pub(super) is_emulated: bool,
}

impl System {
    pub(super) fn here() -> Self {
        Self { root: PathBuf::from("/"), architecture: ARCH, is_emulated: is_emulated() }
    }

    /// An x86-64 host whose files lie under `root`. Its programs cannot be asked.
    #[cfg(test)]
    pub(super) fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), architecture: "x86_64", is_emulated: false }
    }

    pub(super) fn text(&self, path: &str) -> Answer<String> {
        let mut bytes = Vec::new();
        File::open(self.place(path))
            .and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes))
            .map_err(|error| unreadable(path, &error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Text of a file of one line, without the spaces around it; an empty file has no answer.
    pub(super) fn line(&self, path: &str) -> Answer<String> {
        let text = self.text(path)?;
        let line = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if line.is_empty() { Err(unknown(format!("{path} is empty"))) } else { Ok(line.to_owned()) }
    }

    pub(super) fn number(&self, path: &str) -> Answer<u64> {
        let line = self.line(path)?;
        let first = line.split_whitespace().next().unwrap_or_default();
        first.parse().map_err(|_| unknown(format!("{path} does not hold a number")))
    }

    /// Names in a folder, sorted; none when it cannot be listed.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.place(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    pub(super) fn holds(&self, path: &str) -> bool {
        self.place(path).exists()
    }

    /// Space that this user may still fill in the file system of the working folder, bytes.
    pub(super) fn free_bytes_here(&self) -> Answer<u64> {
        if self.root != Path::new("/") {
            return Err(unknown("the working folder is on the host itself only"));
        }
        let room = statvfs(".").map_err(|error| unknown(format!("statvfs failed: {error}")))?;
        Ok(room.blocks_available().saturating_mul(room.fragment_size()))
    }

    /// Whether there is a program at an absolute path that a user may start.
    pub(super) fn can_start(&self, path: &str) -> bool {
        fs::metadata(self.place(path)).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    }

    /// An environment variable of this process, as it was at its start; an empty one counts as absent.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.variables().into_iter().find(|(found, value)| found == name && !value.is_empty()).map(|(_, value)| value)
    }

    /// All environment variables of this process, as they were at its start.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        let text = self.text("/proc/self/environ").unwrap_or_default();
        let pairs = text.split('\0').filter_map(|entry| entry.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// What a program prints. It gets no input and no terminal, and is stopped when it takes too long.
    pub(super) fn answer(&self, program: &str, arguments: &[&str]) -> Answer<String> {
        if self.root != Path::new("/") {
            return Err(unknown(format!("{program} runs on the host itself only")));
        }
        let mut command = Command::new(program);
        command.args(arguments).env("LC_ALL", "C").env("RUSTUP_AUTO_INSTALL", "0");
        match process::answer(command, ANSWER_TIME_MAX, Reach::Alone) {
            Ok(output) => Ok(String::from_utf8_lossy(&output).into_owned()),
            Err(reason) if reason.starts_with(program) => Err(unknown(reason)),
            Err(reason) => Err(unknown(format!("{program}: {reason}"))),
        }
    }

    fn place(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}

/// Asks the processor: `CPUID` leaf 0x40000000 holds the hypervisor's signature.
#[cfg(target_arch = "x86_64")]
fn is_emulated() -> bool {
    let hypervisor = raw_cpuid::CpuId::new().get_hypervisor_info();
    hypervisor.is_some_and(|found| matches!(found.identify(), raw_cpuid::Hypervisor::QEMU))
}

#[cfg(not(target_arch = "x86_64"))]
fn is_emulated() -> bool {
    false
}

/// Why a file has no answer. A path that this kernel does not have is not a failure to read it.
fn unreadable(path: &str, error: &io::Error) -> Fact {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => not_applicable(format!("{path} does not exist here")),
        io::ErrorKind::PermissionDenied => unknown(format!("this user may not read {path}")),
        kind => unknown(format!("{path} cannot be read: {kind}")),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A host of these files, and the folder that holds them as long as it is kept.
    pub(in crate::host) fn host_of(files: &[(&str, &str)]) -> (tempfile::TempDir, System) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            put(folder.path(), path, text);
        }
        let host = System::at(folder.path());
        (folder, host)
    }

    pub(in crate::host) fn put(root: &Path, path: &str, text: &str) {
        let place = root.join(path.trim_start_matches('/'));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    #[test]
    fn an_absent_file_is_not_an_unreadable_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("empty"), "\n").unwrap();
        fs::write(folder.path().join("number"), "42 rest\n").unwrap();
        let host = System::at(folder.path());
        assert!(matches!(host.line("/none"), Err(Fact::NotApplicable(_))));
        assert!(matches!(host.line("/empty"), Err(Fact::Unknown(_))));
        assert!(matches!(host.line("/"), Err(Fact::Unknown(_))));
        assert_eq!(host.number("/number"), Ok(42));
    }

    #[test]
    fn a_program_that_is_missing_or_fails_is_an_unknown_fact() {
        let absent = System::here().answer("parcost-no-such-program", &[]);
        assert_eq!(absent, Err(unknown("parcost-no-such-program is not installed")));
        assert!(matches!(System::here().answer("false", &[]), Err(Fact::Unknown(_))));
        assert_eq!(System::here().answer("echo", &["hello"]), Ok("hello\n".to_owned()));
    }
}
