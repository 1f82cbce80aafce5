//! What a Deephaven server is: where its files are, which settings are effective, how its services run.

pub(crate) mod cus;
pub(crate) mod inventory;
pub(crate) mod java;
pub(crate) mod layout;
pub(crate) mod lighttpd;
pub(crate) mod monit_service;
pub(crate) mod properties;
pub(crate) mod services;
pub(crate) mod settings;
pub(crate) mod site;
pub(crate) mod stand_in;
pub(crate) mod webapi;
