//! What can go wrong with a keystore.

use std::fmt;

/// Variants are in alphabetical order. `Display` is the problem; `hint` is the way out.
#[derive(Debug)]
pub(crate) enum KeystoreError {}

impl KeystoreError {
    pub(crate) fn hint(&self) -> Option<String> {
        match *self {}
    }
}

impl fmt::Display for KeystoreError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}
