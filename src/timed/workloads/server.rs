//! Servers of the I/O workloads: a forked process with one listening socket on the loopback address, and one loop.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{Backlog, listen};

use super::WorkerError;
use super::child::Child;

/// How long a socket may keep its reader or writer waiting; after that its peer is lost.
pub(crate) const SOCKET_DEADLINE: Duration = Duration::from_secs(30);

/// Connections that wait to be accepted; more than any workload opens at once.
const BACKLOG: i32 = 128;

const EVENTS_MAX: usize = 64;

/// A server process, killed and reaped when dropped; it dies with the launcher.
pub(crate) struct Server {
    address: SocketAddrV4,
    _child: Child,
}

impl Server {
    /// Binds a free port of the loopback address, so that connecting works at once, and forks the process that serves.
    pub(crate) fn start(serve: impl FnOnce(TcpListener)) -> Result<Self, WorkerError> {
        let (listener, address) =
            bind().map_err(|error| WorkerError::refused(format!("cannot bind to {}: {error}", Ipv4Addr::LOCALHOST)))?;
        Ok(Self { address, _child: Child::start(|| serve(listener)) })
    }

    pub(crate) fn address(&self) -> SocketAddrV4 {
        self.address
    }
}

pub(super) fn bind() -> io::Result<(TcpListener, SocketAddrV4)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listen(&listener, Backlog::new(BACKLOG)?)?;
    listener.set_nonblocking(true)?;
    match listener.local_addr()? {
        SocketAddr::V4(address) => Ok((listener, address)),
        SocketAddr::V6(_) => Err(io::ErrorKind::AddrNotAvailable.into()),
    }
}

/// A connection to a server; its reads and writes end at [`SOCKET_DEADLINE`].
pub(crate) fn connect(address: SocketAddrV4) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(SOCKET_DEADLINE))?;
    socket.set_write_timeout(Some(SOCKET_DEADLINE))?;
    Ok(socket)
}

/// Waits for events and returns those that came: none at the time-out, or when the wait was interrupted.
pub(crate) fn wait_for_events<'a>(
    epoll: &Epoll,
    events: &'a mut [EpollEvent],
    timeout: EpollTimeout,
) -> &'a [EpollEvent] {
    match epoll.wait(events, timeout) {
        Ok(count) => &events[..count],
        Err(Errno::EINTR) => &[],
        Err(error) => panic!("waiting for sockets: {error}"),
    }
}

/// The open connections of a server, each with what the server remembers of it.
pub(crate) struct Sockets<T> {
    epoll: Epoll,
    listener: TcpListener,
    open: BTreeMap<RawFd, (TcpStream, T)>,
}

impl<T: Default> Sockets<T> {
    pub(crate) fn new(listener: TcpListener) -> Self {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).expect("every Linux has epoll");
        let sockets = Self { epoll, listener, open: BTreeMap::new() };
        sockets.watch(&sockets.listener);
        sockets
    }

    /// Has [`Sockets::readable`] return also when this descriptor can be read.
    pub(crate) fn watch(&self, descriptor: impl AsFd) {
        let number = descriptor.as_fd().as_raw_fd() as u64;
        let added = self.epoll.add(descriptor, EpollEvent::new(EpollFlags::EPOLLIN, number));
        added.expect("a new descriptor can be watched");
    }

    /// Waits until something happens and returns the connections that can be read; new ones are accepted on the way.
    pub(crate) fn readable(&mut self) -> Vec<RawFd> {
        let mut events = [EpollEvent::empty(); EVENTS_MAX];
        let events = wait_for_events(&self.epoll, &mut events, EpollTimeout::NONE);
        let numbers: Vec<RawFd> = events.iter().map(|event| event.data() as RawFd).collect();
        if numbers.contains(&self.listener.as_raw_fd()) {
            self.accept();
        }
        numbers.into_iter().filter(|number| self.open.contains_key(number)).collect()
    }

    /// Accepts all that wait. A client that has left again is not the server's business.
    fn accept(&mut self) {
        while let Ok((socket, _)) = self.listener.accept() {
            if socket.set_nonblocking(true).and(socket.set_nodelay(true)).is_ok() {
                self.watch(&socket);
                self.open.insert(socket.as_raw_fd(), (socket, T::default()));
            }
        }
    }

    pub(crate) fn get(&mut self, number: RawFd) -> &mut (TcpStream, T) {
        self.open.get_mut(&number).expect("only open connections are named by `readable`")
    }

    /// Forgets a connection, which is closed unless the caller keeps it.
    pub(crate) fn remove(&mut self, number: RawFd) -> TcpStream {
        let (socket, _) = self.open.remove(&number).expect("only open connections are named by `readable`");
        self.epoll.delete(&socket).expect("an open connection is watched");
        socket
    }
}
