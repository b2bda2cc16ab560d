//! Effects that an earlier run began and did not see the end of: what became of them is found out before anything
//! else is asked of their provider.

use std::sync::Arc;

use super::marks;
use super::planner::Planner;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::value::Value;
use crate::engine::events::Event;
use crate::engine::faults;
use crate::engine::provider::{Object, Operation, Recovered, Step};
use crate::engine::state::{Instance, InstanceStatus, Intent, IntentOperation, StateChange};

impl Planner<'_> {
    /// Settles the open intents of one provider.
    pub(crate) async fn recover(&mut self, slot: usize) {
        let Some(connection) = self.connections.slots[slot].connection.clone() else { return };
        for (at, intent) in self.request.state.intents.iter().enumerate() {
            if self.connections.of_reference(&self.world.tree, &intent.provider) != slot {
                continue;
            }
            let address = intent.address.clone();
            let kind = address.resource.kind.clone();
            let Some(schema) = self.world.schemas.resource(&kind).map(|(_, schema)| schema.clone()) else {
                continue;
            };
            let operation = match intent.operation.clone() {
                IntentOperation::Create { planned } => Operation::Create { planned },
                IntentOperation::Update { prior, planned } => Operation::Update { prior, planned },
                IntentOperation::Delete { prior, .. } => Operation::Delete { prior },
            };
            let block = schema.block.clone();
            let version = schema.version;
            let step = Step {
                id: at as u32,
                address: address.clone(),
                kind,
                schema,
                token: intent.token.clone(),
                operation,
            };
            let node = self.world.tree.find_resource(&address.resource);
            let declared = node.and_then(|node| self.world.tree.declared(node));
            let happened = match connection.recover(step).await {
                Ok(Recovered::Happened(object)) => {
                    let object = object.map(|object| {
                        let like = planned(intent);
                        Object { attributes: marks::restore(object.attributes, &block, like), ..object }
                    });
                    self.happened(intent, object, version);
                    Some(true)
                }
                Ok(Recovered::NotHappened) => {
                    self.recovered.push(StateChange::Settle(intent.token.clone()));
                    Some(false)
                }
                Ok(Recovered::Unknown(why)) => {
                    self.complain(unknown(intent, &why, declared));
                    None
                }
                Err(error) => {
                    let happened = "was being changed when an earlier run ended, and what became of it can't be found out";
                    let subject = address.to_string();
                    self.complain(faults::failed(codes::READ_FAILED, &subject, happened, &error, declared));
                    None
                }
            };
            self.request.events.on_event(Event::Recovered { address, happened });
        }
    }

    fn happened(&mut self, intent: &Intent, object: Option<Object>, schema_version: u64) {
        let address = &intent.address;
        // `moved` blocks are already followed here; the state itself follows them later.
        let present =
            self.moved.iter().find(|(_, from)| *from == address).map_or(address, |(to, _)| to).clone();
        let token = intent.token.clone();
        match (&intent.operation, object) {
            (IntentOperation::Delete { deposed: Some(deposed), .. }, None) => {
                self.deposed.shift_remove(&(address.clone(), deposed.clone()));
                self.recovered
                    .push(StateChange::RemoveDeposed { address: address.clone(), token: deposed.clone() });
            }
            (IntentOperation::Delete { .. }, None) => {
                self.instances.shift_remove(&present);
                self.recovered.push(StateChange::Remove(address.clone()));
            }
            (IntentOperation::Delete { .. }, Some(_)) | (_, None) => {}
            (operation, Some(object)) => {
                let instance = Instance {
                    address: address.clone(),
                    provider: intent.provider.clone(),
                    schema_version,
                    object,
                    status: InstanceStatus::Ready,
                    dependencies: intent.dependencies.clone(),
                    create_before_destroy: intent.create_before_destroy,
                };
                let made = matches!(operation, IntentOperation::Create { .. });
                if made && let Some(old) = self.instances.get(&present).cloned() {
                    self.deposed.insert((address.clone(), token.clone()), old);
                    self.recovered
                        .push(StateChange::Depose { address: address.clone(), token: token.clone() });
                }
                self.recovered.push(StateChange::Put(Box::new(instance.clone())));
                self.instances.insert(present.clone(), Arc::new(Instance { address: present, ..instance }));
            }
        }
        self.recovered.push(StateChange::Settle(token));
    }
}

fn planned(intent: &Intent) -> &Value {
    match &intent.operation {
        IntentOperation::Create { planned } | IntentOperation::Update { planned, .. } => planned,
        IntentOperation::Delete { .. } => &Value::NULL,
    }
}

fn unknown(intent: &Intent, why: &str, declared: Option<crate::base::source::Span>) -> Diagnostic {
    let doing = match intent.operation {
        IntentOperation::Create { .. } => "created",
        IntentOperation::Update { .. } => "updated",
        IntentOperation::Delete { .. } => "deleted",
    };
    let address = &intent.address;
    let message = format!(
        "{address} was being {doing} when an earlier run ended, and nobody can say what became of it"
    );
    let diagnostic = match declared {
        Some(span) => Diagnostic::new(codes::READ_FAILED, span, message),
        None => Diagnostic::without_place(codes::READ_FAILED, message),
    };
    diagnostic
        .note(why.to_owned())
        .note("it is not made again by itself, so that there are never two")
        .help(format!(
            "look for it by hand; then tell the state: `prov state rm {address}` if it does not exist, and `prov import` if it does"
        ))
        .at_path(address.to_string())
}
