//! One run on one page: threads against processes at equal parameters.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::comparisons::{Compared, Scaled, compared, is_listed, parameters_of, scaled, topics_of};
use super::intervals::Intervals;
use super::laws::{Law, SPLIT, Split, laws, splits};
use super::processors::metric_of;
use super::python::{Python, python};
use super::reference::rank;
use super::scaling::{SpeedUp, speed_ups};
use crate::model::topics::{Shown, is_lower_bound};
use crate::model::{AsOptionalText, AsText, BenchmarkId, Measurement, Metric, Run};
use crate::verdict::{Absent, ReferenceWorkload, Sessions, Value, ValueOrReason, measurement, reference_workloads};

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Summary {
    pub topics: Vec<Topic>,
    /// How soon one new worker is created, runs and has ended, by each way of starting it.
    pub phases: Vec<Phases>,
    /// The interpreters that took part, beside the native model of the same run.
    pub interpreters: Vec<Python>,
    pub slopes: Vec<Slope>,
    pub laws: Vec<Law>,
    pub splits: Vec<Split>,
    pub references: Vec<ReferenceWorkload>,
    pub intervals: Intervals,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Topic {
    pub topic: String,
    /// Why nothing of it was measured; `None` when something was.
    pub missing: Option<String>,
    pub pairs: Vec<Pair>,
    pub speed_ups: Vec<SpeedUp>,
    pub others: Vec<Other>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Pair {
    pub label: String,
    /// At which parameters; empty when neither side was measured, or there are none.
    pub parameters: BTreeMap<String, u64>,
    pub metric: Metric,
    pub thread: Side,
    pub process: Side,
    /// Process ÷ thread, a plain factor.
    #[serde(with = "ValueOrReason")]
    pub process_to_thread: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Side {
    #[serde(with = "AsText")]
    pub benchmark: BenchmarkId,
    #[serde(with = "ValueOrReason")]
    pub value: Value,
    /// Cost ÷ that of its lower bound; `None` when it has none.
    #[serde(with = "ValueOrReason::<Option<Value>>")]
    pub to_lower_bound: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Other {
    #[serde(with = "AsText")]
    pub benchmark: BenchmarkId,
    pub metric: Metric,
    #[serde(with = "ValueOrReason")]
    pub value: Value,
    /// The reference function of its group at the same parameters; `None` where it is alone, or the reference itself.
    #[serde(with = "AsOptionalText")]
    pub reference: Option<BenchmarkId>,
    #[serde(with = "ValueOrReason::<Option<Value>>")]
    pub to_reference: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Slope {
    #[serde(with = "AsText")]
    pub benchmark: BenchmarkId,
    /// Along what: the metric's unit says it.
    pub metric: Metric,
    #[serde(with = "ValueOrReason")]
    pub value: Value,
}

/// Sums up a run.
///
/// Ratios are of the rounds in which both sides took turns; where they took none, of estimates. All intervals are those of
/// [`Sessions`]. What cannot be relied on or was not measured carries the reason in the place of a number.
pub fn summary(sessions: &Sessions) -> Summary {
    let run = sessions.run();
    Summary {
        topics: topics_of(run).into_iter().map(|name| topic(sessions, name)).collect(),
        phases: phases(sessions),
        interpreters: python(sessions, Some(sessions)),
        slopes: slopes(sessions),
        laws: laws(sessions),
        splits: splits(sessions),
        references: reference_workloads(run),
        intervals: Intervals::of(sessions),
    }
}

fn topic(sessions: &Sessions, name: &str) -> Topic {
    let run = sessions.run();
    if !run.measurements.iter().any(|measurement| measurement.topic == name) {
        let missing = sessions.find(name, &BenchmarkId::new(name, "", &[]), Metric::WallTime);
        let missing = missing.err().map(|absent| absent.to_string());
        return Topic { topic: name.to_owned(), missing, pairs: Vec::new(), speed_ups: Vec::new(), others: Vec::new() };
    }
    let (compared, scaled) = (compared(run), scaled(run));
    let pairs = compared.iter().filter(|compared| compared.topic == name);
    let curves = scaled.iter().filter(|scaled| scaled.topic == name);
    Topic {
        topic: name.to_owned(),
        missing: None,
        others: others(sessions, name, &compared, &scaled),
        pairs: pairs.flat_map(|compared| pairs_of(sessions, compared)).collect(),
        speed_ups: curves.flat_map(|scaled| speed_ups(sessions, scaled)).collect(),
    }
}

fn pairs_of(sessions: &Sessions, compared: &Compared) -> Vec<Pair> {
    let functions = [compared.thread, compared.process];
    let mut parameters = parameters_of(sessions.run(), compared.group, &functions, compared.metric);
    if parameters.is_empty() {
        parameters.push(BTreeMap::new());
    }
    if compared.shown == Shown::Ends {
        let mut by_axes: BTreeMap<Vec<String>, Vec<_>> = BTreeMap::new();
        for at in parameters {
            by_axes.entry(at.keys().cloned().collect()).or_default().push(at);
        }
        by_axes.values_mut().for_each(keep_ends);
        parameters = by_axes.into_values().flatten().collect();
    }
    let pairs = parameters.into_iter().map(|parameters| pair(sessions, compared, parameters));
    let is_elsewhere = |side: &Side| side.value.as_ref().is_err_and(Absent::is_elsewhere);
    pairs.filter(|pair| ![&pair.thread, &pair.process].into_iter().any(is_elsewhere)).collect()
}

fn keep_ends<T>(items: &mut Vec<T>) {
    if items.len() > 2 {
        items.drain(1..items.len() - 1);
    }
}

fn pair(sessions: &Sessions, compared: &Compared, parameters: BTreeMap<String, u64>) -> Pair {
    let thread = side(sessions, compared, compared.thread, &parameters);
    let process = side(sessions, compared, compared.process, &parameters);
    let ids = [&process.benchmark, &thread.benchmark];
    let process_to_thread = sessions.ratio(compared.topic, ids, compared.metric);
    Pair { label: compared.label.clone(), parameters, metric: compared.metric, thread, process, process_to_thread }
}

fn side(sessions: &Sessions, compared: &Compared, function: &str, parameters: &BTreeMap<String, u64>) -> Side {
    let (topic, metric) = (compared.topic, compared.metric);
    let exact =
        BenchmarkId { group: compared.group.to_owned(), function: function.to_owned(), parameters: parameters.clone() };
    let Some(found) = measurement(sessions.run(), &exact, metric) else {
        let value = sessions.find(topic, &exact, metric);
        return Side { benchmark: exact, value, to_lower_bound: None };
    };
    let value = sessions.value(found);
    let to_lower_bound =
        found.lower_bound.as_ref().map(|lower_bound| sessions.ratio(topic, [&exact, lower_bound], metric));
    Side { benchmark: found.benchmark.clone(), value, to_lower_bound }
}

/// What of a topic neither a comparison nor a curve nor another table of the summary names, at the ends of its parameters.
fn others(sessions: &Sessions, topic: &str, compared: &[Compared], scaled: &[Scaled]) -> Vec<Other> {
    let run = sessions.run();
    let is_compared = |id: &BenchmarkId| {
        compared.iter().any(|it| it.group == id.group && [it.thread, it.process].contains(&id.function.as_str()))
            || scaled
                .iter()
                .any(|it| it.group == id.group && [Some(it.thread), it.process].contains(&Some(&id.function)))
    };
    let is_elsewhere = |group: &str| group == SPLIT || of_group(run, group).any(|it| it.metric.is_growth());
    let metric_of = |group: &str| {
        let preferred = metric_of(group);
        let mut metrics = of_group(run, group).map(|it| it.metric);
        metrics.clone().find(|metric| *metric == preferred).or_else(|| metrics.next())
    };
    let mut found: BTreeMap<(&str, &str, Vec<&String>), Vec<&Measurement>> = BTreeMap::new();
    for it in run.measurements.iter().filter(|it| it.topic == topic) {
        let id = &it.benchmark;
        let is_named = is_listed(&id.group, &id.function) || is_compared(id) || is_elsewhere(&id.group);
        if !is_named && metric_of(&id.group) == Some(it.metric) {
            let function = (id.group.as_str(), id.function.as_str(), id.parameters.keys().collect());
            found.entry(function).or_default().push(it);
        }
    }
    let other = |it: &Measurement| {
        let (id, value) = (&it.benchmark, sessions.value(it));
        let same =
            of_group(run, &id.group).filter(|at| at.metric == it.metric && at.benchmark.parameters == id.parameters);
        let references = same.filter(|at| !is_lower_bound(&at.benchmark.function));
        let reference = references.min_by_key(|at| rank(&id.group, &at.benchmark.function));
        let reference = reference.filter(|at| at.benchmark != *id);
        Other {
            benchmark: id.clone(),
            metric: it.metric,
            reference: reference.map(|at| at.benchmark.clone()),
            to_reference: reference.map(|at| sessions.ratio(topic, [id, &at.benchmark], it.metric)),
            value,
        }
    };
    let ends = |mut of_function: Vec<&Measurement>| {
        of_function.sort_by_key(|it| &it.benchmark.parameters);
        keep_ends(&mut of_function);
        of_function.into_iter().map(other).collect::<Vec<_>>()
    };
    found.into_values().flat_map(ends).collect()
}

fn of_group<'a>(run: &'a Run, group: &'a str) -> impl Iterator<Item = &'a Measurement> + Clone {
    run.measurements.iter().filter(move |it| it.benchmark.group == group)
}

fn slopes(sessions: &Sessions) -> Vec<Slope> {
    let measurements = sessions.run().measurements.iter().filter(|measurement| measurement.metric.is_growth());
    let slope = |measurement: &Measurement| Slope {
        benchmark: measurement.benchmark.clone(),
        metric: measurement.metric,
        value: sessions.value(measurement),
    };
    measurements.map(slope).collect()
}

/// The phases of starting one worker, each from the start, ns.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Phases {
    #[serde(with = "AsText")]
    pub benchmark: BenchmarkId,
    /// Until the creating call returned.
    #[serde(with = "ValueOrReason")]
    pub call: Value,
    /// Until the first instruction of the new worker.
    #[serde(with = "ValueOrReason")]
    pub first_instruction: Value,
    /// Until it had ended and was reaped.
    #[serde(with = "ValueOrReason")]
    pub end: Value,
}

/// The mechanisms that start one worker at a time, the quickest first; those without a time come last.
pub(super) fn phases(sessions: &Sessions) -> Vec<Phases> {
    let one_at_a_time = BenchmarkId::new("spawn", "", &[("count", 1)]);
    let calls = sessions.run().measurements.iter().filter(|measurement| measurement.metric == Metric::CallTime);
    let mechanisms = calls.filter(|call| call.benchmark.with_function("") == one_at_a_time);
    let mut rows: Vec<Phases> = mechanisms
        .map(|call| {
            let find = |metric| sessions.find(&call.topic, &call.benchmark, metric);
            Phases {
                benchmark: call.benchmark.clone(),
                call: sessions.value(call),
                first_instruction: find(Metric::FirstInstructionTime),
                end: find(Metric::WallTime),
            }
        })
        .collect();
    let end = |row: &Phases| row.end.as_ref().map_or(f64::INFINITY, |end| end.center());
    rows.sort_by(|a, b| end(a).total_cmp(&end(b)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Estimate, Quality};
    use crate::verdict::fixture::{failure, omission};
    use crate::verdict::{Absent, Reason, fixture};

    fn summary_of(run: &Run) -> Summary {
        summary(&Sessions::of_rounds(run))
    }

    fn topic_of<'a>(summary: &'a Summary, name: &str) -> &'a Topic {
        summary.topics.iter().find(|topic| topic.topic == name).unwrap()
    }

    fn pair_of<'a>(summary: &'a Summary, topic: &str, label: &str) -> &'a Pair {
        topic_of(summary, topic).pairs.iter().find(|pair| pair.label == label).unwrap()
    }

    fn measured(center: f64, low: f64, high: f64) -> Value {
        Ok(Estimate::new(center, low, high).unwrap())
    }

    /// A run with these times: center, low and high.
    fn timed<const N: usize>(topic: &str, times: [(&str, [f64; 3]); N]) -> Run {
        let time =
            |(benchmark, [center, low, high]): (&str, [f64; 3])| fixture::time(topic, benchmark, center, low, high);
        Run { measurements: times.map(time).into(), ..fixture::empty_run() }
    }

    #[test]
    fn a_pair_is_divided_at_equal_parameters_with_the_widest_interval() {
        let of = |thread, fork: (&str, [f64; 3])| {
            let summary = summary_of(&timed("spawn", [("spawn/thread/count=1", thread), fork]));
            topic_of(&summary, "spawn").pairs.iter().filter(|it| it.label == "fork").cloned().collect::<Vec<_>>()
        };
        let divided = of([10.0, 8.0, 16.0], ("spawn/fork/count=1", [40.0, 32.0, 64.0]));
        assert_eq!(divided[0].process_to_thread, measured(4.0, 2.0, 8.0));
        let at_zero = of([1.0, 0.0, 2.0], ("spawn/fork/count=1", [4.0; 3]));
        assert!(matches!(at_zero[0].process_to_thread, Err(Absent::Inconclusive(_))), "{at_zero:?}");
        let unlike = of([10.0; 3], ("spawn/fork/count=8", [40.0; 3]));
        assert!(unlike.iter().all(|pair| matches!(pair.process_to_thread, Err(Absent::Missing(_)))), "{unlike:?}");
    }

    #[test]
    fn the_ends_of_the_parameters_are_shown_in_order_of_size() {
        let times = ["spawn/thread/count=64", "spawn/thread/count=8", "spawn/thread/count=1"].map(|it| (it, [10.0; 3]));
        let summary = summary_of(&timed("spawn", times));
        let pairs = topic_of(&summary, "spawn").pairs.iter().filter(|pair| pair.label == "fork");
        assert_eq!(pairs.map(|pair| pair.parameters["count"]).collect::<Vec<_>>(), [1, 64]);
    }

    #[test]
    fn work_that_is_shared_out_is_compared_with_doing_it_alone() {
        let times = [
            ("requests/sequential/delay_ms=10", [200.0; 3]),
            ("requests/event_loop/delay_ms=10", [10.0; 3]),
            ("requests/threads/delay_ms=10,workers=4", [50.0; 3]),
            ("requests/processes/delay_ms=10,workers=4", [100.0; 3]),
        ];
        let summary = summary_of(&timed("io", times));
        let rows = &topic_of(&summary, "io").speed_ups;
        let shared_out = rows.iter().find(|row| row.workers == Some(4)).unwrap();
        assert_eq!(shared_out.threads, measured(4.0, 4.0, 4.0));
        assert_eq!(shared_out.processes, Some(measured(2.0, 2.0, 2.0)));
        assert_eq!(shared_out.process_to_thread, Some(measured(2.0, 2.0, 2.0)));
        let event_loop = rows.iter().find(|row| row.workers.is_none()).unwrap();
        assert_eq!((&event_loop.threads, &event_loop.processes), (&measured(20.0, 20.0, 20.0), &None));
    }

    #[test]
    fn the_ratio_to_the_lower_bound_is_of_the_same_metric() {
        let bound = "spawn/floor_thread/count=1";
        let mut run = timed("spawn", [("spawn/thread/count=1", [10.0, 8.0, 16.0]), (bound, [5.0, 4.0, 8.0])]);
        run.measurements[0].lower_bound = Some(bound.parse().unwrap());
        let summary = summary_of(&run);
        let side = &pair_of(&summary, "spawn", "fork").thread;
        assert_eq!(side.to_lower_bound, Some(measured(2.0, 1.0, 4.0)));
    }

    #[test]
    fn an_inconclusive_side_gives_no_number_anywhere() {
        let mut run = timed("spawn", [("spawn/thread/count=1", [10.0; 3]), ("spawn/fork/count=1", [40.0; 3])]);
        run.measurements[1].quality = Quality::Inconclusive("stolen".to_owned());
        let summary = summary_of(&run);
        let pair = pair_of(&summary, "spawn", "fork");
        for value in [&pair.process.value, &pair.process_to_thread] {
            assert!(matches!(value, Err(Absent::Inconclusive(reason)) if reason.to_string() == "stolen"), "{value:?}");
        }
    }

    #[test]
    fn a_function_that_is_measured_elsewhere_only_has_no_row() {
        let mut run = fixture::empty_run();
        run.measurements = ["thread/count=1", "thread/count=1,cpus=2", "posix_spawn/count=1"]
            .map(|name| fixture::time("spawn", &format!("spawn/{name}"), 10.0, 8.0, 16.0))
            .into();
        let summary = summary_of(&run);
        let pairs = &topic_of(&summary, "spawn").pairs;
        let of = |name: &str| pairs.iter().filter(|pair| pair.process.benchmark.function == name).count();
        assert_eq!([of("posix_spawn"), of("fork")], [1, 2], "the fork was never measured: {pairs:?}");
    }

    #[test]
    fn a_missing_value_has_the_narrowest_reason() {
        let missing =
            |run: &Run| pair_of(&summary_of(run), "spawn", "fork").process.value.clone().unwrap_err().to_string();
        let mut run = timed("spawn", [("spawn/thread/count=1", [10.0; 3])]);
        assert_eq!(missing(&run), Reason::NotRecorded.to_string());
        run.omissions.push(omission("counters", "spawn", "its instructions would count"));
        assert_eq!(missing(&run), Reason::NotRecorded.to_string(), "a reason of another topic");
        run.profile = "filtered: thread".to_owned();
        assert_eq!(missing(&run), "not requested");
        run.failures.push(failure("spawn", "spawn", "ended early"));
        assert_eq!(missing(&run), "failed: ended early");
        run.omissions.push(omission("spawn", "spawn/fork", "no memory to fork"));
        assert_eq!(missing(&run), "no memory to fork");
        run.failures.push(failure("spawn", "spawn/fork/count=1", "refused"));
        assert_eq!(missing(&run), "failed: refused");
    }

    #[test]
    fn a_topic_without_a_measurement_is_one_reason() {
        let mut run = fixture::empty_run();
        run.omissions.push(omission("gil", "gil", "no interpreter"));
        let summary = summary_of(&run);
        assert_eq!(topic_of(&summary, "gil").missing.as_deref(), Some("no interpreter"));
        assert!(topic_of(&summary, "gil").pairs.is_empty());
    }

    #[test]
    fn workers_that_take_as_long_as_one_are_as_many_times_faster() {
        let times = [("calc/threads/workers=1", [10.0, 10.0, 20.0]), ("calc/threads/workers=4", [10.0, 5.0, 10.0])];
        let summary = summary_of(&timed("cpu", times));
        let [row] = topic_of(&summary, "cpu").speed_ups.as_slice() else { panic!("one row") };
        assert_eq!(row.workers, Some(4));
        assert_eq!(row.threads, measured(4.0, 4.0, 16.0));
        assert!(matches!(row.processes, Some(Err(Absent::Missing(_)))));
    }

    #[test]
    fn what_no_comparison_names_is_compared_by_the_names_of_its_functions_or_listed() {
        let mut run = fixture::empty_run();
        let mut add = |topic: &str, name: &str, ns: f64| run.measurements.push(fixture::time(topic, name, ns, ns, ns));
        for (workers, ns) in [(1, 10.0), (2, 10.0)] {
            add("cpu", &format!("hash/threads/workers={workers}"), ns);
            add("cpu", &format!("hash/processes/workers={workers}"), ns);
        }
        add("cpu", "unmap/threads/workers=2", 30.0);
        add("cpu", "unmap/processes/workers=2", 10.0);
        add("net", "ping/udp_threads", 10.0);
        add("net", "ping/udp_processes", 30.0);
        add("net", "ping/raw", 40.0);
        add("spawn", "spawn/thread/count=1", 10.0);
        add("spawn", "spawn/scoped_thread/count=1", 20.0);
        let summary = summary_of(&run);
        assert_eq!(topic_of(&summary, "cpu").speed_ups[0].label, "hash");
        assert_eq!((summary.laws.len(), summary.laws[0].label.as_str()), (1, "hash"));
        let [unmap] = &topic_of(&summary, "cpu").pairs[..] else { panic!("without one worker it has no speed-up") };
        assert_eq!((&unmap.label, &unmap.thread.value), (&"unmap".to_owned(), &measured(30.0, 30.0, 30.0)));
        let net = topic_of(&summary, "net");
        assert_eq!(
            (&net.pairs[0].label, &net.pairs[0].process_to_thread),
            (&"ping, udp".to_owned(), &measured(3.0, 3.0, 3.0))
        );
        assert_eq!((net.others.len(), net.others[0].benchmark.to_string().as_str()), (1, "ping/raw"));
        let [other] = &topic_of(&summary, "spawn").others[..] else { panic!("{summary:?}") };
        assert_eq!(
            (other.benchmark.function.as_str(), &other.to_reference),
            ("scoped_thread", &Some(measured(2.0, 2.0, 2.0)))
        );
    }

    #[test]
    fn a_whole_run_has_its_slopes_and_reference_workloads() {
        let summary = summary_of(&fixture::run());
        assert_eq!(summary.slopes.len(), 2);
        let names: Vec<&str> = summary.references.iter().map(|reference| reference.name.as_str()).collect();
        assert_eq!(names, ["clock", "syscall"]);
        assert!(summary.references.iter().all(|reference| reference.spread >= 0.0));
    }

    #[test]
    fn mechanisms_are_ordered_by_how_soon_the_worker_ends() {
        let mut run = fixture::empty_run();
        for (function, end) in [("fork", 90.0), ("thread", 30.0)] {
            let id = format!("spawn/{function}/count=1");
            for (metric, value) in [(Metric::CallTime, end / 3.0), (Metric::WallTime, end)] {
                let time = fixture::time("spawn", &id, value, value, value);
                run.measurements.push(crate::model::Measurement { metric, ..time });
            }
        }
        let many = fixture::time("spawn", "spawn/thread/count=8", 1.0, 1.0, 1.0);
        run.measurements.push(crate::model::Measurement { metric: Metric::CallTime, ..many });
        let rows = phases(&Sessions::new(&run, []));
        assert_eq!(rows.iter().map(|row| row.benchmark.function.as_str()).collect::<Vec<_>>(), ["thread", "fork"]);
        assert!(matches!(rows[0].first_instruction, Err(Absent::Missing(_))));
    }
}
