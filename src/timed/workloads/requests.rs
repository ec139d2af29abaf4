//! Twenty requests to a server that takes its time: one after the other, or several at once in five ways.
//!
//! The server is a process on the same machine; each request is a connection of its own. What a mechanism can win is
//! the overlap of the waits, and what it costs is its own start: starting the workers, sharing out the requests through
//! one counter in shared memory, and waiting for the workers' end are all inside the clock. Outside is the server.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddrV4, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn};
use tokio::runtime::Builder;

use super::child::Child;
use super::http::{self, MESSAGE_BYTES_MAX, Plain, Timer, Waiter, fetch};
use super::server::{SOCKET_DEADLINE, Server, wait_for_events};
use super::shared::{Shared, Zeroed};
use super::{Parameters, WorkerError, Workload, now_ns, timed};

/// Requests in one operation.
const REQUESTS: u32 = 20;

/// The longest delay of the server, ms: twenty of them after each other end well within the launcher's deadline.
const DELAY_MS_MAX: u64 = 1000;

pub(super) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    match function {
        "sequential" => Ok(sequential(server(parameters)?)),
        "threads" => {
            let (workers, server) = workers_and_server(parameters)?;
            Ok(threads(server, workers, |_| Plain))
        }
        "processes" => {
            let (workers, server) = workers_and_server(parameters)?;
            Ok(processes(server, workers, |_| Plain))
        }
        "event_loop" => Ok(event_loop(server(parameters)?)),
        "tokio" => tasks(parameters, Builder::new_multi_thread),
        "tokio_current_thread" => tasks(parameters, Builder::new_current_thread),
        "floor" => Ok(lower_bound(delay(parameters)?)),
        _ => Err(WorkerError::unknown("requests", function)),
    }
}

/// How many workers share the requests, at most one for each, and the server that they ask.
pub(super) fn workers_and_server(parameters: &Parameters) -> Result<(usize, Server), WorkerError> {
    let workers = parameters.get_within("workers", 1..=u64::from(REQUESTS))? as usize;
    Ok((workers, server(parameters)?))
}

fn server(parameters: &Parameters) -> Result<Server, WorkerError> {
    http::serve_after(delay(parameters)?)
}

fn delay(parameters: &Parameters) -> Result<Duration, WorkerError> {
    Ok(Duration::from_millis(parameters.get_within("delay_ms", 1..=DELAY_MS_MAX)?))
}

#[repr(C)]
struct Tally {
    next: AtomicU32,
    right: AtomicU32,
}

// SAFETY: atomics only, valid as zero.
unsafe impl Zeroed for Tally {}

impl Tally {
    /// The part of one worker: takes requests until there are none left.
    fn share(&self, address: SocketAddrV4, waiter: &impl Waiter) {
        while let Some(index) = self.take() {
            self.count(fetch(address, index, waiter));
        }
    }

    fn take(&self) -> Option<u32> {
        Some(self.next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < REQUESTS)
    }

    fn count(&self, is_right: bool) {
        self.right.fetch_add(u32::from(is_right), Ordering::Relaxed);
    }

    fn clear(&self) {
        self.next.store(0, Ordering::Relaxed);
        self.right.store(0, Ordering::Relaxed);
    }
}

/// The right answers of an operation, as many as there were requests.
fn all_right(right: u32) -> u64 {
    assert_eq!(right, REQUESTS, "some answers were not those asked for");
    u64::from(right)
}

/// One request after the other, by the launcher itself.
fn sequential(server: Server) -> Workload {
    timed(move || all_right((0..REQUESTS).map(|index| u32::from(fetch(server.address(), index, &Plain))).sum()))
}

/// Inside the clock: starting `workers` threads, their requests, and waiting for their end.
///
/// `enter` is called in each new thread with its index and says how it waits.
pub(super) fn threads<W: Waiter>(
    server: Server,
    workers: usize,
    enter: impl Fn(usize) -> W + Clone + Send + 'static,
) -> Workload {
    let address = server.address();
    let start = move |tally: Shared<Tally>, index| {
        let enter = enter.clone();
        std::thread::spawn(move || tally.share(address, &enter(index)))
    };
    shared_out(server, workers, start, |thread| thread.join().expect("a requesting thread ends without panic"))
}

/// Inside the clock: forking `workers` processes, their requests, and waiting for their end.
///
/// `enter` is called in each new process with its index and says how it waits.
pub(super) fn processes<W: Waiter>(server: Server, workers: usize, enter: impl Fn(usize) -> W + 'static) -> Workload {
    let address = server.address();
    let start = move |tally: Shared<Tally>, index| Child::start(|| tally.share(address, &enter(index)));
    shared_out(server, workers, start, Child::finish)
}

