//! Files of other tools, made by hand.

use std::fs;

use super::stored::Folder;

pub(crate) fn file(folder: &Folder, name: &str, text: &str) {
    fs::write(folder.top.path().join(name), text).expect("the folder is ours");
}

pub(crate) fn history(folder: &Folder, version: u32, value: &str) {
    let text = format!(
        r#"{{"schema_version":{version},"source":"a","series":[{{"name":"spawn","direction":"lower_is_better","points":[{{"value":{value}}}]}}],"remarks":[]}}"#
    );
    file(folder, "history.json", &text);
}
