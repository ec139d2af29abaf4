//! What a history is once all observations are in: which series are one, what each value is called by, and what remains to be remarked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::draft::{Draft, Key, Merged, key};
use super::super::error::Error;
use super::{Builder, Revision};
use crate::model::{
    Direction, INTERCHANGE_SCHEMA_VERSION, Interchange, InterchangePoint, InterchangeSeries, NO_DIRECTION, RemarkKind,
    labels,
};

/// So many machines with fewer values each than a first verdict needs have no history of their own.
const MACHINES_MIN: usize = 8;
const VALUES_MIN: usize = 4;

impl Builder {
    /// The history of all that was added.
    ///
    /// Fails where no series is left, and says why.
    pub(in super::super) fn finish(mut self) -> Result<Interchange, Error> {
        let undirected = self.undirected_labels();
        if self.drafts.is_empty() {
            return Err(self.nothing(undirected));
        }
        for name in undirected {
            self.remarks.add(RemarkKind::Skipped, &name, NO_DIRECTION);
        }
        self.say_useless_direction();
        self.keep_newest_forms();
        self.join_passing_machines()?;
        self.name_by_file();
        self.say_splits();
        for draft in &mut self.drafts {
            for text in draft.finish() {
                self.remarks.add(RemarkKind::Changed, &draft.series.name, &text);
            }
        }
        let series = self.drafts.into_iter().map(|draft| draft.series).collect();
        let mut remarks = self.ready;
        self.remarks.list().into_iter().for_each(|remark| remark.join(&mut remarks));
        let source = if self.sources.is_empty() { self.format.to_owned() } else { self.sources.join(", ") };
        Ok(Interchange { schema_version: INTERCHANGE_SCHEMA_VERSION, source, series, remarks })
    }

    /// The names of the series without a direction, beside those of the others.
    fn undirected_labels(&self) -> Vec<String> {
        if self.undirected.is_empty() {
            return Vec::new();
        }
        let named = self.drafts.iter().map(|draft| &draft.series).chain(self.undirected.values());
        labels(&named.collect::<Vec<_>>(), self.drafts.len()).split_off(self.drafts.len())
    }

    /// Why there is no series at all.
    fn nothing(self, undirected: Vec<String>) -> Error {
        let (file, format) = (self.file, self.format);
        if !undirected.is_empty() {
            return Error::Direction { file, series: undirected };
        }
        let remarks = self.remarks.list();
        let skipped = remarks.iter().find(|remark| remark.kind == RemarkKind::Skipped && !remark.about.is_empty());
        let Some(remark) = skipped else { return Error::Empty { file, format } };
        let about = Some(&remark.about[0]).filter(|about| !about.is_empty()).map(|about| format!("`{about}`"));
        let first: Vec<String> = [about, remark.place(), Some(remark.text.clone())].into_iter().flatten().collect();
        Error::AllSkipped { file, first: first.join(": ") }
    }

    /// Says where what the user says of the direction is of no use.
    fn say_useless_direction(&mut self) {
        let is_other = |better: &Direction| self.drafts.iter().all(|draft| draft.series.direction != *better);
        if let Some(better) = self.assumed.better.filter(is_other) {
            let text = format!(
                "--better {} is of no use: each series says by its unit or its file that the other way is",
                better.better()
            );
            self.remarks.add(RemarkKind::Skipped, "--better", &text);
        }
    }

    /// Leaves a benchmark in its newest form alone: values of unlike forms are of two benchmarks.
    fn keep_newest_forms(&mut self) {
        let benchmark_and_form = |draft: &Draft| {
            let [benchmark @ .., _] = key(&draft.series);
            (benchmark, draft.series.form_number())
        };
        let mut newest: BTreeMap<_, i16> = BTreeMap::new();
        for (benchmark, form) in self.drafts.iter().map(benchmark_and_form) {
            newest.entry(benchmark).and_modify(|newest| *newest = form.max(*newest)).or_insert(form);
        }
        self.drafts.retain(|draft| {
            let (benchmark, form) = benchmark_and_form(draft);
            let is_newest = newest[&benchmark] == form;
            if !is_newest {
                let about = format!("{} {}", draft.series.name, draft.series.metric.as_deref().unwrap_or_default());
                let reason = "the benchmark itself changed, and the series begins with its newest form";
                self.remarks.add(RemarkKind::Skipped, about.trim_end(), reason);
            }
            is_newest
        });
    }

