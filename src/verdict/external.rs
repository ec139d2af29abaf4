//! Series of programs that are not ours: interpreters.

use crate::model::topics::{PYTHON, TopicKind, topic};

/// Whether the times of a topic are those of other people's programs: no change of ours moves them, so that they are told
/// and never counted as a regression.
pub fn is_foreign(name: &str) -> bool {
    topic(name).is_some_and(|topic| topic.kind == TopicKind::External)
}

/// Whether a fact of the toolchain is about an interpreter: `python_interpreters`, `python_31107_gil_1`.
pub(crate) fn is_foreign_fact(name: &str) -> bool {
    name.strip_prefix(PYTHON).is_some_and(|rest| rest.starts_with('_'))
}
