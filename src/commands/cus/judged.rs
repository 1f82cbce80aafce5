//! lighttpd's own judgement on a change.

use std::time::Duration;

use crate::commands::cus::Change;
use crate::config::lighttpd::Data;
use crate::error::Result;
use crate::server::lighttpd::{Judge, Lighttpd, LighttpdVersion};
use crate::system::deadline::Deadline;

/// `lighttpd -v` answers at once, or hangs.
const PATIENCE: Duration = Duration::from_secs(10);

impl Change<'_> {
    /// The lighttpd of this machine; `None`: there is none, or it must not be run, below another root
    /// and in a dry run.
    pub(crate) fn program(&self) -> Result<Option<Lighttpd>> {
        if !self.host.root.is_real() || self.site.dry_run {
            return Ok(None);
        }
        let process = self
            .cus
            .service
            .as_ref()
            .and_then(|service| service.process.as_ref());
        let start = process.and_then(|process| process.start.as_ref());
        let words = start.map(|start| start.words.as_slice());
        Lighttpd::find(self.site.settings.cus.lighttpd.as_deref(), words)
    }

    /// Its release, as far as it can be asked.
    pub(crate) fn version(&self) -> Result<Option<LighttpdVersion>> {
        let interrupted = || false;
        let deadline = Deadline::after(PATIENCE, &interrupted);
        let program = self.program()?;
        program
            .map(|program| program.version(&deadline))
            .transpose()
    }

    /// What lighttpd has to be asked once the new files are staged.
    pub(super) fn judge(&mut self) -> Result<Option<Judge>> {
        let Some(lighttpd) = self.program()? else {
            if !self.site.dry_run {
                let setting = self.site.settings.cus.lighttpd.as_ref();
                let why = match (self.host.root.is_real(), setting) {
                    (true, Some(setting)) => format!("there is no {}", setting.display()),
                    (true, None) => "there is none on this machine".to_owned(),
                    (false, _) => "none is run below --root".to_owned(),
                };
                let note = format!("the edited configuration was not checked by lighttpd: {why}");
                self.outcome.notes.push(note);
            }
            return Ok(None);
        };
        let config = self.cus.lighttpd.main.path.clone();
        self.plan.judged.push(config.clone());
        Ok(Some(Judge {
            lighttpd,
            config,
            edited: self.cus.lighttpd.configuration.bytes().to_vec(),
            wanted: self.wanted.clone(),
        }))
    }

    /// A global key as `lighttpd -p` prints it; `None`: it is not set.
    pub(super) fn printed(&self, key: &str) -> Option<String> {
        match self.cus.lighttpd.configuration.value(key)?.data {
            Data::Integer(number) => Some(number.to_string()),
            Data::Text(text) => Some(format!("\"{}\"", String::from_utf8_lossy(&text))),
            Data::List(_) | Data::Unknown => None,
        }
    }
}
