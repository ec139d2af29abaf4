//! How far costs and ratios are apart between sessions of one machine, and the intervals that hold another session's.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::{CONFIDENCE, Figure, OWN_MEMORY, SESSION_FIGURES_MIN, SESSIONS_MIN, TIMED, session_reach};
use super::ratio::kept;
use super::value::{clock_ns, is_clock_unlike};
use super::{Value, find_range, find_ratio, find_value, measurement, ratio_of, value_of};
use crate::model::topics::{Group, group_of, topic_of};
use crate::model::{BenchmarkId, Estimate, Measurement, Metric, Run};
use crate::stats::reach_beyond;

/// A run, and how far another session of its machine may be from it.
///
/// The rounds of one run lie minutes apart at most, and know nothing of what another boot, another neighbour or another
/// place in memory does. So every printed interval is that of the rounds and the reach of sessions together, see `kept`:
/// the reach of this machine's own sessions where there are enough of them, by group where it has enough figures and else by
/// topic, or that of the figure itself where it is wider; where a group has few in its form, the wider of the topic's and of what
/// was measured for `policy::session_reach`. Quick, filtered and partial runs are no sessions: their rounds are fewer or in other
/// company.
#[derive(Debug)]
pub struct Sessions<'a> {
    run: &'a Run,
    sessions: Vec<Session<'a>>,
    topics: Topics<'a>,
    reaches: BTreeMap<(Scope<'a>, Figure), Reach>,
}

/// What each group belongs to in each of [`VARYING`]: its topic, the timer that decides its times, or memory.
type Topics<'a> = BTreeMap<(&'a str, Metric), &'a str>;

/// The metrics whose sessions are compared with each other. Another time is as far apart as the wall time of its group.
const VARYING: [Metric; 3] = [Metric::WallTime, Metric::CpuTime, Metric::UniqueMemory];

fn like(metric: Metric) -> Metric {
    if VARYING.contains(&metric) { metric } else { Metric::WallTime }
}

/// A run, and what varies in it, with its value.
#[derive(Debug)]
struct Session<'a> {
    run: &'a Run,
    costs: BTreeMap<(&'a BenchmarkId, Metric), (&'a Measurement, Estimate)>,
}

