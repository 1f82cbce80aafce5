//! Bytes that nobody can guess.

use std::io;

use crate::error::FileError;

/// # Errors
/// The system has no randomness to give.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], FileError> {
    let mut bytes = [0; N];
    openssl::rand::rand_bytes(&mut bytes)
        .map_err(|error| FileError::io("read", "random numbers", io::Error::other(error)))?;
    Ok(bytes)
}

/// The same as lower-case hex, for names that must not be taken already.
///
/// # Errors
/// As [`bytes`].
pub(crate) fn hex<const N: usize>() -> Result<String, FileError> {
    let bytes = bytes::<N>()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
