//! The scripts that interpreters run, written where they can read them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::process::Scratch;

/// By file name; a worker process that is spawned imports its script again, so each has to be a file.
const SCRIPTS: [(&str, &str); 9] = [
    ("probe.py", include_str!("scripts/probe.py")),
    ("calc.py", include_str!("scripts/calc.py")),
    ("requests.py", include_str!("scripts/requests.py")),
    ("start.py", include_str!("scripts/start.py")),
    ("wake.py", include_str!("scripts/wake.py")),
    ("hand_over.py", include_str!("scripts/hand_over.py")),
    ("pool.py", include_str!("scripts/pool.py")),
    ("memory.py", include_str!("scripts/memory.py")),
    ("shared.py", include_str!("scripts/shared.py")),
];

/// A folder of them that nobody else writes to, removed when dropped.
#[derive(Debug)]
pub struct Scripts {
    folder: Scratch,
}

impl Scripts {
    /// Writes them into a new folder in `place`, which is made where it is missing.
    pub fn write(place: &Path) -> io::Result<Self> {
        let scripts = Self { folder: Scratch::new(place, "scripts")? };
        for (name, text) in SCRIPTS {
            fs::write(scripts.path(name), text)?;
        }
        Ok(scripts)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn they_are_there_until_they_are_dropped() {
        let place = tempfile::tempdir().unwrap();
        let scripts = Scripts::write(&place.path().join("below")).unwrap();
        let calc = scripts.path("calc.py");
        assert!(fs::read_to_string(&calc).unwrap().contains("4000000"));
        drop(scripts);
        assert!(!calc.exists());
    }

    #[test]
    fn nothing_is_imported_inside_the_clock() {
        let place = tempfile::tempdir().unwrap();
        let scripts = Scripts::write(place.path()).unwrap();
        for (script, first) in [("calc", "'2', 'roots'"), ("calc", "'2', 'hash'"), ("requests", "'80'")] {
            let question = format!(
                "import sys, time, {script} as script; clock = time.perf_counter; loaded = []; \
                 time.perf_counter = lambda: loaded.append(len(sys.modules)) or clock(); \
                 script.ROOTS = 10; script.WARM_UP_S = 0; script.ask = lambda port, number: 1; \
                 sys.argv = ['', {first}, 'processes', 'threads']; script.main(); \
                 print(len(loaded) >= 4, loaded[::2] == loaded[1::2])"
            );
            let python = Command::new("python3").args(["-c", &question]).current_dir(scripts.folder()).output();
            // Without an interpreter there is nothing to ask.
            if let Ok(answer) = python {
                let stdout = String::from_utf8_lossy(&answer.stdout);
                assert_eq!(stdout.lines().last(), Some("True True"), "{script} {first}: {answer:?}");
            }
        }
    }

    #[test]
    fn what_a_worker_has_read_of_a_file_is_no_memory_of_its_own() {
        let place = tempfile::tempdir().unwrap();
        let scripts = Scripts::write(place.path()).unwrap();
        let question = "import memory, mmap; before = memory.private_kib('self'); file = open('read', 'wb+'); \
                        file.truncate(8 << 20); pages = mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE); \
                        sum(pages[place] for place in range(0, 8 << 20, 4096)); \
                        print(int(memory.private_kib('self') - before < 4096))";
        let python = Command::new("python3").args(["-c", question]).current_dir(scripts.folder()).output();
        // Without an interpreter there is nothing to ask.
        if let Ok(answer) = python {
            assert_eq!((&*answer.stdout, &*answer.stderr), (&b"1\n"[..], &b""[..]));
        }
    }
}
