//! New files in a folder that did not exist before: the stand-in server of `dhtls demo`.

use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::Uid;

use crate::error::FileError;
use crate::secret::Secret;
use crate::system::plan::Mode;
use crate::system::random;

/// A file to create, its path below the folder.
#[derive(Debug)]
pub(crate) struct NewFile {
    pub(crate) path: &'static str,
    pub(crate) mode: Mode,
    pub(crate) bytes: Secret,
}

/// Makes sure that `folder` is there, empty, and nobody else's: whoever may write in it could turn what is
/// made in it meanwhile.
///
/// # Errors
/// It holds something already, is someone else's, or cannot be made.
pub(crate) fn empty_folder(folder: &Path) -> Result<PathBuf, FileError> {
    let failed = |error| FileError::io("create", folder, error);
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => made.map_err(failed)?,
    }
    let found = fs::metadata(folder).map_err(failed)?;
    let fault = if found.uid() != Uid::effective().as_raw() {
        Some("does not belong to the user who runs dhtls")
    } else if found.mode() & 0o002 != 0 {
        Some("can be written by others")
    } else {
        None
    };
    if let Some(fault) = fault {
        let path = folder.to_owned();
        return Err(FileError::UnsafeFolder { path, fault });
    }
    if fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(failed(std::io::ErrorKind::DirectoryNotEmpty.into()));
    }
    folder.canonicalize().map_err(failed)
}

/// A folder of its own among the temporary files, which stays. Its name cannot be guessed, and one that is
/// there is not taken: in a folder for all someone else would have made it.
///
/// # Errors
/// It cannot be made.
pub(crate) fn temporary_folder(name: &str) -> Result<PathBuf, FileError> {
    let folder = std::env::temp_dir().join(format!("{name}-{}", random::hex::<8>()?));
    let failed = |error| FileError::io("create", &folder, error);
    DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .map_err(failed)?;
    folder.canonicalize().map_err(failed)
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
