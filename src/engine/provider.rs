//! The contract between the engine and whatever it has effects on: requests, replies, and two traits.
//!
//! A [`Provider`] states its schema and is configured into a [`Connection`], which does the work. Values in
//! requests conform to the schema; unknowns appear only while planning. Secrets arrive as plain values with
//! their mark; a provider passes them to the other side and to nothing else.

use std::sync::Arc;

use async_trait::async_trait;

use crate::base::Text;
use crate::base::address::InstanceAddress;
use crate::base::schema::{ProviderSchema, Schema};
use crate::base::value::Value;

/// A kind of other side: `consul`, `aws`.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The name its resource kinds and `provider` blocks go by.
    fn name(&self) -> &str;

    /// All it offers. Asked once per run, before anything else; must not contact the other side.
    fn schema(&self) -> Result<Arc<ProviderSchema>, ProviderError>;

    /// A connection with the settings of one `provider` block (an object of the schema's `config`, wholly
    /// known; an empty block where the configuration has none). Contacts the other side only if it must.
    async fn configure(&self, settings: Value) -> Result<Arc<dyn Connection>, ProviderError>;
}

/// A shared provider is one.
#[async_trait]
impl<P: Provider + ?Sized> Provider for Arc<P> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn schema(&self) -> Result<Arc<ProviderSchema>, ProviderError> {
        (**self).schema()
    }

    async fn configure(&self, settings: Value) -> Result<Arc<dyn Connection>, ProviderError> {
        (**self).configure(settings).await
    }
}

/// A configured provider. All methods may run at the same time.
#[async_trait]
pub trait Connection: Send + Sync {
    /// At most so many calls at the same time; `None` for the run's own limit.
    fn parallelism(&self) -> Option<usize> {
        None
    }

    /// Whether [`Connection::apply_many`] gains from being handed all steps that are ready at once.
    fn batches(&self) -> bool {
        false
    }

    /// Further rules on a configuration (which may hold unknowns) that its schema can't state.
    async fn validate(&self, request: ValidateRequest) -> Result<Vec<Complaint>, ProviderError> {
        let _ = request;
        Ok(Vec::new())
    }

    /// What the object is now; `None` when it is gone.
    async fn read(&self, request: ReadRequest) -> Result<Option<Object>, ProviderError>;

    /// [`Connection::read`] for many, in the order asked. The default asks one by one.
    async fn read_many(&self, requests: Vec<ReadRequest>) -> Vec<Result<Option<Object>, ProviderError>> {
        let mut replies = Vec::with_capacity(requests.len());
        for request in requests {
            replies.push(self.read(request).await);
        }
        replies
    }

    /// What an object will be, and what can't be changed in place. The default follows the schema.
    async fn plan(&self, request: PlanRequest) -> Result<PlanReply, ProviderError> {
        Ok(super::plan::propose::by_schema(&request))
    }

    /// Makes an object.
    async fn create(&self, request: CreateRequest) -> Result<Object, ProviderError>;

    /// Changes an object in place.
    async fn update(&self, request: UpdateRequest) -> Result<Object, ProviderError>;

    /// Removes an object; it being gone already is success.
    async fn delete(&self, request: DeleteRequest) -> Result<(), ProviderError>;

    /// The object with this id, for `import`.
    async fn import(&self, request: ImportRequest) -> Result<Object, ProviderError>;

    /// Reads a data source.
    async fn read_data(&self, request: DataRequest) -> Result<Value, ProviderError>;

    /// What became of a step whose intent was recorded and whose outcome was not.
    async fn recover(&self, step: Step) -> Result<Recovered, ProviderError>;

    /// Brings state kept under an older schema version up to date. The default refuses.
    async fn upgrade(&self, request: UpgradeRequest) -> Result<Object, ProviderError> {
        Err(ProviderError::permanent(
            format!("read state of {}", request.kind),
            format!("its state has schema version {} and this provider can't upgrade it", request.version),
        ))
    }

