//! Conditions: which blocks open ports, and which settings in blocks win over the global ones.

use crate::config::lighttpd::scope::{Place, Scope, Tested};
use crate::config::lighttpd::{Configuration, Data};
use crate::error::{LighttpdError, Position};

/// A setting inside a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conditional {
    pub(crate) at: Position,
    /// As in `$HTTP["host"] == "example.com"`; the innermost.
    pub(crate) condition: String,
    pub(crate) data: Data,
}

/// A `$SERVER["socket"] == "ADDRESS" { }`, which opens a port of its own, in whatever block it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Socket {
    pub(crate) at: Position,
    /// None: it depends on the environment.
    pub(crate) address: Option<String>,
    /// None: the server's own, that of a file system path, or not known.
    pub(crate) port: Option<u16>,
    /// Whether the block itself says `ssl.engine`.
    pub(crate) sets_engine: bool,
}

impl Socket {
    fn is_path(&self) -> bool {
        self.address
            .as_ref()
            .is_some_and(|address| address.starts_with('/'))
    }

    fn shown(&self) -> String {
        self.address.clone().unwrap_or_else(|| "?".to_owned())
    }
}

/// Of a condition lighttpd takes these from the global scope only, and warns.
const GLOBAL_ONLY: [&str; 5] = [
    "server.bind",
    "server.groupname",
    "server.modules",
    "server.port",
    "server.username",
];

const ENGINE: &str = "ssl.engine";

impl Configuration {
    /// Every setting of a key inside a condition.
    pub(crate) fn conditionals(&self, key: &str) -> Vec<Conditional> {
        let scopes = self.state.scopes.iter();
        let found = scopes.filter_map(|scope| self.conditional(scope, key));
        found.map(|(_, conditional)| conditional).collect()
    }

    /// The blocks that open a port.
    pub(crate) fn sockets(&self) -> Vec<Socket> {
        let found = self.placed_sockets();
        found.map(|(_, socket)| socket).collect()
    }

    /// An error if a block opens `port`, which the server is to have. On 1.4.69 such a server does not start
    /// ("Address already in use") if the block spells the address in another way than `server.bind` and
    /// `server.port`, and otherwise answers nobody or with the block's certificate.
    pub(crate) fn refuse_socket_on(&self, port: u16) -> Result<(), LighttpdError> {
        // Without a port of its own a block gets the server's.
        let is_on = |socket: &Socket| socket.port.unwrap_or(port) == port && !socket.is_path();
        match self.placed_sockets().find(|(_, socket)| is_on(socket)) {
            None => Ok(()),
            Some((place, socket)) => Err(LighttpdError::SocketBlock {
                at: self.original_position(place),
                address: socket.shown(),
                port,
            }),
        }
    }

    /// An error if a block opens a port and does not say `ssl.engine`. With a global `ssl.engine = "enable"`
    /// such a port has TLS but no certificate (1.4.69: "null ssl ctx"), so that nobody is answered there.
    pub(crate) fn refuse_inheriting_sockets(&self) -> Result<(), LighttpdError> {
        let mut sockets = self.placed_sockets();
        match sockets.find(|(_, socket)| !socket.sets_engine) {
            None => Ok(()),
            Some((place, socket)) => Err(LighttpdError::SocketInherits {
                at: self.original_position(place),
                address: socket.shown(),
            }),
        }
    }

    /// An error if a condition has another value for `key` than is wanted, and may win for the server's
    /// own port.
    pub(super) fn refuse_winning_condition(
        &self,
        key: &str,
        is_wanted: impl Fn(&Data) -> bool,
    ) -> Result<(), LighttpdError> {
        if GLOBAL_ONLY.iter().any(|it| it.eq_ignore_ascii_case(key)) {
            return Ok(());
        }
        let scopes = self.state.scopes.iter();
        let may_win = scopes.filter(|scope| self.may_win(scope, key));
        let mut found = may_win.filter_map(|scope| self.conditional(scope, key));
        match found.find(|(_, conditional)| !is_wanted(&conditional.data)) {
            None => Ok(()),
            Some((place, conditional)) => Err(LighttpdError::ConditionWins {
                key: key.to_owned(),
                at: self.original_position(place),
                condition: conditional.condition,
            }),
        }
    }

    fn placed_sockets(&self) -> impl Iterator<Item = (Place, Socket)> {
        self.state.scopes.iter().filter_map(|scope| {
            let tested = scope.condition.as_ref().filter(|it| opens_port(it))?;
            let address = tested.operand.as_ref();
            let address = address.map(|text| String::from_utf8_lossy(text).into_owned());
            let socket = Socket {
                at: self.position(tested.at),
                port: address.as_deref().and_then(port_of),
                address,
                sets_engine: scope.values.contains_key(ENGINE.as_bytes()),
            };
            Some((tested.at, socket))
        })
    }

    fn conditional(&self, scope: &Scope, key: &str) -> Option<(Place, Conditional)> {
        let condition = scope.condition.as_ref()?;
        let entry = scope.values.get(key.to_ascii_lowercase().as_bytes())?;
        let place = entry.assignments.last()?.place();
        let conditional = Conditional {
            at: self.position(place),
            condition: condition.text(),
            data: entry.data.clone(),
        };
        Some((place, conditional))
    }

    /// Whether a condition may be true for a connection to the server's own port.
    fn may_win(&self, scope: &Scope, key: &str) -> bool {
        let own = self.value("server.port").and_then(|port| port.integer());
        let mut scope = Some(scope);
        let mut may_win = true;
        while let Some(condition) = scope.and_then(|it| it.condition.as_ref()) {
            let opens = opens_port(condition);
            let port = condition.operand.as_ref();
            let port = port.and_then(|text| port_of(&String::from_utf8_lossy(text)));
            let is_elsewhere = opens && port.is_some() && port.map(i32::from) != own;
            // In any other condition it is ignored, with a warning.
            let is_ignored = key.eq_ignore_ascii_case(ENGINE) && !opens;
            may_win &= !is_elsewhere && !is_ignored;
            let parent = scope.and_then(|it| it.parent);
            scope = parent.and_then(|parent| self.state.scopes.get(parent));
        }
        may_win
    }
}

fn opens_port(condition: &Tested) -> bool {
    condition.is_socket() && condition.comparison == b"=="
}

/// The port of `:443`, `0.0.0.0:443`, `[::]:443` or `host:443`.
fn port_of(address: &str) -> Option<u16> {
    let (host, port) = address.rsplit_once(':')?;
    let is_part_of_ipv6 = host.contains(':') && !host.ends_with(']');
    match is_part_of_ipv6 || address.starts_with('/') {
        true => None,
        false => port.parse().ok(),
    }
}
