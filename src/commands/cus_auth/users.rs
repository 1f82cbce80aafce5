//! The users: lines of a file that lighttpd reads again at each request.

use std::path::{Path, PathBuf};

use crate::commands::cus_auth::AddArgs;
use crate::commands::proposal::Proposal;
use crate::commands::target_file;
use crate::config::htpasswd::{
    Change, HashKind, Salt, Users, apr1, check_name, check_password, verify,
};
use crate::error::{CusError, Result};
use crate::pki::passphrase;
use crate::report::listing::{UserListing, UserRow};
use crate::report::outcome::Outcome;
use crate::secret::Secret;
use crate::server::cus::{Cus, Rules, auth};
use crate::server::site::Site;
use crate::system::host::Host;
use crate::system::plan::{Attributes, Content, Mode, Plan};
use crate::system::read::{self, Target};
use crate::system::{account, prompt, random};

/// Read by lighttpd after it has given up root's rights, through its group.
const MODE: Mode = Mode(0o640);

const PASSWORD_LIMIT: u64 = 1 << 16;

/// The users file of a server.
pub(super) struct UsersFile {
    /// As messages name it.
    pub(super) shown: PathBuf,
    pub(super) target: Target,
    pub(super) users: Users,
    /// lighttpd's, when it gives up root's rights.
    group: Option<String>,
}

impl UsersFile {
    /// `path`: as the rules name it.
    pub(super) fn read(path: &Path, cus: &Cus, host: &Host) -> Result<Self> {
        let (target, users) = auth::users(path, host)?;
        Ok(Self {
            shown: host.root.shown(path),
            target,
            users,
            group: cus.lighttpd.text("server.groupname")?,
        })
    }

    fn find(host: &Host, site: &Site) -> Result<Self> {
        let settings = &site.settings.cus;
        let mut cus = Cus::find(host, site, false)?;
        let rules = Rules::find(&cus.lighttpd, settings, host)?;
        // The rules may name the file; whether they are switched on does not matter for that.
        if rules.target.file.is_some() && !cus.lighttpd.reads(&rules) {
            let sources = vec![rules.source()];
            cus.lighttpd
                .configuration
                .set_include(&rules.name, sources)?;
        }
        Self::read(&cus.lighttpd.users_file(settings), &cus, host)
    }

    fn propose(self, command: String, note: String, host: &Host) -> Result<Proposal> {
        let mut plan = Plan::new(command);
        let mut outcome = Outcome {
            command: plan.command.clone(),
            notes: vec![note],
            ..Outcome::default()
        };
        self.plan(host, &mut plan, &mut outcome)?;
        Ok(Proposal::new(plan, outcome))
    }

    /// Whose the file has to be.
    pub(super) fn attributes(&self, host: &Host) -> Result<Attributes> {
        let group = self.group.as_deref().unwrap_or("root");
        let owner = match host.is_superuser() {
            true => Some(account::owner("root", group)?),
            false => None,
        };
        Ok(Attributes { mode: MODE, owner })
    }

    /// Adds the file's change, if it is one.
    pub(super) fn plan(self, host: &Host, plan: &mut Plan, outcome: &mut Outcome) -> Result<()> {
        let attributes = self.attributes(host)?;
        if attributes.owner.is_none() {
            let warning = "without root rights owners are left alone; lighttpd's group has to read the users file";
            outcome.warnings.push(warning.to_owned());
        }
        let before = self.target.file.as_ref().map(|file| &file.bytes);
        if before == Some(self.users.bytes()) {
            target_file::keep("users", self.target, attributes, plan, outcome);
            return Ok(());
        }
        let content = Content::Secret(self.users.bytes().clone());
        target_file::replace("users", self.target, content, attributes, plan, outcome);
        Ok(())
    }
}

pub(super) fn add(args: &AddArgs, host: &Host, site: &Site) -> Result<Proposal> {
    let user = &args.user;
    check_name(user)?;
    let mut file = UsersFile::find(host, site)?;
    let password = password(args, host)?;
    check_password(password.expose())?;
    let known = file.users.hash(user);
    let is_same = known.is_some_and(|hash| verify(password.expose(), &hash) == Some(true));
    let note = match is_same {
        true => format!("{user} has this password already"),
        false => set(&mut file.users, user, &password)?,
    };
    file.propose("cus-auth add".to_owned(), note, host)
}

fn set(users: &mut Users, user: &str, password: &Secret) -> Result<String> {
    let salt = Salt::from_random(random::bytes()?);
    let note = match users.set(user, &apr1(password.expose(), salt))? {
        Change::Added(_) => format!("{user} is a new user"),
        Change::Replaced { removed, .. } if removed.is_empty() => {
            format!("{user} has a new password")
        }
        Change::Replaced { removed, .. } => format!(
            "{user} has a new password; {} later lines of the same user, which did not count, are gone",
            removed.len()
        ),
        Change::Unchanged(_) => format!("{user} has this password already"),
    };
    Ok(note)
}

pub(super) fn remove(user: &str, host: &Host, site: &Site) -> Result<Proposal> {
    let mut file = UsersFile::find(host, site)?;
    if file.users.remove(user).is_empty() {
        return Err(CusError::UnknownUser {
            user: user.to_owned(),
            path: file.shown,
        }
        .into());
    }
    let nobody_left = file.users.users().is_empty();
    let mut proposal = file.propose(
        "cus-auth remove".to_owned(),
        format!("{user} is removed"),
        host,
    )?;
    if nobody_left {
        let warning = "no user is left: while a password is asked for, nobody gets anything";
        proposal.outcome.warnings.push(warning.to_owned());
    }
    Ok(proposal)
}

/// The users of this server.
///
/// # Errors
/// Files that cannot be read or understood.
pub(crate) fn list(host: &Host, site: &Site) -> Result<UserListing> {
    let file = UsersFile::find(host, site)?;
    let mut listing = UserListing::default();
    for user in file.users.users() {
        if let Some(first) = user.hidden_by {
            let warning = format!(
                "{}: {:?} is in {first} already, which counts",
                user.at, user.name
            );
            listing.warnings.push(warning);
            continue;
        }
        if let HashKind::Htdigest | HashKind::Unknown = user.kind {
            let warning = format!(
                "{}: nobody can log in as {:?}: this is no hash that lighttpd knows",
                user.at, user.name
            );
            listing.warnings.push(warning);
        }
        listing.users.push(UserRow {
            name: user.name,
            hash: user.kind.to_string(),
        });
    }
    Ok(listing)
}

fn password(args: &AddArgs, host: &Host) -> Result<Secret> {
    if let Some(file) = &args.password_file {
        return match read::input(&host.root, file, PASSWORD_LIMIT) {
            Ok(input) => Ok(passphrase::first_line(&input.bytes)),
            Err(error) if error.is_not_found() => {
                let path = file.clone();
                Err(CusError::NoPasswordFile { path }.into())
            }
            Err(error) => Err(error.into()),
        };
    }
    let user = &args.user;
    if !host.can_prompt() {
        let user = user.clone();
        return Err(CusError::PasswordNeeded { user }.into());
    }
    let typed = prompt::passphrase(&format!("password of {user}: "))?;
    check_password(typed.expose())?;
    match prompt::passphrase("the same once more: ")? == typed {
        true => Ok(typed),
        false => Err(CusError::PasswordsDiffer.into()),
    }
}
