//! Thresholds that more than one judge asks for.

/// Load of the last minute for each CPU from which others are in the way: a tenth of a CPU leaves room for a quiet
/// system's services, and a single busy neighbour is above it on up to nine CPUs.
pub(crate) const LOAD_PER_CPU_MAX: f64 = 0.1;
/// Share of time that a hypervisor gave to others which moves times: below lies what a tick of 10 ms can tell.
pub(crate) const STEAL_RATIO_TIMING: f64 = 0.01;
/// Fewest ticks between two readings that tell a share to one hundredth.
pub(crate) const STEAL_TICKS_MIN: f64 = 100.0;
/// Share of the last 10 s in which tasks waited, percent, that is more than the odd wake-up.
pub(crate) const PRESSURE_PERCENT_MAX: f64 = 5.0;
/// The confidence of the interval that is shown, and that a change has to clear the floor with.
pub const CONFIDENCE: f64 = 0.95;
