//! Brings the files of the branch into a folder.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::super::error::Error;
use super::branch::Branch;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// The commit at the tip of the branch; none where the branch does not exist yet.
    pub commit: Option<String>,
    /// The paths that were written.
    pub written: Vec<String>,
    /// The paths that were there already.
    pub present: Vec<String>,
    /// The paths on the branch that were not wanted.
    pub skipped: Vec<String>,
}

impl Branch {
    /// Writes every file of the branch whose place is wanted below `folder`; what is there already stays.
    ///
    /// Anyone who may write to the branch chose its names, so `is_wanted` has to refuse every one that leaves the folder;
    /// links and everything else that is not a plain file are never wanted.
    ///
    /// Fails when the remote cannot be reached, a file cannot be written, or is there with other content.
    pub fn pull(&self, folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<Pulled, Error> {
        let Some(tip) = self.arrived()? else { return Ok(Pulled::default()) };
        let listed = self.git.run_with_input(&["ls-tree", "-r", "-z", "--full-tree", &tip], &[])?;
        let mut pulled = Pulled { commit: Some(tip), ..Pulled::default() };
        let (mut places, mut ids) = (Vec::new(), String::new());
        for line in String::from_utf8_lossy(&listed).split_terminator('\0') {
            let Some((object, place)) = line.split_once('\t') else { continue };
            match object.strip_prefix("100644 blob ") {
                Some(id) if is_wanted(place) => {
                    ids.push_str(&format!("{id}\n"));
                    places.push(place.to_owned());
                }
                _ => pulled.skipped.push(place.to_owned()),
            }
        }
        let contents = self.git.run_with_input(&["cat-file", "--batch"], ids.as_bytes())?;
        let mut rest = contents.as_slice();
        for place in places {
            let cut_short =
                || Error::Git { command: "cat-file --batch".to_owned(), reason: format!("{place} is cut short") };
            let (bytes, after) = object(rest).ok_or_else(cut_short)?;
            rest = after;
            let is_new = write(&folder.join(&place), bytes)?;
            if is_new { &mut pulled.written } else { &mut pulled.present }.push(place);
        }
        Ok(pulled)
    }

    /// The commit at the tip of the branch, with its files; the branch may move while they come.
    fn arrived(&self) -> Result<Option<String>, Error> {
        const TRIES_MAX: usize = 10;
        for _ in 0..TRIES_MAX {
            match self.tip()? {
                None => return Ok(None),
                Some(tip) if self.fetch(&tip)? => return Ok(Some(tip)),
                Some(_) => {}
            }
        }
        Err(Error::Crowded { branch: self.name.clone(), tries: TRIES_MAX })
    }
}

/// The next object in what `git cat-file --batch` prints, `<id> blob <size>`, the content and the end of a line; and what
/// follows it.
fn object(printed: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = printed.iter().position(|byte| *byte == b'\n')?;
    let (_, size) = std::str::from_utf8(&printed[..end]).ok()?.rsplit_once(" blob ")?;
    let (start, size) = (end + 1, size.parse::<usize>().ok()?);
    Some((printed.get(start..start.checked_add(size)?)?, printed.get(start + size + 1..)?))
}

/// Writes a file that is there completely or not at all; false where it is there already.
fn write(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    match fs::read(path) {
        Ok(there) if there == bytes => return Ok(false),
        Ok(_) => return Err(Error::Different(path.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(source) => return Err(Error::File { path: path.to_owned(), source }),
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let partial = folder.join(format!(".{:016x}.partial", fastrand::u64(..)));
    fs::write(&partial, bytes).map_err(Error::file(&partial))?;
    fs::rename(&partial, path).map_err(Error::file(path))?;
    Ok(true)
}
