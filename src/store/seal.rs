//! Seals what is stored, so that a later edit does not go unnoticed.
//!
//! A sealed file is one line of compact JSON whose last field is `seal`: the SHA-256, in lower-case hexadecimal digits, of
//! every byte before the comma in front of that field. It is checked on the bytes as they lie there: nothing is rewritten, and a change of one digit, of a field's order or of the spacing breaks it alike. Only the end of the line is
//! free, since version control may write it in two ways.
//!
//! A seal reveals a slip, a repair by hand or a broken disk. It is not a signature: whoever means to forge a run can seal it
//! again. A missing run is revealed by the run that follows it, and both by the history in git.

use sha2::{Digest, Sha256};

use super::error::Problem;
use crate::model::hexadecimal;

const FIELD: &str = ",\"seal\":\"";
const END: &str = "\"}";

/// A sealed file of this compact JSON of an object with at least one field and without a seal; and the seal.
pub(super) fn sealed(json: &str) -> Result<(String, String), String> {
    let body =
        json.strip_suffix('}').filter(|body| body.len() > 1).ok_or("it is not a JSON object that can be sealed")?;
    let seal = digest(body.as_bytes());
    Ok((format!("{body}{FIELD}{seal}{END}\n"), seal))
}

/// Whether these bytes are those that were sealed; `seal` is what their JSON states.
pub(super) fn check(bytes: &[u8], seal: Option<&str>) -> Result<(), Problem> {
    let Some(seal) = seal else { return Ok(()) };
    let body = bytes
        .trim_ascii_end()
        .strip_suffix(END.as_bytes())
        .and_then(|rest| rest.strip_suffix(seal.as_bytes()))
        .and_then(|rest| rest.strip_suffix(FIELD.as_bytes()));
    if body.is_some_and(|body| digest(body) == seal) { Ok(()) } else { Err(Problem::Edited) }
}

fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_broken_by_any_change_but_the_end_of_the_line() {
        let (text, seal) = sealed("{\"a\":1}").unwrap();
        assert_eq!(text, format!("{{\"a\":1,\"seal\":\"{}\"}}\n", digest(b"{\"a\":1")));
        let holds = |text: &str| check(text.as_bytes(), Some(&seal)).is_ok();
        assert!(holds(&text) && holds(text.trim_end()) && holds(&text.replace('\n', "\r\n")));
        for edited in [text.replace('1', "2"), text.replace(':', ": "), format!("{text}x"), format!(" {text}")] {
            assert!(!holds(&edited), "{edited}");
        }
        assert!(!holds("") && check(text.as_bytes(), Some("")).is_err());
        assert_eq!(check(b"{}", None), Ok(()));
    }

    #[test]
    fn only_an_object_with_a_field_is_sealed() {
        for json in ["", "{}", "[1]", "1"] {
            assert!(sealed(json).is_err(), "{json}");
        }
    }
}
