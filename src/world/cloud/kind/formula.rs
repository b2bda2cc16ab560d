//! Expressions of a kind: what they are evaluated with, and by whom.

use std::fmt;
use std::sync::Arc;

use crate::base::Text;
use crate::base::value::Value;

/// An expression of a kind's declaration.
#[derive(Clone)]
pub struct Formula {
    /// The attributes of `self` it reads.
    pub reads: Vec<Text>,
    /// Whether it looks at the other objects of its kind.
    pub siblings: bool,
    /// What evaluates it.
    pub body: Arc<dyn Evaluate>,
}

/// Evaluates an expression.
pub trait Evaluate: Send + Sync {
    /// Its value, unknown where what it reads is; or why it has none.
    fn evaluate(&self, scope: &Scope) -> Result<Value, String>;
}

/// What the names in an expression stand for.
#[derive(Debug, Clone)]
pub struct Scope {
    /// `self`: the object's attributes, null where not set.
    pub object: Value,
    /// `prior`: the attributes before a change; null if there was no object.
    pub prior: Value,
    /// `cloud`: `region`, `account`, `hash` and `hex` (12 and 64 characters that follow from both), and `zone` (the
    /// region's short name, `euw1`).
    pub cloud: Value,
    /// `unique`: `hex`, `base32`, `digits` and `letters`, 64 characters each that no other object has.
    pub unique: Value,
    /// `siblings`: the attributes of all objects of this kind in this region, this one left out.
    pub siblings: Value,
    /// `value`: what is to be normalised.
    pub value: Value,
}

impl Scope {
    /// The names, in the order of [`Scope::values`].
    pub const NAMES: [&'static str; 6] = ["self", "prior", "cloud", "unique", "siblings", "value"];

    /// The values by [`Scope::NAMES`].
    pub fn values(&self) -> [&Value; 6] {
        [&self.object, &self.prior, &self.cloud, &self.unique, &self.siblings, &self.value]
    }

    /// With all but `self` unknown to the reader: null.
    pub fn of(object: Value) -> Self {
        let null = Value::NULL;
        Self {
            object,
            prior: null.clone(),
            cloud: null.clone(),
            unique: null.clone(),
            siblings: null.clone(),
            value: null,
        }
    }
}

impl Formula {
    /// Its value.
    pub fn evaluate(&self, scope: &Scope) -> Result<Value, String> {
        self.body.evaluate(scope)
    }

    /// Whether it is true; `None` if that can't be known yet.
    pub fn holds(&self, scope: &Scope) -> Result<Option<bool>, String> {
        let value = self.evaluate(scope)?;
        match value.as_bool() {
            Some(truth) => Ok(Some(truth)),
            None if value.is_unknown() => Ok(None),
            None => Err(format!("a condition is neither true nor false but {}", value.kind_name())),
        }
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "formula of {:?}", self.reads)
    }
}
