//! One file a command: its flags, its help, its decision.

pub(crate) mod demo;
pub(crate) mod history;
pub(crate) mod install_webapi;
pub(crate) mod pair;
pub(crate) mod pair_args;
pub(crate) mod proposal;
pub(crate) mod rollback;
pub(crate) mod service;
pub(crate) mod target_file;
