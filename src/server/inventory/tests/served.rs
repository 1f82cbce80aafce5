use super::{BUNDLE, GETDOWN, HOST, KEYSTORE, LIGHTTPD, Server, issue};
use crate::error::ServiceError;
use crate::error::service::EndpointFault;
use crate::pki::certificate::Certificate;
use crate::pki::pemfile;
use crate::server::inventory::{Inventory, Leaf, Service};
use crate::server::services::testing::Lighttpd;
use crate::system::endpoint::Served;
use crate::system::survey::{Asked, FaultAt, Limits, ServedAt, Surveyed, survey};

fn serving(certificate: &Certificate) -> Surveyed {
    Surveyed {
        served: vec![ServedAt {
            addresses: Vec::new(),
            served: Served {
                chain: vec![certificate.der().to_vec()],
                protocol: "TLSv1.3",
                cipher: String::new(),
            },
        }],
        faults: Vec::new(),
    }
}

fn failing(fault: EndpointFault) -> Surveyed {
    Surveyed {
        served: Vec::new(),
        faults: vec![FaultAt {
            addresses: Vec::new(),
            error: ServiceError::Endpoint {
                endpoint: "ENDPOINT".to_owned(),
                fault,
            },
            counts: true,
        }],
    }
}

/// What is found when the first endpoint of each service does as said, and no other listens.
fn compare(server: &Server, web_api: Surveyed, cus: Surveyed) -> Vec<String> {
    let inventory = server.take();
    let answers = answers(&inventory, web_api, cus);
    let leaves = |source: &'static str| Leaf {
        source: &inventory.sources[usize::from(source == BUNDLE)].file.shown,
        certificate: &server.leaf,
    };
    let found = inventory.compare(&[leaves(KEYSTORE), leaves(BUNDLE)], &answers);
    server.in_words(found)
}

fn answers(inventory: &Inventory, web_api: Surveyed, cus: Surveyed) -> Vec<Surveyed> {
    let (mut web_api, mut cus) = (Some(web_api), Some(cus));
    let endpoints = inventory.endpoints.iter();
    let answers = endpoints.map(|asked| {
        let answer = match asked.service {
            Service::WebApi => web_api.take(),
            Service::ClientUpdate => cus.take(),
        };
        answer.unwrap_or_else(|| failing(EndpointFault::Refused))
    });
    answers.collect()
}

#[test]
fn what_is_served_and_what_is_installed_are_the_same() {
    let server = Server::new();
    let found = compare(&server, serving(&server.leaf), serving(&server.leaf));
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_service_that_was_not_restarted_is_stale() {
    let server = Server::new();
    let old = issue("old.example.com").certificate;
    let found = compare(&server, serving(&old), serving(&server.leaf));
    assert_eq!(found.len(), 1, "{found:?}");
    let expected =
        "127.0.0.1:8123: stale-service: web_api_service serves old.example.com (SHA-256 ";
    assert!(found[0].starts_with(expected), "{found:?}");
    assert!(found[0].contains(&format!("but {KEYSTORE} has {HOST}")));
    assert!(found[0].ends_with(": restart web_api_service"));
    let found = compare(&server, serving(&server.leaf), serving(&old));
    assert!(found[0].starts_with("127.0.0.1:443: stale-service: client_update_service serves "));
}

#[test]
fn plain_http_where_tls_should_be_is_cleartext() {
    let server = Server::new();
    let http = || failing(EndpointFault::NotTls { http: true });
    let found = compare(&server, serving(&server.leaf), http());
    let expected = "127.0.0.1:443: cleartext: client_update_service answers plain HTTP where TLS is \
        expected: restart client_update_service";
    assert_eq!(found, [expected]);
    // Without TLS in its settings that was said already.
    server.scratch.file(LIGHTTPD, "server.port = 80\n", 0o644);
    server
        .scratch
        .file(GETDOWN, &format!("appbase = http://{HOST}/\n"), 0o644);
    let inventory = server.take();
    let answers = answers(&inventory, serving(&server.leaf), http());
    assert_eq!(server.in_words(inventory.compare(&[], &answers)), [""; 0]);
}

#[test]
fn tls_that_the_settings_do_not_know_is_stale() {
    let server = Server::with("server.port = 80\n", LIGHTTPD);
    let inventory = server.take();
    let answers = answers(&inventory, serving(&server.leaf), serving(&server.leaf));
    let found = server.in_words(inventory.compare(&[], &answers));
    let expected = "127.0.0.1:80: stale-service: client_update_service serves TLS, and its configuration \
        says that it does not: restart client_update_service";
    assert_eq!(found, [expected]);
}

#[test]
fn a_service_that_is_on_has_to_answer() {
    let server = Server::new();
    let found = compare(
        &server,
        failing(EndpointFault::Refused),
        failing(EndpointFault::Silent),
    );
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("127.0.0.1:8123: unreachable: web_api_service is on in monit, but: ")
    );
    assert!(
        found[1]
            .starts_with("127.0.0.1:443: unreachable: client_update_service is on in monit, but: ")
    );
    let not_asked = server.in_words(server.take().compare(&[], &[]));
    assert!(
        not_asked[0].ends_with("it was not asked in time"),
        "{not_asked:?}"
    );
    assert_eq!(not_asked.len(), 2);
}

#[test]
fn the_first_endpoint_at_which_something_listens_decides() {
    let server = Server::new();
    let inventory = server.take();
    let mut answers = answers(
        &inventory,
        failing(EndpointFault::Refused),
        serving(&server.leaf),
    );
    let by_name = |asked: &crate::server::inventory::AskedEndpoint| {
        asked.service == Service::WebApi && asked.endpoint.host == HOST
    };
    let second = inventory.endpoints.iter().position(by_name).unwrap();
    answers[second] = serving(&server.leaf);
    let deciding = inventory.deciding(&answers);
    let asked: Vec<String> = deciding
        .iter()
        .map(|(asked, _)| asked.endpoint.to_string())
        .collect();
    assert_eq!(asked, [format!("{HOST}:8123"), "127.0.0.1:443".to_owned()]);
}

#[test]
fn a_lighttpd_that_still_serves_the_old_pair_is_stale() {
    let (old, new) = (issue(HOST), Server::new());
    let bundle = pemfile::encode(&old.private_key().unwrap(), &old.certificate, &[]);
    let bundle = std::str::from_utf8(bundle.expose()).unwrap().to_owned();
    let lines = "server.modules = ( \"mod_openssl\" )\nssl.engine = \"enable\"\n\
        ssl.pemfile = \"FOLDER/lighttpd.pem\"";
    let running = Lighttpd::start("127.0.0.1", lines, &[("lighttpd.pem", &bundle)]);
    let mut server = new;
    server.site.settings.cus.endpoint = Some(running.address.to_string());
    server.remove(super::WEB_API_FILE);
    let stale = |server: &Server| {
        let inventory = server.take();
        let asked: Vec<Asked> = inventory.endpoints.iter().map(Asked::from).collect();
        let answers = survey(&asked, &Limits::default(), &|| false).unwrap();
        let source = inventory.sources[1].file.shown.clone();
        let leaf = Leaf {
            source: &source,
            certificate: &server.leaf,
        };
        server.in_words(inventory.compare(&[leaf], &answers))
    };
    let found = stale(&server);
    assert_eq!(found.len(), 1, "{found:?}");
    let expected = format!(
        "{}: stale-service: client_update_service serves ",
        running.address
    );
    assert!(found[0].starts_with(&expected), "{found:?}");
    server.leaf = old.certificate;
    assert_eq!(stale(&server), [""; 0]);
}
