//! What a command proposes: the plan, and what to tell people about it.

use crate::report::outcome::Outcome;
use crate::system::plan::Plan;

#[derive(Debug)]
pub(crate) struct Proposal {
    pub(crate) plan: Plan,
    /// Filled in further when the plan was applied.
    pub(crate) outcome: Outcome,
}
