//! `parcost doctor`: what this host is suitable for.

use anyhow::Result;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::exit::Exit;
use super::output::{self, OutputArgs};
use crate::doctor::{HostState, checks, fitness};
use crate::host;
use crate::model::FitFor;
use crate::report::{DoctorData, doctor_page};

/// Check whether this host is suitable for measuring, and print the fix for each problem; changes nothing
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  parcost doctor
  parcost doctor --require timing

Exit codes: 0 success, whatever was found · 2 usage · 4 this host is not suitable for what --require names")]
pub(super) struct Doctor {
    /// What the host must be suitable for
    #[arg(long, value_parser = required(), value_name = "USE", alias = "demand")]
    require: Option<FitFor>,
    #[command(flatten)]
    output: OutputArgs,
}

/// What can be required of a host; every host is suitable for counts.
fn required() -> impl TypedValueParser<Value = FitFor> {
    let fit_for = |name: String| if name == "timing" { FitFor::Timing } else { FitFor::RatiosOnly };
    PossibleValuesParser::new(["ratios", "timing"]).map(fit_for)
}

pub(super) fn run(arguments: &Doctor) -> Result<Exit> {
    let before = host::conditions();
    let (machine, toolchain) = (host::machine(), host::toolchain());
    let after = host::conditions();
    let checks = checks(&HostState { machine: &machine, before: &before, after: &after, toolchain: &toolchain });
    let data = DoctorData::new(fitness(&checks), checks);
    output::print(&data, arguments.output.format, doctor_page)?;
    Ok(exit(data.suitable_for, arguments.require))
}

fn exit(suitable_for: FitFor, required: Option<FitFor>) -> Exit {
    match required.filter(|required| suitable_for < *required) {
        Some(required) => {
            output::error(&format!("this host is suitable for {suitable_for}, and --require asks for {required}"));
            Exit::Inconclusive
        }
        None => Exit::Success,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_says_that_a_requirement_is_not_met() {
        use FitFor::{CountsOnly, RatiosOnly, Timing};
        let cases = [
            (CountsOnly, None, Exit::Success),
            (CountsOnly, Some(RatiosOnly), Exit::Inconclusive),
            (RatiosOnly, Some(RatiosOnly), Exit::Success),
            (RatiosOnly, Some(Timing), Exit::Inconclusive),
            (Timing, Some(Timing), Exit::Success),
        ];
        for (suitable_for, required, expected) in cases {
            assert_eq!(exit(suitable_for, required), expected, "{suitable_for:?} {required:?}");
        }
    }
}
