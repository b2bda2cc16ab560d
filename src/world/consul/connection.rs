//! The engine's requests, spoken to one Consul.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::batch::{self, is_done};
use super::catalog::Wanted;
use super::claims::Claims;
use super::client::Client;
use super::resources::{Context, datacenter, keys, node, service};
use super::trouble::Trouble;
use super::values::agrees;
use super::{data, steps};
use crate::base::value::Value;
use crate::engine::plan::propose;
use crate::engine::provider::{
    Complaint, Connection, CreateRequest, DataRequest, DeleteRequest, ImportRequest, Ledger, LedgerClosed,
    Object, Operation, PlanReply, PlanRequest, ProviderError, ReadRequest, Recovered, Step, UpdateRequest,
    ValidateRequest,
};
use async_trait::async_trait;

/// A way to one Consul, as the engine uses it.
pub struct Consul {
    client: Client,
    /// Of the time since something was last applied.
    claims: RwLock<Arc<Claims>>,
}

impl Consul {
    /// Speaks through this client.
    pub fn new(client: Client) -> Self {
        Self { client, claims: RwLock::default() }
    }

    /// What is there for each request of one datacenter.
    async fn read_group(
        &self,
        datacenter: Option<String>,
        requests: &[&ReadRequest],
    ) -> Result<Vec<Result<Option<Object>, ProviderError>>, Trouble> {
        let secured = self.client.acl().await?;
        let mut wanted = Wanted::default();
        for request in requests {
            let checked = service::has_checks(&request.prior.attributes);
            steps::want(&request.kind, &request.prior.attributes, checked, &mut wanted);
        }
        let view = wanted.load(&self.client, datacenter.as_deref()).await?;
        let name = match datacenter {
            Some(name) => name,
            None => self.client.default_datacenter().await?,
        };
        let mut replies = Vec::with_capacity(requests.len());
        for request in requests {
            let prior = &request.prior.attributes;
            let found = steps::observed(&request.kind, prior, &view, &name);
            if found.is_none() && secured {
                let seen = steps::is_visible(&self.client, &request.kind, prior).await;
                if let Err(trouble) = seen {
                    replies.push(Err(
                        trouble.asked(format!("read {}", steps::called(&request.kind, prior)), false)
                    ));
                    continue;
                }
            }
            replies.push(Ok(found));
        }
        Ok(replies)
    }

    fn claims(&self) -> Arc<Claims> {
        self.claims.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was known of the catalog no longer holds.
    fn forget(&self) {
        *self.claims.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }

    async fn one(
        &self,
        address: crate::base::address::InstanceAddress,
        kind: crate::base::Text,
        schema: Arc<crate::base::schema::Schema>,
        operation: Operation,
    ) -> Result<Option<Object>, ProviderError> {
        self.forget();
        let step = Step { id: 0, address, kind, schema, token: Default::default(), operation };
        batch::perform_one(&self.client, step).await
    }
}

/// An object must be there after a create or update.
fn made(object: Option<Object>, asked: &str) -> Result<Object, ProviderError> {
    object.ok_or_else(|| {
        Trouble::conflict("it was done, and someone else has undone it since").asked(asked, true)
    })
}

#[async_trait]
impl Connection for Consul {
    fn batches(&self) -> bool {
        true
    }

    async fn validate(&self, request: ValidateRequest) -> Result<Vec<Complaint>, ProviderError> {
        Ok(match request.kind.as_str() {
            node::KIND => node::validate(&request.config),
            service::KIND => service::validate(&request.config),
            keys::KIND | keys::PREFIX_KIND => keys::validate(&request.config),
            _ => Vec::new(),
        })
    }

    async fn read(&self, request: ReadRequest) -> Result<Option<Object>, ProviderError> {
        let asked = format!("read {}", steps::called(&request.kind, &request.prior.attributes));
        let lost = || Err(ProviderError::permanent(asked, "no reply"));
        self.read_many(vec![request]).await.pop().unwrap_or_else(lost)
    }