    /// Performs steps that are ready. Must tell the ledger of each step before its effect and after. The default
    /// goes one by one.
    async fn apply_many(&self, steps: Vec<Step>, ledger: &dyn Ledger) -> Result<(), LedgerClosed> {
        for step in steps {
            ledger.intend(std::slice::from_ref(&step)).await?;
            let id = step.id;
            let outcome = self.apply_one(step).await;
            ledger.record(vec![(id, outcome)]).await?;
        }
        Ok(())
    }

    /// Performs one step by the method that fits it.
    async fn apply_one(&self, step: Step) -> Result<Option<Object>, ProviderError> {
        let Step { address, kind, schema, token, operation, .. } = step;
        match operation {
            Operation::Create { planned } => {
                self.create(CreateRequest { address, kind, schema, planned, token }).await.map(Some)
            }
            Operation::Update { prior, planned } => {
                self.update(UpdateRequest { address, kind, schema, prior, planned }).await.map(Some)
            }
            Operation::Delete { prior } => {
                self.delete(DeleteRequest { address, kind, schema, prior }).await.map(|()| None)
            }
        }
    }
}

/// Where intents and outcomes become durable.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// These steps are about to happen. Durable when it returns.
    async fn intend(&self, steps: &[Step]) -> Result<(), LedgerClosed>;
    /// This is what became of them: the object as it is now, or `None` after a delete.
    async fn record(&self, outcomes: Vec<(StepId, Outcome)>) -> Result<(), LedgerClosed>;
}

/// What became of a step.
pub type Outcome = Result<Option<Object>, ProviderError>;

/// Nothing can be recorded any more (the lock is lost, the disk is full): start no further effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LedgerClosed(pub String);

/// Names a step within one apply.
pub type StepId = u32;

/// An object as a provider describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its attributes: conforms to the schema's object type.
    pub attributes: Value,
    /// What the provider wants to see again; kept with the instance and shown to nobody.
    pub private: Option<Arc<[u8]>>,
}

impl Object {
    /// An object without private data.
    pub fn new(attributes: Value) -> Self {
        Self { attributes, private: None }
    }
}

/// Asks for further rules.
#[derive(Debug, Clone)]
pub struct ValidateRequest {
    /// The resource or data source kind.
    pub kind: Text,
    /// Its arguments as configured: an attribute per schema attribute, null where not set.
    pub config: Value,
}

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The attribute at fault, if it is one.
    pub attribute: Option<Text>,
    /// What is wrong, one sentence.
    pub message: String,
}

/// Asks what an object is now.
#[derive(Debug, Clone)]
pub struct ReadRequest {
    /// Whose object it is; for messages only.
    pub address: InstanceAddress,
    /// Its kind.
    pub kind: Text,
    /// The schema of its kind.
    pub schema: Arc<Schema>,
    /// What it was when last seen.
    pub prior: Object,
}

/// Asks what an object will be.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// Whose object it is.
    pub address: InstanceAddress,
    /// Its kind.
    pub kind: Text,
    /// The schema of its kind.
    pub schema: Arc<Schema>,
    /// What it is now; `None` if there is none yet.
    pub prior: Option<Object>,
    /// The arguments as configured, null where not set; may hold unknowns.
    pub config: Value,
}

/// What an object will be.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanReply {
    /// Its attributes, with unknowns for what the provider decides when it applies.
    pub planned: Value,
    /// The attributes whose change needs a new object; only looked at when there is a prior object.
    pub replace: Vec<Text>,
}

/// Asks to make an object.
#[derive(Debug, Clone)]
pub struct CreateRequest {
    /// Whose object it will be.
    pub address: InstanceAddress,
    /// Its kind.
    pub kind: Text,
    /// The schema of its kind.
    pub schema: Arc<Schema>,
    /// As planned; configured attributes are known, computed ones may be unknown.
    pub planned: Value,
    /// Recorded before the effect and unique to it: a client token, tag or seed of a chosen identity, so that
    /// [`Connection::recover`] can find what was made.
    pub token: Text,
}

/// Asks to change an object.
#[derive(Debug, Clone)]
pub struct UpdateRequest {
    /// Whose object it is.
    pub address: InstanceAddress,
    /// Its kind.
    pub kind: Text,
    /// The schema of its kind.
    pub schema: Arc<Schema>,
    /// As it is.
    pub prior: Object,
    /// As it shall be.
    pub planned: Value,
}

