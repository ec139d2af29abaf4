//! Where two ways of doing a work are held against each other.

use crate::model::Run;

/// At which parameters.
pub(super) enum Place {
    /// At these.
    At(&'static [(&'static str, u64)]),
    /// With as many workers as there are processors.
    Cores,
}

/// The question's twenty requests, each with its worker.
pub(super) const REQUESTS: &[(&str, u64)] = &[("delay_ms", 10), ("workers", 20)];

/// The fact that says how many processors a program may use at once: affinity and quota considered.
pub(super) const PROCESSORS: &str = "cpus_usable";

impl Place {
    /// The parameters on the machine of a run; or why there are none.
    pub(super) fn parameters(&self, run: &Run) -> Result<Vec<(&'static str, u64)>, String> {
        match self {
            Place::At(parameters) => Ok(parameters.to_vec()),
            Place::Cores => several(run).map(|()| vec![("workers", usable(run))]),
        }
    }
}

/// Whether anything runs beside anything on the machine of a run; or why it does not.
pub(super) fn several(run: &Run) -> Result<(), String> {
    match processors(run) {
        Some(processors) if processors > 1 => Ok(()),
        Some(_) => Err("there is one processor: nothing runs beside anything".to_owned()),
        None => Err("how many processors there are is not known".to_owned()),
    }
}

/// How many processors a program may use at once on the machine of a run, if that is known.
pub(crate) fn processors(run: &Run) -> Option<u64> {
    run.machine.hardware.get(PROCESSORS)?.value()?.parse().ok()
}

/// How many processors a program may use at once on the machine of a run; one where it is not known.
pub fn usable(run: &Run) -> u64 {
    processors(run).unwrap_or(1).max(1)
}
