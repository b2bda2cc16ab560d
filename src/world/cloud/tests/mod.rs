//! The declared kinds, the simulator and the provider, as a user meets them.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::provider::aws;
use super::simulator::{Disk, shaped, whole};
use super::{CloudOptions, catalog, codec};
use crate::base::address::InstanceAddress;
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{
    Connection, CreateRequest, DeleteRequest, Object, Operation, PlanReply, PlanRequest, ProviderError,
    ReadRequest, Step, UpdateRequest, ValidateRequest,
};
use crate::world::cloud::kind::Kind;

mod admin;
mod faults;
mod kinds;
mod lifecycle;
mod modules;
mod rules;
mod schema;

/// A mocked cloud in a directory of its own, and a provider configured for it.
struct Cloud {
    directory: TempDir,
    connection: Arc<dyn Connection>,
}

const TOKEN: &str = "01JDEMO000000000000000TOKEN";

impl Cloud {
    async fn new() -> Self {
        Self::with(json!({ "region": "eu-west-1" })).await
    }

    async fn with(config: Json) -> Self {
        let directory = TempDir::new().unwrap();
        let provider = aws::provider(CloudOptions { directory: directory.path().to_owned() });
        let connection = provider.configure(codec::from_json(&config).unwrap()).await.unwrap();
        Self { directory, connection }
    }

    fn disk(&self) -> Disk {
        Disk::new(self.directory.path())
    }

    fn file(&self, path: &str) -> std::path::PathBuf {
        self.directory.path().join(path)
    }

    /// Rewrites one of the cloud's files as a person would.
    fn edit(&self, path: &str, change: impl FnOnce(&mut Json)) {
        let path = self.file(path);
        let mut json: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut json);
        std::fs::write(path, serde_json::to_vec(&json).unwrap()).unwrap();
    }

    fn faults(&self, rules: Json) {
        std::fs::write(self.file("faults.json"), json!({ "faults": rules }).to_string()).unwrap();
    }

    /// How many calls of an operation there were.
    fn calls(&self, operation: &str) -> usize {
        self.disk().calls().unwrap().iter().filter(|call| call["operation"] == operation).count()
    }

    async fn plan(
        &self,
        kind: &str,
        prior: Option<&Object>,
        config: Json,
    ) -> Result<PlanReply, ProviderError> {
        let config = config_of(kind, config);
        let request = ValidateRequest { kind: kind.into(), config: config.clone() };
        if let Some(complaint) = self.connection.validate(request).await?.into_iter().next() {
            return Err(ProviderError::permanent("validate", complaint.message));
        }
        let (address, schema) = (address(kind), kind_of(kind).schema.clone());
        let request = PlanRequest { address, kind: kind.into(), schema, prior: prior.cloned(), config };
        self.connection.plan(request).await
    }

    async fn create(&self, kind: &str, config: Json) -> Result<Object, ProviderError> {
        let planned = self.plan(kind, None, config).await?.planned;
        let (address, schema) = (address(kind), kind_of(kind).schema.clone());
        let request = CreateRequest { address, kind: kind.into(), schema, planned, token: TOKEN.into() };
        self.connection.create(request).await
    }

    async fn update(&self, kind: &str, prior: &Object, config: Json) -> Result<Object, ProviderError> {
        let reply = self.plan(kind, Some(prior), config).await?;
        assert!(reply.replace.is_empty(), "{:?}", reply.replace);
        let (address, schema, prior) = (address(kind), kind_of(kind).schema.clone(), prior.clone());
        let request = UpdateRequest { address, kind: kind.into(), schema, prior, planned: reply.planned };
        self.connection.update(request).await
    }

    async fn read(&self, kind: &str, prior: &Object) -> Result<Option<Object>, ProviderError> {
        let (address, schema, prior) = (address(kind), kind_of(kind).schema.clone(), prior.clone());
        self.connection.read(ReadRequest { address, kind: kind.into(), schema, prior }).await
    }

    async fn delete(&self, kind: &str, prior: &Object) -> Result<(), ProviderError> {
        let (address, schema, prior) = (address(kind), kind_of(kind).schema.clone(), prior.clone());
        self.connection.delete(DeleteRequest { address, kind: kind.into(), schema, prior }).await
    }

    async fn recover(&self, kind: &str, operation: Operation) -> crate::engine::provider::Recovered {
        let (address, schema) = (address(kind), kind_of(kind).schema.clone());
        let step = Step { id: 0, address, kind: kind.into(), schema, token: TOKEN.into(), operation };
        self.connection.recover(step).await.unwrap()
    }
}

fn kind_of(name: &str) -> Arc<Kind> {
    catalog::builtin().unwrap_or_else(|e| panic!("{e}")).get(name).unwrap().clone()
}

fn address(kind: &str) -> InstanceAddress {
    format!("{kind}.this").parse().unwrap()
}

/// A configuration as the engine hands it over: every attribute, each of its type.
fn config_of(kind: &str, config: Json) -> Value {
    let kind = kind_of(kind);
    let Value { kind: crate::base::value::Kind::Map(map), .. } = codec::from_json(&config).unwrap() else {
        panic!("a configuration is an object")
    };
    let shape = |(name, value): (&crate::base::Text, &Value)| {
        (name.clone(), shaped(name, value.clone(), &kind.schema).unwrap_or_else(|e| panic!("{e}")))
    };
    whole(&map.iter().map(shape).collect::<ValueMap>(), &kind).into()
}

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object
        .attributes
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{name} in {:?}", object.attributes))
}

const DB: &str = "aws_db_instance";
const DB_FILE: &str = "rds/eu-west-1/aws_db_instance/core.json";

/// A small database.
fn db() -> Json {
    json!({
        "identifier": "core",
        "engine": "postgres",
        "instance_class": "db.t4g.micro",
        "allocated_storage": 20,
        "username": "master",
        "manage_master_user_password": true,
        "skip_final_snapshot": true
    })
}

/// An object with further or other entries.
fn with(mut json: Json, more: Json) -> Json {
    for (name, value) in more.as_object().unwrap() {
        json[name] = value.clone();
    }
    json
}
