//! `dhtls check`: the truth about every certificate, for monitoring.
