//! What keeps a build from its end on this machine, and says nothing of the source.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;

const DISK: &str = "the disk is full; `parcost gate --clean` removes earlier builds";
const MEMORY: &str =
    "memory ran out, or something killed the compiler; set CARGO_BUILD_JOBS=1, or use a machine with more memory";
const KILLED: &str = "cargo was killed; measure again, with CARGO_BUILD_JOBS=1 where memory ran out";

/// Words of cargo, compilers and linkers. A linker that writes to a full disk through memory gets a bus error.
const WORDS: [(&str, &str); 10] = [
    ("No space left on device", DISK),
    ("Disk quota exceeded", DISK),
    ("SIGBUS", DISK),
    ("terminated with signal 7", DISK),
    ("SIGKILL", MEMORY),
    ("terminated with signal 9", MEMORY),
    ("memory allocation of", MEMORY),
    ("out of memory", MEMORY),
    ("Cannot allocate memory", MEMORY),
    ("failed to map segment", MEMORY),
];

/// Why, and what to do; none where the source itself may not build.
pub(super) fn obstacle(output: &Output) -> Option<&'static str> {
    if output.status.signal().is_some() {
        return Some(KILLED);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    // What the compiler quotes of the source may hold any words.
    let lines: Vec<&str> = words.lines().filter(|line| !is_quoted(line)).collect();
    let is_placed = |pair: &[&str]| pair[0].starts_with("error") && pair[1].trim_start().starts_with("-->");
    if lines.windows(2).any(is_placed) || lines.iter().any(|line| line.starts_with("error[")) {
        return None;
    }
    let is_said = |word: &str| lines.iter().any(|line| line.contains(word));
    WORDS.iter().find(|(word, _)| is_said(word)).map(|(_, why)| *why)
}

/// `12 | its words`, or what stands below them: `   | ^^^`.
fn is_quoted(line: &str) -> bool {
    line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|')
}

/// Whether the build met an empty file that an earlier one, on a full disk or killed, had left for built.
pub(super) fn left_broken(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stderr).contains("memory map must have a non-zero length")
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;

    #[test]
    fn what_the_machine_lacks_is_not_put_down_to_the_source() {
        let cases = [
            (101 << 8, "rustc-LLVM ERROR: IO failure on output stream: No space left on device", Some(DISK)),
            (101 << 8, "          collect2: fatal error: ld terminated with signal 7 [Bus error]", Some(DISK)),
            (
                101 << 8,
                "  process didn't exit successfully: `rustc --crate-name a` (signal: 9, SIGKILL: kill)",
                Some(MEMORY),
            ),
            (101 << 8, "rustc: libLLVM.so: failed to map segment from shared object", Some(MEMORY)),
            (9, "", Some(KILLED)),
            (101 << 8, "error[E0425]: cannot find value\n3 |  f(\"No space left on device\")", None),
            (101 << 8, "warning: unused\n --> src/lib.rs:3\n3 | Signal::SIGKILL\nerror: linking failed", None),
            (101 << 8, "error: expected `;`\n --> src/lib.rs:3\n = note: out of memory", None),
            (101 << 8, "error: this file contains an unclosed delimiter", None),
        ];
        for (status, words, expected) in cases {
            let output =
                Output { status: ExitStatus::from_raw(status), stdout: Vec::new(), stderr: words.as_bytes().to_vec() };
            assert_eq!(obstacle(&output), expected, "{words}");
        }
    }
}
