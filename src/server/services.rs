//! The services of a server: monit runs them, what they serve proves them, their log says what went wrong.

mod log;
mod monit;
mod proof;

#[cfg(test)]
pub(crate) mod testing;

pub(crate) use log::last_log_lines;
pub(crate) use monit::{Monit, State, Status};
pub(crate) use proof::{
    Answer, ask, expect_back_only_what_is_served, preflight, put_back_after_files,
    put_back_before_files, restart_and_prove,
};
