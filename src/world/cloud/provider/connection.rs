//! One configured provider: the engine's requests as operations of a cloud.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::ask::{Asker, Waited};
use super::plan::{complaints, differs, plan};
use super::shape::{TIMEOUTS, object, sent, settable};
use super::{Settings, shape};
use crate::base::Text;
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{
    Complaint, Connection, CreateRequest, DataRequest, DeleteRequest, Effect, Fault, ImportRequest, Object,
    Operation as StepOperation, PlanReply, PlanRequest, ProviderError, ReadRequest, Recovered, Step,
    UpdateRequest, ValidateRequest,
};
use crate::world::cloud::api::{CloudApi, Description, Operation, State};
use crate::world::cloud::catalog::Catalog;
use crate::world::cloud::kind::Kind;

/// How long a read is tried again while it is refused for now.
const READ: Duration = Duration::from_secs(60);

/// What to do about a name that is in use.
const TAKEN: &str = "Someone else made it: import it, or choose another name.";

pub(super) struct CloudConnection {
    api: Arc<dyn CloudApi>,
    catalog: Arc<Catalog>,
    settings: Settings,
}

impl CloudConnection {
    pub(super) fn new(api: Arc<dyn CloudApi>, catalog: Arc<Catalog>, settings: Settings) -> Self {
        Self { api, catalog, settings }
    }

    fn kind(&self, name: &str) -> Result<&Arc<Kind>, ProviderError> {
        let missing =
            || ProviderError::permanent(format!("look up {name}"), "the mocked cloud has no such kind");
        self.catalog.get(name).ok_or_else(missing)
    }

    fn asker<'a>(&'a self, kind: &'a Arc<Kind>, time: Duration) -> Asker<'a> {
        Asker { api: &self.api, kind, region: &self.settings.region, deadline: Instant::now() + time }
    }

    fn object(&self, kind: &Kind, found: &Description, kept: Option<&Value>) -> Object {
        Object::new(object(kind, found, kept, &self.settings.default_tags))
    }

    /// The name an object will have: configured, or made from the token; `None` where the cloud gives one.
    fn chosen_id(&self, kind: &Kind, planned: &Value, token: &str) -> Option<Text> {
        if kind.assigned {
            return None;
        }
        if let Some(id) = planned.get(&kind.identity).and_then(Value::as_str) {
            return Some(id.into());
        }
        let prefix =
            planned.get(&format!("{}_prefix", kind.identity)).and_then(Value::as_str).unwrap_or("prov-");
        let token = token.to_ascii_lowercase();
        let suffix = token.chars().filter(char::is_ascii_alphanumeric).take(26);
        Some(prefix.chars().chain(suffix).collect())
    }

    /// Waits for a new or changed object; `kept` is what it shall be.
    async fn settle(
        &self,
        asker: &Asker<'_>,
        asked: impl Fn() -> String,
        id: &Text,
        kept: &Value,
    ) -> Result<Description, ProviderError> {
        let kind = asker.kind;
        let partial = |found: &Description| Effect::Partial(Box::new(self.object(kind, found, Some(kept))));
        let waited = match asker.until_available(id).await {
            Ok(found) => return Ok(found),
            Err(waited) => waited,
        };
        let failed = |answer: String, fault, effect, help: &str| ProviderError {
            asked: asked(),
            answer,
            help: Some(help.to_owned()),
            fault,
            effect,
        };
        Err(match waited {
            Waited::Failed(found) => failed(
                format!("it was accepted and then ended as {}", kind.states.failed),
                Fault::Permanent,
                partial(&found),
                "The next apply removes it and makes it anew.",
            ),
            Waited::TooLong(Some(found)) => failed(
                format!("it is still {} and time is up", state_word(found.state)),
                Fault::Passing,
                partial(&found),
                "Look at it in the cloud; `timeouts` sets how long is waited.",
            ),
            Waited::TooLong(None) | Waited::Gone => failed(
                "it was accepted and can't be found".to_owned(),
                Fault::Passing,
                Effect::Unknown,
                "Someone may have removed it; apply again.",
            ),
            Waited::Refused(error) => ProviderError {
                effect: Effect::Unknown,
                ..asker.refused(asked(), &kind.operations.describe, &error)
            },
        })
    }

