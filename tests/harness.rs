//! The bench targets' own command line and the file they leave behind.

#![allow(dead_code, reason = "the modules are shared with the bench targets, which use more of them")]

#[path = "../benches/harness/arguments.rs"]
mod arguments;
#[path = "../benches/harness/axis.rs"]
mod axis;
#[path = "../benches/harness/budget.rs"]
mod budget;
#[path = "../benches/harness/launcher.rs"]
mod launcher;
#[path = "../benches/harness/pace.rs"]
mod pace;
#[path = "../benches/harness/replay.rs"]
mod replay;
#[path = "../benches/harness/rounds.rs"]
mod rounds;
#[path = "../benches/harness/stderr.rs"]
mod stderr;
#[path = "../benches/harness/witness.rs"]
mod witness;

use arguments::{Arguments, Mode};
use witness::{Witness, start_time};

fn parse(line: &str) -> Result<Arguments, String> {
    Arguments::parse(line.split_whitespace().map(str::to_owned))
}

#[test]
fn the_advice_of_criterion_is_left_out_and_every_other_byte_printed() {
    let advice = "\nWarning: Unable to complete 24 samples in 1.0s. You may wish to increase target time to 2.0s.";
    for rest in ["\n", "\nspawn/thread time: [1 ns]\n", "", "\n\n", "\r\u{1b}[KCollecting", "\nWarning: Unable"] {
        for before in ["", "Warming up\n", "Warning: Unable to", "a\n\nWarning: other"] {
            let text = format!("{before}{advice}{rest}");
            let expected = if rest.starts_with('\r') { before.to_owned() } else { format!("{before}{rest}") };
            let mut printed = Vec::new();
            stderr::without_advice(text.as_bytes(), &mut printed).unwrap();
            assert_eq!(String::from_utf8(printed).unwrap(), expected, "{text:?}");
        }
    }
}

#[test]
fn curves_over_the_cores_have_the_points_that_a_law_takes() {
    let cases: [(u64, &[u64]); 5] = [
        (1, &[1, 2]),
        (2, &[1, 2, 4]),
        (4, &[1, 2, 3, 4, 8]),
        (8, &[1, 2, 3, 4, 6, 8, 16]),
        (20, &[1, 2, 3, 4, 6, 8, 12, 16, 20, 40]),
    ];
    for (cores, expected) in cases {
        assert_eq!(axis::workers(cores), expected, "{cores} cores");
    }
}

#[test]
fn measures_only_when_cargo_bench_asks() {
    let cases = [
        ("--bench", Mode::Measure),
        ("", Mode::Test),
        ("--test --bench", Mode::Test),
        ("--profile-time 5 --bench", Mode::Test),
        ("--load-baseline=a --bench", Mode::Test),
        ("--list --format terse", Mode::List),
        ("--list --bench", Mode::List),
    ];
    for (line, mode) in cases {
        assert_eq!(parse(line).unwrap().mode, mode, "{line}");
    }
}

#[test]
fn takes_the_options_of_criterion_with_their_values() {
    let line =
        "--noplot --measurement-time 1 --sample-size=10 -cnever --quick -s before --baseline-lenient main x --bench";
    let read = parse(line).unwrap();
    assert_eq!((read.save_baseline.as_deref(), read.baseline.as_deref()), (Some("before"), Some("main")));
    assert!(read.quick && read.selects("axe") && !read.selects("1"));
    for (line, profile) in
        [(line, "filtered, quick"), ("spawn --bench", "filtered"), ("--quick --bench", "quick"), ("--bench", "full")]
    {
        assert_eq!(parse(line).unwrap().profile(), profile, "{line}");
    }
}

#[test]
fn selects_by_pattern_or_by_whole_name() {
    assert!(parse("--bench").unwrap().selects("spawn/thread/count=1"));
    assert!(parse("spawn/.*count=1 --bench").unwrap().selects("spawn/thread/count=10"));
    for (line, seconds) in [("--bench --budget 10m", 600), ("--budget=1m30s --bench", 90)] {
        assert_eq!(parse(line).unwrap().budget.unwrap().as_secs(), seconds, "{line}");
    }
    for wrong in ["--budget 10", "--budget=0s", "--budget"] {
        assert!(parse(wrong).unwrap_err().contains("--budget"), "{wrong}");
    }
    let exact = parse("--exact spawn/thread/count=1").unwrap();
    assert!(exact.selects("spawn/thread/count=1") && !exact.selects("spawn/thread/count=10"));
    assert!(!parse("--list --ignored").unwrap().selects("spawn/thread/count=1"));
}

#[test]
fn refuses_what_it_does_not_understand() {
    for line in ["--no-such-option", "-x", "--sample-size", "a b", "("] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn reads_the_start_time_behind_any_program_name() {
    let stat = "7 (a) b) 1 (c) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 9 9 9";
    assert_eq!(start_time(stat), Some(4711));
    for stat in ["", "7 (a) S 1", "7 (a"] {
        assert_eq!(start_time(stat), None, "{stat}");
    }
}

#[test]
fn writes_one_record_a_line_whatever_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let mut witness = Witness::open_in(folder.path(), "spawn", "full").unwrap();
    witness.benchmark("spawn/thread/count=1", Some("floor"), None).unwrap();
    witness.round(4711).unwrap();
    let readings = [("call_ns", 12.0), ("granted", 0.5)].map(|(name, value)| (name.to_owned(), value));
    witness.sample("spawn/thread/count=1", 2, 3, 400, 3, &readings).unwrap();
    witness.count("spawn/thread/count=1", "page_faults", 1, 26.5).unwrap();
    witness.time("spawn/thread/count=1", "wall_time", 2, 70, 0.51).unwrap();
    witness.fact("python_31107_gil_1", "CPython\t3.11.7").unwrap();
    witness.failure("spawn/fork/count=1", "it\tbroke\nin \u{1b}[31mtwo").unwrap();
    witness.omission("user_instructions", "no counters here").unwrap();
    witness.done().unwrap();
    let text = std::fs::read_to_string(folder.path().join("spawn.tsv")).unwrap();
    let expected = "witness\t1\tspawn\tfull\n\
                    benchmark\tspawn/thread/count=1\tfloor=floor\tcalibrator=-\tform=1\n\
                    round\t4711\n\
                    sample\tspawn/thread/count=1\t2\t3\t400\t3\tcall_ns=12\tgranted=0.5\n\
                    count\tspawn/thread/count=1\tpage_faults\t1\t26.5\n\
                    time\tspawn/thread/count=1\twall_time\t2\t70\tgranted=0.5100\n\
                    fact\tpython_31107_gil_1\tCPython 3.11.7\n\
                    failure\tspawn/fork/count=1\tit broke in  [31mtwo\n\
                    omission\tuser_instructions\tno counters here\n\
                    done\tspawn\n";
    assert_eq!(text, expected);
}
