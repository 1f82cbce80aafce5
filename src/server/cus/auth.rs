//! The rules by which lighttpd asks for a password, and the file with the users.

use std::path::{Path, PathBuf};

use crate::config::htpasswd::Users;
use crate::config::lighttpd::{Data, Setting, Source, include_path};
use crate::error::{CusError, Result};
use crate::server::cus::ConfigurationFiles;
use crate::server::cus::require::REQUIRE;
use crate::server::settings::CusSettings;
use crate::system::host::Host;
use crate::system::read::{self, Target};

/// A file of ten thousand users is below a tenth of it.
const SIZE_LIMIT: u64 = 8 << 20;

const USERS_FILE: &str = "auth.backend.htpasswd.userfile";

/// The rules, in a file of their own that the main configuration includes.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) target: Target,
    /// What the file says, or shall say.
    pub(crate) text: Vec<u8>,
    /// By which the main file includes it.
    pub(crate) name: String,
}

impl Rules {
    /// Reads the file, or makes one up that asks for a password everywhere.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn find(
        lighttpd: &ConfigurationFiles,
        settings: &CusSettings,
        host: &Host,
    ) -> Result<Self> {
        let path = &settings.auth_include;
        let target = match read::target(&host.root, path, SIZE_LIMIT) {
            Err(error) if error.is_not_found() => Target {
                path: path.clone(),
                link: None,
                file: None,
            },
            found => found?,
        };
        let text = match &target.file {
            Some(file) => file.bytes.expose().to_vec(),
            None => everywhere(&settings.users_file).into_bytes(),
        };
        Ok(Self {
            name: lighttpd.include_name(path),
            target,
            text,
        })
    }

    pub(crate) fn source(&self) -> Source {
        Source {
            path: self.target.path.clone(),
            bytes: self.text.clone(),
        }
    }
}

fn everywhere(users_file: &Path) -> String {
    format!(
        "# made by dhtls cus-auth\n\
         auth.backend = \"htpasswd\"\n\
         auth.backend.htpasswd.userfile = \"{}\"\n\
         auth.require = (\n    \"\" => (\n        \"method\"  => \"basic\",\n        \
         \"realm\"   => \"Client Update Service\",\n        \"require\" => \"valid-user\",\n    ),\n)\n",
        users_file.display()
    )
}

impl ConfigurationFiles {
    /// Under which names the main file includes these rules, or a pattern that they match.
    pub(crate) fn names_including(&self, rules: &Rules, settings: &CusSettings) -> Vec<String> {
        let wanted = &settings.auth_include;
        let includes = self.configuration.includes().into_iter();
        let same = |name: &String| {
            *name == rules.name || Path::new("/").join(include_path(self.path(), name)) == *wanted
        };
        includes.map(|(name, _)| name).filter(same).collect()
    }

    /// Whether the rules are read already, by whatever include.
    pub(crate) fn reads(&self, rules: &Rules) -> bool {
        self.configuration
            .paths()
            .any(|path| path == rules.target.path)
    }

    /// That users of the users file can log in with these rules.
    ///
    /// # Errors
    /// Another backend, or the method digest, which gives 500 with this one (lighttpd 1.4.69).
    pub(crate) fn require_htpasswd(&self) -> Result<(), CusError> {
        let backend = self.configuration.value("auth.backend");
        match backend {
            Some(backend) if backend.text().as_deref() != Some("htpasswd") => {
                return Err(CusError::AuthBackend {
                    found: format!("auth.backend = {:?}", backend.text().unwrap_or_default()),
                    at: backend.at,
                });
            }
            Some(_) | None => {}
        }
        match self.configuration.value(REQUIRE) {
            Some(require) if uses_digest(&require) => Err(CusError::AuthBackend {
                at: require.at,
                found: "the method \"digest\"".to_owned(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// The users file that the rules name, else that of the settings.
    pub(crate) fn users_file(&self, settings: &CusSettings) -> PathBuf {
        let named = self.text(USERS_FILE).ok().flatten();
        named.map_or_else(|| settings.users_file.clone(), |path| self.absolute(&path))
    }
}

fn uses_digest(require: &Setting) -> bool {
    let Data::List(places) = &require.data else {
        return false;
    };
    let is_digest = |data: &Data| matches!(data, Data::Text(text) if text == b"digest");
    places.iter().any(|(_, place)| match place {
        Data::List(rules) => rules
            .iter()
            .any(|(name, value)| name.as_deref() == Some(b"method") && is_digest(value)),
        Data::Integer(_) | Data::Text(_) | Data::Unknown => false,
    })
}

/// The users file as it is; an absent one has no users.
///
/// # Errors
/// A file that cannot be read or understood.
pub(crate) fn users(path: &Path, host: &Host) -> Result<(Target, Users)> {
    let target = read::target(&host.root, path, SIZE_LIMIT)?;
    let bytes = target.file.as_ref().map(|file| file.bytes.clone());
    let users = Users::parse(&target.path, bytes.unwrap_or_default())?;
    Ok((target, users))
}
