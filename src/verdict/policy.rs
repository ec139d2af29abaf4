//! Every threshold of the judges: one constant, its reason and its row in one table, from which help, docs and pages print.

use crate::model::Class;

/// A threshold as it is printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    pub name: &'static str,
    /// Shares as shares: 0.02 is 2 %.
    pub value: f64,
    /// `%`, `×`, or what is counted.
    pub unit: &'static str,
    pub used_by: &'static str,
    pub why: &'static str,
}

macro_rules! thresholds {
    ($($name:ident: $type:ty = $value:expr, $unit:literal, $used_by:literal, $why:literal;)*) => {
        $(#[doc = $why] pub const $name: $type = $value;)*
        /// All thresholds, in the order of the documentation.
        pub const THRESHOLDS: &[Threshold] = &[$(Threshold {
            name: stringify!($name), value: $value as f64, unit: $unit, used_by: $used_by, why: $why,
        }),*];
    };
}

thresholds! {
    CHANGE_SYSTEM: f64 = 0.02, "%", "gate, compare, trend",
        "smallest change that counts where the cost is the system's: calls, wake-ups, copies, devices. Builds of one source, and the \
         kernel's own state, move them by 1 to 2 %";
    CHANGE_COMPUTE: f64 = 0.03, "%", "gate, compare",
        "the same where the cost is the processor's own work: even with aligned loops, code layout moves it by up to 3 %";
    CHANGE_COMPUTE_UNALIGNED: f64 = 0.05, "%", "gate",
        "the same where the project's flags keep loops from being aligned: code layout moves it by 5 % and more";
    CHANGE_OTHER_CLOCK: f64 = 0.10, "%", "gate",
        "the same of the clock that is not the main one: wall time of computing, CPU time of all else. Work that loses its \
         parallelism, waits or spins moves it by far more, other programs' load by less";
    CHANGE_SESSION: f64 = 0.08, "%", "compare",
        "the same with fewer than three runs a side, where the reach between sessions is not wider: one binary moves by 2 to 8 % from \
         one session to the next, and single groups by far more";
    CHANGE_ONE_PROCESS: f64 = SESSION_COST_SPAWN, "%", "compare",
        "the same with one process a side, or one file of another tool, which shows no spread: the widest reach of times between sessions. \
         Single groups go further, `map/threads` by 61 %";
    CHANGE_COUNT: f64 = 0.005, "%", "gate, compare, trend",
        "smallest change of a count that counts: addresses, paths and random hash seeds move counts by up to 0.2 %";
    CHANGE_COUNT_THREADED: f64 = 0.01, "%", "gate, compare", "the same where several threads work: who waits for whom is chance";
    CHANGE_INSTRUCTIONS: f64 = 100.0, "instructions", "gate, compare, trend",
        "and the smallest in instructions: in a function of a few hundred one `if` is many per cent";
    CHANGE_CALLS: f64 = 0.5, "calls", "trend",
        "and the smallest in system calls or allocations of a series with zeros, which has no ratio";
    CHANGE_FAULTS: f64 = 1.0, "faults", "trend",
        "the same in page faults or context switches, of which the system adds one now and then";
    COUNT_SAME: f64 = 0.001, "%", "gate, compare, trend",
        "counts that differ by less are the same: environment and paths alone make so much";
    COUNT_SPREAD_FACTOR: f64 = 3.0, "×", "gate, compare, trend",
        "how many times the spread of the baseline's own counts a change has to exceed";
    CHANGE_COUNT_MAX: f64 = 0.05, "%", "gate, compare",
        "highest threshold that the jitter of the baseline's counts may lead to: beyond it a count is not deterministic";
    COUNT_COLLAPSED: f64 = 0.1, "%", "gate, compare",
        "a count that falls to this share lost its work to the optimizer or to an early return";
    NOTHING_NS: f64 = 1.0, "ns", "gate", "a time that falls below this, and to that share, is less than a call: its work is gone, too";
    CONFIDENCE: f64 = 0.95, "%", "gate, compare, trend, answer", "confidence of every interval that states no other";
    ROUND_AVAILABILITY_MIN: f64 = 0.98, "%", "cargo bench",
        "a round with less CPU availability is measured again, while there are rounds left";
    ROUND_WORK_MIN: f64 = 0.9, "%", "cargo bench",
        "so is one whose workers, where they never sleep, used less than this share of the CPU time ÷ time of the best round, or, where \
         they share nothing, were all at work for less than this share of what they were in the best round";
    PROBE_AVAILABILITY_MIN: f64 = 0.95, "%", "cargo bench",
        "the same of the probe beside a round, which is shorter, so that one interrupt shows more";
    PROBE_CAPACITY_MIN: f64 = 0.90, "%", "cargo bench",
        "several CPUs that together do less than this share of what they usually do share a core or their time with others; two on one \
         core do little more than half";
    PROBE_USUAL: f64 = 0.75, "%", "cargo bench",
        "quantile of the topic's probes that is called usual: the best one is an outlier, and the median is slow where most are";
    ROUND_RATIO_TARGET: f64 = 0.05, "%", "cargo bench",
        "a benchmark has enough rounds when the interval of its ratio to the first of its set is narrower to either side";
    ROUND_RATIO_TARGET_COMPUTE: f64 = 0.03, "%", "cargo bench",
        "the same where the cost is the processor's own work, which nothing but the processor moves";
    ADVICE_DIFFERENCE: f64 = 0.05, "%", "answer",
        "smallest difference of threads and processes that advice rests on: who gains less by a choice gains more by what is simpler, \
         and what lies nearer to 1 is significant in one session and not in the next";
    CROSSING_FACTOR_MAX: f64 = 2.0, "×", "answer",
        "a crossover whose interval is wider, or open, is printed by what it lies between: its middle would be taken for what it is";
    SESSIONS_MIN: usize = 6, "sessions", "show, answer, compare",
        "runs of a machine from which on its own sessions say how far they are apart; fewer may be minutes apart, so that only a wider \
         reach counts";
    SESSION_FIGURES_MIN: usize = 3, "figures", "show, answer, compare",
        "figures of a group from which on they say how far sessions are apart in it, in place of those of its topic: mappings move by 18 % \
         where page faults move by 3.6 %";
    SESSION_COST_SPAWN: f64 = 0.44, "%", "show, answer, compare", "reach of times between sessions: starts";
    SESSION_RATIO_SPAWN: f64 = 0.09, "%", "show, answer, compare", "reach of ratios at equal parameters between sessions: starts";
    SESSION_GROWTH_SPAWN: f64 = 0.20, "%", "show, answer, compare", "reach of ratios along an axis between sessions: starts";
    SESSION_COST_MEMORY: f64 = 0.43, "%", "show, answer, compare", "reach of times between sessions: handing over, waking, writing";
    SESSION_RATIO_MEMORY: f64 = 0.21, "%", "show, answer, compare",
        "reach of ratios at equal parameters between sessions: handing over, waking, writing";
    SESSION_GROWTH_MEMORY: f64 = 0.47, "%", "show, answer, compare",
        "reach of ratios along an axis between sessions: handing over, waking, writing";
    SESSION_COST_CPU: f64 = 0.10, "%", "show, answer, compare", "reach of times between sessions: work on several CPUs";
    SESSION_RATIO_CPU: f64 = 0.07, "%", "show, answer, compare",
        "reach of ratios at equal parameters between sessions: work on several CPUs";
    SESSION_GROWTH_CPU: f64 = 0.23, "%", "show, answer, compare", "reach of ratios along an axis between sessions: work on several CPUs";
    SESSION_COST_IO: f64 = 0.37, "%", "show, answer, compare", "reach of times between sessions: echo, cached reads";
    SESSION_RATIO_IO: f64 = 0.07, "%", "show, answer, compare", "reach of ratios at equal parameters between sessions: echo, cached reads";
    SESSION_GROWTH_IO: f64 = 0.11, "%", "show, answer, compare", "reach of ratios along an axis between sessions: echo, cached reads";
    SESSION_COST_GIL: f64 = 0.09, "%", "show, answer, compare", "reach of times between sessions: computing under locks";
    SESSION_RATIO_GIL: f64 = 0.02, "%", "show, answer, compare",
        "reach of ratios at equal parameters between sessions: computing under locks";
    SESSION_GROWTH_GIL: f64 = 0.20, "%", "show, answer, compare", "reach of ratios along an axis between sessions: computing under locks";
    SESSION_COST_TIMED: f64 = 0.05, "%", "show, answer, compare", "reach of times between sessions: what a timer decides: requests, waits";
    SESSION_RATIO_TIMED: f64 = 0.04, "%", "show, answer, compare",
        "reach of ratios at equal parameters between sessions: what a timer decides: requests, waits";
    SESSION_GROWTH_TIMED: f64 = 0.04, "%", "show, answer, compare",
        "reach of ratios along an axis between sessions: what a timer decides: requests, waits";
    SESSION_OWN_MEMORY: f64 = 0.08, "%", "show, answer, compare", "reach of a worker's own memory, and of its ratios, between sessions";
    CONFIDENCE_UNCHANGED: f64 = 0.90, "%", "gate, compare",
        "confidence of the interval that has to lie within twice the threshold: 5 % on either side";
    CHANGE_MEDIAN: f64 = 0.25, "%", "gate",
        "a benchmark regressed when its median samples, or all its operations together, take so much longer: it is slow now and then, \
         and never in the best of ten";
    CONFIDENCE_MEDIAN: f64 = 0.999, "%", "gate",
        "confidence of the interval that has to lie beyond it: medians and means are noisier, and stand beside the test";
    FALSE_DISCOVERY_RATE: f64 = 0.05, "%", "gate, compare",
        "share of false ones among all changes that are reported, on average (Benjamini and Hochberg)";
    MISSED: f64 = 0.05, "%", "gate, compare", "how often a change of the minimum detectable size is missed: power .95";
    DETECTABLE_Z: f64 = 4.9, "standard errors", "gate",
        "a change so far beyond the threshold is found 19 times in 20: 3.29 make it one in 2,000, 1.64 leave one in 20 below";
    PAIRS_FIRST: usize = 15, "pairs", "gate",
        "pairs before the first look: the fewest that let one benchmark in a hundred be significant, 3 / 2^15 < 0.05 / 200";
    PAIRS_SECOND: usize = 30, "pairs", "gate", "pairs before the second look";
    PAIRS_LAST: usize = 60, "pairs", "gate", "pairs before the last look";
    FEW_PAIRS_EACH: f64 = 2.0, "×", "gate",
        "with fewer pairs than a first look takes, a benchmark regressed when the candidate takes so much longer in every pair";
    FEW_PAIRS_TOGETHER: f64 = 100.0, "×", "gate",
        "and when the pairs' ratios multiply to so much, of the smallest samples and of the medians: 1 pair at 100×, 4 pairs at 3.2×. \
         The smallest samples of two pairs of one program came to 12×";
    FAILED_MAX: f64 = 0.2, "%", "gate", "with more of the pairs lost, those that are left are a choice, not a sample";
    CRASHED_MAX: f64 = 0.05, "%", "gate",
        "a candidate regressed when more of its processes fail, at least 2, and more than twice as many as of the baseline's";
    SEEN_SHARE: f64 = 0.9, "%", "gate",
        "share of the benchmarks after which `--budget auto` waits for no more: the last take as long as all others together";
    SEEN_CHANGE: f64 = 0.05, "%", "gate",
        "a benchmark that is not decided counts among them when so small a change would have been found in it";
    CONTROL_SHARE: f64 = 0.1, "%", "gate",
        "share of the benchmarks that are measured once more with the baseline on both sides: what changes there is noise, and the \
         machine unfit";
    STOLEN_MAX: f64 = 0.1, "%", "gate", "with more of the processors' time taken by the hypervisor, a pair is no longer a pair";
    LAYOUT_MAX: f64 = 0.2, "%", "gate", "largest change that code layout may explain: it moved tight loops by up to 6 % where they are aligned, by far more elsewhere";
    RUNS_MIN: usize = 3, "runs", "compare", "runs a side from which on the run is the replicate: two show no spread";
    PROCESSES_MIN: usize = 3, "processes", "compare", "fresh processes a side below which nothing is judged";
    SAMPLES_FACTOR_MAX: f64 = 1.5, "×", "compare",
        "where the sides' numbers of samples differ by more, medians are compared: the minimum of more samples is smaller";
    CLOCK_NS: f64 = 100.0, "ns", "compare, trend",
        "what reading the clock may add to a sample: where that is beyond 2 % of a value, and its samples have unlike numbers of \
         operations, it is not judged. A round trip of 75 ns showed 130 to 190 ns with one operation a sample";
    REFERENCE_FACTOR_MAX: f64 = 2.0, "×", "gate, compare, trend",
        "a machine that takes so many times as long for a reference workload is no longer the same machine";
    ROUNDS_FACTOR_MAX: f64 = 2.0, "×", "answer, show",
        "rounds of a time that differ by more, or their ratios, are of two kinds and have no common median; of eight and more rounds the outermost of either \
         side is left out. So it is with 109 of 4,468 times of twelve runs, one of them beside compilers";
    FORECAST_TIE_MAX: f64 = 1.5, "×", "answer",
        "a forecast that is not significantly more expensive than the cheapest, and yet takes so many times as long, is inconclusive, and no tie";
    EXPLAINED_FACTOR: f64 = 3.0, "×", "compare, trend",
        "a control accounts for so many times its own change: work may depend more than a reference workload on what slowed down";
    LOWER_BOUNDS_MIN: usize = 2, "lower bounds", "compare, trend",
        "lower bounds that have to change together when it is the machine: one alone may be the change of its own code";
    LOWER_BOUNDS_SHARE: f64 = 0.5, "%", "compare, trend", "more than this share of the lower bounds has to change together";
    MOST_SHARE: f64 = 0.5, "%", "compare, trend", "share of all series that has to change together when no reference workload was measured";
    MOST_SERIES_MIN: usize = 8, "series", "compare, trend", "fewest series that this share is taken of: half of a few is soon together";
    TREND_WINDOW: usize = 80, "commits", "trend",
        "newest commits of a level that are judged together: more would find smaller steps, and take a slow drift for one";
    TREND_START: usize = 20, "commits", "trend",
        "commits before a first verdict on a time: fewer leave no statistic rare enough for the rate of false alarms";
    TREND_BEFORE_MIN: usize = 5, "commits", "trend",
        "commits before a step: that fewer lie apart from all that follow is not rare enough, however many follow";
    TREND_AFTER_MIN: usize = 5, "commits", "trend", "commits after a step: none is reported sooner, and a spike of fewer is never reported";
    TREND_ROUNDS_MIN: usize = 3, "rounds", "trend", "rounds that the value of a time needs: the median of fewer depends on one process";
    TREND_NOISE_FACTOR: f64 = 1.0, "×", "trend",
        "a step or a drift has to reach so many spreads of its noisier side: a smaller one is lost in the noise";
    TREND_NOVELTY: f64 = 0.8, "%", "trend", "share of the level's past that a new level lies beyond: one that it visits often is not new";
    TREND_PERSISTENCE: usize = 3, "commits", "trend", "newest commits whose median has to be at the new level still";
    TREND_LEVEL_MEMORY: usize = 60, "commits", "trend",
        "commits for which a level that was left is remembered, to call a step back returned";
    COUNTS_START: usize = 4, "commits", "trend",
        "commits before a first verdict on a count: two that give the level, and two that confirm another";
    DRIFT_BLOCK: usize = 4, "commits", "trend",
        "commits whose median is one value of a drift: noise of one commit lingers over a few of its neighbours";
    DRIFT_BLOCKS_MIN: usize = 6, "values", "trend", "fewest such values in a drift: what is over sooner is a step that came in parts";
    DRIFT_Z: f64 = 3.481, "standard errors", "trend",
        "the test of Mann and Kendall that a drift passes: 1 in 2,000 for independent values, either way";
    SUSPECTED_SPREADS: f64 = 3.0, "×", "trend",
        "a step is suspected when all values since a commit lie so many spreads beyond the level before it; two alone twice as far";
    NOISIER_FACTOR: f64 = 2.0, "×", "trend", "a series is noisier since a commit when its spread grew so much";
    NOISIER_Z: f64 = 4.5, "standard errors", "trend",
        "and when the rank statistic of its deviations exceeds this: deviations may linger where levels do not";
    REFERENCE_CONFIDENCE: f64 = 0.99, "%", "trend", "confidence with which a reference workload changed along with a step";
    DETECTABLE_COMMITS: usize = 20, "commits", "trend", "commits within which a change of the minimum detectable size is found";
    DETECTABLE_POWER: f64 = 0.9, "%", "trend",
        "share of the simulated futures in which it is found, so that in at least 80 % it really is, whatever the noise";
    DETECTABLE_MAX: f64 = 10.0, "×", "gate, compare, trend",
        "a larger minimum detectable change is printed as none below this; no verdict rests on it";
    LOCATION_LIKELIHOOD: f64 = 4.0, "log likelihood", "trend",
        "splits this close to the likeliest are the interval of commits: it holds the true one in 96 to 99 % of simulated histories of \
         every family of noise";
    LOCATION_REACH: f64 = 9.0, "log likelihood", "trend",
        "splits this close are as far as a change may be off: what overlaps there may have one cause. It holds the true one in 999 of \
         1,000 simulated histories of independent noise";
    ENDED_COMMITS: usize = 3, "commits", "trend",
        "a series has ended after so many commits without a value, while others of its topic have one: one or two may have failed";
    RENAMED_COUNT: f64 = 100.0, "units", "trend",
        "smaller values that are no times are often equal by chance: a series of them continues in its own group alone";
    RENAMED_CHANGE: f64 = 0.10, "%", "trend",
        "a series that begins where another ends, and no further from its level, may be the same under a new name";
    CLOCK_SHARE: f64 = 0.03, "%", "compare, trend",
        "difference of the clock rate that is reported: a processor's work takes as much longer";
    TEMPERATURE_C: f64 = 10.0, "°C", "compare, trend", "difference of the hottest sensor that is reported: the room and the fans do less";
    MEMORY_FACTOR: f64 = 2.0, "×", "compare, trend", "difference of the available memory that is reported: the file cache does less";
    LOAD_PER_CPU_MAX: f64 = 0.1, "tasks per CPU", "doctor, compare, trend",
        "load from which on others are in the way: a quiet system's services stay below it";
    STEAL_TIMING_MAX: f64 = 0.01, "%", "doctor, compare, trend", "share of time stolen by the hypervisor that moves times";
    STEAL_RATIOS_MAX: f64 = 0.1, "%", "doctor", "share of time stolen by the hypervisor that moves ratios, too";
    STEAL_TICKS_MIN: f64 = 100.0, "ticks", "doctor, compare, trend", "ticks of 10 ms that show a share to one hundredth";
    PRESSURE_PERCENT_MAX: f64 = 5.0, "% of 10 s", "doctor, compare, trend", "time in which tasks waited that is more than the odd wake-up";
}

/// The numbers of pairs after which a gate looks at what it measured.
pub const LOOKS: [usize; 3] = [PAIRS_FIRST, PAIRS_SECOND, PAIRS_LAST];

/// The smallest change of a time that counts.
pub fn change_threshold(class: Class, aligned: bool) -> f64 {
    match class {
        Class::System => CHANGE_SYSTEM,
        Class::Compute if aligned => CHANGE_COMPUTE,
        Class::Compute => CHANGE_COMPUTE_UNALIGNED,
    }
}

/// How near to either side the interval of a ratio has to be for a benchmark to have enough rounds.
pub fn ratio_target(class: Class) -> f64 {
    match class {
        Class::System => ROUND_RATIO_TARGET,
        Class::Compute => ROUND_RATIO_TARGET_COMPUTE,
    }
}

/// What is printed of a benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// A time in itself.
    Cost,
    /// A time ÷ that of another mechanism at equal parameters.
    Ratio,
    /// A time ÷ that at other parameters: what curves are made of.
    Growth,
}

