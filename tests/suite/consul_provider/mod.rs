//! The consul provider, driven through its trait: against the embedded agent always, and against the real Consul
//! where it is installed. `faults` puts a proxy in between that loses answers.

mod bulk;
mod faults;
mod keys;
mod objects;
mod proxy;
mod sides;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use prov::base::Text;
use prov::base::schema::{BlockSchema, Nesting, ProviderSchema, Schema};
use prov::base::value::{Value, ValueMap};
use prov::engine::provider::*;
use prov::world::consul::client::Client;
use prov::world::consul::settings::Settings;
use prov::world::consul::{ConsulEnvironment, ConsulProvider, Patience};

pub const NODE: &str = "consul_node";
pub const SERVICE: &str = "consul_service";
pub const KEYS: &str = "consul_keys";
pub const PREFIX: &str = "consul_key_prefix";

/// Short, so that a test of what never answers ends.
pub fn patience() -> Patience {
    Patience {
        request: Duration::from_millis(2500),
        total: Duration::from_secs(12),
        first: Duration::from_millis(300),
    }
}

/// A configured provider and a way to look past it.
pub struct Bench {
    pub connection: Arc<dyn Connection>,
    pub schema: Arc<ProviderSchema>,
    /// Asks Consul itself.
    pub raw: Client,
}

impl Bench {
    pub async fn new(url: &str) -> Bench {
        Bench::with(url, url, &[], patience()).await.unwrap()
    }

    /// A provider that speaks to `url` with further settings; looking past it goes to `direct`.
    pub async fn with(
        url: &str,
        direct: &str,
        settings: &[(&str, &str)],
        patience: Patience,
    ) -> Result<Bench, ProviderError> {
        let provider = ConsulProvider::new(ConsulEnvironment::default(), patience);
        let schema = provider.schema().unwrap();
        let mut block = vec![("address", Value::from(url))];
        block.extend(settings.iter().map(|(name, value)| (*name, Value::from(*value))));
        let connection = provider.configure(fill(&schema.config.block, Value::map(block))).await?;
        let direct =
            Settings::new(&Value::map([("address", Value::from(direct))]), &Default::default()).unwrap();
        Ok(Bench { connection, schema, raw: Client::new(&direct, patience).unwrap() })
    }

    pub fn schema_of(&self, kind: &str) -> Arc<Schema> {
        self.schema.resources[kind].clone()
    }

    /// A configuration as the engine hands it over: null where nothing is set.
    pub fn config(&self, kind: &str, set: Value) -> Value {
        fill(&self.schema_of(kind).block, set)
    }

    pub async fn plan(
        &self,
        kind: &str,
        prior: Option<&Object>,
        set: Value,
    ) -> Result<PlanReply, ProviderError> {
        let request = PlanRequest {
            address: address(kind, "x"),
            kind: kind.into(),
            schema: self.schema_of(kind),
            prior: prior.cloned(),
            config: self.config(kind, set),
        };
        self.connection.plan(request).await
    }

    /// Plans and makes an object.
    pub async fn make(&self, kind: &str, set: Value) -> Result<Object, ProviderError> {
        let planned = self.plan(kind, None, set).await?.planned;
        let request = CreateRequest {
            address: address(kind, "x"),
            kind: kind.into(),
            schema: self.schema_of(kind),
            planned,
            token: "token".into(),
        };
        self.connection.create(request).await
    }

    /// Plans and changes an object; it must be possible in place.
    pub async fn change(&self, kind: &str, prior: &Object, set: Value) -> Result<Object, ProviderError> {
        let reply = self.plan(kind, Some(prior), set).await?;
        assert_eq!(reply.replace, Vec::<Text>::new());
        let request = UpdateRequest {
            address: address(kind, "x"),
            kind: kind.into(),
            schema: self.schema_of(kind),
            prior: prior.clone(),
            planned: reply.planned,
        };
        self.connection.update(request).await
    }

    pub async fn read(&self, kind: &str, prior: &Object) -> Result<Option<Object>, ProviderError> {
        self.connection.read(self.read_request(kind, prior)).await
    }

    pub fn read_request(&self, kind: &str, prior: &Object) -> ReadRequest {
        ReadRequest {
            address: address(kind, "x"),
            kind: kind.into(),
            schema: self.schema_of(kind),
            prior: prior.clone(),
        }
    }

    pub async fn remove(&self, kind: &str, prior: &Object) -> Result<(), ProviderError> {
        let request = DeleteRequest {
            address: address(kind, "x"),
            kind: kind.into(),
            schema: self.schema_of(kind),
            prior: prior.clone(),
        };
        self.connection.delete(request).await
    }