    /// The object an interrupted create made, if it did.
    async fn made(
        &self,
        asker: &Asker<'_>,
        planned: &Value,
        token: &str,
    ) -> Result<Option<Description>, ProviderError> {
        let kind = asker.kind;
        let id = self.chosen_id(kind, planned, token);
        let found = match &id {
            Some(id) => asker.describe(id).await,
            None => asker.find_by_token(token).await,
        };
        let asked = || format!("find out whether a {} was made", kind.title);
        let found = found.map_err(|e| asker.refused(asked(), &kind.operations.describe, &e))?;
        // One that someone else made is not ours, whatever it is called.
        Ok(found.filter(|found| found.token == token))
    }
}

/// The name by which an object is known to the cloud.
fn known_id(kind: &Kind, values: &Value) -> Option<Text> {
    values.get(&kind.identity).and_then(Value::as_str).map(Text::from)
}

/// How long an operation may take: as configured in `timeouts`, else as its kind says.
fn limit(values: &Value, operation: &str, default: Duration) -> Duration {
    let configured = values.get(TIMEOUTS).and_then(|block| block.get(operation)).and_then(Value::as_str);
    configured.and_then(crate::world::cloud::parse_duration).unwrap_or(default)
}

fn state_word(state: State) -> String {
    format!("{state:?}").to_lowercase()
}

#[async_trait]
impl Connection for CloudConnection {
    async fn validate(&self, request: ValidateRequest) -> Result<Vec<Complaint>, ProviderError> {
        complaints(self.kind(&request.kind)?, &self.settings, &request.config)
    }

    async fn read(&self, request: ReadRequest) -> Result<Option<Object>, ProviderError> {
        let kind = self.kind(&request.kind)?;
        let prior = &request.prior.attributes;
        let Some(id) = known_id(kind, prior) else { return Ok(None) };
        let asker = self.asker(kind, READ);
        let asked = || format!("read {} {id}", kind.title);
        let refused = |e| asker.refused(asked(), &kind.operations.describe, &e);
        let Some(found) = asker.describe(&id).await.map_err(refused)? else { return Ok(None) };
        if found.state == State::Deleting {
            // Someone else removes it, or an interrupted run did: soon it is gone.
            let asker = self.asker(kind, limit(prior, "delete", kind.timeouts.delete));
            if asker.until_gone(&id).await.is_ok() {
                return Ok(None);
            }
        }
        Ok(Some(self.object(kind, &found, Some(prior))))
    }

    async fn plan(&self, request: PlanRequest) -> Result<PlanReply, ProviderError> {
        plan(self.kind(&request.kind)?, &self.settings, request)
    }

