//! `consul_keys` and `consul_key_prefix`: keys of the key-value store. Only keys named here are ever changed or
//! deleted, also below a prefix.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Context, Op, decode, encode, name_type};
use crate::base::number::Number;
use crate::base::schema::{Attribute, BlockSchema, NestedBlock, Nesting, Schema};
use crate::base::types::{NumberType, Type, TypeKind};
use crate::base::value::{Value, ValueMap};
use crate::engine::provider::{Complaint, Object, PlanReply, PlanRequest};
use crate::world::consul::catalog::View;
use crate::world::consul::trouble::Trouble;
use crate::world::consul::values::{blocks, empty_map, marked_like, text, text_map};
use crate::world::consul::wire;

/// Single keys.
pub const KIND: &str = "consul_keys";
/// Keys below one prefix.
pub const PREFIX_KIND: &str = "consul_key_prefix";
/// Consul takes no larger values.
const VALUE_BYTES: usize = 512 << 10;

/// What is kept beside the attributes: the raft index each key was last seen at.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    indexes: BTreeMap<String, u64>,
}

/// A key as it shall be.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    value: String,
    flags: u64,
    /// Deleted when it is no longer wanted.
    delete: bool,
}

impl Entry {
    fn is(&self, found: &wire::Key) -> bool {
        STANDARD.encode(&self.value) == found.value && self.flags == found.flags
    }
}

fn flags() -> Attribute {
    // More than that is not exact in all of Consul's clients.
    let ranges = [(Number::from(0i64), Number::from(i64::MAX))].into();
    let flags = TypeKind::Number(NumberType { integer: true, ranges });
    Attribute::optional(flags.into())
        .default(0i64)
        .docs("A number kept with the value; its meaning is yours.")
}

fn list_of(name: &str, attributes: Vec<(&str, Attribute)>, docs: &str) -> (crate::base::Text, NestedBlock) {
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    let block = BlockSchema { attributes, ..BlockSchema::default() };
    (name.into(), NestedBlock { nesting: Nesting::List, min: 0, max: None, block, docs: docs.into() })
}

fn datacenter() -> Attribute {
    let docs = "Where the keys are. Default: the provider's datacenter.";
    Attribute::optional_computed(Type::string()).forces_replacement().docs(docs)
}

/// The schema of `consul_keys`.
pub fn schema() -> Schema {
    let key = vec![
        ("path", Attribute::required(name_type()).docs("Its full name: `app/config/url`.")),
        ("value", Attribute::required(Type::string()).docs("At most 512 KiB.")),
        ("flags", flags()),
        (
            "delete",
            Attribute::optional(Type::bool())
                .default(false)
                .docs("Delete the key when it is no longer wanted; otherwise it stays."),
        ),
    ];
    let attributes = [("datacenter", datacenter()), ("id", Attribute::computed(Type::string()))];
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    let blocks = [list_of("key", key, "A key.")].into_iter().collect();
    Schema::new(BlockSchema { attributes, blocks }, "Keys of the key-value store.")
}

/// The schema of `consul_key_prefix`.
pub fn prefix_schema() -> Schema {
    let subkey = vec![
        ("path", Attribute::required(name_type()).docs("Its name below the prefix.")),
        ("value", Attribute::required(Type::string()).docs("At most 512 KiB.")),
        ("flags", flags()),
    ];
    let subkeys = Attribute::optional(Type::map(Type::string())).default(empty_map());
    let attributes = [
        (
            "path_prefix",
            Attribute::required(name_type())
                .forces_replacement()
                .docs("What all the keys begin with: `app/config/`."),
        ),
        ("subkeys", subkeys.docs("Values by name below the prefix.")),
        ("datacenter", datacenter()),
        ("id", Attribute::computed(Type::string()).docs("The prefix.")),
    ];
    let attributes = attributes.into_iter().map(|(name, attribute)| (name.into(), attribute)).collect();
    let blocks = [list_of("subkey", subkey, "A key below the prefix, with flags.")].into_iter().collect();
    let docs =
        "Keys below one prefix. Other keys there are left alone; these are deleted when no longer wanted.";
    Schema::new(BlockSchema { attributes, blocks }, docs)
}

