//! Work that needs nothing but a CPU, and lets nothing be left out.

use std::hint::black_box;

/// The square roots of 1 … `count`, each used.
///
/// Of signed numbers, which one scalar instruction converts: unsigned ones take vector instructions, with which a worker that is
/// woken on another CPU again and again took up to 1.8 times as long for its work (AMD, 2.56 ms and less).
pub(super) fn square_roots(count: u64) -> u64 {
    for number in 1..=count as i64 {
        black_box((black_box(number) as f64).sqrt());
    }
    count
}
