//! Planning resources and reading data sources: which instances there are, what is asked of their providers, and what
//! follows from the answers.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;

use super::expansion::{Late, Repetition};
use super::marks;
use super::model::{Action, Reason};
use super::planner::{Draft, Planner};
use super::world::Row;
use crate::base::Text;
use crate::base::address::{InstanceAddress, InstanceKey, Mode, ResourceAddress, Target};
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::schema::Schema;
use crate::base::source::Span;
use crate::base::value::Value;
use crate::engine::events::Event;
use crate::engine::expand::instances::MAX_INSTANCES;
use crate::engine::expand::{Expansion, InstId, Node, NodeId, RowId};
use crate::engine::faults;
use crate::engine::provider::{
    Complaint, Connection, DataRequest, ImportRequest, Object, PlanRequest, ProviderError, ValidateRequest,
};
use crate::engine::state::{Instance, InstanceStatus, ProviderRef};
use crate::lang::resolve::program::IgnoreChanges;

/// One question to a provider.
pub(crate) struct Ask {
    pub(crate) row: RowId,
    connection: Arc<dyn Connection>,
    question: Question,
}

enum Question {
    Plan { request: PlanRequest, anew: bool },
    Import { request: ImportRequest, config: Value, ignored: IgnoreChanges },
    Data(DataRequest),
}

enum Answer {
    Planned { complaints: Vec<Complaint>, planned: Value, replace: Vec<Text> },
    Imported { object: Object, config: Value, complaints: Vec<Complaint>, planned: Value, replace: Vec<Text> },
    Data { complaints: Vec<Complaint>, value: Value },
    Failed(ProviderError),
}

