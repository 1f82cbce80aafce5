//! One run that the power is cut of, and what has to hold afterwards.

use std::fmt;
use std::process::Output;

use crate::disk::{Disk, Log};
use crate::support::proof::image::Image;
use crate::support::proof::inject::{self, Blow, Ended};
use crate::support::proof::points::{self, Point, Points};
use crate::support::proof::scenario::{NO_SUCH_CHANGE, Scenario};
use crate::support::proof::served;
use crate::support::proof::service::Service;
use crate::support::proof::subject::Program;
use crate::support::proof::verdict::{self, Found, Whole};

/// Which command of which program, and what becomes of the file system's journal.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) program: Program<'a>,
    pub(crate) log: Log,
}

/// When the power fails.
#[derive(Clone, Debug)]
pub(crate) enum Moment {
    /// Nothing more happens: the process is killed before it makes the call, and then the power goes.
    Before(Point),
    /// The run has ended by itself, and its exit code says: done.
    Done,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(point) => write!(f, "before {point}"),
            Self::Done => f.write_str("after it was done"),
        }
    }
}

/// What came of one cut.
pub(crate) struct Cut {
    /// Whether the run came to the moment.
    pub(crate) reached: bool,
    /// The folder when the power was back and services had started, before anybody has recovered anything.
    pub(crate) found: Image,
    /// What is wrong.
    pub(crate) judged: Result<(), String>,
}

impl Case<'_> {
    /// The calls of the command on this disk.
    pub(crate) fn points(&self, disk: &Disk) -> Points {
        self.scenario.lay(&disk.laid());
        let port = self.scenario.port;
        let _service = port.map(|port| Service::start(&disk.laid(), port));
        let command = self.scenario.command(&disk.laid(), self.program.path);
        points::count(&self.program.dressed(command), &disk.beside("log"))
    }

    pub(crate) fn cut(&self, disk: &Disk, moment: &Moment) -> Cut {
        let laid = disk.laid();
        self.scenario.lay(&laid);
        disk.save();
        let (reached, promised) = self.run(disk, moment);
        let found = self.cut_power(disk);
        Cut {
            reached,
            judged: self.judge(disk, &found, promised),
            found,
        }
    }

    /// What is found when the power is back; services have started with the machine.
    fn cut_power(&self, disk: &Disk) -> Image {
        disk.cut_power(self.log);
        if self.scenario.port.is_some() {
            served::boot(&disk.laid());
        }
        Image::of(&disk.laid())
    }

    /// Whether the run came to the moment, and what it has said of the files until then.
    fn run(&self, disk: &Disk, moment: &Moment) -> (bool, Option<Whole>) {
        let command = self.scenario.command(&disk.laid(), self.program.path);
        let mut command = self.program.dressed(command);
        match moment {
            Moment::Before(point) => {
                let log = disk.beside("log");
                let ended = inject::run(&command, &log, Blow::Signal("KILL"), point);
                (ended.reached, self.promised(&ended, point))
            }
            Moment::Done => {
                let is_done = command.output().unwrap().status.code() == Some(self.scenario.done);
                (is_done, is_done.then(|| self.end()))
            }
        }
    }

    /// What the files are when the run is through.
    fn end(&self) -> Whole {
        self.scenario.settles.unwrap_or(Whole::New)
    }

    /// At its last call nothing but the exit code is missing, unless it was a child's; a run of which a
    /// child was killed comes to an end of its own.
    fn promised(&self, ended: &Ended, point: &Point) -> Option<Whole> {
        let has_children = self.scenario.port.is_some();
        if has_children && self.scenario.settles.is_none() && ended.code == Some(1) {
            return Some(Whole::Old);
        }
        let is_through =
            point.call == "exit_group" && !has_children || ended.code == Some(self.scenario.done);
        let has_said = match self.scenario.settles {
            Some(_) => ended.stderr.contains(NO_SUCH_CHANGE),
            None => !ended.stdout.is_empty(),
        };
        (is_through || has_said).then(|| self.end())
    }

    fn judge(&self, disk: &Disk, found: &Image, promised: Option<Whole>) -> Result<(), String> {
        let now = verdict::at_once(self.scenario, found)?;
        if promised.is_some_and(|promised| promised != now.whole) {
            return Err(format!("{promised:?} was reported, and {now:?} is found"));
        }
        let whole = self.next_run(disk, &now)?;
        let reported = self.scenario.reports.then_some(Whole::New);
        if let Some(wanted) = promised.or(self.scenario.settles).or(reported)
            && wanted != whole
        {
            return Err(format!(
                "{wanted:?} is wanted, and after the next run all is {whole:?}"
            ));
        }
        // The next run has said that it is done; what it has thrown away may be back, but not for ever.
        let then = verdict::at_once(self.scenario, &self.cut_power(disk))?;
        match then.whole == whole && self.next_run(disk, &then)? == whole {
            true => Ok(()),
            false => Err(format!(
                "{whole:?} after the next run, and {then:?} after a second cut"
            )),
        }
    }

    /// Puts back what is unfinished; says whether all is old or new then.
    fn next_run(&self, disk: &Disk, now: &Found) -> Result<Whole, String> {
        let recovered = self.recover(disk);
        // A report is written anew.
        let ends = match self.scenario.reports {
            true => self.scenario.done,
            false => 1,
        };
        if recovered.status.code() != Some(ends) {
            return Err(format!("{now:?}, and the next run ends with {recovered:?}"));
        }
        let laid = disk.laid();
        if self.scenario.port.is_some() && !served::is_in_step(&laid) {
            return Err(format!(
                "{now:?}, and another certificate is served after {recovered:?}"
            ));
        }
        verdict::after_next_run(self.scenario, &Image::of(&laid))
            .map_err(|wrong| format!("{now:?}, and after the next run {wrong}"))
    }

    fn recover(&self, disk: &Disk) -> Output {
        let recovery = self.scenario.recover(&disk.laid(), self.program.path);
        self.program.dressed(recovery).output().unwrap()
    }
}
