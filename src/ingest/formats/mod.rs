//! The formats that are read, a module each: one list, from which the command line, detection, help and docs follow.

mod bencher;
mod bmf;
pub mod callgrind;
mod critcmp;
pub mod criterion;
mod csv;
mod github_action_benchmark;
mod go;
mod google_benchmark;
mod hyperfine;
mod interchange;
mod pyperf;

use super::builder::{Assumed, Builder};
use super::error::Error;
use super::file::Source;
use super::format::{ImportFormat, Probe};
use crate::model::Interchange;

/// Every format that is read.
pub const FORMATS: &[&ImportFormat] = &[
    &github_action_benchmark::DATA,
    &github_action_benchmark::ARRAY,
    &bencher::FORMAT,
    &bmf::FORMAT,
    &criterion::FORMAT,
    &critcmp::FORMAT,
    &callgrind::IAI_CALLGRIND,
    &callgrind::GUNGRAUN,
    &hyperfine::FORMAT,
    &pyperf::FORMAT,
    &google_benchmark::FORMAT,
    &go::FORMAT,
    &csv::PLAIN,
    &csv::LONG,
    &interchange::FORMAT,
];

/// The format of that name.
pub fn format(name: &str) -> Option<&'static ImportFormat> {
    FORMATS.iter().copied().find(|format| format.name == name)
}

/// The format of a source, by its content alone.
pub fn detect(source: &Source) -> Result<&'static ImportFormat, Error> {
    let probe = Probe::new(source);
    let found: Vec<_> = FORMATS.iter().copied().filter(|format| (format.detect)(&probe)).collect();
    match found[..] {
        [format] => Ok(format),
        _ => {
            let formats = found.iter().map(|format| format.name).collect();
            Err(Error::Undetected { file: source.name(), formats })
        }
    }
}

/// Reads sources of one format, in the order of their commits, as one history.
///
/// # Errors
///
/// When a source is not in the format, holds nothing, or holds a value that is NaN, infinite or below zero; when nothing
/// says which way any of the series is better. A series of which that is not known, among others of which it is, is
/// skipped with a remark.
pub fn read(format: &ImportFormat, sources: &[Source], assumed: &Assumed) -> Result<Interchange, Error> {
    let mut builder = Builder::new(format.name, assumed);
    for source in sources {
        builder.open(&source.name());
        (format.read)(source, &mut builder)?;
    }
    builder.finish()
}
