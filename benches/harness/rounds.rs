//! Benchmarks that take turns: in each round each of them once, in a fresh process, in an order drawn for the round.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::{Duration, Instant};

use fastrand::Rng;
use parcost::bench::{
    Capacity, Class, PROBE_AVAILABILITY_MIN, PROBE_CAPACITY_MIN, PROBE_USUAL, ROUND_AVAILABILITY_MIN, ROUND_WORK_MIN,
    ROUNDS_FACTOR_MAX, WorkerError, capacity, class_of, cores, cpus_needed, has_awake_workers, has_independent_workers,
    median, median_interval, quantile, ratio_target, stolen_ns, topic_of,
};

use super::launcher::{Answer, Launcher};
use super::pace::{Pace, Rounds, unmeasured};
use super::witness::Witness;

/// Seeds that every reader of JSON takes up exactly.
const SEED_BITS: u32 = 52;

/// No set goes on for more rounds than this, whatever its time: a ratio that so many leave wide is wide.
const ROUNDS_MAX: usize = 60;

/// Stolen time is counted in so many ns.
const TICK_NS: u64 = 10_000_000;

/// How long to wait before a probe that falls short after starts is repeated, ms: the kernel is done with workers that have ended.
const PAUSES_AFTER_STARTS: [u64; 3] = [5, 10, 20];

/// Who takes so long for a round, with what is outside of the clock, has no more of them for a narrower ratio without a budget:
/// three of these are the time of ten others.
const ROUND_LONG: Duration = Duration::from_millis(100);

/// No more repeats of disturbed rounds in vain than this: what disturbs a benchmark so long stays.
const VAIN_MAX: usize = 2;

/// The names of a sample's CPU availability, overlap and CPU time in the sample log.
const GRANTED: &str = "granted";
const OVERLAP: &str = "overlap";
const CPU_TIME: &str = "process_cpu_ns";

/// A benchmark in its turns.
pub(crate) struct Subject {
    id: String,
    pace: Pace,
    rounds: Vec<Round>,
    /// Disturbed rounds that another one stands for.
    replaced: usize,
    failure: Option<WorkerError>,
}

/// What a fresh process measured.
struct Round {
    order_seed: u64,
    /// The least CPU availability that was seen in it or right after it.
    cpu_availability: f64,
    answers: Vec<Answer>,
    /// From the start of its process to its end.
    whole: Duration,
}

/// What this topic has shown of the CPUs so far.
#[derive(Default)]
pub(crate) struct Probes {
    /// What so many of them did together in each probe.
    rates: BTreeMap<usize, Vec<f64>>,
    /// The best round's share of its workers' time, by what share it is, the group and the parameters.
    best: BTreeMap<(&'static str, String), f64>,
}

/// How many rounds were measured, and how many of them lacked CPUs; what the ratios are of, and whether each met its target.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) measured: usize,
    pub(crate) disturbed: usize,
    pub(crate) ratios: Vec<(Class, bool)>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Tally) {
        self.measured += other.measured;
        self.disturbed += other.disturbed;
        self.ratios.extend(other.ratios);
    }
}

impl Subject {
    pub(crate) fn new(id: &str, pace: Pace) -> Self {
        Self { id: id.to_owned(), pace, rounds: Vec::new(), replaced: 0, failure: None }
    }

    /// What each sample took, in the order of the rounds, or why the benchmark failed.
    pub(crate) fn samples(&self) -> Result<Vec<Duration>, String> {
        let answers = self.rounds.iter().flat_map(|round| &round.answers);
        let samples = answers.map(|answer| Duration::from_nanos(answer.elapsed_ns)).collect();
        self.failure.as_ref().map_or(Ok(samples), |error| Err(error.reason().to_owned()))
    }

    /// Its parameters as text; empty where it has none.
    fn parameters(&self) -> &str {
        self.id.splitn(3, '/').nth(2).unwrap_or_default()
    }

    fn good_rounds(&self) -> usize {
        self.rounds.iter().filter(|round| round.is_good()).count()
    }

