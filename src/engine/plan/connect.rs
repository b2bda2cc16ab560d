//! Providers while a plan is made: configuring them, and reading back what the state says they made.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;
use rustc_hash::FxHashMap;

use super::marks;
use super::model::DriftedInstance;
use super::planner::Planner;
use super::world::Here;
use crate::base::address::InstanceAddress;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::schema::Schema;
use crate::base::value::Value;
use crate::engine::events::{Event, Found};
use crate::engine::expand::tree::ProviderUse;
use crate::engine::expand::{InstId, NodeId, PathId, Tree};
use crate::engine::faults;
use crate::engine::provider::{Connection, Fault, Object, ProviderError, ReadRequest, UpgradeRequest};
use crate::engine::state::{Instance, ProviderRef};
use crate::lang::resolve::program::BlockBody;

/// A provider block, or a provider without one, and its connection once there is one.
pub(crate) struct Slot {
    pub(crate) usage: ProviderUse,
    pub(crate) connection: Option<Arc<dyn Connection>>,
    /// Whether configuring it was tried.
    tried: bool,
    refreshed: bool,
}

/// All providers of a run.
pub(crate) struct Connections {
    pub(crate) slots: Vec<Slot>,
    by_use: FxHashMap<ProviderUse, usize>,
    by_reference: FxHashMap<ProviderRef, usize>,
}

impl Connections {
    pub(crate) fn new(tree: &Tree) -> Self {
        let mut this =
            Self { slots: Vec::new(), by_use: FxHashMap::default(), by_reference: FxHashMap::default() };
        for node in tree.graph.order() {
            if let Some(usage) = tree.provider(NodeId(*node)) {
                this.slot(usage.clone());
            }
        }
        this
    }

    fn slot(&mut self, usage: ProviderUse) -> usize {
        if let Some(slot) = self.by_use.get(&usage) {
            return *slot;
        }
        let slot = self.slots.len();
        self.by_reference.entry(usage.reference.clone()).or_insert(slot);
        self.by_use.insert(usage.clone(), slot);
        self.slots.push(Slot { usage, connection: None, tried: false, refreshed: false });
        slot
    }

    /// The slot of a resource's provider.
    pub(crate) fn of_use(&mut self, usage: &ProviderUse) -> usize {
        self.slot(usage.clone())
    }

    /// The slot for what the state names.
    pub(crate) fn of_reference(&mut self, tree: &Tree, reference: &ProviderRef) -> usize {
        match self.by_reference.get(reference) {
            Some(slot) => *slot,
            None => {
                self.slot(ProviderUse { reference: reference.clone(), node: tree.root_provider(reference) })
            }
        }
    }
}

