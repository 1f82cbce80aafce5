//! POSIX access lists as the kernel keeps them in `system.posix_acl_access`
//! (linux/posix_acl_xattr.h): version 2, then entries of tag, permissions and id, little-endian.

use crate::system::account;
use crate::system::plan::Mode;

/// The attribute that holds a file's list.
pub(crate) const ACCESS: &str = "system.posix_acl_access";
/// The attribute of a folder that new files in it inherit.
pub(crate) const DEFAULT: &str = "system.posix_acl_default";

const VERSION: [u8; 4] = 2u32.to_le_bytes();
const USER_OBJ: u16 = 0x01;
const USER: u16 = 0x02;
const GROUP_OBJ: u16 = 0x04;
const GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHER: u16 = 0x20;

struct Entry {
    tag: u16,
    permissions: u16,
    id: u32,
}

/// The list of an old file for a new one of `mode`: named users and groups keep at most what they could
/// really do before, for a wider mask would wake entries that were asleep. Owner, group and others get
/// what the mode says. `None`: not understood, so nobody gets anything by name.
pub(crate) fn for_mode(list: &[u8], mode: Mode) -> Option<Vec<u8>> {
    let mut entries = parse(list)?;
    let mask = mask(&entries);
    for entry in &mut entries {
        match entry.tag {
            USER_OBJ => entry.permissions = bits(mode, 6),
            USER | GROUP => entry.permissions &= mask,
            GROUP_OBJ | MASK => entry.permissions = bits(mode, 3),
            OTHER => entry.permissions = bits(mode, 0),
            _ => return None,
        }
    }
    let mut bytes = VERSION.to_vec();
    for entry in entries {
        bytes.extend(entry.tag.to_le_bytes());
        bytes.extend(entry.permissions.to_le_bytes());
        bytes.extend(entry.id.to_le_bytes());
    }
    Some(bytes)
}

/// The named entries and what they really allow: `user:dbmerge:r--`.
pub(crate) fn named(list: &[u8]) -> Vec<String> {
    let entries = parse(list).unwrap_or_default();
    let mask = mask(&entries);
    let shown = |entry: &Entry| {
        let allowed = letters(entry.permissions & mask);
        match entry.tag {
            USER => Some(format!("user:{}:{allowed}", account::user_name(entry.id))),
            GROUP => Some(format!("group:{}:{allowed}", account::group_name(entry.id))),
            _ => None,
        }
    };
    entries.iter().filter_map(shown).collect()
}

fn parse(list: &[u8]) -> Option<Vec<Entry>> {
    let (entries, rest) = list.strip_prefix(&VERSION)?.as_chunks::<8>();
    let entry = |&[t0, t1, p0, p1, i0, i1, i2, i3]: &[u8; 8]| Entry {
        tag: u16::from_le_bytes([t0, t1]),
        permissions: u16::from_le_bytes([p0, p1]),
        id: u32::from_le_bytes([i0, i1, i2, i3]),
    };
    rest.is_empty().then(|| entries.iter().map(entry).collect())
}

fn mask(entries: &[Entry]) -> u16 {
    let mask = entries.iter().find(|entry| entry.tag == MASK);
    mask.map_or(0o7, |entry| entry.permissions)
}

/// The three permission bits at `shift`.
fn bits(mode: Mode, shift: u32) -> u16 {
    let [low, ..] = ((mode.0 >> shift) & 0o7).to_le_bytes();
    low.into()
}

fn letters(permissions: u16) -> String {
    [(4, 'r'), (2, 'w'), (1, 'x')]
        .map(|(bit, letter)| if permissions & bit == 0 { '-' } else { letter })
        .iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
        let entry = |&(tag, permissions, id): &(u16, u16, u32)| {
            [
                &tag.to_le_bytes()[..],
                &permissions.to_le_bytes(),
                &id.to_le_bytes(),
            ]
            .concat()
        };
        let entries: Vec<u8> = entries.iter().flat_map(entry).collect();
        [&VERSION[..], &entries].concat()
    }

    const NOBODY: u32 = u32::MAX;

    #[test]
    fn a_wider_mode_wakes_no_sleeping_entry() {
        let asleep = list(&[
            (USER_OBJ, 6, NOBODY),
            (USER, 6, 64123),
            (GROUP_OBJ, 0, NOBODY),
            (MASK, 0, NOBODY),
            (OTHER, 0, NOBODY),
        ]);
        let wanted = list(&[
            (USER_OBJ, 4, NOBODY),
            (USER, 0, 64123),
            (GROUP_OBJ, 4, NOBODY),
            (MASK, 4, NOBODY),
            (OTHER, 0, NOBODY),
        ]);
        assert_eq!(for_mode(&asleep, Mode(0o440)), Some(wanted));
    }

    #[test]
    fn named_entries_are_shown_with_what_they_really_allow() {
        let entries = list(&[(USER, 7, 64123), (GROUP, 4, 64124), (MASK, 6, NOBODY)]);
        assert_eq!(named(&entries), ["user:64123:rw-", "group:64124:r--"]);
    }

    #[test]
    fn what_is_no_list_gives_nothing_to_anybody() {
        assert_eq!(for_mode(b"\x02\0\0\0\x01", Mode(0o440)), None);
        assert_eq!(for_mode(b"\x03\0\0\0", Mode(0o440)), None);
        assert!(named(b"").is_empty());
    }
}
