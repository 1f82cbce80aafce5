//! New files in a folder that did not exist before: the stand-in server of `dhtls demo`.

use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::error::FileError;
use crate::secret::Secret;
use crate::system::plan::Mode;

/// A file to create, its path below the folder.
#[derive(Debug)]
pub(crate) struct NewFile {
    pub(crate) path: &'static str,
    pub(crate) mode: Mode,
    pub(crate) bytes: Secret,
}

/// Makes sure that `folder` is there, empty, and ours alone.
///
/// # Errors
/// It holds something already, or cannot be made.
pub(crate) fn empty_folder(folder: &Path) -> Result<PathBuf, FileError> {
    let failed = |error| FileError::io("create", folder, error);
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => made.map_err(failed)?,
    }
    if fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(failed(std::io::ErrorKind::DirectoryNotEmpty.into()));
    }
    folder.canonicalize().map_err(failed)
}

/// A folder of its own among the temporary files, which stays.
///
/// # Errors
/// It cannot be made.
pub(crate) fn temporary_folder(name: &str, now: OffsetDateTime) -> Result<PathBuf, FileError> {
    let unique = format!("{name}-{}-{}", now.unix_timestamp(), std::process::id());
    empty_folder(&std::env::temp_dir().join(unique))
}

/// Creates the files, and the folders on the way.
///
/// # Errors
/// A file that is there already, or cannot be written.
pub(crate) fn create(folder: &Path, files: &[NewFile]) -> Result<(), FileError> {
    for file in files {
        let path = folder.join(file.path);
        let failed = |error| FileError::io("create", &path, error);
        let parent = path.parent().unwrap_or(folder);
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(parent)
            .map_err(failed)?;
        let mut options = File::options();
        options.write(true).create_new(true).mode(file.mode.0);
        let mut opened = options.open(&path).map_err(failed)?;
        opened.write_all(file.bytes.expose()).map_err(failed)?;
    }
    Ok(())
}
