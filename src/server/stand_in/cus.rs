//! The stand-in's Client Update Service: lighttpd without TLS, and its launcher file.

use crate::server::stand_in::file;
use crate::system::account;
use crate::system::plan::Owner;
use crate::system::scaffold::NewFile;

/// lighttpd as the installer leaves it, with the examples that the runbook speaks of.
const LIGHTTPD: &str = r#"# Client Update Service
server.modules = (
    "mod_access",
    "mod_accesslog",
)

server.document-root = "/var/www/lighttpd/iris"
server.username      = "USER"
server.groupname     = "GROUP"
server.port          = 80
server.errorlog      = "/var/log/lighttpd/cus-error.log"
accesslog.filename   = "/var/log/lighttpd/cus-access.log"

#ssl.engine  = "enable"
#ssl.pemfile = "/etc/ssl/private/lighttpd.pem"

#include "conf.d/iris-auth.conf"
"#;

const GETDOWN: &str = "\
# Where the launchers find their files
appbase = http://deephaven.example.com/iris/
ui.name = Deephaven
ui.install_error = http://deephaven.example.com/iris/help.html
class = com.illumon.iris.console.IrisConsole
";

const MONIT: &str = "\
check process client_update_service with pidfile /var/run/lighttpd-cus.pid
    start program = \"/usr/sbin/lighttpd -f /etc/lighttpd/client-update-service.conf\"
    stop program = \"/bin/kill -TERM `cat /var/run/lighttpd-cus.pid`\"
";

/// Whoever runs the demo takes the place of lighttpd's own user, who may not exist here.
fn lighttpd() -> String {
    let Owner { user, group } = Owner::current();
    let text = LIGHTTPD.replace("USER", &account::user_name(user));
    text.replace("GROUP", &account::group_name(group))
}

pub(super) fn files() -> Vec<NewFile> {
    vec![
        file("etc/lighttpd/client-update-service.conf", 0o644, lighttpd()),
        file("etc/sysconfig/illumon.d/monit/cus.conf", 0o644, MONIT),
        file("var/www/lighttpd/iris/iris/getdown.txt.pre", 0o644, GETDOWN),
    ]
}
