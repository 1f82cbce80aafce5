pub(crate) mod java;
pub(crate) mod layout;
pub(crate) mod services;
pub(crate) mod webapi;
