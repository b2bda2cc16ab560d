//! A provider over a world in memory that keeps a log, can be told to fail, and counts how many calls run at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use prov::base::Text;
use prov::base::schema::{Attribute, BlockSchema, ProviderSchema, Schema};
use prov::base::types::Type;
use prov::base::value::Value;
use prov::engine::provider::*;

/// One object of the world.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    pub attributes: Value,
    pub token: Text,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing happens.
    Refused,
    /// It happens, and the answer is lost.
    AnswerLost,
    /// The object is made half-way.
    HalfMade,
    /// Nobody answers.
    Unreachable,
    /// The object that comes back is not what was planned.
    Liar,
}

#[derive(Default)]
pub struct World {
    pub things: BTreeMap<String, Thing>,
    pub log: Vec<String>,
    /// By `create NAME` and the like.
    pub faults: BTreeMap<String, Fault>,
    pub data: BTreeMap<String, String>,
    next: u64,
    running: usize,
    pub most_running: usize,
    pub reads: usize,
}

/// The provider, and by its clone the way a test looks at its world.
#[derive(Clone, Default)]
pub struct Fake {
    pub world: Arc<Mutex<World>>,
    pub batches: bool,
}

impl Fake {
    pub fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.world.lock().unwrap())
    }

    /// The names of all objects, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.with(|world| world.things.values().map(|thing| name(&thing.attributes)).collect());
        names.sort();
        names
    }

    /// What was done since the last look, in order.
    pub fn log(&self) -> Vec<String> {
        self.with(|world| std::mem::take(&mut world.log))
    }

    pub fn fail(&self, call: &str, fault: Fault) {
        self.with(|world| world.faults.insert(call.to_owned(), fault));
    }

    pub fn heal(&self) {
        self.with(|world| world.faults.clear());
    }
}

pub fn name(attributes: &Value) -> String {
    attributes.get("name").and_then(Value::as_str).unwrap_or("?").to_owned()
}

fn schema() -> ProviderSchema {
    let thing = BlockSchema {
        attributes: [
            ("name", Attribute::required(Type::string()).forces_replacement()),
            ("size", Attribute::optional(Type::int()).default(1)),
            ("link", Attribute::optional(Type::string())),
            ("links", Attribute::optional(Type::list(Type::string()))),
            ("tags", Attribute::optional(Type::map(Type::string()))),
            ("password", Attribute::optional(Type::string()).sensitive()),
            ("auto", Attribute::optional_computed(Type::string())),
            ("id", Attribute::computed(Type::string())),
        ]
        .into_iter()
        .map(|(name, attribute)| (name.into(), attribute))
        .collect(),
        ..BlockSchema::default()
    };
    let lookup = BlockSchema {
        attributes: [
            ("name", Attribute::required(Type::string())),
            ("value", Attribute::computed(Type::string())),
        ]
        .into_iter()
        .map(|(name, attribute)| (name.into(), attribute))
        .collect(),
        ..BlockSchema::default()
    };
    let config = BlockSchema {
        attributes: [("region".into(), Attribute::optional(Type::string()))].into_iter().collect(),
        ..BlockSchema::default()
    };
    ProviderSchema {
        name: "fake".into(),
        config: Schema::new(config, ""),
        resources: [("fake_thing".into(), Arc::new(Schema::new(thing, "")))].into_iter().collect(),
        data: [("fake_lookup".into(), Arc::new(Schema::new(lookup, "")))].into_iter().collect(),
    }
}

#[async_trait]
impl Provider for Fake {
    fn name(&self) -> &str {
        "fake"
    }

    fn schema(&self) -> Result<Arc<ProviderSchema>, ProviderError> {
        Ok(Arc::new(schema()))
    }

    async fn configure(&self, _: Value) -> Result<Arc<dyn Connection>, ProviderError> {
        Ok(Arc::new(self.clone()))
    }
}

impl Fake {
    /// Runs a call: counts it, lets others run, and answers the fault that is set for it.
    async fn enter(&self, call: &str) -> Option<Fault> {
        self.with(|world| {
            world.running += 1;
            world.most_running = world.most_running.max(world.running);
        });
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        self.with(|world| {
            world.running -= 1;
            world.faults.get(call).copied()
        })
    }
}

