//! The sample log: what the harness saw while it measured, one file per topic, one record per line.
//!
//! UTF-8, fields separated by TAB, the kind of the record first:
//!
//! ```text
//! witness    1  <topic>  full|quick|filtered
//! benchmark  <id>  floor=<function or ->  calibrator=<syscall|clock|copy or ->  form=<number>, since there are forms
//! round      <seed of its order>
//! sample     <id>  <process serial number>  <iterations>  <elapsed ns>  <work>  key=value …
//! count      <id>  <metric>  <round number>  <value per operation>
//! time       <id>  <wall_time, cpu_time or unique_memory>  <round number>  <value>  granted=<share>, where it is known
//! fact       <name>  <what it is>
//! failure    <id or topic>  <reason>
//! omission   <what>  <reason>
//! note       <what has to be known to read the results>
//! done       <topic>
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::str::FromStr;
use strum::{Display, IntoStaticStr, VariantArray};

use super::error::Error;
use super::file;
use crate::model::{BenchmarkId, Metric};

const VERSION: &str = "1";

const REFERENCES: [&str; 3] = ["syscall", "clock", "copy"];

/// The metrics that the counters pass counts; the others are timed, simulated or derived.
const COUNTED: [Metric; 7] = [
    Metric::UserInstructions,
    Metric::KernelInstructions,
    Metric::TaskClock,
    Metric::ContextSwitches,
    Metric::PageFaults,
    Metric::SystemCalls,
    Metric::UniqueMemory,
];

const SELF_TIMED: [Metric; 3] = [Metric::WallTime, Metric::CpuTime, Metric::UniqueMemory];

#[derive(Clone, Debug, PartialEq)]
pub struct SampleLog {
    pub topic: String,
    pub profile: Profile,
    pub records: Vec<Record>,
    /// Whether the topic came to its end; if not, the last records may be missing.
    pub complete: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Display, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Profile {
    Full,
    Quick,
    /// What the user's arguments selected; also what is assumed where nothing is said.
    #[default]
    Filtered,
    /// Both, as a scope has it: what asks for `filtered` at its beginning finds it.
    #[strum(serialize = "filtered, quick")]
    FilteredQuick,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    Benchmark {
        id: BenchmarkId,
        /// The function of its group that is its lower bound.
        lower_bound: Option<String>,
        /// The reference workload that it is normalized by.
        reference: Option<String>,
        /// Of its group; none in logs from before there were forms.
        form: Option<i16>,
    },
    /// The samples that follow were measured in turns, in the order that this seed gives, up to the next round.
    Round {
        order_seed: u64,
    },
    Sample {
        id: BenchmarkId,
        sample: Sample,
    },
    Count {
        id: BenchmarkId,
        /// What was counted; one of the metrics that are counted rather than timed.
        metric: Metric,
        round: u64,
        /// For one operation; finite.
        value: f64,
    },
    Time {
        id: BenchmarkId,
        metric: Metric,
        /// More than zero.
        time: SelfTimed,
    },
    /// A fact about a measured tool, for the toolchain of the run.
    Fact {
        name: String,
        value: String,
    },
    Failure {
        what: String,
        reason: String,
    },
    Omission {
        /// A benchmark, a metric or the topic.
        what: String,
        reason: String,
    },
    Note(String),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Serial number of the process that ran it; another number is another fresh process.
    pub serial: u64,
    pub iterations: u64,
    /// Inside the clock, all operations together.
    pub elapsed_ns: u64,
    /// Units of work that the operations say they did.
    pub work: u64,
    /// Until the creating calls returned, summed over the operations.
    pub call_ns: Option<u64>,
    /// Until the first instruction of the new workers, summed over the operations.
    pub first_ns: Option<u64>,
    /// CPU time of all workers, summed over the operations.
    pub cpu_ns: Option<u64>,
    /// The smallest CPU availability of any worker, 1 - share of time spent waiting for a processor; finite.
    pub cpu_availability: Option<f64>,
    /// The share of the time from the first worker's start to the last one's end in which all were at work; finite.
    pub overlap: Option<f64>,
    /// Seed of the order of its round; none where benchmarks took no turns.
    pub order_seed: Option<u64>,
    /// Each reference workload measured beside it, by name, ns per operation; finite.
    pub references: BTreeMap<String, f64>,
}

/// What a program measured itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfTimed {
    pub round: u64,
    /// Of one operation, in the metric's unit; finite.
    pub value: f64,
    /// Of the round; finite.
    pub cpu_availability: Option<f64>,
    /// Seed of the order of its round; none where benchmarks took no turns.
    pub order_seed: Option<u64>,
}