    async fn create(&self, request: CreateRequest) -> Result<Object, ProviderError> {
        let CreateRequest { kind, planned, token, .. } = request;
        let kind = self.kind(&kind)?;
        let asker = self.asker(kind, limit(&planned, "create", kind.timeouts.create));
        let id = self.chosen_id(kind, &planned, &token);
        let asked = || match &id {
            Some(id) => format!("create {} {id}", kind.title),
            None => format!("create a {}", kind.title),
        };
        let known = |(_, value): &(&Text, &Value)| !value.is_unknown();
        let mut attributes: ValueMap =
            sent(kind, &planned).filter(known).map(|(name, value)| (name.clone(), value.clone())).collect();
        if let Some(id) = &id {
            attributes.insert(kind.identity.clone(), id.clone().into());
        }
        let tags = shape::all_tags(planned.get("tags"), &self.settings.default_tags);
        let tags = tags.as_map().cloned().unwrap_or_default();
        if kind.overwrites
            && let Some(id) = &id
        {
            // The cloud would not mind; whoever made the other one would.
            let refused = |e| asker.refused(asked(), &kind.operations.describe, &e);
            let found = asker.describe(id).await.map_err(refused)?;
            if found.is_some_and(|found| found.token != token) {
                let answer = "there is one already, and creating it would overwrite that";
                return Err(ProviderError::permanent(asked(), answer).help(TAKEN));
            }
        }
        let create = Operation::Create { attributes, tags, token: token.clone() };
        let made = match asker.ask_object(create).await {
            Ok(made) => made.id,
            Err(error) => {
                // An answer may have been lost, this time or before: then the object is there, and ours.
                let lost = error.status == 0 || error.code == kind.errors.exists;
                let ours = if lost { self.made(&asker, &planned, &token).await? } else { None };
                match ours {
                    Some(found) => found.id,
                    None => {
                        let refused = asker.refused(asked(), &kind.operations.create, &error);
                        return Err(if error.code == kind.errors.exists {
                            refused.help(TAKEN)
                        } else {
                            refused
                        });
                    }
                }
            }
        };
        let found = self.settle(&asker, asked, &made, &planned).await?;
        Ok(self.object(kind, &found, Some(&planned)))
    }

    async fn update(&self, request: UpdateRequest) -> Result<Object, ProviderError> {
        let UpdateRequest { kind, prior, planned, .. } = request;
        let (kind, prior) = (self.kind(&kind)?, &prior.attributes);
        let asker = self.asker(kind, limit(&planned, "update", kind.timeouts.modify));
        let Some(id) = known_id(kind, prior) else {
            return Err(ProviderError::permanent(
                format!("update a {}", kind.title),
                "its name is not known",
            ));
        };
        let asked = || format!("update {} {id}", kind.title);
        let value = |name: &Text| planned.get(name).cloned().unwrap_or(Value::NULL);
        let changed = |name: &&Text| !value(name).is_unknown() && differs(&planned, prior, name);
        let mut changes: ValueMap = settable(kind)
            .filter(changed)
            .filter(|name| !kind.is_parameter(name))
            .map(|name| (name.clone(), value(name)))
            .collect();
        if !changes.is_empty() {
            let parameters =
                sent(kind, &planned).filter(|(name, value)| kind.is_parameter(name) && !value.is_unknown());
            changes.extend(parameters.map(|(name, value)| (name.clone(), value.clone())));
            let modify = Operation::Modify { id: id.clone(), changes };
            if let Err(error) = asker.ask_object(modify).await {
                return Err(asker.refused(asked(), &kind.operations.modify, &error));
            }
        }
        if kind.has_tags() {
            let all = |values: &Value| shape::all_tags(values.get("tags"), &self.settings.default_tags);
            let tags = all(&planned);
            if prior.get("tags_all").is_none_or(|before| before.kind != tags.kind) {
                let tags = tags.as_map().cloned().unwrap_or_default();
                if let Err(error) = asker.ask_object(Operation::Tag { id: id.clone(), tags }).await {
                    let refused = asker.refused(asked(), &kind.operations.tag, &error);
                    return Err(ProviderError { effect: Effect::Unknown, ..refused });
                }
            }
        }
        let found = self.settle(&asker, asked, &id, &planned).await?;
        Ok(self.object(kind, &found, Some(&planned)))
    }

