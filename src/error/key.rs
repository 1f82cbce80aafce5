//! What can go wrong with a key.

use std::fmt;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug)]
pub(crate) enum KeyError {}

impl KeyError {
    pub(crate) fn hint(&self) -> Option<String> {
        match *self {}
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}
