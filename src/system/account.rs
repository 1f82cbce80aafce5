//! Users and groups by name, through the host's name service: irisadmin may come from LDAP.

use std::path::PathBuf;

use nix::unistd::{Gid, Group, Uid, User};

use crate::error::FileError;
use crate::system::call::again;
use crate::system::plan::Owner;

/// The numbers of a user and a group. A number stands for itself when it is nobody's name, as in
/// chown(1).
pub(crate) fn owner(user: &str, group: &str) -> Result<Owner, FileError> {
    let known_user = again(|| User::from_name(user)).map_err(|error| FileError::NameService {
        name: user.to_owned(),
        source: error,
    })?;
    let known_group =
        again(|| Group::from_name(group)).map_err(|error| FileError::NameService {
            name: group.to_owned(),
            source: error,
        })?;
    Ok(Owner {
        user: known_user
            .map(|user| user.uid.as_raw())
            .or_else(|| user.parse().ok())
            .ok_or_else(|| FileError::UnknownUser {
                name: user.to_owned(),
            })?,
        group: known_group
            .map(|group| group.gid.as_raw())
            .or_else(|| group.parse().ok())
            .ok_or_else(|| FileError::UnknownGroup {
                name: group.to_owned(),
            })?,
    })
}

/// The home of a user, by default of whoever runs dhtls.
pub(crate) fn home(user: Option<&str>) -> Option<PathBuf> {
    let found = match user {
        Some(name) => again(|| User::from_name(name)),
        None => again(|| User::from_uid(Uid::effective())),
    };
    Some(found.ok()??.dir)
}

/// `irisadmin:dbquery`; numbers for those without a name.
pub(crate) fn names(owner: Owner) -> String {
    format!("{}:{}", user_name(owner.user), group_name(owner.group))
}

pub(crate) fn user_name(user: u32) -> String {
    match User::from_uid(Uid::from_raw(user)) {
        Ok(Some(user)) => user.name,
        Ok(None) | Err(_) => user.to_string(),
    }
}

pub(crate) fn group_name(group: u32) -> String {
    match Group::from_gid(Gid::from_raw(group)) {
        Ok(Some(group)) => group.name,
        Ok(None) | Err(_) => group.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_found_by_name() {
        let root = owner("root", "root").unwrap();
        assert_eq!(root, Owner { user: 0, group: 0 });
        assert_eq!(names(root), "root:root");
    }

    #[test]
    fn a_number_without_a_name_stands_for_itself() {
        let stranger = owner("64123", "64124").unwrap();
        assert_eq!(
            stranger,
            Owner {
                user: 64123,
                group: 64124
            }
        );
        assert_eq!(names(stranger), "64123:64124");
    }

    #[test]
    fn an_unknown_name_is_said() {
        let error = owner("nobody-of-that-name", "root").unwrap_err();
        assert_eq!(error.to_string(), "there is no user nobody-of-that-name");
        let error = owner("root", "no-such-group").unwrap_err();
        assert_eq!(error.to_string(), "there is no group no-such-group");
    }
}