/// Whose figures, in which metric, say how far sessions are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scope<'a> {
    Topic(&'a str, Metric),
    Group(&'a str, Metric),
}

/// How far figures of the machine's own sessions are apart, on the logarithmic axis.
#[derive(Debug)]
struct Reach {
    log: f64,
    /// Number of figures.
    figures: usize,
    /// Number of sessions that have them.
    sessions: usize,
}

impl Reach {
    fn is_measured(&self) -> bool {
        self.sessions >= SESSIONS_MIN
    }
}

/// More runs than this show little more of how sessions differ, and older ones are of another system.
pub const SESSIONS_MAX: usize = 10;

impl<'a> Sessions<'a> {
    /// Of the run and the others, the first full ones of its machine count, each once, and in each the groups that have the
    /// form that they have in the run: another form is another benchmark.
    pub fn new(run: &'a Run, others: impl IntoIterator<Item = &'a Run>) -> Self {
        let mut runs: Vec<&Run> = Vec::new();
        for one in std::iter::once(run).chain(others).filter(|one| one.is_full() && one.machine.key == run.machine.key)
        {
            if runs.len() < SESSIONS_MAX && runs.iter().all(|it| it.id != one.id) {
                runs.push(one);
            }
        }
        let topics = topics(run);
        let sessions: Vec<_> = runs.into_iter().map(|one| Session::new(one, run)).collect();
        let reaches = reaches(&sessions, &topics);
        Self { run, sessions, topics, reaches }
    }

    /// As if all sessions were alike: what the rounds alone say.
    #[cfg(test)]
    pub(crate) fn of_rounds(run: &'a Run) -> Self {
        let topics = topics(run);
        let scopes = topics
            .iter()
            .flat_map(|(&(group, metric), &topic)| [Scope::Group(group, metric), Scope::Topic(topic, metric)]);
        let reaches = scopes.flat_map(|scope| {
            [Figure::Cost, Figure::Ratio, Figure::Growth]
                .map(|it| ((scope, it), Reach { log: 0.0, figures: 1, sessions: SESSIONS_MIN }))
        });
        Self { run, sessions: vec![Session::new(run, run)], reaches: reaches.collect(), topics }
    }

    pub fn run(&self) -> &'a Run {
        self.run
    }

    /// Number of sessions that say how far they are apart.
    pub fn count(&self) -> usize {
        self.sessions.len()
    }

    /// Those that have the group in the form that the run has.
    pub fn alike(&self, group: &str) -> impl Iterator<Item = &'a Run> {
        self.sessions.iter().map(|it| it.run).filter(move |run| run.form(group) == self.run.form(group))
    }

    /// Whether the reach of every group is that of this machine's own sessions.
    pub fn are_measured(&self) -> bool {
        let is_measured = |&(group, metric): &(&str, Metric)| {
            self.reaches.iter().any(|((known, _), reach)| *known == Scope::Group(group, metric) && reach.is_measured())
        };
        self.count() >= SESSIONS_MIN && self.topics.keys().all(is_measured)
    }

    /// One benchmark ÷ another.
    pub fn ratio(&self, topic: &str, ids: [&BenchmarkId; 2], metric: Metric) -> Value {
        let ratio = find_ratio(self.run, topic, ids, metric)?;
        Ok(self.kept(ratio, (ids[0], metric, Some(ids[1]))))
    }

    /// The same for what rests on its ends alone, see `find_range`.
    pub fn range(&self, topic: &str, ids: [&BenchmarkId; 2], metric: Metric) -> Value {
        let range = find_range(self.run, topic, ids, metric)?;
        Ok(self.kept(range, (ids[0], metric, Some(ids[1]))))
    }

    pub fn find(&self, topic: &str, id: &BenchmarkId, metric: Metric) -> Value {
        measurement(self.run, id, metric).map_or_else(|| find_value(self.run, topic, id, metric), |it| self.value(it))
    }

    /// The value of one of the run's measurements; a count is the same in every session.
    pub fn value(&self, measurement: &Measurement) -> Value {
        let value = value_of(measurement)?;
        Ok(self.kept(value, (&measurement.benchmark, measurement.metric, None)))
    }

    /// The interval that another session keeps to.
    fn kept(&self, value: Estimate, key: FigureKey) -> Estimate {
        kept(value, self.reach_of(key))
    }

    /// How far another session's value of one of the run's measurements may be from it, on the logarithmic axis: 0 of a count.
    /// Where a time varies, so do its parts and what is derived of it.
    pub fn reach_of_value(&self, measurement: &Measurement) -> f64 {
        let (id, metric) = (&measurement.benchmark, measurement.metric);
        let of_time = (metric == Metric::Efficiency).then(|| self.of_figure((id, Metric::WallTime, None))).flatten();
        self.reach_of((id, metric, None)).max(of_time.unwrap_or_default())
    }

    fn reach_of(&self, key @ (id, metric, first): FigureKey) -> f64 {
        let reach = |figure| self.reach(&id.group, metric, figure);
        let of_kind = match metric {
            _ if metric.is_time() => reach(figure(key)),
            // A group has few ratios of memory, and each is as far apart as what it is made of.
            Metric::UniqueMemory => reach(figure(key)).max(reach(Figure::Cost)),
            Metric::Efficiency => return reach(Figure::Growth),
            _ => return 0.0,
        };
        of_kind.max(self.of_figure((id, like(metric), first)).unwrap_or_default())
    }

    /// The reach that the figure itself shows, where enough sessions have it.
    fn of_figure(&self, (id, metric, first): FigureKey) -> Option<f64> {
        let value = |Session { costs, .. }: &Session| {
            let (one, cost) = costs.get(&(id, metric))?;
            first.map_or(Some(*cost), |first| ratio_of(one, costs.get(&(first, metric))?.0).ok())
        };
        let values: Vec<Estimate> = self.sessions.iter().filter_map(value).collect();
        if values.len() < SESSIONS_MIN { None } else { reach_beyond(&apart(&values), CONFIDENCE) }
    }

    /// The reach that the figures of the group itself show, where there are enough.
    fn of_group(&self, group: &str, metric: Metric, figure: Figure) -> Option<f64> {
        let enough = |reach: &&Reach| reach.is_measured() && reach.figures >= SESSION_FIGURES_MIN;
        self.reaches.get(&(Scope::Group(group, metric), figure)).filter(enough).map(|reach| reach.log)
    }

    /// How far a figure of the group is from that of another session, on the logarithmic axis.
    pub fn reach(&self, group: &str, metric: Metric, figure: Figure) -> f64 {
        let metric = like(metric);
        if let Some(of_group) = self.of_group(group, metric, figure) {
            return of_group;
        }
        let topic = self.topics.get(&(group, metric)).copied().unwrap_or_default();
        let usual = libm::log1p(session_reach(topic, figure));
        // What other groups of the topic show is not enough for one that was hardly measured in today's form.
        let is_measured = self.reaches.get(&(Scope::Group(group, metric), figure)).is_some_and(Reach::is_measured);
        match self.reaches.get(&(Scope::Topic(topic, metric), figure)) {
            Some(own) if is_measured => own.log,
            Some(own) => own.log.max(usual),
            None => usual,
        }
    }
}

