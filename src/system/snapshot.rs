//! What a file was when it was read, to notice that someone else changed it since.

use serde::{Deserialize, Serialize};

use crate::system::plan::{Mode, Owner};

/// Identity, metadata and content of one regular file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) size: u64,
    /// Lower-case hex.
    pub(crate) sha256: String,
    pub(crate) mode: Mode,
    pub(crate) owner: Owner,
}
