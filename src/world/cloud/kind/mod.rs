//! A resource kind of a mocked cloud as data: its schema and how the cloud behaves when asked for one.
//!
//! Kinds are declared in prov itself, under `stdlib/cloud/`; `declare` reads them. Nothing in the simulator and
//! nothing in the providers knows any kind by name.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use crate::base::Text;
use crate::base::schema::Schema;

mod formula;

pub use formula::{Evaluate, Formula, Scope};

/// A resource kind.
#[derive(Debug, Clone)]
pub struct Kind {
    /// `aws_db_instance`
    pub name: Text,
    /// The service that offers it: `rds`.
    pub service: Text,
    /// What messages call one: `DB instance`.
    pub title: Text,
    /// Attributes and nested blocks.
    pub schema: Arc<Schema>,
    /// The attribute by which one is named within account and region.
    pub identity: Text,
    /// The cloud names its objects itself.
    pub assigned: bool,
    /// The names of its API operations.
    pub operations: Operations,
    /// What its states are called.
    pub states: States,
    /// The attribute that shows the state.
    pub status: Option<Text>,
    /// How long creating, modifying and deleting take in the simulation.
    pub durations: Durations,
    /// How long to wait for each at most, unless configured.
    pub timeouts: Durations,
    /// The codes of its errors.
    pub errors: Errors,
    /// What the cloud decides where the request does not, in the order it is decided.
    pub values: IndexMap<Text, Formula>,
    /// What follows from other objects, decided whenever one is looked at.
    pub observed: IndexMap<Text, Formula>,
    /// Null until the object is available for the first time.
    pub when_available: Vec<Text>,
    /// The form in which the cloud keeps what it is given.
    pub normalise: IndexMap<Text, Formula>,
    /// What must hold of a request.
    pub rules: Vec<Rule>,
    /// Further conditions under which a change needs a new object, by attribute.
    pub replace: IndexMap<Text, Formula>,
    /// Accompany requests and are not part of the object.
    pub parameters: Vec<Text>,
    /// Changes wait for the window unless `apply_immediately` is set.
    pub deferred: Option<Deferred>,
    /// Other objects that have to exist, and can't be deleted as long as this one does.
    pub dependencies: Vec<Dependency>,
    /// At most so many per account and region.
    pub quota: Option<u64>,
    /// Creating one that exists overwrites it.
    pub overwrites: bool,
    /// A last copy is made when one is deleted.
    pub final_snapshot: Option<FinalSnapshot>,
}

/// The names of a kind's API operations.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Operations {
    pub create: Text,
    pub describe: Text,
    pub list: Text,
    pub modify: Text,
    pub delete: Text,
    pub tag: Text,
}

/// What a kind's states are called.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct States {
    pub creating: Text,
    pub available: Text,
    pub modifying: Text,
    pub deleting: Text,
    pub failed: Text,
}

impl Default for States {
    fn default() -> Self {
        Self {
            creating: "creating".into(),
            available: "available".into(),
            modifying: "modifying".into(),
            deleting: "deleting".into(),
            failed: "failed".into(),
        }
    }
}

/// A duration for each of the three long operations.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct Durations {
    pub create: Duration,
    pub modify: Duration,
    pub delete: Duration,
}

/// The codes of the errors every kind has.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Errors {
    pub exists: Text,
    pub not_found: Text,
    pub invalid_state: Text,
    pub quota: Text,
    pub in_use: Text,
}

impl Default for Errors {
    fn default() -> Self {
        Self {
            exists: "ResourceAlreadyExists".into(),
            not_found: "ResourceNotFound".into(),
            invalid_state: "InvalidState".into(),
            quota: "LimitExceeded".into(),
            in_use: "DependencyViolation".into(),
        }
    }
}

/// What must hold of a request.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The error's code if it does not.
    pub code: Text,
    /// The requests it is about.
    pub on: Moments,
    /// Looked at only if this is true.
    pub when: Option<Formula>,
    /// Has to be true.
    pub assert: Formula,
    /// What is said if it is not.
    pub message: Formula,
    /// The attribute at fault.
    pub attribute: Option<Text>,
}

/// The requests a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Moments {
    pub create: bool,
    pub modify: bool,
    pub delete: bool,
}

impl Default for Moments {
    fn default() -> Self {
        Self { create: true, modify: true, delete: false }
    }
}

/// Which changes wait for the weekly window.
#[derive(Debug, Clone)]
pub struct Deferred {
    /// The attribute that holds the window, `sun:05:00-sun:06:00`.
    pub window: Text,
    /// The attributes whose changes wait.
    pub attributes: Vec<Text>,
}

/// Another object one refers to.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// Its kind.
    pub kind: Text,
    /// The attribute that names it, or a list or set of them.
    pub attribute: Text,
    /// The attribute of the other that is named; its identity if `None`.
    pub target: Option<Text>,
    /// The error's code if it does not exist.
    pub code: Text,
    /// Names that always exist.
    pub except: Vec<Text>,
}

/// The last copy of a deleted object.
#[derive(Debug, Clone)]
pub struct FinalSnapshot {
    /// Its kind.
    pub kind: Text,
    /// Its name; none is made where this is null.
    pub identifier: Formula,
    /// The error's code if there is one of that name.
    pub exists: Text,
}

impl Kind {
    /// Whether an attribute only accompanies requests.
    pub fn is_parameter(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter == name)
    }

    /// Whether its values are never kept nor shown.
    pub fn is_secret(&self, name: &str) -> bool {
        self.schema.block.attributes.get(name).is_some_and(|attribute| attribute.sensitive)
    }

    /// Whether any of its formulas looks at the other objects of the kind.
    pub fn looks_at_siblings(&self) -> bool {
        let rules = self.rules.iter().flat_map(|rule| rule.when.iter().chain([&rule.assert, &rule.message]));
        rules.chain(self.values.values()).chain(self.observed.values()).any(|formula| formula.siblings)
    }

    /// Whether objects carry tags.
    pub fn has_tags(&self) -> bool {
        self.schema.block.attributes.contains_key("tags_all")
    }

    /// The attributes the cloud decides anew when any of `changed` changes, computed ones and such that the
    /// configuration leaves to it.
    pub fn follows(&self, changed: impl IntoIterator<Item = Text>) -> Vec<Text> {
        let mut moved: Vec<Text> = changed.into_iter().collect();
        let mut following: Vec<Text> = Vec::new();
        // Values are declared before those that read them, so one pass reaches everything.
        for (name, formula) in &self.values {
            if formula.reads.iter().any(|read| moved.contains(read)) && !moved.contains(name) {
                moved.push(name.clone());
                following.push(name.clone());
            }
        }
        following
    }
}
