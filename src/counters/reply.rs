//! The answer to a request, as a line of text and as a value.

use std::fmt;

use crate::workloads::Refused;

/// Why there is no count; each text is for the reader of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotCounted {
    /// The host does not count this, whatever the workload: why, and what to do to have it.
    Uncountable(String),
    /// The workload cannot run here: why.
    Refused(String),
    /// The workload was run and broke: how.
    Failed(String),
}

impl fmt::Display for NotCounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (NotCounted::Uncountable(reason) | NotCounted::Refused(reason) | NotCounted::Failed(reason)) = self;
        f.write_str(reason)
    }
}

impl std::error::Error for NotCounted {}

impl From<Refused> for NotCounted {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::ByHost(reason) => NotCounted::Refused(reason),
            Refused::ByUs(reason) => NotCounted::Failed(reason),
        }
    }
}

/// The answer as one line without its end.
pub(super) fn write(answer: &Result<f64, NotCounted>) -> String {
    let (word, text) = match answer {
        Ok(value) => ("counted", value.to_string()),
        Err(NotCounted::Uncountable(reason)) => ("uncountable", reason.clone()),
        Err(NotCounted::Refused(reason)) => ("refused", reason.clone()),
        Err(NotCounted::Failed(reason)) => ("failed", reason.clone()),
    };
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{word} {text}")
}

/// The answer that such a line holds.
pub(super) fn read(line: &str) -> Result<f64, NotCounted> {
    let (word, text) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "counted" => match text.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
            _ => Err(NotCounted::Failed(format!("the count `{text}` is no number"))),
        },
        "uncountable" => Err(NotCounted::Uncountable(text.to_owned())),
        "refused" => Err(NotCounted::Refused(text.to_owned())),
        "failed" => Err(NotCounted::Failed(text.to_owned())),
        _ => Err(NotCounted::Failed(format!("`{line}` is no answer"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_was_written() {
        let answers = [
            Ok(26.5),
            Err(NotCounted::Uncountable("no counters".to_owned())),
            Err(NotCounted::Refused("no such workload".to_owned())),
            Err(NotCounted::Failed("it broke".to_owned())),
        ];
        for answer in answers {
            assert_eq!(read(&write(&answer)), answer);
        }
        assert_eq!(write(&Err(NotCounted::Failed("in\ntwo".to_owned()))), "failed in two");
    }

    #[test]
    fn takes_nothing_else_for_a_count() {
        for line in ["", "counted", "counted x", "counted NaN", "counted -1", "count 1"] {
            assert!(matches!(read(line), Err(NotCounted::Failed(_))), "{line}");
        }
    }
}
