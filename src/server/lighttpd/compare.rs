//! What an edit has changed besides what it was to change.

use std::collections::{BTreeMap, BTreeSet};

use crate::server::lighttpd::printed::{Name, Printed};

/// The list of modules; a lost comma in it drops one without a word (1.4.69 to 1.4.73).
const MODULES: &str = "server.modules";

/// What an edit is to change, and nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Global keys with the values that they must have afterwards, as lighttpd prints them (strings in
    /// quotes, numbers without, no blanks); `None`: the key must be gone.
    pub(crate) keys: BTreeMap<String, Option<String>>,
    /// How the keys begin that may change in every way, under conditions too: `auth.`.
    pub(crate) families: Vec<String>,
    /// Modules that must be loaded afterwards.
    pub(crate) loaded: Vec<String>,
    /// How the names of modules begin that may come and go, as with an include that loads them: `mod_auth`.
    pub(crate) module_families: Vec<String>,
}

/// Every difference that is not wanted, and everything wanted that is not so, in words. Values are left
/// out: some are passwords.
pub(crate) fn differences(before: &Printed, after: &Printed, wanted: &Wanted) -> Vec<String> {
    let names: BTreeSet<&Name> = before.values.keys().chain(after.values.keys()).collect();
    let mut found: Vec<String> = names
        .into_iter()
        .filter(|name| !wanted.covers(name))
        .filter_map(|name| difference(name, before, after))
        .collect();
    found.extend(modules(before, after, wanted));
    for (key, value) in &wanted.keys {
        match (after.value(key), value) {
            (Some(now), Some(value)) if now == value => {}
            (None, None) => {}
            (Some(_), Some(_)) => found.push(format!("{key} does not get its new value")),
            (None, Some(_)) => found.push(format!("{key} is not set")),
            (Some(_), None) => found.push(format!("{key} is still set")),
        }
    }
    found
}

impl Wanted {
    fn covers(&self, name: &Name) -> bool {
        // The process that prints, not the configuration.
        const OWN: [&str; 2] = ["var.cwd", "var.pid"];
        let global = name.scope.is_empty();
        let key = name.key.as_str();
        OWN.contains(&key)
            || (global && (key == MODULES || self.keys.contains_key(key)))
            || self.families.iter().any(|family| key.starts_with(family))
    }
}

fn difference(name: &Name, before: &Printed, after: &Printed) -> Option<String> {
    let what = match (before.values.get(name), after.values.get(name)) {
        (Some(old), Some(new)) if old == new => return None,
        (Some(_), Some(_)) => "changes",
        (Some(_), None) => "is lost",
        (None, _) => "is new",
    };
    Some(format!("{name} {what}"))
}

/// The other modules have to stay, and in their order.
fn modules(before: &Printed, after: &Printed, wanted: &Wanted) -> Vec<String> {
    let (before, after) = (loaded(before), loaded(after));
    let not_loaded = |module: &&String| !after.contains(&module.as_str());
    let mut found: Vec<String> = wanted
        .loaded
        .iter()
        .filter(not_loaded)
        .map(|module| format!("{MODULES} does not load {module}"))
        .collect();
    let is_wanted = |module: &&str| {
        let mut families = wanted.module_families.iter();
        wanted.loaded.iter().any(|wanted| wanted == module)
            || families.any(|family| module.starts_with(family.as_str()))
    };
    let others = |modules: &[&str]| -> Vec<String> {
        let others = modules.iter().filter(|module| !is_wanted(module));
        others.map(|module| (*module).to_owned()).collect()
    };
    let (old, new) = (others(&before), others(&after));
    let only_in = |some: &[String], others: &[String]| -> Vec<String> {
        let only = some.iter().filter(|module| !others.contains(module));
        only.cloned().collect()
    };
    let (lost, gained) = (only_in(&old, &new), only_in(&new, &old));
    found.extend(
        lost.iter()
            .map(|module| format!("{MODULES} loses {module}")),
    );
    found.extend(
        gained
            .iter()
            .map(|module| format!("{MODULES} gains {module}")),
    );
    if old != new && lost.is_empty() && gained.is_empty() {
        found.push(format!("{MODULES} changes its order"));
    }
    found
}

/// The modules in the order in which they are loaded: the second time counts for nothing, but for a
/// warning (1.4.69).
fn loaded(printed: &Printed) -> Vec<&str> {
    let list = printed.value(MODULES).unwrap_or_default();
    let mut seen = BTreeSet::new();
    let modules = list.split('"').skip(1).step_by(2);
    modules.filter(|module| seen.insert(*module)).collect()
}

#[cfg(test)]
mod tests;
