//! Whether two programs are the same code.

use std::fs;
use std::path::Path;

use object::{Object, ObjectSection, SectionFlags};
use sha2::{Digest, Sha256};

use super::Error;
use crate::model::hexadecimal;

/// Hashes the sections of an ELF program that are loaded, without its build id, and with the path of the checkout in
/// it blanked: both sides are built in folders of equal length, so the same source then gives the same hash.
pub fn identity(program: &Path, checkout: &Path) -> Result<String, Error> {
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
    Ok(hexadecimal(&hash.finalize()))
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
    fn a_program_is_identical_to_itself_and_a_text_is_not_a_program() {
        let program = std::env::current_exe().unwrap();
        let folder = Path::new("/nowhere");
        assert_eq!(identity(&program, folder).unwrap(), identity(&program, folder).unwrap());
        assert!(identity(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").as_path(), folder).is_err());
    }
}
