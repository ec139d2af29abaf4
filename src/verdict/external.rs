//! External series: times of interpreters, which no change of this project moves.

use crate::model::topics::{PYTHON, TopicKind, topic};

/// Whether the times of a topic are external: reported, and never counted as a regression.
pub fn is_external(name: &str) -> bool {
    topic(name).is_some_and(|topic| topic.kind == TopicKind::External)
}

/// Whether a fact of the toolchain is about an interpreter: `python_interpreters`, `python_31107_gil_1`.
pub(crate) fn is_external_fact(name: &str) -> bool {
    name.strip_prefix(PYTHON).is_some_and(|rest| rest.starts_with('_'))
}
