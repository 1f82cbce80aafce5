//! Users files as a whole.

mod fixtures;
mod hashes;
mod live;
mod names;

use std::path::Path;

use crate::config::htpasswd::Users;
use crate::error::HtpasswdError;
use crate::secret::Secret;

fn parse(bytes: impl AsRef<[u8]>) -> Result<Users, HtpasswdError> {
    let bytes = Secret::new(bytes.as_ref().to_vec());
    Users::parse(Path::new("cus.user"), bytes)
}

fn secret(text: impl AsRef<[u8]>) -> Secret {
    Secret::new(text.as_ref().to_vec())
}
