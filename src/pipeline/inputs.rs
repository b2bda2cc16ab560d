//! Values for the variables of a root module, from wherever they come.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::Diagnostic;
use crate::base::effects::Limits;
use crate::base::native::NativeError;
use crate::base::source::FileId;
use crate::base::suggest::nearest;
use crate::base::types::{Type, TypeKind};
use crate::base::value::{Kind, Value};
use crate::engine::plan::Given;
use crate::lang::resolve::constant;
use crate::lang::resolve::program::{Module, Program};
use crate::lang::syntax::parse_expression;

/// Values by name.
pub(crate) type Values = FxHashMap<Text, Given>;

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
    /// A saved plan, and where it had it from.
    Plan(Text),
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

    /// Values from the embedding program: a struct with a field for each variable, or a map. `None` leaves a variable
    /// that has a default to its default.
    ///
    /// ```
    /// #[derive(serde::Serialize)]
    /// struct Wish {
    ///     name: &'static str,
    ///     replicas: u8,
    /// }
    /// let inputs = prov::Inputs::from_serialize(&Wish { name: "core", replicas: 2 }).unwrap();
    /// assert_eq!(inputs, prov::Inputs::new().with("name", "core").with("replicas", 2));
    /// ```
    ///
    /// # Errors
    /// What the language has no value for, and anything that has no fields.
    pub fn from_serialize<T: Serialize + ?Sized>(values: &T) -> Result<Self, NativeError> {
        use serde::ser::Error;
        let object = Value::serialize(values)?;
        let Some(values) = object.as_map() else {
            return Err(NativeError::custom("values for variables are a struct or a map"));
        };
        Ok(values.iter().fold(Self::new(), |inputs, (name, value)| inputs.with(name.clone(), value.clone())))
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
            Self::Plan(origin) => write!(f, "{origin}, when the plan was made"),
        }
    }
}

impl Inputs {
    /// The values, with text read as the type of its variable wants.
    ///
    /// # Errors
    /// Names nobody declared, and text that can't be read.
    pub(crate) fn values(&self, program: &Program, limits: &Limits) -> Result<Values, Vec<Diagnostic>> {
        let module = program.root();
        let mut values = Values::default();
        let mut faults = Vec::new();
        for (name, input) in &self.variables {
            let Some(variable) = module.variables.get(name) else {
                faults.push(self.undeclared(module, name, input));
                continue;
            };
            let value = match &input.value {
                InputValue::Value(value) => Ok(value.clone()),
                InputValue::Text(text) => read(text, &variable.ty, limits),
            };
            match value {
                Ok(value) => {
                    let origin = input.origin.to_string().into();
                    values.insert(name.clone(), Given { value, origin });
                }
                Err(why) => {
                    let place = variable.type_span.unwrap_or(variable.span);
                    let shown = if variable.sensitive || variable.ty.has_secret() {
                        "(sensitive)".to_owned()
                    } else {
                        input.shown()
                    };
                    let message = format!("var.{name} must be {}, and {why}", variable.ty);
                    faults.push(
                        Diagnostic::new(codes::TYPE_MISMATCH, place, message)
                            .here("declared here")
                            .note(format!("the value comes from {}", input.origin))
                            .mismatch(variable.ty.to_string(), shown)
                            .at_path(format!("var.{name}")),
                    );
                }
            }
        }
        if faults.is_empty() { Ok(values) } else { Err(faults) }
    }

    fn undeclared(&self, module: &Module, name: &Text, input: &Input) -> Diagnostic {
        let message = format!("there is no variable {name}, and {} sets it", input.origin);
        let diagnostic = Diagnostic::without_place(codes::UNDECLARED_VARIABLE, message);
        match nearest(name, module.variables.keys().map(Text::as_str)) {
            Some(other) => diagnostic.help(format!("did you mean {other}?")),
            None => {
                diagnostic.help(format!("declare it: variable \"{name}\" {{ … }}, or leave the value out"))
            }
        }
    }
}

impl Input {
    fn shown(&self) -> String {
        match &self.value {
            InputValue::Value(value) => value.to_string(),
            InputValue::Text(text) => format!("{text:?}"),
        }
    }
}

/// Text from a command line or environment, as a value of the type its variable wants: itself for a string, else a
/// literal of the language.
fn read(text: &Text, ty: &Type, limits: &Limits) -> Result<Value, String> {
    let is_text = match &ty.kind {
        TypeKind::String(_) => true,
        TypeKind::Enum(members) => members.iter().all(|member| matches!(member.kind, Kind::String(_))),
        _ => false,
    };
    if is_text && !(ty.nullable && text == "null") {
        return Ok(text.clone().into());
    }
    let parsed = parse_expression(FileId(0), &Arc::from(text.as_str()), limits);
    let literal = constant(&parsed.value.tree, parsed.value.root).filter(|_| !parsed.has_errors());
    match literal {
        Some(value) => Ok(value),
        None if ty.is_any() => Ok(text.clone().into()),
        None => Err("this text is no such value".to_owned()),
    }
}