/// The scope of groups whose times a timer decides.
pub const TIMED: &str = "timed";

/// The scope of memory that a worker has for itself.
pub const OWN_MEMORY: &str = "own memory";

const SESSION_REACHES: [(&str, [f64; 3]); 7] = [
    ("spawn", [SESSION_COST_SPAWN, SESSION_RATIO_SPAWN, SESSION_GROWTH_SPAWN]),
    ("memory", [SESSION_COST_MEMORY, SESSION_RATIO_MEMORY, SESSION_GROWTH_MEMORY]),
    ("cpu", [SESSION_COST_CPU, SESSION_RATIO_CPU, SESSION_GROWTH_CPU]),
    ("io", [SESSION_COST_IO, SESSION_RATIO_IO, SESSION_GROWTH_IO]),
    ("gil", [SESSION_COST_GIL, SESSION_RATIO_GIL, SESSION_GROWTH_GIL]),
    (TIMED, [SESSION_COST_TIMED, SESSION_RATIO_TIMED, SESSION_GROWTH_TIMED]),
    (OWN_MEMORY, [SESSION_OWN_MEMORY; 3]),
];

/// How far a figure of another session is from this one, as a share, by the topic or the timer that it belongs to; of a
/// topic that was not measured, as far as the farthest of those that were.
pub fn session_reach(scope: &str, figure: Figure) -> f64 {
    let reach = |(_, reaches): &(&str, [f64; 3])| reaches[figure as usize];
    let measured = SESSION_REACHES.iter().find(|(name, _)| *name == scope);
    measured.map_or_else(|| SESSION_REACHES.iter().map(reach).fold(0.0, f64::max), reach)
}

