//! What an expression comes to.

use crate::error::lighttpd::Fault;

/// A value. Numbers are those of a C `int`, as in lighttpd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Data {
    Integer(i32),
    /// Some elements have a name.
    List(Vec<(Option<Vec<u8>>, Self)>),
    Text(Vec<u8>),
    /// It depends on the environment, on the process, or on what an `include_shell` printed.
    Unknown,
}

/// Why two values cannot be added.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unmergeable {
    DuplicateName(Vec<u8>),
    Fault(Fault),
}

/// Beyond all use, but a few lines of `x += x` get there. Bytes and elements together.
const MOST: usize = 1 << 20;

/// Lists in lists, through variables.
const DEEPEST: usize = 60;

impl Data {
    /// `self + other`
    pub(super) fn plus(self, other: Self) -> Result<Self, Unmergeable> {
        let sum = match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Text(left), Self::Text(right)) => Self::Text([left, right].concat()),
            (Self::Integer(left), Self::Integer(right)) => Self::Integer(left.wrapping_add(right)),
            (Self::Text(left), Self::Integer(right)) => {
                Self::Text([left, right.to_string().into_bytes()].concat())
            }
            (Self::Integer(left), Self::Text(right)) => {
                Self::Text([left.to_string().into_bytes(), right].concat())
            }
            (Self::List(mut list), Self::List(other)) => {
                for (name, value) in other {
                    let there = name.as_ref().and_then(|name| entry(&list, name));
                    match (there, name) {
                        // The same entry twice is one, but for lists.
                        (Some(same), _) if *same == value && !matches!(value, Self::List(_)) => {}
                        (Some(_), Some(name)) => return Err(Unmergeable::DuplicateName(name)),
                        (_, name) => list.push((name, value)),
                    }
                }
                Self::List(list)
            }
            (Self::List(_), _) | (_, Self::List(_)) => {
                return Err(Unmergeable::Fault(Fault::MismatchedTypes));
            }
        };
        sum.within_bounds().map_err(Unmergeable::Fault)
    }

    /// The same, unless it is too large to go on with.
    pub(super) fn within_bounds(self) -> Result<Self, Fault> {
        match self.weight(0) {
            None => Err(Fault::TooDeep),
            Some(weight) if weight > MOST => Err(Fault::TooLong),
            Some(_) => Ok(self),
        }
    }

    fn weight(&self, depth: usize) -> Option<usize> {
        match self {
            Self::Integer(_) | Self::Unknown => Some(1),
            Self::Text(text) => Some(text.len()),
            Self::List(_) if depth > DEEPEST => None,
            Self::List(list) => list.iter().try_fold(1, |sum: usize, (name, value)| {
                let name = name.as_ref().map_or(0, Vec::len);
                Some(sum.saturating_add(name + 1 + value.weight(depth + 1)?))
            }),
        }
    }

    /// Whether any part of it is not known.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Integer(_) | Self::Text(_) => true,
            Self::List(list) => list.iter().all(|(_, value)| value.is_known()),
        }
    }

    /// What it is where a string is wanted.
    pub(super) fn into_text(self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Integer(number) => Some(number.to_string().into_bytes()),
            Self::List(_) | Self::Unknown => None,
        }
    }

    /// What it is where a number is wanted: a string of digits is one.
    pub(super) fn integer(&self) -> Option<i32> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Text(text) if !text.is_empty() && text.iter().all(u8::is_ascii_digit) => {
                std::str::from_utf8(text).ok()?.parse().ok()
            }
            Self::Text(_) | Self::List(_) | Self::Unknown => None,
        }
    }

    /// What it is where `"enable"` or `"disable"` is wanted, by the rules of 1.4.69; 1.4.54 takes these
    /// two words only.
    pub(crate) fn switch(&self) -> Option<bool> {
        let is_one_of =
            |text: &[u8], words: [&str; 4]| words.iter().any(|it| same(text, it.as_bytes()));
        match self {
            Self::Integer(number) => Some(*number != 0),
            Self::Text(text) if is_one_of(text, ["enable", "enabled", "true", "1"]) => Some(true),
            Self::Text(text) if is_one_of(text, ["disable", "disabled", "false", "0"]) => {
                Some(false)
            }
            Self::Text(_) | Self::List(_) | Self::Unknown => None,
        }
    }
}

/// Names of entries, keys and conditions are the same in upper and lower case.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// The entry of that name.
pub(super) fn entry<'a>(list: &'a [(Option<Vec<u8>>, Data)], name: &[u8]) -> Option<&'a Data> {
    let is_it = |named: &Option<Vec<u8>>| named.as_ref().is_some_and(|it| same(it, name));
    let found = list.iter().find(|(named, _)| is_it(named));
    found.map(|(_, value)| value)
}