fn figure((id, _, first): FigureKey) -> Figure {
    match first {
        None => Figure::Cost,
        Some(first) if first.parameters == id.parameters => Figure::Ratio,
        Some(_) => Figure::Growth,
    }
}

fn topics<'a>(run: &'a Run) -> Topics<'a> {
    // A group is counted in other topics, too.
    let topic = |it: &'a Measurement| match (it.metric, group_of(&it.benchmark.group)) {
        (Metric::UniqueMemory, _) => OWN_MEMORY,
        (_, Some(Group { is_timed_by_timer: true, .. })) => TIMED,
        _ => topic_of(&it.benchmark.group).unwrap_or(&it.topic),
    };
    let varying = run.measurements.iter().filter(|it| it.metric.is_time() || it.metric == Metric::UniqueMemory);
    varying.map(|it| ((&*it.benchmark.group, like(it.metric)), topic(it))).collect()
}

/// How far figures of these sessions of one machine are apart, as shares, by topic and by group, in the forms that the last of
/// them has, of times the wall time: so the constants of `policy::session_reach` are measured.
pub fn session_reaches(runs: &[Run]) -> Vec<(String, Figure, f64)> {
    let Some(last) = runs.last() else { return Vec::new() };
    let (topics, sessions) = (topics(last), runs.iter().map(|run| Session::new(run, last)).collect::<Vec<_>>());
    let share = |((scope, figure), reach): ((Scope, Figure), Reach)| {
        let name = match scope {
            Scope::Topic(_, Metric::CpuTime) | Scope::Group(_, Metric::CpuTime) => return None,
            Scope::Topic(topic, _) => topic.to_owned(),
            Scope::Group(group, Metric::UniqueMemory) => format!("group {group}, {OWN_MEMORY}"),
            Scope::Group(group, _) => format!("group {group}"),
        };
        Some((name, figure, libm::expm1(reach.log)))
    };
    reaches(&sessions, &topics).into_iter().filter_map(share).collect()
}

/// A benchmark in a metric, and what it is divided by.
type FigureKey<'a> = (&'a BenchmarkId, Metric, Option<&'a BenchmarkId>);

