//! Tables: `series,index,value`; the long one with a row per value; the wide one with a column per series. Other columns
//! are named and not read; the order is free. Commas, semicolons or tabs stand between the cells.

mod table;

use std::collections::BTreeMap;

use self::table::{AXES, COMMIT, COUNTER, IDENTITY, LABEL, NOT_READ, ORDER, TIME, Table, is_one_of};
use crate::ingest::builder::{Builder, Observation, Revision};
use crate::ingest::error::Error;
use crate::ingest::file::Source;
use crate::ingest::format::{ImportFormat, Probe};
use crate::ingest::unit;
use crate::model::Direction;

pub(super) const PLAIN: ImportFormat = ImportFormat {
    name: "csv",
    about: "a table with the columns series, index (in the order of the commits) and value",
    detect: |probe| probe.has_columns(&PLAIN_COLUMNS),
    read: |source, builder| read_rows(source, &PLAIN_COLUMNS, builder),
};

pub(super) const LONG: ImportFormat = ImportFormat {
    name: "csv-long",
    about: "a table with a row per value: time, commit, branch, machine, benchmark, metric, value and more",
    detect: is_long,
    read: |source, builder| read_rows(source, &LONG_NEEDED, builder),
};

pub(super) const WIDE: ImportFormat = ImportFormat {
    name: "csv-wide",
    about: "a table with a column per series beside time, commit or order, as Otava and dashboards keep",
    detect: |probe| {
        let is_other = probe.has_columns(&PLAIN_COLUMNS) || is_long(probe);
        let axes = [&AXES.concat(), IDENTITY].concat();
        let has_axis = probe.has_numbers_beside(&[ORDER, COMMIT, TIME].concat(), &axes);
        !is_other && (has_axis || probe.has_numbers_beside(COUNTER, &[&axes, COUNTER].concat()))
    },
    read: read_wide,
};

pub(super) const PLAIN_COLUMNS: [&str; 3] = ["series", "index", "value"];

/// The columns without which a table is not the long one.
pub(super) const LONG_NEEDED: [&str; 2] = ["benchmark", "value"];

/// What tables with a row per value have beside them and the axes.
const LONG_MORE: [&str; 7] = ["metric", "unit", "better", "suite", "low", "high", "form"];

/// A name beside a value may be that of a release; where each row has a unit, it is that of what was measured.
fn is_long(probe: &Probe<'_>) -> bool {
    probe.has_columns(&LONG_NEEDED) || LABEL.iter().any(|label| probe.has_columns(&[*label, "value", "unit"]))
}

/// A table with a row per value: the plain one, whose index is the order, or the long one.
fn read_rows(source: &Source, needed: &[&str], builder: &mut Builder) -> Result<(), Error> {
    let table = Table::new(source, builder, needed)?;
    let is_plain = needed == PLAIN_COLUMNS;
    let series = [needed[0], "suite", "metric", "unit"];
    let mut axes = table.axes();
    if is_plain {
        axes[0] = table.position("index");
        axes[1] = if table.is_name(axes[1], axes[0], builder)? { axes[1] } else { None };
        axes[3] = None;
    } else if axes[0].is_none() {
        axes[0] = table.counter(&series, axes, builder)?;
    }
    let [order, commit, time, branch, machine] = axes;
    let is_read = |at: usize| is_one_of(&table.titles[at], &[needed, &LONG_MORE].concat());
    table.say_unread(axes, is_read, NOT_READ, builder);
    table.say_mixed(&series, axes, is_read, builder)?;
    table.rows(builder, |row, builder| {
        let name = row.name(needed[0]);
        let order = if is_plain { row.needed(&name, "index", builder) } else { order };
        let order = order.and_then(|at| row.whole(&name, at, builder));
        let value = row.needed(&name, "value", builder).and_then(|at| row.number(&name, at, builder));
        let Some(value) = value.filter(|_| order.is_some() || !is_plain) else { return Ok(()) };
        let direction = match row.cell("better") {
            None => None,
            Some(lower) if lower.eq_ignore_ascii_case("lower") => Some(Direction::LowerIsBetter),
            Some(higher) if higher.eq_ignore_ascii_case("higher") => Some(Direction::HigherIsBetter),
            Some(other) => {
                builder.skip(&name, &format!("better is `{other}`, not lower or higher"));
                None
            }
        };
        let [low, high] = ["low", "high"].map(|end| row.number(&name, table.position(end)?, builder));
        let [commit, branch, machine] = [commit, branch, machine].map(|at| row.cell_at(at?));
        let time = time.and_then(|at| row.time(at, builder));
        builder.enter(row.place, Revision { order, commit, time });
        let [suite, metric, unit] = ["suite", "metric", "unit"].map(|column| row.cell(column));
        // The plain table is one of costs, unless a name says that it is not.
        let says_rate = [Some(&name), metric.as_ref(), unit.as_ref()].into_iter().flatten().any(|it| unit::is_rate(it));
        let is_cost = is_plain && !says_rate;
        let form = row.cell("form").and_then(|form| {
            let parsed = form.parse().ok();
            if parsed.is_none() {
                builder.skip(&name, &format!("form is `{form}`, not a number"));
            }
            parsed.filter(|form| *form != 1)
        });
        let more = Observation { usual: is_cost.then_some(Direction::LowerIsBetter), form, ..Observation::default() };
        builder.add(Observation { suite, name, metric, machine, branch, unit, direction, value, low, high, ..more })
    })
}

