//! The restart that makes a change take effect, and what has to be seen afterwards. Kept in the
//! journal, so that recovery and rollback know what to restart and what to expect; what came later than
//! the first release may be missing there.

use std::mem;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restart {
    /// monit's name of the service.
    pub(crate) service: String,
    /// The program that speaks to monit, with its leading arguments.
    pub(crate) monit: Vec<String>,
    /// The service was off and this change switches it on.
    pub(crate) enabling: bool,
    pub(crate) probe: Probe,
}

/// Whom to ask what is served, and which answers are right. With neither a leaf nor a launcher file to
/// expect, that the service runs is all there is to prove.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Probe {
    /// `HOST:PORT`, tried in turn until one accepts a connection. Not asked where the launcher file comes
    /// over TLS: the leaf is then that of its connection.
    pub(crate) endpoints: Vec<String>,
    /// Sent as SNI.
    pub(crate) server_name: String,
    /// SHA-256 of the leaf that must be served after the change, lower-case hex. Empty: none is expected,
    /// as without TLS, or in a rollback to a leaf that nobody knew.
    pub(crate) after: String,
    /// The same for the leaf before the change; `None`: unknown.
    pub(crate) before: Option<String>,
    /// Intermediates that must be sent with the leaf after the change.
    #[serde(default)]
    pub(crate) sent: Vec<Intermediate>,
    /// The same before the change.
    #[serde(default)]
    pub(crate) sent_before: Vec<Intermediate>,
    /// What launchers must get after the change; `None`: not asked.
    #[serde(default)]
    pub(crate) launcher_after: Option<Launcher>,
    /// The same before the change.
    #[serde(default)]
    pub(crate) launcher_before: Option<Launcher>,
    /// Restart and probe have to be over within this many seconds.
    pub(crate) timeout_seconds: u64,
}

/// An intermediate that clients need: without it most of them trust nothing, and lighttpd starts all
/// the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Intermediate {
    /// For people.
    pub(crate) subject: String,
    /// Lower-case hex.
    pub(crate) sha256: String,
}

/// How a Client Update Service has to answer the launchers of its users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Launcher {
    /// `HOST:PORT`, tried in turn until one accepts a connection.
    pub(crate) endpoints: Vec<String>,
    /// Over TLS, and plain HTTP is refused on the same port. False: plain HTTP, and no TLS there.
    pub(crate) tls: bool,
    /// Sent as SNI and in the Host header; a name or an address without brackets.
    pub(crate) server_name: String,
    /// URL paths of the launcher file, such as `/iris/getdown.txt`; the first that is there counts.
    /// Empty: it is asked for `/`, and any answer but a refusal counts.
    pub(crate) paths: Vec<String>,
    /// `https://host[:port]`, which every `appbase` in the launcher file must name; `None`: not compared.
    pub(crate) origin: Option<String>,
    /// Whether a request without credentials must get 401; `None`: not known, as where that hangs on a
    /// condition, and either counts.
    pub(crate) password: Option<bool>,
}

/// One side of a [`Probe`]: what has to be seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// Where the leaf is asked for, unless the launcher file comes over TLS.
    pub(crate) endpoints: &'a [String],
    pub(crate) server_name: &'a str,
    /// SHA-256, lower-case hex.
    pub(crate) leaf: Option<&'a str>,
    pub(crate) sent: &'a [Intermediate],
    pub(crate) launcher: Option<&'a Launcher>,
}

impl Probe {
    /// What has to be seen once the change is made.
    pub(crate) fn expected_after(&self) -> Expected<'_> {
        Expected {
            endpoints: &self.endpoints,
            server_name: &self.server_name,
            leaf: Some(self.after.as_str()).filter(|after| !after.is_empty()),
            sent: &self.sent,
            launcher: self.launcher_after.as_ref(),
        }
    }

    /// What has to be seen once the change is put back, as far as it is known.
    pub(crate) fn expected_before(&self) -> Expected<'_> {
        Expected {
            endpoints: &self.endpoints,
            server_name: &self.server_name,
            leaf: self.before.as_deref(),
            sent: &self.sent_before,
            launcher: self.launcher_before.as_ref(),
        }
    }

    /// The probe of the way back: what was before is what has to be seen after.
    pub(crate) fn reversed(mut self) -> Self {
        let before = self.before.take().unwrap_or_default();
        self.before = Some(mem::replace(&mut self.after, before)).filter(|leaf| !leaf.is_empty());
        mem::swap(&mut self.sent, &mut self.sent_before);
        mem::swap(&mut self.launcher_after, &mut self.launcher_before);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Expected, Intermediate, Launcher, Probe};

    fn probe() -> Probe {
        let launcher = |tls| {
            Some(Launcher {
                tls,
                ..Launcher::default()
            })
        };
        Probe {
            after: "new".to_owned(),
            before: None,
            sent: vec![Intermediate {
                subject: "CN=Issuing CA".to_owned(),
                sha256: "00".to_owned(),
            }],
            launcher_after: launcher(true),
            launcher_before: launcher(false),
            ..Probe::default()
        }
    }

    #[test]
    fn the_way_back_expects_what_was_before_and_back_again_what_was_after() {
        let back = probe().reversed();
        let Expected {
            leaf,
            sent,
            launcher,
            ..
        } = back.expected_after();
        assert_eq!((leaf, sent), (None, &[][..]));
        assert_eq!(launcher.map(|launcher| launcher.tls), Some(false));
        assert_eq!(back.expected_before().leaf, Some("new"));
        assert_eq!(back.reversed(), probe());
    }

    #[test]
    fn a_record_of_the_first_release_is_read() {
        let old = r#"{"endpoints":["localhost:8123"],"server_name":"web.example.com",
            "after":"new","before":"old","timeout_seconds":120}"#;
        let probe: Probe = serde_json::from_str(old).unwrap();
        assert_eq!(probe.expected_after().leaf, Some("new"));
        assert!(probe.expected_after().launcher.is_none());
    }

    #[test]
    fn a_probe_comes_out_of_the_journal_as_it_went_in() {
        let json = serde_json::to_string(&probe()).unwrap();
        assert_eq!(serde_json::from_str::<Probe>(&json).unwrap(), probe());
    }
}
