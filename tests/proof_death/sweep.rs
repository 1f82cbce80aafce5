//! Many runs of one scenario, each with one blow, side by side.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::judge::judge;
use crate::support::proof::fast_folder;
use crate::support::proof::inject::{self, Blow, Ended};
use crate::support::proof::points::Point;
use crate::support::proof::scenario::Scenario;
use crate::support::proof::service::{Service, has_own_network};
use crate::support::proof::subject::Program;

const WORKERS: usize = 2;

/// Where a service restarts: they wait for it most of the time.
const WAITING_WORKERS: usize = 12;

/// What a blow can meet.
pub(crate) trait Target: Sync {
    /// Runs `command` with that; `log` may be overwritten.
    fn strike(&self, command: &Command, log: &Path, blow: Blow) -> Ended;

    /// For the person who looks for the fault.
    fn shown(&self, blow: Blow) -> String;

    /// The name of the call.
    fn name(&self) -> &str;
}

impl Target for Point {
    fn strike(&self, command: &Command, log: &Path, blow: Blow) -> Ended {
        inject::run(command, log, blow, self)
    }

    fn shown(&self, blow: Blow) -> String {
        format!("-e {}", blow.option(self))
    }

    fn name(&self) -> &str {
        &self.call
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    pub(crate) runs: usize,
    /// Of these the point was come to.
    pub(crate) reached: usize,
    pub(crate) bad: Vec<String>,
}

impl Swept {
    pub(crate) fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.reached += other.reached;
        self.bad.extend(other.bad);
    }
}

/// Runs all of these.
pub(crate) fn sweep<T: Target>(
    scenario: &Scenario,
    program: Program<'_>,
    blows: &[(Blow, T)],
) -> Swept {
    let next = AtomicUsize::new(0);
    let swept = Mutex::new(Swept::default());
    std::thread::scope(|scope| {
        let workers = scenario.port.map_or(WORKERS, |_| WAITING_WORKERS);
        for worker in 0..workers {
            let (next, swept) = (&next, &swept);
            scope.spawn(move || {
                // One service has one port, and the files name it. The first worker needs nothing.
                if scenario.port.is_some() && worker > 0 && !has_own_network() {
                    return;
                }
                let folder = fast_folder();
                let (laid, log) = (folder.path().join("laid"), folder.path().join("log"));
                std::fs::create_dir(&laid).unwrap();
                let _service = scenario.port.map(|port| Service::start(&laid, port));
                while let Some((blow, target)) = blows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    scenario.lay(&laid);
                    let command = program.dressed(scenario.command(&laid, program.path));
                    let ended = target.strike(&command, &log, *blow);
                    let judged = match ended.reached {
                        true => judge(scenario, program, &laid, (*blow, target.name()), &ended),
                        false => Ok(()),
                    };
                    let mut swept = swept.lock().unwrap();
                    swept.runs += 1;
                    swept.reached += usize::from(ended.reached);
                    if let Err(wrong) = judged {
                        let at = format!("{} {}", scenario.name, target.shown(*blow));
                        swept.bad.push(format!("{at}: {wrong}"));
                    }
                }
            });
        }
    });
    swept.into_inner().unwrap()
}

/// Prints a line for docs/reliability.md, and ends the test when anything is wrong.
#[track_caller]
pub(crate) fn report(
    name: &str,
    what: &str,
    (points, out_of_reach): (usize, usize),
    swept: &Swept,
    since: Instant,
) {
    eprintln!(
        "{name:20} {what:16} {points:5} points ({out_of_reach} out of reach) {:6} runs {:6} reached {:3} bad {:5.0} s",
        swept.runs,
        swept.reached,
        swept.bad.len(),
        since.elapsed().as_secs_f32()
    );
    assert!(
        swept.bad.is_empty(),
        "{:#?}",
        &swept.bad[..swept.bad.len().min(20)]
    );
    // Some calls come and go with the memory that a run happens to get.
    assert!(swept.reached * 10 >= swept.runs * 9, "{swept:?}");
}

/// Every blow at every point, or a sample: spread over all calls, and denser where the disk changes.
pub(crate) fn blows(
    points: &[Point],
    blows: &[Blow],
    full: bool,
    sample: usize,
) -> Vec<(Blow, Point)> {
    let mut chosen: BTreeMap<(Blow, Point), ()> = BTreeMap::new();
    let changing: Vec<&Point> = points.iter().filter(|point| point.changes).collect();
    for (offset, blow) in blows.iter().enumerate() {
        let mut take = |from: &[&Point], count: usize| {
            let step = if full {
                1
            } else {
                (from.len() / count.max(1)).max(1)
            };
            let offset = if full { 0 } else { offset % step };
            let picked = from.iter().skip(offset).step_by(step);
            let picked = picked.filter(|point| blow.makes_sense_at(&point.call));
            chosen.extend(picked.map(|point| ((*blow, (*point).clone()), ())));
        };
        take(&points.iter().collect::<Vec<_>>(), sample);
        take(&changing, sample);
    }
    chosen.into_keys().collect()
}

/// Without the failing `close` that leaves a descriptor open, where a program is started: no Linux has it
/// (close(2)), strace makes it so, and the standard library then waits for ever for the other end.
pub(crate) fn without_open_ends(scenario: &Scenario, blows: &mut Vec<(Blow, Point)>) {
    let starts_programs = scenario.port.is_some();
    blows.retain(|(blow, point)| {
        !(starts_programs && matches!(blow, Blow::Error(_)) && point.call == "close")
    });
}