    pub async fn import(&self, kind: &str, id: &str) -> Result<Object, ProviderError> {
        let request = ImportRequest {
            address: address(kind, "x"),
            kind: kind.into(),
            schema: self.schema_of(kind),
            id: id.into(),
        };
        self.connection.import(request).await
    }

    pub async fn data(&self, kind: &str, set: Value) -> Result<Value, ProviderError> {
        let schema = self.schema.data[kind].clone();
        let config = fill(&schema.block, set);
        let request = DataRequest { address: address(kind, "x"), kind: kind.into(), schema, config };
        self.connection.read_data(request).await
    }

    pub fn step(&self, id: StepId, kind: &str, operation: Operation) -> Step {
        let address = address(kind, &format!("x{id}"));
        Step {
            id,
            address,
            kind: kind.into(),
            schema: self.schema_of(kind),
            token: "token".into(),
            operation,
        }
    }

    pub async fn creation(&self, id: StepId, kind: &str, set: Value) -> Step {
        let planned = self.plan(kind, None, set).await.unwrap().planned;
        self.step(id, kind, Operation::Create { planned })
    }

    /// Hands steps over together; every one must have an outcome, and only after its intent.
    pub async fn apply(&self, steps: Vec<Step>) -> BTreeMap<StepId, Outcome> {
        let ledger = Book::default();
        let count = steps.len();
        self.connection.apply_many(steps, &ledger).await.unwrap();
        let outcomes = ledger.outcomes.into_inner().unwrap();
        assert_eq!(outcomes.len(), count);
        outcomes
    }

    /// What Consul itself answers.
    pub async fn get(&self, path: &str) -> serde_json::Value {
        let path: Vec<&str> = path.split('/').collect();
        self.raw.get(&path, &[]).await.unwrap().unwrap_or_default()
    }

    /// Writes past the provider.
    pub async fn put(&self, path: &str, body: serde_json::Value) {
        let path: Vec<&str> = path.split('/').collect();
        let answer: Option<serde_json::Value> =
            self.raw.ask(reqwest::Method::PUT, &path, &[], &body).await.unwrap();
        assert!(answer.is_some());
    }
}

/// Null for every attribute that is not set, in nested blocks too; empty lists for blocks.
pub fn fill(block: &BlockSchema, set: Value) -> Value {
    let given = set.as_map().cloned().unwrap_or_default();
    for name in given.keys() {
        assert!(
            block.attributes.contains_key(name) || block.blocks.contains_key(name),
            "no attribute {name}"
        );
    }
    let mut filled = ValueMap::new();
    for name in block.attributes.keys() {
        filled.insert(name.clone(), given.get(name).cloned().unwrap_or(Value::NULL));
    }
    for (name, nested) in &block.blocks {
        let blocks = given.get(name).and_then(Value::as_slice).unwrap_or_default();
        let blocks: Vec<Value> = blocks.iter().map(|value| fill(&nested.block, value.clone())).collect();
        let set = matches!(nested.nesting, Nesting::Set);
        filled.insert(name.clone(), if set { Value::set(blocks) } else { blocks.into() });
    }
    filled.into()
}

pub fn address(kind: &str, name: &str) -> prov::base::address::InstanceAddress {
    format!("{kind}.{name}").parse().unwrap()
}

/// A ledger that holds the provider to its duty.
#[derive(Default)]
pub struct Book {
    pub intended: Mutex<Vec<StepId>>,
    pub outcomes: Mutex<BTreeMap<StepId, Outcome>>,
    /// Refuses everything after so many outcomes.
    pub closes_after: Option<usize>,
}

#[async_trait]
impl Ledger for Book {
    async fn intend(&self, steps: &[Step]) -> Result<(), LedgerClosed> {
        self.intended.lock().unwrap().extend(steps.iter().map(|step| step.id));
        Ok(())
    }

    async fn record(&self, outcomes: Vec<(StepId, Outcome)>) -> Result<(), LedgerClosed> {
        let mut book = self.outcomes.lock().unwrap();
        for (id, outcome) in outcomes {
            assert!(self.intended.lock().unwrap().contains(&id), "an outcome without intent");
            assert!(book.insert(id, outcome).is_none(), "two outcomes for one step");
        }
        match self.closes_after {
            Some(most) if book.len() >= most => Err(LedgerClosed("the lock is lost".into())),
            _ => Ok(()),
        }
    }
}

/// Attributes by name.
pub fn object<const N: usize>(attributes: [(&str, Value); N]) -> Value {
    Value::map(attributes)
}

pub fn list<const N: usize>(texts: [&str; N]) -> Value {
    texts.map(Value::from).to_vec().into()
}
