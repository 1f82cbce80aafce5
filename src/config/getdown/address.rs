//! The assignments that name a server.

use crate::config::getdown::origin::{Origin, Parts};
use crate::config::getdown::pair::Pair;
use crate::config::lines::Line;
use crate::error::getdown::AddressFault;
use crate::error::{GetdownError, Position};

const APPBASE: &str = "appbase";
const INSTALL_ERROR: &str = "ui.install_error";
const LATEST: &str = "latest";

/// `key = [qualifier] value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) key: String,
    /// The platforms it is for, as in `linux`, `windows, mac os x` or `!windows`; `None`: all.
    pub(crate) qualifier: Option<String>,
    /// Empty: launchers do without, except without an `appbase`.
    pub(crate) value: String,
    /// Where it points; `None` for what is no http or https address, or has no real host name.
    pub(crate) origin: Option<Origin>,
    pub(crate) at: Position,
}

impl Address {
    pub(crate) fn is_appbase(&self) -> bool {
        self.key == APPBASE
    }

    /// A site of the installer's own choice, which dhtls shows and never changes.
    pub(crate) fn is_latest(&self) -> bool {
        self.key == LATEST
    }

    /// The path on its server, with the slash at its end that launchers add; `None`: it points nowhere, or
    /// holds one of getdown's variables (`%VERSION%`).
    pub(crate) fn path(&self) -> Option<String> {
        self.origin.as_ref()?;
        let (_, behind_scheme) = self.value.split_once("://")?;
        let path = behind_scheme
            .find('/')
            .map_or("", |at| &behind_scheme[at..]);
        let path = path.trim_end_matches('/');
        (!path.contains('%')).then(|| format!("{path}/"))
    }

    /// Whether launchers cannot start with both: the same key for the same platforms.
    pub(super) fn replaces(&self, other: &Self) -> bool {
        let platforms = |address: &Self| {
            let qualifier = address.qualifier.as_deref()?;
            let mut list: Vec<String> = qualifier
                .split(',')
                .map(|one| one.trim().to_ascii_lowercase())
                .collect();
            list.sort();
            Some(list)
        };
        self.key == other.key && platforms(self) == platforms(other)
    }
}

/// An address and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) address: Address,
    pub(super) pair: Pair,
    /// `None` for what is no http or https address.
    pub(super) parts: Option<Parts>,
}

impl Found {
    /// The address of a line; refuses what launchers cannot use.
    pub(super) fn read(pair: &Pair, bytes: &[u8], at: Position) -> Result<Self, GetdownError> {
        let key = text(pair.key(bytes));
        let value = pair.value(bytes);
        let parts = parts(&key, pair, value);
        let parts = parts.map_err(|fault| GetdownError::Address {
            key: key.clone(),
            at: at.clone(),
            fault,
        })?;
        Ok(Self {
            address: Address {
                qualifier: pair.qualifier(bytes).map(text),
                value: text(value),
                origin: parts.as_ref().and_then(|parts| parts.origin(value)),
                key,
                at,
            },
            pair: pair.clone(),
            parts,
        })
    }

    pub(super) fn line(&self) -> Line {
        self.pair.line
    }
}

fn parts(key: &str, pair: &Pair, value: &[u8]) -> Result<Option<Parts>, AddressFault> {
    if pair.open_qualifier {
        return Err(AddressFault::OpenQualifier);
    }
    if value.starts_with(b"\"") || value.starts_with(b"'") {
        return Err(AddressFault::Quoted);
    }
    if without_invisible(value).len() < value.len() {
        return Err(AddressFault::InvisibleCharacter);
    }
    match (key == APPBASE, Parts::of(value)) {
        (true, Ok(None)) if value.is_empty() => Err(AddressFault::Empty),
        (true, Ok(None)) => Err(AddressFault::NotHttp),
        // It stays as it is, so what it holds is not ours to judge.
        (false, Err(_)) if key == LATEST => Ok(None),
        (_, parts) => parts,
    }
}

pub(super) fn is_address_key(key: &[u8]) -> bool {
    let language = |rest: &[u8]| rest.is_empty() || rest.starts_with(b".");
    key == APPBASE.as_bytes()
        || key == LATEST.as_bytes()
        || key
            .strip_prefix(INSTALL_ERROR.as_bytes())
            .is_some_and(language)
}

/// The key of a line that people take for an address and launchers do not, and why they do not.
pub(super) fn misspelt(pair: &Pair, bytes: &[u8]) -> Option<(String, AddressFault)> {
    let visible = without_invisible(pair.key(bytes));
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let length = visible.iter().take_while(|byte| is_name(byte)).count();
    let (key, rest) = visible.split_at(length);
    let rest = rest.trim_ascii_start();
    let fault = match rest {
        [] if visible.len() < pair.key(bytes).len() => AddressFault::InvisibleCharacter,
        [b':', ..] => AddressFault::Colon,
        [b'h' | b'H', ..] if !pair.separated => AddressFault::NoEqualsSign,
        [..] => return None,
    };
    is_address_key(key).then(|| (text(key), fault))
}

/// Without the characters that look like nothing or like a blank but are neither to getdown; also the
/// no-break space of Latin-1.
fn without_invisible(bytes: &[u8]) -> Vec<u8> {
    let invisible = |character: char| {
        (character.is_whitespace() && !character.is_ascii())
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    let mut visible = Vec::with_capacity(bytes.len());
    // Piece by piece: one byte of Latin-1 must not hide what is behind it.
    for chunk in bytes.utf8_chunks() {
        visible.extend(chunk.valid().replace(invisible, "").bytes());
        visible.extend(chunk.invalid().iter().filter(|byte| **byte != 0xa0));
    }
    visible
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
