//! What was changed or left out, gathered.

use std::collections::BTreeMap;

use crate::model::{Remark, RemarkKind};

/// What was changed or left out: one remark a text, however many things it is about.
#[derive(Debug, Default)]
pub(super) struct Remarks(BTreeMap<(RemarkKind, String), Vec<String>>);

impl Remarks {
    /// Says `text` of `about`, once.
    pub(super) fn add(&mut self, kind: RemarkKind, about: &str, text: &str) {
        let about = about.to_owned();
        let said = self.0.entry((kind, text.to_owned())).or_default();
        if said.last() != Some(&about) && (said.len() > 1000 || !said.contains(&about)) {
            said.push(about);
        }
    }

    /// All of them, in a fixed order.
    pub(super) fn list(self) -> Vec<Remark> {
        self.0.into_iter().map(|((kind, text), about)| Remark { kind, about, text }).collect()
    }
}
