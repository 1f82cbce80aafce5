//! The real lighttpd, right and wrong in every way that it takes without a word.

use crate::error::ServiceError;
use crate::server::services::proof::tests::fixtures::{
    AUTH, Bundle, FILE, REQUIRE, USERS, asked, login, plain, said,
};
use crate::server::services::proof::tests::{closed, prove, restart, restarting};
use crate::server::services::testing::Lighttpd;
use crate::server::services::{
    expect_back_only_what_is_served, put_back_after_files, restart_and_prove,
};
use crate::system::endpoint::testing::TlsServer;
use crate::system::plan::{Launcher, Probe};

#[test]
fn leaf_intermediate_launcher_file_and_closed_door_are_proven_together() {
    let bundle = Bundle::new();
    for host in ["127.0.0.1", "::1"] {
        let (server, mut probe) = bundle.serve(host, &bundle.text(), "");
        let origin = "https://cus.example.com".to_owned();
        probe.launcher_after.as_mut().unwrap().origin = Some(origin);
        let answer = asked(&probe, None).unwrap();
        assert_eq!(answer.endpoint, server.address.to_string());
        assert_eq!(answer.served.unwrap().leaf_sha256(), bundle.leaf_sha256);
        let port = server.address.port();
        assert_eq!(
            answer.launcher.unwrap(),
            format!(
                "https://cus.example.com:{port}/iris/getdown.txt names https://cus.example.com/iris"
            )
        );
    }
}

#[test]
fn an_intermediate_that_is_missing_or_damaged_is_named() {
    let bundle = Bundle::new();
    let damaged = bundle.intermediate.replace("MII", "MIX");
    for intermediate in ["", damaged.as_str()] {
        let text = [bundle.key.as_str(), &bundle.leaf, intermediate].concat();
        let (server, probe) = bundle.serve("127.0.0.1", &text, "");
        let error = asked(&probe, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{} does not send the intermediate {} ({}…) with its certificate",
                server.address,
                bundle.sent.subject,
                &bundle.sent.sha256[..16]
            )
        );
        assert!(error.is_final() && error.hint().unwrap().contains("ssl.pemfile"));
    }
}

#[test]
fn another_leaf_on_the_launchers_connection_is_told_as_ever() {
    let (bundle, other) = (Bundle::new(), Bundle::new());
    let (_server, mut probe) = bundle.serve("127.0.0.1", &bundle.text(), "");
    probe.after.clone_from(&other.leaf_sha256);
    let error = asked(&probe, None).unwrap_err();
    assert!(matches!(error, ServiceError::StillServes { .. }), "{error}");
}

#[test]
fn a_launcher_file_that_names_another_address_is_told() {
    let server = Lighttpd::start("127.0.0.1", "", &[(FILE, "appbase=http://old:80/iris\n")]);
    let launcher = Launcher {
        origin: Some("https://new".to_owned()),
        ..plain(&server)
    };
    let url = "http://cus.example.com:PORT/iris/getdown.txt";
    let (text, hint) = said(&server, launcher.clone(), None);
    assert_eq!(
        text,
        format!("{url} sends launchers to http://old:80/iris instead of https://new")
    );
    assert!(hint.contains("[cus] getdown"));
    // Another file: lighttpd remembers the size of one for a second.
    server.write("www/iris/none.txt", "ui.name = none\n");
    let launcher = Launcher {
        paths: vec!["/iris/none.txt".to_owned()],
        ..launcher
    };
    let url = "http://cus.example.com:PORT/iris/none.txt";
    let (text, _) = said(&server, launcher, None);
    assert_eq!(
        text,
        format!("{url} names no appbase, where https://new is expected")
    );
}

#[test]
fn the_first_path_that_is_there_counts() {
    let files = [(
        "www/iris/getdown.txt.pre",
        "appbase = http://cus.example.com/\n",
    )];
    let server = Lighttpd::start("127.0.0.1", "", &files);
    let mut launcher = plain(&server);
    let (text, hint) = said(&server, launcher.clone(), None);
    let url = "http://cus.example.com:PORT/iris/getdown.txt";
    assert_eq!(text, format!("{url} answers 404 Not Found"));
    assert!(hint.contains("server.document-root"));
    launcher.paths.push("/iris/getdown.txt.pre".to_owned());
    launcher.origin = Some("http://cus.example.com".to_owned());
    let (text, _) = said(&server, launcher, None);
    assert_eq!(text, format!("{url}.pre names http://cus.example.com/"));
}

