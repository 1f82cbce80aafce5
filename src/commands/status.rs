//! `dhtls status`: what this server is, and what is right with it.
