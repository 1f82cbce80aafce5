//! What a file carries besides bytes, mode and owner: its access list, an administrator's SELinux
//! label, `user.*` attributes. A plain write-and-rename would lose them.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use xattr::FileExt;

use crate::system::acl;
use crate::system::call::again;
use crate::system::plan::Mode;

/// One extended attribute (xattr(7)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extended {
    name: String,
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    value: Vec<u8>,
}

/// The attributes of an open file that are carried over, by name.
pub(crate) fn read(file: &File) -> io::Result<Vec<Extended>> {
    let names = match again(|| file.list_xattr()) {
        Ok(names) => names,
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut all = Vec::new();
    for name in names.filter_map(carried) {
        if let Some(value) = again(|| file.get_xattr(&name))? {
            all.push(Extended { name, value });
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

fn carried(name: OsString) -> Option<String> {
    let name = name.into_string().ok()?;
    let carried = name.starts_with("user.") || name == "security.selinux" || name == acl::ACCESS;
    carried.then_some(name)
}

/// What a new file of mode `new` gets from an old one of mode `old`.
pub(crate) fn inherited(extended: &[Extended], old: Mode, new: Mode) -> Vec<Extended> {
    if old == new {
        return extended.to_vec();
    }
    let adapted = |one: &Extended| {
        let value = match one.name.as_str() {
            acl::ACCESS => acl::for_mode(&one.value, new)?,
            _ => one.value.clone(),
        };
        Some(Extended {
            name: one.name.clone(),
            value,
        })
    };
    extended.iter().filter_map(adapted).collect()
}

/// Takes away the access list that a new file got from its folder. Before the mode is set: a wider one
/// would make the list count.
pub(crate) fn drop_inherited_acl(file: &File) -> io::Result<()> {
    for name in [acl::ACCESS, acl::DEFAULT] {
        match again(|| file.remove_xattr(name)) {
            Err(error) if is_absent(&error) => {}
            result => result?,
        }
    }
    Ok(())
}

/// Gives the attributes to a new file. Its bytes are public from then on to whom its list names.
pub(crate) fn write(extended: &[Extended], file: &File) -> io::Result<()> {
    if extended.is_empty() {
        return Ok(());
    }
    // A label that is right already may be one that we are not allowed to set.
    let present = read(file)?;
    let missing = extended.iter().filter(|one| !present.contains(one));
    // The list last: it may take the right to write from the owner, who then may set nothing more.
    let (lists, others): (Vec<_>, Vec<_>) = missing.partition(|one| one.name == acl::ACCESS);
    for missing in others.into_iter().chain(lists) {
        again(|| file.set_xattr(&missing.name, &missing.value))?;
    }
    Ok(())
}

/// The access list among the attributes, for people.
pub(crate) fn named_in_acl(extended: &[Extended]) -> Vec<String> {
    let list = extended.iter().find(|one| one.name == acl::ACCESS);
    list.map(|list| acl::named(&list.value)).unwrap_or_default()
}

fn is_absent(error: &io::Error) -> bool {
    let no_data = nix::errno::Errno::ENODATA as i32;
    error.kind() == ErrorKind::Unsupported || error.raw_os_error() == Some(no_data)
}

fn to_base64<S: Serializer>(value: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(value))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    BASE64_STANDARD
        .decode(text)
        .map_err(serde::de::Error::custom)
}
