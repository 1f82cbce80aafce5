//! Questions to the person at the terminal.

use crate::error::FileError;
use crate::secret::Secret;

/// Asks for a passphrase without echo.
///
/// # Errors
/// The terminal went away.
pub(crate) fn passphrase(question: &str) -> Result<Secret, FileError> {
    rpassword::prompt_password(question)
        .map(|typed| Secret::new(typed.into_bytes()))
        .map_err(|error| FileError::io("read from", "the terminal", error))
}
