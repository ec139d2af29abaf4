//! What to use for which kind of work.

use schemars::JsonSchema;
use serde::Serialize;

use crate::advise::processors::{Parameters, REQUESTS};
use crate::model::Estimate;
use crate::verdict::policy::ADVICE_DIFFERENCE;
use crate::verdict::{Absent, Sessions, Value, ValueOrReason};

/// The advice for one kind of work, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Advice {
    pub work: &'static str,
    #[serde(with = "ValueOrReason::<Value<Choice>>")]
    pub choice: Value<Choice>,
    pub ratios: Vec<WorkRatio>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct WorkRatio {
    pub label: &'static str,
    /// Processes, threads.
    pub benchmarks: [String; 2],
    /// Time with processes ÷ time with threads.
    #[serde(with = "ValueOrReason")]
    pub ratio: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Threads do at least one of the works faster, by so much that it is worth a choice (`ADVICE_DIFFERENCE`), and none of them slower.
    Threads,
    /// The same of processes.
    Processes,
    /// No work shows a significant difference of that size; threads are cheaper to start, by this ratio.
    ThreadsCheaperToStart(Estimate),
    Mixed,
}

impl Advice {
    /// The work that shows the choice: the first that was significantly faster with what is chosen, or that keeps it open by
    /// its own absence, or else the one whose times differ most; none where nothing was measured.
    pub fn deciding(&self) -> Option<&WorkRatio> {
        let decides = |work: &&WorkRatio| match (&self.choice, &work.ratio) {
            (Ok(Choice::Threads), Ok(ratio)) => favours_threads(ratio),
            (Ok(Choice::Processes), Ok(ratio)) => favours_processes(ratio),
            (Err(_), ratio) => ratio.is_err(),
            _ => false,
        };
        let apart = |work: &&WorkRatio| work.ratio.as_ref().map_or(0.0, |ratio| libm::log(ratio.center()).abs());
        let most = || self.ratios.iter().max_by(|a, b| apart(a).total_cmp(&apart(b)));
        let is_measured = self.ratios.iter().any(|work| !work.ratio.as_ref().is_err_and(Absent::is_missing));
        self.ratios.iter().find(decides).or_else(most).filter(|_| is_measured)
    }
}