fn prefix(attributes: &Value) -> String {
    text(attributes, "path_prefix").unwrap_or_default()
}

fn entry(block: &Value, delete: bool) -> Option<(String, Entry)> {
    let flags =
        block.get("flags").and_then(Value::as_i64).and_then(|flags| flags.try_into().ok()).unwrap_or(0);
    let value = text(block, "value").unwrap_or_default();
    Some((text(block, "path")?, Entry { value, flags, delete }))
}

/// The keys by full name.
fn entries(attributes: &Value) -> BTreeMap<String, Entry> {
    let deletes = |block: &Value| block.get("delete").and_then(Value::as_bool).unwrap_or(false);
    let mut entries: BTreeMap<String, Entry> =
        blocks(attributes, "key").iter().filter_map(|block| entry(block, deletes(block))).collect();
    let prefix = prefix(attributes);
    for (name, value) in text_map(attributes, "subkeys") {
        entries.insert(format!("{prefix}{name}"), Entry { value, flags: 0, delete: true });
    }
    for (name, entry) in blocks(attributes, "subkey").iter().filter_map(|block| entry(block, true)) {
        entries.insert(format!("{prefix}{name}"), entry);
    }
    entries
}

/// Full names of all keys.
pub fn paths(attributes: &Value) -> impl Iterator<Item = String> {
    entries(attributes).into_keys()
}

/// What messages call them.
pub fn called(attributes: &Value) -> String {
    let prefix = prefix(attributes);
    if !prefix.is_empty() {
        return format!("keys below {prefix:?}");
    }
    let paths: Vec<String> = paths(attributes).collect();
    match paths.as_slice() {
        [] => "no keys".into(),
        [one] => format!("key {one:?}"),
        [first, rest @ ..] => format!("key {first:?} and {} more", rest.len()),
    }
}

/// Further rules.
pub fn validate(config: &Value) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let prefix = prefix(config);
    let listed = |name: &str| blocks(config, name).iter().filter_map(|b| text(b, "path")).collect::<Vec<_>>();
    let mut all: Vec<(&str, String)> = listed("key").into_iter().map(|path| ("key", path)).collect();
    all.extend(text_map(config, "subkeys").into_keys().map(|path| ("subkeys", format!("{prefix}{path}"))));
    all.extend(listed("subkey").into_iter().map(|path| ("subkey", format!("{prefix}{path}"))));
    for (attribute, path) in all {
        let problem = if path.starts_with('/') {
            "begins with a slash"
        } else if path.contains("//") {
            "holds an empty part"
        } else if path.split('/').any(|part| matches!(part, "." | "..")) {
            "holds `.` or `..` as a part"
        } else if !seen.insert(path.clone()) {
            "is set twice"
        } else {
            continue;
        };
        let message = format!("the key {path:?} {problem}");
        complaints.push(Complaint { attribute: Some(attribute.into()), message });
    }
    for (path, entry) in entries(config) {
        if entry.value.len() > VALUE_BYTES {
            let message = format!(
                "the value of {path:?} has {} bytes; Consul keeps at most {VALUE_BYTES}",
                entry.value.len()
            );
            complaints.push(Complaint { attribute: None, message });
        }
    }
    complaints
}

/// Fills in what is decided here.
pub fn plan(request: &PlanRequest, mut reply: PlanReply, context: &Context) -> PlanReply {
    super::plan_datacenter(request, &mut reply, context);
    super::set_if_unknown(&mut reply.planned, "id", id);
    reply
}

fn id(attributes: &Value) -> Option<Value> {
    match attributes.get("path_prefix") {
        Some(prefix) => Some(prefix.clone()),
        None if attributes.is_wholly_known() || attributes.get("key").is_some_and(Value::is_wholly_known) => {
            paths(attributes).next().map(Value::from).or_else(|| Some("none".into()))
        }
        None => None,
    }
}

