//! The page of the real interpreters, and of the native model.

use schemars::JsonSchema;
use serde::Serialize;

use super::answer::claims_section;
use super::{failed_or_skipped, identify, intervals_text};
use crate::advise::answer::{Claim, python_claims, version};
use crate::advise::{Intervals, Python, python};
use crate::model::{MachineKey, Metric, Run};
use crate::report::page::{Cell, Page, Section, Table};
use crate::verdict::{Absent, Sessions, Value};

const COMPUTE: &str = "Speed-up of workers with 4,000,000 square roots each, vs. the same interpreter doing all of it alone. CPUs used: CPU \
                       time of the processes ÷ their wall time. Where a CPU is slower when the others are idle, as on some virtual \
                       machines, threads are above 1×.";
const WAIT: &str = "Speed-up vs. one request after the other; a worker for each, and a server that takes 10 ms.";
const START: &str =
    "Created, started, and waited for; it does nothing. The start methods are those of multiprocessing.";
const WAKE: &str = "From requesting the lock until holding it, next to a thread that computes. The model is the native lock, measured by \
                    `gil_wake`; the difference is the interpreter's.";
const MODEL: &str = "The speed-ups above next to those of the native model, `gil_calc`. The model's step is a hundred native square \
                     roots, the interpreter's one of its own.";

const BRIEF: &str = "Speed-up of as many workers as there are CPUs, with 4,000,000 square roots each, and of 20 requests, \
                     a thread each, vs. the same interpreter alone. CPUs used: by the processes that computed. The \
                     lock is taken from a thread that computes; the interpreter ÷ the native model, less one.";

#[derive(Debug, Serialize, JsonSchema)]
pub struct PythonData<'a> {
    pub run: &'a str,
    pub file: String,
    pub machine: &'a MachineKey,
    pub commit: Option<&'a str>,
    /// Id of the run that has the native model of the lock.
    pub model_run: Option<&'a str>,
    pub interpreters: Vec<Python>,
    pub claims: Vec<Claim>,
    #[serde(skip)]
    source: (&'a Run, Option<&'a Run>),
}

impl<'a> PythonData<'a> {
    pub fn new(run: &'a Run, file: String, model: Option<&'a Run>) -> Self {
        let (machine, commit) = (&run.machine.key, run.commit.id.as_deref());
        let sessions = Sessions::new(run, []);
        let interpreters = python(&sessions, model.map(|it| Sessions::new(it, [])).as_ref());
        let (claims, model_run) = (python_claims(&sessions), model.map(|model| model.id.as_str()));
        Self { run: &run.id, file, machine, commit, model_run, interpreters, claims, source: (run, model) }
    }
}

pub fn python_page(data: &PythonData) -> Page {
    let PythonData { interpreters, source: (run, model), .. } = data;
    let mut page = Page { title: "Threads vs. processes in CPython".to_owned(), ..Page::default() };
    identify(&mut page, run);
    if !data.file.is_empty() {
        page.line("file", data.file.clone());
    }
    page.line("measurements", run.measurements.len().to_string());
    let of = |model: &Run| format!("run {}, started {}", model.id, model.started);
    page.line("intervals", intervals_text(&Intervals::of(&Sessions::new(run, []))));
    page.line(
        "native model",
        model.map_or("no stored run of this machine has it; `cargo bench` measures it".to_owned(), of),
    );
    page.sections = vec![
        claims_section(&data.claims),
        compute(interpreters),
        wait(interpreters),
        start(interpreters),
        wake(interpreters),
        model_speed_ups(interpreters),
        failed_or_skipped(run),
    ];
    page.with_next(format!("`parcost show {}` for all of the run, `parcost answer` for threads or processes", run.id))
}

/// The interpreters in a page about something else: one line each.
pub(super) fn interpreters_section(interpreters: &[Python]) -> Section {
    let names =
        ["python", "lock", "#threads", "#processes", "??#CPUs used", "#requests", "#lock taken in", "#differs by"];
    table("python: the same in CPython", BRIEF, &names, interpreters, |one| {
        vec![
            Cell::factor(&one.calc.threads, false),
            Cell::factor(&one.calc.processes, false),
            Cell::reading_in(&one.cpus, "", false),
            Cell::factor(&one.requests.threads, false),
            Cell::reading(&one.wake, Metric::WallTime, false),
            difference(one, &one.model.wake_difference).without_interval(),
        ]
    })
}

