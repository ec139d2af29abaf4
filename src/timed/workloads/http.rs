//! Requests over HTTP/1.1, small and strict: a server that answers after a fixed delay, and the client that asks it.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddrV4, TcpListener, TcpStream};
use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::server::{Server, Sockets, bind, connect};
use super::{WorkerError, now_ns};

/// The longest request that the server reads and the longest answer that a client does, bytes.
pub(super) const MESSAGE_BYTES_MAX: usize = 512;

/// Two line ends after each other: the end of a request that has no body.
const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// What a client does around each call that may keep it waiting.
pub(super) trait Waiter {
    fn wait_for<T>(&self, call: impl FnOnce() -> T) -> T;
}

#[derive(Clone, Copy)]
pub(super) struct Plain;

impl Waiter for Plain {
    fn wait_for<T>(&self, call: impl FnOnce() -> T) -> T {
        call()
    }
}

/// The text of a request; each has a path of its own.
pub(super) fn request(index: u32) -> String {
    format!("GET /{index} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// The text of the one right answer to it: its body is the path that was asked for.
pub(super) fn answer(index: u32) -> String {
    answer_to(&format!("/{index}"))
}

fn answer_to(path: &str) -> String {
    let length = path.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{path}"
    )
}

/// One request from its connection to its end; true when status, header and body are those of the right answer.
pub(super) fn fetch(address: SocketAddrV4, index: u32, waiter: &impl Waiter) -> bool {
    let mut socket = waiter.wait_for(|| connect(address)).expect("the server can be reached");
    waiter.wait_for(|| socket.write_all(request(index).as_bytes())).expect("the server takes the request in time");
    let mut text = [0; MESSAGE_BYTES_MAX];
    let mut filled = 0;
    loop {
        match waiter.wait_for(|| socket.read(&mut text[filled..])) {
            Ok(0) => return text[..filled] == *answer(index).as_bytes(),
            Ok(bytes) => filled += bytes,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("the server does not answer in time: {error}"),
        }
    }
}

/// The same by a task of an async runtime.
pub(super) async fn fetch_in_task(address: SocketAddrV4, index: u32) -> bool {
    let mut socket = tokio::net::TcpStream::connect(address).await.expect("the server can be reached");
    socket.write_all(request(index).as_bytes()).await.expect("the server takes the request");
    let mut text = [0; MESSAGE_BYTES_MAX];
    let mut filled = 0;
    loop {
        match socket.read(&mut text[filled..]).await.expect("the server answers") {
            0 => return text[..filled] == *answer(index).as_bytes(),
            bytes => filled += bytes,
        }
    }
}

/// Starts the server, a process of its own with a single thread.
///
/// It answers each request `delay` after it has read the blank line that ends it, and then closes the connection.
pub(super) fn serve_after(delay: Duration) -> Result<Server, WorkerError> {
    Server::start(move |listener| serve(listener, delay.as_nanos() as u64))
}

/// The same server as a thread that serves until this process ends, and its port.
pub fn serve_in_thread(delay: Duration) -> io::Result<u16> {
    let (listener, address) = bind()?;
    std::thread::spawn(move || serve(listener, delay.as_nanos() as u64));
    Ok(address.port())
}

struct Pending {
    due_ns: u64,
    path: String,
    socket: TcpStream,
}

fn serve(listener: TcpListener, delay_ns: u64) {
    let mut sockets = Sockets::<Vec<u8>>::new(listener);
    let timer = Timer::new();
    sockets.watch(&timer.0);
    // All wait equally long, so the first to come is the first to be due.
    let mut pending: VecDeque<Pending> = VecDeque::new();
    loop {
        for number in sockets.readable() {
            let (socket, text) = sockets.get(number);
            match read_path(socket, text) {
                Ok(Some(path)) => {
                    let due_ns = now_ns() + delay_ns;
                    pending.push_back(Pending { due_ns, path, socket: sockets.remove(number) });
                }
                Ok(None) => {}
                Err(_) => drop(sockets.remove(number)),
            }
        }
        while pending.front().is_some_and(|first| first.due_ns <= now_ns()) {
            pending.pop_front().into_iter().for_each(send);
        }
        timer.arm(pending.front().map(|first| first.due_ns));
    }
}

/// Reads what is there; the path asked for when the request is complete, an error when it never will be.
fn read_path(socket: &mut TcpStream, text: &mut Vec<u8>) -> io::Result<Option<String>> {
    let mut buffer = [0; MESSAGE_BYTES_MAX];
    match socket.read(&mut buffer) {
        Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
        Ok(bytes) => text.extend_from_slice(&buffer[..bytes]),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Ok(None),
        Err(error) => return Err(error),
    }
    if !text.ends_with(BLANK_LINE) {
        return if text.len() < MESSAGE_BYTES_MAX { Ok(None) } else { Err(ErrorKind::InvalidData.into()) };
    }
    let line = std::str::from_utf8(text).ok().and_then(|text| text.lines().next()).unwrap_or_default();
    match line.split(' ').collect::<Vec<_>>()[..] {
        ["GET", path, "HTTP/1.1"] => Ok(Some(path.to_owned())),
        _ => Err(ErrorKind::InvalidData.into()),
    }
}

/// Sends an answer and closes. It fits an empty socket buffer; a client that has left gets none.
fn send(mut pending: Pending) {
    let _ = pending.socket.write_all(answer_to(&pending.path).as_bytes());
}

/// A timer for points of [`now_ns`]. Unlike sleeps and poll time-outs it fires without timer slack: see
/// timerfd_create(2) and prctl(2), PR_SET_TIMERSLACK.
pub(super) struct Timer(TimerFd);

impl Timer {
    pub(super) fn new() -> Self {
        Self(TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_CLOEXEC).expect("every Linux has timers"))
    }

    /// Has it fire at `due_ns`, at once when that has passed, or never; an earlier setting and its firing are forgotten.
    pub(super) fn arm(&self, due_ns: Option<u64>) {
        let set = match due_ns {
            Some(ns) => {
                let due = TimeSpec::from_duration(Duration::from_nanos(ns));
                self.0.set(Expiration::OneShot(due), TimerSetTimeFlags::TFD_TIMER_ABSTIME)
            }
            None => self.0.unset(),
        };
        set.expect("a timer of our own can be set");
    }

    pub(super) fn wait(&self) {
        self.0.wait().expect("a timer of our own can be waited for");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_those_of_the_protocol() {
        assert_eq!(request(7), "GET /7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\n";
        assert_eq!(answer(19), format!("{head}/19"));
    }

    #[test]
    fn a_request_is_read_when_it_is_complete_and_refused_when_it_is_none() {
        let (whole, long) = (request(3), "x".repeat(MESSAGE_BYTES_MAX));
        let cases = [
            ("whole", &whole[..], Ok(Some("/3"))),
            ("in two parts", "GET /3 HTTP/1.1\r\nHost: a\r\n|\r\n", Ok(Some("/3"))),
            ("unfinished", "GET /3 HTTP/1.1\r\n", Ok(None)),
            ("another method", "PUT /3 HTTP/1.1\r\n\r\n", Err(ErrorKind::InvalidData)),
            ("no end", &long, Err(ErrorKind::InvalidData)),
            ("left in the middle", "GET /3|", Err(ErrorKind::UnexpectedEof)),
        ];
        for (name, parts, expected) in cases {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut socket, _) = listener.accept().unwrap();
            let mut text = Vec::new();
            let mut found = Ok(None);
            for part in parts.split('|') {
                match part {
                    "" => client.shutdown(std::net::Shutdown::Write).unwrap(),
                    _ => client.write_all(part.as_bytes()).unwrap(),
                }
                found = read_path(&mut socket, &mut text);
            }
            let found = found.map_err(|error| error.kind());
            assert_eq!(found, expected.map(|path| path.map(str::to_owned)), "{name}");
        }
    }
}
