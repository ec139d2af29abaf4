//! Benchmarks that have another name in the candidate: what executes the same there is the same benchmark.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::executions::{self, Totals};
use super::plan::{OneSided, Runner, Subject};
use super::{Error, Plan, Settings, Side};

/// Names of a target on one side alone; with more than these it is another target.
const NAMES_MAX: usize = 20;

/// Finds the new names that execute what a removed name of their target did, and what no other does, and has both measured
/// as one benchmark.
pub fn pair_renamed(plan: &mut Plan, settings: &Settings, scratch: &Path, until: Instant) -> Result<(), Error> {
    for target in std::mem::take(&mut plan.one_sided) {
        let numbers = [target.names.baseline.len(), target.names.candidate.len()];
        if numbers.iter().any(|number| !(1..=NAMES_MAX).contains(number)) {
            continue;
        }
        let known = target.names.try_map(|side, names| totals(&target, side, names, scratch, until))?;
        // What was not counted could be the double of any.
        let (Some(baseline), Some(candidate)) = (known.baseline, known.candidate) else { continue };
        for (executed, new) in &candidate {
            let old = baseline.get(executed).map_or(&[][..], Vec::as_slice);
            if let ([old], [new]) = (old, &new[..]) {
                rename(plan, &target, old, new, settings);
            }
        }
    }
    Ok(())
}

fn rename(plan: &mut Plan, target: &OneSided, old: &str, new: &str, settings: &Settings) {
    plan.added.retain(|(topic, name)| (topic, name.as_str()) != (&target.topic, new));
    plan.removed.retain(|gone| (&gone.topic, gone.benchmark.as_str()) != (&target.topic, old));
    let runner = Runner::Criterion(Box::new(target.programs.clone()));
    let subject = Subject::new(&target.topic, new, settings.class(new), runner);
    plan.subjects.push(Subject { renamed_from: Some(old.to_owned()), ..subject });
}

/// The names of one side by what they execute; none where one of them cannot be counted, or not in time.
fn totals(
    target: &OneSided,
    side: Side,
    names: &[String],
    scratch: &Path,
    until: Instant,
) -> Result<Option<BTreeMap<Totals, Vec<String>>>, Error> {
    let mut known: BTreeMap<Totals, Vec<String>> = BTreeMap::new();
    for name in names {
        if Instant::now() >= until {
            return Ok(None);
        }
        let program = target.programs.of(side);
        let Ok(totals) = executions::totals(program, name, &scratch.join(side.folder()), until)? else {
            return Ok(None);
        };
        known.entry(totals).or_default().push(name.clone());
    }
    Ok(Some(known))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Sides;
    use super::super::plan::removed;
    use super::super::program::made;
    use super::*;

    fn target(baseline: &[&str], candidate: &[&str]) -> OneSided {
        let program = made("t", Path::new("/nowhere"));
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        OneSided {
            topic: "t".to_owned(),
            programs: Sides { baseline: program.clone(), candidate: program },
            names: Sides { baseline: names(baseline), candidate: names(candidate) },
        }
    }

    #[test]
    fn nothing_is_executed_where_one_side_has_nothing_or_the_time_is_over() {
        let now = Instant::now();
        let later = now + Duration::from_secs(3600);
        // Nothing can be made below this, so whatever is executed fails.
        let scratch = Path::new("/dev/null");
        let pair = |target, until| {
            let mut plan = Plan { one_sided: vec![target], ..Plan::default() };
            pair_renamed(&mut plan, &Settings::default(), scratch, until).is_ok()
        };
        assert!(pair(target(&[], &["new"]), later) && pair(target(&["old"], &[]), later));
        assert!(pair(target(&["old"], &["new"]), now) && !pair(target(&["old"], &["new"]), later));
    }

    #[test]
    fn a_name_of_another_target_stays_new() {
        let own = |topic: &str| (topic.to_owned(), "new".to_owned());
        let removed = vec![removed("t", "old"), removed("u", "old")];
        let mut plan = Plan { added: vec![own("t"), own("u")], removed, ..Plan::default() };
        rename(&mut plan, &target(&["old"], &["new"]), "old", "new", &Settings::default());
        assert_eq!((plan.added, plan.removed.len(), plan.subjects.len()), (vec![own("u")], 1, 1));
    }
}
