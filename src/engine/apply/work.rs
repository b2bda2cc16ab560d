//! What plan hands to apply: steps, what waits for what, and a way to ask what the configuration says once facts are in.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Counts;
use crate::base::Text;
use crate::base::address::{InstanceAddress, ResourceAddress};
use crate::base::diagnostic::Diagnostic;
use crate::base::schema::Schema;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::engine::events::StepAction;
use crate::engine::graph::Graph;
use crate::engine::provider::Connection;
use crate::engine::state::{Instance, ProviderRef, StateChange};

/// Everything there is to do.
pub struct Work {
    /// What waits for what.
    pub graph: Graph,
    /// By node of the graph.
    pub tasks: Vec<Task>,
    /// Configured providers; steps name them by index.
    pub connections: Vec<Option<Arc<dyn Connection>>>,
    /// Answers what the configuration says once facts are in.
    pub facts: Box<dyn Facts>,
    /// What the state learns before the first effect.
    pub bookkeeping: Vec<StateChange>,
    /// What that counts as.
    pub counts: Counts,
    /// Of the state the plan was made against.
    pub lineage: Text,
    /// Of the state the plan was made against.
    pub serial: u64,
    /// The plan in a line, for the history.
    pub summary: String,
}

/// What is to be done at a node.
pub enum Task {
    /// Nothing; it only joins others.
    Join,
    /// A value is worked out again with facts.
    Value,
    /// Something is asked of a provider.
    Step(Box<StepSpec>),
}

/// One thing asked of a provider.
pub struct StepSpec {
    /// Whose object it is about.
    pub address: InstanceAddress,
    /// The schema of its kind.
    pub schema: Arc<Schema>,
    /// The provider, as the state records it.
    pub provider: ProviderRef,
    /// The provider's place in [`Work::connections`].
    pub connection: usize,
    /// What is done.
    pub action: StepAction,
    /// What it counts as when it is done; `None` for a half that does not count.
    pub counts_as: Option<Action>,
    /// The object as it is, for updates and deletes, and for a replacement that is made first.
    pub prior: Option<Arc<Instance>>,
    /// As planned.
    pub planned: Value,
    /// As configured when planned.
    pub config: Value,
    /// The arguments, or conditions on them, are to be worked out again.
    pub open: bool,
    /// The new object takes the place of one that still has to be removed.
    pub deposes: bool,
    /// Which object is removed.
    pub target: DeleteTarget,
    /// See [`Instance::dependencies`].
    pub dependencies: Vec<ResourceAddress>,
    /// See [`Instance::create_before_destroy`].
    pub create_before_destroy: bool,
    /// Where it is declared.
    pub declared: Option<Span>,
}

/// What a step counts as in [`Counts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Action {
    Created,
    Updated,
    Replaced,
    Deleted,
    Read,
}

/// Which object a delete is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DeleteTarget {
    /// The instance's.
    #[default]
    Current,
    /// One deposed by an earlier run, under this token.
    Deposed(Text),
    /// The one that the step at this node deposes.
    DeposedBy(u32),
}

/// What the configuration says once facts are in. Nodes are those of [`Work::graph`].
pub trait Facts: Send {
    /// Works out the value at a node; all before it are done. Answers what is wrong.
    fn settle(&mut self, node: u32) -> Vec<Diagnostic>;
    /// The arguments of a step, wholly known, after its preconditions were checked.
    fn arguments(&mut self, node: u32) -> Result<Value, Vec<Diagnostic>>;
    /// A step's object is now this. Answers which postconditions do not hold.
    fn object(&mut self, node: u32, value: &Value) -> Vec<Diagnostic>;
    /// What is to be said of what went wrong with a node; warnings only if nothing else is to stop for it.
    fn told(&self, node: u32, faults: Vec<Diagnostic>) -> Vec<Diagnostic>;
    /// The outputs of the root module as the state shall have them; `None` if they stay as they are.
    fn outputs(&mut self) -> Option<IndexMap<Text, Value>>;
    /// What checks have to say that could not be decided before.
    fn checks(&mut self) -> Vec<Diagnostic>;
}
