//! A new file beside the one that it will replace, complete and on the disk before it gets the name.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use nix::sys::stat::{Mode as Permissions, fchmod, fstat};
use nix::unistd::{Gid, Uid, fchown, fsync};

use crate::error::FileError;
use crate::system::call::{again, once};
use crate::system::extended::{self, Extended};
use crate::system::folder::Folder;
use crate::system::plan::{Attributes, Mode, Owner};
use crate::system::snapshot;

/// Characters of the target's name in a staged one: names have at most 255 bytes.
const MOST_OF_NAME: usize = 50;

/// The name under which a transaction prepares the new file. It starts with a dot and ends in `.dhtls`
/// so that no include glob picks it up; the token keeps others from taking it first.
pub(crate) fn staged_name(name: &OsStr, token: &str) -> OsString {
    beside(name, token, "new")
}

/// The name under which the old file waits until the change is proven.
pub(crate) fn kept_name(name: &OsStr, token: &str) -> OsString {
    beside(name, token, "old")
}

/// The name under which the final content waits while another one stands there.
pub(crate) fn final_name(name: &OsStr, token: &str) -> OsString {
    beside(name, token, "final")
}

/// The name of a copy that only exists for another program to judge it.
pub(crate) fn judged_name(name: &OsStr, token: &str) -> OsString {
    beside(name, token, "judged")
}

/// The name under which a report is written, of which no record knows.
pub(crate) fn report_name(name: &OsStr, token: &str) -> OsString {
    beside(name, token, "report")
}

fn beside(name: &OsStr, token: &str, which: &str) -> OsString {
    let name: String = name.to_string_lossy().chars().take(MOST_OF_NAME).collect();
    format!(".{name}.{token}.{which}.dhtls").into()
}

/// Creates `name`, which must not exist, whole and on the disk. Until the very end only its owner can
/// read it. A failure leaves what there is of it to whoever knows the name.
pub(crate) fn stage(
    folder: &Folder,
    name: &OsStr,
    bytes: &[u8],
    attributes: &Attributes,
    extended: &[Extended],
) -> Result<(), FileError> {
    let mut file = folder.create(name)?;
    let filled = fill(&mut file, bytes, attributes, extended);
    folder.say("write", name, filled)
}

/// Fills a file that was just created for its owner alone.
pub(crate) fn fill(
    file: &mut File,
    bytes: &[u8],
    attributes: &Attributes,
    extended: &[Extended],
) -> io::Result<()> {
    extended::drop_inherited_acl(file)?;
    once(|| file.write_all(bytes))?;
    // Owner first: the wider mode must not be for whoever runs dhtls and his group.
    dress(file, attributes, extended)?;
    once(|| fsync(&*file))
}

/// Creates a folder that looks as wanted, whatever access list its parent passes on.
pub(crate) fn create_folder(
    parent: &Folder,
    name: &OsStr,
    attributes: &Attributes,
) -> Result<(), FileError> {
    parent.create_folder(name)?;
    set_up_folder(parent, name, attributes)
}

/// Gives a folder the wanted looks, whatever it has now.
pub(crate) fn set_up_folder(
    parent: &Folder,
    name: &OsStr,
    attributes: &Attributes,
) -> Result<(), FileError> {
    let created = File::from(parent.enter(name)?.into_descriptor());
    let dressed =
        extended::drop_inherited_acl(&created).and_then(|()| dress(&created, attributes, &[]));
    parent.say("set up", name, dressed)
}

fn dress(file: &File, attributes: &Attributes, extended: &[Extended]) -> io::Result<()> {
    give(file, attributes.owner)?;
    extended::write(extended, file)?;
    let Mode(mode) = attributes.mode;
    let permissions = Permissions::from_bits_truncate(mode);
    again(|| fchmod(file.as_fd(), permissions))
}

fn give(file: &File, owner: Option<Owner>) -> io::Result<()> {
    let Some(wanted) = owner else {
        return Ok(());
    };
    let present = snapshot::owner(&again(|| fstat(file))?);
    if present == wanted {
        return Ok(());
    }
    let user = (present.user != wanted.user).then(|| Uid::from_raw(wanted.user));
    let group = (present.group != wanted.group).then(|| Gid::from_raw(wanted.group));
    again(|| fchown(file, user, group))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::system::scratch::{Scratch, attributes};

    #[test]
    fn a_planted_name_is_neither_followed_nor_taken() {
        let scratch = Scratch::new();
        scratch.file("/victim", "untouched", 0o600);
        scratch.make_folder("/etc", 0o777);
        scratch.link("/etc/.file.token.new.dhtls", "/victim");
        let folder = scratch.host.root.folder(Path::new("/etc")).unwrap();
        let name = staged_name(OsStr::new("file"), "token");
        let error = stage(&folder, &name, b"key", &attributes(0o600), &[]).unwrap_err();
        assert!(error.is_already_there(), "{error}");
        assert_eq!(scratch.read("/victim"), "untouched");
    }

    #[test]
    fn no_include_glob_picks_up_a_staged_name_however_long() {
        let names = [staged_name, kept_name, final_name, judged_name, report_name];
        for name in ["webapi.p12", &"x".repeat(255), &"\u{1f512}".repeat(63)] {
            let beside = names.map(|beside| beside(OsStr::new(name), "0123456789abcdef"));
            for beside in &beside {
                let text = beside.to_str().unwrap();
                assert!(text.starts_with('.') && text.ends_with(".dhtls") && text.len() <= 255);
            }
            assert_eq!(BTreeSet::from(beside).len(), names.len());
        }
    }
}
