//! `dhtls install-webapi` and `rollback` on a service that runs: what openssl is shown is the new leaf.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::MetadataExt;

use nix::unistd::{Group, User};

use support::live::{HOST, Live, assert_same};
use support::program::run;
use support::webapi::{Behaviour, KEYSTORE, PASSPHRASE_FILE, PROPERTIES};

const CERTIFICATE: &str = "\
certificate  dhtls test leaf, issued by CN=dhtls test intermediate, until 2099-01-01T00:00:00Z ([..] days)
             with intermediate CN=dhtls test intermediate
";

const PENDING: &str = "pending      RemoteQueryDispatcher settings take effect when db_query_server restarts, \
     which stops all running queries: restart it at a quiet hour\n";

/// User, group and permission bits.
fn looks(live: &Live, name: &str) -> (u32, u32, u32) {
    let found = fs::symlink_metadata(live.scratch().path(name)).unwrap();
    (found.uid(), found.gid(), found.mode() & 0o7777)
}

#[test]
fn a_new_certificate_is_served_after_a_restart_and_the_second_run_touches_nothing() {
    let Some(live) = Live::start(Behaviour::Honest) else {
        return;
    };
    let new = live.pair("new");
    let before = live.pid();
    let address = live.server.address();
    let done = live.install("new", "").exits(0).complains("");
    done.prints(&format!(
        "{CERTIFICATE}\
         original     $ROOT/{KEYSTORE}.ORG created, root:root 0440\n\
         keystore     $ROOT/{KEYSTORE} replaced, root:root 0440\n\
         property     $ROOT/{PROPERTIES}:5 RemoteQueryDispatcher.websocket.enabled=true replaced\n\
         property     $ROOT/{PROPERTIES}:6 RemoteQueryDispatcherParameters.host={HOST} created\n\
         service      web_api_service restarted, {address} serves this certificate\n\
         {PENDING}history      1 (dhtls rollback 1 undoes it)\n"
    ));
    assert_ne!(live.pid(), before);
    assert_eq!(live.server.served().unwrap(), new.sha256);
    // The first keystore was 3DES: auto has asked the Java that runs.
    assert_eq!(live.profile(), "modern");
    let properties = String::from_utf8(live.scratch().read(PROPERTIES)).unwrap();
    let root = live.scratch().folder().display();
    assert_eq!(
        properties,
        format!(
            "# The server's properties\nWebServer.tls.keystore={root}/{KEYSTORE}\n\
             WebServer.tls.passphrase.file={root}/{PASSPHRASE_FILE}\nWebapi.server.port={}\n\
             RemoteQueryDispatcher.websocket.enabled=true\n\
             RemoteQueryDispatcherParameters.host={HOST}\n",
            live.server.port
        )
    );

    let (pid, touched) = (live.pid(), live.touched());
    let unchanged = format!(
        "{CERTIFICATE}\
         keystore     $ROOT/{KEYSTORE} unchanged, root:root 0440\n\
         property     $ROOT/{PROPERTIES}:2 WebServer.tls.keystore=$ROOT/{KEYSTORE} unchanged\n\
         property     $ROOT/{PROPERTIES}:3 WebServer.tls.passphrase.file=$ROOT/{PASSPHRASE_FILE} unchanged\n\
         property     $ROOT/{PROPERTIES}:5 RemoteQueryDispatcher.websocket.enabled=true unchanged\n\
         property     $ROOT/{PROPERTIES}:6 RemoteQueryDispatcherParameters.host={HOST} unchanged\n\
         service      web_api_service not restarted, {address} serves this certificate\n\
         unchanged    everything is as wanted already\n"
    );
    live.install("new", "")
        .exits(0)
        .complains("")
        .prints(&unchanged);
    let json = live.install("new", "--format json").exits(0).complains("");
    assert!(
        json.stdout.starts_with("{\n  \"changed\": false,"),
        "{json:?}"
    );
    live.install("new", "--quiet")
        .exits(0)
        .complains("")
        .prints("");
    assert_eq!(live.pid(), pid);
    assert_same(&touched, &live.touched());
    live.dhtls("history").exits(0).complains("").prints(&format!(
        "   1  [..]Z  install-webapi   done\n      $ROOT/{KEYSTORE}.ORG\n      $ROOT/{KEYSTORE}\n      \
         $ROOT/{PROPERTIES}\n"
    ));
}

