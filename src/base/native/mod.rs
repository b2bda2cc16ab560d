//! Values ↔ Rust types, through serde: what goes in as a struct comes out as one, and a type says which values it takes.

mod read;
mod shape;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::value::Value;

pub use shape::type_for;

/// A value of the language is no value of a Rust type, or the other way round: where inside it, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeError {
    /// Field names and indexes, from the outside.
    path: Vec<String>,
    message: String,
}

impl NativeError {
    fn new(message: impl fmt::Display) -> Self {
        Self { path: Vec::new(), message: message.to_string() }
    }

    fn below(mut self, step: impl Into<String>) -> Self {
        self.path.insert(0, step.into());
        self
    }

    /// Where: `replicas[1].zone`; empty for the value itself.
    pub fn path(&self) -> String {
        let mut out = String::new();
        for step in &self.path {
            if !out.is_empty() && !step.starts_with('[') {
                out.push('.');
            }
            out.push_str(step);
        }
        out
    }
}

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.is_empty() {
            true => f.write_str(&self.message),
            false => write!(f, "{}: {}", self.path(), self.message),
        }
    }
}

impl std::error::Error for NativeError {}

impl serde::de::Error for NativeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message)
    }
}

impl serde::ser::Error for NativeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message)
    }
}

impl Value {
    /// The value as a Rust type: objects as structs or maps, lists and sets as sequences, strings as unit variants,
    /// durations as [`std::time::Duration`] or text (`1h30m`), sizes as a number of bytes or text (`4GiB`), null as
    /// `None`. Secrets come out in the clear; what is not known yet is an error.
    ///
    /// ```
    /// use prov::base::value::Value;
    /// #[derive(serde::Deserialize)]
    /// struct Zone {
    ///     name: String,
    ///     replicas: Option<u8>,
    /// }
    /// let value = Value::map([("name", Value::from("eu")), ("replicas", Value::from(2))]);
    /// let zone: Zone = value.deserialize().unwrap();
    /// assert_eq!((zone.name.as_str(), zone.replicas), ("eu", Some(2)));
    /// assert_eq!(value.deserialize::<u8>().unwrap_err().to_string(), "an object, and u8 is needed");
    /// ```
    ///
    /// # Errors
    /// Where it does not fit, and why.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, NativeError> {
        T::deserialize(read::Reader(self))
    }

    /// A Rust value as one of the language, the other way round. Numbers are exact.
    ///
    /// ```
    /// use prov::base::value::Value;
    /// assert_eq!(Value::serialize(&vec![Some(1), None]).unwrap().to_string(), "[1, null]");
    /// ```
    ///
    /// # Errors
    /// What the language has no value for: NaN, infinities, maps whose keys are no scalars.
    pub fn serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, NativeError> {
        value.serialize(write::Writer)
    }
}
