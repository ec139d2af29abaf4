//! The memory that one more idle connection has for itself, by who waits for its next bytes.
//!
//! Counted is what [`super::memory`] counts of a worker: neither sockets, which the kernel keeps and which all have alike, nor
//! kernel stacks, of which every thread and every process has one.

use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::io::AsyncReadExt;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::memory::{IdleWorkers, Kind, MESSAGE_BYTES, READY_MS_MAX, failed, growth, process_memory_kib};
use crate::workloads::WorkerError;

/// Descriptors that are open besides those of the connections, and to spare.
const DESCRIPTORS_SPARE: u64 = 64;

/// Who waits for the next bytes of a connection, with room for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Reader {
    /// A thread each.
    Threads,
    /// A forked process each.
    Processes,
    /// One thread for all.
    EventLoop,
    /// A task each, on the default runtime.
    Tokio,
}

/// KiB that each of `connections` more costs, this process's own growth included. It must have one thread.
///
/// All connections are open before, and one is waited for, so that what the first one costs alone does not count. Then the others
/// are waited for, until every one of them is; the growth between the two is shared by them. Last the other ends shut down, and
/// each has to be seen to end.
///
/// Fails as [`super::memory::count`] does, and where the system allows no process so many open descriptors.
pub(super) fn count(reader: Reader, connections: u64) -> Result<f64, WorkerError> {
    let (own, peers) = connect(connections + 1)?;
    let mut own = own.into_iter();
    let release = || peers.iter().try_for_each(|peer| peer.shutdown(Shutdown::Both)).map_err(failed);
    match reader {
        Reader::Threads | Reader::Processes => {
            let kind = if reader == Reader::Threads { Kind::Thread } else { Kind::Forked };
            let mut workers = IdleWorkers::new()?;
            let mut start = |count: u64| {
                own.by_ref().take(count as usize).try_for_each(|end| workers.start(kind, Path::new(""), end.into()))?;
                workers.memory_kib()
            };
            let growth = growth(&mut start, connections)?;
            release()?;
            workers.end()?;
            Ok(growth)
        }
        Reader::EventLoop => {
            let mut event_loop = EventLoop::new()?;
            let mut start = |count: u64| {
                own.by_ref().take(count as usize).try_for_each(|end| event_loop.add(end))?;
                process_memory_kib("self")
            };
            let growth = growth(&mut start, connections)?;
            release()?;
            event_loop.end()?;
            Ok(growth)
        }
        Reader::Tokio => {
            let runtime = Runtime::new().map_err(failed)?;
            let ready = Arc::new(AtomicU64::new(0));
            let mut tasks = Vec::new();
            let mut start = |count: u64| {
                let wanted = tasks.len() as u64 + count;
                tasks.extend(
                    own.by_ref().take(count as usize).map(|end| runtime.spawn(wait_in_task(end, ready.clone()))),
                );
                while ready.load(Ordering::Acquire) < wanted {
                    thread::yield_now();
                }
                process_memory_kib("self")
            };
            let growth = growth(&mut start, connections)?;
            release()?;
            tasks.into_iter().try_for_each(|task: JoinHandle<io::Result<()>>| {
                runtime.block_on(task).map_err(failed)?.map_err(failed)
            })?;
            Ok(growth)
        }
    }
}

/// Both ends of so many connections; every process may have that many open once its limit is raised.
fn connect(count: u64) -> Result<(Vec<TcpStream>, Vec<TcpStream>), WorkerError> {
    let descriptors = 2 * count + DESCRIPTORS_SPARE;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(failed)?;
    if hard < descriptors {
        return Err(WorkerError::Refused(format!(
            "{count} connections need {descriptors} descriptors, {hard} are allowed"
        )));
    }
    setrlimit(Resource::RLIMIT_NOFILE, soft.max(descriptors), hard).map_err(failed)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let pair = |_| Ok((TcpStream::connect(address)?, listener.accept()?.0));
    let pairs: io::Result<Vec<_>> = (0..count).map(pair).collect();
    Ok(pairs.map_err(failed)?.into_iter().unzip())
}

async fn wait_in_task(end: TcpStream, ready: Arc<AtomicU64>) -> io::Result<()> {
    end.set_nonblocking(true)?;
    let mut end = tokio::net::TcpStream::from_std(end)?;
    let mut message = [0; MESSAGE_BYTES];
    ready.fetch_add(1, Ordering::Release);
    while end.read(&mut message).await? > 0 {}
    Ok(())
}

/// One thread that waits for all connections.
struct EventLoop {
    epoll: Epoll,
    connections: Vec<Connection>,
}

struct Connection {
    socket: TcpStream,
    message: [u8; MESSAGE_BYTES],
}

impl EventLoop {
    fn new() -> Result<Self, WorkerError> {
        Ok(Self { epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map_err(failed)?, connections: Vec::new() })
    }

    fn add(&mut self, socket: TcpStream) -> Result<(), WorkerError> {
        socket.set_nonblocking(true).map_err(failed)?;
        let event = EpollEvent::new(EpollFlags::EPOLLIN, self.connections.len() as u64);
        self.epoll.add(&socket, event).map_err(failed)?;
        self.connections.push(Connection { socket, message: [0; MESSAGE_BYTES] });
        Ok(())
    }

    /// Waits until each connection has come to its end.
    fn end(&mut self) -> Result<(), WorkerError> {
        let mut open = self.connections.len();
        while open > 0 {
            let mut events = [EpollEvent::empty(); 64];
            let count = self.epoll.wait(&mut events, EpollTimeout::from(READY_MS_MAX)).map_err(failed)?;
            if count == 0 {
                return Err(failed("an idle connection does not end"));
            }
            for event in &events[..count] {
                let Connection { socket, message } = &mut self.connections[event.data() as usize];
                if io::Read::read(socket, message).map_err(failed)? == 0 {
                    self.epoll.delete(&*socket).map_err(failed)?;
                    open -= 1;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_memory_of_connections_and_sees_each_end() {
        for reader in [Reader::Threads, Reader::Processes, Reader::EventLoop, Reader::Tokio] {
            match count(reader, 20) {
                // Other tests of this process give memory back meanwhile, so there is nothing to expect but of processes.
                Ok(kib) => assert!(kib > 0.0 || reader != Reader::Processes, "{reader:?}"),
                Err(WorkerError::Uncountable(_)) => {}
                Err(other) => panic!("{reader:?}: {other}"),
            }
        }
    }

    #[test]
    fn more_connections_than_descriptors_are_refused() {
        let answer = count(Reader::EventLoop, u64::MAX / 4);
        assert!(matches!(&answer, Err(WorkerError::Refused(reason)) if reason.contains("descriptors")), "{answer:?}");
    }
}
