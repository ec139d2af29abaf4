//! JSON as other tools write it: objects whose names are data, and numbers that are texts.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::builder::Builder;
use super::decode::string_end;
use super::error::Error;
use super::spread;

/// The members of an object, in order; a name may be there twice.
#[derive(Debug)]
pub(super) struct Members<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

pub(super) fn parse<T: DeserializeOwned>(text: &str, builder: &Builder<'_>) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| builder.invalid(error.to_string()))
}

/// The items of a list, or the members of an object, as they are written in valid JSON: each can be parsed by itself, so
/// that one is in memory at a time.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from, mut at) = (Vec::new(), 0, 0, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        let is_end = matches!(byte, b']' | b'}');
        if *byte == b'"' {
            at = string_end(text.as_bytes(), at);
            continue;
        }
        if depth == 1 && (is_end || *byte == b',') {
            parts.extend(Some(text[from..at].trim()).filter(|part| !part.is_empty()));
            from = at + 1;
        }
        if matches!(byte, b'[' | b'{') {
            depth += 1;
            from = if depth == 1 { at + 1 } else { from };
        }
        depth -= i32::from(is_end);
        at += 1;
    }
    parts
}

/// The items of a list in valid JSON; none where it is something else.
pub(super) fn items(text: &str) -> Option<Vec<&str>> {
    text.starts_with('[').then(|| parts(text))
}

/// The members of an object in valid JSON.
pub(super) fn members(text: &str) -> impl Iterator<Item = (String, &str)> {
    parts(text).into_iter().filter_map(|part| {
        let (name, value) = part.split_at(string_end(part.as_bytes(), 0));
        Some((serde_json::from_str(name).ok()?, value.trim_start().strip_prefix(':')?.trim_start()))
    })
}

/// A number, also one that is written as a text.
pub(super) fn number(value: &serde_json::Value) -> Option<f64> {
    match value {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => spread::number(text.trim()),
        _ => None,
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
            type Value = Members<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<T>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

/// The members of the JSON object that a text begins with; none where it is not one.
pub(super) fn first_members(text: &str) -> Vec<(String, Peek)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Members<Peek>>();
    values.next().and_then(Result::ok).unwrap_or_default().0
}

/// The names in the first element of the JSON list that a text begins with.
pub(super) fn first_element(text: &str) -> Vec<String> {
    serde_json::from_str::<Peek>(text).map_or_else(|_| Vec::new(), |peek| peek.names)
}

/// What a member of an object is: a text, or the names inside it (of its first element, if it is a list).
#[derive(Debug, Default)]
pub(super) struct Peek {
    pub(super) text: Option<String>,
    pub(super) names: Vec<String>,
    pub(super) is_list: bool,
}

impl<'de> Deserialize<'de> for Peek {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PeekVisitor)
    }
}

struct PeekVisitor;

impl<'de> Visitor<'de> for PeekVisitor {
    type Value = Peek;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Peek, E> {
        Ok(Peek { text: Some(text.to_owned()), ..Peek::default() })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Peek, E> {
        Ok(Peek::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Peek, E> {
        Ok(Peek::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Peek, E> {
        Ok(Peek::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Peek, E> {
        Ok(Peek::default())
    }

    fn visit_unit<E>(self) -> Result<Peek, E> {
        Ok(Peek::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Peek, A::Error> {
        let mut names = Vec::new();
        while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
            names.push(name);
        }
        Ok(Peek { names, ..Peek::default() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Peek, A::Error> {
        let names = list.next_element::<Peek>()?.map_or_else(Vec::new, |first| first.names);
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Peek { names, is_list: true, ..Peek::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_where_strings_and_depth_allow_it() {
        assert_eq!(
            items(r#"[ 1, "a,]" , [2,3], {"b":[4,{}]} ]"#).unwrap(),
            ["1", r#""a,]""#, "[2,3]", r#"{"b":[4,{}]}"#]
        );
        assert_eq!(items("[ ]").unwrap(), Vec::<&str>::new());
        assert_eq!(items("{}"), None);
        let found: Vec<_> = members(r#"{"a\"b" : [1,2], "c":{"d":1}}"#).collect();
        assert_eq!(found, [("a\"b".to_owned(), "[1,2]"), ("c".to_owned(), r#"{"d":1}"#)]);
    }
}
