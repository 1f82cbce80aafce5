//! One file a command: its flags, its help, its decision.

pub(crate) mod check;
pub(crate) mod cus;
pub(crate) mod cus_auth;
pub(crate) mod cus_http;
pub(crate) mod cus_https;
pub(crate) mod demo;
pub(crate) mod history;
pub(crate) mod install_webapi;
pub(crate) mod judging_args;
pub(crate) mod pair;
pub(crate) mod pair_args;
pub(crate) mod proposal;
pub(crate) mod rollback;
pub(crate) mod service;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod target_file;

use std::path::PathBuf;

/// The path goes into the server's own configuration, and the server has no current folder to look it up
/// from.
fn absolute(text: &str) -> Result<PathBuf, String> {
    match text.starts_with('/') {
        true => Ok(PathBuf::from(text)),
        false => {
            Err("an absolute path is needed: it goes into the server's configuration".to_owned())
        }
    }
}