/// What says how far figures are apart.
#[derive(Default)]
struct Distances {
    figures: usize,
    sessions: BTreeSet<usize>,
    /// Of each figure of one session to that of another, see [`distance`].
    apart: Vec<(f64, f64)>,
}

impl Distances {
    fn reach(self) -> Option<Reach> {
        let log = reach_beyond(&self.apart, CONFIDENCE)?;
        Some(Reach { log, figures: self.figures, sessions: self.sessions.len() })
    }
}

/// The reach of each scope and figure, by every two of these sessions.
fn reaches<'a>(sessions: &[Session<'a>], topics: &Topics<'a>) -> BTreeMap<(Scope<'a>, Figure), Reach> {
    let mut figures: BTreeMap<FigureKey, (Vec<usize>, Vec<Estimate>)> = BTreeMap::new();
    for (index, session) in sessions.iter().enumerate() {
        for (key, estimate) in session.figures() {
            let (indices, estimates) = figures.entry(key).or_default();
            indices.push(index);
            estimates.push(estimate);
        }
    }
    let mut distances: BTreeMap<(Scope, Figure), Distances> = BTreeMap::new();
    for (key @ (id, metric, _), (indices, estimates)) in figures.into_iter().filter(|(_, (of, _))| of.len() > 1) {
        let topic = topics.get(&(id.group.as_str(), metric)).map(|topic| Scope::Topic(topic, metric));
        for scope in topic.into_iter().chain([Scope::Group(&id.group, metric)]) {
            let known = distances.entry((scope, figure(key))).or_default();
            known.figures += 1;
            known.sessions.extend(&indices);
            known.apart.extend(apart(&estimates));
        }
    }
    distances.into_iter().filter_map(|(key, distances)| Some((key, distances.reach()?))).collect()
}

/// How far a figure of one session is from that of another, on the logarithmic axis: as far as all figures of its group, or as its
/// own where these are farther apart. Each list is one figure, of every session that has it; nothing where too few have it.
pub fn reach_of(own: &[Estimate], group: &[&[Estimate]]) -> Option<f64> {
    let enough = || group.iter().filter(|of| of.len() >= SESSIONS_MIN);
    let of_group: Vec<_> = enough().flat_map(|of| apart(of)).collect();
    let reach = reach_beyond(&of_group, CONFIDENCE)?.max(reach_beyond(&apart(own), CONFIDENCE)?);
    Some(reach).filter(|_| own.len() >= SESSIONS_MIN && enough().count() >= SESSION_FIGURES_MIN)
}

/// Of each value of one figure to that of every other session, see [`distance`].
fn apart(values: &[Estimate]) -> Vec<(f64, f64)> {
    let of_others = |index| values.iter().enumerate().filter(move |(other, _)| *other != index);
    let apart = (0..values.len()).flat_map(|it| of_others(it).map(move |(_, other)| (it, other)));
    apart.map(|(it, other)| distance(values[it], *other)).collect()
}

/// How far the center of another session is, and how far the interval of the rounds reaches to that side, as logarithms.
fn distance(own: Estimate, other: Estimate) -> (f64, f64) {
    let end = if other.center() < own.center() { own.low() } else { own.high() };
    let log = |end: f64| libm::log(end / own.center()).abs();
    (log(other.center()), log(end))
}

