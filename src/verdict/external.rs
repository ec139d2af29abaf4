//! Series of programs that are not ours: interpreters.

/// The topic of the interpreters.
const TOPIC: &str = "python";

/// Whether the times of a topic are those of other people's programs: no change of ours moves them, so that they are told
/// and never counted as a regression.
pub fn is_foreign(topic: &str) -> bool {
    topic == TOPIC
}

/// Whether a fact of the toolchain is about an interpreter: `python_interpreters`, `python_31107_gil_1`.
pub(crate) fn is_foreign_fact(name: &str) -> bool {
    name.strip_prefix(TOPIC).is_some_and(|rest| rest.starts_with('_'))
}
