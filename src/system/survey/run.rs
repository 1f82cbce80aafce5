//! One survey from its first name to its last answer.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use nix::errno::Errno;

use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::system::deadline::{Deadline, LONGEST, Stopped};
use crate::system::endpoint::connect::connect_fault;
use crate::system::survey::answers::Answers;
use crate::system::survey::flights::{Flights, Landed, Ticket};
use crate::system::survey::names::{Found, Names, Resolver};
use crate::system::survey::{Asked, Limits, Surveyed};

pub(super) struct Run<'a> {
    asked: &'a [Asked],
    each: Duration,
    /// Names and connections at once.
    jobs: usize,
    names: Names,
    /// Addresses that wait for one of the jobs.
    waiting: VecDeque<Ticket>,
    flights: Flights,
    answers: Answers,
}

impl<'a> Run<'a> {
    /// Fails when the process has no descriptors left.
    pub(super) fn new(asked: &'a [Asked], limits: &Limits, resolver: Resolver) -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        let mut run = Self {
            asked,
            each: limits.each.min(LONGEST),
            jobs: limits.jobs.max(1),
            names: Names::new(resolver, wake),
            waiting: VecDeque::new(),
            flights: Flights::new(woken)?,
            answers: Answers::new(asked.len()),
        };
        for (user, Asked { endpoint, .. }) in asked.iter().enumerate() {
            match endpoint.host.parse::<IpAddr>() {
                Ok(address) => run.enqueue(user, vec![SocketAddr::new(address, 0)]),
                Err(_) => run.names.want(&endpoint.host, user),
            }
        }
        Ok(run)
    }

    /// Works until everything is answered, or there is no time left.
    pub(super) fn finish(mut self, deadline: &Deadline<'_>) -> Result<Vec<Surveyed>, ServiceError> {
        while self.answers.are_missing() {
            let slice = match deadline.slice() {
                Ok(slice) => slice,
                Err(Stopped::Interrupted) => return Err(ServiceError::Interrupted),
                Err(Stopped::TimedOut) => break,
            };
            let failed = self.names.start(self.jobs, self.each);
            self.found(failed);
            self.take_off();
            let landed = self.flights.go_on(self.patience(slice));
            self.landed(landed);
            self.give_up(Instant::now());
        }
        self.give_up_all();
        Ok(self.answers.surveyed(self.asked))
    }

    /// Until the next connection is to be given up, but no more than `slice`.
    fn patience(&self, slice: Duration) -> Duration {
        let until = |end: Instant| end.saturating_duration_since(Instant::now());
        self.flights.next_end().map_or(slice, until).min(slice)
    }

    fn give_up(&mut self, now: Instant) {
        let late = self.flights.give_up(now);
        self.landed(late);
        let found = self.names.take(now);
        self.found(found);
    }

    /// Whatever has no answer gets a fault that says how far it came.
    fn give_up_all(&mut self) {
        let late = self.flights.abandon();
        self.landed(late);
        let found = self.names.abandon();
        self.found(found);
        for ticket in mem::take(&mut self.waiting) {
            let fault = Err(EndpointFault::NotAsked);
            self.answers.fill(ticket.user, ticket.place, fault);
        }
        for user in self.names.never_asked() {
            self.answers.fail(user, EndpointFault::NotAsked);
        }
    }

    fn landed(&mut self, landed: Vec<Landed>) {
        for (ticket, result) in landed {
            self.answers.fill(ticket.user, ticket.place, result);
        }
    }

    fn found(&mut self, found: Vec<Found>) {
        for Found { users, addresses } in found {
            for user in users {
                match &addresses {
                    Some(Ok(addresses)) => self.enqueue(user, addresses.clone()),
                    Some(Err(reason)) => {
                        let fault = EndpointFault::NoAddress(reason.clone());
                        self.answers.fail(user, fault);
                    }
                    None => self.answers.fail(user, EndpointFault::Unresolved),
                }
            }
        }
    }

    /// Sorted, since the resolver's order changes from one answer to the next.
    fn enqueue(&mut self, user: usize, mut addresses: Vec<SocketAddr>) {
        let Some(Asked {
            endpoint,
            server_name,
        }) = self.asked.get(user)
        else {
            return;
        };
        for address in &mut addresses {
            address.set_port(endpoint.port);
        }
        addresses.sort_unstable();
        addresses.dedup();
        self.answers.expect(user, &addresses);
        let tickets = addresses.into_iter().enumerate();
        self.waiting.extend(tickets.map(|(place, address)| Ticket {
            user,
            place,
            address,
            server_name: server_name.clone(),
        }));
    }

    /// Begins as many connections as there is room for.
    fn take_off(&mut self) {
        while self.flights.count() < self.jobs
            && let Some(ticket) = self.waiting.pop_front()
        {
            let end = Instant::now() + self.each;
            match self.flights.begin(&ticket, end) {
                Ok(()) => {}
                Err(error) if is_out_of_descriptors(&error) && self.flights.count() > 0 => {
                    // What is open now is all that this process may have at once.
                    self.jobs = self.flights.count();
                    self.waiting.push_front(ticket);
                }
                Err(error) => {
                    let fault = Err(connect_fault(error));
                    self.answers.fill(ticket.user, ticket.place, fault);
                }
            }
        }
    }
}

fn is_out_of_descriptors(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(errno, Some(Errno::EMFILE | Errno::ENFILE))
}
