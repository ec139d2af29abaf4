//! Checks of the programs that measure and of how the code is built.

use super::check::{Affects, Check, Finding, warn_if};
use super::host_state::{HostState, always};
use crate::model::Fact;

/// Settings of cargo's profiles by which a measured program is not the one that users get.
const SLOWING: [&str; 4] = ["OPT_LEVEL=0", "OPT_LEVEL=1", "DEBUG_ASSERTIONS=true", "OVERFLOW_CHECKS=true"];
/// Oldest valgrind that the counts are tested with.
const VALGRIND_MIN: (u32, u32) = (3, 19);
/// Kernel instructions of one's own processes are counted up to this.
const PARANOID_MAX: f64 = 1.0;

/// The words in which the toolchain's facts say that a program is not on the search path.
const ABSENT: &str = "not installed";

pub(super) fn checks(host: &HostState<'_>) -> Vec<Check> {
    vec![
        Check::of(
            "build",
            &host.tool("debug_assertions"),
            (Affects::Little, "a debug build of parcost works, slowly; `cargo bench` builds what it measures anew"),
            |is_debug| warn_if(is_debug == "yes", "`cargo install --path .`, or `cargo run --release -- …`".to_owned()),
        ),
        Check::of(
            "profile overrides",
            &host.tool("profile_overrides"),
            (Affects::Ratios, "a program that is not optimised spends its time elsewhere than the one that users get"),
            |names| {
                let is_slowed = SLOWING.iter().any(|setting| names.contains(setting));
                warn_if(is_slowed, "unset the named variables `CARGO_PROFILE_…`".to_owned())
            },
        ),
        Check::of(
            "valgrind",
            &present(host.tool("valgrind")),
            (Affects::Coverage, "without it no instructions are counted, and an older one is not tested"),
            |text| match version(text) {
                _ if text == ABSENT => Finding::Warning(Some(host.install("valgrind"))),
                Some(version) => warn_if(version < VALGRIND_MIN, host.install("valgrind")),
                None => Finding::Odd,
            },
        ),
        Check::of_number(
            "perf_event_paranoid",
            &host.software("perf_event_paranoid"),
            (Affects::Coverage, "above 1 the kernel's share of an operation is not counted"),
            |level| level > PARANOID_MAX,
            host.set("kernel.perf_event_paranoid=1"),
        ),
        Check::of(
            "compiler",
            &present(always(host.tool("rustc"))),
            (Affects::Coverage, "without it nothing can be built and measured"),
            |text| warn_if(text == ABSENT, "install Rust with rustup".to_owned()),
        ),
    ]
}

impl HostState<'_> {
    /// Installs a package; that is allowed inside a container too.
    fn install(&self, package: &str) -> String {
        format!("`sudo apt-get install -y {package}`, or a newer one from its own site")
    }
}

/// A tool that is known to be absent is not an unknown fact: that is what was found, and it can be fixed.
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
