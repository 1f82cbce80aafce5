//! Records of changes, access lists, and what servers answer.

use std::io::BufReader;

use crate::fuzzing::edit::changes_nothing;
use crate::system::acl;
use crate::system::endpoint::read_answer;
use crate::system::journal::reread;
use crate::system::plan::Mode;

/// A record that is understood is written as one that says the same.
pub fn journal(bytes: &[u8]) {
    if let Some(written) = reread(bytes) {
        let again = reread(&written).expect("a written record is read");
        changes_nothing(&written, &again);
    }
}

/// The same answer comes out of it, in whatever pieces it arrives.
pub fn http_answer(bytes: &[u8]) {
    let whole = read_answer(&mut &*bytes);
    let dripped = read_answer(&mut BufReader::with_capacity(1, bytes));
    assert_eq!(whole, dripped);
    if let Ok((status, body)) = whole {
        assert!((100..600).contains(&status) && body.len() <= 1 << 20);
    }
}

/// Nobody who is named may do more in the list for a new mode than before.
pub fn access_list(bytes: &[u8]) {
    for mode in [0o400, 0o440, 0o444, 0o600, 0o644, 0o777].map(Mode) {
        let Some(list) = acl::for_mode(bytes, mode) else {
            continue;
        };
        assert_eq!(list.len(), bytes.len());
        for (before, after) in named(bytes).into_iter().zip(named(&list)) {
            assert_eq!((before.0, before.1), (after.0, after.1));
            assert_eq!(after.2 & !before.2, 0, "more for {}", after.1);
        }
    }
}

/// Tag, id and effective permissions of each named user and group (linux/posix_acl_xattr.h).
fn named(list: &[u8]) -> Vec<(u16, u32, u16)> {
    let (entries, _) = list.get(4..).unwrap_or_default().as_chunks::<8>();
    let entries = entries.iter().map(|&[a, b, c, d, e, f, g, h]| {
        let permissions = u16::from_le_bytes([c, d]);
        let id = u32::from_le_bytes([e, f, g, h]);
        (u16::from_le_bytes([a, b]), id, permissions)
    });
    let entries: Vec<_> = entries.collect();
    let mask = entries.iter().find(|(tag, ..)| *tag == 0x10);
    let mask = mask.map_or(0o7, |(.., permissions)| *permissions);
    let named = entries
        .iter()
        .filter(|(tag, ..)| [0x02, 0x08].contains(tag));
    named
        .map(|(tag, id, own)| (*tag, *id, own & mask))
        .collect()
}
