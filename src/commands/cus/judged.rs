//! lighttpd's own judgement on a change.

use crate::commands::cus::Change;
use crate::config::lighttpd::Data;
use crate::error::Result;
use crate::server::lighttpd::{self, Judge, Lighttpd, LighttpdVersion};
use crate::system::read;

/// The program has a tenth of it.
const PROGRAM_LIMIT: u64 = 64 << 20;

impl Change<'_> {
    /// The lighttpd of this machine; `None`: there is none, or it must not be run, below another root
    /// and in a dry run.
    pub(crate) fn program(&self) -> Result<Option<Lighttpd>> {
        if !self.host.root.is_real() || self.site.dry_run {
            return Ok(None);
        }
        Lighttpd::find(self.site.settings.cus.lighttpd.as_deref(), self.start())
    }

    /// The words by which monit starts the service.
    fn start(&self) -> Option<&[String]> {
        let process = self.cus.service.as_ref()?.process.as_ref()?;
        Some(process.start.as_ref()?.words.as_slice())
    }

    /// The release of the server's lighttpd, read out of the program: it need not be run for that, so a
    /// dry run and another root know it too. A script around the program does not tell it, the program does.
    pub(crate) fn version(&self) -> Result<Option<LighttpdVersion>> {
        let setting = self.site.settings.cus.lighttpd.as_deref();
        for program in setting.into_iter().chain(lighttpd::programs(self.start())) {
            let file = read::existing(&self.host.root, program, PROGRAM_LIMIT)?;
            let version = file.and_then(|file| LighttpdVersion::in_program(file.bytes.expose()));
            if version.is_some() {
                return Ok(version);
            }
        }
        Ok(None)
    }

    /// What lighttpd has to be asked once the new files are staged.
    pub(super) fn judge(&mut self) -> Result<Option<Judge>> {
        let Some(lighttpd) = self.program()? else {
            return Ok(None);
        };
        let config = self.cus.lighttpd.path().to_owned();
        self.plan.judged.push(config.clone());
        Ok(Some(Judge {
            lighttpd,
            config,
            target: self.cus.lighttpd.main.path.clone(),
            edited: self.cus.lighttpd.configuration.bytes().to_vec(),
            wanted: self.wanted.clone(),
        }))
    }

    /// Why lighttpd has no say.
    pub(super) fn not_judged(&self) -> String {
        let setting = self.site.settings.cus.lighttpd.as_ref();
        let why = match (self.host.root.is_real(), self.site.dry_run, setting) {
            (false, _, _) => "none is run below --root".to_owned(),
            (true, true, _) => "a dry run runs nothing".to_owned(),
            (true, false, Some(setting)) => format!("there is no {}", setting.display()),
            (true, false, None) => {
                "there is none on this machine that only root could replace".to_owned()
            }
        };
        format!("the edited configuration was not checked by lighttpd: {why}")
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
