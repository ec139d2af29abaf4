//! A server on the loopback address that answers after a fixed delay.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a client may keep the server waiting; a client that is alive asks at once.
const PATIENCE: Duration = Duration::from_secs(30);

const REQUEST_MAX: usize = 4096;

pub(super) struct Server {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on a free port. Every connection has a thread, so that no answer waits for another.
    pub(super) fn start(delay: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let seen = stopped.clone();
        let acceptor = thread::spawn(move || {
            for socket in listener.incoming() {
                if seen.load(Ordering::Relaxed) {
                    return;
                }
                // One who has left again is not the server's business.
                if let Ok(socket) = socket {
                    thread::spawn(move || drop(serve(socket, delay)));
                }
            }
        });
        Ok(Self { address, stopped, acceptor: Some(acceptor) })
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // A last connection wakes the thread that accepts; without one it is left behind.
        if TcpStream::connect(self.address).is_ok()
            && let Some(acceptor) = self.acceptor.take()
        {
            let _ = acceptor.join();
        }
    }
}

/// Reads one request and answers, after the delay, with what was asked for: `GET /7` with `7`.
fn serve(mut socket: TcpStream, delay: Duration) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.set_nodelay(true)?;
    let mut request = Vec::new();
    let mut chunk = [0; 512];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match socket.read(&mut chunk)? {
            0 => return Ok(()),
            count => request.extend_from_slice(&chunk[..count]),
        }
        if request.len() > REQUEST_MAX {
            return Ok(());
        }
    }
    thread::sleep(delay);
    let request = String::from_utf8_lossy(&request);
    let asked = request.strip_prefix("GET /").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", asked.len());
    socket.write_all(format!("{head}{asked}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_the_answer_that_it_asked_for() {
        let server = Server::start(Duration::ZERO).unwrap();
        for asked in ["0", "19"] {
            let mut socket = TcpStream::connect(server.address).unwrap();
            write!(socket, "GET /{asked} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(&format!("\r\n\r\n{asked}")));
        }
    }
}
