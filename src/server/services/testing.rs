//! A stand-in for monit: a shell script that says what the test wants and notes what it was told. And the
//! real lighttpd.

mod lighttpd;

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

pub(crate) use lighttpd::Lighttpd;

pub(crate) struct FakeMonit {
    folder: TempDir,
}

impl FakeMonit {
    /// `status` says `status`; after a `restart`, `stop` or `reload` it says `after`.
    pub(crate) fn new(status: &str, after: &str) -> Self {
        let fake = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fake.says(status);
        fs::write(fake.path("after"), after).unwrap();
        let script = format!(
            "#!/bin/sh\ncd {} || exit 9\necho \"$*\" >> calls\n\
             case $1 in\n\
             status) cat status; cat error >&2 2>/dev/null; exit $(cat exit) ;;\n\
             restart|stop|reload) cp after status ;;\n\
             -t) [ ! -e broken ] || {{ echo 'web.conf:3: syntax error' >&2; exit 1; }} ;;\n\
             esac\n",
            fake.folder.path().display()
        );
        fs::write(fake.path("monit"), script).unwrap();
        fake
    }

    /// `status` fails, with this on stderr.
    pub(crate) fn failing(error: &str) -> Self {
        let fake = Self::new("", "");
        fs::write(fake.path("error"), error).unwrap();
        fs::write(fake.path("exit"), "1").unwrap();
        fake
    }

    pub(crate) fn says(&self, status: &str) {
        fs::write(self.path("status"), status).unwrap();
        fs::write(self.path("exit"), "0").unwrap();
    }

    /// Its configuration cannot be read any more.
    pub(crate) fn break_configuration(&self) {
        fs::write(self.path("broken"), "").unwrap();
    }

    /// Everything but `status` that it was told.
    pub(crate) fn orders(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        let orders = calls.lines().filter(|call| !call.starts_with("status"));
        orders.map(str::to_owned).collect()
    }

    pub(crate) fn command(&self) -> Vec<String> {
        // Not by its own path: a fork of another test that still holds it open for writing would make
        // that fail (ETXTBSY).
        vec!["sh".to_owned(), self.path("monit").display().to_string()]
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// As monit 5.33 says it, shortened.
pub(crate) fn status(said: &str, pid: Option<u32>) -> String {
    let pid = pid.map_or_else(String::new, |pid| {
        format!("  pid                          {pid}\n  parent pid                   1\n")
    });
    format!(
        "Monit 5.33.0 uptime: 2m\n\nProcess 'web_api_service'\n\
         \x20 status                       {said}\n\
         \x20 monitoring status            Monitored\n\
         \x20 monitoring mode              active\n\
         {pid}\n"
    )
}
