//! Whether two programs are the same code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use object::{Object, ObjectSection, SectionFlags};
use sha2::{Digest, Sha256};

use super::{Build, Error, Sides};

/// Whether both sides are the same when they run: everything that was built is, and of the files under version control those
/// that `changed` are documentation, which no program names.
pub fn are_identical(builds: &Sides<Build>, changed: &[String]) -> Result<bool, Error> {
    let is_read = || names_any(builds.candidate.artifacts.values(), changed, builds.candidate.checkout.folder());
    Ok(changed.iter().all(|file| is_documentation(file)) && are_same_code(builds)? && !is_read()?)
}

/// Fails where a program names a file of which only the pointer is there: it would read that on both sides.
pub fn check_pointers(build: &Build) -> Result<(), Error> {
    let checkout = &build.checkout;
    let pointers = checkout.pointers().map_err(|error| Error::package(&checkout.tree, error))?;
    let names: Vec<String> = pointers.iter().filter_map(|file| Some(file.rsplit('/').next()?.to_owned())).collect();
    if names_any(build.artifacts.values(), &names, checkout.folder())? {
        let reason =
            "a program names files that are only pointers of Git LFS here; run `git lfs install`, and measure again";
        return Err(Error::package(&checkout.tree, reason));
    }
    Ok(())
}

