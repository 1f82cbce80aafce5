//! Owners and modes: what is wanted against what is there.

use std::path::Path;

use crate::pki::findings::{Code, Finding};
use crate::server::inventory::{Presence, Role, ServerFile, Wanted};
use crate::system::account;
use crate::system::plan::{Mode, Owner};
use crate::system::root::Root;
use crate::system::snapshot;

/// Whether owners count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owners {
    /// `is_real`: the accounts of this machine are those of the server.
    Compared {
        is_real: bool,
    },
    LeftAlone,
}

pub(super) fn findings(file: &ServerFile, owners: Owners) -> Vec<Finding> {
    let Presence::There { mode, owner } = file.presence else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if let Owners::Compared { is_real } = owners {
        let found = wrong_owner(&file.wanted, owner, is_real);
        let found = found.or_else(|| cannot_read(file, mode));
        findings.extend(found.map(|message| Finding::new(Code::WrongOwner, message)));
    }
    let loose = loose(file, mode, owner);
    findings.extend(loose.map(|message| Finding::new(Code::LoosePermissions, message)));
    findings
}

fn wrong_owner(wanted: &Wanted, have: Owner, is_real: bool) -> Option<String> {
    // A number stands for itself; below another root a name that is not known here says nothing.
    let is_user = |name: &str| match account::owner(name, "0") {
        Ok(known) => known.user == have.user,
        Err(_) => !is_real,
    };
    let is_group = |name: &str| match account::owner("0", name) {
        Ok(known) => known.group == have.group,
        Err(_) => !is_real,
    };
    let (user, group) = (wanted.user.as_deref(), wanted.group.as_deref());
    if user.is_none_or(is_user) && group.is_none_or(is_group) {
        return None;
    }
    let names = account::names(have);
    Some(match (user, group) {
        (Some(user), Some(group)) => {
            format!("it belongs to {names}, and has to belong to {user}:{group}")
        }
        (Some(user), None) => format!("it belongs to {names}, and has to belong to {user}"),
        (None, Some(group)) => {
            format!("it belongs to {names}, and has to belong to the group {group}")
        }
        (None, None) => return None,
    })
}

/// That a reader who should be able to read is kept out by the mode. Nothing keeps root out.
fn cannot_read(file: &ServerFile, have: Mode) -> Option<String> {
    let Wanted { user, group, mode } = &file.wanted;
    let wanted = (*mode)?;
    let lacks = |bit: u32| wanted.0 & bit != 0 && have.0 & bit == 0;
    let kept_out = match (user.as_deref(), group.as_deref()) {
        (Some(user), _) if user != "root" && lacks(0o400) => user.to_owned(),
        (_, Some(group)) if lacks(0o040) => format!("the group {group}"),
        (_, _) => return None,
    };
    Some(format!(
        "{kept_out} cannot read it: its mode is {have}, and {wanted} is wanted"
    ))
}

fn loose(file: &ServerFile, have: Mode, owner: Owner) -> Option<String> {
    let wanted = file.wanted.mode?;
    // The group of root has no other members.
    let group = if owner.group == 0 { 0 } else { 0o070 };
    let extra = have.0 & !wanted.0 & (0o007 | group);
    if extra == 0 {
        return None;
    }
    let who = match extra & 0o007 != 0 {
        true => "everyone".to_owned(),
        false => format!("the group {}", account::group_name(owner.group)),
    };
    let may = match (extra & 0o044 != 0, extra & 0o022 != 0) {
        (true, true) => "read and change",
        (_, true) => "change",
        (true, false) => "read",
        (false, false) => return None,
    };
    let what = match file.role {
        Role::Passphrase => "the passphrase",
        Role::Users => "the users",
        Role::Bundle | Role::Keystore | Role::PrivateKey => "the private key",
        Role::Certificate
        | Role::Input
        | Role::Launcher
        | Role::Lighttpd
        | Role::Properties
        | Role::ServiceFile => "it",
    };
    Some(format!(
        "its mode {have} lets {who} {may} {what}; {wanted} is enough"
    ))
}

/// Who could look there: of the innermost folder that can be looked at.
pub(super) fn who_may_enter(path: &Path, root: &Root) -> Option<String> {
    let (folder, stat) = path.ancestors().skip(1).find_map(|folder| {
        let stat = root.stat(folder).ok()??;
        Some((folder, stat))
    })?;
    let (mode, owner) = (snapshot::mode(&stat), snapshot::owner(&stat));
    let shown = root.shown(folder);
    let shown = shown.display();
    Some(match mode.0 & 0o010 != 0 && owner.group != 0 {
        true => format!(
            "root and members of the group {} can look into {shown}",
            account::group_name(owner.group)
        ),
        false => format!("run dhtls as root to look into {shown}"),
    })
}