    /// The ratios to another, of the rounds that were good for both.
    fn ratios(&self, other: &Subject) -> Vec<f64> {
        let good = |subject: &Subject| -> BTreeMap<u64, f64> {
            subject.rounds.iter().filter(|it| it.is_good()).map(|it| (it.order_seed, it.median())).collect()
        };
        let others = good(other);
        good(self).into_iter().filter_map(|(seed, time)| Some(time / others.get(&seed)?)).collect()
    }

    /// Whether it has failed, and takes no further turns.
    fn is_over(&self) -> bool {
        self.failure.is_some()
    }

    /// Whether both have as many good rounds together as they may end with; what failed has none.
    fn has_enough_with(&self, other: &Subject) -> bool {
        self.is_over() || other.is_over() || self.ratios(other).len() >= self.pace.rounds.least as usize
    }

    /// Whether a round takes so long that no more of them are worth it: more may still tell one stray round from two kinds of them.
    fn is_long(&self) -> bool {
        let whole: Duration = self.rounds.iter().map(|round| round.whole).sum();
        let medians = || self.rounds.iter().filter(|round| round.is_good()).map(Round::median);
        let (least, most) = (medians().fold(f64::INFINITY, f64::min), medians().fold(0.0, f64::max));
        whole > ROUND_LONG * self.rounds.len() as u32 && most <= least * ROUNDS_FACTOR_MAX
    }

    /// How far the interval of its ratios may reach to either side.
    fn factor(&self) -> f64 {
        1.0 + ratio_target(class_of(&self.id))
    }

    fn is_narrow(&self, other: &Subject) -> bool {
        is_narrow(&self.ratios(other), self.factor())
    }

    /// Whether its ratio to another is known well enough, or would not be with a few more rounds, or for a price: of these the
    /// interval drops the outermost ratio of either side, so where the others are as wide they help little.
    fn is_known(&self, other: &Subject) -> bool {
        let mut ratios = self.ratios(other);
        ratios.sort_by(f64::total_cmp);
        let inner = ratios.get(1..ratios.len().saturating_sub(1)).unwrap_or_default();
        let is_last = self.rounds.len() >= self.pace.rounds.wide as usize || self.is_long() || other.is_long();
        self.is_over() || is_last || is_narrow(&ratios, self.factor()) || !is_narrow(inner, self.factor())
    }

    /// Measures a round of its own. One that lacked a CPU is repeated on the spot: what disturbs has often gone, and those that it
    /// takes turns with need not go again. Of two that lacked one the better stays.
    fn take_turn(&mut self, mut measure: impl FnMut() -> Result<Round, WorkerError>) {
        let is_hopeful = self.rounds.len() - self.good_rounds() < VAIN_MAX;
        let mut round = measure();
        if is_hopeful && round.as_ref().is_ok_and(|round| !round.is_good()) {
            self.replaced += 1;
            let again = measure();
            let is_worse = |(first, again): (&Round, &Round)| again.cpu_availability < first.cpu_availability;
            if !round.as_ref().ok().zip(again.as_ref().ok()).is_some_and(is_worse) {
                round = again;
            }
        }
        match round {
            Ok(round) => self.rounds.push(round),
            Err(error) => self.failure = Some(error),
        }
    }

    /// Leaves out the rounds that were disturbed, where there are enough others.
    fn choose(&mut self) {
        if self.good_rounds() >= self.pace.rounds.least as usize {
            self.rounds.retain(Round::is_good);
        }
    }
}

/// Whether the interval of the median of ratios is within the target; of none it is.
fn is_narrow(ratios: &[f64], factor: f64) -> bool {
    median_interval(ratios)
        .zip(median(ratios))
        .is_none_or(|(interval, center)| interval.high < center * factor && interval.low > center / factor)
}

impl Round {
    fn is_good(&self) -> bool {
        self.cpu_availability >= ROUND_AVAILABILITY_MIN
    }

    fn median(&self) -> f64 {
        median(&self.answers.iter().map(|answer| answer.elapsed_ns as f64).collect::<Vec<_>>()).unwrap_or(0.0)
    }
}