/// Asks to remove an object.
#[derive(Debug, Clone)]
pub struct DeleteRequest {
    /// Whose object it is.
    pub address: InstanceAddress,
    /// Its kind.
    pub kind: Text,
    /// The schema of its kind.
    pub schema: Arc<Schema>,
    /// As it is.
    pub prior: Object,
}

/// Asks for an object by its id.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// Whose object it shall become.
    pub address: InstanceAddress,
    /// Its kind.
    pub kind: Text,
    /// The schema of its kind.
    pub schema: Arc<Schema>,
    /// What the other side calls it.
    pub id: Text,
}

/// Asks for a data source.
#[derive(Debug, Clone)]
pub struct DataRequest {
    /// Whose it is; for messages only.
    pub address: InstanceAddress,
    /// Its kind.
    pub kind: Text,
    /// The schema of its kind.
    pub schema: Arc<Schema>,
    /// Its arguments, wholly known.
    pub config: Value,
}

/// Asks to bring old state up to date.
#[derive(Debug, Clone)]
pub struct UpgradeRequest {
    /// Its kind.
    pub kind: Text,
    /// The schema version it was written with.
    pub version: u64,
    /// As it was written.
    pub object: Object,
}

/// One effect.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name within this apply.
    pub id: StepId,
    /// Whose object it is about.
    pub address: InstanceAddress,
    /// The kind of the object.
    pub kind: Text,
    /// The schema of that kind.
    pub schema: Arc<Schema>,
    /// See [`CreateRequest::token`].
    pub token: Text,
    /// What is done.
    pub operation: Operation,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Operation {
    /// Makes an object.
    Create {
        /// See [`CreateRequest::planned`].
        planned: Value,
    },
    /// Changes an object in place.
    Update {
        /// As it is.
        prior: Object,
        /// As it shall be.
        planned: Value,
    },
    /// Removes an object.
    Delete {
        /// As it is.
        prior: Object,
    },
}

/// What became of an interrupted step.
#[derive(Debug, Clone, PartialEq)]
pub enum Recovered {
    /// It happened; the object is now this (`None` after a delete).
    Happened(Option<Object>),
    /// It did not happen.
    NotHappened,
    /// It can't be found out; why. The instance is reported and never made again by itself.
    Unknown(String),
}

/// Why a provider could not do what it was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderError {
    /// What was asked, in the field's words: `create database core`.
    pub asked: String,
    /// What the other side answered, or why it could not be asked.
    pub answer: String,
    /// What a person can do.
    pub help: Option<String>,
    /// What kind of failure it is.
    pub fault: Fault,
    /// Whether the effect took place.
    pub effect: Effect,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// No answer at all: connection refused, timed out.
    Unreachable,
    /// Someone else changed the object since it was read.
    Conflict,
    /// Throttled or passing; was retried until the deadline. Trying again later can help.
    Passing,
    /// Will not work however often it is tried.
    Permanent,
}

/// Whether an effect took place although there was an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// It did not.
    NotApplied,
    /// It may have; [`Connection::recover`] is asked before anything else.
    Unknown,
    /// In part: this object exists and is not as planned. It is recorded as tainted.
    Partial(Box<Object>),
}

impl ProviderError {
    /// An error that will not go away by itself, without effect.
    pub fn permanent(asked: impl Into<String>, answer: impl Into<String>) -> Self {
        Self {
            asked: asked.into(),
            answer: answer.into(),
            help: None,
            fault: Fault::Permanent,
            effect: Effect::NotApplied,
        }
    }

    /// The other side did not answer.
    pub fn unreachable(asked: impl Into<String>, answer: impl Into<String>) -> Self {
        Self { fault: Fault::Unreachable, ..Self::permanent(asked, answer) }
    }

    /// With advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether trying the same again later can help.
    pub fn is_passing(&self) -> bool {
        matches!(self.fault, Fault::Unreachable | Fault::Passing | Fault::Conflict)
    }
}

impl std::fmt::Display for ProviderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.asked, self.answer)
    }
}

impl std::error::Error for ProviderError {}
