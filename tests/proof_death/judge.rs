//! What has to hold after a run that something happened to.

use std::path::Path;

use crate::support::proof::image::Image;
use crate::support::proof::inject::{Blow, Ended};
use crate::support::proof::scenario::{NO_SUCH_CHANGE, Scenario};
use crate::support::proof::served;
use crate::support::proof::subject::Program;
use crate::support::proof::verdict::{self, Found, Whole};

/// Judges what the run has left in `folder` when that call was struck, at once and after the next run; that
/// one must not be needed after a run that came to its end.
///
/// # Errors
/// What is wrong.
pub(crate) fn judge(
    scenario: &Scenario,
    program: Program<'_>,
    folder: &Path,
    (blow, call): (Blow, &str),
    ended: &Ended,
) -> Result<(), String> {
    if let Some(path) = &ended.retried {
        return Err(format!("{path} was fsynced again after that had failed"));
    }
    let found = verdict::at_once(scenario, &Image::of(folder))?;
    let wanted = match ended.code {
        None => None,
        Some(code) => said(scenario, code, ended, call)?,
    };
    if let Some(wanted) = wanted
        && (found.whole != wanted || (wanted == Whole::Old && !found.left.is_empty()))
    {
        return Err(format!(
            "{wanted:?} is said, {found:?} is found: {}",
            ended.stderr
        ));
    }
    let is_settled =
        matches!(blow, Blow::Error(_)) && ended.code.is_some() && found.left.is_empty();
    if is_settled && scenario.reports {
        return Ok(());
    }
    next_run(scenario, program, folder, ended, (&found, wanted))
}

/// What the exit code says of the files; `None`: nothing.
fn said(
    scenario: &Scenario,
    code: i32,
    ended: &Ended,
    call: &str,
) -> Result<Option<Whole>, String> {
    let stands = ended.stderr.contains("the change stands");
    let is_clear = ended.stderr.starts_with("dhtls: ") && !ended.stderr.contains("panicked");
    // A failed write may have been the one to stderr, and a report says it in the file.
    if code != scenario.done
        && !is_clear
        && call != "write"
        && !(scenario.reports && ended.stderr.is_empty())
    {
        return Err(format!(
            "exit code {code}, and no clear error: {:?}",
            ended.stderr
        ));
    }
    match code {
        1 | 3 if scenario.settles.is_some() => {
            let is_through = ended.stderr.contains(NO_SUCH_CHANGE);
            Ok(scenario.settles.filter(|_| is_through))
        }
        _ if code == scenario.done => Ok(Some(Whole::New)),
        1..=3 if scenario.reports => Ok(None),
        1 => Ok(Some(Whole::Old)),
        3 if stands => Ok(Some(Whole::New)),
        // No call of monit gets through: a blow that strikes each of them.
        3 if scenario.port.is_some() && ended.stderr.contains("a person must look") => Ok(None),
        _ => Err(format!("exit code {code}: {:?}", ended.stderr)),
    }
}

fn next_run(
    scenario: &Scenario,
    program: Program<'_>,
    folder: &Path,
    ended: &Ended,
    (found, wanted): (&Found, Option<Whole>),
) -> Result<(), String> {
    let recovered = program
        .dressed(scenario.recover(folder, program.path))
        .output()
        .unwrap();
    let refuses = if scenario.reports { scenario.done } else { 1 };
    if recovered.status.code() != Some(refuses) {
        return Err(format!(
            "{found:?}, and the next run ends with {recovered:?}"
        ));
    }
    let whole = verdict::after_next_run(scenario, &Image::of(folder))
        .map_err(|wrong| format!("{found:?}, and after the next run {wrong}"))?;
    // A monit that dies whenever it is asked is told of; a run that then dies too has no time to.
    let may_differ = (wanted.is_none() && ended.code == Some(3)) || ended.died_twice;
    if scenario.port.is_some() && !may_differ && !served::is_in_step(folder) {
        return Err(format!(
            "{found:?}, and another certificate is served after {ended:?}"
        ));
    }
    let settles = scenario.settles.or(scenario.reports.then_some(Whole::New));
    match wanted.or(settles) {
        Some(wanted) if wanted != whole => Err(format!(
            "{wanted:?} is wanted, and after the next run all is {whole:?}"
        )),
        _ => Ok(()),
    }
}
