//! Many connections at once on one thread: the kernel says which of them can go on.

use std::collections::HashMap;
use std::io::{self, Read};
use std::mem;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::error::service::EndpointFault;
use crate::system::endpoint::{Client, Dial, Progress, Served, connect};

/// The event of the socket that wakes us; all others are keys of `open`.
const WAKE: u64 = u64::MAX;

/// Events taken from the kernel at once.
const BATCH: usize = 64;

/// One address of one endpoint.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    /// Which endpoint, and which of its answers this will be.
    pub(super) user: usize,
    pub(super) place: usize,
    pub(super) address: SocketAddr,
    pub(super) server_name: String,
}

/// How the connection for a ticket ended.
pub(super) type Landed = (Ticket, Result<Served, EndpointFault>);

struct Flight {
    ticket: Ticket,
    dial: Dial,
    end: Instant,
}

/// The connections that are open.
pub(super) struct Flights {
    poll: Epoll,
    open: HashMap<u64, Flight>,
    /// Never given to two connections, so that no event can be taken for another's.
    next: u64,
    woken: UnixStream,
}

impl Flights {
    /// Whoever writes to the other end of `woken` ends a wait.
    pub(super) fn new(woken: UnixStream) -> io::Result<Self> {
        woken.set_nonblocking(true)?;
        let poll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        poll.add(&woken, EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        Ok(Self {
            poll,
            open: HashMap::new(),
            next: 0,
            woken,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.open.len()
    }

    /// Begins to ask for `ticket`, until `end` at the utmost.
    pub(super) fn begin(&mut self, ticket: &Ticket, end: Instant) -> io::Result<()> {
        let id = self.next;
        self.next += 1;
        let dial = self.dial(ticket, id, Client::Quick)?;
        let ticket = ticket.clone();
        self.open.insert(id, Flight { ticket, dial, end });
        Ok(())
    }

    /// Waits for `most` at the utmost, and lets those go on that can.
    pub(super) fn go_on(&mut self, most: Duration) -> Vec<Landed> {
        let mut events = [EpollEvent::empty(); BATCH];
        let count = self.poll.wait(&mut events, milliseconds(most));
        let mut landed = Vec::new();
        // A wait that a signal ended has no events.
        for event in events.iter().take(count.unwrap_or(0)) {
            if event.data() == WAKE {
                // What was written is of no interest, and more of it wakes us again.
                let _ = self.woken.read(&mut [0; BATCH]);
            } else {
                landed.extend(self.step(event.data()));
            }
        }
        landed
    }

    /// Gives up those whose time is over.
    pub(super) fn give_up(&mut self, now: Instant) -> Vec<Landed> {
        self.open
            .extract_if(|_, flight| flight.end <= now)
            .map(|(_, flight)| (flight.ticket, flight.dial.late()))
            .collect()
    }

    /// Gives up all.
    pub(super) fn abandon(&mut self) -> Vec<Landed> {
        let open = mem::take(&mut self.open).into_values();
        open.map(|flight| (flight.ticket, flight.dial.late()))
            .collect()
    }

    /// When the next of them is to be given up.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.open.values().map(|flight| flight.end).min()
    }

    fn step(&mut self, id: u64) -> Option<Landed> {
        let mut flight = self.open.remove(&id)?;
        match flight.dial.step() {
            Progress::Done(result) => return Some((flight.ticket, result)),
            Progress::SecondOpinion => match self.dial(&flight.ticket, id, Client::OpenSsl) {
                Ok(dial) => flight.dial = dial,
                Err(error) => return Some((flight.ticket, Err(connect::connect_fault(error)))),
            },
            Progress::Waiting => {}
        }
        self.open.insert(id, flight);
        None
    }

    /// Edge-triggered for both directions: one registration lasts for the whole connection, since a step
    /// always goes on until it would block.
    fn dial(&self, ticket: &Ticket, id: u64, client: Client) -> io::Result<Dial> {
        let stream = connect::begin(ticket.address)?;
        let wanted = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLET;
        self.poll.add(&stream, EpollEvent::new(wanted, id))?;
        Ok(Dial::new(stream, &ticket.server_name, client))
    }
}

/// Rounded up, so that nobody wakes for nothing.
fn milliseconds(most: Duration) -> EpollTimeout {
    let count = u16::try_from(most.as_micros().div_ceil(1000));
    EpollTimeout::from(count.unwrap_or(u16::MAX))
}