impl Planner<'_> {
    /// Configures the provider of a block.
    pub(crate) async fn configure(&mut self, id: NodeId, path: PathId, at: u32) {
        let tree = self.world.tree.clone();
        let Some((key, block)) = tree.path(path).module.providers.get_index(at as usize) else { return };
        let reference = ProviderRef { name: key.name.clone(), alias: key.alias.clone() };
        let Some(schema) = self.world.schemas.provider(&key.name).cloned() else {
            let message = format!("there is no provider {}", key.name);
            return self.fail(id, [Diagnostic::new(codes::UNKNOWN_PROVIDER, block.span, message)]);
        };
        let subject = format!("provider.{reference}");
        let insts = self.world.instances.of_path(path).to_vec();
        let inst = match insts.as_slice() {
            [] => return,
            [inst] => *inst,
            _ => {
                let message =
                    format!("{subject} is configured inside a module that has {} instances", insts.len());
                let diagnostic = Diagnostic::new(codes::PROVIDER_CONFIGURATION, block.span, message)
                    .help("configure it in the root module and hand it over with `providers = { … }`");
                return self.fail(id, [diagnostic]);
            }
        };
        let settings = match self.world.eval_block(inst, &block.body, &schema.config.block, Here::NOWHERE) {
            Ok(settings) => settings,
            Err(error) => return self.fail(id, [*error]),
        };
        if !settings.is_wholly_known() {
            let unknown = settings
                .as_map()
                .and_then(|map| map.iter().find(|(_, value)| !value.is_wholly_known()))
                .map(|(name, _)| name.clone())
                .unwrap_or_default();
            let place = block
                .body
                .attributes
                .get(&unknown)
                .map_or(block.span, |argument| self.world.module(inst).expr(argument.value).span);
            let message = format!("{unknown} of {subject} must be known before anything is applied");
            let diagnostic = Diagnostic::new(codes::UNKNOWN_TOO_LATE, place, message).at_path(&subject);
            return self.fail(id, [diagnostic]);
        }
        let slot = self.connections.slot(ProviderUse { reference, node: Some(id) });
        if let Err(error) = self.connect(slot, settings).await {
            let failed = faults::failed(
                codes::PROVIDER_CONFIGURATION,
                &subject,
                "can't be used",
                &error,
                Some(block.span),
            );
            self.fail(id, [failed]);
        }
    }

    async fn connect(&mut self, slot: usize, settings: Value) -> Result<(), ProviderError> {
        let state = &mut self.connections.slots[slot];
        state.tried = true;
        let name = state.usage.reference.name.clone();
        let Some(provider) = self.request.providers.get(&name) else {
            return Err(ProviderError::permanent(
                format!("use the provider {name}"),
                "this version of prov does not have it",
            ));
        };
        state.connection = Some(provider.configure(settings).await?);
        Ok(())
    }

    /// The connection of a slot. One without a block is configured now; a failure is reported once, against `wanted`.
    pub(crate) async fn connection(
        &mut self,
        slot: usize,
        wanted: Option<crate::base::source::Span>,
    ) -> Option<Arc<dyn Connection>> {
        if !self.connections.slots[slot].tried {
            let ProviderUse { reference, node } = self.connections.slots[slot].usage.clone();
            let subject = format!("provider.{reference}");
            let report = |error: &ProviderError| {
                faults::failed(codes::PROVIDER_CONFIGURATION, &subject, "can't be used", error, wanted)
            };
            let settings = match self.world.schemas.provider(&reference.name).cloned() {
                _ if node.is_some() => Err(report(&ProviderError::permanent(
                    format!("use {subject}"),
                    "its settings depend on something that failed or is not known yet",
                ))),
                _ if reference.alias.is_some() => Err(report(
                    &ProviderError::permanent(format!("use {subject}"), "no provider block has this alias")
                        .help("add the block again until what it made is deleted"),
                )),
                None => Err(report(&ProviderError::permanent(
                    format!("use {subject}"),
                    "this version of prov does not have this provider",
                ))),
                Some(schema) => {
                    let body = BlockBody::default();
                    self.world
                        .eval_block(InstId(0), &body, &schema.config.block, Here::NOWHERE)
                        .map_err(|e| *e)
                }
            };
            let outcome = match settings {
                Ok(settings) => self.connect(slot, settings).await.map_err(|error| report(&error)),
                Err(diagnostic) => Err(diagnostic),
            };
            self.connections.slots[slot].tried = true;
            if let Err(diagnostic) = outcome {
                self.complain(diagnostic);
            }
        }
        self.connections.slots[slot].connection.clone()
    }

    /// Reads back everything the state has from this provider, once.
    pub(crate) async fn refresh(&mut self, slot: usize) {
        if std::mem::replace(&mut self.connections.slots[slot].refreshed, true) {
            return;
        }
        let Some(connection) = self.connections.slots[slot].connection.clone() else { return };
        self.recover(slot).await;
        let mut requests = Vec::new();
        for (address, instance) in self.instances.clone() {
            if self.connections.of_reference(&self.world.tree, &instance.provider) != slot {
                continue;
            }
            let Some((_, schema)) = self.world.schemas.resource(&address.resource.kind) else { continue };
            let schema = schema.clone();
            let instance = match self.upgraded(&*connection, &schema, instance).await {
                Ok(instance) => instance,
                Err(error) => {
                    self.unreadable(&address, &error);
                    continue;
                }
            };
            let node = self.world.tree.find_resource(&address.resource);
            if self.request.options.refresh && self.selection.has(node, &address) {
                let kind = address.resource.kind.clone();
                requests.push(ReadRequest { address, kind, schema, prior: instance.object.clone() });
            }
        }
        if requests.is_empty() {
            return;
        }
        if let Some(recorded) = self.request.recorded {
            for request in requests {
                if let Some(found) = recorded.found.get(&request.address) {
                    self.found(&request.address, &request.schema, found.clone());
                }
            }
            return;
        }
        self.request.events.on_event(Event::RefreshStarted { instances: requests.len() });
        let asked: Vec<_> = requests.iter().map(|r| (r.address.clone(), r.schema.clone())).collect();
        let replies = if connection.batches() {
            connection.read_many(requests).await
        } else {
            let at_once = self.parallelism(&*connection);
            stream::iter(requests.into_iter().map(|request| connection.read(request)))
                .buffered(at_once)
                .collect()
                .await
        };
        self.read_back(slot, asked, replies);
    }

    pub(crate) fn parallelism(&self, connection: &dyn Connection) -> usize {
        let own = connection.parallelism().unwrap_or(usize::MAX);
        own.min(self.request.options.parallelism).max(1)
    }

    /// Brings an instance up to its kind's present schema.
    async fn upgraded(
        &mut self,
        connection: &dyn Connection,
        schema: &Schema,
        instance: Arc<Instance>,
    ) -> Result<Arc<Instance>, ProviderError> {
        if instance.schema_version == schema.version {
            return Ok(instance);
        }
        let kind = instance.address.resource.kind.clone();
        if instance.schema_version > schema.version {
            return Err(ProviderError::permanent(
                format!("read the state of {kind}"),
                format!(
                    "its state was written under schema version {}, which is newer than {}",
                    instance.schema_version, schema.version
                ),
            )
            .help("use the newer version of prov that wrote it"));
        }
        let version = instance.schema_version;
        let object =
            connection.upgrade(UpgradeRequest { kind, version, object: instance.object.clone() }).await?;
        let upgraded = Arc::new(Instance { object, schema_version: schema.version, ..(*instance).clone() });
        self.instances.insert(upgraded.address.clone(), upgraded.clone());
        Ok(upgraded)
    }

    fn read_back(
        &mut self,
        slot: usize,
        asked: Vec<(InstanceAddress, Arc<Schema>)>,
        replies: Vec<Result<Option<Object>, ProviderError>>,
    ) {
        let mut unreachable: Option<(ProviderError, Vec<InstanceAddress>)> = None;
        let mut replies = replies.into_iter();
        for (address, schema) in asked {
            let reply = replies.next().unwrap_or_else(|| {
                Err(ProviderError::permanent(format!("read {address}"), "the provider gave no answer for it"))
            });
            let found = match reply {
                Ok(found) => self.found(&address, &schema, found),
                Err(error) if error.fault == Fault::Unreachable => {
                    unreachable.get_or_insert_with(|| (error, Vec::new())).1.push(address.clone());
                    Found::Failed
                }
                Err(error) => {
                    self.unreadable(&address, &error);
                    Found::Failed
                }
            };
            self.request.events.on_event(Event::Refreshed { address, found });
        }
        if let Some((error, addresses)) = unreachable {
            let subject = format!("provider.{}", self.connections.slots[slot].usage.reference);
            let node = self.connections.slots[slot].usage.node;
            let declared = node.and_then(|node| self.world.tree.declared(node));
            let happened = format!("can't read back {}", some_of(&addresses));
            self.complain(faults::failed(codes::READ_FAILED, &subject, &happened, &error, declared));
        }
    }

    fn unreadable(&mut self, address: &InstanceAddress, error: &ProviderError) {
        let node = self.world.tree.find_resource(&address.resource);
        let declared = node.and_then(|node| self.world.tree.declared(node));
        let diagnostic =
            faults::failed(codes::READ_FAILED, &address.to_string(), "could not be read", error, declared);
        self.complain(diagnostic);
    }

    fn found(&mut self, address: &InstanceAddress, schema: &Arc<Schema>, found: Option<Object>) -> Found {
        let Some(instance) = self.instances.get(address).cloned() else { return Found::Failed };
        let recorded = &instance.object.attributes;
        let Some(object) = found else {
            self.drift.push(DriftedInstance {
                address: address.clone(),
                schema: schema.clone(),
                recorded: recorded.clone(),
                actual: Value::NULL,
            });
            self.instances.shift_remove(address);
            self.gone.insert(address.clone(), instance);
            return Found::Gone;
        };
        let attributes = marks::restore(object.attributes, &schema.block, recorded);
        if marks::same_object(&attributes, recorded) {
            if object.private != instance.object.private {
                let object = Object { attributes: recorded.clone(), private: object.private };
                let renewed = Arc::new(Instance { object, ..(*instance).clone() });
                self.instances.insert(address.clone(), renewed);
            }
            return Found::Unchanged;
        }
        self.changed_outside.insert(address.clone(), marks::differing(recorded, &attributes));
        self.drift.push(DriftedInstance {
            address: address.clone(),
            schema: schema.clone(),
            recorded: recorded.clone(),
            actual: attributes.clone(),
        });
        let object = Object { attributes, private: object.private };
        self.instances.insert(address.clone(), Arc::new(Instance { object, ..(*instance).clone() }));
        Found::Drifted
    }
}

/// A few of many addresses, in words.
fn some_of(addresses: &[InstanceAddress]) -> String {
    let named: Vec<_> = addresses.iter().take(3).map(ToString::to_string).collect();
    match addresses.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