impl Probes {
    /// The least share of so many CPUs that this probe shows; all of them where it shows nothing.
    ///
    /// One CPU is as fast as it is: that moves all mechanisms alike, and the reference workloads show it. Several that become
    /// slower together share a core, or their time, with somebody unseen, which moves only what needs several.
    fn share(&mut self, cpus: usize, found: Capacity) -> f64 {
        let rates = self.rates.entry(cpus).or_default();
        rates.insert(rates.partition_point(|rate| *rate < found.rate), found.rate);
        self.seen(cpus, &found)
    }

    /// The same, by the probes of before.
    fn seen(&self, cpus: usize, found: &Capacity) -> f64 {
        let usual = self.rates.get(&cpus).and_then(|rates| quantile(rates, PROBE_USUAL)).unwrap_or(found.rate);
        let capacity = if cpus > 1 { found.rate / usual } else { 1.0 };
        let shares = [(found.cpu_availability, PROBE_AVAILABILITY_MIN), (capacity, PROBE_CAPACITY_MIN)];
        shares.into_iter().filter(|(share, least)| share < least).map(|(share, _)| share).fold(1.0, f64::min)
    }

    /// How much of the time of its workers a round has, compared with the best round: the least of two shares, and 1 where it is
    /// no less than [`ROUND_WORK_MIN`].
    ///
    /// Workers that never sleep use all of their CPUs. Those that share nothing are all at work from the start to the end: with
    /// the same work on CPUs that are alike they end together, and on unlike ones always as far apart. Who ends later than that
    /// lost its CPU, even where only the host knows.
    fn work_share(&mut self, id: &str, answers: &[Answer]) -> f64 {
        let overlaps = answers.iter().filter_map(|answer| answer.reading(OVERLAP)).collect();
        let used = |answer: &Answer| Some(answer.reading(CPU_TIME)? / answer.elapsed_ns as f64);
        let used = answers.iter().filter_map(used).collect();
        let shares: [(_, _, Vec<f64>); 2] =
            [(OVERLAP, has_independent_workers(id), overlaps), (CPU_TIME, has_awake_workers(id), used)];
        let mut names = id.splitn(3, '/');
        let alike = format!("{}/{}", names.next().unwrap_or_default(), names.nth(1).unwrap_or_default());
        let mut least: f64 = 1.0;
        for (name, _, found) in shares.into_iter().filter(|(_, is_meant, _)| *is_meant) {
            let Some(found) = median(&found) else { continue };
            let best = self.best.entry((name, alike.clone())).or_default();
            *best = best.max(found);
            least = least.min(found / *best);
        }
        if least < ROUND_WORK_MIN { least } else { 1.0 }
    }
}

/// Measures all subjects in turns and records it: as many rounds as may be the last, and more of those that have not enough
/// undisturbed ones or no narrow ratio, with what their ratio is to. Until a deadline those without a narrow ratio go on. One
/// that fails takes no further turns.
pub(crate) fn measure(
    subjects: &mut [Subject],
    deadline: Option<Instant>,
    probes: &mut Probes,
    witness: &mut Witness,
) -> io::Result<Tally> {
    let Some(Rounds { least, wide, most }) = subjects.first().map(|it| it.pace.rounds) else {
        return Ok(Tally::default());
    };
    let mut seeds = Vec::new();
    let mut open: BTreeSet<usize> = (0..subjects.len()).collect();
    for end in [least, wide, most] {
        while seeds.len() < end as usize && !open.is_empty() {
            seeds.push(turn(subjects, &open, probes));
        }
        open = unsettled(subjects, Subject::is_known);
    }
    while deadline.is_some_and(|deadline| Instant::now() < deadline) && seeds.len() < ROUNDS_MAX {
        let is_enough = |one: &Subject, other: &Subject| one.is_over() || other.is_over() || one.is_narrow(other);
        open = unsettled(subjects, is_enough);
        if open.is_empty() {
            break;
        }
        seeds.push(turn(subjects, &open, probes));
    }
    let measured = subjects.iter().map(|subject| subject.rounds.len() + subject.replaced).sum();
    let good: usize = subjects.iter().map(Subject::good_rounds).sum();
    let ratios = targets_met(subjects);
    subjects.iter_mut().for_each(Subject::choose);
    record(subjects, &seeds, witness)?;
    Ok(Tally { measured, disturbed: measured - good, ratios })
}