#[test]
fn without_a_path_any_answer_but_a_refusal_counts() {
    let server = Lighttpd::start("127.0.0.1", "", &[]);
    let launcher = Launcher {
        paths: Vec::new(),
        ..plain(&server)
    };
    let (text, _) = said(&server, launcher, None);
    assert_eq!(text, "http://cus.example.com:PORT/ is served");
}

#[test]
fn a_file_that_may_not_be_read_is_told() {
    let lines = "server.modules += ( \"mod_access\" )\nurl.access-deny = ( \".txt\" )\n";
    let server = Lighttpd::start("127.0.0.1", lines, &[(FILE, "")]);
    let (text, hint) = said(&server, plain(&server), None);
    assert!(
        text.ends_with("getdown.txt answers 403 Forbidden"),
        "{text}"
    );
    assert!(hint.contains("server.username"));
}

#[test]
fn tls_and_plain_http_are_told_apart_in_both_directions() {
    let bundle = Bundle::new();
    let (server, _) = bundle.serve("127.0.0.1", &bundle.text(), "");
    let (text, hint) = said(&server, plain(&server), None);
    assert_eq!(
        text,
        "127.0.0.1:PORT speaks TLS where plain HTTP is expected"
    );
    assert!(hint.contains("ssl.engine"));
    let server = Lighttpd::start("127.0.0.1", "", &[(FILE, "")]);
    let launcher = Launcher {
        tls: true,
        ..plain(&server)
    };
    let (text, hint) = said(&server, launcher, None);
    assert_eq!(
        text,
        "127.0.0.1:PORT serves plain HTTP where TLS is expected"
    );
    assert!(hint.contains("ssl.engine"));
}

#[test]
fn an_answer_in_the_clear_beside_tls_is_told_unless_it_is_400() {
    let file = b"HTTP/1.1 200 OK\r\n\r\n";
    let refusal = b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice();
    let redirect = b"HTTP/1.1 301 Moved Permanently\r\n\r\n".as_slice();
    for (in_the_clear, refused) in [(file.as_slice(), false), (redirect, false), (refusal, true)] {
        let server = TlsServer::with(file, Some(in_the_clear));
        let address = server.address.to_string();
        let probe = Probe {
            after: server.leaf_sha256.clone(),
            launcher_after: Some(Launcher {
                endpoints: vec![address.clone()],
                tls: true,
                paths: vec!["/iris/getdown.txt".to_owned()],
                ..Launcher::default()
            }),
            ..Probe::default()
        };
        let expected = match refused {
            true => format!("https://{address}/iris/getdown.txt is served"),
            false => format!("{address} serves plain HTTP where TLS is expected"),
        };
        let said = match asked(&probe, None) {
            Ok(answer) => answer.launcher.unwrap(),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected);
    }
}

#[test]
fn a_password_is_asked_for_and_a_good_one_opens() {
    let bundle = Bundle::new();
    let (server, probe) = bundle.serve("127.0.0.1", &bundle.text(), &format!("{AUTH}{REQUIRE}"));
    let open = Launcher {
        password: Some(false),
        ..probe.launcher_after.unwrap()
    };
    let locked = Launcher {
        password: Some(true),
        origin: Some("https://cus.example.com".to_owned()),
        ..open.clone()
    };
    let url = "https://cus.example.com:PORT/iris/getdown.txt";
    let (text, hint) = said(&server, open, None);
    assert_eq!(text, format!("{url} answers 401 Unauthorized"));
    assert!(hint.contains("cus-auth disable"));
    let (text, _) = said(&server, locked.clone(), None);
    assert_eq!(text, format!("{url} asks for a password"));
    let (text, _) = said(&server, locked.clone(), Some(&login("right")));
    assert_eq!(
        text,
        format!("{url} asks for a password; with one, {url} names https://cus.example.com/iris")
    );
    let (text, hint) = said(&server, locked, Some(&login("wrong")));
    assert_eq!(
        text,
        format!("{url} refuses the right password of ada: 401 Unauthorized")
    );
    assert!(hint.contains("0640"));
}

