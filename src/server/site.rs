//! This site as one value: its settings, and whether services are restarted.

use crate::server::settings::Settings;

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) settings: Settings,
    /// Restart and probe after a change, or change files only.
    pub(crate) restart: bool,
}