/// One round of those at these places, in an order that the returned seed gives.
fn turn(subjects: &mut [Subject], open: &BTreeSet<usize>, probes: &mut Probes) -> u64 {
    let order_seed = fastrand::u64(..1 << SEED_BITS);
    let turns = subjects.iter_mut().enumerate().filter(|(place, it)| open.contains(place) && it.failure.is_none());
    let mut order: Vec<&mut Subject> = turns.map(|(_, subject)| subject).collect();
    Rng::with_seed(order_seed).shuffle(&mut order);
    for subject in order {
        let (id, pace) = (subject.id.clone(), subject.pace);
        subject.take_turn(|| round(&id, pace, order_seed, probes));
    }
    order_seed
}

/// Of each ratio to the first at equal parameters, or where a subject is that itself, to the first of all, what it is of and
/// whether it met its target.
fn targets_met(subjects: &[Subject]) -> Vec<(Class, bool)> {
    let reference = |subject: &Subject| {
        let alike = subjects.iter().find(|other| other.parameters() == subject.parameters());
        alike.filter(|other| other.id != subject.id).or(subjects.first()).filter(|other| other.id != subject.id)
    };
    let met = |subject: &Subject| Some((class_of(&subject.id), subject.is_narrow(reference(subject)?)));
    subjects.iter().filter(|subject| subject.failure.is_none()).filter_map(met).collect()
}

/// The places of the subjects that need more rounds, in pairs that a ratio is made of: those at equal parameters that have too
/// few good rounds together, and those whose ratio to the first of these, or to the first of all, where a curve begins, is
/// not known enough.
fn unsettled(subjects: &[Subject], is_enough: impl Fn(&Subject, &Subject) -> bool) -> BTreeSet<usize> {
    let all = 0..subjects.len();
    let is_like = |one: usize, other: usize| subjects[one].parameters() == subjects[other].parameters();
    let first = |place: usize| all.clone().find(|&other| is_like(place, other)).unwrap_or(place);
    let open = |&[place, other]: &[usize; 2]| {
        let (one, another) = (&subjects[place], &subjects[other]);
        let is_ratio = other == 0 || is_like(place, other);
        is_ratio && !one.has_enough_with(another) || [0, first(place)].contains(&other) && !is_enough(one, another)
    };
    let pairs = all.clone().flat_map(|place| all.clone().map(move |other| [place, other]));
    pairs.filter(open).flatten().collect()
}

/// One round of one benchmark: the samples of a fresh process, and what the CPUs were there for.
fn round(id: &str, pace: Pace, order_seed: u64, probes: &mut Probes) -> Result<Round, WorkerError> {
    let (start, stolen) = (Instant::now(), stolen_ns());
    let mut launcher = Launcher::start("launch")?;
    for _ in 0..unmeasured(pace.operation) {
        launcher.run(id, 1)?;
    }
    let answers: Result<Vec<Answer>, _> =
        (0..pace.samples_per_round).map(|_| launcher.run(id, pace.iterations)).collect();
    launcher.finish()?;
    let mut answers = answers?;
    let whole = start.elapsed();
    let all_ns = whole.as_nanos() as f64 * cores() as f64;
    // Of time counted in ticks, one may be of before.
    let unstolen = 1.0 - (stolen_ns() - stolen).saturating_sub(TICK_NS) as f64 / all_ns;
    let own: Vec<f64> = answers.iter().filter_map(|answer| answer.reading(GRANTED)).collect();
    let worked = probes.work_share(id, &answers);
    // Where one CPU is enough and its work says what it waited, a probe would say the same of a later moment.
    let is_known = cpus_needed(id).len() == 1 && !own.is_empty();
    let probed = if is_known { 1.0 } else { probed(id, probes) };
    let cpu_availability = median(&own).unwrap_or(1.0).min(unstolen).min(probed).min(worked);
    for answer in &mut answers {
        let share = answer.reading(GRANTED).unwrap_or(1.0);
        // What a round was short of, each of its samples may have been.
        let share = if cpu_availability < ROUND_AVAILABILITY_MIN { share.min(cpu_availability) } else { share };
        answer.readings.retain(|(name, _)| name != GRANTED);
        answer.readings.push((GRANTED.to_owned(), share.max(0.0)));
    }
    Ok(Round { order_seed, cpu_availability, answers, whole })
}

