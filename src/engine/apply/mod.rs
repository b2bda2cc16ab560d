//! Performs what a plan says: scheduling, batching, records of intents and outcomes, recovery. Sees neither syntax nor
//! expansion; what the configuration says once facts are in is asked of what plan hands over.

mod call;
mod journal;
mod run;
pub mod work;

use indexmap::IndexMap;

use crate::base::Text;
use crate::base::diagnostic::Diagnostic;
use crate::base::value::Value;

pub use run::apply;

/// What became of an apply. There is always one, and the state holds all that was done.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// What went wrong, and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What was done.
    pub done: Counts,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that were not begun because of a failure or a cancelled run.
    pub skipped: usize,
    /// Whether everything the plan said was done.
    pub complete: bool,
    /// Whether the run was asked to stop.
    pub cancelled: bool,
    /// The outputs of the root module as far as they are known; secrets carry their mark.
    pub outputs: IndexMap<Text, Value>,
    /// The serial of the state afterwards.
    pub serial: u64,
}

/// How many instances were dealt with, by what was done; a replacement counts as such only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Created.
    pub created: usize,
    /// Updated in place.
    pub updated: usize,
    /// Replaced.
    pub replaced: usize,
    /// Deleted.
    pub deleted: usize,
    /// Imported.
    pub imported: usize,
    /// Dropped from the state.
    pub forgotten: usize,
    /// Moved.
    pub moved: usize,
    /// Data sources read.
    pub read: usize,
}

impl Counts {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            updated: self.updated + other.updated,
            replaced: self.replaced + other.replaced,
            deleted: self.deleted + other.deleted,
            imported: self.imported + other.imported,
            forgotten: self.forgotten + other.forgotten,
            moved: self.moved + other.moved,
            read: self.read + other.read,
        }
    }
}