fn compute(interpreters: &[Python]) -> Section {
    let mut names = vec!["python", "lock", "#workers", "#threads", "#processes", "#CPUs used"];
    let has_pools = interpreters.iter().any(|one| !matches!(one.calc_interpreters, Err(Absent::Missing(_))));
    if has_pools {
        names.push("#interpreters");
    }
    table("compute", COMPUTE, &names, interpreters, |one| {
        let mut row = vec![
            Cell::text(one.workers.map_or(String::new(), |workers| workers.to_string())),
            Cell::factor(&one.calc.threads, true),
            Cell::factor(&one.calc.processes, true),
            Cell::reading_in(&one.cpus, "", false),
        ];
        row.extend(has_pools.then(|| Cell::factor(&one.calc_interpreters, true)));
        row
    })
}

fn wait(interpreters: &[Python]) -> Section {
    table("wait: 20 requests", WAIT, &["python", "lock", "#threads", "#processes"], interpreters, |one| {
        vec![Cell::factor(&one.requests.threads, true), Cell::factor(&one.requests.processes, true)]
    })
}

fn start(interpreters: &[Python]) -> Section {
    let has = |index: usize| interpreters.iter().any(|one| !matches!(one.starts[index].time, Err(Absent::Missing(_))));
    let methods = interpreters.first().map_or(0, |one| one.starts.len());
    let shown: Vec<usize> = (0..methods).filter(|&index| has(index)).collect();
    let headings: Vec<String> =
        shown.iter().map(|&index| format!("#{}", interpreters[0].starts[index].method)).collect();
    let names: Vec<&str> = ["python", "lock"].into_iter().chain(headings.iter().map(String::as_str)).collect();
    table("start one more and wait for its end", START, &names, interpreters, |one| {
        shown.iter().map(|&index| Cell::reading(&one.starts[index].time, Metric::WallTime, false)).collect()
    })
}

fn wake(interpreters: &[Python]) -> Section {
    let names = ["python", "lock", "#interpreter", "#model", "#difference"];
    table("take the lock from a thread that computes", WAKE, &names, interpreters, |one| {
        let model = &one.model;
        vec![
            Cell::reading(&one.wake, Metric::WallTime, true),
            Cell::reading(&model.wake, Metric::WallTime, true),
            difference(one, &model.wake_difference),
        ]
    })
}

fn model_speed_ups(interpreters: &[Python]) -> Section {
    let names =
        ["python", "lock", "#model, one lock", "#threads differ by", "#model, a lock each", "#processes differ by"];
    table("compute, vs. the model", MODEL, &names, interpreters, |one| {
        let model = &one.model;
        vec![
            Cell::factor(&model.calc.threads, false),
            difference(one, &model.calc_difference.threads),
            Cell::factor(&model.calc.processes, false),
            difference(one, &model.calc_difference.processes),
        ]
    })
}

/// A table with the interpreter in its first two columns; empty without interpreters.
fn table(
    heading: &str,
    text: &str,
    names: &[&str],
    interpreters: &[Python],
    cells: impl Fn(&Python) -> Vec<Cell>,
) -> Section {
    let row = |one: &Python| {
        let lock = if one.gil { "on" } else { "off" };
        [vec![Cell::text(version(one.python)), Cell::text(lock)], cells(one)].concat()
    };
    Section::new(heading).tabled(text, Table::of(names, interpreters.iter().map(row)))
}

/// How far an interpreter is from the model of the lock, which says nothing of one without a lock.
fn difference(one: &Python, share: &Value) -> Cell {
    match share {
        _ if !one.gil => Cell::text("-"),
        Ok(share) => Cell::Change(*share),
        Err(absent) => Cell::absent(absent),
    }
}
