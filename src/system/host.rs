//! The machine as one value: clock, rights, root, streams. Tests need no globals.

use std::io::{self, IsTerminal, Write};

use nix::unistd::Uid;
use time::OffsetDateTime;

use crate::system::root::Root;

/// Everything that a command may ask of the machine it runs on.
pub struct Host {
    clock: fn() -> OffsetDateTime,
    /// Below which every path of the server lies.
    pub(crate) root: Root,
    pub(crate) out: Box<dyn Write>,
    pub(crate) err: Box<dyn Write>,
    /// Whether stderr takes colour.
    pub(crate) coloured: bool,
}

impl Host {
    /// The real machine: its clock, its file system, this process's streams.
    pub fn real() -> Self {
        Self {
            clock: OffsetDateTime::now_utc,
            root: Root::real(),
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            coloured: false,
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    /// The machine's own name.
    pub(crate) fn name(&self) -> String {
        let name = nix::unistd::gethostname().ok();
        let name = name.and_then(|name| name.into_string().ok());
        name.unwrap_or_else(|| "localhost".to_owned())
    }

    /// Whether owners can be given away, and every file read.
    pub(crate) fn is_superuser(&self) -> bool {
        Uid::effective().is_root()
    }

    /// Whether someone can be asked for a passphrase.
    pub(crate) fn can_prompt(&self) -> bool {
        io::stdin().is_terminal()
    }
}

/// Linux names each start of the machine, random(4); `None`: there is no `/proc`.
pub(crate) fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim_end().to_owned())
}
