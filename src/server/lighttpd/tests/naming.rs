//! Files that are not in place yet, by whatever name the configuration has for them.

use std::fs;
use std::os::unix::fs::symlink;

use super::{Server, bundle};

/// How a server's configuration names the bundle behind a link.
type Way = fn(&Server, &str) -> String;

#[test]
fn an_included_file_that_is_staged_too_is_judged() {
    let server = Server::with("");
    let include = server
        .config()
        .with_file_name("tls.conf")
        .display()
        .to_string();
    let edited = server
        .edited()
        .replace("ssl.engine = \"enable\"\n", "include \"tls.conf\"\n");
    let change = |text: &str| {
        vec![
            server.write_bundle(&bundle(None)),
            server.scratch.write(&include, text, 0o644),
        ]
    };
    let error = server
        .apply(&edited, change("ssl.engine = \"disable\"\n"))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("ssl.engine does not get its new value"),
        "{error}"
    );
    server
        .apply(&edited, change("ssl.engine = \"enable\"\n"))
        .unwrap();
}

/// Whoever names the bundle, and however: by a link, in an included file, in an expression.
#[test]
fn a_staged_bundle_is_judged_whatever_it_is_called() {
    let included = |server: &Server, link: &str| {
        let tls = server.config().with_file_name("tls.conf");
        fs::write(tls, format!("ssl.pemfile = \"{link}\"\n")).unwrap();
        "include \"tls.conf\"\n".to_owned()
    };
    let expression = |_: &Server, link: &str| {
        let (folder, name) = link.rsplit_once('/').unwrap();
        format!("var.tls = \"{folder}\"\nssl.pemfile = var.tls + \"/{name}\"\n")
    };
    let plain = |_: &Server, link: &str| format!("ssl.pemfile = \"{link}\"\n");
    let ways: [Way; 3] = [included, expression, plain];
    for (number, way) in ways.into_iter().enumerate() {
        let server = Server::with("");
        let link = server.scratch.real("/etc/ssl/private/link.pem");
        symlink(&server.bundle, &link).unwrap();
        let link = link.display().to_string();
        let direct = format!("ssl.pemfile = \"{}\"\n", server.bundle);
        let edited = server.edited().replace(&direct, &way(&server, &link));
        fs::write(server.config(), edited.replace("= 18443", "= 18080")).unwrap();
        // What is there is right, and what is to come is not.
        fs::write(&server.bundle, bundle(None)).unwrap();
        let mut wanted = server.wanted();
        let value = wanted.keys.get_mut("ssl.pemfile").unwrap();
        *value = Some(format!("\"{link}\""));
        let apply =
            |text: &str| server.apply_wanted(&edited, vec![server.write_bundle(text)], &wanted);
        let error = apply("no key\n").unwrap_err().to_string();
        assert!(
            error.contains("lighttpd.pem") && !error.contains(".dhtls"),
            "{number}: {error}"
        );
        apply(&bundle(None)).unwrap();
    }
}

/// lighttpd looks for relative includes beside the link.
#[test]
fn a_configuration_behind_a_link_is_judged_where_its_includes_are() {
    let server = Server::with("");
    let elsewhere = server.scratch.real("/etc/cus.conf");
    fs::rename(&server.config, &elsewhere).unwrap();
    symlink(&elsewhere, &server.config).unwrap();
    let edited = server.edited();
    let changes = vec![server.write_bundle(&bundle(None))];
    server.apply(&edited, changes).unwrap();
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), edited);
}

#[test]
fn a_bundle_that_the_configuration_does_not_name_is_found() {
    let server = Server::with("");
    let other = server
        .edited()
        .replace(&server.bundle, &format!("{}x", server.bundle));
    fs::write(format!("{}x", server.bundle), bundle(None)).unwrap();
    let said = server.refused(&other, &bundle(None));
    assert!(
        said.ends_with("ssl.pemfile does not get its new value"),
        "{said}"
    );
}
