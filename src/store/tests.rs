use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use proptest::prelude::*;

use super::*;
use crate::model::{Commit, MachineKey, Run, made};

pub(super) fn run(id: u64) -> Run {
    let run = made::run(id);
    let commit = Commit { time: Some("2026-02-03T04:05:06+01:00".to_owned()), ..run.commit };
    // Not a number that prints as it was written.
    Run { duration_s: 0.1 + 0.2, commit, ..run }
}

fn only_row(root: &Path) -> Row {
    let mut rows = list(root).unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

fn roots(folder: &tempfile::TempDir) -> Vec<PathBuf> {
    vec![folder.path().to_owned()]
}

#[test]
fn a_run_lies_where_the_layout_says_and_reads_back_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let path = append(root.path(), &run(10)).unwrap();
    let expected = "v1/machine=x86_64-made-up-2c-00000000/20260203T030506Z-0123456789ab-000000000000000a.json";
    assert_eq!(path, root.path().join(expected));
    let stored = read(&path).unwrap();
    assert!(stored.seal.is_some());
    assert_eq!(Run { seal: None, ..stored }, run(10));
    assert!(path.with_file_name(layout::MACHINE_FILE).is_file());
    assert_eq!(only_row(root.path()).content.unwrap().id, "000000000000000a");
}

#[test]
fn a_run_without_a_commit_is_placed_by_its_start() {
    let mut run = run(1);
    (run.commit.id, run.commit.time) = (None, None);
    assert_eq!(layout::file_name(&run).unwrap(), "20260301T100000Z-nocommit-0000000000000001.json");
}

