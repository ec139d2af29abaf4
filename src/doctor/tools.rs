//! Checks of the programs that measure and of how the code is built.

use super::check::{Check, Finding, Harm, poor_if};
use super::patient::{Patient, always};
use crate::model::Fact;

/// Settings of cargo's profiles by which a measured program is not the one that users get.
const SLOWING: [&str; 4] = ["OPT_LEVEL=0", "OPT_LEVEL=1", "DEBUG_ASSERTIONS=true", "OVERFLOW_CHECKS=true"];
/// Oldest valgrind that the counts were tried with.
const VALGRIND_MIN: (u32, u32) = (3, 19);
/// Kernel instructions of one's own processes are counted up to this.
const PARANOID_MAX: f64 = 1.0;

/// The words in which the toolchain's facts say that a program is not on the search path.
const ABSENT: &str = "not installed";

pub(super) fn checks(patient: &Patient<'_>) -> Vec<Check> {
    vec![
        Check::of(
            "build",
            &patient.tool("debug_assertions"),
            (Harm::Little, "a debug build of parcost works, slowly; `cargo bench` builds what it measures anew"),
            |is_debug| poor_if(is_debug == "yes", "`cargo install --path .`, or `cargo run --release -- …`".to_owned()),
        ),
        Check::of(
            "profile overrides",
            &patient.tool("profile_overrides"),
            (Harm::Ratios, "a program that is not optimised spends its time elsewhere than the one that users get"),
            |told| {
                let is_slowed = SLOWING.iter().any(|setting| told.contains(setting));
                poor_if(is_slowed, "unset the variables `CARGO_PROFILE_…` that are named".to_owned())
            },
        ),
        Check::of(
            "valgrind",
            &present(patient.tool("valgrind")),
            (Harm::Coverage, "without it no instructions are counted, and with an older one nobody tried"),
            |told| match version(told) {
                _ if told == ABSENT => Finding::Poor(Some(patient.install("valgrind"))),
                Some(version) => poor_if(version < VALGRIND_MIN, patient.install("valgrind")),
                None => Finding::Odd,
            },
        ),
        Check::of_number(
            "perf_event_paranoid",
            &patient.software("perf_event_paranoid"),
            (Harm::Coverage, "above 1 the kernel's share of an operation is not counted"),
            |level| level > PARANOID_MAX,
            patient.set("kernel.perf_event_paranoid=1"),
        ),
        Check::of(
            "compiler",
            &present(always(patient.tool("rustc"))),
            (Harm::Coverage, "without it nothing can be built and measured"),
            |told| poor_if(told == ABSENT, "install Rust with rustup".to_owned()),
        ),
    ]
}

impl Patient<'_> {
    /// Installs a package; that is allowed inside a container too.
    fn install(&self, package: &str) -> String {
        format!("`sudo apt-get install -y {package}`, or a newer one from its own site")
    }
}

/// A tool that is known to be absent is no unknown fact here: that is what is found, and it can be mended.
fn present(fact: Fact) -> Fact {
    match fact {
        Fact::Unknown(reason) if reason.contains(ABSENT) => Fact::Value(ABSENT.to_owned()),
        fact => fact,
    }
}

/// `3.19` of `valgrind-3.19.0`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim_start_matches(|c: char| !c.is_ascii_digit()).split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