    /// Makes one series of those of many machines of which hardly one comes again, as those that a cloud lends for one run.
    fn join_passing_machines(&mut self) -> Result<(), Error> {
        let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, draft) in self.drafts.iter().enumerate().filter(|(_, draft)| draft.series.machine.is_some()) {
            let [suite, name, metric, _, rest @ ..] = key(&draft.series);
            groups.entry((suite, name, metric, rest)).or_default().push(at);
        }
        groups.retain(|_, places| {
            places.retain(|at| self.drafts[*at].series.points.len() < VALUES_MIN);
            places.len() >= MACHINES_MIN
        });
        let passing: BTreeSet<usize> = groups.into_values().flatten().collect();
        // Histories are read as they are.
        if passing.is_empty() || !self.sources.is_empty() {
            return Ok(());
        }
        let mut points = Vec::new();
        for (at, mut draft) in std::mem::take(&mut self.drafts).into_iter().enumerate() {
            if !passing.contains(&at) {
                self.drafts.push(draft);
                continue;
            }
            let entries: Vec<usize> = draft.merged.iter().map(|merged| merged.entry).collect();
            draft.settle();
            let own = std::mem::take(&mut draft.series.points);
            let series = InterchangeSeries { machine: None, ..draft.series };
            points.extend(entries.into_iter().zip(own).map(|(entry, point)| (entry, series.clone(), point)));
        }
        self.places = self.drafts.iter().enumerate().map(|(at, draft)| (key(&draft.series), at)).collect();
        self.points -= points.len();
        points.sort_by_key(|(entry, ..)| *entry);
        for (entry, series, point) in points {
            let text = "its values are of many machines, hardly one of which comes again: they are one series, in which another \
                        machine may look like a change";
            self.remarks.add(RemarkKind::Changed, &series.name, text);
            self.entry = entry;
            self.revision = Revision { order: point.order, commit: point.commit.clone(), time: point.time.clone() };
            self.add_point(series, point, None)?;
        }
        Ok(())
    }

    /// Says in which file each value stands, where each of several files has one of every series and names no commit.
    fn name_by_file(&mut self) {
        let short = |path: &str| Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
        let names: BTreeSet<_> = self.files.iter().map(|(_, path)| short(path)).collect();
        let name =
            |path: &String| short(path).filter(|_| names.len() == self.files.len()).unwrap_or_else(|| path.clone());
        let named = self.drafts.iter().map(|draft| {
            let of_file =
                |merged: &Merged| self.files.partition_point(|(first, _)| *first <= merged.entry).checked_sub(1);
            let is_bare = |point: &InterchangePoint| point.commit.is_none() && point.order.is_none();
            let files: Vec<usize> = draft.merged.iter().map(of_file).collect::<Option<_>>()?;
            let is_single = files.is_sorted_by(|left, right| left < right);
            (is_single && draft.series.points.iter().all(is_bare)).then_some(files)
        });
        let Some(named) = named.collect::<Option<Vec<_>>>().filter(|_| self.files.len() > 1) else { return };
        for (draft, files) in self.drafts.iter_mut().zip(named) {
            for (point, file) in draft.series.points.iter_mut().zip(files) {
                point.file = Some(name(&self.files[file].1));
            }
        }
    }

    /// Says where one name became several series, because its unit or its direction is not always the same.
    fn say_splits(&mut self) {
        let mut kinds: BTreeMap<Key, Vec<String>> = BTreeMap::new();
        for draft in &self.drafts {
            let series = &draft.series;
            let unit = series.unit.as_deref().unwrap_or("no unit");
            let kind = format!("{unit}, {} is better", series.direction.better());
            let [suite, name, metric, machine, branch, ..] = key(series);
            kinds.entry([suite, name, metric, machine, branch, None, None, None]).or_default().push(kind);
        }
        for (key, kinds) in kinds.iter().filter(|(_, kinds)| kinds.len() > 1) {
            let text =
                format!("it has several units or directions: it is {} series ({})", kinds.len(), kinds.join("; "));
            self.remarks.add(RemarkKind::Changed, key[1].as_deref().unwrap_or_default(), &text);
        }
    }
}
