//! Names become addresses on threads of their own: the resolver cannot be asked to hurry, so a hung one
//! is left behind. It holds up neither the survey nor the end of the process.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::mem;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::system::endpoint::connect::resolve;

/// Turns a host into its addresses, with port 0, or says why it has none.
pub(super) type Resolver = fn(&str) -> Result<Vec<SocketAddr>, String>;

/// getaddrinfo(3).
pub(super) const SYSTEM_RESOLVER: Resolver = |host| resolve(host, 0);

/// What became of a name, and by which of the endpoints it is used.
pub(super) struct Found {
    pub(super) users: Vec<usize>,
    /// `None`: the name service did not answer in time.
    pub(super) addresses: Option<Result<Vec<SocketAddr>, String>>,
}

/// Every name that is wanted, once.
pub(super) struct Names {
    resolver: Resolver,
    users: HashMap<String, Vec<usize>>,
    queue: VecDeque<String>,
    /// When to give up.
    running: HashMap<String, Instant>,
    results: (Sender<Answer>, Receiver<Answer>),
    wake: Arc<UnixStream>,
}

type Answer = (String, Result<Vec<SocketAddr>, String>);

impl Names {
    /// One byte is written to `wake` with every answer.
    pub(super) fn new(resolver: Resolver, wake: UnixStream) -> Self {
        Self {
            resolver,
            users: HashMap::new(),
            queue: VecDeque::new(),
            running: HashMap::new(),
            results: mpsc::channel(),
            wake: Arc::new(wake),
        }
    }

    pub(super) fn want(&mut self, host: &str, user: usize) {
        if let Some(users) = self.users.get_mut(host) {
            users.push(user);
        } else {
            self.users.insert(host.to_owned(), vec![user]);
            self.queue.push_back(host.to_owned());
        }
    }

    /// Starts to look up what is still waiting, `most` names at once.
    pub(super) fn start(&mut self, most: usize, each: Duration) -> Vec<Found> {
        let mut failed = Vec::new();
        while self.running.len() < most
            && let Some(host) = self.queue.pop_front()
        {
            match self.look_up(host.clone()) {
                Ok(()) => {
                    self.running.insert(host, Instant::now() + each);
                }
                Err(error) => failed.push(self.found(&host, Some(Err(error.to_string())))),
            }
        }
        failed
    }

    /// What has been answered, and what never will be.
    pub(super) fn take(&mut self, now: Instant) -> Vec<Found> {
        let mut found = Vec::new();
        while let Ok((host, addresses)) = self.results.1.try_recv() {
            // What comes too late has been given up already.
            if self.running.remove(&host).is_some() {
                found.push(self.found(&host, Some(addresses)));
            }
        }
        let late: Vec<String> = self
            .running
            .extract_if(|_, end| *end <= now)
            .map(|(host, _)| host)
            .collect();
        found.extend(late.iter().map(|host| self.found(host, None)));
        found
    }

    /// Users of the names whose turn never came.
    pub(super) fn never_asked(&mut self) -> Vec<usize> {
        let queue = mem::take(&mut self.queue);
        let users = queue.iter().flat_map(|host| self.users.remove(host));
        users.flatten().collect()
    }

    /// The names that are looked up right now are given up.
    pub(super) fn abandon(&mut self) -> Vec<Found> {
        let running: Vec<String> = self.running.drain().map(|(host, _)| host).collect();
        running.iter().map(|host| self.found(host, None)).collect()
    }

    fn found(&mut self, host: &str, addresses: Option<Result<Vec<SocketAddr>, String>>) -> Found {
        let users = self.users.remove(host).unwrap_or_default();
        Found { users, addresses }
    }

    fn look_up(&self, host: String) -> io::Result<()> {
        let (resolver, sender) = (self.resolver, self.results.0.clone());
        let wake = Arc::clone(&self.wake);
        let work = move || {
            let answer = resolver(&host);
            // After the survey nobody listens any more.
            if sender.send((host, answer)).is_ok() {
                let _ = wake.as_ref().write(&[0]);
            }
        };
        thread::Builder::new().spawn(work).map(drop)
    }
}
