//! What one side has built of the registry's packages, for the other: the same package with the same flags, features and
//! compiler has the same hash, and is not built twice.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use cargo_metadata::Package;

use super::build::cargo_prints;
use super::cargo_settings::have_same_settings;
use super::{Error, Sides};
use crate::git::Checkout;

const FINGERPRINTS: &str = ".fingerprint";
/// What a gate leaves beside its results: both sides, and the files of a run.
const PARTS: [&str; 3] = ["base", "head", "scratch"];

/// Copies what `from` has built and `to` has not, of packages that come from a registry or a repository. Nothing of a
/// package below the work trees is copied, since cargo tells its versions apart by time alone: without its fingerprint it
/// is built anew. Where the sides have different settings of cargo nothing is copied.
///
/// Fails where a file cannot be copied.
pub fn share_dependencies(from: &Checkout, to: &Checkout) -> Result<(), Error> {
    if !have_same_settings(&Sides { baseline: from.clone(), candidate: to.clone() }) {
        return Ok(());
    }
    // Without the names, as where a dependency is not downloaded yet, nothing is shared.
    let (Ok(one), Ok(other)) = (names_of(from), names_of(to)) else { return Ok(()) };
    let own: BTreeSet<String> = one.into_iter().chain(other).collect();
    for profile in profiles(&from.target) {
        let place = to.target.join(profile.strip_prefix(&from.target).unwrap_or(&profile));
        share(&profile, &place, &own).map_err(Error::file(&place))?;
    }
    Ok(())
}

/// Has cargo build every package of the work tree anew: a build script or a macro may have read files that cargo does not
/// watch. Nothing is forgotten where the revision is that of the last build.
///
/// Fails where a file cannot be removed or written.
pub fn forget_unwatched(checkout: &Checkout) -> Result<(), Error> {
    let last = checkout.target.join("revision");
    if fs::read_to_string(&last).is_ok_and(|id| id == checkout.revision.id) {
        return Ok(());
    }
    let names = names_of(checkout).unwrap_or_default();
    for profile in profiles(&checkout.target) {
        for entry in fs::read_dir(profile.join(FINGERPRINTS)).into_iter().flatten().flatten() {
            if is_of(&entry.file_name().to_string_lossy(), &names) {
                fs::remove_dir_all(entry.path()).map_err(Error::file(entry.path()))?;
            }
        }
    }
    fs::write(&last, &checkout.revision.id).map_err(Error::file(last))
}

/// What gates have on the disk in their folder, beside what they stored: its size in bytes.
pub fn disk_used(folder: &Path) -> u64 {
    PARTS.iter().map(|part| bytes(&folder.join(part))).sum()
}

/// Removes it.
pub fn remove_builds(folder: &Path) -> Result<(), Error> {
    for part in PARTS.map(|part| folder.join(part)).into_iter().filter(|part| part.exists()) {
        fs::remove_dir_all(&part).map_err(Error::file(part))?;
    }
    Ok(())
}

fn bytes(path: &Path) -> u64 {
    let Ok(metadata) = fs::symlink_metadata(path) else { return 0 };
    let inside = fs::read_dir(path).into_iter().flatten().flatten().filter(|_| metadata.is_dir());
    metadata.blocks() * 512 + inside.map(|entry| bytes(&entry.path())).sum::<u64>()
}

/// Names of the packages below the work tree, and elsewhere without a source but a folder, and of their targets.
fn names_of(checkout: &Checkout) -> Result<BTreeSet<String>, Error> {
    let printed = cargo_prints(checkout, &["metadata", "--format-version=1"])?;
    let metadata: cargo_metadata::Metadata =
        serde_json::from_slice(&printed).map_err(|error| Error::package(&checkout.package, error))?;
    let tree = checkout.tree.canonicalize().map_err(Error::file(&checkout.tree))?;
    let is_own = |package: &Package| package.source.is_none() || package.manifest_path.as_std_path().starts_with(&tree);
    let own = metadata.packages.into_iter().filter(is_own);
    let names = |package: Package| {
        let targets = package.targets.into_iter().map(|target| target.name.replace('-', "_"));
        targets.chain([package.name.to_string()]).collect::<Vec<_>>()
    };
    Ok(own.flat_map(names).collect())
}

/// The folders of a target folder that hold a profile: `release`, or that of a named target.
fn profiles(target: &Path) -> Vec<PathBuf> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
    };
    let mut folders = inside(target);
    folders.extend(inside(target).iter().flat_map(|folder| inside(folder)));
    folders.retain(|folder| folder.join(FINGERPRINTS).is_dir());
    folders
}

fn share(from: &Path, to: &Path, own: &BTreeSet<String>) -> io::Result<()> {
    // The fingerprints last: a package that has one has everything else.
    for part in ["deps", "build", FINGERPRINTS] {
        for entry in fs::read_dir(from.join(part)).into_iter().flatten() {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !is_of(&name, own) && !to.join(part).join(&name).exists() {
                fs::create_dir_all(to.join(part))?;
                // Whole or not at all, also where this is the last that the program does.
                let partial = to.join("partial");
                let _ = fs::remove_dir_all(&partial).or_else(|_| fs::remove_file(&partial));
                copy(&entry.path(), &partial)?;
                fs::rename(&partial, to.join(part).join(&name))?;
            }
        }
    }
    Ok(())
}

/// Whether a file or folder, `NAME-HASH` or `libNAME-HASH.rlib`, is of one of these packages.
fn is_of(file: &str, names: &BTreeSet<String>) -> bool {
    let name = file.rsplit_once('-').map_or(file, |(name, _)| name);
    names.contains(name) || name.strip_prefix("lib").is_some_and(|name| names.contains(name))
}

/// With the times of change, by which cargo knows what is up to date.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    if metadata.is_dir() {
        fs::create_dir_all(to)?;
        return fs::read_dir(from)?.try_for_each(|entry| {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))
        });
    }
    if metadata.is_symlink() {
        return symlink(fs::read_link(from)?, to);
    }
    fs::copy(from, to)?;
    // What may not be written keeps its new time, and is built again.
    File::options().write(true).open(to).and_then(|file| file.set_modified(metadata.modified()?)).or(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_of_no_package_of_the_work_tree_is_copied() {
        let own: BTreeSet<String> = ["my-crate", "my_crate", "parse"].map(str::to_owned).into();
        let own_files = ["my-crate-0123", "libmy_crate-0123.rlib", "parse-0123", "parse-0123.d", "my_crate-0123.d"];
        assert!(own_files.iter().all(|file| is_of(file, &own)));
        assert!(["serde-0123", "libserde-0123.rmeta", "parser-0123"].iter().all(|file| !is_of(file, &own)));

        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a/release"), folder.path().join("b/release"));
        for file in
            [".fingerprint/serde-1/dep", ".fingerprint/my-crate-2/dep", "deps/libserde-1.rlib", "build/x-3/output"]
        {
            fs::create_dir_all(from.join(file).parent().unwrap()).unwrap();
            fs::write(from.join(file), "text").unwrap();
        }
        assert_eq!(profiles(&folder.path().join("a")), std::slice::from_ref(&from));
        share(&from, &to, &own).unwrap();
        assert!(!to.join(".fingerprint/my-crate-2").exists());
        for file in [".fingerprint/serde-1/dep", "deps/libserde-1.rlib", "build/x-3/output"] {
            let time = |side: &Path| fs::metadata(side.join(file)).unwrap().modified().unwrap();
            assert_eq!(time(&from), time(&to), "{file}");
        }
    }
}
