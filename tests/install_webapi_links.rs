//! Links where files of the server should be: followed when only root and the owner can turn them, and
//! never out of `--root`.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::{lchown, symlink};
use std::path::Path;

use support::scratch::set_mode;
use support::stand_in::{INSTALL, KEYSTORE, PROPERTIES, StandIn, is_root, skip};

/// Moves the keystore to `folder` and puts a link that says `target` in its place.
fn linked(server: &StandIn, folder: &str, target: &str) {
    fs::create_dir_all(server.path(folder)).unwrap();
    let name = format!("{folder}/real.p12");
    fs::rename(server.path(KEYSTORE), server.path(&name)).unwrap();
    symlink(target, server.path(KEYSTORE)).unwrap();
}

#[test]
fn a_link_to_a_folder_that_others_can_write_is_refused() {
    let server = StandIn::new();
    linked(&server, "root/srv/open", "/srv/open/real.p12");
    set_mode(&server.path("root/srv/open"), 0o777);
    server.refuses(
        INSTALL,
        &format!("$ROOT/{KEYSTORE} is a link to a file in $ROOT/root/srv/open, where others can write"),
        "name the file itself instead of the link, or take the folder's write permission from others",
    );
}

#[test]
fn a_link_that_someone_else_made_is_refused() {
    if !is_root() {
        return skip("only root gives links away");
    }
    let server = StandIn::new();
    linked(&server, "root/srv/keys", "/srv/keys/real.p12");
    lchown(server.path(KEYSTORE), Some(65534), Some(65534)).unwrap();
    server.refuses(
        INSTALL,
        &format!("$ROOT/{KEYSTORE} is a link of nobody to something that is not nobody's"),
        &format!("if the link is right, give it to root: chown -h root $ROOT/{KEYSTORE}"),
    );
}

#[test]
fn an_absolute_link_is_followed_below_the_root_and_stays_a_link() {
    let server = StandIn::new();
    linked(&server, "root/srv/keys", "/srv/keys/real.p12");
    let old = server.scratch.read("root/srv/keys/real.p12");
    let stdout = server.installs(INSTALL);
    assert!(stdout.contains("/srv/keys/real.p12 replaced"), "{stdout}");
    assert!(
        stdout.contains("webServices-keystore.p12 is a link; /srv/keys/real.p12 is what changes"),
        "{stdout}"
    );
    assert_eq!(
        fs::read_link(server.path(KEYSTORE)).unwrap(),
        Path::new("/srv/keys/real.p12")
    );
    assert_ne!(server.scratch.read("root/srv/keys/real.p12"), old);
    assert_eq!(server.scratch.read("root/srv/keys/real.p12.ORG"), old);
}

#[test]
fn no_link_leads_out_of_the_root() {
    let server = StandIn::new();
    let outside = server.scratch.text("outside/real.p12");
    linked(&server, "outside", &outside);
    let server = server.refuses(
        INSTALL,
        &format!("cannot open $ROOT/{KEYSTORE}: No such file or directory (os error 2)"),
        "",
    );
    fs::remove_file(server.path(KEYSTORE)).unwrap();
    symlink("../../../../../outside/real.p12", server.path(KEYSTORE)).unwrap();
    server.refuses(
        INSTALL,
        &format!("cannot open $ROOT/{KEYSTORE}: No such file or directory (os error 2)"),
        "",
    );
}

#[test]
fn a_property_file_behind_a_link_to_an_open_folder_is_refused() {
    let server = StandIn::new();
    fs::create_dir(server.path("root/srv")).unwrap();
    fs::rename(server.path(PROPERTIES), server.path("root/srv/real.prop")).unwrap();
    set_mode(&server.path("root/srv"), 0o777);
    symlink("/srv/real.prop", server.path(PROPERTIES)).unwrap();
    server.refuses(
        INSTALL,
        &format!("$ROOT/{PROPERTIES} is a link to a file in $ROOT/root/srv, where others can write"),
        "name the file itself instead of the link, or take the folder's write permission from others",
    );
}
