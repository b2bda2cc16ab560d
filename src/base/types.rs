//! Types. A type is a kind plus two flags: whether null belongs to it and whether its values are secret.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Text;
use super::members::Members;
use super::number::Number;
use super::source::Span;
use super::value::Value;

/// A type.
#[derive(Debug, Clone)]
pub struct Type {
    /// What its values are.
    pub kind: TypeKind,
    /// Written `T?`: null belongs to it.
    pub nullable: bool,
    /// Written `secret(T)`: its values are never shown.
    pub secret: bool,
    /// The name it was declared under, for messages only; not part of its identity.
    pub alias: Option<Arc<Alias>>,
}

/// The declaration `type Name = …` a type came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: Text,
    /// Where it is declared.
    pub span: Option<Span>,
}

/// What the values of a type are.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// The type of what is already wrong; agrees with everything.
    Error,
    /// Checked only when values are known.
    Any,
    /// No value at all; `null` alone is `Never` made nullable.
    Never,
    /// `bool`
    Bool,
    /// `number` and `int`, with bounds.
    Number(NumberType),
    /// `string`, with bounds.
    String(Arc<StringType>),
    /// `duration`, bounds in nanoseconds.
    Duration(Ranges),
    /// `size`, bounds in bytes.
    Size(Ranges),
    /// `"a" | "b"`: literals of one kind, in the order written.
    Enum(Members),
    /// `list(T)`
    List(Arc<Type>, Length),
    /// `set(T)`
    Set(Arc<Type>, Length),
    /// `map(T)`
    Map(Arc<Type>, Length),
    /// `tuple([T, U])`
    Tuple(Arc<[Type]>),
    /// `object({ … })`, also the type of a resource or module instance.
    Object(Arc<ObjectType>),
}

/// `number` or `int` with the ranges its values lie in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NumberType {
    /// Integers only.
    pub integer: bool,
    /// Where its values lie; empty for anywhere.
    pub ranges: Ranges,
}

/// A union of inclusive ranges; empty means unbounded.
pub type Ranges = Arc<[(Number, Number)]>;

/// Bounds on how many elements or characters there are, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Length {
    /// At least.
    pub min: u64,
    /// At most; `None` for any number.
    pub max: Option<u64>,
}

/// `string` with bounds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StringType {
    /// In characters as people count them (grapheme clusters), as `length()` does.
    pub length: Length,
    /// A regular expression its values match somewhere in them.
    pub pattern: Option<Text>,
}

/// `object({ … })`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ObjectType {
    /// The attributes in the order declared.
    pub attributes: IndexMap<Text, ObjectAttribute>,
    /// `resource(aws_db_instance)`, `module.x`: what messages call it instead of spelling it out.
    pub name: Option<Text>,
}

/// An attribute of an object type.
#[derive(Debug, Clone)]
pub struct ObjectAttribute {
    /// Its type; nullable for `optional(T)` without a default.
    pub ty: Type,
    /// Written `optional(…)`: it may be left out.
    pub optional: bool,
    /// The value it has when it is left out or null.
    pub default: Option<Value>,
    /// Where it is declared.
    pub span: Option<Span>,
    /// Its documentation, Markdown.
    pub docs: Option<Text>,
}

impl PartialEq for ObjectAttribute {
    fn eq(&self, other: &Self) -> bool {
        self.ty == other.ty && self.optional == other.optional && self.default == other.default
    }
}

impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        self.nullable == other.nullable && self.secret == other.secret && self.kind == other.kind
    }
}

impl From<TypeKind> for Type {
    fn from(kind: TypeKind) -> Self {
        Self { kind, nullable: false, secret: false, alias: None }
    }
}

impl Type {
    /// Agrees with everything.
    pub fn error() -> Self {
        TypeKind::Error.into()
    }

    /// `any`, null included.
    pub fn any() -> Self {
        Type { nullable: true, ..TypeKind::Any.into() }
    }

    /// The type of `null`.
    pub fn null() -> Self {
        Type { nullable: true, ..TypeKind::Never.into() }
    }

    /// `bool`
    pub fn bool() -> Self {
        TypeKind::Bool.into()
    }

    /// `string`
    pub fn string() -> Self {
        TypeKind::String(Arc::default()).into()
    }

