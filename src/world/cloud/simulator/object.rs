//! An object as it lies in its file, and how it changes while time passes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::base::Text;
use crate::base::assign::conforms;
use crate::base::schema::{Nesting, Schema};
use crate::base::value::{Value, ValueMap};

use super::clock::Moment;
use crate::world::cloud::api::State;
use crate::world::cloud::codec;
use crate::world::cloud::kind::Kind;

/// The content of an object's file. People may edit it: that is drift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub id: String,
    /// The state it is in.
    pub state: State,
    /// Since when.
    pub since: Moment,
    /// Until when; it stays for ever without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// The state after that; `available` if not set, gone after `deleting`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<State>,
    /// When it first was available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_since: Option<Moment>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token: String,
    /// What its random-looking attributes are made from.
    pub seed: String,
    /// Its attributes.
    pub attributes: Map<String, Json>,
    /// The attributes that were set by a request; the others are the cloud's to decide.
    #[serde(default)]
    pub given: BTreeSet<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Map<String, Json>,
    /// Hashes of its secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
    /// Changes that wait for the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// Its attributes before the last change; kept only while a fault asks for stale reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Map<String, Json>>,
}

/// Changes that wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// When they are made.
    pub at: Moment,
    /// What they are.
    pub attributes: Map<String, Json>,
}

/// What time did to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Nothing.
    Same,
    /// It is in another state.
    Changed,
    /// Its waiting changes are due.
    Due,
    /// It does not exist any more.
    Gone,
}

impl Stored {
    /// Puts it into a state for as long as that takes; no time at all for `until` in the past.
    pub fn enter(&mut self, state: State, now: Moment, until: Option<Moment>) {
        self.state = state;
        self.since = now;
        self.until = until;
        self.next = None;
    }

    /// Lets time pass up to now.
    pub fn settle(&mut self, now: Moment) -> Settled {
        if let Some(until) = self.until
            && until <= now
        {
            if self.state == State::Deleting {
                return Settled::Gone;
            }
            let next = self.next.unwrap_or(State::Available);
            self.enter(next, until, None);
            if next == State::Available && self.available_since.is_none() {
                self.available_since = Some(until);
            }
            return Settled::Changed;
        }
        let due = self.pending.as_ref().is_some_and(|pending| pending.at <= now);
        if due && self.state == State::Available { Settled::Due } else { Settled::Same }
    }

    /// Its attributes as values of the kind's types; names the attribute that has none.
    pub fn values(&self, kind: &Kind) -> Result<ValueMap, String> {
        typed(&self.attributes, &kind.schema)
    }

    /// Replaces its attributes.
    pub fn set_values(&mut self, values: &ValueMap) {
        self.attributes = values
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_string(), codec::to_json(value)))
            .collect();
    }
}

/// JSON attributes as values of a schema's types.
pub fn typed(attributes: &Map<String, Json>, schema: &Schema) -> Result<ValueMap, String> {
    let mut values = ValueMap::new();
    for (name, json) in attributes {
        let value =
            codec::from_json(json).ok_or_else(|| format!("{name} holds a number too large to handle"))?;
        values.insert(name.as_str().into(), shaped(name, value, schema)?);
    }
    Ok(values)
}

/// A value in the shape of an attribute's or nested block's type; null always fits.
pub fn shaped(name: &str, value: Value, schema: &Schema) -> Result<Value, String> {
    let ty = match (schema.block.attributes.get(name), schema.block.blocks.get(name)) {
        (Some(attribute), _) => attribute.ty.clone(),
        (None, Some(block)) => block.read_type(),
        (None, None) => return Err(format!("there is no attribute {name}")),
    };
    conforms(&value, &ty.optional()).map_err(|mismatch| format!("{name} {mismatch}"))
}

/// All attributes and nested blocks of a kind but its parameters, null or empty where `values` has none.
pub fn whole(values: &ValueMap, kind: &Kind) -> ValueMap {
    let block = &kind.schema.block;
    let mut all = ValueMap::new();
    for name in block.attributes.keys() {
        all.insert(name.clone(), values.get(name).cloned().unwrap_or(Value::NULL));
    }
    for (name, nested) in &block.blocks {
        let empty = match nested.nesting {
            Nesting::List => Value::from(Vec::new()),
            Nesting::Set => Value::set(Vec::new()),
            Nesting::Map => ValueMap::new().into(),
            Nesting::Single | Nesting::Group => Value::NULL,
        };
        let value = values.get(name).filter(|value| !value.is_null()).cloned();
        all.insert(name.clone(), value.unwrap_or(empty));
    }
    all
}

/// Names an object's file: the id, with characters that file systems reserve written as `%2F`.
pub fn file_name(id: &str) -> String {
    let mut name = String::with_capacity(id.len() + 5);
    for (at, byte) in id.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            b'.' if at > 0 => name.push('.'),
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    name.push_str(".json");
    name
}

/// A set of names.
pub fn names(names: impl IntoIterator<Item = Text>) -> BTreeSet<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}
