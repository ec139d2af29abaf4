//! `parcost doctor`: whether this host is fit for measuring.

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::output::{self, Format, OutputArgs};
use crate::doctor::{Patient, checks, fitness};
use crate::host;
use crate::model::FitFor;
use crate::report::{DoctorRows, doctor_page};

/// Check whether this host is fit for measuring, and tell the exact fix for what is not; changes nothing
#[derive(Args, Debug)]
#[command(after_help = "Ends with 0 whatever was found; with --demand, ends with 4 where this host is less fit.")]
pub(super) struct Doctor {
    /// What the host must be fit for
    #[arg(long, value_enum, value_name = "USE")]
    pub(super) demand: Option<Demand>,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// What a host can be asked to be fit for; everything is fit for counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Demand {
    Ratios,
    Timing,
}

/// Looks at the host twice, tells what is poor and its fix, and changes nothing.
pub(super) fn run(arguments: &Doctor) -> Result<Exit> {
    let before = host::conditions();
    let (machine, toolchain) = (host::machine(), host::toolchain());
    let after = host::conditions();
    let checks = checks(&Patient { machine: &machine, before: &before, after: &after, toolchain: &toolchain });
    let rows = DoctorRows { fitness: fitness(&checks), checks };
    match arguments.output.format {
        Format::Json => output::json(&rows)?,
        format => output::page(&doctor_page(&rows), format)?,
    }
    Ok(exit(rows.fitness.fit_for, arguments.demand))
}

fn exit(fit_for: FitFor, demand: Option<Demand>) -> Exit {
    let demanded = demand.map_or(FitFor::CountsOnly, |demand| match demand {
        Demand::Ratios => FitFor::RatiosOnly,
        Demand::Timing => FitFor::Timing,
    });
    if fit_for < demanded { Exit::Inconclusive } else { Exit::Success }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demand_that_is_not_met_is_told_by_the_exit_code() {
        use FitFor::{CountsOnly, RatiosOnly, Timing};
        let cases = [
            (CountsOnly, None, Exit::Success),
            (CountsOnly, Some(Demand::Ratios), Exit::Inconclusive),
            (RatiosOnly, Some(Demand::Ratios), Exit::Success),
            (RatiosOnly, Some(Demand::Timing), Exit::Inconclusive),
            (Timing, Some(Demand::Timing), Exit::Success),
        ];
        for (fit_for, demand, expected) in cases {
            assert_eq!(exit(fit_for, demand), expected, "{fit_for:?} {demand:?}");
        }
    }
}
