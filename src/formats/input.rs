//! Brings outside files into memory, within limits.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::{Error, Form};

/// The most that is read of one source, after it is unpacked: the largest histories that are known take 100 MiB.
pub const BYTES_MAX: usize = 256 << 20;

/// How deep folders are searched: no harness nests deeper, and a circle of mounts ends.
const DEPTH_MAX: usize = 32;

/// The files that are read out of a folder.
const FILES: [&str; 4] = ["benchmark.json", "estimates.json", "sample.json", "summary.json"];

/// The two bytes that every gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What a user named: one file, or a folder with the files of a harness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As the user named it.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// The file itself, or those in the folder, in order.
    pub files: Vec<Input>,
}

/// A file in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its path.
    pub name: String,
    /// Its content, unpacked.
    pub bytes: Vec<u8>,
}

/// Loads a file, or of a folder what harnesses write there; symbolic links inside a folder are not followed.
///
/// # Errors
///
/// When it cannot be read, is no file or folder, or is larger than [`BYTES_MAX`].
pub fn open(path: &Path) -> Result<Source, Error> {
    let name = path.display().to_string();
    // Asked before it is opened: to open a named pipe would wait for ever.
    let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
    let mut left = BYTES_MAX;
    let files = if metadata.is_dir() {
        let mut found = Vec::new();
        find(path, 0, &mut found)?;
        found.sort();
        found.iter().map(|path| load(path, &name, &mut left)).collect::<Result<_, _>>()?
    } else if metadata.is_file() {
        vec![load(path, &name, &mut left)?]
    } else {
        return Err(unreadable(path, io::Error::other("it is neither a file nor a folder")));
    };
    Ok(Source { name, is_folder: metadata.is_dir(), files })
}

impl Source {
    /// A source of one file, for content that is in memory already; gzip is unpacked.
    ///
    /// # Errors
    ///
    /// When it is larger than [`BYTES_MAX`] or its compression is damaged.
    pub fn of(name: &str, bytes: Vec<u8>) -> Result<Source, Error> {
        let bytes = unpack(bytes, BYTES_MAX).map_err(|error| refusal(error, Path::new(name), name))?;
        Ok(Source { name: name.to_owned(), is_folder: false, files: vec![Input { name: name.to_owned(), bytes }] })
    }

    /// The text of the one file that this is.
    pub(super) fn text(&self, form: Form) -> Result<&str, Error> {
        match self.files.as_slice() {
            [file] if !self.is_folder => file.text(form),
            _ => {
                let reason = "it is a folder, and one file was expected".to_owned();
                Err(Error::Strange { file: self.name.clone(), form, reason })
            }
        }
    }
}

impl Input {
    /// The content as text, without the mark that some editors put before it.
    pub(super) fn text(&self, form: Form) -> Result<&str, Error> {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(error) => {
                let reason = format!("it is no text (byte {})", error.valid_up_to());
                Err(Error::Strange { file: self.name.clone(), form, reason })
            }
        }
    }
}

fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    if depth > DEPTH_MAX {
        return Err(unreadable(folder, io::Error::other("folders are nested too deep")));
    }
    for entry in fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let entry = entry.map_err(|source| unreadable(folder, source))?;
        let kind = entry.file_type().map_err(|source| unreadable(&entry.path(), source))?;
        if kind.is_dir() {
            find(&entry.path(), depth + 1, found)?;
        } else if kind.is_file() && FILES.iter().any(|file| entry.file_name() == *file) {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// Loads one file, and takes its size from what is left of the limit.
fn load(path: &Path, source: &str, left: &mut usize) -> Result<Input, Error> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(*left).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(path, error))?;
    if bytes.len() > *left {
        return Err(Error::TooLarge { file: source.to_owned(), limit: BYTES_MAX });
    }
    let bytes = unpack(bytes, *left).map_err(|error| refusal(error, path, source))?;
    *left -= bytes.len().min(*left);
    Ok(Input { name: path.display().to_string(), bytes })
}

fn unpack(bytes: Vec<u8>, limit: usize) -> io::Result<Vec<u8>> {
    let is_packed = bytes.starts_with(&GZIP);
    let content = if is_packed {
        let mut content = Vec::new();
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        MultiGzDecoder::new(bytes.as_slice()).take(limit).read_to_end(&mut content)?;
        content
    } else {
        bytes
    };
    if content.len() > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(content) }
}

fn refusal(error: io::Error, path: &Path, source: &str) -> Error {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Error::TooLarge { file: source.to_owned(), limit: BYTES_MAX },
        _ => unreadable(path, error),
    }
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Unreadable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn unpacks_within_the_limit() {
        assert_eq!(unpack(packed(b"abc"), 3).unwrap(), b"abc");
        assert_eq!(unpack(packed(&[0; 5000]), 4999).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(unpack(packed(b"abc")[..12].to_vec(), 3).is_err(), "cut off");
        assert!(Source::of("a", vec![0x1f, 0x8b, 0]).is_err(), "damaged");
    }

    #[test]
    fn a_folder_gives_the_files_of_harnesses_only() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("b/new")).unwrap();
        for name in ["b/new/sample.json", "b/new/raw.csv", "a.json"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let source = open(folder.path()).unwrap();
        assert_eq!(source.files.len(), 1);
        assert!(source.text(Form::Bmf).is_err());
        assert_eq!(open(&folder.path().join("a.json")).unwrap().text(Form::Bmf).unwrap(), "a.json");
        assert!(open(&folder.path().join("none")).is_err());
    }
}