    /// `number`
    pub fn number() -> Self {
        TypeKind::Number(NumberType::default()).into()
    }

    /// `int`
    pub fn int() -> Self {
        TypeKind::Number(NumberType { integer: true, ranges: Ranges::default() }).into()
    }

    /// `duration`
    pub fn duration() -> Self {
        TypeKind::Duration(Ranges::default()).into()
    }

    /// `size`
    pub fn size() -> Self {
        TypeKind::Size(Ranges::default()).into()
    }

    /// `list(element)`
    pub fn list(element: Type) -> Self {
        TypeKind::List(Arc::new(element), Length::default()).into()
    }

    /// `set(element)`
    pub fn set(element: Type) -> Self {
        TypeKind::Set(Arc::new(element), Length::default()).into()
    }

    /// `map(element)`
    pub fn map(element: Type) -> Self {
        TypeKind::Map(Arc::new(element), Length::default()).into()
    }

    /// `tuple([…])`
    pub fn tuple(elements: impl Into<Arc<[Type]>>) -> Self {
        TypeKind::Tuple(elements.into()).into()
    }

    /// `object({ … })` with required attributes.
    pub fn object(attributes: impl IntoIterator<Item = (impl Into<Text>, Type)>) -> Self {
        let attributes = attributes
            .into_iter()
            .map(|(name, ty)| {
                (name.into(), ObjectAttribute { ty, optional: false, default: None, span: None, docs: None })
            })
            .collect();
        TypeKind::Object(Arc::new(ObjectType { attributes, name: None })).into()
    }

    /// `T?`
    pub fn optional(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The type without null.
    pub fn non_null(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// `secret(T)`; what is already wrong says nothing of secrets.
    pub fn secret(mut self) -> Self {
        self.secret = !self.is_error();
        self
    }

    /// Whether it is the error type.
    pub fn is_error(&self) -> bool {
        matches!(self.kind, TypeKind::Error)
    }

    /// Whether it is `any`.
    pub fn is_any(&self) -> bool {
        matches!(self.kind, TypeKind::Any)
    }

    /// `string`, `number`, `bool`, `duration`, `size` and enums: what a template can render.
    pub fn is_scalar(&self) -> bool {
        matches!(
            self.kind,
            TypeKind::Bool
                | TypeKind::Number(_)
                | TypeKind::String(_)
                | TypeKind::Duration(_)
                | TypeKind::Size(_)
                | TypeKind::Enum(_)
        )
    }

    /// Whether it or anything in it is secret.
    pub fn has_secret(&self) -> bool {
        self.secret
            || match &self.kind {
                TypeKind::List(t, _) | TypeKind::Set(t, _) | TypeKind::Map(t, _) => t.has_secret(),
                TypeKind::Tuple(ts) => ts.iter().any(Type::has_secret),
                TypeKind::Object(o) => o.attributes.values().any(|a| a.ty.has_secret()),
                _ => false,
            }
    }
}

fn write_ranges(f: &mut fmt::Formatter<'_>, name: &str, ranges: &Ranges, left: &mut u32) -> fmt::Result {
    f.write_str(name)?;
    if ranges.is_empty() {
        return Ok(());
    }
    let show = |n: &Number| match name {
        "duration" => super::value::Duration(n.clone()).to_string(),
        "size" => super::value::Size(n.clone()).to_string(),
        _ => n.to_string(),
    };
    f.write_str("(")?;
    for (at, (low, high)) in ranges.iter().enumerate() {
        f.write_str(if at > 0 { " | " } else { "" })?;
        if !counted(left) {
            f.write_str("…")?;
            break;
        }
        write!(f, "{}..{}", show(low), show(high))?;
    }
    f.write_str(")")
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.max {
            Some(max) if max == self.min => write!(f, "length = {max}"),
            Some(max) => write!(f, "length = {}..{max}", self.min),
            None => write!(f, "length = {}..", self.min),
        }
    }
}

/// As many parts of a type are written; nobody reads more.
const WRITTEN: u32 = 1_000;

/// As many members of an enum are.
const MEMBERS: usize = 100;

/// Whether one more part is written.
fn counted(left: &mut u32) -> bool {
    let more = *left > 0;
    *left = left.saturating_sub(1);
    more
}

fn write_collection(
    f: &mut fmt::Formatter<'_>,
    (name, element, length): (&str, &Type, Length),
    left: &mut u32,
) -> fmt::Result {
    write!(f, "{name}(")?;
    element.write(f, left)?;
    if length != Length::default() {
        write!(f, ", {length}")?;
    }
    f.write_str(")")
}

impl fmt::Display for Type {
    /// As users write it; of a very large one the beginning.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &mut WRITTEN.clone())
    }
}

