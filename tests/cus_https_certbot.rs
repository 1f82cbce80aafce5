//! A lighttpd that serves certbot's files: a full chain in `ssl.pemfile`, the key in `ssl.privkey`.
#![allow(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;

use support::authority::Pair;
use support::cus::BUNDLE;
use support::cus_files::CONFIG;
use support::cus_live::CusLive;
use support::live::{HOST, assert_same};
use support::scratch::Tree;

const LIVE: &str = "etc/letsencrypt/live";
const ARCHIVE: &str = "etc/letsencrypt/archive";

/// What certbot does at its `number`th time: new files in `archive/`, links in `live/` that lead there.
fn renewed(live: &CusLive, number: u8) -> Pair {
    let pair = live.authority.pair(&[HOST]);
    let chain = format!("{}{}", pair.leaf, pair.intermediate);
    for (name, text, mode) in [("fullchain", &chain, 0o644), ("privkey", &pair.key, 0o600)] {
        let file = format!("{name}{number}.pem");
        live.scratch()
            .write_mode(&format!("{ARCHIVE}/{HOST}/{file}"), text, mode);
        let link = live.scratch().path(&format!("{LIVE}/{HOST}/{name}.pem"));
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&link);
        symlink(format!("../../archive/{HOST}/{file}"), link).unwrap();
    }
    pair
}

fn of_certbot(live: &CusLive) -> Tree {
    live.scratch().touched("etc/letsencrypt")
}

#[test]
fn its_pair_goes_into_a_bundle_of_its_own_and_its_files_stay() {
    let Some(mut live) = CusLive::new("127.0.0.1") else {
        return;
    };
    let first = renewed(&live, 1);
    live.server.secure_by_hand(&first);
    let place = |name: &str| live.scratch().text(&format!("{LIVE}/{HOST}/{name}.pem"));
    let (chain, key) = (place("fullchain"), place("privkey"));
    let pemfile = format!("ssl.pemfile = \"{}\"", live.scratch().text(BUNDLE));
    live.scratch().edit(
        CONFIG,
        &pemfile,
        &format!("ssl.pemfile = \"{chain}\"\nssl.privkey = \"{key}\""),
    );
    fs::remove_file(live.scratch().path(BUNDLE)).unwrap();
    live.server.start();
    live.server.settings();
    live.serves(&first);

    let (certbots, files) = (of_certbot(&live), live.files());
    let line =
        format!("cus-https --host {HOST} --crt {chain} --key {key} --ca ca.crt --timeout 20s");
    live.dhtls(&line).exits(0).complains("");
    live.serves(&first);
    live.has_bundle_of(&first);
    let text = live.text(CONFIG);
    assert!(text.contains(&pemfile), "{text}");
    assert!(
        text.contains(&format!("\n#ssl.privkey = \"{key}\"\n")),
        "{text}"
    );
    assert_eq!(of_certbot(&live), certbots);

    live.dhtls("rollback").exits(0).complains("");
    live.serves(&first);
    assert_same(&files, &live.files());

    // certbot renews, and its deploy hook runs dhtls.
    live.dhtls(&line).exits(0).complains("");
    let second = renewed(&live, 2);
    let certbots = of_certbot(&live);
    live.dhtls(&line).exits(0).complains("");
    live.serves(&second);
    live.has_bundle_of(&second);
    assert_eq!(of_certbot(&live), certbots);
}