impl<'a> Session<'a> {
    /// Each time and memory of a run that can be relied on, of the groups that have the form that they have in the other run, and
    /// without what shows the clock.
    fn new(run: &'a Run, like: &Run) -> Self {
        let is_alike = |group: &str| run.form(group) == like.form(group);
        let varies = |it: &&Measurement| VARYING.contains(&it.metric) && is_alike(&it.benchmark.group);
        let cost = |it: &'a Measurement| {
            let clock_ns = clock_ns(it.metric, it.operations, it.rounds.iter().map(|round| round.min));
            let is_timed = |cost: &Estimate| cost.low() > 0.0 && !is_clock_unlike([clock_ns, 0.0], cost.center());
            Some(((&it.benchmark, it.metric), (it, value_of(it).ok().filter(is_timed)?)))
        };
        Self { run, costs: run.measurements.iter().filter(varies).filter_map(cost).collect() }
    }

    /// The costs, and their ratios to the first of their group at equal parameters and to the first of their function along the
    /// same axes, which are named then.
    fn figures(&self) -> BTreeMap<FigureKey<'a>, Estimate> {
        let mut firsts: BTreeMap<(&str, Metric, &BTreeMap<String, u64>), &Measurement> = BTreeMap::new();
        let mut first_points: BTreeMap<(&str, &str, Metric, Vec<&String>), &Measurement> = BTreeMap::new();
        let mut figures = BTreeMap::new();
        for &(it, cost) in self.run.measurements.iter().filter_map(|it| self.costs.get(&(&it.benchmark, it.metric))) {
            let (id, metric) = (&it.benchmark, it.metric);
            figures.insert((id, metric, None), cost);
            let first = firsts.entry((&id.group, metric, &id.parameters)).or_insert(it);
            let axes = id.parameters.keys().collect();
            let point = first_points.entry((&id.group, &id.function, metric, axes)).or_insert(it);
            for first in [first, point] {
                if let Some(ratio) = ratio_of(it, first).ok().filter(|_| first.benchmark != *id) {
                    figures.insert((id, metric, Some(&first.benchmark)), ratio);
                }
            }
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::fixture;

    /// Runs in which a fork takes so many times as long as a thread.
    fn runs(ratios: &[f64]) -> Vec<Run> {
        let run = |(number, ratio): (usize, &f64)| {
            let mut run = fixture::empty_run();
            run.id = format!("{number:016x}");
            run.measurements = [("fork", 10.0 * ratio), ("thread", 10.0)]
                .map(|(function, ns)| fixture::time("spawn", &format!("spawn/{function}/count=1"), ns, ns, ns))
                .into();
            run
        };
        ratios.iter().enumerate().map(run).collect()
    }

    /// How far the interval of fork ÷ thread reaches to either side, as a factor.
    fn reach(runs: &[Run]) -> f64 {
        let ids = ["fork", "thread"].map(|function| BenchmarkId::new("spawn", function, &[("count", 1)]));
        let sessions = Sessions::new(&runs[0], &runs[1..]);
        let found = sessions.ratio("spawn", ids.each_ref(), Metric::WallTime).unwrap();
        assert!((found.high() / found.center() - found.center() / found.low()).abs() < 1e-9, "{found:?}");
        found.high() / found.center()
    }

    #[test]
    fn few_runs_are_as_far_apart_as_the_sessions_of_the_topic() {
        let expected = 1.0 + session_reach("spawn", Figure::Ratio);
        assert!((reach(&runs(&[5.0])) - expected).abs() < 1e-9);
    }

    #[test]
    fn few_sessions_of_the_machine_widen_the_reach_of_the_topic_only() {
        let of_topic = 1.0 + session_reach("spawn", Figure::Ratio);
        assert!((reach(&runs(&[5.0, 5.0, 5.0])) - of_topic).abs() < 1e-9, "runs of one hour are alike");
        assert!((reach(&runs(&[5.0, 5.0, 10.0])) - 2.0).abs() < 1e-9, "the farthest two of three");
    }

    #[test]
    fn the_sessions_of_the_machine_replace_those_of_the_topic() {
        let runs = runs(&[5.0; SESSIONS_MIN]);
        assert_eq!(reach(&runs), 1.0);
        assert!(Sessions::new(&runs[0], &runs).are_measured());
    }

    #[test]
    fn another_form_of_a_group_is_no_session_of_it() {
        let mut runs = runs(&[5.0, 5.0, 50.0]);
        let of_topic = 1.0 + session_reach("spawn", Figure::Ratio);
        assert!(reach(&runs) > 2.0 * of_topic);
        runs[2].forms.insert("spawn".to_owned(), 2);
        assert!((reach(&runs) - of_topic).abs() < 1e-9);
    }

    /// As many runs as are enough, whose page faults are so many times as long in every other one.
    fn runs_of_cpu(fault: f64) -> Vec<Run> {
        let run = |number: usize| {
            let mut run = fixture::empty_run();
            run.id = format!("{number:016x}");
            let fault = if number.is_multiple_of(2) { 1.0 } else { fault };
            for (group, factor, workers) in [("calc", 1.0, 4), ("fault", fault, 4), ("triad", 1.0, 1)] {
                for count in 1..=workers {
                    for (function, ns) in [("processes", 10.0 * factor), ("threads", 10.0)] {
                        let id = format!("{group}/{function}/workers={count}");
                        run.measurements.push(fixture::time("cpu", &id, ns, ns, ns));
                    }
                }
            }
            run
        };
        (0..SESSIONS_MIN).map(run).collect()
    }

    #[test]
    fn a_group_that_few_sessions_have_in_its_form_is_no_steadier_than_sessions_elsewhere() {
        let mut runs = runs_of_cpu(1.0);
        runs[1..].iter_mut().for_each(|run| run.forms = [("triad".to_owned(), 2)].into());
        let sessions = Sessions::new(&runs[0], &runs[1..]);
        let found = ["calc", "triad"].map(|group| libm::expm1(sessions.reach(group, Metric::WallTime, Figure::Ratio)));
        assert!(found[0].abs() < 1e-9 && (found[1] - session_reach("cpu", Figure::Ratio)).abs() < 1e-9, "{found:?}");
        assert!(!sessions.are_measured());
    }

    #[test]
    fn a_group_with_enough_figures_is_as_steady_as_its_own_sessions_only() {
        let runs = runs_of_cpu(1.5);
        let sessions = Sessions::new(&runs[0], &runs[1..]);
        let reach = |group| libm::exp(sessions.reach(group, Metric::WallTime, Figure::Ratio));
        assert!((reach("calc") - 1.0).abs() < 1e-9);
        assert!((reach("fault") - 1.5).abs() < 1e-9);
        assert!((reach("triad") - 1.5).abs() < 1e-9, "one figure says too little: {}", reach("triad"));
    }

    #[test]
    fn a_figure_that_is_farther_apart_than_its_group_reaches_as_far_as_itself() {
        let mut runs = runs(&[5.0; SESSIONS_MIN]);
        for (number, run) in runs.iter_mut().enumerate() {
            let restless = if number == 0 { 20.0 } else { 10.0 };
            for (count, ns) in (2..40).map(|count| (count, 10.0)).chain([(40, restless)]) {
                run.measurements.push(fixture::time("spawn", &format!("spawn/thread/count={count}"), ns, ns, ns));
            }
        }
        let sessions = Sessions::new(&runs[1], &runs);
        let reach = |count: usize| {
            let value = sessions.value(&runs[1].measurements[count]).unwrap();
            value.high() / value.center()
        };
        assert_eq!([2, 39, 40].map(reach), [1.0, 1.0, 2.0]);
    }

    #[test]
    fn sessions_of_other_topics_show_nothing_of_this_one() {
        let mut runs = runs(&[5.0; SESSIONS_MIN]);
        runs[2..].iter_mut().for_each(|run| run.measurements.clear());
        assert!((reach(&runs) - 1.0 - session_reach("spawn", Figure::Ratio)).abs() < 1e-9, "two of six have it");
        assert!(!Sessions::new(&runs[0], &runs).are_measured());
    }

    #[test]
    fn a_topic_that_the_other_runs_do_not_have_is_not_measured() {
        let mut runs = runs(&[5.0; SESSIONS_MIN]);
        runs[0].measurements.push(fixture::time("memory", "rewrite/thread/dirty_percent=1", 9.0, 9.0, 9.0));
        assert!(!Sessions::new(&runs[0], &runs).are_measured());
    }

    #[test]
    fn a_run_counts_once_and_another_machine_or_a_quick_run_not_at_all() {
        let mut others = runs(&[5.0, 5.0, 50.0, 50.0]);
        others[2].machine.key = crate::model::MachineKey::new("x86_64-another-2c-00000001").unwrap();
        others[3].profile = "quick".to_owned();
        assert_eq!(Sessions::new(&others[0], &others).count(), 2);
    }

    #[test]
    fn a_group_that_is_counted_too_reaches_as_far_as_the_topic_that_times_it() {
        let mut runs = runs(&[5.0]);
        let counted = fixture::time("counters", "spawn/fork/count=1", 1.0, 1.0, 1.0);
        runs[0].measurements.insert(0, fixture::in_metric(counted, Metric::SystemCalls));
        assert!((reach(&runs) - 1.0 - session_reach("spawn", Figure::Ratio)).abs() < 1e-9);
    }

    /// Runs in which a worker of each kind takes so many times 10 of a metric, and the same time.
    fn measured(metric: Metric, factors: &[f64]) -> Vec<Run> {
        let mut runs = runs(factors);
        for (run, factor) in runs.iter_mut().zip(factors) {
            let one = |function| {
                let id = format!("worker_memory/{function}");
                let time = |value| fixture::time("memory", &id, value, value, value);
                [time(5.0), fixture::in_metric(time(10.0 * factor), metric)]
            };
            run.measurements.extend(["forked", "pooled", "thread"].into_iter().flat_map(one));
        }
        runs
    }

    #[test]
    fn each_metric_is_as_far_apart_as_in_its_own_sessions_and_counts_are_exact() {
        let factors = [1.0, 1.0, 1.0, 1.0, 1.0, 2.0];
        for (metric, expected) in [(Metric::UniqueMemory, 20.0), (Metric::CpuTime, 20.0), (Metric::SystemCalls, 10.0)] {
            let runs = measured(metric, &factors);
            let sessions = Sessions::new(&runs[0], &runs[1..]);
            let value = sessions.value(runs[0].measurements.last().unwrap()).unwrap();
            assert!((value.high() - expected).abs() < 1e-9, "{metric}: {value:?}");
            let rows: Vec<_> = session_reaches(&runs).into_iter().map(|(name, figure, _)| (name, figure)).collect();
            assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len(), "a row a name: {rows:?}");
        }
        let few = measured(Metric::UniqueMemory, &factors[3..]);
        let value = Sessions::new(&few[0], &few[1..]).value(few[0].measurements.last().unwrap());
        assert!((value.unwrap().high() - 20.0).abs() < 1e-9, "two of three are as far apart");
    }

    #[test]
    fn a_ratio_of_memory_reaches_as_far_as_what_it_is_made_of() {
        let mut runs = measured(Metric::UniqueMemory, &[1.0; SESSIONS_MIN]);
        let reach = |runs: &[Run]| {
            let ids = ["forked", "thread"].map(|function| BenchmarkId::new("worker_memory", function, &[]));
            let sessions = Sessions::new(&runs[0], &runs[1..]);
            let ratio = sessions.ratio("memory", ids.each_ref(), Metric::UniqueMemory).unwrap();
            ratio.high() / ratio.center()
        };
        assert!((reach(&runs[..1]) - 1.0 - session_reach(OWN_MEMORY, Figure::Ratio)).abs() < 1e-9);
        assert!((reach(&runs) - 1.0).abs() < 1e-9);
        let twice = Estimate::exact(20.0).unwrap();
        runs[0].measurements.iter_mut().for_each(|it| it.estimate = twice);
        assert!((reach(&runs) - 2.0).abs() < 1e-9, "all of one run are twice as large");
    }
}