#[test]
fn a_service_that_still_serves_an_older_leaf_is_restarted_though_the_files_are_right() {
    let Some(live) = Live::start(Behaviour::Honest) else {
        return;
    };
    let new = live.pair("new");
    let pid = live.pid();
    let filed = live
        .install("new", "--no-restart --profile modern")
        .exits(0)
        .complains("");
    assert!(!filed.stdout.contains("\nservice "), "{filed:?}");
    assert_eq!(live.pid(), pid);
    assert_eq!(live.server.served().unwrap(), live.first.sha256);

    let touched = live.touched();
    let restarted = live
        .install("new", "--profile modern")
        .exits(0)
        .complains("");
    let line = format!(
        "service      web_api_service restarted, {} serves this certificate\n",
        live.server.address()
    );
    assert!(restarted.stdout.contains(&line), "{restarted:?}");
    assert_ne!(live.pid(), pid);
    assert_eq!(live.server.served().unwrap(), new.sha256);
    assert_same(&touched, &live.touched());
    let listed = live.dhtls("history").exits(0);
    assert!(!listed.stdout.contains("   2  "), "{listed:?}");
}

#[test]
fn files_belong_to_irisadmin_and_every_rollback_brings_back_bytes_owner_mode_and_leaf() {
    let Some(live) = Live::start_as_irisadmin() else {
        return;
    };
    let user = User::from_name("irisadmin").unwrap().unwrap();
    let (uid, own) = (user.uid.as_raw(), user.gid.as_raw());
    let dbquery = Group::from_name("dbquery").unwrap().unwrap().gid.as_raw();
    let untouched = live.files();

    let one = live.pair("one");
    live.install("one", "").exits(0);
    let listing = run("ls", &["-l", &live.scratch().text(KEYSTORE)]);
    assert!(
        listing.starts_with("-r--r----- 1 irisadmin dbquery "),
        "{listing}"
    );
    assert_eq!(looks(&live, KEYSTORE), (uid, dbquery, 0o440));
    let original = format!("{KEYSTORE}.ORG");
    assert_eq!(looks(&live, &original), (uid, own, 0o440));
    assert_eq!(looks(&live, PROPERTIES), (uid, own, 0o664));
    assert_eq!(live.server.served().unwrap(), one.sha256);
    let installed = live.files();
    let kept = live.scratch().read(&original);

    let two = live.pair("two");
    live.install("two", "").exits(0).complains("");
    assert_eq!(live.server.served().unwrap(), two.sha256);
    assert_eq!(
        live.scratch().read(&original),
        kept,
        "the first original stays"
    );

    live.dhtls("rollback")
        .exits(0)
        .complains("")
        .prints(&format!(
            "file         $ROOT/{KEYSTORE} restored, irisadmin:dbquery 0440\n\
         note         undoes change 2, install-webapi of [..]Z\n\
         service      web_api_service restarted, {} serves this certificate\n\
         history      3 (dhtls rollback 3 undoes it)\n",
            live.server.address()
        ));
    assert_eq!(live.server.served().unwrap(), one.sha256);
    assert_same(&installed, &live.files());

    live.dhtls("rollback 1").exits(0).complains("");
    assert_eq!(live.server.served().unwrap(), live.first.sha256);
    assert_same(&untouched, &live.files());
    let listed = live.dhtls("history").exits(0).complains("");
    let states: Vec<String> = listed
        .stdout
        .lines()
        .filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()))
        .map(|line| {
            line.split_whitespace()
                .skip(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert_eq!(
        states,
        [
            "install-webapi undone by 4",
            "install-webapi undone by 3",
            "rollback 2 done",
            "rollback 1 done"
        ]
    );
    let gone = live.dhtls("rollback 2").exits(1);
    let said = "change 2 was undone already, by change 3";
    assert!(gone.stderr.contains(said), "{gone:?}");
    assert_same(&untouched, &live.files());
}
