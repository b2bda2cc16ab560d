//! What happens while a plan is made or applied, as data: the command line draws progress from it and `--json`
//! prints it. Nothing here is needed to know how a run ended.

use crate::base::address::InstanceAddress;
use crate::engine::plan::PlanSummary;

/// Is told what happens. Called from the tasks that do the work, so it must not block; events arrive in the order
/// they happened.
pub trait Events: Send + Sync {
    /// Something happened.
    fn on_event(&self, event: Event);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Events for Quiet {
    fn on_event(&self, _: Event) {}
}

/// Something that happened. Elapsed time is for the listener to measure: the engine has no clock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// So many objects are about to be read back.
    RefreshStarted {
        /// How many.
        instances: usize,
    },
    /// One of them was read back.
    Refreshed {
        /// Whose object it is.
        address: InstanceAddress,
        /// What was found.
        found: Found,
    },
    /// A data source is being read, or was read.
    DataRead {
        /// The data source.
        address: InstanceAddress,
        /// `false` when reading begins.
        finished: bool,
    },
    /// The outcome of an effect that an earlier run left open is known now.
    Recovered {
        /// Whose object it is about.
        address: InstanceAddress,
        /// Whether the effect had happened; `None` if that can't be found out.
        happened: Option<bool>,
    },
    /// The plan is made.
    Planned {
        /// The counts.
        summary: PlanSummary,
    },
    /// So many steps are about to be taken.
    ApplyStarted {
        /// How many.
        steps: usize,
    },
    /// A step begins.
    StepStarted {
        /// Whose object it is about.
        address: InstanceAddress,
        /// What is done.
        action: StepAction,
    },
    /// A step is done and its outcome durable.
    StepFinished {
        /// Whose object it is about.
        address: InstanceAddress,
        /// What was done.
        action: StepAction,
    },
    /// A step failed; the diagnostics of the run say more.
    StepFailed {
        /// Whose object it is about.
        address: InstanceAddress,
        /// What was tried.
        action: StepAction,
        /// Why, in one line.
        message: String,
    },
    /// A step was not begun, because one it depends on failed or the run was cancelled.
    StepSkipped {
        /// Whose object it is about.
        address: InstanceAddress,
        /// What would have been done.
        action: StepAction,
    },
    /// The run was asked to stop: what runs finishes, nothing new begins.
    Cancelling {
        /// Steps that are still running.
        running: usize,
    },
}

/// What refresh found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Found {
    /// It is as recorded.
    Unchanged,
    /// Others changed it.
    Drifted,
    /// It is gone.
    Gone,
    /// It could not be read.
    Failed,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StepAction {
    /// Makes an object.
    Create,
    /// Changes an object in place.
    Update,
    /// Removes an object.
    Delete,
    /// Reads a data source.
    Read,
}

impl StepAction {
    /// What is being done: `creating`.
    pub fn doing(self) -> &'static str {
        match self {
            Self::Create => "creating",
            Self::Update => "updating",
            Self::Delete => "deleting",
            Self::Read => "reading",
        }
    }

    /// The verb: `create`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Read => "read",
        }
    }
}
