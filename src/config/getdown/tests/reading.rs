//! What is told of a file.

use crate::config::getdown::tests::{fixture, https, parse};
use crate::config::getdown::{Origin, Scheme};

#[test]
fn addresses_are_listed_with_key_platform_value_and_line() {
    let text = "ui.install_error.de = http://b/\n# appbase = http://no/\nappbase = [!linux] http://a:81/iris # x\n\
                latest = c\ncode = a.jar\nui.install_error =";
    let launcher = parse(text).unwrap();
    let listed: Vec<_> = launcher
        .addresses()
        .map(|it| {
            let origin = it.origin.as_ref().map(ToString::to_string);
            let at = it.at.to_string();
            (
                it.key.as_str(),
                it.qualifier.as_deref(),
                it.value.as_str(),
                origin,
                at,
            )
        })
        .collect();
    let at = |line| format!("getdown.txt:{line}");
    let origin = |text: &str| Some(text.to_owned());
    assert_eq!(
        listed,
        [
            (
                "ui.install_error.de",
                None,
                "http://b/",
                origin("http://b"),
                at(1)
            ),
            (
                "appbase",
                Some("!linux"),
                "http://a:81/iris",
                origin("http://a:81"),
                at(3)
            ),
            ("latest", None, "c", None, at(4)),
            ("ui.install_error", None, "", None, at(6)),
        ]
    );
}

#[test]
fn the_appbase_is_that_for_all_platforms_before_that_for_one() {
    let value = |text: &str| parse(text).unwrap().appbase().unwrap().value.clone();
    assert_eq!(
        value("appbase = [linux] http://a/\nappbase = http://b/"),
        "http://b/"
    );
    assert_eq!(
        value("appbase = [linux] http://a/\nappbase = [windows] http://b/"),
        "http://a/"
    );
}

#[test]
fn what_changed_what_did_not_and_what_was_kept_is_told() {
    let text = "appbase = http://a/iris\nlatest = http://www/\nui.install_error = https://cus.example.com/e\n\
                ui.install_error.de =\nui.install_error.fr = mailto:x@a";
    let edited = parse(text).unwrap().point_to(&https()).unwrap();
    assert_eq!(edited.changed.len(), 1);
    assert_eq!(edited.changed[0].old, "http://a/iris");
    assert_eq!(edited.changed[0].new.value, "https://cus.example.com/iris");
    assert_eq!(edited.changed[0].new.at.to_string(), "getdown.txt:2");
    let values = |list: &[crate::config::getdown::Address]| {
        list.iter().map(|it| it.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(values(&edited.unchanged), ["https://cus.example.com/e"]);
    assert_eq!(values(&edited.kept), ["http://www/", "mailto:x@a"]);
}

#[test]
fn a_latest_that_points_there_already_is_unchanged() {
    let edited = parse("appbase = http://a/\nlatest = https://cus.example.com/g.txt");
    let edited = edited.unwrap().point_to(&https()).unwrap();
    assert_eq!(edited.unchanged.len(), 1);
    assert_eq!(edited.kept, []);
}

#[test]
fn an_origin_shows_its_port_only_when_it_is_not_the_schemes_own() {
    let shown = |scheme, host, port| Origin::new(scheme, host, port).unwrap().to_string();
    assert_eq!(shown(Scheme::Https, "a.b", 443), "https://a.b");
    assert_eq!(shown(Scheme::Http, "a.b", 80), "http://a.b");
    assert_eq!(
        shown(Scheme::Https, "192.0.2.1", 80),
        "https://192.0.2.1:80"
    );
    assert_eq!(shown(Scheme::Http, "::1", 443), "http://[::1]:443");
    assert_eq!(shown(Scheme::Https, "[::1]", 443), "https://[::1]");
}

#[test]
fn names_that_would_break_the_address_are_no_origin() {
    for host in [
        "", "a b", "a/b", "a#b", "a:1", "a\nb", "[a]", "[::1", "ü.de", "u@a", "%ENV.X%", "[[::1]]",
    ] {
        let error = Origin::new(Scheme::Https, host, 443).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{host:?} cannot be the host of an address")
        );
        assert_eq!(
            error.hint().unwrap(),
            "give a host name or an IP address alone"
        );
    }
}

#[test]
fn lines_for_overlapping_platforms_are_told() {
    let launcher = parse(fixture("overlapping-platforms", "before")).unwrap();
    let clashes = launcher.clashes();
    assert_eq!(clashes.len(), 1);
    assert_eq!(
        clashes[0].to_string(),
        "getdown.txt:2: appbase is set again for Windows, after getdown.txt:1: launchers do not start there"
    );
    assert_eq!(clashes[0].platform, "Windows");
    assert_eq!(
        parse(fixture("qualifiers", "before")).unwrap().clashes(),
        []
    );
}

#[test]
fn platforms_overlap_as_getdown_compares_them() {
    let clash = |first: &str, second: &str| {
        let text = format!("appbase = {first} http://a/\nappbase = {second} http://a/");
        let clashes = parse(text).unwrap().clashes();
        clashes.first().map_or("-", |clash| clash.platform)
    };
    assert_eq!(clash("[linux]", "[windows]"), "-");
    assert_eq!(clash("[linux]", "[!windows]"), "Linux");
    assert_eq!(clash("[windows]", "[!linux]"), "Windows");
    assert_eq!(clash("[!linux]", "[!windows]"), "macOS");
    assert_eq!(clash("[linux-amd64]", "[linux-aarch64]"), "-");
    assert_eq!(clash("[linux-amd64]", "[ Linux , windows-x86]"), "Linux");
    assert_eq!(clash("[mac]", "[mac os x]"), "macOS");
    // A negative one among several never applies, nor does one behind a blank.
    assert_eq!(clash("", "[!linux,windows]"), "-");
    assert_eq!(clash("", "[ !linux]"), "-");
    assert_eq!(clash("", "[]"), "Linux");
}
