//! What the proofs share: scenarios (a server before and after a command), images of a folder, and the
//! verdict on what a death, a fault or a power cut has left of it.
//!
//! A proof takes a [`scenario::Scenario`], lays its files into a folder of its own choice (memory, a
//! loop-mounted file system), lets the command run and something happen to it, and asks the
//! [`verdict`] at once and once more after [`scenario::Scenario::recover`].

use std::path::PathBuf;

pub(crate) mod essence;
pub(crate) mod image;
pub(crate) mod inject;
pub(crate) mod outline;
pub(crate) mod points;
pub(crate) mod scenario;
pub(crate) mod served;
pub(crate) mod service;
pub(crate) mod subject;
