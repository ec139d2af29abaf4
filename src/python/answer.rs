//! What a script answers: one line of JSON for each sample.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::model::Metric;
use crate::process::{self, Reach};

/// Sums of square roots are formed in a fixed order; they may differ by the rounding of one build.
const CHECKSUM_TOLERANCE: f64 = 1e-9;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    function: String,
    /// ns.
    #[serde(default)]
    wall_time: Option<u64>,
    /// ns.
    #[serde(default)]
    cpu_time: Option<u64>,
    /// KiB.
    #[serde(default)]
    unique_memory: Option<u64>,
    checksum: f64,
}

impl Sample {
    /// What it measured, in the unit of the metric.
    pub(super) fn values(&self) -> impl Iterator<Item = (Metric, u64)> {
        let of = |metric, value: Option<u64>| value.map(|value| (metric, value));
        [
            of(Metric::WallTime, self.wall_time),
            of(Metric::CpuTime, self.cpu_time),
            of(Metric::UniqueMemory, self.unique_memory),
        ]
        .into_iter()
        .flatten()
    }
}

/// The samples of each function, or why it has none.
pub(super) type Answer = BTreeMap<&'static str, Result<Vec<Sample>, String>>;

/// How often a function is timed, and the sum of its work.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    pub(super) function: &'static str,
    pub(super) samples: usize,
    pub(super) checksum: f64,
}

/// What a script prints; what it may have started has ended with it.
///
/// Fails with the reason, without the folders of files: reasons are stored, and records are published.
pub(super) fn answer_of(command: Command, limit: Duration) -> Result<String, String> {
    let answer = process::answer(command, limit, Reach::Group).map_err(|reason| without_folders(&reason))?;
    String::from_utf8(answer).map_err(|_| "its answer is not UTF-8".to_owned())
}

/// A text in which every absolute path is cut down to its last part.
fn without_folders(text: &str) -> String {
    let is_end = |sign: char| sign.is_whitespace() || "\"'`,;:()".contains(sign);
    let mut text_without = String::new();
    for word in text.split_inclusive(is_end) {
        let (path, end) =
            word.split_at(word.len() - word.chars().last().filter(|sign| is_end(*sign)).map_or(0, char::len_utf8));
        let last = path.strip_prefix('/').and_then(|path| path.rsplit('/').next()).filter(|last| !last.is_empty());
        let name = last.unwrap_or(path);
        text_without.push_str(name);
        text_without.push_str(end);
    }
    text_without
}

/// The samples of every function that was asked for, or why it has none: a coarse clock shows nothing of a short one.
///
/// Anything else in the answer, anything missing and wrong work lose all of it.
pub(super) fn samples(answer: &str, expected: &[Expected]) -> Result<Answer, String> {
    let mut found: BTreeMap<&'static str, Vec<Sample>> = BTreeMap::new();
    for line in answer.lines() {
        let sample: Sample =
            serde_json::from_str(line).map_err(|error| format!("its answer is not a sample ({error})"))?;
        let asked = expected.iter().find(|asked| asked.function == sample.function);
        let asked = asked.ok_or("it answered for a function that was not asked for")?;
        if sample.values().next().is_none() {
            return Err(format!("{} has no value", asked.function));
        }
        // Written so that NaN is refused, too.
        let right = (sample.checksum - asked.checksum).abs() <= asked.checksum.abs() * CHECKSUM_TOLERANCE;
        if !right {
            let (got, sum) = (sample.checksum, asked.checksum);
            return Err(format!("{} did other work: the sum is {got}, not {sum}", asked.function));
        }
        found.entry(asked.function).or_default().push(sample);
    }
    for asked in expected {
        let count = found.get(asked.function).map_or(0, Vec::len);
        if count != asked.samples {
            return Err(format!("{} was timed {count} times, not {}", asked.function, asked.samples));
        }
    }
    let is_nothing = |samples: &[Sample]| samples.iter().flat_map(Sample::values).any(|(_, value)| value == 0);
    let checked = found.into_iter().map(|(function, samples)| match is_nothing(&samples) {
        true => (function, Err(format!("{function} measured nothing: 0 is below what can be seen"))),
        false => (function, Ok(samples)),
    });
    Ok(checked.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_text() {
        let command = |bytes: &str| {
            let mut command = Command::new("printf");
            command.arg(bytes);
            command
        };
        let ample = Duration::from_secs(60);
        assert_eq!(answer_of(command("a"), ample).as_deref(), Ok("a"));
        assert!(answer_of(command("\\377"), ample).unwrap_err().contains("not UTF-8"));
    }

    #[test]
    fn reasons_name_no_folder() {
        let cases = [
            ("File \"/home/somebody/of us/calc.py\", line 3", "File \"of us/calc.py\", line 3"),
            ("/opt/python3.12 cannot be started (no such file)", "python3.12 cannot be started (no such file)"),
            ("it ended with exit status: 1: 3 / 4", "it ended with exit status: 1: 3 / 4"),
            ("(/a/b/c)", "(c)"),
            ("", ""),
        ];
        for (reason, expected) in cases {
            assert_eq!(without_folders(reason), expected, "{reason}");
        }
        let mut failing = Command::new("ls");
        failing.arg("/nowhere/at/all.py");
        let reason = answer_of(failing, Duration::from_secs(60)).unwrap_err();
        assert!(reason.contains("all.py") && !reason.contains("/nowhere"), "{reason}");
    }

    #[test]
    fn only_a_complete_answer_is_accepted() {
        let expected = [
            Expected { function: "thread", samples: 2, checksum: 1.0 },
            Expected { function: "fork", samples: 1, checksum: 1.0 },
        ];
        let line = |function: &str, ns: &str, checksum: &str| {
            format!("{{\"function\":\"{function}\",\"wall_time\":{ns},\"checksum\":{checksum}}}\n")
        };
        let thread = line("thread", "5", "1").repeat(2);
        let good = format!("{thread}{}", line("fork", "7", "1.0"));
        let read = samples(&good, &expected).unwrap();
        assert_eq!((read["thread"].as_ref().unwrap().len(), read["fork"].as_ref().unwrap()[0].wall_time), (2, Some(7)));
        let read = samples(&format!("{thread}{}", line("fork", "0", "1")), &expected).unwrap();
        assert!(read["thread"].is_ok() && read["fork"].as_ref().unwrap_err().contains("measured nothing"), "{read:?}");
        let cases = [
            (String::new(), "timed 0 times"),
            (thread.clone(), "fork was timed 0 times"),
            (format!("{good}{}", line("fork", "7", "1")), "fork was timed 2 times"),
            (format!("{good}warning: something\n"), "not a sample"),
            (format!("{good}{}", line("spawn", "7", "1")), "not asked for"),
            (format!("{thread}{}", line("fork", "7", "0")), "other work"),
            (format!("{thread}{}", line("fork", "null", "1")), "no value"),
            (format!("{thread}{}", line("fork", "-7", "1")), "not a sample"),
            (format!("{thread}{}", line("fork", "1e999", "1")), "not a sample"),
            (format!("{thread}{}", line("fork", "7", "NaN")), "not a sample"),
        ];
        for (answer, reason) in cases {
            let found = samples(&answer, &expected).unwrap_err();
            assert!(found.contains(reason), "{reason}: {found}");
        }
    }
}
