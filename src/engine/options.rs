//! What a run is asked to do beyond what the configuration says.

use std::sync::Arc;

use crate::base::Text;
use crate::base::address::{InstanceAddress, Target};

/// How many provider calls run at the same time unless asked otherwise.
pub const PARALLELISM: usize = 10;

/// How a plan is made.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// Plan to remove everything.
    pub destroy: bool,
    /// Read objects back before comparing.
    pub refresh: bool,
    /// Only bring the state up to date with what exists.
    pub refresh_only: bool,
    /// If not empty, only these and what they depend on.
    pub targets: Vec<Target>,
    /// Not these, nor what depends on them.
    pub excludes: Vec<Target>,
    /// Make these anew.
    pub replace: Vec<InstanceAddress>,
    /// At most so many provider calls at the same time.
    pub parallelism: usize,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            destroy: false,
            refresh: true,
            refresh_only: false,
            targets: Vec::new(),
            excludes: Vec::new(),
            replace: Vec::new(),
            parallelism: PARALLELISM,
        }
    }
}

/// How a plan is applied.
#[derive(Clone)]
pub struct ApplyOptions {
    /// At most so many provider calls at the same time.
    pub parallelism: usize,
    /// Who applies, and when.
    pub run: Run,
    /// For `timestamp()`, `uuid()` and their kin, which have no value without it.
    pub moment: Option<Moment>,
}

/// The moment of an apply, and chance.
#[derive(Clone)]
pub struct Moment {
    /// Nanoseconds since 1970 in UTC.
    pub now: i128,
    /// Fills the buffer with unpredictable bytes.
    pub random: Random,
}

/// Fills a buffer with unpredictable bytes.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// One run that may change something. The engine has neither clock nor chance, so it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Unique to this run, in all places and for ever (a UUID): the tokens of its effects begin with it.
    pub id: Text,
    /// `apply`, `destroy`
    pub operation: Text,
    /// Who: user@host.
    pub who: Text,
    /// When it began, RFC 3339 in UTC.
    pub started: Text,
}

impl ApplyOptions {
    /// The defaults, for this run.
    pub fn new(run: Run) -> Self {
        Self { parallelism: PARALLELISM, run, moment: None }
    }

    /// With clock and chance.
    pub fn moment(mut self, moment: Moment) -> Self {
        self.moment = Some(moment);
        self
    }
}