#[test]
fn a_stored_run_is_never_replaced() {
    let root = tempfile::tempdir().unwrap();
    let path = append(root.path(), &run(1)).unwrap();
    let before = fs::read(&path).unwrap();
    let mut second = run(1);
    second.profile = "quick".to_owned();
    assert!(matches!(append(root.path(), &second), Err(Error::AlreadyStored { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2, "no temporary file is left");
}

#[test]
fn what_would_not_read_back_is_not_written() {
    let root = tempfile::tempdir().unwrap();
    let mut endless = run(1);
    endless.duration_s = f64::NAN;
    let mut nameless = run(1);
    nameless.id = "../../etc".to_owned();
    let mut sly = run(1);
    sly.commit.id = Some("../../../../etc/passwd".to_owned());
    for run in [endless, nameless, sly] {
        assert!(matches!(append(root.path(), &run), Err(Error::NotStorable { .. })));
    }
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn twenty_writers_at_once_lose_nothing() {
    let root = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for id in 0..20 {
            let root = root.path();
            scope.spawn(move || append(root, &run(id)).unwrap());
        }
    });
    let rows = list(root.path()).unwrap();
    let ids: Vec<String> = rows.into_iter().map(|row| row.content.unwrap().id).collect();
    assert_eq!(ids, (0..20).map(|id| format!("{id:016x}")).collect::<Vec<_>>());
    // Several may follow the same run, and nothing is wrong.
    let checked = fsck(&roots(&root)).unwrap();
    assert_eq!((checked.folders[0].runs, checked.findings), (20, Vec::new()));
}

#[test]
fn of_twenty_writers_of_one_name_one_wins() {
    let root = tempfile::tempdir().unwrap();
    let stored = thread::scope(|scope| {
        let write = || scope.spawn(|| append(root.path(), &run(1)).is_ok());
        let writers: Vec<_> = (0..20).map(|_| write()).collect();
        writers.into_iter().filter_map(|writer| writer.join().ok()).filter(|&stored| stored).count()
    });
    assert_eq!(stored, 1);
    assert!(only_row(root.path()).content.is_ok());
}

#[test]
fn a_half_written_temporary_file_is_never_accepted() {
    let root = tempfile::tempdir().unwrap();
    let path = append(root.path(), &run(1)).unwrap();
    let text = fs::read(&path).unwrap();
    for (writer, left) in [("1-0", &text[..text.len() / 2]), ("1-1", &text[..])] {
        fs::write(path.with_file_name(layout::temporary_name("0000000000000002", writer)), left).unwrap();
    }
    assert_eq!(only_row(root.path()).path, path);
    assert!(matches!(load(&roots(&root), "0000000000000002"), Err(Error::NotFound { .. })));
}

#[test]
fn a_run_is_found_by_name_id_path_and_last() {
    let root = tempfile::tempdir().unwrap();
    let first = append(root.path(), &run(0xa)).unwrap();
    let mut later = run(0xb0);
    later.started = "2026-03-01T11:00:00Z".to_owned();
    append(root.path(), &later).unwrap();
    let found = |wanted: &str| load(&roots(&root), wanted).map(|(_, run)| run.id);
    let name = first.file_name().unwrap().to_str().unwrap();
    for wanted in [name, name.trim_end_matches(".json"), "000000000000000a", first.to_str().unwrap()] {
        assert_eq!(found(wanted).unwrap(), run(0xa).id, "{wanted}");
    }
    assert_eq!(found("last").unwrap(), later.id);
    assert!(matches!(found("20260203"), Err(Error::Ambiguous { .. })));
    for wanted in ["", "ffff"] {
        assert!(matches!(found(wanted), Err(Error::NotFound { .. })), "{wanted}");
    }
    assert!(matches!(found("no/such.json"), Err(Error::Unusable { .. })));
}

#[test]
fn a_run_follows_the_one_that_started_last() {
    let root = tempfile::tempdir().unwrap();
    let hours = [(1, 10), (2, 12), (3, 11), (4, 13)];
    let stored = hours.map(|(id, hour)| {
        let started = format!("2026-03-01T{hour}:00:00Z");
        let path = append(root.path(), &Run { started, ..run(id) }).unwrap();
        fs::write(path.with_file_name("20990101T000000Z-nocommit-00000000000000ff.json"), "notes").unwrap();
        read(&path).unwrap().follows
    });
    let id = |id: u64| Some(format!("{id:016x}"));
    assert_eq!(stored, [None, id(1), id(2), id(2)]);
    let mut other = run(5);
    other.machine.key = MachineKey::new("other").unwrap();
    assert_eq!(read(&append(root.path(), &other).unwrap()).unwrap().follows, None);
}

#[test]
fn a_run_that_was_stored_elsewhere_gets_a_seal_of_its_own() {
    let [first, second] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    append(first.path(), &run(1)).unwrap();
    let stored = read(&append(first.path(), &run(2)).unwrap()).unwrap();
    let moved = read(&append(second.path(), &stored).unwrap()).unwrap();
    assert_eq!((stored.follows, moved.follows), (Some(run(1).id), None));
    assert_ne!(stored.seal, moved.seal);
}

proptest! {
    #[test]
    fn a_damaged_run_is_safe_to_read(at in any::<prop::sample::Index>(), byte in any::<u8>(), end in any::<prop::sample::Index>()) {
        let mut bytes = serde_json::to_vec(&run(1)).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = parse(&bytes);
        let end = end.index(bytes.len());
        prop_assert!(parse(&bytes[..end]).is_err());
    }
}

#[test]
fn a_place_never_leads_out_of_the_folder() {
    let name = "20260301T120000Z-0123456789ab-00000000000000b1.json";
    for good in
        [format!("v1/machine=a/{name}"), format!("paired/v1/machine=a/{name}"), "v1/machine=a/machine.json".into()]
    {
        assert!(layout::is_place(&good), "{good}");
    }
    let bad = ["", "README.md", "/v1/machine=a/machine.json", "v1/machine=../machine.json", "v1/../machine.json"];
    let more = [
        "v1/machine=a/x/machine.json",
        "v2/machine=a/machine.json",
        "v1/machine=a/..",
        "v1/machine=a/\\-00000000000000b1.json",
    ];
    for bad in bad.into_iter().chain(more) {
        assert!(!layout::is_place(bad), "{bad}");
    }
}
