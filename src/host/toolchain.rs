//! The compilers and tools that made the code or measure it.

use std::collections::BTreeSet;
use std::env::consts::{ARCH, OS};
use std::path::Path;

use crate::model::{Fact, Toolchain};

use super::fact::{Answer, fact, facts, unknown, value, words, yes_no};
use super::software::{libc, variables};
use super::system::System;

/// The toolchain that is on the search path, and what the code was built with.
///
/// `profile`, `target`, `target_features` and `debug_assertions` are those of the calling program: a bench target
/// records its own.
pub fn toolchain() -> Toolchain {
    let host = System::here();
    let named = |variable: &str, program: &str| host.variable(variable).unwrap_or_else(|| program.to_owned());
    let compiler = host.answer(&named("RUSTC", "rustc"), &["-vV"]);
    let field = |name: &str| fact(compiler.clone().and_then(|text| verbose_field(&text, name)));
    let cargo = host.answer(&named("CARGO", "cargo"), &["-V"]);
    let valgrind = host.answer("valgrind", &["--version"]);
    let program = std::env::current_exe().unwrap_or_default();
    let home = host.variable("HOME");

    Toolchain {
        facts: facts([
            ("rustc", fact(first_line(compiler.clone(), "install it from https://rustup.rs"))),
            ("rustc_commit", field("commit-hash")),
            ("rustc_host", field("host")),
            ("llvm", field("LLVM version")),
            ("cargo", fact(first_line(cargo, "install it from https://rustup.rs"))),
            ("valgrind", fact(first_line(valgrind, "install it with `apt-get install -y valgrind`"))),
            ("libc", fact(libc(&host))),
            ("target", value(format!("{ARCH}-{OS}-{}", environment()))),
            ("target_features", value(target_features())),
            ("profile", fact(profile(&program))),
            ("profile_overrides", fact(variables(&host, |name| name.starts_with("CARGO_PROFILE_")))),
            ("debug_assertions", value(yes_no(cfg!(debug_assertions)))),
            ("rustflags", without_home(fact(variables(&host, is_flags)), home.as_deref())),
            ("linker", without_home(linker(&host), home.as_deref())),
            ("python_interpreters", value(python_interpreters(&host))),
        ]),
    }
}

/// The first line of what a tool prints; when the tool is missing, also how to install it.
fn first_line(answer: Answer<String>, remedy: &str) -> Answer<String> {
    match answer {
        Ok(text) => Ok(text.lines().next().unwrap_or_default().to_owned()),
        Err(Fact::Unknown(reason)) => Err(unknown(format!("{reason}; {remedy}"))),
        Err(absence) => Err(absence),
    }
}

fn verbose_field(text: &str, name: &str) -> Answer<String> {
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    found.map(str::to_owned).ok_or_else(|| unknown(format!("rustc does not print its {name}")))
}

/// The C library that the program was built for.
fn environment() -> &'static str {
    if cfg!(target_env = "gnu") {
        "gnu"
    } else if cfg!(target_env = "musl") {
        "musl"
    } else {
        "other"
    }
}

/// Instructions that the compiler was allowed beyond the architecture's first level.
fn target_features() -> String {
    let features = [
        ("sse4.2", cfg!(target_feature = "sse4.2")),
        ("avx2", cfg!(target_feature = "avx2")),
        ("fma", cfg!(target_feature = "fma")),
        ("avx512f", cfg!(target_feature = "avx512f")),
        ("lse", cfg!(target_feature = "lse")),
        ("sve", cfg!(target_feature = "sve")),
        ("crt-static", cfg!(target_feature = "crt-static")),
    ];
    words(features.iter().filter(|(_, allowed)| *allowed).map(|(name, _)| name))
}

/// The profile's folder in cargo's target folder that `program` lies in: `debug`, or `release` for `cargo bench`.
fn profile(program: &Path) -> Answer<String> {
    let is_inner = |folder: &&Path| folder.ends_with("deps") || folder.ends_with("examples");
    let found = program.ancestors().skip(1).find(|folder| !is_inner(folder)).filter(|folder| {
        // Cargo marks its target folder; with `--target` the folder of the target triple lies between.
        folder.ancestors().skip(1).take(2).any(|above| above.join("CACHEDIR.TAG").is_file())
    });
    let name = found.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    name.ok_or_else(|| unknown("the program is not in a target folder of cargo"))
}

/// Whether cargo takes compiler flags from the environment variable of this name.
fn is_flags(name: &str) -> bool {
    matches!(name, "RUSTFLAGS" | "CARGO_ENCODED_RUSTFLAGS" | "CARGO_BUILD_RUSTFLAGS")
        || (name.starts_with("CARGO_TARGET_") && name.ends_with("_RUSTFLAGS"))
}

