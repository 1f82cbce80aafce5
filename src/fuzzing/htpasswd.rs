//! A users file, and one user set and removed in it.

use crate::config::htpasswd::{Change, HashKind, Users};
use crate::fuzzing::edit::{changes_nothing, keeps_every_byte};
use crate::fuzzing::input::{Input, path};
use crate::secret::Secret;

const HASH: &[u8] = b"$apr1$........$9SzY/TdPRPHQr/nVfsH1r/";

/// Reads the whole input as a users file, and edits its first part; the second is the user's name.
pub fn htpasswd(bytes: &[u8]) {
    if let Some(users) = parse(bytes) {
        let _ = users.users();
    }
    let input = Input::of(bytes);
    let user = input.wanted("iris");
    if let Some(users) = parse(input.main()) {
        set_holds(input.main(), users.clone(), user);
        remove_holds(input.main(), users, user);
    }
}

fn set_holds(before: &[u8], mut users: Users, user: &str) {
    let hash = Secret::new(HASH.to_vec());
    let others = others(&users, user);
    let change = users.set(user, &hash);
    let after = users.bytes().expose().to_vec();
    match &change {
        Ok(Change::Added(_)) => assert!(after.starts_with(before), "a byte was lost"),
        Ok(Change::Replaced { .. }) => {
            changes_nothing(&other_lines(before, user), &other_lines(&after, user));
        }
        Ok(Change::Unchanged(_)) => changes_nothing(before, &after),
        Err(_) => return changes_nothing(before, &after),
    }
    let mut again = parse(&after).expect("an edited file is read");
    assert_eq!(again.hash(user), Some(hash.clone()));
    assert_eq!(others, self::others(&again, user));
    let twice = again.set(user, &hash);
    assert!(matches!(twice, Ok(Change::Unchanged(_))), "{twice:?}");
    changes_nothing(&after, again.bytes().expose());
}

fn remove_holds(before: &[u8], mut users: Users, user: &str) {
    let others = others(&users, user);
    let removed = users.remove(user);
    let after = users.bytes().expose().to_vec();
    keeps_every_byte(&after, before);
    changes_nothing(&other_lines(before, user), &other_lines(&after, user));
    let mut again = parse(&after).expect("an edited file is read");
    assert_eq!(again.hash(user), None);
    assert_eq!(others, self::others(&again, user));
    assert!(again.remove(user).is_empty() && (removed.is_empty() == (before == after)));
}

fn parse(bytes: &[u8]) -> Option<Users> {
    Users::parse(&path(), Secret::new(bytes.to_vec())).ok()
}

/// Name, kind of hash, and whether it counts, of everybody else.
fn others(users: &Users, user: &str) -> Vec<(String, HashKind, bool)> {
    let others = users.users().into_iter().filter(|it| it.name != user);
    others
        .map(|it| (it.name, it.kind, it.hidden_by.is_none()))
        .collect()
}

/// All lines that do not begin with the user's name and a colon.
fn other_lines(bytes: &[u8], user: &str) -> Vec<u8> {
    let start = [user.as_bytes(), b":"].concat();
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let others = lines.filter(|line| !line.starts_with(&start));
    others.collect::<Vec<_>>().concat()
}
