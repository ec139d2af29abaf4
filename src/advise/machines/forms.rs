//! What machines measured under one name and in unlike forms, which is not compared.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::overview::MachineRuns;
use crate::model::{Omission, Run};

/// The groups that the run of each machine has in an older form than that of another machine.
pub fn older_groups(machines: &[MachineRuns]) -> Vec<Vec<Omission>> {
    let forms = |machine: &MachineRuns| -> BTreeMap<String, i16> {
        let groups = machine.run.measurements.iter().map(|it| &it.benchmark.group);
        groups.map(|group| (group.clone(), machine.run.form(group))).collect()
    };
    let forms: Vec<_> = machines.iter().map(forms).collect();
    let older = |own: &BTreeMap<String, i16>| {
        let newer = own.iter().filter_map(|(group, &form)| {
            let &newest = forms.iter().filter_map(|forms| forms.get(group)).max()?;
            (newest > form).then(|| Omission::of_form(group, form, newest))
        });
        newer.collect()
    };
    forms.iter().map(older).collect()
}

/// The run of each machine without these groups, which are missing for that reason.
pub fn without_older<'a>(machines: &[MachineRuns<'a>]) -> Vec<Cow<'a, Run>> {
    let without = |(machine, older): (&MachineRuns<'a>, Vec<Omission>)| {
        if older.is_empty() {
            return Cow::Borrowed(machine.run);
        }
        let mut run = machine.run.clone();
        run.measurements.retain(|it| older.iter().all(|group| group.what != it.benchmark.group));
        run.omissions.extend(older);
        Cow::Owned(run)
    };
    machines.iter().zip(older_groups(machines)).map(without).collect()
}

/// The machines with other runs in the place of theirs.
pub fn with_runs<'a>(machines: &[MachineRuns<'a>], runs: &'a [Cow<Run>]) -> Vec<MachineRuns<'a>> {
    let with_run =
        |(machine, run): (&MachineRuns<'a>, &'a Cow<Run>)| MachineRuns { run, others: machine.others.clone() };
    machines.iter().zip(runs).map(with_run).collect()
}
