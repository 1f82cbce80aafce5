//! `/etc/dhtls.toml`: what differs on this site from the runbook. Every key is optional.

mod check;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Result, SettingsError};
use crate::system::host::Host;
use crate::system::plan::Mode;
use crate::system::read;

pub(crate) use check::{CheckSettings, Ignore};

/// Where the settings are when `--config` does not say.
const DEFAULT_FILE: &str = "/etc/dhtls.toml";

/// A settings file of more than this is none.
const SIZE_LIMIT: u64 = 1 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) webapi: WebapiSettings,
    pub(crate) properties: PropertiesSettings,
    pub(crate) cus: CusSettings,
    pub(crate) monit: MonitSettings,
    pub(crate) state: StateSettings,
    pub(crate) check: CheckSettings,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WebapiSettings {
    pub(crate) keystore: PathBuf,
    pub(crate) passphrase_file: PathBuf,
    pub(crate) owner: String,
    pub(crate) group: String,
    #[serde(deserialize_with = "octal")]
    pub(crate) mode: Mode,
    pub(crate) alias: String,
    /// monit's name of the service; read from its service file when not set.
    pub(crate) service: Option<String>,
    /// `HOST:PORT` to probe.
    pub(crate) endpoint: Option<String>,
    /// The `java` that runs the service.
    pub(crate) java: Option<PathBuf>,
    pub(crate) log: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PropertiesSettings {
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CusSettings {
    /// lighttpd's main configuration; what monit starts lighttpd with when not set.
    pub(crate) config: Option<PathBuf>,
    /// Where the bundle goes, whatever `ssl.pemfile` says.
    pub(crate) bundle: Option<PathBuf>,
    /// The launcher file to edit; found by the release's layout when not set.
    pub(crate) getdown: Option<PathBuf>,
    pub(crate) users_file: PathBuf,
    pub(crate) auth_include: PathBuf,
    /// monit's name of the service; read from its service file when not set.
    pub(crate) service: Option<String>,
    /// `HOST:PORT` to probe.
    pub(crate) endpoint: Option<String>,
    /// The lighttpd that judges the edited configuration.
    pub(crate) lighttpd: Option<PathBuf>,
    pub(crate) log: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MonitSettings {
    /// The program that speaks to monit, with its leading arguments.
    pub(crate) command: Vec<String>,
    /// Where the service files are.
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StateSettings {
    pub(crate) folder: PathBuf,
    /// Finished changes that stay for `dhtls rollback`.
    pub(crate) keep: usize,
}

impl Default for WebapiSettings {
    /// The runbook's.
    fn default() -> Self {
        Self {
            keystore: "/etc/sysconfig/illumon.d/auth/webServices-keystore.p12".into(),
            passphrase_file: "/db/TempFiles/irisadmin/.webapi_passphrase".into(),
            owner: "irisadmin".into(),
            group: "dbquery".into(),
            mode: Mode(0o440),
            alias: "webapi".into(),
            service: None,
            endpoint: None,
            java: None,
            log: "/var/log/deephaven/misc/WebServer.log.current".into(),
        }
    }
}

impl Default for CusSettings {
    /// The runbook's.
    fn default() -> Self {
        Self {
            config: None,
            bundle: None,
            getdown: None,
            users_file: "/etc/lighttpd/illumon-cus.user".into(),
            auth_include: "/etc/lighttpd/conf.d/iris-auth.conf".into(),
            service: None,
            endpoint: None,
            lighttpd: None,
            log: "/var/log/lighttpd/cus-error.log".into(),
        }
    }
}

impl Default for PropertiesSettings {
    fn default() -> Self {
        Self {
            folder: "/etc/sysconfig/illumon.d/resources".into(),
        }
    }
}

impl Default for MonitSettings {
    fn default() -> Self {
        Self {
            command: vec!["monit".into()],
            folder: "/etc/sysconfig/illumon.d/monit".into(),
        }
    }
}

impl Default for StateSettings {
    fn default() -> Self {
        Self {
            folder: "/var/lib/dhtls".into(),
            keep: 10,
        }
    }
}

impl CusSettings {
    fn paths(&self) -> Vec<(&'static str, &Path)> {
        let optional = [
            ("config", self.config.as_deref()),
            ("bundle", self.bundle.as_deref()),
            ("getdown", self.getdown.as_deref()),
            ("lighttpd", self.lighttpd.as_deref()),
        ];
        let set = optional
            .into_iter()
            .filter_map(|(key, path)| Some((key, path?)));
        let always = [
            ("users_file", self.users_file.as_path()),
            ("auth_include", self.auth_include.as_path()),
            ("log", self.log.as_path()),
        ];
        set.chain(always).collect()
    }
}

impl Settings {
    /// Reads `file`, or the default one, which may be absent.
    ///
    /// # Errors
    /// A file that cannot be read, and a key or value that is not known, with its line.
    pub(crate) fn read(file: Option<&Path>, host: &Host) -> Result<Self> {
        let Some(path) = Self::file(file, host)? else {
            return Ok(Self::default());
        };
        let found = read::input(&host.root, path, SIZE_LIMIT)?;
        Ok(Self::parse(
            &path.display().to_string(),
            found.bytes.expose(),
        )?)
    }

    /// The file that is read: `given`, or the default one if it is there.
    ///
    /// # Errors
    /// A folder on the way that may not be entered.
    pub(crate) fn file<'a>(given: Option<&'a Path>, host: &Host) -> Result<Option<&'a Path>> {
        let default = Path::new(DEFAULT_FILE);
        Ok(match given {
            Some(given) => Some(given),
            None => host.root.exists(default)?.then_some(default),
        })
    }

    pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Self, SettingsError> {
        let text = std::str::from_utf8(bytes).map_err(|error| SettingsError {
            file: name.to_owned(),
            line: 1 + count_newlines(bytes.get(..error.valid_up_to()).unwrap_or(bytes)),
            problem: "this is not UTF-8".to_owned(),
        })?;
        let settings: Self = toml::from_str(text).map_err(|error| SettingsError {
            file: name.to_owned(),
            line: 1 + error
                .span()
                .and_then(|span| bytes.get(..span.start))
                .map_or(0, count_newlines),
            problem: error.message().replace('\n', ", "),
        })?;
        settings.refuse_nonsense(name, text)
    }

    /// What no later step could say as clearly.
    fn refuse_nonsense(self, name: &str, text: &str) -> Result<Self, SettingsError> {
        let webapi = &self.webapi;
        let relative = self
            .cus
            .paths()
            .into_iter()
            .find(|(_, path)| path.is_relative());
        let (key, problem) = if self.monit.command.is_empty() {
            ("command", "[monit] command is empty")
        } else if self.state.keep == 0 {
            (
                "keep",
                "[state] keep is 0, and dhtls rollback needs at least the newest change",
            )
        } else if webapi.mode.open_to_others() {
            (
                "mode",
                "[webapi] mode would let others read the private key",
            )
        } else if webapi.keystore.is_relative() {
            ("keystore", "[webapi] keystore has to be an absolute path")
        } else if webapi.passphrase_file.is_relative() {
            (
                "passphrase_file",
                "[webapi] passphrase_file has to be an absolute path",
            )
        } else if self.check.ca.iter().any(|path| path.is_relative()) {
            ("ca", "a path in [check] has to be absolute")
        } else if let Some((key, _)) = relative {
            (key, "a path in [cus] has to be absolute")
        } else if self.properties.folder.is_relative()
            || self.monit.folder.is_relative()
            || self.state.folder.is_relative()
        {
            ("folder", "a folder has to be an absolute path")
        } else {
            return Ok(self);
        };
        let at = text
            .lines()
            .position(|line| line.trim_start().starts_with(key));
        Err(SettingsError {
            file: name.to_owned(),
            line: 1 + at.unwrap_or(0),
            problem: problem.to_owned(),
        })
    }
}

fn count_newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// A mode is written as people write it: `"0440"`, or TOML's own `0o440`.
fn octal<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Mode, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u32),
        Text(String),
    }
    let bits = match Written::deserialize(deserializer)? {
        Written::Number(bits) => Some(bits),
        Written::Text(text) => u32::from_str_radix(&text, 8).ok(),
    };
    bits.filter(|bits| *bits <= 0o777)
        .map(Mode)
        .ok_or_else(|| serde::de::Error::custom("a mode is written like \"0440\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Settings::parse("dhtls.toml", text.as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn nothing_set_is_the_runbook() {
        let settings = Settings::parse("dhtls.toml", b"").unwrap();
        assert_eq!(settings.webapi.mode, Mode(0o440));
        assert_eq!(settings.state.keep, 10);
    }

    #[test]
    fn every_key_of_the_manual_is_known() {
        let text = r#"
            [webapi]
            keystore = "/k.p12"
            passphrase_file = "/p"
            owner = "a"
            group = "b"
            mode = "0400"
            alias = "x"
            service = "web"
            endpoint = "127.0.0.1:1"
            java = "/usr/bin/java"
            log = "/l"
            [properties]
            folder = "/r"
            [cus]
            config = "/c"
            bundle = "/b"
            getdown = "/g"
            users_file = "/u"
            auth_include = "/a"
            service = "cus"
            endpoint = "127.0.0.1:2"
            lighttpd = "/usr/sbin/lighttpd"
            log = "/l"
            [monit]
            command = ["sudo", "-u", "irisadmin", "monit"]
            folder = "/m"
            [state]
            folder = "/s"
            keep = 3
            [check]
            warn = ["30d"]
            crit = ["7d"]
            ca = ["/ca"]
            hosts = ["h"]
            ignore = ["self-signed@x"]
        "#;
        let settings = Settings::parse("dhtls.toml", text.as_bytes()).unwrap();
        assert_eq!(settings.webapi.mode, Mode(0o400));
        assert_eq!(settings.monit.command.len(), 4);
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        assert_eq!(
            refusal("[webapi]\n\nkeystor = \"/k.p12\"\n"),
            "dhtls.toml:3: unknown field `keystor`, expected one of `keystore`, `passphrase_file`, \
             `owner`, `group`, `mode`, `alias`, `service`, `endpoint`, `java`, `log`"
        );
    }

    #[test]
    fn a_path_that_the_server_could_not_look_up_is_refused() {
        assert!(
            refusal("[webapi]\nkeystore = \"k.p12\"\n")
                .starts_with("dhtls.toml:2: [webapi] keystore has to be")
        );
    }

    #[test]
    fn what_check_does_not_understand_is_an_error_with_its_line() {
        for (line, words) in [
            ("warn = [\"30\"]", "30d, 12h, 33%"),
            ("ignore = [\"selfsigned\"]", "no such finding"),
            ("hosts = [\"https://a\"]", "cannot be a server's name"),
            ("ca = [\"ca.pem\"]", "has to be absolute"),
        ] {
            let refused = refusal(&format!("[check]\n{line}\n"));
            assert!(
                refused.starts_with("dhtls.toml:2: ") && refused.contains(words),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_mode_that_opens_the_key_to_others_is_refused() {
        assert!(refusal("[webapi]\nmode = \"0444\"\n").contains("read the private key"));
        assert!(refusal("[webapi]\nmode = \"rw\"\n").starts_with("dhtls.toml:2: "));
    }
}
