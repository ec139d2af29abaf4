//! Keeps Criterion's advice on the number of samples off the standard error: the suite plans the samples itself.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::thread::JoinHandle;

use nix::unistd::{dup, dup2_stderr, pipe};

/// How a line begins that is not printed, with the end of the line before.
const ADVICE: &[u8] = b"\nWarning: Unable to complete ";

/// The standard error with a filter behind it, until dropped.
pub(crate) struct Filtered {
    original: OwnedFd,
    filter: Option<JoinHandle<io::Result<()>>>,
}

impl Filtered {
    pub(crate) fn start() -> io::Result<Self> {
        let original = dup(io::stderr())?;
        let (read, write) = pipe()?;
        let out = std::fs::File::from(original.try_clone()?);
        dup2_stderr(&write)?;
        let filter = std::thread::spawn(move || without_advice(std::fs::File::from(read), out));
        Ok(Self { original, filter: Some(filter) })
    }
}

impl Drop for Filtered {
    fn drop(&mut self) {
        // The filter ends with the last writing end, which this closes.
        let restored = dup2_stderr(&self.original).is_ok();
        if let Some(filter) = self.filter.take().filter(|_| restored) {
            let _ = filter.join();
        }
    }
}

/// Copies all lines but the advice; what may become advice waits for more, everything else is copied at once.
pub(crate) fn without_advice(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let (mut buffer, mut line, mut copied) = ([0; 4096], Vec::new(), 0);
    loop {
        let count = input.read(&mut buffer)?;
        for &byte in &buffer[..count] {
            if byte == b'\n' {
                if !line.starts_with(ADVICE) {
                    output.write_all(&line[copied..])?;
                }
                (line, copied) = (Vec::new(), 0);
            }
            line.push(byte);
            if !line.starts_with(ADVICE) && !ADVICE.starts_with(&line) {
                output.write_all(&line[copied..])?;
                copied = line.len();
            }
        }
        output.flush()?;
        if count == 0 {
            return if line.starts_with(ADVICE) { Ok(()) } else { output.write_all(&line[copied..]) };
        }
    }
}
