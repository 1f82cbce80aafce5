//! Which of the two services are on, by monit's files.

use crate::error::{Error, MonitError};
use crate::server::inventory::collector::Collector;
use crate::server::inventory::{Role, Service, ServiceState, Wanted};
use crate::server::monit_service::{MonitService, Names, OnOff};

/// `given` is the name in the settings; what it says of TLS is added by whoever knows.
pub(super) fn state(
    service: Service,
    names: &Names,
    given: Option<&str>,
    collector: &mut Collector<'_>,
) -> ServiceState {
    let settings = &collector.site.settings;
    let enabled = settings.monit.folder.join(names.enabled);
    let found = MonitService::find(names, given, settings, collector.host);
    let path = match &found {
        Ok(MonitService {
            state: OnOff::Off { path, .. },
            ..
        }) => path,
        Ok(_) | Err(_) => &enabled,
    };
    let file = collector.look(path, Role::ServiceFile, Wanted::default(), None);
    collector.file(file);
    let usual = names.usual.first().copied().unwrap_or_default();
    let (name, on) = match found {
        Ok(found) => (found.name.clone(), Some(!found.is_off())),
        Err(Error::Monit(MonitError::NoServiceFile { .. })) => (usual.to_owned(), None),
        Err(error) => {
            collector.unreadable(&enabled, &error);
            // Its name is in the file; whether it is on is in the file's name.
            let on = collector.host.root.exists(&enabled).ok();
            (given.unwrap_or(usual).to_owned(), on)
        }
    };
    ServiceState {
        service,
        name,
        on,
        tls: None,
    }
}
