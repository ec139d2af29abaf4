//! Ping-pong over loopback TCP between workers and one echoing process.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;

use super::mechanism::Mechanism;
use super::server::{Server, Sockets, connect};
use super::worker_group::{Job, group_workload, workers};
use super::{Parameters, Sample, WorkerError, Workload, cpus};

const MESSAGE_BYTES: usize = 64;

/// Round trips of one worker in one operation.
const ROUND_TRIPS: u64 = 200;

/// The workloads of the group `echo`: round trips of `workers` at once, each on a connection of its own.
///
/// Inside the clock: the round trips. Outside: the server, the connections, the workers. The server is one process with
/// one thread for all of them, so that both mechanisms meet the same; it stays on the last of the processors allowed.
pub(super) fn prepare(function: &str, parameters: &Parameters) -> Result<Workload, WorkerError> {
    let mechanism = Mechanism::named("echo", function)?;
    let workers = workers(parameters)?;
    let server = Server::start(|listener| {
        let allowed = cpus::allowed();
        cpus::pin(&allowed, allowed.len() - 1);
        serve(listener);
    })?;
    let address = server.address();
    let make = move |_| {
        let socket = connect(address).and_then(|socket| socket.set_nodelay(true).map(|()| socket));
        ping(socket.expect("the echo server can be reached"))
    };
    let mut group = group_workload(mechanism, workers, make);
    Ok(Box::new(move |iterations| {
        let _serving = &server;
        // The server takes its turns on a worker's processor: that a worker waits for it is the work itself.
        Sample { cpu_availability: None, ..group(iterations) }
    }))
}

/// The job of one worker: every message has a number, and comes back unchanged.
fn ping(mut socket: impl Read + Write + 'static) -> Job {
    let mut number = 0u64;
    Box::new(move || {
        for _ in 0..ROUND_TRIPS {
            number += 1;
            let mut message = [0; MESSAGE_BYTES];
            message[..size_of::<u64>()].copy_from_slice(&number.to_le_bytes());
            socket.write_all(&message).expect("the echo server takes the message in time");
            let mut answer = [0; MESSAGE_BYTES];
            socket.read_exact(&mut answer).expect("the echo server answers in time");
            assert_eq!(answer, message, "the echo is another message");
        }
        ROUND_TRIPS
    })
}

fn serve(listener: TcpListener) {
    let mut sockets = Sockets::<()>::new(listener);
    let mut buffer = [0; 4096];
    loop {
        for number in sockets.readable() {
            let (socket, ()) = sockets.get(number);
            let echoed = match socket.read(&mut buffer) {
                Ok(0) => false,
                Ok(bytes) => socket.write_all(&buffer[..bytes]).is_ok(),
                Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
            };
            if !echoed {
                drop(sockets.remove(number));
            }
        }
    }
}
