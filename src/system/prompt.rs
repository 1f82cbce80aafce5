//! Questions to the person at the terminal.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};

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

/// Asks a question that `y` or `yes` agrees to; anything else, an empty line too, does not.
///
/// # Errors
/// The terminal went away.
pub(crate) fn agree(question: &str) -> Result<bool, FileError> {
    ask(question).map_err(|error| FileError::io("read from", "the terminal", error))
}

fn ask(question: &str) -> io::Result<bool> {
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    write!(&terminal, "{question} [y/N] ")?;
    let mut typed = String::new();
    BufReader::new(&terminal).read_line(&mut typed)?;
    Ok(["y", "yes"].contains(&typed.trim().to_ascii_lowercase().as_str()))
}
