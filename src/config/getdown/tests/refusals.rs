//! Files of testdata/getdown that are refused, and with which words.

use crate::config::getdown::tests::{fixture, https, on_disk, parse};
use crate::error::GetdownError;

const REFUSED: &[(&str, &str)] = &[
    (
        "blank-in-host",
        "getdown.txt:2: appbase has a blank or control character in its host name",
    ),
    (
        "bom",
        "getdown.txt:1: the file begins with a byte order mark",
    ),
    (
        "colon",
        "getdown.txt:2: appbase is followed by a colon, but only = separates a key from its value",
    ),
    (
        "colon-and-equals",
        "getdown.txt:2: ui.install_error.de is followed by a colon, but only = separates a key from its value",
    ),
    ("empty", "getdown.txt:2: appbase has no value"),
    ("empty-by-comment", "getdown.txt:2: appbase has no value"),
    ("ftp", "getdown.txt:2: appbase is no http or https address"),
    ("indented-by-no-break-space", INVISIBLE),
    ("key-alone", "getdown.txt:2: appbase has no value"),
    (
        "latest-twice",
        "getdown.txt:2: latest is set again, after getdown.txt:1",
    ),
    ("no-appbase", "getdown.txt has no appbase"),
    ("no-break-space", INVISIBLE),
    ("no-break-space-in-value", INVISIBLE),
    ("no-break-space-latin-1", INVISIBLE),
    (
        "no-equals-sign",
        "getdown.txt:2: appbase is followed by an address without = between them",
    ),
    (
        "no-host",
        "getdown.txt:2: appbase has an address without a host name",
    ),
    (
        "no-scheme",
        "getdown.txt:2: appbase is no http or https address",
    ),
    ("nul", "getdown.txt:3: a NUL byte"),
    (
        "one-slash",
        "getdown.txt:2: ui.install_error has an address without a host name",
    ),
    (
        "open-platform",
        "getdown.txt:2: appbase has a platform in [ without ], so launchers skip the line",
    ),
    (
        "quoted",
        "getdown.txt:2: appbase has a value in quotes, which launchers take for part of the address",
    ),
    (
        "single-quoted",
        "getdown.txt:2: appbase has a value in quotes, which launchers take for part of the address",
    ),
    (
        "strict-on-windows",
        "getdown.txt:2: strict_comments for some platforms only changes what an address is",
    ),
    (
        "strict-twice",
        "getdown.txt:2: strict_comments is set again, after getdown.txt:1",
    ),
    (
        "twice",
        "getdown.txt:4: appbase is set again, after getdown.txt:2",
    ),
    (
        "twice-for-a-platform",
        "getdown.txt:2: appbase is set again, after getdown.txt:1",
    ),
    (
        "twice-the-same",
        "getdown.txt:2: ui.install_error is set again, after getdown.txt:1",
    ),
    (
        "utf-16",
        "getdown.txt:1: the file begins with a byte order mark",
    ),
    ("zero-width-space", INVISIBLE),
    ("zero-width-space-behind-latin-1", INVISIBLE),
];

const INVISIBLE: &str = "getdown.txt:2: appbase has a no-break space or another invisible character beside it or in its value";

fn refusal(bytes: &[u8]) -> Option<GetdownError> {
    parse(bytes)
        .and_then(|launcher| launcher.point_to(&https()))
        .err()
}

#[test]
fn every_fixture_is_refused_with_its_line() {
    let named: Vec<&str> = REFUSED.iter().map(|(name, _)| *name).collect();
    assert_eq!(on_disk(".refused"), named);
    for (name, message) in REFUSED {
        let error = refusal(&fixture(name, "refused")).unwrap_or_else(|| panic!("{name} is taken"));
        assert_eq!(error.to_string(), *message, "{name}");
        assert!(error.hint().is_some(), "{name}");
    }
}

#[test]
fn the_hint_shows_how_the_line_should_look() {
    let hint = |text: &str| refusal(text.as_bytes()).unwrap().hint().unwrap();
    assert_eq!(
        hint("ui.install_error.de : http://a/"),
        "write it as: ui.install_error.de = http://HOST/PATH"
    );
    assert_eq!(
        hint("appbase = http://a/\nappbase = http://a/"),
        "launchers do not start with this: remove one of the two lines"
    );
    assert_eq!(
        hint("code = a.jar"),
        "add a line of the form: appbase = http://HOST/PATH; or name the right file in [cus] getdown of \
         /etc/dhtls.toml"
    );
}

#[test]
fn what_only_looks_like_an_address_is_no_reason_to_refuse() {
    for line in [
        "appbase_domain: x",
        "latest news",
        "appbases: http://a/",
        "my.appbase http://a/",
        "ui.install_errors: x",
        "resource = \"quoted\"",
        "latest = \"ftp:\u{200b}",
        "\"appbase\" = x",
    ] {
        let text = format!("appbase = http://a/\n{line}\n");
        let error = refusal(text.as_bytes()).map(|error| error.to_string());
        match line.starts_with("latest =") {
            // Even an address that stays must be one that launchers can read.
            true => assert!(error.is_some()),
            false => assert_eq!(error, None, "{line}"),
        }
    }
}

#[test]
fn a_bad_latest_address_is_not_ours_to_judge() {
    assert_eq!(refusal(b"appbase = http://a/\nlatest = http:/b"), None);
}
