//! What `--format json` prints is data with a schema: `docs/schema/VERB.json`, written from the code.

mod stored;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use parcost::rooms::{model::MachineKey, store};
use serde_json::{Map, Value};
use stored::Folder;
use stored::program::program;

/// The calls, in a folder with stored runs, of verbs with a schema that need arguments; others are called without any.
const CALLS: &[&[&str]] = &[
    &["show", "last"],
    &["show", "last", "--summary"],
    &["answer", "--work-us", "200"],
    &["trend", "--all-machines"],
    &["trend", "judged.csv"],
    &["import", "bench.txt", "--output", "history.json"],
    &["compare", "previous", "last"],
    &["compare", "last", OTHER_MACHINE],
    &["gate", "--replay", PAIRED_RUN],
];
const PAIRED_RUN: &str = "PAIRED";
const OTHER_MACHINE: &str = "OTHER";
/// Verbs with a schema that measure; their JSON is checked where they are tested.
const MEASURING: &[&str] = &["record", "selftest", "python"];

fn schemas() -> BTreeMap<&'static str, Value> {
    parcost::cli::schemas().into_iter().map(|(verb, schema)| (verb, schema.to_value())).collect()
}

#[test]
fn the_schemas_in_docs_are_those_of_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    for (verb, schema) in schemas() {
        let path = folder.join(format!("{verb}.json"));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
            fs::write(&path, text).unwrap();
        } else {
            let stored = fs::read_to_string(&path).unwrap_or_default();
            assert!(stored == text, "{} is out of date; write it with `SNAPSHOTS=overwrite`", path.display());
        }
    }
}

#[test]
fn every_verb_prints_what_its_schema_says() {
    let schemas = schemas();
    let called = |verb: &&str| CALLS.iter().any(|call| call[0] == *verb) || MEASURING.contains(verb);
    let plain: Vec<[&str; 1]> = schemas.keys().filter(|verb| !called(verb)).map(|verb| [*verb]).collect();
    let folder = Folder::new();
    fs::write(folder.top.path().join("bench.txt"), "test a ... bench: 12 ns/iter (+/- 1)\n").unwrap();
    let rows: String = (0..40).map(|row| format!("a,{row},{}\n", if row < 20 { 100 } else { 120 })).collect();
    fs::write(folder.top.path().join("judged.csv"), format!("series,index,value\n{rows}few,0,1\n")).unwrap();
    let mut other = stored::run(0);
    (other.id, other.machine.key) = ("00000000000000c1".to_owned(), MachineKey::new("other").unwrap());
    let other = store::append(&folder.top.path().join("elsewhere"), &other).unwrap();
    for call in CALLS.iter().copied().chain(plain.iter().map(<[&str; 1]>::as_slice)) {
        let mut parcost = program(folder.top.path());
        let place = |word: &&str| match *word {
            PAIRED_RUN => folder.paired.clone(),
            OTHER_MACHINE => other.clone(),
            word => word.into(),
        };
        parcost.args(call.iter().map(place)).args(["--format", "json"]);
        let text = parcost.output().expect("the program was built with the test").stdout;
        let json: Value = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{call:?}: {error}"));
        let schema = &schemas[call[0]];
        let mut faults = Vec::new();
        check(schema, schema, &json, call[0], &mut faults);
        assert!(json.is_object() && faults.is_empty(), "{call:?}: {}", faults.join("\n"));
    }
}

/// Collects where a value is not what the schema says; a field that the schema does not name is a fault, too.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Some(schema) = schema.as_object() else { return };
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(name.trim_start_matches('#')).expect("a reference leads to a definition");
        check(root, target, value, at, faults);
    }
    for any in ["anyOf", "oneOf"].iter().filter_map(|name| schema.get(*name)?.as_array()) {
        let fits = |one: &Value| {
            let mut found = Vec::new();
            check(root, one, value, at, &mut found);
            found
        };
        let found: Vec<_> = any.iter().map(fits).collect();
        if found.iter().all(|found| !found.is_empty()) {
            faults.extend(found.into_iter().min_by_key(Vec::len).unwrap_or_default());
        }
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_kind = |name: &Value| name == kind || (kind == "integer" && name == "number");
    match schema.get("type") {
        Some(Value::Array(kinds)) if !kinds.iter().any(is_kind) => faults.push(format!("{at}: {kind}, not {kinds:?}")),
        Some(name @ Value::String(_)) if !is_kind(name) => faults.push(format!("{at}: {kind}, not {name}")),
        _ => {}
    }
    let is_allowed = match (schema.get("enum"), schema.get("const")) {
        (Some(Value::Array(words)), _) => words.contains(value),
        (_, Some(word)) => word == value,
        _ => true,
    };
    if !is_allowed {
        faults.push(format!("{at}: {value} is not among the values"));
    }
    match value {
        Value::Array(items) => {
            let prefix = schema.get("prefixItems").and_then(Value::as_array);
            for (index, item) in items.iter().enumerate() {
                let of = prefix.and_then(|prefix| prefix.get(index)).or(schema.get("items")).unwrap_or(&Value::Null);
                check(root, of, item, &format!("{at}[{index}]"), faults);
            }
        }
        Value::Object(fields) => check_fields(root, schema, fields, at, faults),
        _ => {}
    }
}

fn check_fields(
    root: &Value,
    schema: &Map<String, Value>,
    fields: &Map<String, Value>,
    at: &str,
    faults: &mut Vec<String>,
) {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    faults.extend(required.filter(|name| !fields.contains_key(*name)).map(|name| format!("{at}: `{name}` is missing")));
    let composed = ["$ref", "anyOf", "oneOf"].iter().any(|name| schema.contains_key(*name));
    for (name, field) in fields {
        let at = format!("{at}.{name}");
        let named = schema.get("properties").and_then(|properties| properties.get(name));
        match named.or(schema.get("additionalProperties")) {
            Some(Value::Bool(false)) => faults.push(format!("{at} is not in the schema")),
            Some(of) => check(root, of, field, &at, faults),
            None if composed => {}
            None => faults.push(format!("{at} is not in the schema")),
        }
    }
}
