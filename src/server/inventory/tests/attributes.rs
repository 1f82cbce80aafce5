use super::{BUNDLE, KEYSTORE, PASSPHRASE, PROPERTIES, Server};
use crate::server::inventory::attributes::who_may_enter;
use crate::server::inventory::{Role, Wanted};
use crate::system::plan::Owner;
use crate::system::scratch::is_root;

const STRANGER: u32 = 64_123;

#[test]
fn a_file_that_others_can_read_is_loose() {
    let server = Server::new();
    server
        .scratch
        .mode(KEYSTORE, 0o444)
        .mode(PASSPHRASE, 0o644)
        .mode(BUNDLE, 0o604);
    assert_eq!(
        server.findings(),
        [
            format!(
                "{KEYSTORE}: loose-permissions: its mode 0444 lets everyone read the private key; 0440 is enough"
            ),
            format!(
                "{PASSPHRASE}: loose-permissions: its mode 0644 lets everyone read the passphrase; 0440 is enough"
            ),
            format!(
                "{BUNDLE}: loose-permissions: its mode 0604 lets everyone read the private key; 0600 is enough"
            ),
        ]
    );
}

#[test]
fn a_group_that_may_change_the_keystore_is_too_much() {
    if !is_root() {
        return;
    }
    let server = Server::new();
    let owner = Owner {
        user: 0,
        group: STRANGER,
    };
    server.scratch.owner(BUNDLE, owner).mode(BUNDLE, 0o620);
    let expected = format!(
        "{BUNDLE}: loose-permissions: its mode 0620 lets the group {STRANGER} change the private key; 0600 is enough"
    );
    assert_eq!(server.findings(), [expected]);
}

#[test]
fn a_keystore_that_its_service_cannot_read_has_the_wrong_owner() {
    if !is_root() {
        return;
    }
    let server = Server::new();
    let stranger = Owner {
        user: STRANGER,
        group: STRANGER,
    };
    server.scratch.owner(KEYSTORE, stranger);
    let expected = format!(
        "{KEYSTORE}: wrong-owner: it belongs to {STRANGER}:{STRANGER}, and has to belong to root:root"
    );
    assert_eq!(server.findings(), [expected]);
}

#[test]
fn a_mode_that_keeps_the_service_out_is_found() {
    if !is_root() {
        return;
    }
    let server = Server::new();
    server.scratch.mode(KEYSTORE, 0o400);
    let findings = server.findings();
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].ends_with("cannot read it: its mode is 0400, and 0440 is wanted"),
        "{findings:?}"
    );
}

#[test]
fn owners_that_this_machine_does_not_know_say_nothing_below_another_root() {
    let mut server = Server::new();
    server.site.settings.webapi.owner = "no-such-user".to_owned();
    server.site.settings.webapi.group = "no-such-group".to_owned();
    assert_eq!(server.findings(), [""; 0]);
}

#[test]
fn who_cannot_read_is_told_who_can() {
    if !is_root() {
        return;
    }
    let server = Server::new();
    let readers = |user, group, mode| {
        server
            .scratch
            .owner(KEYSTORE, Owner { user, group })
            .mode(KEYSTORE, mode);
        server.take().sources[0].file.readers().unwrap()
    };
    assert_eq!(
        readers(STRANGER, STRANGER, 0o440),
        format!("root and members of the group {STRANGER} can read it")
    );
    assert_eq!(
        readers(STRANGER, STRANGER, 0o400),
        format!("only root and {STRANGER} can read it")
    );
    assert_eq!(readers(0, 0, 0o440), "only root can read it");
}

#[test]
fn who_cannot_look_is_told_who_can() {
    if !is_root() {
        return;
    }
    let server = Server::new();
    let folder = "/etc/ssl/private";
    let owner = Owner {
        user: 0,
        group: STRANGER,
    };
    server.scratch.owner(folder, owner).mode(folder, 0o710);
    let root = &server.scratch.host.root;
    let missing = std::path::Path::new("/etc/ssl/private/missing/lighttpd.pem");
    let said = who_may_enter(missing, root).unwrap();
    assert!(
        said.starts_with(&format!(
            "root and members of the group {STRANGER} can look into "
        )),
        "{said}"
    );
    server.scratch.mode(folder, 0o700);
    assert!(
        who_may_enter(missing, root)
            .unwrap()
            .starts_with("run dhtls as root")
    );
}

#[test]
fn the_wanted_and_the_found_are_there_to_be_shown() {
    let inventory = Server::new().take();
    let roles: Vec<Role> = inventory.files.iter().map(|file| file.role).collect();
    assert_eq!(
        roles,
        [
            Role::Properties,
            Role::ServiceFile,
            Role::ServiceFile,
            Role::Lighttpd,
            Role::Users,
            Role::Launcher,
            Role::PrivateKey,
            Role::PrivateKey
        ]
    );
    assert_ne!(inventory.sources[0].file.wanted, Wanted::default());
    assert!(inventory.sources[0].passphrase.as_ref().unwrap().is_there());
}

#[test]
fn a_folder_that_lets_nobody_look_is_unreadable_with_the_way_out() {
    if crate::system::scratch::is_superuser() {
        return;
    }
    let server = Server::new();
    let folder = "/etc/sysconfig/illumon.d/auth";
    server
        .scratch
        .mode(folder, 0o000)
        .mode("/etc/lighttpd", 0o000);
    let findings = server.findings();
    server
        .scratch
        .mode(folder, 0o700)
        .mode("/etc/lighttpd", 0o700);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings[0].starts_with(&format!("{KEYSTORE}: unreadable: cannot open {KEYSTORE}: ")));
    assert!(findings[0].contains(&format!("; run dhtls as root to look into {folder}")));
    assert!(
        findings[1].contains("; run dhtls as root to look into /etc/lighttpd"),
        "{findings:?}"
    );
    server.scratch.mode(PROPERTIES, 0o000);
    let findings = server.findings();
    assert!(findings[0].starts_with(&format!(
        "{PROPERTIES}: unreadable: cannot open {PROPERTIES}: "
    )));
    assert!(findings[0].contains(" can read it"), "{findings:?}");
}