#[test]
fn a_password_that_nobody_asks_for_is_told_with_the_module() {
    let server = Lighttpd::start("127.0.0.1", REQUIRE, &[(FILE, ""), ("users", USERS)]);
    let launcher = Launcher {
        password: Some(true),
        ..plain(&server)
    };
    let (text, hint) = said(&server, launcher, None);
    assert!(
        text.ends_with(
            "getdown.txt is served without a password: a request without one got 200 OK instead of 401"
        ),
        "{text}"
    );
    assert!(hint.contains("mod_auth"));
}

#[test]
fn digest_beside_htpasswd_is_told_with_the_method() {
    let lines = format!("{AUTH}{}", REQUIRE.replace("basic", "digest"));
    let server = Lighttpd::start("127.0.0.1", &lines, &[(FILE, ""), ("users", USERS)]);
    let launcher = Launcher {
        password: Some(true),
        ..plain(&server)
    };
    let (text, hint) = said(&server, launcher, Some(&login("right")));
    assert!(
        text.ends_with("answers 500 Internal Server Error"),
        "{text}"
    );
    assert!(hint.contains("digest"));
}

#[test]
fn only_what_is_served_before_the_change_is_expected_back() {
    let bundle = Bundle::new();
    let text = [bundle.key.as_str(), &bundle.leaf].concat();
    let (tls, probe) = bundle.serve("127.0.0.1", &text, "");
    let over_tls = probe.launcher_after.unwrap();
    let known = Probe {
        endpoints: vec![closed()],
        before: Some(bundle.leaf_sha256.clone()),
        sent_before: vec![bundle.sent.clone()],
        launcher_before: Some(over_tls.clone()),
        ..Probe::default()
    };
    let mut expected = known.clone();
    expect_back_only_what_is_served(&mut expected, &|| false);
    assert_eq!(expected.before, known.before);
    assert_eq!(expected.launcher_before, known.launcher_before);
    assert_eq!(expected.sent_before, [], "it was not sent before either");

    for wrong in [
        plain(&tls),
        Launcher {
            origin: Some("http://cus.example.com".to_owned()),
            ..over_tls
        },
    ] {
        let mut expected = Probe {
            launcher_before: Some(wrong),
            ..known.clone()
        };
        expect_back_only_what_is_served(&mut expected, &|| false);
        assert_eq!(expected.launcher_before, None);
        assert_eq!(expected.before, None, "nobody listens on the endpoint");
    }
}

#[test]
fn a_launcher_file_that_comes_late_is_waited_for_and_then_named_with_the_way_out() {
    let fake = restarting();
    let server = Lighttpd::start("127.0.0.1", "", &[("www/iris/other", "")]);
    let mut restart = restart(&fake, &[], "");
    restart.probe.launcher_after = Some(plain(&server));
    let error = prove(&restart).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("web_api_service is not back after 2 s: http://cus.example.com:")
            && text.ends_with("/iris/getdown.txt answers 404 Not Found"),
        "{text}"
    );
    assert!(error.hint().unwrap().contains("server.document-root"));

    restart.probe.timeout_seconds = 60;
    let mut looks = 0;
    let mut progress = |_: &str| {
        looks += 1;
        if looks == 3 {
            server.write(FILE, "");
        }
    };
    // The process is another one again.
    let fake = restarting();
    restart.monit = fake.command();
    let proof = restart_and_prove(&restart, None, &mut progress, &|| false).unwrap();
    assert!(
        proof
            .answer
            .unwrap()
            .launcher
            .unwrap()
            .ends_with("is served")
    );
    assert!(looks >= 3);
}

#[test]
fn putting_back_waits_for_the_launcher_file_of_before() {
    let server = Lighttpd::start("127.0.0.1", "", &[(FILE, "appbase = http://old/\n")]);
    for (origin, back) in [("http://old", true), ("http://older", false)] {
        let fake = restarting();
        let mut restart = restart(&fake, &[], "00");
        restart.probe.launcher_before = Some(Launcher {
            origin: Some(origin.to_owned()),
            ..plain(&server)
        });
        let proof = put_back_after_files(&restart, &mut |_| {}, &|| false);
        assert_eq!(proof.is_ok(), back, "{proof:?}");
        assert_eq!(fake.orders(), ["restart web_api_service"]);
    }
}
