//! Files of testdata/getdown, edited: each `.before` has to become its `.after`.

use crate::config::getdown::tests::{fixture, https, on_disk, parse};
use crate::config::getdown::{Edited, Origin, Scheme};

/// Where a fixture is pointed to, if not to https://cus.example.com.
const ELSEWHERE: [(&str, Scheme, &str, u16); 3] = [
    ("back-to-http", Scheme::Http, "cus.example.com", 80),
    ("ipv6", Scheme::Https, "2001:db8::7", 8443),
    ("port", Scheme::Https, "cus.example.com", 8443),
];

fn target(name: &str) -> Origin {
    let elsewhere = ELSEWHERE.iter().find(|(fixture, ..)| *fixture == name);
    elsewhere.map_or_else(https, |(_, scheme, host, port)| {
        Origin::new(*scheme, host, *port).unwrap()
    })
}

fn edit(name: &str, bytes: &[u8]) -> Edited {
    let launcher = parse(bytes);
    let edited = launcher.and_then(|launcher| launcher.point_what_is_there_to(&target(name)));
    edited.unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_fixture_is_edited_to_the_byte() {
    let names = on_disk(".before");
    assert!(names.len() >= 30);
    for name in names {
        let edited = edit(&name, &fixture(&name, "before"));
        assert_eq!(
            edited.bytes.escape_ascii().to_string(),
            fixture(&name, "after").escape_ascii().to_string(),
            "{name}"
        );
    }
}

#[test]
fn editing_a_fixture_twice_is_editing_it_once() {
    for name in on_disk(".before") {
        let after = fixture(&name, "after");
        let again = edit(&name, &after);
        assert_eq!(again.bytes, after, "{name}");
        assert_eq!(again.changed, [], "{name}");
    }
}

#[test]
fn going_there_and_back_again_and_again_piles_up_no_comments() {
    let http = Origin::new(Scheme::Http, "cus.example.com", 80).unwrap();
    for name in on_disk(".before") {
        let mut bytes = fixture(&name, "after");
        let lines = bytes.split(|byte| *byte == b'\n').count();
        let tenants = ["a.example.com", "b.example.com"];
        let others = tenants.map(|host| Origin::new(Scheme::Https, host, 443).unwrap());
        for origin in [&http, &others[0], &http, &others[1], &target(&name)] {
            let edited = parse(&bytes).unwrap().point_what_is_there_to(origin);
            bytes = edited.unwrap().bytes;
        }
        // An address that never changed has its first original only now.
        if name != "unchanged" && name != "half-done" {
            assert_eq!(bytes, fixture(&name, "after"), "{name}");
        }
        assert!(bytes.split(|byte| *byte == b'\n').count() <= lines + 3);
    }
}
