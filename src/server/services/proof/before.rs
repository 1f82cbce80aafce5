//! What can be expected back: only what is there before the change.

use crate::server::services::proof::ask::{ONE_LOOK, all, first_that_listens, over_tls};
use crate::system::deadline::Deadline;
use crate::system::endpoint::{Served, handshake};
use crate::system::plan::{Expected, Probe};

/// Takes out of `probe` what is not served now, and so would not be served after a put-back either: that
/// the service runs may be all that can be asked then. To be called before anything is changed.
pub(crate) fn expect_back_only_what_is_served(probe: &mut Probe, interrupted: &dyn Fn() -> bool) {
    let deadline = Deadline::after(ONE_LOOK, interrupted);
    let launcher_alone = Expected {
        leaf: None,
        ..probe.expected_before()
    };
    if launcher_alone.launcher.is_some() && all(&launcher_alone, None, &deadline).is_err() {
        probe.launcher_before = None;
    }
    if probe.before.is_none() {
        return;
    }
    let deadline = Deadline::after(ONE_LOOK, interrupted);
    match served(&probe.expected_before(), &deadline) {
        // Another leaf is still in memory; the restart after a put-back brings the file's.
        Some(served) => probe.sent_before.retain(|it| served.sent(&it.sha256)),
        None => {
            probe.before = None;
            probe.sent_before.clear();
        }
    }
}

fn served(expected: &Expected<'_>, deadline: &Deadline<'_>) -> Option<Served> {
    let (endpoints, server_name) = match expected.launcher.filter(|_| over_tls(expected)) {
        Some(launcher) => (launcher.endpoints.as_slice(), launcher.server_name.as_str()),
        None => (expected.endpoints, expected.server_name),
    };
    first_that_listens(endpoints, |endpoint| {
        handshake(endpoint, server_name, deadline)
    })
    .ok()
}
