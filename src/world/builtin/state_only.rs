//! A provider whose objects live in the state alone: made of values, gone with their record.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;

use crate::base::Text;
use crate::base::effects::Entropy;
use crate::base::schema::{BlockSchema, ProviderSchema, Schema};
use crate::base::value::{Value, ValueMap};
use crate::engine::plan::propose::by_schema;
use crate::engine::provider::{
    Complaint, Connection, CreateRequest, DataRequest, DeleteRequest, ImportRequest, Ledger, LedgerClosed,
    Object, Operation, Outcome, PlanReply, PlanRequest, Provider, ProviderError, ReadRequest, Recovered,
    Step, UpdateRequest, ValidateRequest,
};

/// A resource kind of such a provider. Errors are sentences for users.
pub(super) trait Kind: Send + Sync {
    /// `random_pet`
    fn name(&self) -> &'static str;

    fn schema(&self) -> Schema;

    /// Rules the schema can't state.
    fn validate(&self, config: &Value) -> Vec<Complaint> {
        let _ = config;
        Vec::new()
    }

    fn plan(&self, request: &PlanRequest) -> PlanReply {
        by_schema(request)
    }

    /// Decides what is unknown in a planned object.
    fn decide(&self, planned: &mut ValueMap, entropy: &dyn Entropy) -> Result<(), String>;

    /// The attributes of the object with this id; what is left out is null.
    fn import(&self, id: &str, entropy: &dyn Entropy) -> Result<ValueMap, String> {
        let _ = (id, entropy);
        Err("this kind can't be imported: its objects exist nowhere but in the state".into())
    }
}

/// The provider and its only connection.
#[derive(Clone)]
pub struct StateOnly {
    schema: Arc<ProviderSchema>,
    kinds: Arc<[Box<dyn Kind>]>,
    entropy: Arc<dyn Entropy>,
}

impl StateOnly {
    pub(super) fn new(name: &str, kinds: Vec<Box<dyn Kind>>, entropy: Arc<dyn Entropy>) -> Self {
        let resources = kinds.iter().map(|kind| (kind.name().into(), Arc::new(kind.schema()))).collect();
        let schema = ProviderSchema { name: name.into(), resources, ..ProviderSchema::default() };
        Self { schema: Arc::new(schema), kinds: kinds.into(), entropy }
    }

    fn kind(&self, name: &str) -> Result<&dyn Kind, ProviderError> {
        let kind = self.kinds.iter().find(|kind| kind.name() == name);
        kind.map(|kind| &**kind).ok_or_else(|| {
            let provider = &self.schema.name;
            ProviderError::permanent(
                format!("look up {name}"),
                format!("provider {provider} has no such kind"),
            )
        })
    }

    fn decided(
        &self,
        verb: &str,
        kind: &str,
        schema: &Schema,
        planned: &Value,
    ) -> Result<Object, ProviderError> {
        let attributes = if planned.is_wholly_known() {
            planned.clone()
        } else {
            let mut map = planned.as_map().cloned().unwrap_or_default();
            let decided = self.kind(kind)?.decide(&mut map, &*self.entropy);
            decided.map_err(|why| ProviderError::permanent(format!("{verb} {kind}"), why))?;
            marked(map, &schema.block)
        };
        Ok(Object::new(attributes))
    }

    async fn outcome(&self, step: Step) -> Outcome {
        let Step { kind, schema, operation, .. } = step;
        let (verb, planned) = match operation {
            Operation::Create { planned } => ("create", planned),
            Operation::Update { planned, .. } => ("update", planned),
            Operation::Delete { .. } => return Ok(None),
        };
        // Some results take a while to compute.
        let provider = self.clone();
        let work = move || provider.decided(verb, &kind, &schema, &planned).map(Some);
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|error| Err(ProviderError::permanent("compute an object", error.to_string())))
    }
}

/// An object of the block: marks as the schema has them, null for what is left out.
fn marked(mut map: ValueMap, block: &BlockSchema) -> Value {
    for (name, attribute) in &block.attributes {
        let value = map.remove(name).unwrap_or(Value::NULL);
        map.insert(name.clone(), value.mark(attribute.sensitive));
    }
    map.into()
}

#[async_trait]
impl Provider for StateOnly {
    fn name(&self) -> &str {
        &self.schema.name
    }

    fn schema(&self) -> Result<Arc<ProviderSchema>, ProviderError> {
        Ok(self.schema.clone())
    }

    async fn configure(&self, _: Value) -> Result<Arc<dyn Connection>, ProviderError> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Connection for StateOnly {
    fn batches(&self) -> bool {
        true
    }

    async fn validate(&self, request: ValidateRequest) -> Result<Vec<Complaint>, ProviderError> {
        Ok(self.kind(&request.kind)?.validate(&request.config))
    }

    async fn read(&self, request: ReadRequest) -> Result<Option<Object>, ProviderError> {
        Ok(Some(request.prior))
    }

    async fn plan(&self, request: PlanRequest) -> Result<PlanReply, ProviderError> {
        Ok(self.kind(&request.kind)?.plan(&request))
    }

    async fn create(&self, request: CreateRequest) -> Result<Object, ProviderError> {
        self.decided("create", &request.kind, &request.schema, &request.planned)
    }

    async fn update(&self, request: UpdateRequest) -> Result<Object, ProviderError> {
        self.decided("update", &request.kind, &request.schema, &request.planned)
    }

    async fn delete(&self, _: DeleteRequest) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn import(&self, request: ImportRequest) -> Result<Object, ProviderError> {
        let map = self.kind(&request.kind)?.import(&request.id, &*self.entropy).map_err(|why| {
            ProviderError::permanent(format!("import {} {:?}", request.kind, request.id.as_str()), why)
        })?;
        Ok(Object::new(marked(map, &request.schema.block)))
    }

    async fn read_data(&self, request: DataRequest) -> Result<Value, ProviderError> {
        self.kind(&request.kind).map(|_| Value::NULL)
    }

    /// Nothing exists outside of the state, so what it does not record did not happen.
    async fn recover(&self, _: Step) -> Result<Recovered, ProviderError> {
        Ok(Recovered::NotHappened)
    }

    /// One commit for all intents, one for all outcomes.
    async fn apply_many(&self, steps: Vec<Step>, ledger: &dyn Ledger) -> Result<(), LedgerClosed> {
        ledger.intend(&steps).await?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let outcomes = futures::stream::iter(steps.into_iter().map(|step| {
            let id = step.id;
            async move { (id, self.outcome(step).await) }
        }));
        ledger.record(outcomes.buffered(threads).collect().await).await
    }
}

/// Something to complain about at an attribute.
pub(super) fn complaint(attribute: &str, message: impl Into<String>) -> Complaint {
    Complaint { attribute: Some(Text::from(attribute)), message: message.into() }
}
