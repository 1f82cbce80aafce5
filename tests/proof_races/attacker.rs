//! The attacker: a process of another user that does one thing as fast as it can.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::fcntl::{OFlag, RenameFlags, renameat2};
use nix::unistd::{Gid, Uid, getppid, setgid, setgroups, setuid};

use crate::attack::{ATTACKER, Attack, Exchange, Job};
use crate::field::{GUESSED, TARGET};

/// Attacks until its parent is gone, or ends it.
pub(crate) fn run(field: &Path, (attack, job): (Attack, Job)) {
    let parent = getppid();
    setgroups(&[]).unwrap();
    setgid(Gid::from_raw(ATTACKER)).unwrap();
    setuid(Uid::from_raw(ATTACKER)).unwrap();
    let exchange = attack.exchange();
    let folder = exchange
        .as_ref()
        .map_or("srv/deep/auth", |exchange| exchange.folder);
    let opened = File::options()
        .read(true)
        .custom_flags(OFlag::O_DIRECTORY.bits())
        .open(field.join(folder))
        .unwrap();
    let mut pauses = Pauses::new();
    while getppid() == parent {
        for _ in 0..200 {
            match &exchange {
                Some(Exchange { names, .. }) => {
                    let [one, other] = *names;
                    // Lost to root for a moment: then the next one succeeds.
                    let flag = RenameFlags::RENAME_EXCHANGE;
                    let _ = renameat2(&opened, one, &opened, other, flag);
                    pauses.pause();
                }
                None => snatch(field, job),
            }
        }
    }
}

/// Takes the name that can be guessed. Reads what has another staged one, and puts a link to the victim in
/// its place.
fn snatch(field: &Path, job: Job) {
    let auth = field.join("srv/deep/auth");
    let victim = field.join("victim").join(TARGET);
    let _ = symlink(&victim, auth.join(GUESSED));
    for entry in fs::read_dir(&auth).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_staged = path
            .extension()
            .is_some_and(|extension| extension == "dhtls");
        let found = fs::symlink_metadata(&path).ok();
        let Some(found) = found.filter(|found| is_staged && found.is_file()) else {
            continue;
        };
        // A report is for everyone.
        let is_secret = job == Job::Rollback && found.uid() == 0;
        if is_secret && File::open(&path).is_ok() {
            let _ = fs::write(field.join("loot/read"), path.as_os_str().as_encoded_bytes());
        }
        if fs::rename(&path, field.join("loot/taken")).is_ok() {
            let _ = symlink(&victim, &path);
        }
    }
}

/// Between none at all and as long as a replacement takes, in a rhythm that changes: a steady one could
/// miss for ever, and a mixed one would spend its time in the long ones.
struct Pauses {
    random: u64,
    longest: u64,
    until: Instant,
}

impl Pauses {
    fn new() -> Self {
        Self {
            random: u64::from(std::process::id()) | 1,
            longest: 1,
            until: Instant::now(),
        }
    }

    fn pause(&mut self) {
        if Instant::now() > self.until {
            self.longest = 1 << (self.next() % 16);
            self.until = Instant::now() + Duration::from_micros(500);
        }
        for _ in 0..self.next() % self.longest {
            std::hint::spin_loop();
        }
    }

    /// xorshift64 (Marsaglia 2003).
    fn next(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random >> 8
    }
}
