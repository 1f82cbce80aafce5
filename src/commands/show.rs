//! `dhtls show`: everything a person wants to read of a certificate, key, request, keystore or endpoint.
