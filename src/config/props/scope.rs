//! Which parts of a file apply to a process.

use crate::config::props::statement::{Block, Condition};

/// What is known of the process that reads the properties: the tokens that a `[token=value] {` can ask
/// for. They are the process's Java system properties, `process` (its `process.name`) and `host`.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    service: String,
    known: Vec<(String, Vec<String>)>,
}

impl Scope {
    /// The process started with `-Dservice.name=NAME`; nothing else is known of it.
    pub(crate) fn service(name: &str) -> Self {
        Self {
            service: name.to_owned(),
            known: Vec::new(),
        }
        .with(SERVICE, [name])
    }

    /// Makes a token known. `host` has several values (name, full name, address); a token without any
    /// is known to be unset. Everything that is not made known leaves a scope in doubt.
    pub(crate) fn with<'a>(
        mut self,
        token: &str,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let values = values.into_iter().map(str::to_owned).collect();
        self.known.push((token.to_owned(), values));
        self
    }

    /// The line that opens a scope for this service alone.
    pub(super) fn opening(&self) -> String {
        format!("[{SERVICE}={}] {{", self.service)
    }

    /// For each block, whether what it holds applies. A block comes after the one it lies in.
    pub(super) fn judge(&self, blocks: &[Block]) -> Vec<Applies> {
        let mut judged: Vec<Applies> = Vec::with_capacity(blocks.len());
        for block in blocks {
            let outer = block.parent.and_then(|parent| judged.get(parent)).copied();
            let conditions = block
                .conditions
                .iter()
                .map(|condition| self.meets(condition));
            judged.push(conditions.chain(outer).min().unwrap_or(Applies::Yes));
        }
        judged
    }

    fn meets(&self, condition: &Condition) -> Applies {
        let is_host = condition.token.eq_ignore_ascii_case("host");
        let token = match condition.token.as_str() {
            _ if is_host => "host",
            "process" => "process.name",
            other => other,
        };
        let Some((_, values)) = self.known.iter().find(|(known, _)| known == token) else {
            return Applies::Unknown;
        };
        // The parser lowers the host's own names and leaves the alternatives as they are written.
        let meets = |value: &String| match is_host {
            true => condition
                .any_of
                .contains(&value.to_lowercase().into_bytes()),
            false => condition
                .any_of
                .iter()
                .any(|wanted| wanted == value.as_bytes()),
        };
        if values.iter().any(meets) {
            Applies::Yes
        } else {
            Applies::No
        }
    }
}

pub(super) const SERVICE: &str = "service.name";

/// Whether a statement applies to a process; of several conditions the smallest answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Applies {
    No,
    /// It hangs on something that is not known of the process.
    Unknown,
    Yes,
}