impl Planner<'_> {
    /// Plans resources that do not depend on each other.
    pub(crate) async fn resources(&mut self, nodes: &[NodeId]) {
        let mut asks = Vec::new();
        for node in nodes {
            self.rows_of(*node, &mut asks).await;
        }
        let at_once = self.request.options.parallelism.max(1);
        let rows: Vec<_> = asks.iter().map(|ask| ask.row).collect();
        for ask in &asks {
            if let Question::Data(request) = &ask.question {
                let address = request.address.clone();
                self.request.events.on_event(Event::DataRead { address, finished: false });
            }
        }
        let answers: Vec<_> =
            stream::iter(asks.into_iter().map(Ask::answer)).buffered(at_once).collect().await;
        for (row, answer) in rows.into_iter().zip(answers) {
            self.answered(row, answer);
        }
        for node in nodes {
            self.settle(*node);
        }
    }

    /// Finds the instances of a resource and what is to be asked about them.
    async fn rows_of(&mut self, node: NodeId, asks: &mut Vec<Ask>) {
        let tree = self.world.tree.clone();
        let (path, Node::Resource(at)) = tree.node(node) else { return };
        let Some(resource) = tree.resource(node) else { return };
        let schema = match resource.key.mode {
            Mode::Managed => self.world.schemas.resource(&resource.key.kind),
            Mode::Data => self.world.schemas.data(&resource.key.kind),
        };
        let schema = schema.map(|(_, schema)| schema.clone());
        let (Some(schema), Some(usage)) = (schema, tree.provider(node)) else {
            let message = format!("no provider offers {}", resource.key.kind);
            return self
                .fail(node, [Diagnostic::new(codes::UNKNOWN_RESOURCE_KIND, resource.kind_span, message)]);
        };
        let slot = self.connections.of_use(usage);
        let Some(connection) = self.connection(slot, Some(resource.kind_span)).await else {
            self.flag(node).failed = true;
            return;
        };
        if resource.key.mode == Mode::Managed {
            self.refresh(slot).await;
        }
        let imports = self.imports_of(node);
        let repetition = Repetition {
            count: resource.count,
            for_each: resource.for_each,
            enabled: resource.lifecycle.enabled,
        };
        for inst in self.world.instances.of_path(path).to_vec() {
            let module = self.world.instances.get(inst).address.clone();
            let key = &resource.key;
            let address =
                ResourceAddress { module, mode: key.mode, kind: key.kind.clone(), name: key.name.clone() };
            let keys = match self.world.keys(inst, repetition, &address.to_string()) {
                Ok(keys) => keys,
                Err(Late::Failed(error)) => {
                    self.fail(node, [*error]);
                    continue;
                }
                Err(Late::Deferred(span)) => {
                    self.defer(node, Target::Resource(address, None), span);
                    continue;
                }
            };
            if self.world.rows.len() as u64 + keys.len() > MAX_INSTANCES {
                let message = format!("{address} brings the configuration over {MAX_INSTANCES} instances");
                return self.fail(node, [Diagnostic::new(codes::LIMIT_EXCEEDED, resource.span, message)]);
            }
            let count = keys.len() as usize;
            let first = self.world.rows.len() as u32;
            let members = (first..first + count as u32).map(RowId).collect();
            let addresses: Vec<_> = (0..count).map(|n| address.instance(keys.key(n))).collect();
            self.world.instances.get_mut(inst).resources[at as usize] = Expansion::new(keys, members);
            for (n, address) in addresses.into_iter().enumerate() {
                let import = imports.get(&address).map(|(id, _)| id.clone());
                self.add_row(node, inst, n as u32, address, &schema, slot);
                let row = RowId(first + n as u32);
                asks.extend(self.question(row, import, &connection));
            }
        }
        for (address, (_, span)) in imports {
            if self.world.tree.find_resource(&address.resource) == Some(node)
                && !self.world.rows.iter().rev().any(|row| row.node == node && row.address == address)
            {
                let message =
                    format!("{address} is to be imported, and the configuration has no such instance");
                self.complain(Diagnostic::new(codes::PLAN_FAILED, span, message));
            }
        }
    }

    pub(super) fn add_row(
        &mut self,
        node: NodeId,
        inst: InstId,
        at: u32,
        address: InstanceAddress,
        schema: &Arc<Schema>,
        slot: usize,
    ) {
        let managed = address.resource.mode == Mode::Managed;
        let prior = if managed { self.prior(&address) } else { None };
        let moved_from = self.moved.get(&address).cloned();
        let known = prior.as_ref().map(|instance| instance.object.attributes.clone());
        let value =
            known.unwrap_or_else(|| Value::unknown(schema.object_type(&address.resource.kind).clone()));
        self.world.rows.push(Row { node, inst, at, address, value });
        self.drafts.push(Draft {
            schema: schema.clone(),
            slot,
            prior,
            config: Value::NULL,
            action: Action::NoOp,
            planned: Value::NULL,
            reasons: Vec::new(),
            moved_from,
            imported: None,
            create_before_destroy: false,
            planned_for: false,
            open: false,
            conditions_open: false,
        });
    }

    /// What the state has for an address. An instance that got or lost its `count` is the same instance.
    fn prior(&mut self, address: &InstanceAddress) -> Option<Arc<Instance>> {
        if let Some(instance) = self.instances.get(address) {
            self.claimed.insert(address.clone());
            return Some(instance.clone());
        }
        let other = match &address.key {
            None => Some(InstanceKey::Index(0)),
            Some(InstanceKey::Index(0)) => None,
            Some(_) => return None,
        };
        let from = address.resource.instance(other);
        if self.claimed.contains(&from) || self.gone.contains_key(address) {
            return None;
        }
        let instance = self.instances.shift_remove(&from)?;
        let moved = Arc::new(Instance { address: address.clone(), ..(*instance).clone() });
        let origin = self.moved.remove(&from).unwrap_or(from);
        self.moved.insert(address.clone(), origin);
        self.instances.insert(address.clone(), moved.clone());
        self.claimed.insert(address.clone());
        Some(moved)
    }

    /// Works out a row's arguments; answers what its provider is to be asked.
    fn question(&mut self, id: RowId, import: Option<Text>, connection: &Arc<dyn Connection>) -> Option<Ask> {
        let tree = self.world.tree.clone();
        let row = self.world.row(id);
        let (node, inst) = (row.node, row.inst);
        let resource = tree.resource(node)?;
        let address = row.address.clone();
        let data = address.resource.mode == Mode::Data;
        if !self.selection.has(Some(node), &address) || (self.is_passive() && !data) {
            return None;
        }
        if self.request.options.destroy && !self.wanted.contains(&node) {
            return None;
        }
        let subject = address.to_string();
        let here = self.world.here(row);
        let lifecycle = &resource.lifecycle;
        let preconditions = self.world.all_hold(inst, &lifecycle.preconditions, here, &subject);
        let schema = self.draft(id).schema.clone();
        let config = self.world.arguments(id, &schema);
        let cbd = lifecycle.create_before_destroy.map(|expr| self.world.eval(inst, expr, here));
        let conditions_open = match preconditions {
            Ok(decided) => !decided,
            Err(broken) => {
                self.fail(node, broken);
                return None;
            }
        };
        let config = match config {
            Ok(config) => config,
            Err(complaints) => {
                if self.is_passive() {
                    self.flag(node).failed = true;
                } else {
                    self.fail(node, complaints);
                }
                return None;
            }
        };
        let cbd = match cbd.transpose() {
            Ok(value) => value.is_some_and(|value| value.as_bool() == Some(true)),
            Err(error) => {
                self.fail(node, [*error]);
                return None;
            }
        };
        let open = !config.is_wholly_known();
        let pending = data && self.waits(node);
        let draft = &mut self.drafts[id.0 as usize];
        draft.create_before_destroy = cbd;
        draft.conditions_open = conditions_open;
        draft.open = open;
        draft.planned_for = true;
        let connection = connection.clone();
        let kind = address.resource.kind.clone();
        if data {
            draft.config = config.clone();
            if let Some(value) =
                self.request.recorded.and_then(|recorded| recorded.data.get(&address)).cloned()
            {
                self.read(id, value);
                return None;
            }
            if open || pending {
                self.read_later(id);
                return None;
            }
            let request = DataRequest { address, kind, schema, config };
            return Some(Ask { row: id, connection, question: Question::Data(request) });
        }
        let prior = draft.prior.as_ref().map(|instance| instance.object.clone());
        let config = match &prior {
            Some(prior) => {
                super::ignore::apply(&lifecycle.ignore_changes, config, &prior.attributes, &schema)
            }
            None => config,
        };
        self.drafts[id.0 as usize].config = config.clone();
        if prior.is_none()
            && let Some(id_outside) = import
        {
            self.drafts[id.0 as usize].imported = Some(id_outside.clone());
            let request = ImportRequest { address, kind, schema, id: id_outside };
            let ignored = lifecycle.ignore_changes.clone();
            return Some(Ask {
                row: id,
                connection,
                question: Question::Import { request, config, ignored },
            });
        }
        let anew = prior.is_some() && self.must_be_replaced(id, &resource.lifecycle.replace_triggered_by);
        let request = PlanRequest { address, kind, schema, prior, config };
        Some(Ask { row: id, connection, question: Question::Plan { request, anew } })
    }

    /// Whether something other than its arguments asks for a new object; records why.
    fn must_be_replaced(&mut self, id: RowId, triggers: &[crate::lang::resolve::program::ExprId]) -> bool {
        let mut reasons = Vec::new();
        let address = &self.world.row(id).address;
        let tainted =
            self.draft(id).prior.as_ref().is_some_and(|prior| prior.status == InstanceStatus::Tainted);
        if tainted {
            reasons.push(Reason::Tainted);
        }
        if self.request.options.replace.contains(address) {
            reasons.push(Reason::Requested);
        }
        reasons.extend(self.triggers(id, triggers).into_iter().map(Reason::Triggered));
        let any = !reasons.is_empty();
        self.drafts[id.0 as usize].reasons.extend(reasons);
        any
    }

    fn answered(&mut self, id: RowId, answer: Answer) {
        let node = self.world.row(id).node;
        let address = self.world.row(id).address.clone();
        let declared = self.world.tree.declared(node);
        let prior = self.draft(id).prior.as_ref().map(|instance| instance.object.clone());
        match answer {
            Answer::Failed(error) => {
                let (code, happened) = match (&address.resource.mode, &self.draft(id).imported) {
                    (Mode::Data, _) => (codes::READ_FAILED, "could not be read".to_owned()),
                    (_, Some(import)) => {
                        (codes::READ_FAILED, format!("could not be imported from {import:?}"))
                    }
                    _ => (codes::PLAN_FAILED, "could not be planned".to_owned()),
                };
                self.fail(node, [faults::failed(code, &address.to_string(), &happened, &error, declared)]);
            }
            Answer::Data { complaints, value } => {
                self.request.events.on_event(Event::DataRead { address, finished: true });
                if !self.refused(id, complaints) {
                    self.read(id, value);
                }
            }
            Answer::Planned { complaints, planned, replace } => {
                if !self.refused(id, complaints) {
                    self.planned(id, prior, planned, replace);
                }
            }
            Answer::Imported { object, config, complaints, planned, replace } => {
                self.drafts[id.0 as usize].config = config;
                let reference = self.provider_of(id);
                let schema = self.draft(id).schema.clone();
                let attributes = marks::restore(object.attributes, &schema.block, &self.draft(id).config);
                let object = Object { attributes, private: object.private };
                let instance = Instance {
                    address,
                    provider: reference,
                    schema_version: schema.version,
                    object: object.clone(),
                    status: InstanceStatus::Ready,
                    dependencies: Vec::new(),
                    create_before_destroy: self.draft(id).create_before_destroy,
                };
                self.drafts[id.0 as usize].prior = Some(Arc::new(instance));
                if !self.refused(id, complaints) {
                    self.planned(id, Some(object), planned, replace);
                }
            }
        }
    }

    /// Reports rules that do not hold; whether there were any.
    fn refused(&mut self, id: RowId, complaints: Vec<Complaint>) -> bool {
        if complaints.is_empty() {
            return false;
        }
        let row = self.world.row(id);
        let (node, address) = (row.node, row.address.clone());
        let place = |attribute: Option<&Text>| -> Option<(Span, Option<Span>)> {
            let resource = self.world.tree.resource(node)?;
            let module = &self.world.tree.path(self.world.tree.node(node).0).module;
            let argument = attribute.and_then(|name| resource.body.attributes.get(name));
            Some(match argument {
                Some(argument) => (module.expr(argument.value).span, Some(resource.span)),
                None => (resource.span, None),
            })
        };
        let diagnostics: Vec<_> = complaints
            .into_iter()
            .map(|complaint| {
                let path = match &complaint.attribute {
                    Some(attribute) => format!("{address}.{attribute}"),
                    None => address.to_string(),
                };
                let message = format!("{path}: {}", complaint.message);
                let diagnostic = match place(complaint.attribute.as_ref()) {
                    Some((span, Some(resource))) => {
                        Diagnostic::new(codes::PLAN_FAILED, span, message).label(resource, "of this resource")
                    }
                    Some((span, None)) => Diagnostic::new(codes::PLAN_FAILED, span, message),
                    None => Diagnostic::without_place(codes::PLAN_FAILED, message),
                };
                diagnostic.at_path(path)
            })
            .collect();
        self.fail(node, diagnostics);
        true
    }

    /// A data source has a value.
    fn read(&mut self, id: RowId, value: Value) {
        let draft = self.draft(id);
        let value = marks::restore(value, &draft.schema.block, &draft.config);
        self.data.insert(self.world.row(id).address.clone(), value.clone());
        self.drafts[id.0 as usize].planned = value.clone();
        self.world.set_row(id, value);
    }

    /// A data source has to wait.
    fn read_later(&mut self, id: RowId) {
        let draft = self.draft(id);
        let request = PlanRequest {
            address: self.world.row(id).address.clone(),
            kind: self.world.row(id).address.resource.kind.clone(),
            schema: draft.schema.clone(),
            prior: None,
            config: draft.config.clone(),
        };
        let planned = super::propose::by_schema(&request).planned;
        let draft = &mut self.drafts[id.0 as usize];
        draft.action = Action::Read;
        draft.reasons.push(Reason::ReadLater);
        draft.planned = planned.clone();
        self.world.set_row(id, planned);
    }

    fn planned(&mut self, id: RowId, prior: Option<Object>, planned: Value, replace: Vec<Text>) {
        let address = self.world.row(id).address.clone();
        let drifted = self.changed_outside.get(&address).cloned();
        let gone = self.gone.contains_key(&address);
        let draft = &mut self.drafts[id.0 as usize];
        let planned = marks::restore(planned, &draft.schema.block, &draft.config);
        draft.action = match prior {
            None => {
                draft.reasons.push(if gone { Reason::GoneOutside } else { Reason::New });
                Action::Create
            }
            Some(_) if !replace.is_empty() || !draft.reasons.is_empty() => {
                draft.reasons.extend(replace.into_iter().map(Reason::ForcesReplacement));
                Action::Replace
            }
            Some(prior) if marks::same_object(&planned, &prior.attributes) => match draft.imported {
                Some(_) => Action::Import,
                None => Action::NoOp,
            },
            Some(_) => Action::Update,
        };
        if let Some(names) = drifted
            && matches!(draft.action, Action::Update | Action::Replace)
        {
            draft.reasons.push(Reason::ChangedOutside(names));
        }
        draft.planned = planned.clone();
        self.world.set_row(id, planned);
    }

    /// After all instances of a resource are planned: what protects it, its postconditions, and whether what refers to
    /// it must expect changes.
    fn settle(&mut self, node: NodeId) {
        let tree = self.world.tree.clone();
        let (path, Node::Resource(at)) = tree.node(node) else { return };
        let Some(resource) = tree.resource(node) else { return };
        let mut pending = false;
        for inst in self.world.instances.of_path(path).to_vec() {
            let members = self.world.instances.get(inst).resources[at as usize].members.clone();
            for id in members {
                let action = self.draft(id).action;
                pending |= !matches!(action, Action::NoOp | Action::Import);
                if !self.draft(id).planned_for || self.flags[node.0 as usize].failed {
                    continue;
                }
                if action == Action::Replace {
                    self.guard(id, resource.lifecycle.prevent_destroy);
                }
                if resource.lifecycle.postconditions.is_empty() || self.is_passive() {
                    continue;
                }
                let row = self.world.row(id);
                let here = super::world::Here { this: Some(&row.value), ..self.world.here(row) };
                let subject = row.address.to_string();
                match self.world.all_hold(inst, &resource.lifecycle.postconditions, here, &subject) {
                    Ok(decided) => self.drafts[id.0 as usize].conditions_open |= !decided,
                    Err(broken) => self.fail(node, broken),
                }
            }
        }
        self.flag(node).pending = pending;
    }

    pub(crate) fn provider_of(&self, id: RowId) -> ProviderRef {
        self.connections.slots[self.draft(id).slot].usage.reference.clone()
    }
}