fn read_wide(source: &Source, builder: &mut Builder) -> Result<(), Error> {
    let table = Table::new(source, builder, &[])?;
    let mut axes = table.axes();
    let counter = table.counter(&[], axes, builder)?;
    if axes[0].or(axes[2]).is_none() {
        axes[0] = counter;
    }
    if axes[1].is_none() {
        axes[1] = table.identity(axes, builder)?;
    }
    let [order, commit, time, branch, machine] = axes;
    let has_number = table.columns_with_a_number(builder)?;
    let label = table.label(axes, builder)?;
    let is_axis = |at: usize| {
        [&axes[..], &[counter]].concat().contains(&Some(at))
            || is_one_of(&table.titles[at], &AXES.concat())
            || table.is_identity(at)
    };
    let is_series = |at: usize| has_number[at] && !table.titles[at].is_empty() && !is_axis(at) && label != Some(at);
    let series: Vec<usize> = (0..table.titles.len()).filter(|at| is_series(*at)).collect();
    let is_read = |at: usize| is_series(at) || [label, counter].contains(&Some(at)) && !table.is_identity(at);
    table.say_unread(axes, is_read, "the column holds no number", builder);
    let parts = |at: usize| name_and_unit(&table.titles[at]);
    let quantity = |at: usize| (parts(at).0, parts(at).1.map(|unit| unit::base(unit).unit));
    let mut given: BTreeMap<_, usize> = BTreeMap::new();
    series.iter().for_each(|at| *given.entry(quantity(*at)).or_default() += 1);
    // `a (ms)` beside `a (s)` is another series.
    let name = |at: usize| if given[&quantity(at)] > 1 { table.titles[at].as_str() } else { parts(at).0 };
    let columns: Vec<_> = series.iter().map(|at| (*at, name(*at), parts(*at).1)).collect();
    table.rows(builder, |row, builder| {
        let [commit, branch, machine] = [commit, branch, machine].map(|at| row.cell_at(at?));
        let time = time.and_then(|at| row.time(at, builder));
        let order = order.and_then(|at| row.whole("", at, builder));
        builder.enter(row.place, Revision { order, commit, time });
        let label = label.and_then(|at| row.cell_at(at));
        for (at, title, unit) in &columns {
            let Some(value) = row.number(title, *at, builder) else { continue };
            let metric = label.as_ref().map(|_| (*title).to_owned());
            let name = label.clone().unwrap_or_else(|| (*title).to_owned());
            let (unit, branch, machine) = (unit.map(str::to_owned), branch.clone(), machine.clone());
            builder.add(Observation { name, metric, unit, branch, machine, value, ..Observation::default() })?;
        }
        Ok(())
    })
}

/// `decode (ms)` and `decode [ms]`: a name and its unit, where the unit is a known one.
fn name_and_unit(title: &str) -> (&str, Option<&str>) {
    let inside = |open, close| title.strip_suffix(close)?.rsplit_once(open);
    match inside('(', ')').or_else(|| inside('[', ']')) {
        Some((name, unit)) if !name.trim().is_empty() && unit::is_known(unit) => (name.trim_end(), Some(unit)),
        _ => (title, None),
    }
}
