//! `dhtls cus-https`, `cus-http` and `rollback` on a lighttpd that runs: what curl and openssl are shown.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;

use rcgen::{KeyPair, date_time_ymd};

use support::authority::Pair;
use support::cus::{BUNDLE, DISABLED, SERVICE, has_address};
use support::cus_files::{CONFIG, GETDOWN, SERVICE_FILE};
use support::cus_live::CusLive;
use support::cus_site::Site;
use support::live::{HOST, assert_same};
use support::program::{runs, wait_for};

const UNCHANGED: &str = "unchanged    everything is as wanted already\n";

#[track_caller]
fn says_nothing_to_do(live: &CusLive, name: &str) {
    let (pid, touched) = (live.server.pid(), live.touched());
    live.https(name, "")
        .exits(0)
        .complains("")
        .mentions(&[UNCHANGED]);
    assert_eq!(live.server.pid(), pid);
    assert_same(&touched, &live.touched());
}

#[test]
fn from_off_and_cleartext_to_a_proven_chain_then_renewed_rolled_back_and_cleartext_again() {
    let Some(live) = CusLive::off() else {
        return;
    };
    let cleartext = live.text(GETDOWN);
    let first = is_switched_on(&live);
    says_nothing_to_do(&live, "first");

    let second = live.rsa_pair("second");
    let pid = live.server.pid();
    live.https("second", "").exits(0).complains("");
    assert_ne!(live.server.pid(), pid);
    live.serves(&second);
    live.has_bundle_of(&second);

    broken_pairs_are_refused(&live, &first);
    live.serves(&second);

    live.dhtls("rollback").exits(0).complains("");
    live.serves(&first);
    live.has_bundle_of(&first);

    is_cleartext_again(&live);
    // The address that the file had at first is there once more, whatever was noted beside it.
    let appbase = cleartext
        .lines()
        .find(|line| line.starts_with("appbase"))
        .unwrap();
    assert!(live.text(GETDOWN).lines().any(|line| line == appbase));
    a_password_is_asked_for(&live);
}

fn is_switched_on(live: &CusLive) -> Pair {
    let first = live.pair("first");
    assert!(!live.is_known_to_monit());
    let address = live.server.https().address();
    let done = live.https("first", "--enable").exits(0);
    // Installed launchers follow no redirect.
    done.warns_of(&["dhtls: warning: ", "redirect"]).mentions(&[
        "certificate  dhtls test leaf, issued by CN=dhtls test intermediate, until 2099-01-01T00:00:00Z",
        &format!("$ROOT/{BUNDLE} created, root:root 0600\n"),
        &format!("$ROOT/{CONFIG} replaced, root:root 0644\n"),
        &format!("$ROOT/{GETDOWN} replaced, root:root 0644\n"),
        &format!("service      {SERVICE} restarted, {address} serves this certificate\n"),
        "history      1 (dhtls rollback 1 undoes it)\n",
    ]);
    live.serves(&first);
    live.has_bundle_of(&first);
    assert!(live.is_known_to_monit());
    assert!(live.scratch().path(SERVICE_FILE).is_file());
    assert!(!live.scratch().path(DISABLED).exists());
    assert_eq!(
        live.server.https().get_by_tls12("/iris/getdown.txt").status,
        200
    );
    // Neither the old port nor the new one speaks cleartext.
    let on_tls_port = Site {
        scheme: "http",
        ..live.server.https()
    };
    for site in [on_tls_port, live.server.http()] {
        assert_ne!(site.get("/iris/getdown.txt").status, 200);
    }
    the_launcher_file_names_https(live);
    first
}

#[track_caller]
fn the_launcher_file_names_https(live: &CusLive) {
    let text = live.text(GETDOWN);
    let (old, new) = (live.server.http().origin(), live.server.https().origin());
    for (key, path) in [
        ("appbase", ""),
        ("ui.install_error", "help.html"),
        ("ui.install_error.de", "hilfe.html"),
    ] {
        let line = format!("{key} = {new}/iris/{path}");
        let lines = |wanted: &str| text.lines().filter(|line| *line == wanted).count();
        assert_eq!(lines(&line), 1, "{text}");
        let original = format!("{key} = {old}/iris/{path}");
        let kept = text.lines().filter(|line| line.contains(&original));
        let kept: Vec<_> = kept.collect();
        assert_eq!(kept.len(), 1, "{text}");
        assert!(kept[0].starts_with('#'), "{text}");
    }
}

