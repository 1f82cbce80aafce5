//! One run that the power is cut of, and what has to hold afterwards.

use std::process::Output;

use crate::disk::{Disk, Log};
use crate::support::proof::image::Image;
use crate::support::proof::inject::{self, Blow, Ended};
use crate::support::proof::points::{self, Point, Points};
use crate::support::proof::scenario::{NO_SUCH_CHANGE, Scenario};
use crate::support::proof::subject::Program;
use crate::support::proof::verdict::{self, Whole};

/// Which command of which program, and what becomes of the file system's journal.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) program: Program<'a>,
    pub(crate) log: Log,
}

/// What came of one cut.
pub(crate) struct Cut {
    /// Whether the run came to the point.
    pub(crate) reached: bool,
    /// The folder when the power was back, before anybody has recovered anything.
    pub(crate) found: Image,
    /// What is wrong.
    pub(crate) judged: Result<(), String>,
}

impl Case<'_> {
    /// The calls of the command on this disk.
    pub(crate) fn points(&self, disk: &Disk) -> Points {
        self.scenario.lay(&disk.laid());
        let command = self.scenario.command(&disk.laid(), self.program.path);
        points::count(&self.program.dressed(command), &disk.beside("log"))
    }

    /// Runs up to the point, where nothing more happens: the process is killed before it makes the call,
    /// and then the power goes.
    pub(crate) fn cut(&self, disk: &Disk, point: &Point) -> Cut {
        let laid = disk.laid();
        self.scenario.lay(&laid);
        disk.save();
        let command = self
            .program
            .dressed(self.scenario.command(&laid, self.program.path));
        let ended = inject::run(&command, &disk.beside("log"), Blow::Signal("KILL"), point);
        disk.cut_power(self.log);
        let found = Image::of(&laid);
        let promised = self.promised(&ended, point);
        Cut {
            reached: ended.reached,
            judged: self.judge(disk, &found, promised),
            found,
        }
    }

    /// What the run has said of the files before it ended; `None`: nothing. At its last call nothing but
    /// the exit code is missing.
    fn promised(&self, ended: &Ended, point: &Point) -> Option<Whole> {
        let is_through = point.call == "exit_group" || ended.code == Some(self.scenario.done);
        match self.scenario.settles {
            Some(whole) => (is_through || ended.stderr.contains(NO_SUCH_CHANGE)).then_some(whole),
            None => (is_through || !ended.stdout.is_empty()).then_some(Whole::New),
        }
    }

    fn judge(&self, disk: &Disk, found: &Image, promised: Option<Whole>) -> Result<(), String> {
        let now = verdict::at_once(self.scenario, found)?;
        if promised.is_some_and(|promised| promised != now.whole) {
            return Err(format!("{promised:?} was reported, and {now:?} is found"));
        }
        let recovered = self.recover(disk);
        // A report is written anew.
        let ends = match self.scenario.reports {
            true => self.scenario.done,
            false => 1,
        };
        if recovered.status.code() != Some(ends) {
            return Err(format!("{now:?}, and the next run ends with {recovered:?}"));
        }
        let whole = verdict::after_next_run(self.scenario, &Image::of(&disk.laid()))
            .map_err(|wrong| format!("{now:?}, and after the next run {wrong}"))?;
        let reported = self.scenario.reports.then_some(Whole::New);
        if let Some(wanted) = promised.or(self.scenario.settles).or(reported)
            && wanted != whole
        {
            return Err(format!(
                "{wanted:?} is wanted, and after the next run all is {whole:?}"
            ));
        }
        // The next run has said that it is done.
        disk.cut_power(self.log);
        let then = verdict::at_once(self.scenario, &Image::of(&disk.laid()))?;
        match then.whole == whole {
            true => Ok(()),
            false => Err(format!(
                "{whole:?} after the next run, and {then:?} after a second cut"
            )),
        }
    }

    fn recover(&self, disk: &Disk) -> Output {
        let recovery = self.scenario.recover(&disk.laid(), self.program.path);
        self.program.dressed(recovery).output().unwrap()
    }
}
