//! The formats that are written: one list, from which the command line, help and docs follow.

use super::format::{Error, ExportFormat, Has, PARTS, Part, Written, json};
use super::{bencher, bmf, csv, github_action_benchmark, go, hyperfine, openmetrics, pyperf};
use crate::model::{Interchange, RemarkKind, Remarks};

pub const HISTORY: &ExportFormat = &ExportFormat {
    name: "history",
    about: "the format of parcost itself, which stores everything",
    write: |history, _| {
        history.check().map_err(|invalid| invalid.to_string())?;
        json(history)
    },
    keeps_machines: true,
    lacks: &[],
};

pub const FORMATS: &[&ExportFormat] = &[
    &github_action_benchmark::DATA,
    &github_action_benchmark::ARRAY,
    &bencher::FORMAT,
    &bmf::FORMAT,
    &hyperfine::FORMAT,
    &pyperf::FORMAT,
    &go::FORMAT,
    &csv::PLAIN,
    &csv::LONG,
    &openmetrics::FORMAT,
    #[cfg(feature = "parquet")]
    &super::parquet::FORMAT,
    HISTORY,
];

pub fn format(name: &str) -> Option<&'static ExportFormat> {
    FORMATS.iter().copied().find(|format| format.name == name)
}

/// Writes a history in a format, and says what the format does not store.
pub fn write(format: &ExportFormat, history: &Interchange) -> Result<Written, Error> {
    let mut remarks = Remarks::default();
    let keeps_forms = [HISTORY.name, csv::LONG.name].contains(&format.name);
    let named = (!keeps_forms && history.series.iter().any(|it| it.form.is_some())).then(|| named_by_form(history));
    let text = (format.write)(named.as_ref().unwrap_or(history), &mut remarks);
    let text = text.map_err(|reason| Error { format: format.name, reason })?;
    let lacks = |part: &Part| match part {
        Part::Counted => format.name != HISTORY.name,
        Part::Files => ![HISTORY.name, csv::LONG.name].contains(&format.name),
        part => format.lacks.contains(part),
    };
    let is_lost = |(part, _, is_in): &(Part, &str, Has)| lacks(part) && history.series.iter().any(is_in);
    let (named, gone): (Vec<_>, Vec<_>) = PARTS.into_iter().filter(is_lost).partition(|(part, ..)| part.is_in_names());
    let said = [
        (named, "the format stores it only in names that would be alike without it"),
        (gone, "the format does not store them"),
    ];
    for (parts, text) in said.into_iter().filter(|(parts, _)| !parts.is_empty()) {
        let names: Vec<&str> = parts.into_iter().map(|part| part.1).collect();
        remarks.add(RemarkKind::Skipped, &names.join(", "), text);
    }
    Ok(Written { bytes: text.into_bytes(), remarks: remarks.list() })
}

/// The history with forms in names, so that no tool goes on with the series of another form.
fn named_by_form(history: &Interchange) -> Interchange {
    let mut named = history.clone();
    for series in &mut named.series {
        if let Some(form) = series.form.take() {
            series.name.push_str(&format!(" (form {form})"));
        }
    }
    named
}
