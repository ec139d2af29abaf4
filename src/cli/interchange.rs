//! The files of other tools: arguments that name them, and histories read from them.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::output;
use crate::export::{self, ExportFormat};
use crate::ingest::{self, Assumed, ImportFormat, Source};
use crate::model::{Direction, Interchange, Remark, RemarkKind, some_of};
use crate::store;

/// Subjects of a remark that are printed; the others are counted.
const ABOUT_MAX: usize = 5;

/// Which way a value is better.
pub(super) fn better() -> impl TypedValueParser<Value = Direction> {
    let direction = |name: String| if name == "lower" { Direction::LowerIsBetter } else { Direction::HigherIsBetter };
    PossibleValuesParser::new(["lower", "higher"]).map(direction)
}

/// Reads files of one format, in the order of their commits, as one history; the first file's content says which format
/// it is unless the user does.
pub(super) fn read_history(
    format: Option<&'static ImportFormat>,
    files: &[PathBuf],
    better: Option<Direction>,
    unit: Option<&str>,
) -> Result<Interchange> {
    for file in files {
        let is_own = store::begins_as_run(file) || file.is_dir() && !store::list(file)?.is_empty();
        ensure!(
            !is_own,
            "{} holds stored runs of parcost: `trend` and `export` read them by --results; for `import` name their files",
            file.display()
        );
    }
    let ordered = ingest::in_natural_order(files.to_vec());
    let sources = Source::open_all(&ordered)?;
    let first = sources.first().context("name a file")?;
    let format = format.map_or_else(|| ingest::detect(first), Ok)?;
    let mut history = ingest::read(format, &sources, &Assumed { better, unit: unit.map(str::to_owned) })?;
    if ordered != files {
        history.remarks.push(Remark {
            kind: RemarkKind::Changed,
            about: vec!["files".to_owned()],
            text: "they were read in the order of the numbers in their names: 1, 2, 10 and not 1, 10, 2".to_owned(),
            items: Vec::new(),
        });
    }
    Ok(history)
}

pub(super) fn print_remark(remark: &Remark) {
    let kind = match remark.kind {
        RemarkKind::Changed => "changed",
        RemarkKind::Skipped => "skipped",
    };
    output::note(&format!("{kind}: {}: {}", some_of(&remark.about, ABOUT_MAX), remark.text_and_place()));
}

pub(super) fn import_format() -> impl TypedValueParser<Value = &'static ImportFormat> {
    values(ingest::FORMATS.iter().map(|format| (format.name, format.about)))
        .map(|name| ingest::format(&name).expect("clap accepts only names in the list"))
}

pub(super) fn export_format() -> impl TypedValueParser<Value = &'static ExportFormat> {
    const ABSENT: &str = "it is not in this build; the released programs have it, and builds with `--features parquet`";
    let optional = (!cfg!(feature = "parquet")).then_some(("parquet", ABSENT));
    values(export::FORMATS.iter().map(|format| (format.name, format.about)).chain(optional))
        .try_map(|name| export::format(&name).ok_or(ABSENT))
}

fn values(formats: impl Iterator<Item = (&'static str, &'static str)>) -> PossibleValuesParser {
    PossibleValuesParser::new(formats.map(|(name, about)| PossibleValue::new(name).help(about)))
}
