//! `consul_service`: a service registered at a node, with its health checks.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Context, Op, check, decode, encode, name_type, refuse_change};
use crate::base::number::Number;
use crate::base::schema::{Attribute, BlockSchema, Schema};
use crate::base::types::{NumberType, Type, TypeKind};
use crate::base::value::Value;
use crate::engine::provider::{Complaint, Object, PlanReply, PlanRequest};
use crate::world::consul::catalog::View;
use crate::world::consul::trouble::Trouble;
use crate::world::consul::values::{
    blocks, empty_map, from_list, from_map, marked_like, or_null, text, text_list, text_map,
};
use crate::world::consul::wire;

/// Its name.
pub const KIND: &str = "consul_service";

/// What is kept beside the attributes.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// The raft index it was last seen at.
    index: u64,
    /// It has what an update would silently drop.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

fn integer(low: i64, high: i64) -> Type {
    let ranges = [(Number::from(low), Number::from(high))].into();
    TypeKind::Number(NumberType { integer: true, ranges }).into()
}

fn weights(weights: wire::Weights) -> Value {
    Value::map([("passing", Value::from(weights.passing)), ("warning", weights.warning.into())])
}

/// Its schema.
pub fn schema() -> Schema {
    let shares = Type::object([("passing", integer(1, 65535)), ("warning", integer(0, 65535))]);
    let mut external = Attribute::optional(Type::bool()).docs("Does nothing.");
    external.deprecated = Some("it does nothing: every service registered here is external".into());
    let attributes = [
        ("name", Attribute::required(name_type()).forces_replacement().docs("What it is looked up by.")),
        (
            "node",
            Attribute::required(name_type())
                .forces_replacement()
                .docs("The name of the node it is registered at, which must exist."),
        ),
        (
            "service_id",
            Attribute::optional_computed(name_type())
                .forces_replacement()
                .docs("Unique on its node. Default: its name."),
        ),
        (
            "address",
            Attribute::optional(name_type()).docs("An IP address or host name. Default: its node's."),
        ),
        ("port", Attribute::optional(integer(1, 65535)).docs("Where it listens.")),
        (
            "tags",
            Attribute::optional(Type::list(Type::string()))
                .default(Vec::<Value>::new())
                .docs("What it can be looked up by further."),
        ),
        (
            "meta",
            Attribute::optional(Type::map(Type::string())).default(empty_map()).docs("Free-form metadata."),
        ),
        (
            "weights",
            Attribute::optional(shares)
                .default(weights(wire::Weights::default()))
                .docs("How much of the traffic it gets while its checks pass and while they warn."),
        ),
        (
            "enable_tag_override",
            Attribute::optional(Type::bool()).default(false).docs("Whether others may change its tags."),
        ),
        (
            "datacenter",
            Attribute::optional_computed(Type::string())
                .forces_replacement()
                .docs("Where it is registered. Default: the provider's datacenter."),
        ),
        ("external", external),
        ("id", Attribute::computed(Type::string()).docs("`<node>/<service_id>`, which `prov import` takes.")),
    ];
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    let blocks = [("check".into(), check::block())].into_iter().collect();
    Schema::new(BlockSchema { attributes, blocks }, "A service that others find by its name.")
        .identified_by(["node", "service_id", "datacenter"])
}

/// Which service it is: its node and its id.
pub fn identity(attributes: &Value) -> (String, String) {
    let id = text(attributes, "service_id").or_else(|| text(attributes, "name"));
    (text(attributes, "node").unwrap_or_default(), id.unwrap_or_default())
}

/// Whether it has checks of its own.
pub fn has_checks(attributes: &Value) -> bool {
    !blocks(attributes, "check").is_empty()
}

/// Further rules.
pub fn validate(config: &Value) -> Vec<Complaint> {
    let mut complaints: Vec<Complaint> =
        super::check_name(config, "node", "a node's name").into_iter().collect();
    complaints.extend(super::check_name(config, "name", "a service's name"));
    complaints.extend(super::check_meta(config));
    complaints.extend(check::validate(config));
    if text(config, "name").is_some_and(|name| name == "consul") {
        let message = "the service \"consul\" is Consul's own: choose another name".to_owned();
        complaints.push(Complaint { attribute: Some("name".into()), message });
    }
    complaints
}

/// Fills in what is decided here.
pub fn plan(request: &PlanRequest, mut reply: PlanReply, context: &Context) -> Result<PlanReply, Trouble> {
    super::plan_datacenter(request, &mut reply, context);
    let prior = request.prior.as_ref().filter(|_| reply.replace.is_empty());
    if let Some(checks) = prior.and_then(|prior| check::plan(&reply.planned, &prior.attributes)) {
        super::set(&mut reply.planned, "check", checks);
    }
    super::set_if_unknown(&mut reply.planned, "service_id", |planned| planned.get("name").cloned());
    super::set_if_unknown(&mut reply.planned, "id", |planned| {
        let (node, id) = (planned.get("node")?.as_str()?, planned.get("service_id")?.as_str()?);
        Some(format!("{node}/{id}").into())
    });
    if let Some(prior) = prior.filter(|prior| prior.attributes != reply.planned)
        && decode::<Kept>(prior).more
    {
        return Err(Trouble::permanent(
            "it is part of a mesh or has tagged addresses, which this change would drop",
        )
        .help("change it where it was registered, or let the resource ignore the changed attributes"));
    }
    Ok(reply)
}

