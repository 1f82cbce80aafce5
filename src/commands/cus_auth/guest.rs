//! Who shows that a good password opens, without anybody's password being known.

use crate::commands::cus_auth::users::UsersFile;
use crate::config::htpasswd::{Salt, apr1};
use crate::error::{CusError, Result};
use crate::report::outcome::Outcome;
use crate::secret::Secret;
use crate::server::cus::{Admitted, ConfigurationFiles};
use crate::system::endpoint::Credentials;
use crate::system::host::Host;
use crate::system::plan::{Action, Content, FileChange, Plan, Provisional};
use crate::system::random;

/// Where there is none.
pub(super) const NOT_PROVEN: &str = "whom the rules let in is not known here: it is proven that a password is asked for, \
     and not that a good one opens";

/// A user for the time of the proof.
pub(super) struct Guest {
    credentials: Credentials,
    /// Whose name it has, where the rules let in some users only.
    stands_in: bool,
    users_with_guest: Secret,
    change: FileChange,
}

impl Guest {
    /// One that the rules let in to this URL path; `None`: whom they let in is not known.
    ///
    /// # Errors
    /// They let in nobody of the users file.
    pub(super) fn of(
        lighttpd: &ConfigurationFiles,
        path: &str,
        file: &UsersFile,
        host: &Host,
    ) -> Result<Option<Self>> {
        match lighttpd.admitted(path) {
            Admitted::Everybody => {
                let user = format!("dhtls-{}", random::hex::<8>()?);
                Self::called(user, false, file, host).map(Some)
            }
            Admitted::Named(names) => {
                let mut known = names.iter().filter(|name| file.users.hash(name).is_some());
                match (known.next(), lighttpd.requires_at()) {
                    (Some(user), _) => Self::called(user.clone(), true, file, host).map(Some),
                    (None, Some(at)) => {
                        let path = file.shown.clone();
                        Err(CusError::NobodyAdmitted { at, names, path }.into())
                    }
                    (None, None) => Ok(None),
                }
            }
            Admitted::Unknown => Ok(None),
        }
    }

    fn called(user: String, stands_in: bool, file: &UsersFile, host: &Host) -> Result<Self> {
        let credentials = Credentials {
            user,
            password: Secret::new(random::hex::<16>()?.into_bytes()),
        };
        let salt = Salt::from_random(random::bytes()?);
        let hash = apr1(credentials.password.expose(), salt);
        let mut users = file.users.clone();
        users.set(&credentials.user, &hash)?;
        Ok(Self {
            credentials,
            stands_in,
            users_with_guest: users.bytes().clone(),
            change: FileChange {
                path: file.target.path.clone(),
                before: file.target.before(),
                action: Action::Write {
                    content: Content::Secret(file.users.bytes().clone()),
                    attributes: file.attributes(host)?,
                },
            },
        })
    }

    /// Lets the users file hold the guest until the change is proven.
    pub(super) fn join(self, plan: &mut Plan, outcome: &mut Outcome) -> Credentials {
        if self.stands_in {
            let user = &self.credentials.user;
            let note = format!("{user} has another password for the time of the proof");
            outcome.notes.push(note);
        }
        let path = self.change.path.clone();
        if !plan.changes.iter().any(|change| change.path == path) {
            plan.changes.push(self.change);
        }
        plan.provisional.push(Provisional {
            path,
            content: Content::Secret(self.users_with_guest),
        });
        self.credentials
    }
}
