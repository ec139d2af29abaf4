//! What `import` and `export` refuse.

use std::fs;

use super::file::{file, history};
use super::stored::edit;
use super::{Row, row};

const IMPORT: &[&str] = &["import", "--from", "history", "history.json"];
const EXPORT: &[&str] = &["export", "--to", "go", "--from", "history", "history.json"];

pub(crate) const ROWS: &[Row] = &[
    row("truncated file", IMPORT, 3)
        .by(|f| file(f, "history.json", "{\"schema_version\":1,\"source\":\"a\""))
        .says(&["history.json"]),
    row("foreign file", &["import", "history.json"], 3)
        .by(|f| file(f, "history.json", "{\"a\":1}"))
        .says(&["history.json", "--from"]),
    row("future schema", IMPORT, 3).by(|f| history(f, 9, "1.0")).says(&["history.json", "9"]),
    row("negative", IMPORT, 3).by(|f| history(f, 1, "-1.0")).says(&["history.json", "spawn"]),
    row("infinite", IMPORT, 3).by(|f| history(f, 1, "1e999")).says(&["history.json"]),
    row("empty run", IMPORT, 3).by(|f| file(f, "history.json", "")).says(&["history.json"]),
    row("negative", EXPORT, 3).by(|f| history(f, 1, "-1.0")).says(&["history.json", "spawn"]),
    row("empty run", &["export", "--to", "go"], 3)
        .by(|f| fs::remove_dir_all(&f.results).expect("the folder is ours"))
        .says(&["no run is stored in", "--results"]),
    row("metric that no run has", &["export", "--to", "go", "--metric", "page_faults"], 3)
        .says(&["no series has the metric `page_faults`; there are the metrics wall_time"]),
    row("edited file", &["export", "--to", "history"], 3).by(|f| edit(&f.runs[1], "12001.0", "11001.0")).says(&[
        "cannot be used: it was edited",
        "cannot be used and were skipped: 1",
        "parcost fsck",
    ]),
];
