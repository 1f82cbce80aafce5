//! The files of a Client Update Service, as far as they can be told from Deephaven's runbook and EPEL's
//! lighttpd: its own are not public.

pub(crate) const CONFIG: &str = "etc/lighttpd/client-update-service.conf";
pub(crate) const AUTH_INCLUDE: &str = "etc/lighttpd/conf.d/iris-auth.conf";
pub(crate) const GETDOWN: &str = "var/www/lighttpd/iris/iris/getdown.txt.pre";
pub(crate) const SERVICE_FILE: &str = "etc/sysconfig/illumon.d/monit/cus.conf";
pub(crate) const USERS_FILE: &str = "etc/lighttpd/illumon-cus.user";

/// Modelled on EPEL's `lighttpd.conf`, which Deephaven's is derived from.
const LIGHTTPD: &str = r#"## The Client Update Service: what the launcher downloads.
var.log_root    = "@FOLDER@/var/log/lighttpd"
var.server_root = "@FOLDER@/var/www/lighttpd"

server.modules = (
  "mod_access",
  "mod_alias",
#  "mod_auth",
#  "mod_authn_file",
  "mod_accesslog",
)

##  Basic Configuration
## ---------------------
server.port = @PORT@
server.bind = "@IP@"

## Run as a different username than root
@USER@server.username  = "@NAME@"
@USER@server.groupname = "@NAME@"

server.document-root = server_root + "/iris"
server.pid-file = "@FOLDER@/run/cus.pid"
server.errorlog = log_root + "/cus-error.log"
accesslog.filename = log_root + "/cus-access.log"

include "conf.d/mime.conf"
#include "conf.d/iris-auth.conf"

##  SSL Support
## -------------
## To enable SSL for the whole server you have to provide a valid
## certificate and have to enable the SSL engine:
#ssl.engine = "enable"
#ssl.pemfile = "/etc/ssl/private/lighttpd.pem"

include "vhosts.d/*.conf"
"#;

const MIME: &str = r#"mimetype.assign = (
  ".html" => "text/html",
  ".jar" => "application/java-archive",
  ".txt" => "text/plain",
  "" => "application/octet-stream"
)
"#;

const VIRTUAL_HOSTS: &str = r#"$HTTP["url"] =~ "\.pre$" {
  url.access-deny = ( "" )
}
"#;

const AUTH: &str = r#"auth.backend = "htpasswd"
auth.backend.htpasswd.userfile = "@FOLDER@/etc/lighttpd/illumon-cus.user"
auth.require = ( "/" => (
  "method"  => "basic",
  "realm"   => "Client Update Service",
  "require" => "valid-user"
) )
"#;

const LAUNCHER: &str = "\
# Where the launcher gets its files from
appbase = http://@HOST@:@PORT@/iris/
allow_offline = true

# What it shows
ui.name = Deephaven
ui.install_error = http://@HOST@:@PORT@/iris/help.html
ui.install_error.de = http://@HOST@:@PORT@/iris/hilfe.html

code = iris.jar
class = com.example.iris.Launcher
";

/// Prepares the launcher file and starts lighttpd. A test may put `twist.sh` between the two.
const SCRIPT: &str = r#"# cus.sh start|stop -f CONFIGURATION
folder=@FOLDER@
launcher=$folder/var/www/lighttpd/iris/iris/getdown.txt
conf=$3
case $1 in
start)
    cp "$launcher.pre" "$launcher"
    if [ -f "$folder/run/twist.sh" ]; then . "$folder/run/twist.sh"; fi
    exec @LIGHTTPD@ -f "$conf" </dev/null ;;
stop)
    # lighttpd empties the file when it may not remove it.
    pid=$(cat "$folder/run/cus.pid" 2>/dev/null)
    [ -n "$pid" ] || exit 0
    kill "$pid"
    # A process that has ended stays until it is waited for, which takes seconds in some containers.
    while grep -qs '^State:.[^Z]' "/proc/$pid/status"; do sleep 0.05; done ;;
esac
"#;

const SERVICE: &str = "\
check process client_update_service with pidfile @FOLDER@/run/cus.pid
  start program = \"/bin/sh @FOLDER@/cus.sh start -f @FOLDER@/etc/lighttpd/client-update-service.conf\" with timeout 8 seconds
  stop program = \"/bin/sh @FOLDER@/cus.sh stop\"
";

/// What differs between the servers of two tests.
pub(crate) struct Place<'a> {
    pub(crate) folder: &'a str,
    pub(crate) host: &'a str,
    pub(crate) ip: &'a str,
    pub(crate) port: u16,
    /// Whom lighttpd becomes; a plain user's lighttpd stays who it is.
    pub(crate) user: Option<&'a str>,
    pub(crate) lighttpd: &'a str,
}

impl Place<'_> {
    /// All files, by their path below the folder.
    pub(crate) fn files(&self) -> Vec<(&'static str, String)> {
        let files = [
            (CONFIG, LIGHTTPD),
            ("etc/lighttpd/conf.d/mime.conf", MIME),
            (AUTH_INCLUDE, AUTH),
            ("etc/lighttpd/vhosts.d/pre.conf", VIRTUAL_HOSTS),
            (SERVICE_FILE, SERVICE),
            (GETDOWN, LAUNCHER),
            ("var/www/lighttpd/iris/iris/help.html", "<p>help</p>\n"),
            ("cus.sh", SCRIPT),
        ];
        files
            .into_iter()
            .map(|(name, text)| (name, self.filled(text)))
            .collect()
    }

    fn filled(&self, text: &str) -> String {
        let values = [
            ("@FOLDER@", self.folder.to_owned()),
            ("@HOST@", self.host.to_owned()),
            ("@PORT@", self.port.to_string()),
            ("@IP@", self.ip.to_owned()),
            (
                "@USER@",
                if self.user.is_some() { "" } else { "#" }.to_owned(),
            ),
            ("@NAME@", self.user.unwrap_or("lighttpd").to_owned()),
            ("@LIGHTTPD@", self.lighttpd.to_owned()),
        ];
        values.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    }
}
