//! The lighttpd of this machine, asked what it makes of a configuration.
