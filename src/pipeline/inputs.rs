//! Values for the variables of a root module, from wherever they come.

use std::fmt;

use indexmap::IndexMap;

use crate::base::Text;
use crate::base::value::Value;

/// Values for variables by name. A later one for the same name wins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    /// By name, in the order given.
    pub variables: IndexMap<Text, Input>,
}

/// A value for a variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The value.
    pub value: InputValue,
    /// Where it comes from.
    pub origin: Origin,
}

/// A value, or text still to be read as one.
#[derive(Debug, Clone, PartialEq)]
pub enum InputValue {
    /// A value.
    Value(Value),
    /// Text: itself where the variable is a string, else an expression of the language.
    Text(Text),
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// `--var name=…`
    Flag,
    /// A variable file.
    File {
        /// Its path as shown to people.
        path: Text,
        /// The line, from 1.
        line: u32,
    },
    /// `PROV_VAR_name`
    Environment,
    /// A question that was answered.
    Answer,
    /// The program that embeds the library.
    Host,
}

impl Inputs {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value.
    pub fn set(&mut self, name: impl Into<Text>, value: InputValue, origin: Origin) {
        self.variables.insert(name.into(), Input { value, origin });
    }

    /// With a value from the embedding program.
    pub fn with(mut self, name: impl Into<Text>, value: impl Into<Value>) -> Self {
        self.set(name, InputValue::Value(value.into()), Origin::Host);
        self
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("--var"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Environment => f.write_str("the environment"),
            Self::Answer => f.write_str("the answer given"),
            Self::Host => f.write_str("the embedding program"),
        }
    }
}
