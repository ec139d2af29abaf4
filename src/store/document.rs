//! What a stored file holds: a run, or the paired run of a gate. Both are written, sealed, checked and placed alike.
//!
//! A sealed file is one line of compact JSON whose last field is `seal`: the SHA-256, in lower-case hexadecimal digits, of
//! every byte before the comma in front of that field. It is checked on the bytes as they lie there: nothing is rewritten,
//! and a change of one digit, of a field's order or of the spacing breaks it alike. Only the end of the line is free, since
//! version control may write it in two ways.
//!
//! A seal reveals a slip, a repair by hand or a broken disk. It is not a signature: whoever means to forge a run can seal it
//! again. A missing run is revealed by the run that follows it, and both by the history in git.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{Error, Problem};
use super::file::{bytes_of, name_of, place};
use super::{layout, values};
use crate::model::{Machine, MachineKey, PAIRED_SCHEMA_VERSION, PairedRun, Run, SCHEMA_VERSION};

pub(super) trait Document: Clone + PartialEq + Serialize + DeserializeOwned {
    const SCHEMA_VERSION: u32;
    const TREE: &'static str;

    fn id(&self) -> &str;
    fn machine(&self) -> &MachineKey;
    fn file_name(&self) -> Result<String, String>;
    fn with_seal(self, seal: String) -> Self;
    /// Whether it was stored without a seal at some time.
    fn may_lack_seal(&self) -> bool;
    fn check_values(&self) -> Result<(), Problem>;
}

impl Document for Run {
    const SCHEMA_VERSION: u32 = SCHEMA_VERSION;
    const TREE: &'static str = "";

    fn id(&self) -> &str {
        &self.id
    }

    fn machine(&self) -> &MachineKey {
        &self.machine.key
    }

    fn file_name(&self) -> Result<String, String> {
        layout::file_name(self)
    }

    fn with_seal(self, seal: String) -> Self {
        Run { seal: Some(seal), ..self }
    }

    fn may_lack_seal(&self) -> bool {
        // The store writes the one never without the other.
        self.follows.is_none()
    }

    fn check_values(&self) -> Result<(), Problem> {
        values::check_run(self)
    }
}

impl Document for PairedRun {
    const SCHEMA_VERSION: u32 = PAIRED_SCHEMA_VERSION;
    const TREE: &'static str = layout::PAIRED_FOLDER;

    fn id(&self) -> &str {
        &self.id
    }

    fn machine(&self) -> &MachineKey {
        &self.machine.key
    }

    fn file_name(&self) -> Result<String, String> {
        layout::paired_file_name(self)
    }

    fn with_seal(self, _: String) -> Self {
        self
    }

    fn may_lack_seal(&self) -> bool {
        false
    }

    fn check_values(&self) -> Result<(), Problem> {
        values::check_paired(self)
    }
}

#[derive(Deserialize)]
struct Head {
    schema_version: u64,
    seal: Option<String>,
}

/// The document that these bytes are; any bytes are safe to try.
pub(super) fn parse<T: Document>(bytes: &[u8]) -> Result<T, Problem> {
    let is_sealed = check_head(bytes, T::SCHEMA_VERSION)?;
    let document: T =
        serde_json::from_slice(bytes).map_err(|error| match serde_json::from_slice::<PairedRun>(bytes) {
            Ok(_) => Problem::Foreign("it is a gate's, and `parcost gate --replay FILE` judges it".to_owned()),
            Err(_) => error.into(),
        })?;
    if !is_sealed && !document.may_lack_seal() {
        return Err(Problem::Edited);
    }
    check_key(document.machine())?;
    document.file_name().map_err(Problem::Foreign)?;
    document.check_values()?;
    Ok(document)
}

/// Where the document belongs below the results folder, `/` between the parts.
pub(super) fn place_of<T: Document>(document: &T) -> Result<String, Problem> {
    Ok(layout::place(T::TREE, document.machine(), &document.file_name().map_err(Problem::Foreign)?))
}

/// Refuses a file whose path does not end in its place.
pub(super) fn check_place(path: &Path, place: String) -> Result<(), Problem> {
    let mut parts = place.rsplit('/');
    let folder = path.parent().map(name_of).unwrap_or_default();
    if parts.next() == Some(&name_of(path)) && parts.next() == Some(&folder) {
        Ok(())
    } else {
        Err(Problem::Misplaced(place))
    }
}