    async fn read_many(&self, requests: Vec<ReadRequest>) -> Vec<Result<Option<Object>, ProviderError>> {
        let mut groups: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
        for (at, request) in requests.iter().enumerate() {
            let datacenter = datacenter(&request.prior.attributes).or_else(|| self.client.datacenter.clone());
            groups.entry(datacenter).or_default().push(at);
        }
        let mut replies: BTreeMap<usize, Result<Option<Object>, ProviderError>> = BTreeMap::new();
        for (datacenter, group) in groups {
            let of: Vec<&ReadRequest> = group.iter().map(|at| &requests[*at]).collect();
            match self.read_group(datacenter, &of).await {
                Ok(found) => replies.extend(group.into_iter().zip(found)),
                Err(trouble) => {
                    let failed = |request: &ReadRequest| {
                        let called = steps::called(&request.kind, &request.prior.attributes);
                        Err(trouble.clone().asked(format!("read {called}"), false))
                    };
                    replies.extend(group.into_iter().map(|at| (at, failed(&requests[at]))));
                }
            }
        }
        replies.into_values().collect()
    }

    async fn plan(&self, request: PlanRequest) -> Result<PlanReply, ProviderError> {
        let reply = propose::by_schema(&request);
        let asked = || format!("plan {}", steps::called(&request.kind, &request.config));
        let is_new = request.prior.is_none();
        let claims = self.claims();
        let datacenter = match is_new || !reply.replace.is_empty() {
            true => claims.datacenter(&self.client).await,
            false => self.client.datacenter.clone(),
        };
        let context = Context { datacenter };
        let reply = match request.kind.as_str() {
            node::KIND => node::plan(&request, reply, &context),
            service::KIND => {
                service::plan(&request, reply, &context).map_err(|trouble| trouble.asked(asked(), false))?
            }
            _ => return Ok(keys::plan(&request, reply, &context)),
        };
        if is_new {
            let checked = claims.check(&self.client, &request.kind, &reply.planned).await;
            checked.map_err(|trouble| trouble.asked(asked(), false))?;
        }
        Ok(reply)
    }

    async fn create(&self, request: CreateRequest) -> Result<Object, ProviderError> {
        let CreateRequest { address, kind, schema, planned, .. } = request;
        let asked = format!("register {}", steps::called(&kind, &planned));
        made(self.one(address, kind, schema, Operation::Create { planned }).await?, &asked)
    }

    async fn update(&self, request: UpdateRequest) -> Result<Object, ProviderError> {
        let UpdateRequest { address, kind, schema, prior, planned } = request;
        let asked = format!("update {}", steps::called(&kind, &planned));
        made(self.one(address, kind, schema, Operation::Update { prior, planned }).await?, &asked)
    }

    async fn delete(&self, request: DeleteRequest) -> Result<(), ProviderError> {
        let DeleteRequest { address, kind, schema, prior } = request;
        self.one(address, kind, schema, Operation::Delete { prior }).await.map(|_| ())
    }

    async fn import(&self, request: ImportRequest) -> Result<Object, ProviderError> {
        let asked = format!("import {} {:?}", request.kind, request.id);
        super::import::object(&self.client, &request).await.map_err(|trouble| trouble.asked(asked, false))
    }

    async fn read_data(&self, request: DataRequest) -> Result<Value, ProviderError> {
        let asked = format!("read data source {}", request.kind);
        data::read(&self.client, &request.kind, &request.config)
            .await
            .map_err(|trouble| trouble.asked(asked, false))
    }

    async fn recover(&self, step: Step) -> Result<Recovered, ProviderError> {
        let asked = format!("find out what became of: {}", steps::asked(&step));
        let found = batch::recover(&self.client, &step).await.map_err(|t| t.asked(asked, false))?;
        Ok(match (&step.operation, found) {
            (_, found) if is_done(&step, found.as_ref()) => Recovered::Happened(found),
            (_, None) | (Operation::Delete { .. }, Some(_)) => Recovered::NotHappened,
            // A create never changes what is there, so this is someone else's or was changed since.
            (Operation::Create { .. }, Some(_)) => Recovered::Unknown(format!(
                "{} is there, but not as planned",
                steps::called(&step.kind, steps::attributes(&step))
            )),
            (Operation::Update { prior, .. }, Some(found))
                if agrees(&prior.attributes, &found.attributes) =>
            {
                Recovered::NotHappened
            }
            // It is this configuration's, whatever was done to it since.
            (Operation::Update { .. }, Some(found)) => Recovered::Happened(Some(found)),
        })
    }

    async fn apply_many(&self, steps: Vec<Step>, ledger: &dyn Ledger) -> Result<(), LedgerClosed> {
        self.forget();
        batch::perform(&self.client, steps, ledger).await
    }
}
