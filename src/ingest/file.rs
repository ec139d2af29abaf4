//! Files that other programs wrote, read within limits.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::read::MultiGzDecoder;

use super::decode::decode;
use super::error::Error;

/// The most that is read of one file, after it is unpacked: the largest histories that are known take 100 MiB.
pub const BYTES_MAX: usize = 256 << 20;

/// The most that stands between the values of one file: in memory each value takes more than in the file.
const SEPARATORS_MAX: usize = 6_000_000;
const SEPARATORS: &str = "commas, semicolons, tabs and line ends";

/// What is read together is within this many times the bounds of one file.
const FILES_FACTOR: usize = 3;

const QUOTE_CHARS_MAX: usize = 500;

/// The two bytes that every gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    File { name: String, bytes: Vec<u8> },
    Folder(PathBuf),
}

impl Source {
    /// Loads a file, or names a folder.
    pub fn open(path: &Path) -> Result<Source, Error> {
        if fs::metadata(path).map_err(|source| unreadable(path, source))?.is_dir() {
            return Ok(Source::Folder(path.to_owned()));
        }
        Source::of(&path.display().to_string(), read_bytes(path)?)
    }

    /// A source of bytes that are in memory already; gzip is unpacked.
    pub fn of(name: &str, bytes: Vec<u8>) -> Result<Source, Error> {
        let bytes = unpack(bytes, BYTES_MAX).map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => Error::TooLarge { file: name.to_owned(), limit: BYTES_MAX },
            _ => unreadable(Path::new(name), error),
        })?;
        check_size(name, [bytes.len(), separators(&bytes)], 1)?;
        let bytes = decode(bytes);
        match conflict(&bytes) {
            Some(line) => Err(Error::Conflict { file: name.to_owned(), line }),
            None => Ok(Source::File { name: name.to_owned(), bytes }),
        }
    }

    /// Loads what is read as one history, within the bounds of a sum.
    pub fn open_all(paths: &[impl AsRef<Path>]) -> Result<Vec<Source>, Error> {
        let (mut sources, mut sum) = (Vec::new(), [0; 2]);
        for path in paths {
            let source = Source::open(path.as_ref())?;
            source.add_to(&mut sum)?;
            sources.push(source);
        }
        Ok(sources)
    }

    /// Adds the bytes and separators of a file to those before it, within the bounds of a sum.
    pub(super) fn add_to(&self, sum: &mut [usize; 2]) -> Result<(), Error> {
        let Source::File { name, bytes } = self else { return Ok(()) };
        *sum = [sum[0] + bytes.len(), sum[1] + separators(bytes)];
        check_size(&format!("the sum of the files up to {name}"), *sum, FILES_FACTOR)
    }

    /// As the user named it.
    pub fn name(&self) -> String {
        match self {
            Source::File { name, .. } => name.clone(),
            Source::Folder(path) => path.display().to_string(),
        }
    }

    pub(super) fn has_content_of(&self, other: &Source) -> bool {
        matches!((self, other), (Source::File { bytes, .. }, Source::File { bytes: others, .. }) if bytes == others)
    }

    /// The text of a file, without the mark that some editors put before it; else why there is none.
    pub(super) fn text(&self) -> Result<&str, String> {
        let Source::File { bytes, .. } = self else { return Err("it is a folder; name one file".to_owned()) };
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(error) => Err(format!("it is neither UTF-8 nor UTF-16 (byte {})", error.valid_up_to())),
        }
    }
}

/// The number of the line that begins what git marked as two sides.
fn conflict(bytes: &[u8]) -> Option<usize> {
    let mut lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let mut find = |mark: &[u8]| lines.find(|(_, line)| line.trim_ascii_start().starts_with(mark));
    let (index, _) = find(b"<<<<<<< ")?;
    find(b"=======")?;
    find(b">>>>>>> ")?;
    Some(index + 1)
}

/// Paths as a person counts: what a shell lists as 1, 10, 2 becomes 1, 2, 10. Paths in any other order are in the user's.
pub fn in_natural_order(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let text = |path: &PathBuf| path.display().to_string();
    if paths.is_sorted_by_key(text) {
        paths.sort_by_cached_key(|path| natural_key(&text(path)));
    }
    paths
}

/// The digits of a text as numbers, and what stands between them.
fn natural_key(text: &str) -> Vec<(Option<u128>, Vec<u8>)> {
    let parts = text.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let number = |part: &[u8]| std::str::from_utf8(part).ok()?.parse().ok();
    parts.map(|part| (number(part), part.to_owned())).collect()
}

fn separators(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| matches!(byte, b',' | b';' | b'\t' | b'\n')).count()
}

/// Refuses bytes and separators beyond the bounds of so many files.
fn check_size(file: &str, [bytes, separators]: [usize; 2], files: usize) -> Result<(), Error> {
    let file = file.to_owned();
    if bytes > files * BYTES_MAX {
        return Err(Error::TooLarge { file, limit: files * BYTES_MAX });
    }
    if separators > files * SEPARATORS_MAX {
        return Err(Error::TooMany { file, what: SEPARATORS, limit: files * SEPARATORS_MAX });
    }
    Ok(())
}

