//! Putting a change back whose proof failed: files, then the service.

use crate::cli::progress::Progress;
use crate::cli::streams::Flags;
use crate::error::{ChangeError, Error};
use crate::server::services;
use crate::system::host::Host;
use crate::system::lock::Lock;
use crate::system::plan::Restart;
use crate::system::transaction::Unproven;
use crate::system::transaction::recovery::PutBack;

pub(crate) struct Undo<'a> {
    pub(crate) host: &'a Host,
    pub(crate) lock: &'a Lock,
    pub(crate) flags: &'a Flags,
}

impl Undo<'_> {
    /// Makes everything what it was; the error says whether that worked, and why it was needed.
    pub(crate) fn put_back(
        &self,
        unproven: Unproven,
        restart: &Restart,
        cause: Error,
        log: Vec<String>,
    ) -> Error {
        let mut problems = self.before_files(restart);
        let put_back = unproven.put_back(self.host);
        // One that the change switched on is off again.
        let restarted = put_back.restart().filter(|restart| !restart.enabling);
        let restarted = restarted.map(|restart| restart.service.clone());
        problems.extend(self.after_files(&put_back));
        let left = put_back.left_overs();
        let all_back = left.is_empty();
        problems.extend(left);
        problems.extend(
            put_back
                .done(self.lock)
                .err()
                .map(|error| error.to_string()),
        );
        let cause = Box::new(cause);
        if problems.is_empty() {
            return ChangeError::PutBack {
                cause,
                restarted,
                log,
            }
            .into();
        }
        let files = match all_back {
            true => "the files are as before the change, but ",
            false => "",
        };
        let problem = format!("{files}{}", problems.join("; "));
        ChangeError::Look {
            cause,
            problem,
            log,
        }
        .into()
    }

    /// A service that the change switched on is stopped while its file is still in place.
    pub(crate) fn before_files(&self, restart: &Restart) -> Vec<String> {
        let mut progress = Progress::new(self.flags.quiet);
        let mut seen = |seen: &str| progress.waiting_for(&restart.service, seen);
        // Nobody can interrupt the way back: half of it would be worse than none.
        let stopped = services::put_back_before_files(restart, &mut seen, &|| false);
        let problem = |error| format!("{} could not be stopped: {error}", restart.service);
        stopped.err().map(problem).into_iter().collect()
    }

    /// Restarts what had been restarted with the new files.
    pub(crate) fn after_files(&self, put_back: &PutBack) -> Vec<String> {
        let Some(restart) = put_back.restart() else {
            return Vec::new();
        };
        let mut progress = Progress::new(self.flags.quiet);
        let mut seen = |seen: &str| progress.waiting_for(&restart.service, seen);
        let back = services::put_back_after_files(restart, &mut seen, &|| false);
        let problem = |error| format!("{} did not come back as it was: {error}", restart.service);
        back.err().map(problem).into_iter().collect()
    }
}