fn are_same_code(builds: &Sides<Build>) -> Result<bool, Error> {
    let (baseline, candidate) = (&builds.baseline.artifacts, &builds.candidate.artifacts);
    let names = |artifacts: &BTreeMap<String, PathBuf>, folder: &Path| -> Vec<String> {
        // A package is named by the folder that it is in.
        let folder = folder.to_string_lossy().into_owned();
        artifacts.keys().map(|name| name.replace(&folder, "")).collect()
    };
    let folders = [builds.baseline.checkout.folder(), builds.candidate.checkout.folder()];
    if baseline.is_empty() || names(baseline, folders[0]) != names(candidate, folders[1]) {
        return Ok(false);
    }
    for (a, b) in baseline.values().zip(candidate.values()) {
        if identity(a, folders[0])? != identity(b, folders[1])? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What files at the top that are for people are called.
const NOTICES: [&str; 11] = [
    "README",
    "CHANGELOG",
    "CONTRIBUTING",
    "CODE_OF_CONDUCT",
    "SECURITY",
    "LICENSE",
    "LICENCE",
    "COPYING",
    "COPYRIGHT",
    "NOTICE",
    "AUTHORS",
];

/// Whether a file under version control, by its path, is for people alone: one of a few names at the top, or a text in a folder
/// of documents. Any other may be found by a program that lists its folder.
pub fn is_documentation(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let kind = name.rsplit_once('.').map(|(_, kind)| kind);
    match folder.split('/').next() {
        Some("") => {
            let stem = name.split(['.', '-']).next().unwrap_or_default();
            let is_text = |kind: &str| matches!(kind, "md" | "rst" | "adoc" | "txt") || kind.parse::<u8>().is_ok();
            NOTICES.iter().any(|notice| stem.eq_ignore_ascii_case(notice)) && kind.is_none_or(is_text)
        }
        Some("doc" | "docs") => matches!(kind, Some("md" | "rst" | "adoc")),
        _ => false,
    }
}

/// Whether one of these programs holds the name of one of these files, or of the topmost folder that it is in: it may read it.
pub(super) fn names_any<'a>(
    programs: impl IntoIterator<Item = &'a PathBuf>,
    files: &[String],
    checkout: &Path,
) -> Result<bool, Error> {
    let words: BTreeSet<&str> =
        files.iter().flat_map(|file| [file.split('/').next(), file.rsplit('/').next()]).flatten().collect();
    let own = checkout.to_string_lossy().into_owned().into_bytes();
    for program in programs {
        let bytes = blanked(&fs::read(program).map_err(Error::file(program))?, &own);
        if words.iter().any(|word| names(&bytes, word.as_bytes())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the word stands in it, and not only in the address docs.rs.
fn names(bytes: &[u8], word: &[u8]) -> bool {
    let is_there = |place: usize| bytes[place..].starts_with(word) && !bytes[place + word.len()..].starts_with(b".rs/");
    (0..bytes.len()).filter(|&place| bytes[place] == word[0]).any(is_there)
}

/// Hashes the sections of an ELF program that are loaded, without its build id, and with the path of the checkout in
/// it blanked: both sides are built in folders of equal length, so the same source then gives the same hash.
fn identity(program: &Path, checkout: &Path) -> Result<String, Error> {
    let bytes = fs::read(program).map_err(Error::file(program))?;
    let file = object::File::parse(&*bytes).map_err(|error| Error::package(program, error))?;
    let path = checkout.to_string_lossy().into_owned().into_bytes();
    let mut hash = Sha256::new();
    for section in file.sections() {
        let loaded = match section.flags() {
            SectionFlags::Elf { sh_flags, .. } => sh_flags.0 & object::elf::SHF_ALLOC.0 != 0,
            _ => true,
        };
        let name = section.name().map_err(|error| Error::package(program, error))?;
        if !loaded || name == ".note.gnu.build-id" {
            continue;
        }
        let data = section.data().map_err(|error| Error::package(program, error))?;
        hash.update(format!("{}:{name}:{}:", name.len(), data.len()));
        hash.update(blanked(data, &path));
    }
    Ok(HEXLOWER.encode(&hash.finalize()))
}

fn blanked(data: &[u8], path: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    let mut at = 0;
    while !path.is_empty() && at + path.len() <= data.len() {
        match data[at..].iter().position(|&byte| byte == path[0]) {
            Some(skip) => at += skip,
            None => break,
        }
        if data[at..].starts_with(path) {
            data[at..at + path.len()].fill(0);
            at += path.len();
        } else {
            at += 1;
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_blanked_wherever_it_stands() {
        assert_eq!(blanked(b"/a/b/c /a/b /a", b"/a/b"), b"\0\0\0\0/c \0\0\0\0 /a");
        assert_eq!(blanked(b"", b"/a"), b"");
        assert_eq!(blanked(b"//a", b"/a"), b"/\0\0");
    }

    #[test]
    fn a_program_names_a_file_by_its_name_or_its_folder() {
        let program = tempfile::NamedTempFile::new().unwrap();
        fs::write(program.path(), "\0see https://docs.rs/x\0/tmp/docs/tree/src\0README.md\0").unwrap();
        let path = program.path().to_owned();
        let is_named = |file: &str| names_any([&path], &[file.to_owned()], Path::new("/tmp/docs/tree")).unwrap();
        assert!(is_named("README.md") && !is_named("docs/guide.md") && !is_named("LICENSE"));
        fs::write(program.path(), "read docs and").unwrap();
        assert!(is_named("docs/guide.md") && !is_named("README.md"));
    }

    #[test]
    fn only_texts_for_people_are_documentation() {
        for path in [
            "README.md",
            "Changelog.md",
            "docs/guide/a.md",
            "LICENSE-MIT",
            "LICENSE.txt",
            "LICENSE-APACHE-2.0",
            "doc/a.rst",
        ] {
            assert!(is_documentation(path), "{path}");
        }
        let others =
            ["benches/input.md", "data.csv", "docs/a.csv", "src/lib.rs", "Cargo.toml", "LICENSES/a.rs", "notes.txt"];
        for path in
            others.into_iter().chain(["input.md", "README.rs", "licenses.csv", "docs/LICENSE", "security_cases.txt"])
        {
            assert!(!is_documentation(path), "{path}");
        }
    }

    #[test]
    fn a_program_is_identical_to_itself_and_a_text_is_not_a_program() {
        let program = std::env::current_exe().unwrap();
        let folder = Path::new("/nowhere");
        assert_eq!(identity(&program, folder).unwrap(), identity(&program, folder).unwrap());
        assert!(identity(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").as_path(), folder).is_err());
    }
}