fn broken_pairs_are_refused(live: &CusLive, other: &Pair) {
    let key = || KeyPair::generate().unwrap();
    let good = live.authority.pair(&[HOST]);
    let mut alone = live.authority.pair(&[HOST]);
    alone.intermediate.clear();
    let elsewhere = live.authority.pair(&["elsewhere.example.com"]);
    let expired = live.authority.odd_pair(key(), &[HOST], |leaf| {
        leaf.not_after = date_time_ymd(2021, 2, 3);
    });
    let crossed = Pair {
        key: other.key.clone(),
        ..good
    };
    for (pair, finding) in [
        (crossed, "key-mismatch: "),
        (alone, "incomplete-chain: "),
        (elsewhere, "host-mismatch: "),
        (expired, "expired: "),
    ] {
        pair.write(live.scratch(), "broken");
        let (pid, touched) = (live.server.pid(), live.touched());
        let refused = live.https("broken", "").exits(1).prints("");
        refused.warns_of(&["dhtls: error: this certificate is refused", finding]);
        assert_same(&touched, &live.touched());
        assert_eq!(live.server.pid(), pid);
    }
}

fn is_cleartext_again(live: &CusLive) {
    let line = format!("cus-http --host {HOST} --port {}", live.server.port);
    let touched = live.touched();
    let refused = live.dhtls(&line);
    assert_ne!(refused.code, Some(0), "{refused:?}");
    refused.warns_of(&["--i-accept-cleartext"]);
    assert_same(&touched, &live.touched());

    let site = live.server.http();
    live.http("")
        .exits(0)
        .warns_of(&["dhtls: warning: "])
        .mentions(&[
            &format!("$ROOT/{CONFIG} replaced"),
            &format!("$ROOT/{GETDOWN} replaced"),
            &format!("service      {SERVICE} restarted"),
        ]);
    assert_eq!(site.appbase(), Some(format!("{}/iris/", site.origin())));
    assert_eq!(live.server.https().leaf(), None);
    let (pid, touched) = (live.server.pid(), live.touched());
    live.http("").exits(0).mentions(&[UNCHANGED]);
    assert_eq!(live.server.pid(), pid);
    assert_same(&touched, &live.touched());
}

fn a_password_is_asked_for(live: &CusLive) {
    let site = live.server.http();
    let path = "/iris/getdown.txt";
    live.add_user("anna", "Rosen im Mai").exits(0);
    assert_eq!(site.get(path).status, 200);
    live.dhtls("cus-auth enable").exits(0);
    assert_eq!(site.get(path).status, 401);
    assert_eq!(site.get_as("anna:Rosen im Mai", path).status, 200);
    live.dhtls("cus-auth list")
        .exits(0)
        .complains("")
        .prints("anna\n");
    live.dhtls("cus-auth disable").exits(0);
    assert_eq!(site.get(path).status, 200);
    live.dhtls("cus-auth remove anna").exits(0);
    live.dhtls("cus-auth list").exits(0).prints("");
}

#[test]
fn what_enable_switched_on_rollback_stops_and_switches_off() {
    let Some(live) = CusLive::off() else {
        return;
    };
    live.pair("new");
    let files = live.files();
    live.https("new", "--enable").exits(0);
    let pid = live.server.pid();
    live.dhtls("rollback").exits(0).complains("");
    assert!(!runs(pid));
    // The start made the launcher file of its `.pre`; that is not ours to remove.
    fs::remove_file(live.scratch().path(GETDOWN).with_extension("")).unwrap();
    assert_same(&files, &live.files());
    wait_for("monit to forget it", || {
        (!live.is_known_to_monit()).then_some(())
    });
    assert_eq!(live.server.https().leaf(), None);
}

