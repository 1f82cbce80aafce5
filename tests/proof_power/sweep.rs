//! Many cuts of one command, on two cores.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::cut::{Case, Moment};
use crate::disk::Disk;
use crate::support::proof::image::Image;
use crate::support::proof::outline::outline;
use crate::support::proof::service::{Service, has_own_network};

/// What came of it.
#[derive(Default)]
pub(crate) struct Swept {
    pub(crate) runs: usize,
    /// Of these the moment was come to.
    pub(crate) reached: usize,
    pub(crate) bad: Vec<String>,
    /// What the cuts have left, each state once.
    pub(crate) left: BTreeMap<u64, Image>,
}

impl Swept {
    pub(crate) fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.reached += other.reached;
        self.bad.extend(other.bad);
        self.left.extend(other.left);
    }
}

/// The power is cut at each of these moments; every disk has a worker of its own.
pub(crate) fn sweep(case: Case<'_>, disks: &[Disk], moments: &[Moment]) -> Swept {
    let next = AtomicUsize::new(0);
    let swept = Mutex::new(Swept::default());
    std::thread::scope(|scope| {
        let port = case.scenario.port;
        for (worker, disk) in disks.iter().enumerate() {
            let (next, swept) = (&next, &swept);
            scope.spawn(move || {
                // One service has one port, and the files name it. The first worker needs nothing.
                if port.is_some() && worker > 0 && !has_own_network() {
                    return;
                }
                let _service = port.map(|port| Service::start(&disk.laid(), port));
                while let Some(moment) = moments.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let cut = case.cut(disk, moment);
                    let mut swept = swept.lock().unwrap();
                    swept.runs += 1;
                    swept.reached += usize::from(cut.reached);
                    if let Err(wrong) = cut.judged {
                        let at = format!("{} {moment}", case.scenario.name);
                        swept.bad.push(format!("{at}: {wrong}"));
                    }
                    let digest = outline(&cut.found).digest();
                    swept.left.entry(digest).or_insert(cut.found);
                }
            });
        }
    });
    swept.into_inner().unwrap()
}

/// Prints a line for docs/reliability.md, and ends the test when anything is wrong.
#[track_caller]
pub(crate) fn report(what: &str, swept: &Swept, since: Instant) {
    eprintln!(
        "{what:64} {:5} cuts {:5} reached {:3} states {:3} bad {:5.0} s",
        swept.runs,
        swept.reached,
        swept.left.len(),
        swept.bad.len(),
        since.elapsed().as_secs_f32()
    );
    let shown = &swept.bad[..swept.bad.len().min(20)];
    assert!(swept.bad.is_empty(), "{what}: {shown:#?}");
    assert!(swept.reached * 100 >= swept.runs * 97, "{what}");
}
