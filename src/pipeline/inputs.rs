//! Values for the variables of a root module, from wherever they come.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::base::Text;
use crate::base::codes;
use crate::base::diagnostic::{Diagnostic, FixLevel};
use crate::base::effects::Limits;
use crate::base::native::NativeError;
use crate::base::source::{FileId, Sources, Span, TextRange};
use crate::base::suggest::nearest;
use crate::base::types::TypeKind;
use crate::base::value::{Kind, Value};
use crate::engine::plan::Given;
use crate::lang::resolve::constant;
use crate::lang::resolve::program::{Module, Program, Variable};
use crate::lang::syntax::parse_expression;

/// Values by name.
pub(crate) type Values = FxHashMap<Text, Given>;

/// Values for variables by name. A later one for the same name wins.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs {
    /// By name, in the order given.
    pub variables: IndexMap<Text, Input>,
    /// The variable files that values were read from, so that what is wrong can be shown where it is written.
    pub files: Vec<InputFile>,
}

/// A variable file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Its path as shown to people.
    pub path: Text,
    /// Its text.
    pub text: Arc<str>,
    /// Each name it sets, its place and that of its value.
    pub entries: Vec<(Text, TextRange, TextRange)>,
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
        /// Its index in [`Inputs::files`], and that of the entry in [`InputFile::entries`].
        entry: Option<(usize, usize)>,
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
            Self::File { path, line, .. } => write!(f, "{path}:{line}"),
            Self::Environment => f.write_str("the environment"),
            Self::Answer => f.write_str("the answer given"),
            Self::Host => f.write_str("the embedding program"),
            Self::Plan(origin) => write!(f, "{origin}, when the plan was made"),
        }
    }
}

impl Inputs {
    /// The values, with text read as the type of its variable wants. Texts that values come from are added to the sources.
    ///
    /// # Errors
    /// Names nobody declared, except in the environment, and text that can't be read.
    pub(crate) fn values(
        &self,
        program: &Program,
        limits: &Limits,
        sources: &mut Sources,
    ) -> Result<Values, Vec<Diagnostic>> {
        let module = program.root();
        let files: Vec<FileId> = self.files.iter().map(|file| added(file, module, sources)).collect();
        let place = |origin: &Origin| match origin {
            Origin::File { entry: Some((file, entry)), .. } => {
                let (_, name, value) = self.files.get(*file)?.entries.get(*entry)?;
                let id = *files.get(*file)?;
                Some((name.in_file(id), value.in_file(id)))
            }
            _ => None,
        };
        let mut values = Values::default();
        let mut faults = Vec::new();
        for (name, input) in &self.variables {
            let place = place(&input.origin);
            let Some(variable) = module.variables.get(name) else {
                // The environment is everybody's.
                if input.origin != Origin::Environment {
                    faults.push(undeclared(module, name, input, place.map(|(name, _)| name)));
                }
                continue;
            };
            let value = match &input.value {
                InputValue::Value(value) => Ok(value.clone()),
                InputValue::Text(text) => read(name, text, variable, &input.origin, limits, sources),
            };
            match value {
                Ok(value) => {
                    let span = place.map(|(_, value)| value).filter(|_| !is_secret(variable));
                    let origin = input.origin.to_string().into();
                    values.insert(name.clone(), Given { value, origin, span });
                }
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(values) } else { Err(faults) }
    }
}

fn is_secret(variable: &Variable) -> bool {
    variable.sensitive || variable.ty.has_secret()
}

/// Adds a variable file to the sources. What may be secret in it is not part of what can be shown: values of secret
/// variables, and of names nobody declared.
fn added(file: &InputFile, module: &Module, sources: &mut Sources) -> FileId {
    let mut text = file.text.as_bytes().to_vec();
    for (name, _, value) in &file.entries {
        if module.variables.get(name).is_none_or(is_secret) {
            let hidden = text.get_mut(value.start as usize..value.end as usize).into_iter().flatten();
            hidden.filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'*');
        }
    }
    sources.add(file.path.as_str(), String::from_utf8_lossy(&text).into_owned())
}

