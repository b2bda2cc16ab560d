//! The model of an account's state.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::Text;
use crate::base::address::{InstanceAddress, ResourceAddress};
use crate::base::value::Value;
use crate::engine::provider::Object;

/// All that is known of an account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Names this state for ever; made when it is first written. Empty for a state never written.
    pub lineage: Text,
    /// Grows by one with every commit.
    pub serial: u64,
    /// Instances in the order they were first recorded. Each is shared, so a snapshot costs pointers.
    pub instances: IndexMap<InstanceAddress, Arc<Instance>>,
    /// Replaced objects that still have to be deleted, by address and the token they were deposed under.
    pub deposed: IndexMap<(InstanceAddress, Text), Arc<Instance>>,
    /// Output values of the root module.
    pub outputs: IndexMap<Text, Value>,
    /// Effects that were about to happen and whose outcome is not recorded.
    pub intents: Vec<Intent>,
}

/// One instance of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// Its address.
    pub address: InstanceAddress,
    /// The provider that made it.
    pub provider: ProviderRef,
    /// Of the schema its attributes follow.
    pub schema_version: u64,
    /// The object.
    pub object: Object,
    /// Whether it is as it should be.
    pub status: InstanceStatus,
    /// The resources its configuration referred to when it was last applied; deletes go in reverse.
    pub dependencies: Vec<ResourceAddress>,
    /// Its replacement is made before it is removed.
    pub create_before_destroy: bool,
}

/// Whether an instance is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstanceStatus {
    /// It is.
    Ready,
    /// Its creation failed half-way; the next plan replaces it.
    Tainted,
}

/// A provider block: its name and alias.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderRef {
    /// `consul`
    pub name: Text,
    /// `provider = consul.eu` has alias `eu`.
    pub alias: Option<Text>,
}

impl std::fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        self.alias.as_ref().map_or(Ok(()), |alias| write!(f, ".{alias}"))
    }
}

/// An effect that was about to happen.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// Unique to it; handed to the provider as [`crate::engine::provider::CreateRequest::token`].
    pub token: Text,
    /// Whose object it is about.
    pub address: InstanceAddress,
    /// The provider that was to do it.
    pub provider: ProviderRef,
    /// Of the schema the values follow.
    pub schema_version: u64,
    /// What was about to be done.
    pub operation: IntentOperation,
    /// What the configuration referred to, for the instance that may have come of it.
    pub dependencies: Vec<ResourceAddress>,
    /// See [`Instance::create_before_destroy`].
    pub create_before_destroy: bool,
}

/// What was about to be done; values as in [`crate::engine::provider::Operation`].
#[derive(Debug, Clone, PartialEq)]
pub enum IntentOperation {
    /// An object was to be made.
    Create {
        /// As planned; computed attributes may be unknown.
        planned: Value,
    },
    /// An object was to be changed.
    Update {
        /// As it was.
        prior: Object,
        /// As it should be.
        planned: Value,
    },
    /// An object was to be removed.
    Delete {
        /// As it was.
        prior: Object,
        /// Set when it is not the instance's object but one that was deposed under this token.
        deposed: Option<Text>,
    },
}

/// One run that changed the state, for the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// `apply`, `destroy`, `state mv`.
    pub operation: Text,
    /// Who: user@host.
    pub who: Text,
    /// When it began, RFC 3339 in UTC.
    pub started: Text,
    /// The plan in a line: `3 to create, 1 to update`.
    pub summary: Text,
    /// Whether everything the plan said was done.
    pub complete: bool,
}
