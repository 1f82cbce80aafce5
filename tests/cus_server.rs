//! The stand-in for the Client Update Service tried on itself: what it shows without dhtls.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::net::{TcpListener, TcpStream};

use support::authority::{Authority, Pair};
use support::cus::{BUNDLE, CusServer, SERVICE, Twist, has_address, processes_of};
use support::cus_files::{CONFIG, GETDOWN};
use support::cus_site::Site;
use support::live::HOST;
use support::program::wait_for;

/// A server on this address with an authority's root in `ca.crt`.
fn server(ip: &'static str) -> (CusServer, Authority) {
    let (server, authority) = (CusServer::on(ip), Authority::new());
    server.scratch.write("ca.crt", authority.root());
    (server, authority)
}

fn restart(server: &CusServer) -> u32 {
    let (monit, before) = (server.monit.as_ref().unwrap(), server.pid());
    monit.call(&["restart", SERVICE]);
    let pid = monit.wait_until_runs(SERVICE, Some(before));
    wait_for("lighttpd", || {
        let sites = [server.http(), server.https()];
        let answers = |site: &Site| TcpStream::connect(site.address()).is_ok();
        sites.iter().any(answers).then_some(())
    });
    pid
}

#[test]
fn it_serves_the_launcher_file_as_prepared_at_the_start() {
    let (mut server, _) = server("127.0.0.1");
    server.start();
    assert_eq!(
        server.http().appbase(),
        Some(format!("http://{HOST}:{}/iris/", server.port))
    );
    assert_eq!(server.http().get("/iris/help.html").body, "<p>help</p>\n");
    assert_eq!(server.http().get("/iris/getdown.txt.pre").status, 403);
    assert_eq!(server.http().leaf(), None);
    server.scratch.edit(GETDOWN, "/iris/\n", "/anew/\n");
    restart(&server);
    assert_eq!(
        server.http().appbase(),
        Some(format!("http://{HOST}:{}/anew/", server.port))
    );
}

#[test]
fn edited_by_hand_and_restarted_it_serves_the_whole_chain() {
    for ip in ["127.0.0.1", "[::1]"] {
        if !has_address(ip) {
            continue;
        }
        let (mut server, authority) = server(ip);
        let before = server.start();
        let pair = authority.rsa_pair(&[HOST]);
        server.secure_by_hand(&pair);
        assert_ne!(restart(&server), before);
        let site = server.https();
        let intermediate = support::program::fingerprint(&pair.intermediate);
        assert_eq!(
            site.verified_chain(),
            Some(vec![pair.sha256.clone(), intermediate])
        );
        assert_eq!(site.leaf(), Some(pair.sha256.clone()));
        assert_eq!(site.appbase(), Some(format!("{}/iris/", site.origin())));
        assert_eq!(site.get_by_tls12("/iris/getdown.txt").status, 200);
        support::cus::assert_bundle(&server.scratch.path(BUNDLE), &pair);
        // Nobody is left on the old port.
        assert_eq!(server.http().get("/iris/getdown.txt").status, 0);
    }
}

#[test]
fn clients_refuse_another_name_another_authority_and_an_incomplete_chain() {
    let (mut server, authority) = server("127.0.0.1");
    let elsewhere = authority.pair(&["elsewhere.example.com"]);
    server.secure_by_hand(&elsewhere);
    server.start_monit();
    server.pid();
    let site = server.https();
    wait_for("lighttpd", || site.leaf());
    assert_eq!(site.verified_chain(), None);
    let refused = site.get("/iris/getdown.txt");
    assert_eq!((refused.status, refused.body.as_str()), (0, ""));
    assert!(refused.error.contains("SSL"), "{refused:?}");

    let mut alone = authority.pair(&[HOST]);
    alone.intermediate.clear();
    let write = |pair: &Pair| {
        server.scratch.write_mode(BUNDLE, pair.bundle(), 0o600);
        restart(&server);
    };
    write(&alone);
    assert_eq!(site.leaf(), Some(alone.sha256.clone()));
    assert_eq!(site.verified_chain(), None);

    write(&authority.pair(&[HOST]));
    assert!(site.verified_chain().is_some());
    server.scratch.write("ca.crt", Authority::new().root());
    assert_eq!(site.verified_chain(), None);
    assert_eq!(site.get("/iris/getdown.txt").status, 0);
}

#[test]
fn a_twist_comes_between_the_files_and_the_service() {
    let (mut server, authority) = server("127.0.0.1");
    let (pair, other) = (authority.pair(&[HOST]), authority.pair(&[HOST]));
    server.secure_by_hand(&pair);
    server
        .scratch
        .write_mode("run/other.pem", other.bundle(), 0o600);
    server.start();
    let site = server.https();

    server.twist(Twist::AnotherBundle);
    restart(&server);
    assert_eq!(site.verified_chain().unwrap()[0], other.sha256);
    server.twist(Twist::LeafAlone);
    restart(&server);
    assert_eq!(site.leaf(), Some(pair.sha256.clone()));
    assert_eq!(site.verified_chain(), None);
    server.twist(Twist::Cleartext);
    restart(&server);
    assert_eq!(site.leaf(), None);
    server.twist(Twist::OldLauncher);
    server.scratch.edit(GETDOWN, "/iris/\n", "/anew/\n");
    restart(&server);
    assert_eq!(site.appbase(), Some(format!("{}/iris/", site.origin())));

    server.twist(Twist::Refuses);
    let monit = server.monit.as_ref().unwrap();
    monit.call(&["restart", SERVICE]);
    wait_for("monit to say why", || {
        monit.log().contains("no entropy today").then_some(())
    });
    assert!(server.scratch.path(CONFIG).is_file());
}

#[test]
fn a_port_that_is_taken_is_a_reason_in_the_log_of_monit() {
    let (mut server, _) = server("127.0.0.1");
    let taken = TcpListener::bind((server.ip, server.port)).unwrap();
    server.start_monit();
    let monit = server.monit.as_ref().unwrap();
    wait_for("monit to say why", || {
        monit.log().contains("Address already in use").then_some(())
    });
    drop(taken);
}

#[test]
fn nothing_runs_when_it_has_ended() {
    let (mut server, _) = server("127.0.0.1");
    let pid = server.start();
    let folder = server.scratch.folder().to_owned();
    assert_eq!(server.processes(), [pid]);
    drop(server);
    assert_eq!(processes_of(&folder), [] as [u32; 0]);
    assert!(!folder.exists());
}