impl Ask {
    async fn answer(self) -> Answer {
        let Self { connection, question, .. } = self;
        self::answer(&*connection, question).await.unwrap_or_else(Answer::Failed)
    }
}

async fn answer(connection: &dyn Connection, question: Question) -> Result<Answer, ProviderError> {
    match question {
        Question::Plan { request, anew } => {
            let (complaints, planned, replace) = plan(connection, request, anew).await?;
            Ok(Answer::Planned { complaints, planned, replace })
        }
        Question::Import { request, config, ignored } => {
            let ImportRequest { address, kind, schema, .. } = request.clone();
            let object = connection.import(request).await?;
            let prior = Some(object.clone());
            let config = super::ignore::apply(&ignored, config, &object.attributes, &schema);
            let request = PlanRequest { address, kind, schema, prior, config: config.clone() };
            let (complaints, planned, replace) = plan(connection, request, false).await?;
            Ok(Answer::Imported { object, config, complaints, planned, replace })
        }
        Question::Data(request) => {
            let ask = ValidateRequest { kind: request.kind.clone(), config: request.config.clone() };
            let complaints = connection.validate(ask).await?;
            if !complaints.is_empty() {
                return Ok(Answer::Data { complaints, value: Value::NULL });
            }
            Ok(Answer::Data { complaints, value: connection.read_data(request).await? })
        }
    }
}

type Reply = (Vec<Complaint>, Value, Vec<Text>);

async fn plan(connection: &dyn Connection, request: PlanRequest, anew: bool) -> Result<Reply, ProviderError> {
    let ask = ValidateRequest { kind: request.kind.clone(), config: request.config.clone() };
    let complaints = connection.validate(ask).await?;
    if !complaints.is_empty() {
        return Ok((complaints, Value::NULL, Vec::new()));
    }
    if request.prior.is_none() {
        return Ok((complaints, connection.plan(request).await?.planned, Vec::new()));
    }
    let fresh = PlanRequest { prior: None, ..request.clone() };
    let reply = connection.plan(request).await?;
    if reply.replace.is_empty() && !anew {
        return Ok((complaints, reply.planned, Vec::new()));
    }
    Ok((complaints, connection.plan(fresh).await?.planned, reply.replace))
}
