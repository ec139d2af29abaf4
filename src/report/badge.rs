//! A badge of the last judgement: a small picture, and what shields.io asks for to draw its own.

use serde_json::json;

use crate::trend::{Category, History};
use crate::verdict::Outcome;

const LABEL: &str = "parcost";
/// Width of a character in the badge, on average, and of the margins of each half.
const CHARACTER: usize = 7;
const MARGINS: usize = 12;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    message: String,
    color: &'static str,
}

/// What the histories say now: how many regressions are open.
pub fn badge(histories: &[History]) -> Badge {
    let open = |history: &History| {
        let all = history.findings.iter().chain(&history.drifts);
        all.filter(|finding| finding.category() == Category::Regressed).count()
    };
    let open: usize = histories.iter().map(open).sum();
    let is_judged = histories.iter().any(|history| history.outcome != Outcome::Inconclusive);
    let (message, color) = match open {
        1 => ("1 regression open".to_owned(), "#b3261e"),
        2.. => (format!("{open} regressions open"), "#b3261e"),
        0 if is_judged => ("no regression open".to_owned(), "#17724b"),
        0 => ("not judged yet".to_owned(), "#5a6472"),
    };
    Badge { message, color }
}

impl Badge {
    /// The JSON of an endpoint of shields.io.
    pub fn endpoint(&self) -> String {
        json!({ "schemaVersion": 1, "label": LABEL, "message": self.message, "color": self.color }).to_string()
    }

    pub fn svg(&self) -> String {
        let Self { message, color } = self;
        let [left, right] = [LABEL, message.as_str()].map(|text| text.len() * CHARACTER + MARGINS);
        let (width, label_at, message_at) = (left + right, left / 2, left + right / 2);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" role=\"img\" aria-label=\"{LABEL}: {message}\">\
             <title>{LABEL}: {message}</title>\
             <clipPath id=\"r\"><rect width=\"{width}\" height=\"20\" rx=\"3\"/></clipPath>\
             <g clip-path=\"url(#r)\"><rect width=\"{left}\" height=\"20\" fill=\"#32383f\"/>\
             <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{color}\"/></g>\
             <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">\
             <text x=\"{label_at}\" y=\"14\">{LABEL}</text><text x=\"{message_at}\" y=\"14\">{message}</text></g></svg>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_judgement_the_badge_says_so() {
        let badge = badge(&[]);
        let endpoint: serde_json::Value = serde_json::from_str(&badge.endpoint()).unwrap();
        assert_eq!((&endpoint["schemaVersion"], &endpoint["message"]), (&1.into(), &"not judged yet".into()));
        assert!(badge.svg().contains("aria-label=\"parcost: not judged yet\"") && badge.svg().ends_with("</svg>\n"));
    }
}