fn id(attributes: &Value) -> String {
    attributes.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn filled(planned: &Value, set: &[(&str, Value)]) -> Value {
    let mut map = planned.as_map().unwrap().clone();
    for (name, value) in set {
        if map.get(*name).is_none_or(Value::is_unknown) {
            map.insert((*name).into(), value.clone());
        }
    }
    map.into()
}

fn refused(call: &str, effect: Effect) -> ProviderError {
    ProviderError { effect, ..ProviderError::permanent(call, "no, says the other side") }
}

#[async_trait]
impl Connection for Fake {
    fn batches(&self) -> bool {
        self.batches
    }

    async fn read(&self, request: ReadRequest) -> Result<Option<Object>, ProviderError> {
        let call = format!("read {}", name(&request.prior.attributes));
        let fault = self.enter(&call).await;
        self.with(|world| world.reads += 1);
        match fault {
            Some(Fault::Unreachable) => return Err(ProviderError::unreachable(call, "connection refused")),
            Some(_) => return Err(ProviderError::permanent(call, "forbidden")),
            None => {}
        }
        let id = id(&request.prior.attributes);
        Ok(self.with(|world| world.things.get(&id).map(|thing| Object::new(thing.attributes.clone()))))
    }

    async fn create(&self, request: CreateRequest) -> Result<Object, ProviderError> {
        let call = format!("create {}", name(&request.planned));
        let fault = self.enter(&call).await;
        if fault == Some(Fault::Refused) {
            return Err(refused(&call, Effect::NotApplied));
        }
        let attributes = self.with(|world| {
            world.next += 1;
            world.log.push(call.clone());
            let id = format!("id-{}", world.next);
            let mut attributes =
                filled(&request.planned, &[("id", id.as_str().into()), ("auto", "made".into())]);
            if fault == Some(Fault::Liar) {
                let mut map = attributes.as_map().unwrap().clone();
                map.insert("size".into(), 99.into());
                attributes = map.into();
            }
            let token = request.token.clone();
            world.things.insert(id, Thing { attributes: attributes.clone(), token });
            attributes
        });
        match fault {
            Some(Fault::AnswerLost) => Err(refused(&call, Effect::Unknown)),
            Some(Fault::HalfMade) => Err(refused(&call, Effect::Partial(Box::new(Object::new(attributes))))),
            _ => Ok(Object::new(attributes)),
        }
    }

    async fn update(&self, request: UpdateRequest) -> Result<Object, ProviderError> {
        let call = format!("update {}", name(&request.planned));
        let fault = self.enter(&call).await;
        if fault == Some(Fault::Refused) {
            return Err(refused(&call, Effect::NotApplied));
        }
        self.with(|world| {
            world.log.push(call.clone());
            let thing = world.things.get_mut(&id(&request.prior.attributes)).unwrap();
            thing.attributes = request.planned.clone();
        });
        match fault {
            Some(Fault::AnswerLost) => Err(refused(&call, Effect::Unknown)),
            _ => Ok(Object::new(request.planned)),
        }
    }

    async fn delete(&self, request: DeleteRequest) -> Result<(), ProviderError> {
        let call = format!("delete {}", name(&request.prior.attributes));
        let fault = self.enter(&call).await;
        if fault == Some(Fault::Refused) {
            return Err(refused(&call, Effect::NotApplied));
        }
        self.with(|world| {
            world.log.push(call.clone());
            world.things.remove(&id(&request.prior.attributes));
        });
        match fault {
            Some(Fault::AnswerLost) => Err(refused(&call, Effect::Unknown)),
            _ => Ok(()),
        }
    }

    async fn import(&self, request: ImportRequest) -> Result<Object, ProviderError> {
        let found = self.with(|world| world.things.get(request.id.as_str()).map(|t| t.attributes.clone()));
        found
            .map(Object::new)
            .ok_or_else(|| ProviderError::permanent("import", format!("there is no {}", request.id)))
    }

    async fn read_data(&self, request: DataRequest) -> Result<Value, ProviderError> {
        let wanted = name(&request.config);
        self.with(|world| world.log.push(format!("data {wanted}")));
        let value = self.with(|world| world.data.get(&wanted).cloned());
        let value = value.ok_or_else(|| ProviderError::permanent("look up", format!("no {wanted}")))?;
        Ok(Value::map([("name", Value::from(wanted)), ("value", Value::from(value))]))
    }

    async fn recover(&self, step: Step) -> Result<Recovered, ProviderError> {
        self.with(|world| {
            Ok(match &step.operation {
                Operation::Create { .. } => {
                    match world.things.values().find(|thing| thing.token == step.token) {
                        Some(thing) => Recovered::Happened(Some(Object::new(thing.attributes.clone()))),
                        None => Recovered::NotHappened,
                    }
                }
                Operation::Update { prior, planned } => match world.things.get(&id(&prior.attributes)) {
                    Some(thing) if thing.attributes == *planned => {
                        Recovered::Happened(Some(Object::new(planned.clone())))
                    }
                    _ => Recovered::NotHappened,
                },
                Operation::Delete { prior } => match world.things.get(&id(&prior.attributes)) {
                    Some(_) => Recovered::NotHappened,
                    None => Recovered::Happened(None),
                },
            })
        })
    }
}