/// As Consul has it. `like` is what was planned or last seen: it gives the order of the checks, the spelling of
/// durations and the secret marks.
pub fn object(
    node: &str,
    datacenter: &str,
    found: &wire::Service,
    checks: &[&wire::Check],
    like: Option<&Value>,
) -> Object {
    let nothing = Value::NULL;
    let known = like.unwrap_or(&nothing);
    let attributes = Value::map([
        ("name", Value::from(found.service.as_str())),
        ("node", node.into()),
        ("service_id", found.id.as_str().into()),
        ("address", or_null(&found.address)),
        ("port", if found.port == 0 { Value::NULL } else { found.port.into() }),
        ("tags", from_list(&found.tags)),
        ("meta", from_map(&found.meta)),
        ("weights", weights(found.weights)),
        ("enable_tag_override", found.enable_tag_override.into()),
        ("datacenter", datacenter.into()),
        ("external", known.get("external").cloned().unwrap_or(Value::NULL)),
        ("id", format!("{node}/{}", found.id).into()),
        ("check", check::values(checks, known, like.is_none())),
    ]);
    let kept = Kept { index: found.modify_index, more: found.has_more() };
    encode(marked_like(attributes, known), &kept)
}

fn record(planned: &Value, index: u64) -> serde_json::Value {
    let (_, id) = identity(planned);
    let weights = planned.get("weights");
    let weight = |name: &str| weights.and_then(|w| w.get(name)).and_then(Value::as_i64).unwrap_or(1);
    json!({
        "ID": id,
        "Service": text(planned, "name").unwrap_or_default(),
        "Tags": text_list(planned, "tags"),
        "Address": text(planned, "address").unwrap_or_default(),
        "Port": planned.get("port").and_then(Value::as_i64).unwrap_or(0),
        "Meta": text_map(planned, "meta"),
        "Weights": {"Passing": weight("passing"), "Warning": weight("warning")},
        "EnableTagOverride": planned.get("enable_tag_override").and_then(Value::as_bool).unwrap_or(false),
        "ModifyIndex": index,
    })
}

/// The operations that make it, unless a service of that id is there.
pub fn create(planned: &Value) -> Vec<Op> {
    let (node, id) = identity(planned);
    let body = json!({"Service": {"Verb": "cas", "Node": node, "Service": record(planned, 0)}});
    let mut ops = vec![Op { body, answers: true }];
    ops.extend(check::create(&node, &id, planned));
    ops
}

/// The operations that change it, unless someone else has.
pub fn update(prior: &Object, planned: &Value, view: &View) -> Result<Vec<Op>, Trouble> {
    let (node, id) = identity(&prior.attributes);
    let index = index(prior, view)?.ok_or_else(|| Trouble::conflict("it is gone"))?;
    let body = json!({"Service": {"Verb": "cas", "Node": node, "Service": record(planned, index)}});
    let mut ops = vec![Op { body, answers: true }];
    if check::changes(&prior.attributes, planned) {
        ops.extend(check::update(&node, &id, &prior.attributes, planned, &view.checks_of(&node, &id)));
    }
    Ok(ops)
}

/// The operation that removes it and its checks. None if it is known to be gone.
pub fn delete(prior: &Object, view: &View) -> Result<Vec<Op>, Trouble> {
    let (node, id) = identity(&prior.attributes);
    let Some(index) = index(prior, view)? else { return Ok(Vec::new()) };
    let name = text(&prior.attributes, "name").unwrap_or_default();
    let service = json!({"ID": id, "Service": name, "ModifyIndex": index});
    Ok(vec![Op {
        body: json!({"Service": {"Verb": "delete-cas", "Node": node, "Service": service}}),
        answers: false,
    }])
}

/// Whether the index it was last seen at is known; otherwise it has to be read before it is changed.
pub fn has_index(prior: &Object) -> bool {
    decode::<Kept>(prior).index != 0
}

fn index(prior: &Object, view: &View) -> Result<Option<u64>, Trouble> {
    let kept: Kept = decode(prior);
    if kept.index != 0 {
        return Ok(Some(kept.index));
    }
    let (node, id) = identity(&prior.attributes);
    let Some(found) = view.service(&node, &id) else { return Ok(None) };
    let checks = view.checks_of(&node, &id);
    let datacenter = super::datacenter(&prior.attributes).unwrap_or_default();
    refuse_change(prior, &object(&node, &datacenter, found, &checks, Some(&prior.attributes)))?;
    Ok(Some(found.modify_index))
}
