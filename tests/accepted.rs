//! The file of accepted changes: what it accepts, and that whatever is wrong with it is said with its line.

use jiff::civil::date;
use parcost::rooms::model::{BenchmarkId, Direction, Metric};
use parcost::rooms::verdict::{Claim, Limit, Stale, accepted, not_accepted, rules, stale};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A rule that is right, with some of its lines replaced; a line of nothing is left out.
fn written(replaced: &[(&str, &str)]) -> String {
    let mut text = "# reviewed\n[[accepted]]\n".to_owned();
    for (name, line) in [
        ("benchmark", "benchmark = \"spawn/*\""),
        ("metric", "metric = \"wall_time\""),
        ("commit", "commit = \"0123456789ab\""),
        ("factor", "factor = 1.12"),
        ("reason", "reason = \"the price of closing descriptors\""),
        ("expires", "expires = 2027-01-31"),
    ] {
        let line = replaced.iter().find(|(replaced, _)| *replaced == name).map_or(line, |(_, line)| line);
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[test]
fn benchmarks_that_may_stay_inconclusive_are_named_with_a_reason() {
    let inconclusive = |text: &str| rules(&format!("[[inconclusive]]\n{text}")).map(|rules| rules.inconclusive);
    let read = inconclusive("benchmark = \"io/*\"\nreason = \"a shared disk\"\nexpires = 2027-01-31\n").unwrap();
    assert!(read[0].benchmark.covers("io/fsync") && !read[0].benchmark.covers("spawn/fork"));
    assert_eq!((read[0].line, read[0].expires), (1, Some(date(2027, 1, 31))));
    for (text, line, reason) in [
        ("benchmark = \"io/*\"", 1, "missing field `reason`"),
        ("benchmark = \"io/*\"\nreason = \"\"", 3, "the reason is empty"),
        ("benchmark = \"io/[\"\nreason = \"r\"", 2, "is not a pattern"),
        ("benchmark = \"io/*\"\nreason = \"r\"\nfactor = 2.0", 4, "unknown field"),
    ] {
        let refusal = inconclusive(text).unwrap_err();
        assert!(refusal.line == line && refusal.reason.contains(reason), "{text}: {refusal}");
    }
}

#[test]
fn a_rule_says_what_is_written() {
    let all = rules(&written(&[])).unwrap().changes;
    let rule = &all[0];
    assert_eq!((all.len(), rule.line, rule.benchmark.to_string().as_str()), (1, 2, "spawn/*"));
    assert_eq!(
        (rule.metric, rule.commit.as_str(), rule.limit.clone()),
        (Some(Metric::WallTime), "0123456789ab", Limit::Factor(1.12))
    );
    assert_eq!((rule.reason.as_str(), rule.expires), ("the price of closing descriptors", Some(date(2027, 1, 31))));
    assert_eq!(rules("").unwrap().changes.len(), 0);
    let minimal = written(&[("metric", ""), ("expires", "")]);
    assert_eq!(rules(&minimal).unwrap().changes[0].metric, None);
}

#[test]
fn a_level_is_read_in_the_unit_of_its_metric() {
    let cases = [
        ("wall_time", "13.2 µs", 13_200.0),
        ("wall_time", "13.2us", 13_200.0),
        ("cpu_time", "1_500 ns", 1_500.0),
        ("unique_memory", "2 MiB", 2_048.0),
        ("callgrind_instructions", "1.2e5 instructions", 120_000.0),
        ("callgrind_instructions", "1.2 M", 1.2e6),
        ("system_calls", "3", 3.0),
        ("time_per_mebibyte", "1.5 µs/MiB", 1_500.0),
    ];
    for (metric, level, expected) in cases {
        let unit = Metric::from_name(metric).unwrap().unit();
        let lines = [("metric", format!("metric = \"{metric}\"")), ("factor", format!("level = \"{level}\""))];
        let lines: Vec<(&str, &str)> = lines.iter().map(|(name, line)| (*name, line.as_str())).collect();
        assert_eq!(
            rules(&written(&lines)).unwrap().changes[0].limit,
            Limit::Level(expected, unit.to_owned()),
            "{level}"
        );
    }
}

#[test]
fn whatever_is_wrong_is_refused_with_its_line() {
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], usize, &'a str);
    let cases: &[Case] = &[
        ("unknown field", &[("expires", "expire = 2027-01-31")], 8, "unknown field `expire`"),
        ("bad pattern", &[("benchmark", "benchmark = \"spawn/[\"")], 3, "`spawn/[` is not a pattern"),
        ("no benchmark", &[("benchmark", "")], 2, "missing field `benchmark`"),
        ("unknown metric", &[("metric", "metric = \"wall\"")], 4, "`wall` is not a metric; expected one of wall_time"),
        ("empty commit", &[("commit", "commit = \"\"")], 5, "the commit is empty"),
        ("no commit", &[("commit", "")], 2, "missing field `commit`"),
        ("no limit", &[("factor", "")], 2, "give one of `factor`"),
        ("two limits", &[("factor", "factor = 1.1\nlevel = \"13 us\"")], 2, "give one of `factor`"),
        ("an improvement", &[("factor", "factor = 0.9")], 6, "the factor 0.9 accepts nothing"),
        ("no number", &[("factor", "factor = nan")], 6, "accepts nothing"),
        ("endless", &[("factor", "factor = inf")], 6, "accepts nothing"),
        ("in words", &[("factor", "factor = \"10 %\"")], 6, "invalid type: string"),
        ("no unit", &[("factor", "level = \"13\"")], 6, "`13` is not a level of wall_time"),
        ("a number alone", &[("factor", "level = 13.5")], 6, "invalid type: floating point"),
        ("another unit", &[("factor", "level = \"13 KiB\"")], 6, "one of ns, µs, us, ms, s"),
        ("level zero", &[("factor", "level = \"0 ns\"")], 6, "not a level of wall_time"),
        (
            "no level",
            &[("metric", ""), ("factor", "level = \"foo\"")],
            6,
            "or what its tool counts, as in \"770 ops/s\"",
        ),
        ("level zero, of any", &[("metric", ""), ("factor", "level = \"0\"")], 6, "the unit of the series: ns, µs"),
        ("endless level", &[("factor", "level = \"1e400 ms\"")], 6, "`1e400 ms` is not a level of wall_time"),
        ("endless, of any", &[("metric", ""), ("factor", "level = \"1e400 ms\"")], 6, "is not a level; write"),
        ("two numbers", &[("metric", ""), ("factor", "level = \"13 5 ms\"")], 6, "is not a level; write"),
        ("a comma", &[("metric", ""), ("factor", "level = \"1,5 ms\"")], 6, "is not a level; write"),
        ("a unit's case", &[("metric", ""), ("factor", "level = \"135 KB\"")], 6, "kB, MB, GB, KiB"),
        ("no reason", &[("reason", "")], 2, "missing field `reason`"),
        ("empty reason", &[("reason", "reason = \" \"")], 7, "the reason is empty"),
        ("bad date", &[("expires", "expires = 2027-02-31")], 8, "invalid"),
        ("an hour", &[("expires", "expires = 2027-01-31T10:00:00Z")], 8, "is not a day; write only a date"),
        ("a date in words", &[("expires", "expires = \"soon\"")], 8, "invalid type"),
        ("no TOML", &[("reason", "reason: because")], 7, ""),
    ];
    for (name, lines, line, reason) in cases {
        let refusal = rules(&written(lines)).unwrap_err();
        assert!(refusal.line == *line && refusal.reason.contains(reason), "{name}: {refusal}");
    }
    assert!(rules("accept = []").unwrap_err().reason.contains("unknown field"));
}

#[test]
fn accepts_its_change_up_to_its_limit_and_nothing_else() {
    let fork: BenchmarkId = "spawn/fork/count=1".parse().unwrap();
    let calc: BenchmarkId = "calc/threads/workers=1".parse().unwrap();
    let factor = rules(&written(&[])).unwrap().changes;
    let level = rules(&written(&[("factor", "level = \"11 µs\"")])).unwrap().changes;
    let commits = ["ffffffffffffffff".to_owned(), COMMIT.to_owned()];
    let base = Claim {
        benchmark: &fork.to_string(),
        metric: Some(Metric::WallTime),
        direction: Direction::LowerIsBetter,
        ratio: 1.1,
        level: 11_000.0,
        unit: "ns",
        commits: &commits,
    };
    let cases = [
        ("as it is written", base, true, true),
        ("within the floor", Claim { ratio: 1.14, level: 11_200.0, ..base }, true, true),
        ("worse", Claim { ratio: 1.15, level: 11_300.0, ..base }, false, false),
        ("another benchmark", Claim { benchmark: &calc.to_string(), ..base }, false, false),
        ("another metric", Claim { metric: Some(Metric::CpuTime), ..base }, false, false),
        ("another commit", Claim { commits: &commits[..1], ..base }, false, false),
        ("a level of long ago", Claim { ratio: 5.0, ..base }, false, true),
    ];
    for (name, claim, by_factor, by_level) in cases {
        assert_eq!(accepted(&factor, &claim, 0.02).is_some(), by_factor, "{name}");
        assert_eq!(accepted(&level, &claim, 0.02).is_some(), by_level, "{name}");
    }
}

#[test]
fn what_a_rule_does_not_accept_says_what_it_allows() {
    let commits = [COMMIT.to_owned()];
    let base = Claim {
        benchmark: "spawn/fork",
        metric: Some(Metric::WallTime),
        direction: Direction::HigherIsBetter,
        ratio: 0.8,
        level: 15_000.0,
        unit: "ns",
        commits: &commits,
    };
    let why = |lines: &[(&str, &str)], claim: &Claim| {
        not_accepted(&rules(&written(lines)).unwrap().changes, claim).map(|why| why.to_string())
    };
    let cases = [
        (&[][..], base, Some("the rule on line 2 allows 1.12×; measured 1.25×")),
        (&[("factor", "level = \"11 µs\"")], base, Some("the rule on line 2 allows 11000 ns; measured 15000 ns")),
        (&[], Claim { commits: &[], ..base }, Some("the rule on line 2 is for another commit, 0123456789ab")),
        (&[], Claim { benchmark: "calc", ..base }, None),
    ];
    for (lines, claim, expected) in cases {
        assert_eq!(why(lines, &claim).as_deref(), expected);
    }
}

#[test]
fn what_another_tool_names_is_a_place_as_a_whole() {
    let places = ["26", "v1.4.0", "2026-03-01T00:00:00Z", "run-26.json", "c0026", "2600000"].map(str::to_owned);
    let is_accepted = |commit: &str, level: &str, place: usize| {
        let lines = [("metric", ""), ("commit", commit), ("factor", level)];
        let rules = rules(&written(&lines)).unwrap().changes;
        let claim = Claim {
            benchmark: "spawn/x (linux)",
            metric: None,
            direction: Direction::HigherIsBetter,
            ratio: 0.9,
            level: 5.0e6,
            unit: "B/s",
            commits: &places[place..=place],
        };
        accepted(&rules, &claim, 0.0).is_some()
    };
    for (place, name) in places.iter().enumerate() {
        let accepting: Vec<usize> = (0..places.len())
            .filter(|other| is_accepted(&format!("commit = \"{}\"", places[*other]), "factor = 1.2", place))
            .collect();
        assert_eq!(accepting, [place], "{name}");
    }
    let of_rate = |unit: &str, level: &str| {
        let lines = [("metric", ""), ("factor", &*format!("level = \"{level}\""))];
        let rules = rules(&written(&lines)).unwrap().changes;
        let series = [("spawn/x".to_owned(), None, unit.to_owned())];
        stale(&rules[0], &series, &[COMMIT.to_owned()], date(2027, 1, 1)).map(|stale| stale.to_string())
    };
    for (unit, level) in
        [("ops/s", "770 ops/s"), ("ops/s", "770/s"), ("ops/s", "0.77 k/s"), ("allocs/op", "3.00/op"), ("calls", "3")]
    {
        assert_eq!(of_rate(unit, level), None, "{level}");
    }
    for (unit, level) in [("ops/s", "770 bananas"), ("ops/s", "770 ns"), ("allocs/op", "3"), ("ns", "3"), ("B", "3 k")]
    {
        assert!(
            of_rate(unit, level).is_some_and(|stale| stale.contains(&format!("the series is in {unit}"))),
            "{level}"
        );
    }
    for (level, expected) in [("4 MiB/s", true), ("5 MiB/s", false), ("4 MiB", false), ("4", false), ("4 ms", false)] {
        assert_eq!(is_accepted("commit = \"26\"", &format!("level = \"{level}\""), 0), expected, "{level}");
    }
}

#[test]
fn a_rule_about_nothing_or_of_the_past_is_stale() {
    let fork: BenchmarkId = "spawn/fork/count=1".parse().unwrap();
    let rule = &rules(&written(&[])).unwrap().changes[0];
    let series = [(&fork, Metric::WallTime)];
    let known = [COMMIT.to_owned()];
    let day = date(2027, 1, 31);
    let judged = |series: &[(&BenchmarkId, Metric)], known: &[String], today| {
        let named = |(benchmark, metric): &(&BenchmarkId, Metric)| {
            (benchmark.to_string(), Some(*metric), metric.unit().to_owned())
        };
        stale(rule, &series.iter().map(named).collect::<Vec<_>>(), known, today)
    };
    assert_eq!(judged(&series, &known, day), None, "the last day is one on which it holds");
    assert_eq!(judged(&series, &known, day.tomorrow().unwrap()), Some(Stale::Expired(day)));
    assert_eq!(judged(&[(&fork, Metric::CpuTime)], &known, day), Some(Stale::NoSeries(None)));
    assert_eq!(judged(&series, &["ffffffffffffff".to_owned()], day), Some(Stale::NoCommit));
    let twice = [COMMIT.to_owned(), format!("{}ff", &COMMIT[..12])];
    assert_eq!(judged(&series, &twice, day), Some(Stale::ManyCommits(2)));
    let lines = [("metric", ""), ("commit", "commit = \"26\""), ("factor", "level = \"5 widgets\"")];
    let rule = &rules(&written(&lines)).unwrap().changes[0];
    let of_unit = |unit: &str| stale(rule, &[("spawn/x".to_owned(), None, unit.to_owned())], &["26".to_owned()], day);
    // As series were once called.
    let lines = [("metric", ""), ("benchmark", "benchmark = \"* (score)\"")];
    let rule = &rules(&written(&lines)).unwrap().changes[0];
    let named = |name: &str| {
        let measured = [(name.to_owned(), None, "ops/s".to_owned())];
        stale(rule, &measured, &known, day).map(|stale| stale.to_string())
    };
    for (name, expected) in
        [("a score", "write `benchmark = \"* score\"`, or remove"), ("a", "fix `benchmark` or `metric`, or remove")]
    {
        assert!(named(name).is_some_and(|stale| stale.contains(expected)), "{name}: {:?}", named(name));
    }
    assert_eq!(named("a (score)"), None);
    let lines = [("metric", ""), ("benchmark", "benchmark = \"a (widgets)\"")];
    let rule = &rules(&written(&lines)).unwrap().changes[0];
    let of_unit_in_name = |unit: &str| stale(rule, &[("a".to_owned(), None, unit.to_owned())], &known, day).unwrap();
    let [same, other] = ["widgets", "B"].map(|unit| of_unit_in_name(unit).to_string());
    assert!(same.contains("write `benchmark = \"a\"`") && other.contains("fix `benchmark`"), "{same} {other}");
    let lines = [("metric", ""), ("benchmark", "benchmark = \"spawn/fork* (wall_time)\"")];
    let rule = &rules(&written(&lines)).unwrap().changes[0];
    let own = stale(rule, &[(fork.to_string(), Some(Metric::WallTime), "ns".to_owned())], &known, day).unwrap();
    assert!(own.to_string().contains("`benchmark = \"spawn/fork*\"` and `metric = \"wall_time\"`"), "{own}");
    let other = Stale::OtherUnit { rule: "widgets".to_owned(), series: "B".to_owned() };
    assert_eq!((of_unit("B"), of_unit("widgets")), (Some(other), None));
}
