//! JSON as other tools write it: objects whose names are data, and numbers that are texts.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::builder::{Builder, Place};
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

pub(super) fn parse<'t, T: Deserialize<'t>>(text: &'t str, builder: &Builder) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| builder.invalid(error.to_string()))
}

/// The items of a list, each to be read by itself, so that one is in memory at a time and a bad one costs no other.
pub(super) type Items<'t> = Vec<&'t RawValue>;

/// The places and the texts of items.
pub(super) fn items<'t>(items: &Items<'t>) -> impl Iterator<Item = (Place, &'t str)> {
    items.iter().enumerate().map(|(place, item)| (Place::Entry(place), item.get()))
}

/// Reads each item of a list, which has its name under this key; one that is not valid is skipped, and costs no other.
pub(super) fn each<'t, T: Deserialize<'t>>(
    list: &Items<'t>,
    name: &str,
    builder: &mut Builder,
    mut read: impl FnMut(T, &mut Builder) -> Result<(), Error>,
) -> Result<(), Error> {
    items(list).try_for_each(|(place, text)| match builder.item(place, text, || text_of(text, name)) {
        Some(item) => read(item, builder),
        None => Ok(()),
    })
}

/// The lines that are objects, with their places.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (Place, &str)> {
    let lines = text.lines().map(str::trim_start).enumerate().filter(|(_, line)| line.starts_with('{'));
    lines.map(|(line, text)| (Place::Line(line + 1), text))
}

/// The objects that begin a line, or why one cannot be read; other lines stand between those that a program prints.
pub(super) fn objects(text: &str) -> impl Iterator<Item = Result<&str, serde_json::Error>> {
    let (mut rest, mut is_damaged) = (text, false);
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            // What is indented behind a damaged object is a part of it.
            let begin = if is_damaged { rest } else { rest.trim_start_matches([' ', '\t']) };
            if begin.starts_with('{') {
                let mut objects = serde_json::Deserializer::from_str(begin).into_iter::<&RawValue>();
                let object = objects.next()?;
                is_damaged = object.is_err();
                rest = if is_damaged { after_line(begin) } else { &begin[objects.byte_offset()..] };
                return Some(object.map(RawValue::get));
            }
            rest = after_line(rest);
        }
        None
    })
}

fn after_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}

/// The text of a member of an object; empty where it has none.
pub(super) fn text_of(object: &str, name: &str) -> String {
    let member = members(object).into_iter().find(|(key, _)| key == name);
    member.and_then(|(_, value)| serde_json::from_str(value.get()).ok()).unwrap_or_default()
}

/// A text as it is, and anything else as JSON has it.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What stands behind the name of a benchmark that has parameters: `/size=10/kind=a`.
pub(super) fn parameters(parameters: &BTreeMap<String, Value>) -> String {
    parameters.iter().map(|(name, value)| format!("/{name}={}", plain(value))).collect()
}

/// A number, also one that is written as a text.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => spread::number(text.trim()),
        _ => None,
    }
}

/// A number that a tool may leave out; NaN where it wrote something else, which the builder names.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok((!value.is_null()).then(|| number(&value).unwrap_or(f64::NAN)))
}

/// What a tool writes as null where it has nothing.
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The single measurements beside a value; NaN where one is not a number, which the builder names.
pub(super) fn numbers<'v>(values: impl IntoIterator<Item = &'v Value>) -> Vec<f64> {
    values.into_iter().map(|value| number(value).unwrap_or(f64::NAN)).collect()
}

/// The single measurements of which a value is made; what cannot be one is named and costs no other.
pub(super) fn measured<'v>(name: &str, values: impl IntoIterator<Item = &'v Value>, builder: &mut Builder) -> Vec<f64> {
    let (good, bad): (Vec<f64>, _) = numbers(values).into_iter().partition(|value| value.is_finite() && *value >= 0.0);
    if !bad.is_empty() {
        builder.skip(name, "some of its single values are not finite numbers from zero on; the others count");
    }
    good
}

/// The texts that an object has under these keys, as one; none where it has none of them.
pub(super) fn joined(object: &Value, keys: &[&str]) -> Option<String> {
    let texts: Vec<&str> = keys.iter().filter_map(|key| object.get(*key)?.as_str()).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
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
pub(super) fn members(text: &str) -> Vec<(String, &RawValue)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Members<&RawValue>>();
    values.next().and_then(Result::ok).unwrap_or_default().0
}

/// So many elements of a list show which members they have: a few may be damaged.
const ELEMENTS_MAX: usize = 8;

/// The names in an object, or in the first elements of a list; none of anything else.
pub(super) fn names(text: &str) -> Vec<String> {
    let of = |object| members(object).into_iter().map(|(name, _)| name);
    if !text.starts_with('[') {
        return of(text).collect();
    }
    let elements = serde_json::from_str::<Items<'_>>(text).unwrap_or_default();
    elements.iter().take(ELEMENTS_MAX).flat_map(|element| of(element.get())).collect()
}
