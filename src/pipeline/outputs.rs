//! What a configuration says to whoever asked for it.

use std::ops::Deref;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;

use crate::base::Text;
use crate::base::native::NativeError;
use crate::base::value::Value;

/// The outputs of a root module by name, in the order they are declared; unknown where only apply can know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outputs(pub(super) IndexMap<Text, Value>);

impl Outputs {
    /// All of them as one Rust type: a struct with a field for each, or a map. Fields nobody declares as an output are
    /// `None` where they are optional.
    ///
    /// # Errors
    /// Where they do not fit, and why; what is not known yet. See [`Value::deserialize`].
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, NativeError> {
        self.to_value().deserialize()
    }

    /// All of them as one object.
    pub fn to_value(&self) -> Value {
        Value::map(self.0.iter().map(|(name, value)| (name.clone(), value.clone())))
    }
}

impl Deref for Outputs {
    type Target = IndexMap<Text, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<IndexMap<Text, Value>> for Outputs {
    fn from(outputs: IndexMap<Text, Value>) -> Self {
        Self(outputs)
    }
}