fn linker(host: &System) -> Fact {
    let is_linker = |name: &str| name.starts_with("CARGO_TARGET_") && name.ends_with("_LINKER");
    match host.variables().into_iter().find(|(name, _)| is_linker(name)) {
        Some((_, linker)) => value(linker),
        None => unknown("no environment variable names it, and cargo does not print its choice"),
    }
}

/// The user's folder is private, and names the user.
fn without_home(fact: Fact, home: Option<&str>) -> Fact {
    match (fact, home) {
        (Fact::Value(text), Some(home)) if home.len() > 1 => Fact::Value(text.replace(home, "~")),
        (fact, _) => fact,
    }
}

/// Names of the Python interpreters on the search path. They are not started: a shim may install what it stands for.
fn python_interpreters(host: &System) -> String {
    let path = host.variable("PATH").unwrap_or_default();
    let folders = path.split(':').filter(|folder| folder.starts_with('/'));
    let names: BTreeSet<String> = folders
        .flat_map(|folder| host.names(folder).into_iter().map(move |name| (folder, name)))
        .filter(|(folder, name)| is_interpreter(name) && host.can_start(&format!("{folder}/{name}")))
        .map(|(_, name)| name)
        .collect();
    words(names)
}

/// `python`, `python3`, `python3.13`, the free-threaded `python3.13t`, and the same of PyPy.
fn is_interpreter(name: &str) -> bool {
    let Some(version) = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy")) else { return false };
    let version = version.strip_suffix('t').unwrap_or(version);
    version.is_empty() || version.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::super::system::tests::host_of;
    use super::*;

    #[test]
    fn reads_the_verbose_version_of_the_compiler() {
        let text = "rustc 1.95.0 (abc 2026-01-01)\nbinary: rustc\ncommit-hash: abc\nhost: x\nLLVM version: 21.1.2\n";
        assert_eq!(verbose_field(text, "LLVM version").as_deref(), Ok("21.1.2"));
        assert!(verbose_field(text, "LLVM").is_err());
        assert_eq!(first_line(Ok(text.to_owned()), "").as_deref(), Ok("rustc 1.95.0 (abc 2026-01-01)"));
    }

    #[test]
    fn a_missing_tool_says_how_to_install_it() {
        let absent = first_line(Err(unknown("valgrind is not installed")), "install it with `x`");
        assert_eq!(absent, Err(unknown("valgrind is not installed; install it with `x`")));
    }

    #[test]
    fn knows_interpreters_by_name_alone() {
        for name in ["python", "python3", "python3.13", "python3.13t", "pypy3"] {
            assert!(is_interpreter(name), "{name}");
        }
        for name in ["python3-config", "python3.13-gdb", "pythonw", "ipython", "python.", "py"] {
            assert!(!is_interpreter(name), "{name}");
        }
        let (folder, host) = host_of(&[
            ("/proc/self/environ", "PATH=/bin:relative:/none\0"),
            ("/bin/python3", ""),
            ("/bin/python3.9", "not to be started"),
            ("/bin/python3-config", ""),
        ]);
        for name in ["python3", "python3-config"] {
            let place = folder.path().join("bin").join(name);
            std::fs::set_permissions(place, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        assert_eq!(python_interpreters(&host), "python3");
    }

    #[test]
    fn the_profile_is_that_of_the_programs_folder() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path();
        std::fs::write(target.join("CACHEDIR.TAG"), "").unwrap();
        let cases = [
            ("release/deps/summary-0123456789abcdef", Some("release")),
            ("debug/parcost", Some("debug")),
            ("x86_64-unknown-linux-musl/release/parcost", Some("release")),
            ("a/b/c/parcost", None),
        ];
        for (program, expected) in cases {
            assert_eq!(profile(&target.join(program)).ok().as_deref(), expected, "{program}");
        }
    }

    #[test]
    fn the_users_folder_stays_private() {
        let flags = without_home(value("RUSTFLAGS=-L /home/ada/lib"), Some("/home/ada"));
        assert_eq!(flags.value(), Some("RUSTFLAGS=-L ~/lib"));
    }

    #[test]
    fn compiler_flags_are_recorded_however_cargo_was_given_them() {
        let (_folder, host) = host_of(&[(
            "/proc/self/environ",
            "CARGO_ENCODED_RUSTFLAGS=-C\u{1f}target-cpu=native\0CARGO_TARGET_X_LINKER=mold\0OTHER=1\0",
        )]);
        let flags = fact(variables(&host, is_flags));
        assert_eq!(flags.value(), Some("CARGO_ENCODED_RUSTFLAGS=-C target-cpu=native"));
        assert_eq!(linker(&host).value(), Some("mold"));
    }
}