pub fn read(path: &Path) -> Result<SampleLog, Error> {
    let log = parse(path, &file::read_text(path)?)?;
    if path.file_stem().is_none_or(|stem| stem != log.topic.as_str()) {
        return Err(file::refused(path, format!("its first line names the topic `{}`", log.topic)));
    }
    Ok(log)
}

/// Reads the text of a sample log; `path` is for messages only.
///
/// A last line without a line feed was cut off while it was written and is ignored.
pub fn parse(path: &Path, text: &str) -> Result<SampleLog, Error> {
    let mut lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).enumerate();
    let fail = |index: usize, found: &str, expected: String| {
        let found = file::one_line(found);
        Error::Line { path: path.to_owned(), line: index + 1, expected, found }
    };
    let (topic, profile) = match lines.next() {
        None => return Err(fail(0, "", "the line `witness`".to_owned())),
        Some((index, line)) => head(line).map_err(|expected| fail(index, line, expected))?,
    };
    let mut log = SampleLog { topic, profile, records: Vec::new(), complete: false };
    let mut begun = BTreeSet::new();
    let mut round = None;
    for (index, line) in lines {
        let fail = |expected: String| fail(index, line, expected);
        if log.complete {
            return Err(fail("nothing after the line `done`".to_owned()));
        }
        if line.split_once('\t') == Some(("done", &log.topic)) {
            log.complete = true;
            continue;
        }
        let mut record = record(line).map_err(fail)?;
        match &mut record {
            Record::Benchmark { id, .. } => drop(begun.insert(id.clone())),
            Record::Round { order_seed } => round = Some(*order_seed),
            Record::Sample { id, .. } | Record::Time { id, .. } if !begun.contains(id) => {
                return Err(fail(format!("a line `benchmark` for {id} before its first sample")));
            }
            Record::Sample { sample, .. } => sample.order_seed = round,
            Record::Time { time, .. } => time.order_seed = round,
            _ => {}
        }
        log.records.push(record);
    }
    Ok(log)
}

fn head(line: &str) -> Result<(String, Profile), String> {
    match fields(line)[..] {
        ["witness", VERSION, topic, profile] if is_topic(topic) => {
            let profile = Profile::ALL.iter().copied().find(|known| known.name() == profile);
            Ok((topic.to_owned(), profile.ok_or("the profile full, quick, filtered or filtered, quick")?))
        }
        ["witness", version, ..] if version != VERSION => Err(format!("version {VERSION} of the format")),
        _ => Err(format!("`witness`, {VERSION}, a topic and a profile")),
    }
}

fn record(line: &str) -> Result<Record, String> {
    let fields = fields(line);
    match fields[..] {
        ["benchmark", id, lower_bound, reference, ref form @ ..] => {
            let lower_bound = choice(lower_bound, "floor=")?;
            let reference = choice(reference, "calibrator=")?;
            if reference.as_deref().is_some_and(|name| !REFERENCES.contains(&name)) {
                return Err(format!("one of the reference workloads {REFERENCES:?} or -"));
            }
            let form = match form {
                [] => None,
                [form] => Some(number(form.strip_prefix("form=").ok_or("form=<number>")?)?),
                _ => return Err("nothing after form=<number>".to_owned()),
            };
            Ok(Record::Benchmark { id: benchmark(id)?, lower_bound, reference, form })
        }
        ["round", seed] => Ok(Record::Round { order_seed: number(seed)? }),
        ["sample", id, serial, iterations, elapsed_ns, work, ref extras @ ..] => {
            let mut sample = Sample {
                serial: number(serial)?,
                iterations: number(iterations)?,
                elapsed_ns: number(elapsed_ns)?,
                work: number(work)?,
                ..Sample::default()
            };
            for extra in extras {
                sample.add(extra)?;
            }
            Ok(Record::Sample { id: benchmark(id)?, sample })
        }
        ["count", id, metric, round, value] => {
            let metric = Metric::from_name(metric)
                .filter(|metric| COUNTED.contains(metric))
                .ok_or("a metric that is counted")?;
            Ok(Record::Count { id: benchmark(id)?, metric, round: number(round)?, value: finite(value)? })
        }
        ["time", id, metric, round, ns, ref extras @ ..] => {
            let metric = Metric::from_name(metric)
                .filter(|metric| SELF_TIMED.contains(metric))
                .ok_or("wall_time, cpu_time or unique_memory")?;
            let ns = number(ns).ok().filter(|&ns: &u64| ns > 0).ok_or("a value above zero")?;
            let cpu_availability = match extras.split_first() {
                None => None,
                Some((share, [])) => Some(finite(share.strip_prefix("granted=").ok_or("granted=<share>")?)?),
                Some(_) => return Err("nothing after granted=<share>".to_owned()),
            };
            let (round, value) = (number(round)?, ns as f64);
            let time = SelfTimed { round, value, cpu_availability, order_seed: None };
            Ok(Record::Time { id: benchmark(id)?, metric, time })
        }
        ["fact", name, value] => Ok(Record::Fact { name: file::one_line(name), value: file::one_line(value) }),
        ["failure", what, reason] => Ok(Record::Failure { what: file::one_line(what), reason: file::one_line(reason) }),
        ["omission", what, reason] => {
            Ok(Record::Omission { what: file::one_line(what), reason: file::one_line(reason) })
        }
        ["note", text] => Ok(Record::Note(file::one_line(text))),
        _ => Err(
            "a benchmark, round, sample, count, time, fact, failure, omission, note or the topic's done, with all its fields"
                .to_owned(),
        ),
    }
}

