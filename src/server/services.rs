//! The services of a server: monit runs them, what they serve proves them, their log says what went wrong.

mod log;
mod monit;
mod monit_log;
mod proof;

#[cfg(test)]
pub(crate) mod testing;

pub(crate) use log::{last_log_lines, without_time};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use monit::parse_status;
pub(crate) use monit::{Monit, State, Status};
pub(crate) use monit_log::{monit_log_lines, monit_logs};
pub(crate) use proof::{
    Answer, ask, expect_back_only_what_is_served, preflight, put_back_after_files,
    put_back_before_files, restart_and_prove,
};
