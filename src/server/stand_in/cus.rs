//! The stand-in's Client Update Service: lighttpd without TLS, and its launcher file.

/// lighttpd as the installer leaves it, with the examples that the runbook speaks of.
pub(super) const LIGHTTPD: &str = r#"# Client Update Service
server.modules = (
    "mod_access",
    "mod_accesslog",
)

server.document-root = "/var/www/lighttpd/iris"
server.username      = "lighttpd"
server.groupname     = "lighttpd"
server.port          = 80
server.errorlog      = "/var/log/lighttpd/cus-error.log"
accesslog.filename   = "/var/log/lighttpd/cus-access.log"

#ssl.engine  = "enable"
#ssl.pemfile = "/etc/ssl/private/lighttpd.pem"

#include "conf.d/iris-auth.conf"
"#;

pub(super) const GETDOWN: &str = "\
# Where the launchers find their files
appbase = http://deephaven.example.com/iris/
ui.name = Deephaven
ui.install_error = http://deephaven.example.com/iris/help.html
class = com.illumon.iris.console.IrisConsole
";

pub(super) const MONIT: &str = "\
check process client_update_service with pidfile /var/run/lighttpd-cus.pid
    start program = \"/usr/sbin/lighttpd -f /etc/lighttpd/client-update-service.conf\"
    stop program = \"/bin/kill -TERM `cat /var/run/lighttpd-cus.pid`\"
";
