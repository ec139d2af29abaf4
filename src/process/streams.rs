//! What a process prints to its two streams, kept apart.

use std::io::{PipeReader, Read};
use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Bytes of either stream that are read; a process that prints more is stopped. Builds and listings take some hundred KiB.
const BYTES_MAX: usize = 16 << 20;

const CHUNK: usize = 16 << 10;

#[derive(Debug)]
pub(super) struct Streams {
    pub(super) answer: Vec<u8>,
    pub(super) complaint: Vec<u8>,
}

struct Stream {
    pipe: PipeReader,
    text: Vec<u8>,
    open: bool,
}

impl Stream {
    fn new(pipe: PipeReader) -> Self {
        Self { pipe, text: Vec::new(), open: true }
    }

    fn read(&mut self) -> Result<(), String> {
        let mut chunk = [0; CHUNK];
        let count = self.pipe.read(&mut chunk).map_err(|error| error.to_string())?;
        self.open = count > 0;
        self.text.extend_from_slice(&chunk[..count]);
        if self.text.len() > BYTES_MAX {
            return Err(format!("it printed more than {} MiB", BYTES_MAX >> 20));
        }
        Ok(())
    }
}

/// Both streams until their ends; none when no time is left. Waiting takes no processor time, and a wait that the kernel
/// ends is the last, also where the clock stands still.
pub(super) fn read(
    answer: PipeReader,
    complaint: PipeReader,
    left: impl Fn() -> Duration,
) -> Result<Option<Streams>, String> {
    let mut streams = [answer, complaint].map(Stream::new);
    while streams.iter().any(|stream| stream.open) {
        let left = left();
        if left.is_zero() {
            return Ok(None);
        }
        let Some(ready) = ready(&streams, left)? else { return Ok(None) };
        for (stream, _) in streams.iter_mut().zip(ready).filter(|(_, ready)| *ready) {
            stream.read()?;
        }
    }
    let [answer, complaint] = streams.map(|stream| stream.text);
    Ok(Some(Streams { answer, complaint }))
}

/// Which of the streams have something to read or have ended, as soon as one has; none when the time is over.
fn ready(streams: &[Stream; 2], left: Duration) -> Result<Option<[bool; 2]>, String> {
    let open = streams.iter().filter(|stream| stream.open);
    let mut watched: Vec<PollFd<'_>> = open.map(|stream| PollFd::new(stream.pipe.as_fd(), PollFlags::POLLIN)).collect();
    // Rounded up, so that the last wait does not spin.
    let timeout = PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
    match poll(&mut watched, timeout) {
        Ok(0) => return Ok(None),
        Ok(_) | Err(Errno::EINTR) => {}
        Err(error) => return Err(error.to_string()),
    }
    let mut seen = watched.iter().map(|fd| fd.revents().is_some_and(|events| !events.is_empty()));
    Ok(Some(streams.each_ref().map(|stream| stream.open && seen.next() == Some(true))))
}