/// Whether workers start and end inside the clock of a benchmark.
fn starts_workers(id: &str) -> bool {
    let mut names = id.split('/');
    match (names.next().unwrap_or_default(), names.next().unwrap_or_default()) {
        ("split", function) => ["thread", "fork"].contains(&function),
        (group, _) => topic_of(group) == Some("spawn"),
    }
}

/// The share of the CPUs of a benchmark that its probe shows. Of workers that end the kernel has more to do for some ms, which a
/// first probe meets; another one finds who stays. Only the best of them counts for what is usual.
fn probed(id: &str, probes: &mut Probes) -> f64 {
    let cpus = cpus_needed(id);
    let mut best = capacity(cpus.clone());
    for &pause in if starts_workers(id) { &PAUSES_AFTER_STARTS[..] } else { &[] } {
        if probes.seen(cpus.len(), &best) >= 1.0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(pause));
        let another = capacity(cpus.clone());
        if probes.seen(cpus.len(), &another) > probes.seen(cpus.len(), &best) {
            best = another;
        }
    }
    probes.share(cpus.len(), best)
}

/// Writes the rounds in their order.
fn record(subjects: &[Subject], seeds: &[u64], witness: &mut Witness) -> io::Result<()> {
    for (number, &order_seed) in (1..).zip(seeds) {
        witness.round(order_seed)?;
        for subject in subjects {
            let answers = subject.rounds.iter().filter(|round| round.order_seed == order_seed);
            for Answer { elapsed_ns, work, readings } in answers.flat_map(|round| &round.answers) {
                witness.sample(&subject.id, number, subject.pace.iterations, *elapsed_ns, *work, readings)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        rounds: Rounds { least: 3, wide: 5, most: 6 },
        samples_per_round: 1,
        iterations: 1,
        operation: Duration::from_millis(1),
    };

    /// A benchmark whose rounds took so long, ns, and had so much of their CPUs; their seeds are 0, 1, 2 …
    fn subject(rounds: &[(u64, f64)]) -> Subject {
        let answer = |elapsed_ns| Answer { elapsed_ns, work: 1, readings: Vec::new() };
        let round = |(order_seed, &(elapsed_ns, cpu_availability)): (u64, &(u64, f64))| Round {
            order_seed,
            cpu_availability,
            answers: vec![answer(elapsed_ns)],
            whole: Duration::ZERO,
        };
        Subject { rounds: (0..).zip(rounds).map(round).collect(), ..Subject::new("spawn/b", PACE) }
    }

    #[test]
    fn a_benchmark_has_enough_rounds_when_its_ratio_is_narrow_and_they_had_their_processors() {
        let is_settled = |one: &Subject, first: &Subject| one.has_enough_with(first) && one.is_known(first);
        let first = subject(&[(100, 1.0), (200, 1.0), (300, 1.0), (400, 1.0), (500, 1.0)]);
        let cases = [
            ("in turn", vec![(200, 1.0), (400, 1.0), (600, 1.0)], true),
            ("one ratio apart", vec![(200, 1.0), (400, 1.0), (700, 1.0)], false),
            ("all ratios apart", vec![(200, 1.0), (500, 1.0), (900, 1.0), (1600, 1.0)], true),
            ("a disturbed round", vec![(200, 1.0), (400, 1.0), (600, 0.5)], false),
            ("too few", vec![(200, 1.0), (400, 1.0)], false),
            ("more do not make it narrower", [200, 400, 700, 900, 1000].map(|ns| (ns, 1.0)).to_vec(), true),
            ("more may be undisturbed", vec![(200, 1.0), (400, 0.5), (600, 0.5), (800, 1.0)], false),
        ];
        for (name, rounds, expected) in cases {
            assert_eq!(is_settled(&subject(&rounds), &first), expected, "{name}");
        }
        // One of its ratios is apart, as above.
        for (rounds, expected) in
            [([(400, 1.0), (400, 1.0), (700, 1.0)], true), ([(200, 1.0), (400, 1.0), (700, 1.0)], false)]
        {
            let mut long = subject(&rounds);
            long.rounds.iter_mut().for_each(|round| round.whole = ROUND_LONG + Duration::from_millis(1));
            assert_eq!(is_settled(&long, &first), expected);
        }
        let failed = Subject { failure: Some(WorkerError::Failed("it ended".to_owned())), ..subject(&[]) };
        assert!(is_settled(&failed, &first) && failed.samples() == Err("it ended".to_owned()));
    }

    #[test]
    fn only_those_whose_ratio_is_wide_go_on_with_what_it_is_to() {
        let of = |id: &str, rounds: [u64; 3]| Subject { id: id.to_owned(), ..subject(&rounds.map(|ns| (ns, 1.0))) };
        let (steady, wide) = ([100, 200, 300], [100, 200, 600]);
        let subjects = [
            of("spawn/x/n=1", steady),
            of("spawn/y/n=1", steady),
            of("spawn/x/n=2", steady),
            of("spawn/y/n=2", steady),
            of("spawn/z/n=2", wide),
        ];
        assert_eq!(unsettled(&subjects, Subject::is_known), BTreeSet::from([0, 2, 4]));
        assert_eq!(unsettled(&subjects[..4], Subject::is_known), BTreeSet::new());

        // The first of all was there in three rounds, the two others not in the same.
        let disturbed = |id: &str, missing: usize| {
            let round = |place| (100 + place as u64, if place == missing { 0.5 } else { 1.0 });
            Subject { id: id.to_owned(), ..subject(&[0, 1, 2, 3].map(round)) }
        };
        let subjects = [disturbed("spawn/x", 4), disturbed("spawn/y", 0), disturbed("spawn/z", 1)];
        assert_eq!(unsettled(&subjects, Subject::is_known), BTreeSet::from([1, 2]));
    }

    #[test]
    fn a_ratio_has_to_be_nearer_where_the_processor_alone_decides_it() {
        for (group, class, is_met) in [("spawn", Class::System, true), ("calc", Class::Compute, false)] {
            let named =
                |function, rounds: &[(u64, f64)]| Subject { id: format!("{group}/{function}"), ..subject(rounds) };
            let steady = named("x", &[(100, 1.0), (100, 1.0), (100, 1.0)]);
            let like = named("y", &[(100, 1.0), (101, 1.0), (102, 1.0)]);
            let near = named("z", &[(100, 1.0), (104, 1.0), (108, 1.0)]);
            let wide = named("w", &[(100, 1.0), (150, 1.0), (200, 1.0)]);
            let expected = [true, is_met, false].map(|is_met| (class, is_met));
            assert_eq!(targets_met(&[steady, like, near, wide]), expected);
        }
        assert_eq!(targets_met(&[]), []);
    }

    #[test]
    fn a_disturbed_round_is_repeated_on_the_spot_until_that_was_in_vain_twice() {
        let mut subject = subject(&[]);
        let mut shares = [0.5, 1.0, 1.0, 0.5, 0.4, 0.3, 0.5, 0.5, 1.0, 0.5].into_iter();
        let mut measured = 0;
        while let Some(share) = shares.next() {
            let mut share = Some(share);
            subject.take_turn(|| {
                measured += 1;
                let cpu_availability = share.take().or_else(|| shares.next()).unwrap();
                Ok(Round { order_seed: measured, cpu_availability, answers: Vec::new(), whole: Duration::ZERO })
            });
        }
        let kept: Vec<(u64, f64)> = subject.rounds.iter().map(|it| (it.order_seed, it.cpu_availability)).collect();
        assert_eq!(kept, [(2, 1.0), (3, 1.0), (4, 0.5), (7, 0.5), (8, 0.5), (9, 1.0), (10, 0.5)]);
        assert_eq!(subject.replaced, 3);
    }

    #[test]
    fn disturbed_rounds_are_left_out_where_there_are_enough_others() {
        let chosen = |rounds: &[(u64, f64)]| {
            let mut subject = subject(rounds);
            subject.choose();
            subject.samples().unwrap().iter().map(|sample| sample.as_nanos()).collect::<Vec<_>>()
        };
        assert_eq!(chosen(&[(1, 1.0), (2, 0.97), (3, 0.98), (4, 1.0)]), [1, 3, 4]);
        assert_eq!(chosen(&[(1, 1.0), (2, 0.97), (3, 0.98)]), [1, 2, 3]);
    }

    #[test]
    fn several_cpus_that_lose_a_tenth_of_their_speed_are_shared_and_one_cpu_is_as_fast_as_it_is() {
        let shares = |cpus, rates: [f64; 6]| {
            let mut probes = Probes::default();
            rates.map(|rate| probes.share(cpus, Capacity { rate, cpu_availability: 0.99 }))
        };
        assert_eq!(shares(2, [10.0, 9.0, 5.0, 8.5, 5.0, 5.0]), [1.0, 1.0, 5.0 / 9.5, 1.0, 5.0 / 9.0, 5.0 / 8.875]);
        assert_eq!(shares(1, [10.0, 9.0, 5.0, 8.0, 5.0, 5.0]), [1.0; 6]);
        let waited = Probes::default().share(1, Capacity { rate: 10.0, cpu_availability: 0.5 });
        assert_eq!(waited, 0.5);
    }

    #[test]
    fn split_jobs_with_new_workers_start_them_as_those_of_spawn_do() {
        let found =
            ["spawn/thread/count=1", "crash/threads", "split/fork/roots=2", "split/alone/roots=2", "calc/threads"];
        assert_eq!(found.map(starts_workers), [true, true, true, false, false]);
    }

    #[test]
    fn workers_that_were_at_work_for_less_than_in_the_best_round_lacked_a_cpu() {
        let mut probes = Probes::default();
        let mut share = |id: &str, readings: &[(&str, f64)]| {
            let readings = readings.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
            probes.work_share(id, &[Answer { elapsed_ns: 100, work: 1, readings }])
        };
        let rounds = [("threads", 0.8), ("processes", 1.0), ("threads", 0.95), ("threads", 0.75)];
        let shares = rounds.map(|(function, overlap)| {
            let once = share(&format!("calc/{function}/workers=2"), &[(OVERLAP, overlap)]);
            (once, share(&format!("lock/{function}/workers=2"), &[(OVERLAP, overlap)]))
        });
        assert_eq!(shares, [1.0, 1.0, 1.0, 0.75].map(|share| (share, 1.0)));
        assert_eq!(share("calc/threads/workers=4", &[(OVERLAP, 0.5)]), 1.0);
        assert_eq!(share("calc/threads/workers=2", &[]), 1.0);
        let rounds = [200.0, 190.0, 120.0].map(|cpu_ns| {
            ["map/processes", "map/threads", "calc/threads", "lock/threads"]
                .map(|name| share(&format!("{name}/workers=4"), &[(CPU_TIME, cpu_ns)]))
        });
        assert_eq!(rounds, [[1.0; 4], [1.0; 4], [0.6, 1.0, 0.6, 1.0]]);
    }

    #[test]
    fn a_round_has_the_samples_of_one_process_and_the_share_of_its_processors() {
        let found = round("calc/floor", PACE, 7, &mut Probes::default()).unwrap();
        assert_eq!((found.order_seed, found.answers.len()), (7, 1));
        let share = found.answers[0].reading(GRANTED).unwrap();
        assert!((0.0..=1.0).contains(&share) && (0.0..=1.0).contains(&found.cpu_availability), "{share}");
        assert!(matches!(round("no/thing", PACE, 7, &mut Probes::default()), Err(WorkerError::Failed(_))));
    }
}
