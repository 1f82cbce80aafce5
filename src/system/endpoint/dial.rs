//! One address that is asked what it serves, step by step and without ever blocking.

use std::net::TcpStream;

use openssl::ssl::MidHandshakeSslStream;

use crate::error::service::EndpointFault;
use crate::system::endpoint::quick::Quick;
use crate::system::endpoint::watched::Watched;
use crate::system::endpoint::{Served, connect, tls};

/// Which of our two TLS clients asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// Knows everything that a server may want; slow.
    OpenSsl,
    /// Knows what servers usually want.
    Quick,
}

/// A connection and its handshake.
pub(crate) struct Dial {
    server_name: String,
    client: Client,
    /// `None` after the end.
    state: Option<State>,
}

enum State {
    Connecting(TcpStream),
    OpenSsl(MidHandshakeSslStream<Watched>),
    Quick(Box<Quick>),
}

/// What a step led to.
pub(crate) enum Progress {
    Done(Result<Served, EndpointFault>),
    /// The quick client cannot end it: to be asked again by OpenSSL, on another connection.
    SecondOpinion,
    /// The next step is due when the socket becomes readable or writable.
    Waiting,
}

impl Dial {
    /// `stream` comes from [`connect::begin`]. `server_name` as in [`super::handshake`].
    pub(crate) fn new(stream: TcpStream, server_name: &str, client: Client) -> Self {
        Self {
            server_name: server_name.to_owned(),
            client,
            state: Some(State::Connecting(stream)),
        }
    }

    /// Goes as far as the socket lets it.
    pub(crate) fn step(&mut self) -> Progress {
        match self.state.take() {
            Some(State::Connecting(stream)) => self.connected(stream),
            Some(State::OpenSsl(unfinished)) => self.by_openssl(tls::resume(unfinished)),
            Some(State::Quick(quick)) => self.by_quick(quick),
            None => Progress::Waiting,
        }
    }

    /// What is known when there is no time left.
    pub(crate) fn late(&self) -> Result<Served, EndpointFault> {
        match &self.state {
            Some(State::Connecting(_)) => Err(EndpointFault::TimedOut),
            Some(State::Quick(quick)) => quick.late(),
            Some(State::OpenSsl(_)) | None => Err(EndpointFault::Silent),
        }
    }

    fn connected(&mut self, stream: TcpStream) -> Progress {
        match stream.take_error() {
            Ok(None) => {}
            Ok(Some(error)) | Err(error) => {
                return Progress::Done(Err(connect::connect_fault(error)));
            }
        }
        if stream.peer_addr().is_err() {
            self.state = Some(State::Connecting(stream));
            return Progress::Waiting;
        }
        match self.client {
            Client::OpenSsl => self.by_openssl(tls::begin(stream, &self.server_name)),
            Client::Quick => match Quick::new(stream, &self.server_name) {
                Some(quick) => self.by_quick(Box::new(quick)),
                None => Progress::SecondOpinion,
            },
        }
    }

    fn by_quick(&mut self, mut quick: Box<Quick>) -> Progress {
        let progress = quick.step();
        if matches!(progress, Progress::Waiting) {
            self.state = Some(State::Quick(quick));
        }
        progress
    }

    fn by_openssl(&mut self, step: Result<tls::Step, EndpointFault>) -> Progress {
        match step {
            Ok(tls::Step::Done(session)) => Progress::Done(Ok(session.end())),
            Ok(tls::Step::Dropped(served, _)) => Progress::Done(Ok(served)),
            Ok(tls::Step::Waiting(unfinished)) => {
                self.state = Some(State::OpenSsl(unfinished));
                Progress::Waiting
            }
            Err(fault) => Progress::Done(Err(fault)),
        }
    }
}
