//! Everything that can be said of the certificates of one source, whatever its form.
