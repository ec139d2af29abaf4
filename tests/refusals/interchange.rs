//! What `import` and `export` refuse.

use std::fs;

use super::Row;
use super::file::{file, history};
use super::stored::edit;

const IMPORT: &[&str] = &["import", "--from", "history", "history.json"];
const EXPORT: &[&str] = &["export", "--to", "go", "--from", "history", "history.json"];

pub(crate) const ROWS: &[Row] = &[
    (
        "truncated file",
        IMPORT,
        |f| file(f, "history.json", "{\"schema_version\":1,\"source\":\"a\""),
        3,
        &["history.json"],
    ),
    (
        "foreign file",
        &["import", "history.json"],
        |f| file(f, "history.json", "{\"a\":1}"),
        3,
        &["history.json", "--from"],
    ),
    ("future schema", IMPORT, |f| history(f, 9, "1.0"), 3, &["history.json", "9"]),
    ("negative", IMPORT, |f| history(f, 1, "-1.0"), 3, &["history.json", "spawn"]),
    ("infinite", IMPORT, |f| history(f, 1, "1e999"), 3, &["history.json"]),
    ("empty run", IMPORT, |f| file(f, "history.json", ""), 3, &["history.json"]),
    ("negative", EXPORT, |f| history(f, 1, "-1.0"), 3, &["history.json", "spawn"]),
    (
        "empty run",
        &["export", "--to", "go"],
        |f| fs::remove_dir_all(&f.results).expect("the folder is ours"),
        3,
        &["no run is stored in", "--results"],
    ),
    (
        "metric that no run has",
        &["export", "--to", "go", "--metric", "page_faults"],
        |_| {},
        3,
        &["no series has the metric `page_faults`; there are the metrics wall_time"],
    ),
    (
        "edited file",
        &["export", "--to", "history"],
        |f| edit(&f.runs[1], "12001.0", "11001.0"),
        3,
        &["cannot be used: it was edited", "cannot be used and were skipped: 1", "parcost fsck"],
    ),
];