fn undeclared(module: &Module, name: &Text, input: &Input, place: Option<Span>) -> Diagnostic {
    let near = nearest(name, module.variables.keys().map(Text::as_str));
    let diagnostic = match place {
        Some(place) => {
            let message = format!("there is no variable `{name}`");
            Diagnostic::new(codes::UNDECLARED_VARIABLE, place, message).here(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "nobody declares it".to_owned(),
            })
        }
        None => {
            let message = format!("there is no variable {name}, and {} sets it", input.origin);
            Diagnostic::without_place(codes::UNDECLARED_VARIABLE, message)
        }
    };
    match (near, place) {
        (Some(near), Some(place)) => {
            let title = format!("change it to `{near}`");
            diagnostic.replace(FixLevel::Review, title, place, near)
        }
        (Some(near), None) => diagnostic.help(format!("did you mean {near}?")),
        (None, _) => {
            diagnostic.help(format!("declare it: variable \"{name}\" {{ … }}, or leave the value out"))
        }
    }
}

/// Text from a command line or environment, as a value of the type its variable wants: itself for a string, else a
/// literal of the language.
fn read(
    name: &Text,
    text: &Text,
    variable: &Variable,
    origin: &Origin,
    limits: &Limits,
    sources: &mut Sources,
) -> Result<Value, Vec<Diagnostic>> {
    let ty = &variable.ty;
    let is_text = match &ty.kind {
        TypeKind::String(_) => true,
        TypeKind::Enum(members) => members.iter().all(|member| matches!(member.kind, Kind::String(_))),
        _ => false,
    };
    if is_text && !(ty.nullable && text == "null") {
        return Ok(text.clone().into());
    }
    let source: Arc<str> = Arc::from(text.as_str());
    let parsed = parse_expression(FileId(sources.iter().count() as u32), &source, limits);
    let literal = constant(&parsed.value.tree, parsed.value.root).filter(|_| !parsed.has_errors());
    match literal {
        Some(value) => return Ok(value),
        None if ty.is_any() => return Ok(text.clone().into()),
        None => {}
    }
    let message = format!("var.{name} must be {ty}, and this text is no such value");
    let about = |diagnostic: Diagnostic| {
        let declared = variable.type_span.unwrap_or(variable.span);
        diagnostic.label(declared, format!("{name} is declared here")).at_path(format!("var.{name}"))
    };
    let help = match &ty.kind {
        TypeKind::List(..) | TypeKind::Set(..) | TypeKind::Tuple(_) => {
            Some(format!("write it as in a configuration: --var '{name}=[\"a\", \"b\"]'"))
        }
        TypeKind::Map(..) | TypeKind::Object(_) => {
            Some(format!("write it as in a configuration: --var '{name}={{ key = \"value\" }}'"))
        }
        _ => None,
    };
    let told = if is_secret(variable) {
        Diagnostic::without_place(codes::TYPE_MISMATCH, message)
            .note(format!("the value comes from {origin}"))
            .mismatch(ty.to_string(), "(sensitive)")
    } else {
        let shown = match origin {
            Origin::Environment => format!("<PROV_VAR_{name}>"),
            origin => format!("<{origin} {name}>"),
        };
        let file = sources.add(shown, source);
        if parsed.has_errors() {
            return Err(parsed.diagnostics.into_iter().map(about).collect());
        }
        let all = TextRange::new(0, text.len() as u32).in_file(file);
        Diagnostic::new(codes::TYPE_MISMATCH, all, message)
            .here("a plain value is needed")
            .mismatch(ty.to_string(), format!("{text:?}"))
    };
    let told = about(told);
    Err(vec![match help {
        Some(help) => told.help(help),
        None => told,
    }])
}
