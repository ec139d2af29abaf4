//! Programs that may be interpreters.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What is named, then every `python3`, `python3.N` and `python3.Nt` on the search path; each file once.
///
/// `path` is the value of the variable `PATH`.
pub fn candidates(named: &[PathBuf], path: &OsStr) -> Vec<PathBuf> {
    let mut found = named.to_vec();
    for folder in std::env::split_paths(path).filter(|folder| folder.is_absolute()) {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        let mut programs: Vec<PathBuf> = entries.filter(|path| is_name(path) && is_program(path)).collect();
        programs.sort();
        found.extend(programs);
    }
    let mut seen = BTreeSet::new();
    found.retain(|program| seen.insert(fs::canonicalize(program).unwrap_or_else(|_| program.clone())));
    found
}

fn is_name(path: &Path) -> bool {
    let Some(rest) = path.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_prefix("python3")) else {
        return false;
    };
    let minor = rest.strip_prefix('.').map(|minor| minor.strip_suffix('t').unwrap_or(minor));
    rest.is_empty() || minor.is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_name_says_whether_it_may_be_an_interpreter() {
        for name in ["python3", "python3.6", "python3.14", "python3.13t"] {
            assert!(is_name(Path::new(name)), "{name}");
        }
        for name in ["python", "python2.7", "python3-config", "python3.11-config", "python3.", "python3.t", "python3t"]
        {
            assert!(!is_name(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_program_under_two_names_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let [program, link, plain] = ["python3.9", "python3", "python3.8"].map(|name| folder.path().join(name));
        fs::write(&program, "").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        symlink(&program, &link).unwrap();
        fs::write(&plain, "").unwrap();
        assert_eq!(candidates(&[], folder.path().as_os_str()), [link]);
        let named = [program.clone()];
        assert_eq!(candidates(&named, folder.path().as_os_str()), named);
    }
}
