//! A child of a run dies, or one of its calls fails: any call of any child, from its birth on.

use std::time::Instant;

use nix::libc;

use crate::follow;
use crate::laid;
use crate::support::proof::inject::{Blow, ERRORS, SIGNALS};
use crate::support::proof::is_full;
use crate::support::proof::scenario::Scenario;
use crate::support::proof::subject::Program;
use crate::sweep::{Swept, Target, report, sweep};

/// So many calls are struck by each blow in a sample.
const SAMPLE: usize = 4;

/// Every blow at every call of every child, or a sample of them.
pub(crate) fn sweep_children(what: &str, scenario: &Scenario, program: Program<'_>) {
    let since = Instant::now();
    let which = [&SIGNALS[..], &ERRORS].concat();
    let sample = (!is_full()).then_some(SAMPLE);
    let (count, swept) = struck(scenario, program, &which, sample);
    report(scenario.name, what, (count, 0), &swept, since);
}

/// Each of these at all calls, or at so many of them; says also how many there are.
pub(crate) fn struck(
    scenario: &Scenario,
    program: Program<'_>,
    which: &[Blow],
    sample: Option<usize>,
) -> (usize, Swept) {
    let calls = laid(scenario, program, |command, _| follow::calls(command));
    let step = sample.map_or(1, |sample| calls.len().div_ceil(sample).max(1));
    let mut chosen = Vec::new();
    for (offset, blow) in which.iter().enumerate() {
        let picked = calls.iter().skip(offset * 7 % step).step_by(step);
        let picked = picked.filter(|call| blow.makes_sense_at(call.name()));
        // To wake another thread never fails (futex(2)); made to, it leaves that one asleep for ever.
        let picked =
            picked.filter(|call| matches!(blow, Blow::Signal(_)) || !call.is(libc::SYS_futex));
        chosen.extend(picked.map(|call| (*blow, call.clone())));
    }
    (calls.len(), sweep(scenario, program, &chosen))
}