    async fn delete(&self, request: DeleteRequest) -> Result<(), ProviderError> {
        let DeleteRequest { kind, prior, .. } = request;
        let (kind, prior) = (self.kind(&kind)?, &prior.attributes);
        let Some(id) = known_id(kind, prior) else { return Ok(()) };
        let asker = self.asker(kind, limit(prior, "delete", kind.timeouts.delete));
        let asked = || format!("delete {} {id}", kind.title);
        let parameters = sent(kind, prior).filter(|(name, _)| kind.is_parameter(name));
        let parameters = parameters.map(|(name, value)| (name.clone(), value.clone())).collect();
        match asker.ask_object(Operation::Delete { id: id.clone(), parameters }).await {
            Err(error) if asker.is_not_found(&error) => return Ok(()),
            Err(error) => return Err(asker.refused(asked(), &kind.operations.delete, &error)),
            Ok(_) => {}
        }
        let answer = match asker.until_gone(&id).await {
            Ok(()) => return Ok(()),
            Err(Waited::Refused(error)) => {
                let refused = asker.refused(asked(), &kind.operations.describe, &error);
                return Err(ProviderError { effect: Effect::Unknown, ..refused });
            }
            Err(Waited::Failed(found)) => {
                format!("it was accepted and then ended as {}", state_word(found.state))
            }
            Err(Waited::TooLong(_) | Waited::Gone) => {
                "it was accepted and is not done, and time is up".to_owned()
            }
        };
        let error = ProviderError::permanent(asked(), answer);
        Err(ProviderError { fault: Fault::Passing, effect: Effect::Unknown, ..error })
    }

    async fn import(&self, request: ImportRequest) -> Result<Object, ProviderError> {
        let kind = self.kind(&request.kind)?;
        let asker = self.asker(kind, READ);
        let asked = || format!("import {} {}", kind.title, request.id);
        match asker.describe(&request.id).await {
            Ok(Some(found)) => Ok(self.object(kind, &found, None)),
            Ok(None) => {
                Err(ProviderError::permanent(asked(), format!("there is none in {}", self.settings.region)))
            }
            Err(error) => Err(asker.refused(asked(), &kind.operations.describe, &error)),
        }
    }

    async fn read_data(&self, request: DataRequest) -> Result<Value, ProviderError> {
        let asked = format!("read the data source {}", request.kind);
        Err(ProviderError::permanent(asked, "the mocked cloud offers no data sources"))
    }

    async fn recover(&self, step: Step) -> Result<Recovered, ProviderError> {
        let kind = self.kind(&step.kind)?;
        match &step.operation {
            StepOperation::Create { planned } => {
                let asker = self.asker(kind, limit(planned, "create", kind.timeouts.create));
                let Some(found) = self.made(&asker, planned, &step.token).await? else {
                    return Ok(Recovered::NotHappened);
                };
                let asked = || format!("finish creating {} {}", kind.title, found.id);
                let found = self.settle(&asker, asked, &found.id, planned).await?;
                Ok(Recovered::Happened(Some(self.object(kind, &found, Some(planned)))))
            }
            StepOperation::Update { prior, planned } => {
                let asker = self.asker(kind, limit(planned, "update", kind.timeouts.modify));
                let Some(id) = known_id(kind, &prior.attributes) else { return Ok(Recovered::NotHappened) };
                let asked = || format!("finish updating {} {id}", kind.title);
                let found = self.settle(&asker, asked, &id, planned).await?;
                let object = self.object(kind, &found, Some(planned));
                let open = settable(kind)
                    .filter(|name| planned.get(name).is_some_and(|value| !value.is_unknown()))
                    .any(|name| differs(planned, &object.attributes, name));
                Ok(if open { Recovered::NotHappened } else { Recovered::Happened(Some(object)) })
            }
            StepOperation::Delete { prior } => {
                let prior = &prior.attributes;
                let asker = self.asker(kind, limit(prior, "delete", kind.timeouts.delete));
                let Some(id) = known_id(kind, prior) else { return Ok(Recovered::Happened(None)) };
                let asked = || format!("find out whether {} {id} was deleted", kind.title);
                let refused = |e| asker.refused(asked(), &kind.operations.describe, &e);
                match asker.describe(&id).await.map_err(refused)? {
                    None => Ok(Recovered::Happened(None)),
                    Some(found) if found.state == State::Deleting => match asker.until_gone(&id).await {
                        Ok(()) => Ok(Recovered::Happened(None)),
                        Err(_) => {
                            Ok(Recovered::Unknown(format!("{} {id} is still being deleted", kind.title)))
                        }
                    },
                    Some(_) => Ok(Recovered::NotHappened),
                }
            }
        }
    }
}
