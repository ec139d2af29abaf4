//! The runs that are kept in `results/` stay readable for ever, and the folder holds nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use parcost::rooms::{host, store};

fn results() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/results"))
}

#[test]
fn every_stored_run_is_readable_and_in_its_place() {
    let rows = store::list(results()).unwrap();
    let mut ids = BTreeSet::new();
    for row in &rows {
        match &row.content {
            Ok(header) => assert!(ids.insert(header.id.clone()), "{}: a second run of this name", row.path.display()),
            Err(problem) => panic!("{}: {problem:?}", row.path.display()),
        }
    }
    assert!(!rows.is_empty(), "no reference run is kept");
}

#[test]
fn the_key_of_every_stored_run_follows_from_its_facts() {
    for row in store::list_as(results(), |run| run.machine).unwrap() {
        let machine = row.content.unwrap();
        assert_eq!(host::machine_key(&machine.hardware), machine.key, "{}", row.path.display());
    }
}