#[test]
fn a_service_that_is_off_stays_off_and_gets_its_files() {
    let Some(live) = CusLive::off() else {
        return;
    };
    let pair = live.pair("new");
    live.https("new", "")
        .exits(0)
        .warns_of(&[
            &format!(
                "{SERVICE} is off in monit ($ROOT/{DISABLED}), so nothing is restarted or probed"
            ),
            "--enable switches it on",
        ])
        .mentions(&[&format!("$ROOT/{BUNDLE} created, root:root 0600\n")]);
    live.has_bundle_of(&pair);
    assert!(live.scratch().path(DISABLED).is_file());
    assert!(!live.is_known_to_monit());
    assert_eq!(live.server.processes(), [] as [u32; 0]);
    live.https("new", "").exits(0).mentions(&[UNCHANGED]);
}

#[test]
fn keys_of_both_kinds_are_served_on_both_kinds_of_address() {
    for ip in ["127.0.0.1", "[::1]"] {
        if !has_address(ip) {
            continue;
        }
        let Some(live) = CusLive::start_on(ip) else {
            return;
        };
        let line = format!("{SERVICE} restarted, {ip}:{} serves", live.server.tls_port);
        let rsa = live.rsa_pair("rsa");
        live.https("rsa", "").exits(0).mentions(&[&line]);
        live.serves(&rsa);
        let elliptic = live.pair("elliptic");
        live.https("elliptic", "").exits(0).mentions(&[&line]);
        live.serves(&elliptic);
    }
}

#[test]
fn a_renewal_stays_on_the_port_that_it_has() {
    let Some((live, _)) = CusLive::start_secured() else {
        return;
    };
    let (config, launcher) = (live.text(CONFIG), live.text(GETDOWN));
    let new = live.pair("new");
    let line = live.https_line("new", "");
    let port = format!("--port {} ", live.server.tls_port);
    assert!(line.contains(&port), "{line}");
    live.dhtls(&line.replace(&port, "")).exits(0).complains("");
    live.serves(&new);
    assert_eq!(live.text(CONFIG), config);
    assert_eq!(live.text(GETDOWN), launcher);
}

#[test]
fn a_service_that_still_serves_an_older_leaf_is_restarted_though_the_files_are_right() {
    let Some((live, first)) = CusLive::start_secured() else {
        return;
    };
    let (new, pid) = (live.pair("new"), live.server.pid());
    live.https("new", "--no-restart").exits(0);
    assert_eq!(live.server.pid(), pid);
    assert_eq!(live.server.https().leaf(), Some(first.sha256));
    let touched = live.scratch().touched("etc");
    live.https("new", "")
        .exits(0)
        .mentions(&[&format!("service      {SERVICE} restarted, ")]);
    assert_ne!(live.server.pid(), pid);
    live.serves(&new);
    assert_eq!(live.scratch().touched("etc"), touched);
}

#[test]
fn a_configuration_that_lighttpd_refuses_is_refused_with_its_reason_before_anything_is_changed() {
    let Some(live) = CusLive::start() else {
        return;
    };
    live.pair("new");
    live.scratch()
        .edit(CONFIG, "\"mod_alias\"", "\"mod_nonsense\"");
    let (pid, touched) = (live.server.pid(), live.touched());
    live.https("new", "")
        .exits(1)
        .prints("")
        .warns_of(&["mod_nonsense"]);
    assert_same(&touched, &live.touched());
    assert_eq!(live.server.pid(), pid);
    assert!(live.server.http().launcher().is_some());
}

#[test]
fn without_a_lighttpd_to_ask_the_files_are_changed_and_that_is_said() {
    let Some(live) = CusLive::off() else {
        return;
    };
    let pair = live.pair("new");
    live.scratch().edit(
        "etc/dhtls.toml",
        "[cus]\n",
        "[cus]\nlighttpd = \"/nonexistent/lighttpd\"\n",
    );
    let done = live.https("new", "").exits(0);
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(said.contains("not checked by lighttpd"), "{said}");
    live.has_bundle_of(&pair);
    let port = format!("\nserver.port = {}\n", live.server.tls_port);
    assert!(live.text(CONFIG).contains(&port));
}
