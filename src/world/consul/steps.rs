//! What one step means to Consul: what must be read first, which operations do it, and what is there afterwards.

use super::catalog::{View, Wanted, may_read};
use super::client::Client;
use super::resources::{Op, check, datacenter, keys, node, service};
use super::trouble::Trouble;
use super::values::marked_like;
use super::wire::TxnResult;
use crate::base::value::Value;
use crate::engine::provider::{Object, Operation, Step};

/// A step's attributes as they shall be, or as they were if it removes the object.
pub fn attributes(step: &Step) -> &Value {
    match &step.operation {
        Operation::Create { planned } | Operation::Update { planned, .. } => planned,
        Operation::Delete { prior } => &prior.attributes,
    }
}

/// When a step is done: nodes and keys are made first, nodes are removed last.
pub fn wave(step: &Step) -> u8 {
    match (step.kind.as_str(), &step.operation) {
        (node::KIND, Operation::Delete { .. }) => 2,
        (service::KIND, _) => 1,
        _ => 0,
    }
}

/// The datacenter a step is about, if its object names one.
pub fn datacenter_of(step: &Step) -> Option<String> {
    datacenter(attributes(step))
}

/// What it is called in messages: `service "db-core" at node "rds"`.
pub fn called(kind: &str, attributes: &Value) -> String {
    match kind {
        node::KIND => format!("node {:?}", node::name(attributes)),
        service::KIND => {
            let (node, id) = service::identity(attributes);
            format!("service {id:?} at node {node:?}")
        }
        _ => keys::called(attributes),
    }
}

/// What a step asks for, in the field's words.
pub fn asked(step: &Step) -> String {
    let verb = match (&step.operation, step.kind.as_str()) {
        (Operation::Create { .. }, keys::KIND | keys::PREFIX_KIND) => "write",
        (Operation::Create { .. }, _) => "register",
        (Operation::Update { .. }, _) => "update",
        (Operation::Delete { .. }, keys::KIND | keys::PREFIX_KIND) => "delete",
        (Operation::Delete { .. }, _) => "deregister",
    };
    format!("{verb} {}", called(&step.kind, attributes(step)))
}

/// Adds what has to be read before the operations of a step can be made.
pub fn want_before(step: &Step, wanted: &mut Wanted) {
    match (step.kind.as_str(), &step.operation) {
        (node::KIND, Operation::Delete { prior }) => wanted.whole(&node::name(&prior.attributes)),
        (node::KIND, Operation::Update { prior, .. }) => wanted.node(&node::name(&prior.attributes)),
        (service::KIND, Operation::Update { prior, planned }) => {
            let checked = check::changes(&prior.attributes, planned);
            if checked || !service::has_index(prior) {
                want(&step.kind, &prior.attributes, checked, wanted);
            }
        }
        (service::KIND, Operation::Delete { prior }) if !service::has_index(prior) => {
            want(&step.kind, &prior.attributes, service::has_checks(&prior.attributes), wanted);
        }
        (keys::KIND | keys::PREFIX_KIND, operation) => {
            want(&step.kind, attributes(step), false, wanted);
            if let Operation::Update { prior, .. } = operation {
                want(&step.kind, &prior.attributes, false, wanted);
            }
        }
        _ => {}
    }
}

/// Adds what has to be read to see an object; for a service its checks too if `checked`.
pub fn want(kind: &str, attributes: &Value, checked: bool, wanted: &mut Wanted) {
    match kind {
        node::KIND => wanted.node(&node::name(attributes)),
        service::KIND => {
            let (node, _) = service::identity(attributes);
            let name = super::values::text(attributes, "name").unwrap_or_default();
            wanted.service(&node, &name, checked);
        }
        _ => wanted.keys(keys::paths(attributes)),
    }
}

/// The operations that do it; none if nothing is left to do. `doubt` says that it was tried before and may have
/// taken place.
pub fn prepare(step: &Step, view: &View, doubt: bool) -> Result<Vec<Op>, Trouble> {
    match (step.kind.as_str(), &step.operation) {
        (node::KIND, Operation::Create { planned }) => Ok(node::create(planned)),
        (node::KIND, Operation::Update { prior, planned }) => node::update(prior, planned, view),
        (node::KIND, Operation::Delete { prior }) => node::delete(prior, view),
        (service::KIND, Operation::Create { planned }) => Ok(service::create(planned)),
        (service::KIND, Operation::Update { prior, planned }) => service::update(prior, planned, view),
        (service::KIND, Operation::Delete { prior }) => service::delete(prior, view),
        (_, Operation::Create { planned }) => keys::ops(None, Some(planned), view, doubt),
        (_, Operation::Update { prior, planned }) => keys::ops(Some(prior), Some(planned), view, doubt),
        (_, Operation::Delete { prior }) => keys::ops(Some(prior), None, view, doubt),
    }
}

/// The object as it is now, if it is there. `like` is what it was or shall be.
pub fn observed(kind: &str, like: &Value, view: &View, datacenter: &str) -> Option<Object> {
    match kind {
        node::KIND => {
            let found = node::object(view.node(&node::name(like))?);
            Some(Object { attributes: marked_like(found.attributes, like), private: found.private })
        }
        service::KIND => {
            let (node, id) = service::identity(like);
            let found = view.service(&node, &id)?;
            Some(service::object(&node, datacenter, found, &view.checks_of(&node, &id), Some(like)))
        }
        _ => keys::object(like, view, datacenter),
    }
}

/// Fails if an object that is not seen may only be hidden from this token.
pub async fn is_visible(client: &Client, kind: &str, attributes: &Value) -> Result<(), Trouble> {
    match kind {
        node::KIND => may_read(client, &[("node", &node::name(attributes))]).await,
        service::KIND => {
            let (node, _) = service::identity(attributes);
            let name = super::values::text(attributes, "name").unwrap_or_default();
            may_read(client, &[("node", &node), ("service", &name)]).await
        }
        _ => {
            let paths: Vec<String> = keys::paths(attributes).collect();
            let asked: Vec<(&str, &str)> = paths.iter().map(|path| ("key", path.as_str())).collect();
            may_read(client, &asked).await
        }
    }
}

/// The object as the results of its operations show it; `None` if they don't show it wholly.
pub fn finished(step: &Step, results: &[TxnResult], datacenter: &str) -> Option<Object> {
    let planned = attributes(step);
    match step.kind.as_str() {
        node::KIND => {
            let found = node::object(results.first()?.node.as_ref()?);
            Some(Object { attributes: marked_like(found.attributes, planned), private: found.private })
        }
        service::KIND => {
            let (node, id) = service::identity(planned);
            let found = results.first()?.service.as_ref().filter(|found| found.id == id)?;
            let made: Vec<_> = results.iter().filter_map(|result| result.check.as_ref()).collect();
            let checks = super::values::blocks(planned, "check").len();
            // An update of some checks does not show the others.
            (made.len() == checks).then(|| service::object(&node, datacenter, found, &made, Some(planned)))
        }
        _ => None,
    }
}