/// Inside the clock: making a runtime of tokio's as its users do, starting `workers` tasks on it, their requests, waiting for
/// their end, and ending the runtime. The default one has a thread for each CPU that it may use, the other only the caller's.
fn tasks(parameters: &Parameters, builder: fn() -> Builder) -> Result<Workload, WorkerError> {
    let (workers, server) = workers_and_server(parameters)?;
    let address = server.address();
    let tally = Shared::<Tally>::new();
    Ok(timed(move || {
        let _serving = &server;
        tally.clear();
        let runtime = builder().enable_io().build().expect("the system lets us start a runtime");
        runtime.block_on(async {
            let start = |tally: Shared<Tally>| {
                tokio::spawn(async move {
                    while let Some(index) = tally.take() {
                        tally.count(http::fetch_in_task(address, index).await);
                    }
                })
            };
            let hands: Vec<_> = (0..workers).map(|_| start(tally.clone())).collect();
            for task in hands {
                task.await.expect("a requesting task ends without panic");
            }
        });
        drop(runtime);
        all_right(tally.right.load(Ordering::Relaxed))
    }))
}

fn shared_out<H>(
    server: Server,
    workers: usize,
    start: impl Fn(Shared<Tally>, usize) -> H + 'static,
    end: impl Fn(H) + 'static,
) -> Workload {
    let tally = Shared::<Tally>::new();
    timed(move || {
        let _serving = &server;
        tally.clear();
        let hands: Vec<H> = (0..workers).map(|index| start(tally.clone(), index)).collect();
        hands.into_iter().for_each(&end);
        all_right(tally.right.load(Ordering::Relaxed))
    })
}

/// The lower bound: one wait as long as the server's, by the same timer. Twenty requests cannot be answered sooner.
fn lower_bound(delay: Duration) -> Workload {
    let timer = Timer::new();
    timed(move || {
        timer.arm(Some(now_ns() + delay.as_nanos() as u64));
        timer.wait();
        1
    })
}

/// All requests in flight at once in the launcher's one thread: non-blocking sockets and one epoll instance, which is
/// made and closed inside the clock.
fn event_loop(server: Server) -> Workload {
    timed(move || {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).expect("every Linux has epoll");
        let mut flights: Vec<Flight> =
            (0..REQUESTS).map(|index| Flight::start(&epoll, server.address(), index)).collect();
        let mut events = [EpollEvent::empty(); REQUESTS as usize];
        let timeout = EpollTimeout::try_from(SOCKET_DEADLINE).expect("the deadline fits milliseconds");
        let deadline_ns = now_ns() + SOCKET_DEADLINE.as_nanos() as u64;
        while !flights.iter().all(|flight| flight.landed) {
            assert!(now_ns() < deadline_ns, "the server does not answer in time");
            for event in wait_for_events(&epoll, &mut events, timeout) {
                flights[event.data() as usize].proceed(&epoll);
            }
        }
        all_right(flights.iter().map(|flight| u32::from(flight.is_right())).sum())
    })
}

struct Flight {
    index: u32,
    socket: TcpStream,
    /// The request has gone out.
    asked: bool,
    /// The server has closed the connection.
    landed: bool,
    text: [u8; MESSAGE_BYTES_MAX],
    filled: usize,
}

impl Flight {
    /// Begins to connect; `proceed` is to be called for each event with this index.
    fn start(epoll: &Epoll, address: SocketAddrV4, index: u32) -> Self {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let socket: TcpStream = nix::sys::socket::socket(AddressFamily::Inet, SockType::Stream, flags, None)
            .expect("the system lets us open a socket")
            .into();
        match nix::sys::socket::connect(socket.as_raw_fd(), &SockaddrIn::from(address)) {
            Ok(()) | Err(Errno::EINPROGRESS) => {}
            Err(error) => panic!("the server cannot be reached: {error}"),
        }
        epoll
            .add(&socket, EpollEvent::new(EpollFlags::EPOLLOUT, u64::from(index)))
            .expect("a new socket can be watched");
        Self { index, socket, asked: false, landed: false, text: [0; MESSAGE_BYTES_MAX], filled: 0 }
    }

    fn proceed(&mut self, epoll: &Epoll) {
        if !self.asked {
            // Also fails when the connection did. A request fits an empty socket buffer.
            self.socket.write_all(http::request(self.index).as_bytes()).expect("the server takes the request");
            self.asked = true;
            let mut interest = EpollEvent::new(EpollFlags::EPOLLIN, u64::from(self.index));
            epoll.modify(&self.socket, &mut interest).expect("an open socket is watched");
            return;
        }
        match self.socket.read(&mut self.text[self.filled..]) {
            Ok(0) => {
                epoll.delete(&self.socket).expect("an open socket is watched");
                self.landed = true;
            }
            Ok(bytes) => self.filled += bytes,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => panic!("the server does not answer: {error}"),
        }
    }

    fn is_right(&self) -> bool {
        self.text[..self.filled] == *http::answer(self.index).as_bytes()
    }
}
