//! dhtls: TLS and certificates for Deephaven servers. docs/architecture.md shows the rooms.
#![forbid(unsafe_code)]

mod config;
mod error;
mod pki;
mod secret;
mod server;
mod system;
