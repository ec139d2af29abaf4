//! Cargo settings that reach into a work tree from above it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, Side, Sides};
use crate::git::{Checkout, Repository};

/// Where cargo looks for settings in a folder and in all folders above it.
const NAMES: [&str; 2] = [".cargo/config.toml", ".cargo/config"];

/// Refuses sides whose settings of cargo differ while a file of the repository itself adds to both: what one revision sets
/// would be built into the other, and the change of settings would be hidden, or judged as one of the code.
///
/// Where both sides have the same settings, a file above them is the user's own, and is right for both alike.
///
/// Fails with the file above both and a side that has another.
pub fn check_cargo_settings(repository: &Repository, checkouts: &Sides<Checkout>) -> Result<(), Error> {
    let own = |checkout: &Checkout| settings(&checkout.package, &checkout.tree);
    let (baseline, candidate) = (own(&checkouts.baseline), own(&checkouts.candidate));
    if baseline == candidate {
        return Ok(());
    }
    let Some(above) = above(repository.top(), &checkouts.candidate.tree) else { return Ok(()) };
    let text = fs::read(&above).ok();
    let is_own = |of: &[(PathBuf, Vec<u8>)]| of.iter().any(|(_, own)| Some(own) == text.as_ref());
    let side = if is_own(&candidate) { Side::Baseline } else { Side::Candidate };
    Err(Error::Settings { path: above, side: side.name() })
}

/// What `[env]` in the settings of a work tree gives to every program that cargo starts: a variable that is set outside keeps
/// its value unless it is forced, and the file nearest to the package comes first.
pub(super) fn environment(checkout: &Checkout) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::new();
    for (file, text) in settings(&checkout.package, &checkout.tree) {
        let table = String::from_utf8_lossy(&text).parse::<toml::Table>().unwrap_or_default();
        for (name, given) in table.get("env").and_then(toml::Value::as_table).into_iter().flatten() {
            let is = |flag: &str| given.get(flag).and_then(toml::Value::as_bool) == Some(true);
            let Some(value) = given.as_str().or_else(|| given.get("value")?.as_str()) else { continue };
            // A relative path starts where the folder `.cargo` is.
            let folder = file.ancestors().nth(2).filter(|_| is("relative")).map(|folder| checkout.tree.join(folder));
            let value = folder.map_or(value.to_owned(), |folder| folder.join(value).to_string_lossy().into_owned());
            if is("force") || std::env::var_os(name).is_none() {
                environment.entry(name.clone()).or_insert(value);
            }
        }
    }
    environment
}

/// Whether the files of settings in both work trees say the same.
pub(super) fn have_same_settings(checkouts: &Sides<Checkout>) -> bool {
    let own = |checkout: &Checkout| settings(&checkout.package, &checkout.tree);
    own(&checkouts.baseline) == own(&checkouts.candidate)
}

/// The files of settings from the package up to its work tree, by their path in it.
fn settings(package: &Path, tree: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let folders = package.ancestors().take_while(|folder| folder.starts_with(tree));
    let files = folders.flat_map(|folder| NAMES.map(|name| folder.join(name)));
    files
        .filter_map(|file| {
            let bytes = fs::read(&file).ok()?;
            Some((file.strip_prefix(tree).ok()?.to_owned(), bytes))
        })
        .collect()
}

/// The nearest file of settings above a work tree that is still inside the repository.
fn above(top: &Path, tree: &Path) -> Option<PathBuf> {
    let (top, tree) = (top.canonicalize().ok()?, tree.canonicalize().ok()?);
    let folders = tree.ancestors().skip(1).take_while(|folder| folder.starts_with(&top));
    folders.flat_map(|folder| NAMES.map(|name| folder.join(name))).find(|file| file.is_file())
}
