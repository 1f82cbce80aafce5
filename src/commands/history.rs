//! `dhtls history`: what dhtls changed, newest last.