/// `(label, topic, group, processes, threads, parameters)`
type Work = (&'static str, &'static str, &'static str, &'static str, &'static str, Parameters);

const fn plain(label: &'static str, topic: &'static str, group: &'static str) -> Work {
    (label, topic, group, "processes", "threads", Parameters::Cores)
}

#[rustfmt::skip]
const KINDS: &[(&str, &[Work])] = &[
    ("computing", &[plain("square roots", "cpu", "calc")]),
    ("computing, one interpreter lock",
     &[("square roots", "gil", "gil_calc", "lock_each", "one_lock", Parameters::Cores)]),
    ("moving memory", &[plain("triad", "cpu", "triad"), plain("allocating", "cpu", "allocate")]),
    ("calling the system",
     &[plain("page faults", "cpu", "fault"), plain("map and unmap", "cpu", "map"), plain("open and close", "cpu", "open")]),
    ("waiting for others", &[
        ("20 requests", "io", "requests", "processes", "threads", REQUESTS),
        plain("echo", "io", "echo"),
        ("20 requests, one lock", "gil", "gil_requests", "lock_each", "one_lock", REQUESTS),
    ]),
];

pub(super) fn advice(sessions: &Sessions) -> Vec<Advice> {
    let of_kind = |(work, works): &(&'static str, &[Work])| {
        let ratios: Vec<WorkRatio> = works.iter().map(|work| ratio_of(sessions, work)).collect();
        Advice { work, choice: choice(&ratios, sessions), ratios }
    };
    KINDS.iter().map(of_kind).collect()
}

fn ratio_of(sessions: &Sessions, (label, topic, group, processes, threads, parameters): &Work) -> WorkRatio {
    let (ids, ratio) = parameters.ratio(sessions, topic, group, [processes, threads]);
    WorkRatio { label, benchmarks: ids.map(|id| id.to_string()), ratio }
}

/// Whether processes take significantly longer, by a share that is worth a choice.
fn favours_threads(processes_to_threads: &Estimate) -> bool {
    processes_to_threads.low() > 1.0 && processes_to_threads.center() >= 1.0 + ADVICE_DIFFERENCE
}

/// The same the other way round.
fn favours_processes(processes_to_threads: &Estimate) -> bool {
    processes_to_threads.high() < 1.0 && 1.0 / processes_to_threads.center() >= 1.0 + ADVICE_DIFFERENCE
}

/// What is significantly faster; where nothing is, what is significantly cheaper to start.
fn choice(ratios: &[WorkRatio], sessions: &Sessions) -> Value<Choice> {
    let (mut threads, mut processes, mut absent) = (false, false, None);
    for it in ratios {
        match &it.ratio {
            Ok(ratio) => {
                threads |= favours_threads(ratio);
                processes |= favours_processes(ratio);
            }
            Err(reason) => absent = absent.or(Some(reason.of(it.label))),
        }
    }
    if threads && processes {
        return Ok(Choice::Mixed);
    }
    // What was not measured could favour the other side.
    absent.map_or(Ok(()), Err)?;
    match (threads, processes) {
        (true, _) => Ok(Choice::Threads),
        (_, true) => Ok(Choice::Processes),
        _ => {
            let (_, start) = Parameters::Start.ratio(sessions, "spawn", "spawn", ["fork", "thread"]);
            let start =
                start.map_err(|absent| absent.of("no significant difference, and the cost of starting is unknown"))?;
            if start.low() > 1.0 {
                Ok(Choice::ThreadsCheaperToStart(start))
            } else {
                Err(Absent::inconclusive("no significant difference, and neither is significantly cheaper to start"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advise::processors::PROCESSORS;
    use crate::model::{Fact, Run};
    use crate::verdict::fixture;

    /// A run on two processors with what each of these benchmarks took.
    fn run(times: &[(&str, f64)]) -> Run {
        let mut run = fixture::run_on(2);
        run.measurements =
            times.iter().map(|&(name, ns)| fixture::time("any", name, ns, ns * 0.99, ns * 1.01)).collect();
        run
    }

    fn chosen(times: &[(&str, f64)], work: &str) -> Value<Choice> {
        let run = run(times);
        let all = advice(&Sessions::new(&run, []));
        all.into_iter().find(|advice| advice.work == work).unwrap().choice
    }

    const STARTING: [(&str, f64); 2] = [("spawn/fork/count=1", 100.0), ("spawn/thread/count=1", 20.0)];

    #[test]
    fn what_is_significantly_faster_is_chosen() {
        let calc = |processes, threads| [("calc/processes/workers=2", processes), ("calc/threads/workers=2", threads)];
        assert_eq!(chosen(&calc(30.0, 10.0), "computing"), Ok(Choice::Threads));
        assert_eq!(chosen(&calc(10.0, 30.0), "computing"), Ok(Choice::Processes));
        assert!(chosen(&calc(10.0, 10.0), "computing").is_err());
        for [processes, threads] in [[1030.0, 1000.0], [1000.0, 1030.0]] {
            let close = run(&[calc(processes, threads), STARTING].concat());
            let choice = advice(&Sessions::of_rounds(&close)).remove(0).choice;
            assert!(matches!(choice, Ok(Choice::ThreadsCheaperToStart(_))), "3 % are no reason: {choice:?}");
        }
        let with_start = [calc(10.0, 10.0), STARTING].concat();
        assert!(
            matches!(chosen(&with_start, "computing"), Ok(Choice::ThreadsCheaperToStart(ratio)) if ratio.center() == 5.0)
        );
    }

    #[test]
    fn works_that_disagree_are_mixed_and_a_missing_one_leaves_it_open() {
        let triad = [("triad/processes/workers=2", 10.0), ("triad/threads/workers=2", 30.0)];
        assert!(chosen(&triad, "moving memory").is_err());
        let both =
            [&triad[..], &[("allocate/processes/workers=2", 30.0), ("allocate/threads/workers=2", 10.0)]].concat();
        assert_eq!(chosen(&both, "moving memory"), Ok(Choice::Mixed));
        let run = run(&triad);
        let all = advice(&Sessions::new(&run, []));
        let moving = all.iter().find(|advice| advice.work == "moving memory").unwrap();
        assert_eq!(moving.deciding().unwrap().label, "allocating", "what keeps it open, not what would decide it");
    }

    #[test]
    fn with_one_processor_nothing_parallel_is_advised() {
        let mut run = run(&STARTING);
        run.machine.hardware.insert(PROCESSORS.to_owned(), Fact::Value("1".to_owned()));
        let all = advice(&Sessions::new(&run, []));
        assert!(all.iter().all(|advice| advice.choice.is_err()), "{all:?}");
    }
}
