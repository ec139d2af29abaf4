//! The user's program, for a forecast.

use bytesize::ByteSize;
use clap::Args;
use jiff::SignedDuration;

use crate::advise::answer;

/// No system runs more workers.
const WORKERS_MAX: u64 = 1 << 20;

const MIB: f64 = 1_048_576.0;

#[derive(Args, Debug)]
#[command(next_help_heading = "Your program")]
pub(super) struct Program {
    /// Forecast a program whose jobs compute this long each: 200us, 5ms; a plain number is of microseconds
    #[arg(long, value_name = "TIME", value_parser = microseconds)]
    work_us: Option<f64>,
    /// Jobs at once, one worker each [default: the processors that were usable]
    #[arg(long, value_name = "NUMBER", requires = "work_us", value_parser = clap::value_parser!(u64).range(1..=WORKERS_MAX))]
    workers: Option<u64>,
    /// Data passed to each job: 64KiB, 10MB
    #[arg(long, value_name = "SIZE", requires = "work_us")]
    payload: Option<ByteSize>,
    /// Resident memory of the program that starts the workers: 512MiB
    #[arg(long, value_name = "SIZE", requires = "work_us")]
    rss: Option<ByteSize>,
    /// Time that each job waits for I/O beside computing: 10ms
    #[arg(long, value_name = "TIME", requires = "work_us", value_parser = wait)]
    io_wait: Option<SignedDuration>,
}

impl Program {
    /// The program, if one was described; `processors` workers unless there is another number of them.
    pub(super) fn described(&self, processors: u64) -> Option<answer::Program> {
        Some(answer::Program {
            work_ns: self.work_us? * 1e3,
            workers: self.workers.unwrap_or(processors),
            payload_bytes: self.payload.map(|size| size.as_u64()),
            rss_mib: self.rss.map(|size| size.as_u64() as f64 / MIB),
            io_wait_ns: self.io_wait.map_or(0.0, |wait| wait.as_nanos() as f64),
        })
    }
}

/// Longest job that is forecast, microseconds: a day.
const WORK_US_MAX: f64 = 86_400e6;

fn microseconds(text: &str) -> Result<f64, String> {
    let with_unit = || text.parse().ok().map(|time: SignedDuration| time.as_nanos() as f64 / 1e3);
    match text.parse().ok().or_else(with_unit) {
        Some(us) if us > 0.0 && us <= WORK_US_MAX => Ok(us),
        _ => Err("expected a time above 0 and up to a day: 200us, 5ms, or a number of microseconds".to_owned()),
    }
}

fn wait(text: &str) -> Result<SignedDuration, String> {
    let wait: SignedDuration = text.parse().map_err(|error| format!("{error}; write 10ms or 2s"))?;
    let day = SignedDuration::from_hours(24);
    if wait.is_negative() || wait > day { Err("expected a time from 0 to a day".to_owned()) } else { Ok(wait) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_no_program_has_are_rejected() {
        for (text, us) in [("200", 200.0), ("200us", 200.0), ("200µs", 200.0), ("5ms", 5_000.0), ("1.5ms", 1_500.0)] {
            assert_eq!(microseconds(text), Ok(us), "{text}");
        }
        for text in ["0", "0us", "-1", "-1us", "2d", "NaN", "inf", "1e99", "x", ""] {
            assert!(microseconds(text).is_err(), "{text}");
        }
        for text in ["-1s", "2d", "10", "x"] {
            assert!(wait(text).is_err(), "{text}");
        }
        assert_eq!(wait("10ms"), Ok(SignedDuration::from_millis(10)));
        assert_eq!("64KiB".parse::<ByteSize>().map(|size| size.as_u64()), Ok(65_536));
    }
}