/// As Consul has them: keys that are gone are left out. `None` if all are.
pub fn object(like: &Value, view: &View, datacenter: &str) -> Option<Object> {
    let wanted = entries(like);
    let found: BTreeMap<&String, &wire::Key> =
        wanted.keys().filter_map(|path| Some((path, view.kv(path)?))).collect();
    if found.is_empty() && !wanted.is_empty() {
        return None;
    }
    let value = |found: &wire::Key| {
        let bytes = STANDARD.decode(&found.value).unwrap_or_default();
        Value::from(String::from_utf8_lossy(&bytes).into_owned())
    };
    let prefix = prefix(like);
    let listed = |name: &str| -> Value {
        let shown = blocks(like, name).iter().filter_map(|block| {
            let found = found.get(&format!("{prefix}{}", text(block, "path")?))?;
            let mut entries: ValueMap = block.as_map()?.clone();
            let secret = block.get("value").is_some_and(|value| value.secret);
            entries.insert("value".into(), value(found).mark(secret));
            entries.insert("flags".into(), i64::try_from(found.flags).unwrap_or(i64::MAX).into());
            Some(Value::from(entries).mark(block.secret))
        });
        shown.collect::<Vec<_>>().into()
    };
    let mut attributes = vec![("datacenter", Value::from(datacenter))];
    if like.get("path_prefix").is_some() {
        let subkeys = text_map(like, "subkeys").into_keys();
        let subkeys =
            subkeys.filter_map(|name| Some((name.clone(), value(found.get(&format!("{prefix}{name}"))?))));
        let subkeys = Value::map(subkeys.map(|(name, value)| (crate::base::Text::from(name), value)));
        attributes.push(("subkeys", subkeys));
        attributes.push(("path_prefix", prefix.as_str().into()));
        attributes.push(("subkey", listed("subkey")));
    } else {
        attributes.push(("key", listed("key")));
    }
    let known = like.get("id").filter(|id| !id.is_unknown() && !id.is_null()).cloned();
    attributes.push(("id", known.or_else(|| id(like)).unwrap_or(Value::NULL)));
    let kept =
        Kept { indexes: found.iter().map(|(path, found)| ((*path).clone(), found.modify_index)).collect() };
    Some(encode(marked_like(Value::map(attributes), like), &kept))
}

/// The operations that are left to do, given what is there. Keys that others made or changed are not touched.
pub fn ops(
    prior: Option<&Object>,
    planned: Option<&Value>,
    view: &View,
    doubt: bool,
) -> Result<Vec<Op>, Trouble> {
    let kept: Kept = prior.map(decode).unwrap_or_default();
    let before = prior.map(|prior| entries(&prior.attributes)).unwrap_or_default();
    let after = planned.map(entries).unwrap_or_default();
    let mut ops = Vec::new();
    for (path, wanted) in &after {
        let index = match (view.kv(path), before.get(path)) {
            (Some(found), Some(_)) if wanted.is(found) => continue,
            // One that stays when this resource goes may well be there when it comes again.
            (Some(found), None) if wanted.is(found) && (doubt || !wanted.delete) => continue,
            (Some(_), None) => {
                return Err(Trouble::permanent(format!("the key {path:?} exists already")).help(format!(
                    "choose another key, or delete that one first: `consul kv delete {path}`"
                )));
            }
            (Some(found), Some(_)) => unchanged(path, found, &kept)?,
            (None, _) => 0,
        };
        let value = STANDARD.encode(&wanted.value);
        let body = json!({"KV": {"Verb": "cas", "Key": path, "Value": value, "Flags": wanted.flags, "Index": index}});
        ops.push(Op { body, answers: true });
    }
    for (path, was) in &before {
        if !was.delete || after.contains_key(path) {
            continue;
        }
        if let Some(found) = view.kv(path) {
            let index = unchanged(path, found, &kept)?;
            ops.push(Op {
                body: json!({"KV": {"Verb": "delete-cas", "Key": path, "Index": index}}),
                answers: false,
            });
        }
    }
    Ok(ops)
}

fn unchanged(path: &str, found: &wire::Key, kept: &Kept) -> Result<u64, Trouble> {
    match kept.indexes.get(path) {
        Some(index) if *index != found.modify_index => Err(Trouble::conflict(format!(
            "someone else has changed the key {path:?} since it was last read"
        ))),
        _ => Ok(found.modify_index),
    }
}