fn unpack(bytes: Vec<u8>, limit: usize) -> io::Result<Vec<u8>> {
    let mut content = bytes;
    if content.starts_with(&GZIP) {
        let packed = std::mem::take(&mut content);
        MultiGzDecoder::new(packed.as_slice()).take(limit as u64 + 1).read_to_end(&mut content)?;
    }
    if content.len() > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(content) }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    // Asked before it is opened: to open a named pipe would wait for ever.
    let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
    if !metadata.is_file() {
        return Err(unreadable(path, io::Error::other("it is not a regular file")));
    }
    let length = usize::try_from(metadata.len()).unwrap_or(BYTES_MAX).min(BYTES_MAX);
    let mut bytes = Vec::with_capacity(length + 1);
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|source| unreadable(path, source))?;
    if bytes.len() > BYTES_MAX {
        return Err(Error::TooLarge { file: path.display().to_string(), limit: BYTES_MAX });
    }
    Ok(bytes)
}

pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    String::from_utf8(read_bytes(path)?).map_err(|error| unreadable(path, io::Error::other(error)))
}

/// All regular files of that name below `root`, in order.
pub(super) fn find(root: &Path, name: &str) -> Result<Vec<PathBuf>, Error> {
    find_like(root, |file| file == name)
}

/// All regular files below `root` whose name is like that, in order; symbolic links are not followed. A missing root holds
/// none.
pub(super) fn find_like(root: &Path, is_like: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for (path, kind) in entries(&folder)? {
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && path.file_name().and_then(OsStr::to_str).is_some_and(&is_like) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What lies in a folder, in order; nothing when there is no such folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<(PathBuf, fs::FileType)>, Error> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.and_then(|listed| {
            listed.map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))).collect()
        }),
    };
    let mut entries: Vec<(PathBuf, fs::FileType)> = listed.map_err(|source| unreadable(folder, source))?;
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

pub(super) fn modified(path: &Path) -> Result<SystemTime, Error> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(|source| unreadable(path, source))
}

/// A file's text made fit for a message: one line of limited length, control characters replaced by spaces.
pub(super) fn one_line(text: &str) -> String {
    text.chars().take(QUOTE_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Unreadable { path: path.to_owned(), reason: source }
}

pub(super) fn refused(path: &Path, reason: impl Into<String>) -> Error {
    Error::Refused { path: path.to_owned(), reason: one_line(&reason.into()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn unpacks_within_the_limit() {
        let packed = |content: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(unpack(packed(b"abc"), 3).unwrap(), b"abc");
        assert_eq!(unpack(packed(&[0; 5000]), 4999).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(unpack(packed(b"abc")[..12].to_vec(), 3).is_err(), "cut off");
        assert!(Source::of("a", vec![0x1f, 0x8b, 0]).is_err(), "damaged");
    }

    #[test]
    fn what_is_read_together_is_bounded_in_sum() {
        assert!(check_size("a", [FILES_FACTOR * BYTES_MAX, FILES_FACTOR * SEPARATORS_MAX], FILES_FACTOR).is_ok());
        let refused = |size| check_size("the sum of the files up to b", size, FILES_FACTOR).unwrap_err().to_string();
        let bytes = refused([FILES_FACTOR * BYTES_MAX + 1, 0]);
        assert!(bytes.contains("the sum of the files up to b is larger than 768 MiB"), "{bytes}");
        let separators = refused([0, FILES_FACTOR * SEPARATORS_MAX + 1]);
        assert!(separators.contains("up to b holds more than 18000000 commas"), "{separators}");
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        paths.iter().for_each(|path| fs::write(path, ",".repeat(SEPARATORS_MAX)).unwrap());
        assert_eq!(Source::open_all(&paths).unwrap().len(), 2);
    }

    #[test]
    fn paths_that_a_shell_sorted_are_put_in_the_order_of_their_numbers() {
        let ordered = |names: &[&str]| {
            let paths = in_natural_order(names.iter().map(PathBuf::from).collect());
            paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ordered(&["a/r1.x", "a/r10.x", "a/r2.x", "b/r1.x"]), ["a/r1.x", "a/r2.x", "a/r10.x", "b/r1.x"]);
        assert_eq!(ordered(&["r10", "r1", "r2"]), ["r10", "r1", "r2"], "the user's order");
        assert_eq!(ordered(&["r007", "r08", "r9"]), ["r007", "r08", "r9"]);
    }

    #[test]
    fn a_file_with_marks_of_a_merge_conflict_is_refused() {
        let of = |text: &str| Source::of("a.csv", text.into()).map(|_| ()).map_err(|error| error.to_string());
        let refused = of("series,index,value\n<<<<<<< HEAD\na,0,1\n=======\na,0,2\n>>>>>>> topic\n").unwrap_err();
        assert!(refused.starts_with("a.csv, line 2 is a mark that git left of a merge conflict"), "{refused}");
        let kept = [
            "series,index,value\na <<<<<<< b,0,1\n=======,0,1\n",
            "series,index,value\n<<<<<<< a,0,1\n>>>>>>> b,0,1\n",
            "series,index,value\n>>>>>>> b,0,1\n=======\n<<<<<<< a,0,1\n",
        ];
        for text in kept {
            assert_eq!(of(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_source_is_a_text_file_or_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.json"), "\u{feff}{}").unwrap();
        assert_eq!(Source::open(&folder.path().join("a.json")).unwrap().text(), Ok("{}"));
        assert!(Source::open(folder.path()).unwrap().text().is_err());
        let missing = Source::open(&folder.path().join("none")).unwrap_err().to_string();
        assert!(missing.ends_with("; check its path"), "{missing}");
    }
}
