//! This site as one value: its settings, and whether services are restarted.

use crate::server::settings::Settings;
use crate::system::lock::StateFolder;

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) settings: Settings,
    /// Restart and probe after a change, or change files only.
    pub(crate) restart: bool,
    /// Nothing is run and nothing changes.
    pub(crate) dry_run: bool,
}

impl Site {
    pub(crate) fn state_folder(&self) -> StateFolder {
        StateFolder {
            path: self.settings.state.folder.clone(),
            keep: self.settings.state.keep,
        }
    }
}