impl Profile {
    const ALL: &[Profile] = Self::VARIANTS;

    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl Sample {
    /// Takes up one `key=value`.
    fn add(&mut self, extra: &str) -> Result<(), String> {
        let (key, value) = extra.split_once('=').ok_or("key=value")?;
        let repeated = match key {
            "call_ns" => self.call_ns.replace(number(value)?).is_some(),
            "first_ns" => self.first_ns.replace(number(value)?).is_some(),
            "cpu_ns" => self.cpu_ns.replace(number(value)?).is_some(),
            "granted" => self.cpu_availability.replace(finite(value)?).is_some(),
            "overlap" => self.overlap.replace(finite(value)?).is_some(),
            _ => match key.strip_suffix("_ns").filter(|name| REFERENCES.contains(name)) {
                Some(name) => self.references.insert(name.to_owned(), finite(value)?).is_some(),
                None => return Err("a key of the format".to_owned()),
            },
        };
        if repeated { Err(format!("the key `{key}` once")) } else { Ok(()) }
    }
}

fn fields(line: &str) -> Vec<&str> {
    line.split('\t').collect()
}

/// Whether a text can be the name of a bench file.
fn is_topic(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn benchmark(text: &str) -> Result<BenchmarkId, String> {
    if text.chars().any(char::is_control) {
        return Err("a benchmark's name without control characters".to_owned());
    }
    text.parse().map_err(|_| "a benchmark's name, group/function/name=value,name=value".to_owned())
}

/// The value of a field with a fixed key; `-` is none.
fn choice(field: &str, key: &str) -> Result<Option<String>, String> {
    let value = field.strip_prefix(key).filter(|value| !value.is_empty()).ok_or_else(|| format!("{key}<name or ->"))?;
    Ok((value != "-").then(|| file::one_line(value)))
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "a whole number without sign".to_owned())
}

fn finite(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| "a finite number".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse_text(text: &str) -> Result<SampleLog, Error> {
        parse(Path::new("spawn.tsv"), text)
    }

    #[test]
    fn reads_every_kind_of_record() {
        let text = "witness\t1\tspawn\tquick\n\
            benchmark\tspawn/thread/count=1\tfloor=clone\tcalibrator=-\tform=2\n\
            round\t4711\n\
            sample\tspawn/thread/count=1\t7\t2\t3000\t4\tcall_ns=5\tgranted=0.5\toverlap=0.75\tcopy_ns=1.25\n\
            count\tspawn/thread/count=1\tpage_faults\t1\t0.5\n\
            time\tspawn/thread/count=1\tcpu_time\t2\t70\n\
            time\tspawn/thread/count=1\tcpu_time\t3\t71\tgranted=0.5\n\
            fact\tpython_31107_gil_1\tCPython\u{1b} 3.11.7\n\
            failure\tspawn/fork\tno\u{1b} fork\n\
            omission\tspawn\tnot here\n\
            note\trounds: 2 of 9\n\
            done\tspawn\n";
        let id = BenchmarkId::new("spawn", "thread", &[("count", 1)]);
        let sample = Sample {
            serial: 7,
            iterations: 2,
            elapsed_ns: 3000,
            work: 4,
            call_ns: Some(5),
            cpu_availability: Some(0.5),
            overlap: Some(0.75),
            order_seed: Some(4711),
            references: BTreeMap::from([("copy".to_owned(), 1.25)]),
            ..Sample::default()
        };
        let time =
            |round, value, cpu_availability| SelfTimed { round, value, cpu_availability, order_seed: Some(4711) };
        let records = vec![
            Record::Benchmark { id: id.clone(), lower_bound: Some("clone".to_owned()), reference: None, form: Some(2) },
            Record::Round { order_seed: 4711 },
            Record::Sample { id: id.clone(), sample },
            Record::Count { id: id.clone(), metric: Metric::PageFaults, round: 1, value: 0.5 },
            Record::Time { id: id.clone(), metric: Metric::CpuTime, time: time(2, 70.0, None) },
            Record::Time { id, metric: Metric::CpuTime, time: time(3, 71.0, Some(0.5)) },
            Record::Fact { name: "python_31107_gil_1".to_owned(), value: "CPython  3.11.7".to_owned() },
            Record::Failure { what: "spawn/fork".to_owned(), reason: "no  fork".to_owned() },
            Record::Omission { what: "spawn".to_owned(), reason: "not here".to_owned() },
            Record::Note("rounds: 2 of 9".to_owned()),
        ];
        let expected = SampleLog { topic: "spawn".to_owned(), profile: Profile::Quick, records, complete: true };
        assert_eq!(parse_text(text).unwrap(), expected);
    }

    #[test]
    fn a_truncated_last_line_is_ignored() {
        let text =
            "witness\t1\tspawn\tfull\nbenchmark\tspawn/thread\tfloor=-\tcalibrator=-\nsample\tspawn/thread\t1\t1\t30";
        let log = parse_text(text).unwrap();
        assert_eq!((log.records.len(), log.complete), (1, false));
    }

    #[test]
    fn says_in_which_line_what_was_expected() {
        let head = "witness\t1\tspawn\tfull\n";
        let begun = "witness\t1\tspawn\tfull\nbenchmark\ts/t\tfloor=-\tcalibrator=-\n";
        let cases = [
            (String::new(), "line 1: expected the line `witness`"),
            ("witness\t2\tspawn\tfull\n".to_owned(), "line 1: expected version 1"),
            ("witness\t1\t../x\tfull\n".to_owned(), "line 1: expected `witness`"),
            ("witness\t1\tspawn\tlong\n".to_owned(), "line 1: expected the profile"),
            (format!("{head}sample\ts/t\t1\t1\t1\t1\n"), "line 2: expected a line `benchmark` for s/t"),
            (format!("{head}benchmark\ts\tfloor=-\tcalibrator=-\n"), "line 2: expected a benchmark's name"),
            (format!("{head}benchmark\ts/t\tfloor=\tcalibrator=-\n"), "line 2: expected floor="),
            (
                format!("{head}benchmark\ts/t\tfloor=-\tcalibrator=moon\n"),
                "line 2: expected one of the reference workloads",
            ),
            (format!("{head}benchmark\ts/t\tfloor=-\tcalibrator=-\tx\n"), "line 2: expected form="),
            (format!("{begun}sample\ts/t\t1\t1\t-1\t1\n"), "line 3: expected a whole number"),
            (format!("{begun}sample\ts/t\t1\t1\t1\t1\tgranted=NaN\n"), "line 3: expected a finite number"),
            (format!("{begun}sample\ts/t\t1\t1\t1\t1\tmoon_ns=1\n"), "line 3: expected a key of the format"),
            (
                format!("{begun}sample\ts/t\t1\t1\t1\t1\tcall_ns=1\tcall_ns=2\n"),
                "line 3: expected the key `call_ns` once",
            ),
            (format!("{head}count\ts/t\twall_time\t1\t1\n"), "line 2: expected a metric that is counted"),
            (format!("{head}time\ts/t\tpage_faults\t1\t1\n"), "line 2: expected wall_time, cpu_time or unique_memory"),
            (format!("{head}time\ts/t\twall_time\t1\t0\n"), "line 2: expected a value above zero"),
            (format!("{head}time\ts/t\twall_time\t1\t1\n"), "line 2: expected a line `benchmark`"),
            (format!("{begun}time\ts/t\twall_time\t1\t1\t0.5\n"), "line 3: expected granted="),
            (format!("{begun}time\ts/t\twall_time\t1\t1\tgranted=1\tx\n"), "line 3: expected nothing after granted="),
            (format!("{head}count\ts/t\tpage_faults\t1\tinf\n"), "line 2: expected a finite number"),
            (format!("{head}done\tmemory\n"), "line 2: expected a benchmark"),
            (format!("{head}done\tspawn\ndone\tspawn\n"), "line 3: expected nothing after"),
        ];
        for (text, expected) in cases {
            let message = parse_text(&text).unwrap_err().to_string();
            assert!(message.starts_with(&format!("spawn.tsv, {expected}")), "{text:?}: {message}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = parse_text(&text);
        }

        #[test]
        fn any_damage_to_a_good_file_is_read_or_refused(at in 0usize..400, byte: u8) {
            let mut bytes = b"witness\t1\tspawn\tfull\nbenchmark\ts/t/a=1\tfloor=-\tcalibrator=copy\n\
                sample\ts/t/a=1\t1\t1\t1\t1\tgranted=1\tcopy_ns=1\ncount\ts/t\tpage_faults\t1\t1e9\ntime\ts/t/a=1\tcpu_time\t1\t7\nfact\ta\tb\ndone\tspawn\n".to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = parse_text(&String::from_utf8_lossy(&bytes));
        }
    }
}