/// Seals a document and stores it below `root`; it has to read back as it is.
pub(super) fn append<T: Document>(root: &Path, document: T) -> Result<PathBuf, Error> {
    let id = document.id().to_owned();
    let not_storable = |reason: String| Error::NotStorable { id: id.clone(), reason };
    let name = document.file_name().map_err(not_storable)?;
    let (text, seal) = json_of(&document).and_then(|json| sealed(&json)).map_err(not_storable)?;
    match parse::<T>(text.as_bytes()) {
        Ok(read_back) if read_back == document.clone().with_seal(seal) => {}
        Ok(_) => return Err(not_storable("it would not read back unchanged".to_owned())),
        Err(problem) => return Err(not_storable(format!("read back, {problem}"))),
    }
    let folder = layout::machine_folder(&root.join(T::TREE), document.machine());
    place(root, &folder, &name, &id, &text)
}

pub(super) fn json_of(content: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(content).map_err(|error| error.to_string())
}

/// Refuses other schemas and broken seals; says whether there is a seal.
pub(super) fn check_head(bytes: &[u8], schema_version: u32) -> Result<bool, Problem> {
    let head: Head = serde_json::from_slice(bytes)?;
    check_version(head.schema_version, schema_version)?;
    check_seal(bytes, head.seal.as_deref())?;
    Ok(head.seal.is_some())
}

pub(super) fn check_version(found: u64, known: u32) -> Result<(), Problem> {
    match found {
        found if found == u64::from(known) => Ok(()),
        newer if newer > u64::from(known) => Err(Problem::Future(newer)),
        unknown => Err(Problem::Foreign(format!("there is no schema version {unknown}"))),
    }
}

/// Refuses a key that could not be the name of a folder.
pub(super) fn check_key(key: &MachineKey) -> Result<(), Problem> {
    let problem = || Problem::Foreign("its machine key holds more than letters, digits, - and _".to_owned());
    MachineKey::new(key.as_str()).map(|_| ()).ok_or_else(problem)
}

/// Writes what a machine is, unless that is there already.
pub(super) fn place_machine(root: &Path, machine: &Machine, id: &str) -> Result<(), Error> {
    let json = json_of(machine).map_err(|reason| Error::NotStorable { id: id.to_owned(), reason })?;
    let folder = layout::machine_folder(root, &machine.key);
    match place(root, &folder, layout::MACHINE_FILE, id, &format!("{json}\n")) {
        Ok(_) | Err(Error::AlreadyStored { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Refuses a file that is of another machine than its folder.
pub(super) fn check_machine(path: &Path) -> Result<(), Problem> {
    let machine: Machine = serde_json::from_slice(&bytes_of(path)?)?;
    check_place(path, layout::place("", &machine.key, layout::MACHINE_FILE))
}

const FIELD: &str = ",\"seal\":\"";
const END: &str = "\"}";

/// A sealed file of this compact JSON of an object with at least one field and without a seal; and the seal.
pub(super) fn sealed(json: &str) -> Result<(String, String), String> {
    let body =
        json.strip_suffix('}').filter(|body| body.len() > 1).ok_or("it is not a JSON object that can be sealed")?;
    let seal = digest(body.as_bytes());
    Ok((format!("{body}{FIELD}{seal}{END}\n"), seal))
}

/// Whether these bytes are those that were sealed; `seal` is what their JSON states.
pub(super) fn check_seal(bytes: &[u8], seal: Option<&str>) -> Result<(), Problem> {
    let Some(seal) = seal else { return Ok(()) };
    let body = bytes
        .trim_ascii_end()
        .strip_suffix(END.as_bytes())
        .and_then(|rest| rest.strip_suffix(seal.as_bytes()))
        .and_then(|rest| rest.strip_suffix(FIELD.as_bytes()));
    if body.is_some_and(|body| digest(body) == seal) { Ok(()) } else { Err(Problem::Edited) }
}

fn digest(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_broken_by_any_change_but_the_end_of_the_line() {
        let (text, seal) = sealed("{\"a\":1}").unwrap();
        assert_eq!(text, format!("{{\"a\":1,\"seal\":\"{}\"}}\n", digest(b"{\"a\":1")));
        let holds = |text: &str| check_seal(text.as_bytes(), Some(&seal)).is_ok();
        assert!(holds(&text) && holds(text.trim_end()) && holds(&text.replace('\n', "\r\n")));
        for edited in [text.replace('1', "2"), text.replace(':', ": "), format!("{text}x"), format!(" {text}")] {
            assert!(!holds(&edited), "{edited}");
        }
        assert!(!holds("") && check_seal(text.as_bytes(), Some("")).is_err());
        assert_eq!(check_seal(b"{}", None), Ok(()));
    }

    #[test]
    fn only_an_object_with_a_field_is_sealed() {
        for json in ["", "{}", "[1]", "1"] {
            assert!(sealed(json).is_err(), "{json}");
        }
    }
}