impl Threshold {
    pub fn named(name: &str) -> Option<&'static Threshold> {
        THRESHOLDS.iter().find(|threshold| threshold.name == name)
    }

    /// `2 %`, `3×`, `100 instructions`.
    pub fn text(&self) -> String {
        match self.unit {
            "%" => percent(self.value),
            "×" => format!("{}×", self.value),
            unit => format!("{} {unit}", self.value),
        }
    }
}

/// A share in per cent: `0.5 %`.
pub fn percent(share: f64) -> String {
    // Rounded, since 0.07 × 100 is not 7.
    format!("{} %", (share * 1e4).round() / 1e2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_printed_with_its_unit() {
        let text = |name| Threshold::named(name).unwrap().text();
        assert_eq!(["CHANGE_COUNT", "EXPLAINED_FACTOR", "RUNS_MIN"].map(text), ["0.5 %", "3×", "3 runs"]);
    }

    #[test]
    fn the_docs_print_every_threshold() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/method.md");
        let text = std::fs::read_to_string(&path).expect("docs/method.md is part of the repository");
        let (before, rest) = text.split_once("<!-- thresholds -->\n").expect("a mark before the table");
        let (_, after) = rest.split_once("<!-- /thresholds -->").expect("a mark after the table");
        let row = |threshold: &Threshold| {
            let Threshold { name, used_by, why, .. } = threshold;
            format!("| `{name}` | {} | {used_by} | {why} |\n", threshold.text())
        };
        let rows: String = THRESHOLDS.iter().map(row).collect();
        let head = "| threshold | value | used by | why |\n|---|---|---|---|\n";
        let expected = format!("{before}<!-- thresholds -->\n{head}{rows}<!-- /thresholds -->{after}");
        if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
            std::fs::write(&path, expected).expect("docs/method.md can be written");
        } else {
            assert!(
                text == expected,
                "docs/method.md is out of date; write it with `SNAPSHOTS=overwrite cargo test policy`"
            );
        }
    }
}
