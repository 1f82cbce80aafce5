//! One HTTP request, over plain TCP or TLS, that takes no more time and memory than it is given.

use crate::secret::Secret;

/// What a user types into a browser that asks for a password.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: Secret,
}
