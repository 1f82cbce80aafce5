//! The Client Update Service: lighttpd, its bundle, and the launcher file that it serves.
