//! Scenarios with a restart and its proof: a monit that is a script, and beside it a [`Service`] that
//! serves what the files were at its last restart.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::cus_files::{CONFIG, GETDOWN};
use super::super::cus_staged::{below, cus};
use super::super::stand_in::{HOST, INSTALL, SETTINGS, StandIn};
use super::super::transcript::dhtls;
use super::super::webapi::free_port;
use super::essence::PASSWORD;
use super::image::{Image, Item};
use super::scenario::{Scenario, server, with};
use super::service::Service;

/// What the service holds in memory, in a laid folder.
pub(crate) const SERVED: &str = "monit/served";

/// The same words as monit 5.33. A restart takes the files of that service.
const MONIT: &str = r#"cd "$(dirname "$0")" || exit 9
case $1 in
status)
    printf 'Monit 5.33.0 uptime: 2m\n\nProcess '\''%s'\''\n' "$2"
    printf '  status                       OK\n  monitoring status            Monitored\n'
    printf '  monitoring mode              active\n  pid                          %s\n' "$(cat pid)"
    printf '  parent pid                   1\n' ;;
restart)
    case $2 in
    web_api_service) files='sysconfig/illumon.d/auth/webServices-keystore.p12' ;;
    *) files='ssl/private/lighttpd.pem lighttpd/client-update-service.conf
        ../var/www/lighttpd/iris/iris/getdown.txt.pre' ;;
    esac
    set --
    for file in $files; do [ ! -f "../root/etc/$file" ] || set -- "$@" "../root/etc/$file"; done
    # A copy that dies is no restart.
    rm -rf served && mkdir served && cp "$@" served/ || exit 1
    echo $(($(cat pid) + 1)) >pid ;;
esac
"#;

/// Every command that restarts a service.
pub(crate) fn all() -> Vec<Scenario> {
    let mut all = webapi();
    all.extend(cus_commands());
    all
}

/// `install-webapi` and the way back, with a handshake.
fn webapi() -> Vec<Scenario> {
    let (server, port) = (StandIn::new(), free_port());
    settle(
        &server,
        "web_api_service",
        &format!("endpoint = \"127.0.0.1:{port}\"\n"),
    );
    let install = format!("{INSTALL} --restart --host {HOST} --timeout 6s");
    let steps = [
        ("webapi-restart", install.as_str()),
        ("rollback-restart", "--root root --restart rollback"),
    ];
    chain(&server, port, &steps)
}

/// The Client Update Service under TLS, with a password, and back.
pub(crate) fn cus_commands() -> Vec<Scenario> {
    let (server, port) = (cus(), free_port());
    let edit = |name: &str, old: &str, new: &str| server.scratch.edit(&below(name), old, new);
    edit(
        CONFIG,
        "server.port = 80\n",
        &format!("server.port = {port}\n"),
    );
    edit(CONFIG, "0.0.0.0", "127.0.0.1");
    edit(
        GETDOWN,
        &format!("http://{HOST}/"),
        &format!("http://{HOST}:{port}/"),
    );
    server
        .scratch
        .write_mode("password", format!("{PASSWORD}\n"), 0o600);
    settle(&server, "client_update_service", "");
    let at = format!("--root root --restart --timeout 6s --host {HOST} --port {port}");
    let pair = "--crt tls.crt --key tls.key --ca ca.crt";
    let (https, http) = (
        format!("cus-https {at} {pair}"),
        format!("cus-http {at} --i-accept-cleartext"),
    );
    let steps = [
        ("https-restart", https.as_str()),
        (
            "add-restart",
            "--root root --restart cus-auth add anna --password-file password",
        ),
        (
            "enable-restart",
            "--root root --restart cus-auth enable --timeout 6s",
        ),
        (
            "disable-restart",
            "--root root --restart cus-auth disable --timeout 6s",
        ),
        ("http-restart", http.as_str()),
    ];
    chain(&server, port, &steps)
}

/// Whether the service serves what the files are.
pub(crate) fn is_in_step(laid: &Path) -> bool {
    let image = Image::of(laid);
    let served = image.below(SERVED).0;
    let is_of_now = |(name, item): (&PathBuf, &Item)| {
        let mut files = image
            .0
            .iter()
            .filter(|(path, _)| path.starts_with("root/etc") || path.starts_with("root/var/www"));
        files.any(|(path, file)| {
            path.file_name() == Some(name.as_os_str()) && file.bytes == item.bytes
        })
    };
    !served.is_empty() && served.iter().all(is_of_now)
}

/// The service begins anew, with the files that are there: as it does after a power cut.
pub(crate) fn boot(laid: &Path) {
    let monit = laid.join("monit");
    let service = fs::read_to_string(monit.join("service")).unwrap();
    fs::write(monit.join("pid"), "1000\n").unwrap();
    let script = monit.join("monit.sh");
    let started = Command::new("sh")
        .arg(script)
        .args(["restart", &service])
        .status();
    assert!(started.unwrap().success());
}

/// Lays a monit beside the server, that has just started the service.
fn settle(server: &StandIn, service: &str, more: &str) {
    server.settings(&format!(
        "{more}[monit]\ncommand = [\"sh\", \"@HERE@/monit/monit.sh\"]\n"
    ));
    server.scratch.write("monit/monit.sh", MONIT);
    server.scratch.write("monit/service", service);
    boot(server.scratch.folder());
    assert!(
        fs::read_to_string(server.path(SETTINGS))
            .unwrap()
            .contains("monit")
    );
}

/// Each command on what the one before has left, where nothing goes wrong.
fn chain(on: &StandIn, port: u16, steps: &[(&'static str, &str)]) -> Vec<Scenario> {
    let folder = super::fast_folder();
    let laid = folder.path();
    Image::of(on.scratch.folder()).lay(laid);
    let _service = Service::start(laid, port);
    let step = |(name, line): &(&'static str, &str)| {
        let before = Image::of(laid);
        let ended = with(laid, &dhtls(), line).output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{name}: {ended:?}");
        let after = Image::of(laid);
        assert!(is_in_step(laid), "{name}: {ended:?}");
        Scenario {
            name,
            old: server(&before),
            new: server(&after),
            before,
            line: (*line).to_owned(),
            done: 0,
            reports: false,
            port: Some(port),
            settles: None,
        }
    };
    steps.iter().map(step).collect()
}
