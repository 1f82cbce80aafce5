//! One plan with every kind of change, failed and killed at every call.

mod faults;
mod inspection;
mod looks;
mod meanwhile;
mod promises;
mod provisional;
mod records;

use std::fs;
use std::os::unix::fs::symlink;

use crate::error::{Error, FileError, Result};
use crate::system::host::Host;
use crate::system::lock::Lock;
use crate::system::plan::{Action, Content, FileChange, Id, Owner, Plan, Provisional};
use crate::system::scratch::{Scratch, attributes, plan, restart};
use crate::system::transaction::recovery::recover;
use crate::system::transaction::{self, Applied, Staged, Unproven};

const PROP: &str = "/etc/props/iris-common.prop";

/// Whose file is only touched for the proof.
const USERS: &str = "/etc/auth/users";

/// What a file holds until the proof begins so.
const PROVISIONAL: &str = "provisional ";

const IRISADMIN: Owner = Owner {
    user: 64001,
    group: 64002,
};

/// A server before any change.
fn server() -> Scratch {
    let scratch = Scratch::fast();
    scratch
        .file("/etc/auth/webapi.p12", "old keystore", 0o400)
        .file(USERS, "user:hash\n", 0o640)
        .file("/etc/auth/passphrase", "kept bytes, new mode", 0o644)
        .file("/etc/props/iris-common.prop", "old=1\n", 0o644)
        .file("/etc/props/stale.prop", "goes away", 0o640)
        .file(
            "/etc/monit/web_api_service.disabled",
            "check process",
            0o600,
        )
        .make_folder("/etc/empty", 0o711);
    if nix::unistd::Uid::effective().is_root() {
        scratch.owner("/etc/auth/webapi.p12", IRISADMIN);
        scratch.owner("/etc/auth", IRISADMIN);
    }
    scratch
}

/// Every kind of change.
fn everything(scratch: &Scratch) -> Plan {
    let rename = Action::Rename {
        to: "/etc/monit/web_api_service".into(),
    };
    let changes: Vec<FileChange> = vec![
        scratch.write("/etc/auth/webapi.p12.ORG", "old keystore", 0o400),
        scratch.write("/etc/auth/webapi.p12", "new keystore", 0o440),
        scratch.write("/etc/auth/passphrase", "kept bytes, new mode", 0o400),
        scratch.write("/etc/props/iris-common.prop", "new=2\n", 0o644),
        scratch.change("/etc/props/stale.prop", Action::Remove),
        scratch.change("/etc/monit/web_api_service.disabled", rename),
        scratch.change("/etc/ssl", Action::CreateFolder(attributes(0o700))),
        scratch.write("/etc/ssl/lighttpd.pem", "bundle", 0o600),
        scratch.change("/etc/empty", Action::RemoveFolder(attributes(0o711))),
        scratch.write(USERS, "user:hash\n", 0o640),
    ];
    let mut plan = plan(changes);
    plan.provisional = [PROP, USERS, "/etc/ssl/lighttpd.pem"]
        .map(|path| Provisional {
            path: path.into(),
            content: Content::Public(format!("{PROVISIONAL}{path}").into()),
        })
        .into();
    plan.judged.push(PROP.into());
    if nix::unistd::Uid::effective().is_root()
        && let Some(FileChange {
            action: Action::Write { attributes, .. },
            ..
        }) = plan.changes.get_mut(1)
    {
        attributes.owner = Some(IRISADMIN);
    }
    plan
}

fn with_restart(mut plan: Plan) -> Plan {
    plan.restart = Some(restart());
    plan
}

/// Every plan that has something judged is judged, so that faults and deaths meet the copy too.
fn apply(
    host: &Host,
    lock: &Lock,
    plan: &Plan,
    interrupted: &dyn Fn() -> bool,
) -> Result<Applied, FileError> {
    let judge = |staged: &Staged<'_>| {
        for judged in &plan.judged {
            staged.copy_beside(judged, b"judged")?;
        }
        Ok(())
    };
    transaction::apply(host, lock, plan, Some(&judge), interrupted).map_err(of_a_file)
}

fn of_a_file(error: Error) -> FileError {
    match error {
        Error::File(error) => error,
        other => panic!("{other}"),
    }
}

fn never() -> bool {
    false
}

/// What a run without a restart leaves.
fn applied(scratch: &Scratch, lock: &Lock, plan: &Plan) -> Id {
    match apply(&scratch.host, lock, plan, &never).unwrap() {
        Applied::Verified(id) => id,
        Applied::Unproven(_) => panic!("this plan has no restart"),
    }
}

/// What the next run does first; true if there was something to put back.
fn recovered(scratch: &Scratch) -> bool {
    let left = left_over(scratch);
    assert_eq!(left.clone().unwrap_or_default(), Vec::<String>::new());
    left.is_some()
}

/// The same: what it leaves over; `None` if there was nothing to put back.
fn left_over(scratch: &Scratch) -> Option<Vec<String>> {
    let lock = scratch.lock();
    let recovery = recover(&scratch.host, &lock).unwrap();
    assert!(recovery.set_aside.is_empty());
    let put_back = recovery.put_back?;
    let left = put_back.left_overs();
    put_back.done(&lock).unwrap();
    Some(left)
}

/// The same while one cannot come to that folder.
fn left_over_without(scratch: &Scratch, folder: &str) -> Vec<String> {
    let (folder, aside) = (scratch.real(folder), scratch.real("/aside"));
    fs::rename(&folder, &aside).unwrap();
    symlink(folder.file_name().unwrap(), &folder).unwrap();
    let left = left_over(scratch).unwrap();
    fs::remove_file(&folder).unwrap();
    fs::rename(&aside, &folder).unwrap();
    left
}

/// Applies a plan that has a restart, and lets the restart begin.
fn restarting(scratch: &Scratch, lock: &Lock) -> Unproven {
    let plan = with_restart(everything(scratch));
    match apply(&scratch.host, lock, &plan, &never).unwrap() {
        Applied::Unproven(mut unproven) => {
            unproven.restarting().unwrap();
            unproven
        }
        Applied::Verified(_) => panic!("a restart has to be proven"),
    }
}