impl Type {
    fn write(&self, f: &mut fmt::Formatter<'_>, left: &mut u32) -> fmt::Result {
        if !counted(left) {
            return f.write_str("…");
        }
        if self.secret {
            let inner = Type { secret: false, nullable: false, ..self.clone() };
            f.write_str("secret(")?;
            inner.write(f, left)?;
            return f.write_str(if self.nullable { ")?" } else { ")" });
        }
        if let Some(alias) = &self.alias {
            return write!(f, "{}{}", alias.name, if self.nullable { "?" } else { "" });
        }
        match &self.kind {
            TypeKind::Error => f.write_str("(unknown)")?,
            TypeKind::Any => return f.write_str("any"),
            TypeKind::Never => return f.write_str(if self.nullable { "null" } else { "never" }),
            TypeKind::Bool => f.write_str("bool")?,
            TypeKind::Number(n) => {
                write_ranges(f, if n.integer { "int" } else { "number" }, &n.ranges, left)?
            }
            TypeKind::Duration(ranges) => write_ranges(f, "duration", ranges, left)?,
            TypeKind::Size(ranges) => write_ranges(f, "size", ranges, left)?,
            TypeKind::String(bounds) => {
                f.write_str("string")?;
                let mut parts = Vec::new();
                if bounds.length != Length::default() {
                    parts.push(bounds.length.to_string());
                }
                if let Some(pattern) = &bounds.pattern {
                    parts.push(format!("pattern = {pattern:?}"));
                }
                if !parts.is_empty() {
                    write!(f, "({})", parts.join(", "))?;
                }
            }
            TypeKind::Enum(values) => {
                let wrap = self.nullable && values.len() > 1;
                if wrap {
                    f.write_str("(")?;
                }
                for (at, value) in values.iter().take(MEMBERS).enumerate() {
                    write!(f, "{}{value}", if at > 0 { " | " } else { "" })?;
                }
                if let Some(more) = values.len().checked_sub(MEMBERS + 1) {
                    write!(f, " | … ({} more)", more + 1)?;
                }
                if wrap {
                    f.write_str(")")?;
                }
            }
            TypeKind::List(t, n) => write_collection(f, ("list", t, *n), left)?,
            TypeKind::Set(t, n) => write_collection(f, ("set", t, *n), left)?,
            TypeKind::Map(t, n) => write_collection(f, ("map", t, *n), left)?,
            TypeKind::Tuple(types) => {
                f.write_str("tuple([")?;
                for (at, ty) in types.iter().enumerate() {
                    f.write_str(if at > 0 { ", " } else { "" })?;
                    ty.write(f, left)?;
                    if *left == 0 {
                        break;
                    }
                }
                f.write_str("])")?;
            }
            TypeKind::Object(object) => match &object.name {
                Some(name) => f.write_str(name)?,
                None if object.attributes.is_empty() => f.write_str("object({})")?,
                None => {
                    f.write_str("object({ ")?;
                    for (at, (name, attribute)) in object.attributes.iter().enumerate() {
                        let comma = if at > 0 { ", " } else { "" };
                        write!(f, "{comma}{name} = ")?;
                        match (&attribute.default, attribute.optional) {
                            (Some(default), _) => {
                                f.write_str("optional(")?;
                                attribute.ty.write(f, left)?;
                                write!(f, ", {default})")?
                            }
                            (None, true) => {
                                f.write_str("optional(")?;
                                attribute.ty.clone().non_null().write(f, left)?;
                                f.write_str(")")?
                            }
                            (None, false) => attribute.ty.write(f, left)?,
                        }
                        if *left == 0 {
                            break;
                        }
                    }
                    f.write_str(" })")?;
                }
            },
        }
        if self.nullable { f.write_str("?") } else { Ok(()) }
    }
}
