//! The only code that touches the machine.

pub(crate) mod account;
pub(crate) mod acl;
pub(crate) mod anchors;
pub(crate) mod atomic;
pub(crate) mod call;
pub(crate) mod deadline;
pub(crate) mod diff;
pub(crate) mod endpoint;
pub(crate) mod extended;
pub(crate) mod folder;
pub(crate) mod history;
pub(crate) mod host;
pub(crate) mod interrupt;
pub(crate) mod journal;
pub(crate) mod lock;
pub(crate) mod memory;
pub(crate) mod pattern;
pub(crate) mod permission;
pub(crate) mod plan;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod prompt;
pub(crate) mod publish;
pub(crate) mod random;
pub(crate) mod read;
pub(crate) mod root;
pub(crate) mod scaffold;
#[cfg(test)]
pub(crate) mod scratch;
pub(crate) mod snapshot;
pub(crate) mod survey;
pub(crate) mod transaction;
pub(crate) mod tree;
pub(crate) mod uptime;
